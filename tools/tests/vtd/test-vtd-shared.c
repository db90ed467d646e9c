/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reserved region of devices in several groups, as USB controllers have on
 * many machines: one guest has all, or the others are parked.
 */

#include "vtd-system.h"

#include <public/domctl.h>

#include "vtd/vtd.h"
#include "dmar-build.h"

#define REGION 0x7a000000UL

/* The region is 00:02.0's and 00:05.0's, and the bridge 00:1c.0's. */
static void shared(struct dmar_buf *d, unsigned int haw)
{
    dmar_begin(d, haw, 1);
    dmar_drhd(d, 0, VM_BASE1, 0, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_scope(d, 3, 2, 0, 0x1f, 7);
    dmar_close(d);
    dmar_rmrr(d, 0, REGION, REGION + 0x1fff);
    dmar_scope(d, 1, 0, 0, 2, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 1, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_end(d);
}

static int domctl(unsigned int cmd, struct domain *d, pci_sbdf_t sbdf,
                  uint32_t flags)
{
    struct xen_domctl op = {
        .cmd = cmd,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI, .flags = flags,
                             .u.pci.machine_sbdf = sbdf.sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };
    int rc;

    host_log_clear();
    do {
        rc = iommu_do_domctl(&op, d, handle);
    } while ( rc == -ERESTART );

    return rc;
}

static int assign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_assign_device, d, sbdf, 0);
}

static int deassign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_deassign_device, d, sbdf, 0);
}

static int up(void **state)
{
    vm_dmar = shared;
    vm_up(&vtd_model_default);
    iommu_hwdom_init(vm.hwdom);
    host_current_set(vm.hwdom);
    iommu_quarantine = 1;

    return 0;
}

static int down(void **state)
{
    vm_dmar = NULL;
    iommu_quarantine = 1;
    vm_clean();

    return 0;
}

static bool reaches(pci_sbdf_t sbdf)
{
    return vm_dma_to(sbdf, REGION) == REGION;
}

static void test_one_guest(void **state)
{
    /* The other is dom0's; a bridge that is named as well does not count. */
    assert_int_equal(assign(vm.guest, DEV_A), -EPERM);
    assert_log("0000:00:02.0 requires a reserved region that 0000:00:05.0 (d0) requires too: not assigned");
    assert_ptr_equal(vm_dev(DEV_A)->owner, vm.hwdom);

    assert_int_equal(assign(dom_io, DEV_B), 0);
    assert_int_equal(assign(vm.guest, DEV_A), 0);
    assert_true(reaches(DEV_A));
    assert_false(reaches(DEV_B));

    /* Now the other is this guest's or nobody's. */
    assert_int_equal(assign(vm.guest2, DEV_B), -EPERM);
    assert_log("that 0000:00:02.0 (d1) requires too");
    assert_int_equal(deassign(dom_io, DEV_B), -EPERM);
    assert_log("that 0000:00:02.0 (d1) requires too");
    assert_ptr_equal(vm_dev(DEV_B)->owner, dom_io);
    assert_int_equal(assign(vm.guest, DEV_B), 0);
    assert_true(reaches(DEV_A) && reaches(DEV_B));

    /* One goes: the other still has the region, and decides for it. */
    assert_int_equal(deassign(vm.guest, DEV_A), 0);
    assert_false(reaches(DEV_A));
    assert_true(reaches(DEV_B));
    assert_int_equal(assign(vm.guest2, DEV_A), -EPERM);
    assert_int_equal(deassign(vm.guest, DEV_B), 0);
    assert_int_equal(assign(vm.guest2, DEV_A), 0);
    assert_int_equal(deassign(vm.guest2, DEV_A), 0);
    assert_int_equal(deassign(dom_io, DEV_A), 0);
    assert_int_equal(deassign(dom_io, DEV_B), 0);
    vm_down();
}

static void test_relaxed(void **state)
{
    assert_int_equal(domctl(XEN_DOMCTL_assign_device, vm.guest, DEV_A,
                            XEN_DOMCTL_DEV_RDM_RELAXED), 0);
    assert_log("0000:00:05.0 (d0) requires too: they can use it for reaching each other");

    /* Whoever let that pass lets dom0 have its own back. */
    assert_int_equal(assign(dom_io, DEV_B), 0);
    assert_int_equal(deassign(dom_io, DEV_B), 0);

    /* But another guest's device is strict unless it says so, too. */
    assert_int_equal(assign(dom_io, DEV_B), 0);
    assert_int_equal(assign(vm.guest2, DEV_B), -EPERM);
    assert_int_equal(domctl(XEN_DOMCTL_assign_device, vm.guest2, DEV_B,
                            XEN_DOMCTL_DEV_RDM_RELAXED), 0);

    /* It does not outlive the guest's having it. */
    assert_int_equal(deassign(vm.guest, DEV_A), 0);
    assert_int_equal(deassign(vm.guest2, DEV_B), 0);
    assert_int_equal(assign(vm.guest, DEV_A), 0);
    assert_int_equal(deassign(dom_io, DEV_B), -EPERM);
    vm_down();
}

/* Without quarantine, devices go back to dom0 only when none is a guest's. */
static void test_back_to_dom0(void **state)
{
    assert_int_equal(assign(dom_io, DEV_A), 0);
    assert_int_equal(assign(dom_io, DEV_B), 0);
    assert_int_equal(assign(vm.guest, DEV_A), 0);
    assert_int_equal(assign(vm.guest, DEV_B), 0);
    iommu_quarantine = 0;
    pcidevs_lock();
    pci_get_pdev(NULL, DEV_A)->quarantine = false;
    pci_get_pdev(NULL, DEV_B)->quarantine = false;
    pcidevs_unlock();

    assert_int_equal(deassign(vm.guest, DEV_A), 0);
    assert_ptr_equal(vm_dev(DEV_A)->owner, dom_io);
    assert_int_equal(assign(vm.guest, DEV_A), 0);

    vm.guest->is_dying = DOMDYING_dying;
    assert_int_equal(pci_release_devices(vm.guest), 0);
    assert_ptr_equal(vm_dev(DEV_A)->owner, vm.hwdom);
    assert_ptr_equal(vm_dev(DEV_B)->owner, vm.hwdom);
    vm_down();
}

#define SHARED_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHARED_TEST(test_one_guest),
        SHARED_TEST(test_relaxed),
        SHARED_TEST(test_back_to_dom0),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
