/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a wrong DMAR means for devices: who gets them, and what their DMA
 * reaches.
 */

#include "vtd-system.h"

#include <public/domctl.h>

#include "vtd/vtd.h"
#include "dmar-build.h"

static int assign(struct domain *d, pci_sbdf_t sbdf)
{
    struct xen_domctl op = {
        .cmd = XEN_DOMCTL_assign_device,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI,
                             .u.pci.machine_sbdf = sbdf.sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };

    return iommu_do_domctl(&op, d, handle);
}

static void up(vm_dmar_fn *dmar)
{
    vm_dmar = dmar;
    vm_up(&vtd_model_default);
    iommu_hwdom_init(vm.hwdom);
    host_current_set(vm.hwdom);
    host_log_clear();
}

static void down(void)
{
    vm_dmar = NULL;
    vm_down();
}

/* 00:05.0 in both; then a unit for the rest. */
static void twice(struct dmar_buf *d, unsigned int haw)
{
    dmar_begin(d, haw, 1);
    dmar_drhd(d, 0, VM_BASE1, 0, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 3, 2, 0, 0x1f, 7);
    dmar_close(d);
    dmar_end(d);
}

/* Blocked by both, whoever it is that translates it, and nobody's. */
static void test_two_units(void **state)
{
    unsigned int i;
    uint64_t maddr;

    up(twice);
    vm_page(vm.hwdom, 0x500);
    for ( i = 0; i < 2; i++ )
        assert_int_equal(vtd_model_translate(vm.model[i], DEV_B.bdf, 0x500000,
                                             false, &maddr), FAULT_CONTEXT);
    assert_int_equal(assign(vm.guest, DEV_B), -ENODEV);
    assert_log("cannot be assigned");
    for ( i = 0; i < 2; i++ )
        assert_int_equal(vtd_model_translate(vm.model[i], DEV_B.bdf, 0x500000,
                                             false, &maddr), FAULT_CONTEXT);

    /* The others have lost nothing. */
    assert_int_equal(vm_dma(DEV_A, 0x500000, true), 0);
    assert_int_equal(vm_dma(DEV_ATS, 0x500000, true), 0);
    assert_int_equal(assign(vm.guest, DEV_A), 0);
    down();
}

/* A structure is cut: what only INCLUDE_PCI_ALL has is dom0's, translated. */
static void cut(struct dmar_buf *d, unsigned int haw)
{
    dmar_begin(d, haw, 1);
    dmar_drhd(d, 0, VM_BASE1, 0, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_scope(d, 3, 2, 0, 0x1f, 7);
    dmar_close(d);
    put(d, 0, 2);
    put(d, 100, 2);
    put(d, 0, 8);
    dmar_end(d);
}

static void test_doubtful(void **state)
{
    up(cut);
    vm_page(vm.hwdom, 0x500);
    assert_int_equal(vm_dma(DEV_A, 0x500000, true), 0);
    assert_int_equal(vm_dma(DEV_A, 0x600000, true), FAULT_WRITE);
    assert_int_equal(assign(vm.guest, DEV_A), -ENODEV);
    assert_log("firmware leaves in doubt which unit translates 0000:00:02.0");
    assert_int_equal(assign(dom_io, DEV_A), -ENODEV);
    assert_int_equal(vm_dma(DEV_A, 0x500000, true), 0);
    assert_int_equal(assign(vm.guest, DEV_B), 0);
    down();
}

/* A unit without registers: said once, and its devices are not the other's. */
static void zero(struct dmar_buf *d, unsigned int haw)
{
    dmar_begin(d, haw, 1);
    dmar_drhd(d, 0, 0, 0, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_scope(d, 3, 2, 0, 0x1f, 7);
    dmar_close(d);
    dmar_end(d);
}

static void test_lost(void **state)
{
    up(zero);
    assert_null(vm_dev(DEV_B));
    assert_null(vm_dev(DEV_ATS));
    /* Said for the unit, not for each device. */
    pcidevs_lock();
    assert_int_equal(iommu_groups_pci_add(pci_get_pdev(NULL, DEV_B)), 0);
    pcidevs_unlock();
    assert_int_equal(host_log_lines(NULL), 0);
    assert_int_equal(assign(vm.guest, DEV_B), -ENODEV);
    assert_log("is behind no IOMMU");
    assert_int_equal(assign(vm.guest, DEV_A), 0);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_two_units),
        VM_TEST(test_doubtful),
        VM_TEST(test_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
