/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that are plugged in while a guest has the group they belong to. */
#include "group-fixture.h"

#include <public/domctl.h>

static int booted(void **state)
{
    int rc = machine_up(state);

    if ( rc )
        return rc;

    iommu_hwdom_init(machine.hwdom);
    host_current_set(machine.hwdom);
    host_log_clear();

    return 0;
}

static int domctl(unsigned int cmd, struct domain *d, pci_sbdf_t sbdf)
{
    struct xen_domctl op = {
        .cmd = cmd,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI,
                             .u.pci.machine_sbdf = sbdf.sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };

    return iommu_do_domctl(&op, d, handle);
}

static int assign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_assign_device, d, sbdf);
}

static int deassign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_deassign_device, d, sbdf);
}

/* As Xen's pci_add_device() does. */
static void hwdom_has(struct pci_dev *pdev)
{
    pcidevs_lock();
    list_del(&pdev->domain_list);
    pdev->domain = machine.hwdom;
    list_add(&pdev->domain_list, &machine.hwdom->pdev_list);
    pcidevs_unlock();
}

/* F2 comes while the guest has F0, and F1 is parked. */
static void come_late(void)
{
    unplug(F2);
    assert_int_equal(assign(dom_io, F1), 0);
    assert_int_equal(assign(machine.guest, F0), 0);
    host_log_clear();
    hwdom_has(plug(F2));
    assert_int_equal(iommu_groups_pci_settle(F2), -EBUSY);
    assert_log("0000:00:01.2 cannot be given to d0: 0000:00:01.0 belongs to d1");
}

static void test_kept_blocked(void **state)
{
    come_late();
    assert_ptr_equal(group_of(F2), group_of(F0));
    assert_ptr_equal(dev_of(F2)->pdev->domain, machine.hwdom);
    assert_ptr_equal(dev_of(F2)->owner, dom_io);
    assert_null(reaches(F2));
    /* The guest does not notice. */
    assert_ptr_equal(reaches(F0), machine.guest);
}

/* What docs/side-by-side.md tells the administrator to do. */
static void test_back_to_dom0(void **state)
{
    come_late();
    assert_int_equal(deassign(machine.guest, F0), 0);
    assert_null(reaches(F2));
    assert_int_equal(assign(dom_io, F2), 0);
    assert_int_equal(deassign(dom_io, F2), 0);
    assert_ptr_equal(dev_of(F2)->owner, machine.hwdom);
    assert_ptr_equal(reaches(F2), machine.hwdom);
    /* The guest's is still parked, and blocked on its own. */
    assert_null(reaches(F0));
}

/* Not while the guest has the other one. */
static void test_not_yet(void **state)
{
    come_late();
    assert_int_equal(assign(dom_io, F2), 0);
    assert_int_equal(deassign(dom_io, F2), -EBUSY);
    assert_ptr_equal(dev_of(F2)->pdev->domain, dom_io);
    assert_null(reaches(F2));
    assert_ptr_equal(reaches(F0), machine.guest);
}

/* It may join the guest that has the group. */
static void test_to_the_guest(void **state)
{
    come_late();
    assert_int_equal(assign(machine.guest2, F2), -EBUSY);
    assert_int_equal(assign(machine.guest, F2), 0);
    assert_ptr_equal(reaches(F2), machine.guest);
    assert_ptr_equal(dev_of(F2)->pdev->domain, machine.guest);
}

static int may_remove(pci_sbdf_t sbdf)
{
    int rc;

    pcidevs_lock();
    rc = iommu_groups_pci_may_remove(pci_get_pdev(NULL, sbdf));
    pcidevs_unlock();

    return rc;
}

/*
 * As pci_remove_device() of a PF, and of its last VF in between: not blocked,
 * for it was to stay, and then nothing but that keeps it.
 */
static void test_last_vf_goes(void **state)
{
    struct pci_dev *pf = dev_of(SINGLE)->pdev;
    LIST_HEAD(vf);

    list_add(&vf, &pf->vf_list);
    iommu_groups_pci_retire(SINGLE);
    list_del(&vf);
    assert_int_equal(may_remove(SINGLE), -EBUSY);
    assert_log("0000:00:02.0 is not blocked yet and stays: remove it again");
    assert_ptr_equal(reaches(SINGLE), machine.hwdom);

    iommu_groups_pci_retire(SINGLE);
    assert_int_equal(may_remove(SINGLE), 0);
    unplug(SINGLE);
}

/* And if it was plugged in between. */
static void test_comes_in_between(void **state)
{
    unplug(SINGLE);
    iommu_groups_pci_retire(SINGLE);
    plug(SINGLE);
    assert_int_equal(may_remove(SINGLE), -EBUSY);
}

/* dom0 adds it again while it changes hands, before its domain says so. */
static void test_between_owners(void **state)
{
    assert_int_equal(give(SINGLE, machine.guest), 0);
    assert_ptr_equal(dev_of(SINGLE)->pdev->domain, machine.hwdom);
    assert_int_equal(iommu_groups_pci_settle(SINGLE), 0);
    assert_ptr_equal(reaches(SINGLE), machine.guest);
    assert_int_equal(give(SINGLE, dom_io), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, booted, machine_down)

/* dom0 names a function that is not there, as by a segment cut to 16 bits. */
static void test_ghost(void **state)
{
    static const struct pci_dev_info vf = { .is_virtfn = true };
    pci_sbdf_t ghost = PCI_SBDF(0, 0xe1, 0, 0);

    assert_true(iommu_groups_pci_ghost(ghost, NULL));
    assert_log("there is no function 0000:e1:00.0: not added");
    assert_int_equal(host_log_lines(NULL), 1);

    /* A virtual one has no ID; one that is known may be asleep. */
    host_log_clear();
    assert_false(iommu_groups_pci_ghost(ghost, &vf));
    assert_false(iommu_groups_pci_ghost(F0, NULL));
    host_pci_remove(F0);
    assert_false(iommu_groups_pci_ghost(F0, NULL));
    assert_int_equal(host_log_lines(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_kept_blocked), T(test_back_to_dom0), T(test_not_yet),
        T(test_to_the_guest), T(test_last_vf_goes), T(test_comes_in_between),
        T(test_between_owners), T(test_ghost),
    };

    return cmocka_run_group_tests_name("plug", tests, NULL, NULL);
}
