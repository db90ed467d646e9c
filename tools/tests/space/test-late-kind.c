/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device is plugged in behind a kind of unit that had none when the domains
 * were created: dom0 has it, and guests may, through a copy in its unit's
 * format.
 */
#include "private-test.h"

/* The machine without mock_b's only device, until it is plugged in. */
static int late_up(void **state)
{
    int rc = machine_up(state);

    if ( rc )
        return rc;

    unplug(OTHER);
    domain_down(machine.guest);
    domain_down(machine.hwdom);
    machine.hwdom = domain_up(0, XEN_DOMCTL_CDF_iommu);
    machine.guest = domain_up(1, XEN_DOMCTL_CDF_iommu);
    iommu_hwdom_init(machine.hwdom);
    host_current_set(machine.hwdom);
    map(machine.hwdom, 0x100, 0x100, 600);
    map(machine.guest, 0x100, 0x5000, 16);
    host_log_clear();

    return 0;
}

/* As PHYSDEVOP_pci_device_add does. */
static int plug_for_dom0(void)
{
    struct pci_dev *pdev = plug(OTHER);

    pcidevs_lock();
    pdev->domain = machine.hwdom;
    list_move_tail(&pdev->domain_list, &machine.hwdom->pdev_list);
    pcidevs_unlock();

    return iommu_groups_pci_settle(OTHER);
}

static void test_dom0(void **state)
{
    assert_int_equal(plug_for_dom0(), 0);
    assert_ptr_equal(dev_of(OTHER)->owner, machine.hwdom);
    assert_ptr_equal(reaches(OTHER), machine.hwdom);
    assert_ptr_not_equal(walked(OTHER), canonical(machine.hwdom));
    assert_mirror(machine.hwdom, walked(OTHER), false, 0, 0x400);

    /* It follows. */
    unmap(machine.hwdom, 0x180, 4);
    map(machine.hwdom, 0x800, 0x800, 2);
    assert_mirror(machine.hwdom, walked(OTHER), false, 0, 0x900);

    /* And goes with the device. */
    unplug(OTHER);
    assert_int_equal(owner_of(machine.hwdom)->nr_privates, 0);
    assert_int_equal(machine.hwdom->host_crashes, 0);
}

static void test_guest(void **state)
{
    assert_int_equal(plug_for_dom0(), 0);
    assert_int_equal(assign(dom_io, OTHER), 0);
    assert_int_equal(owner_of(machine.hwdom)->nr_privates, 0);
    assert_int_equal(domctl(XEN_DOMCTL_test_assign_device, machine.guest,
                            OTHER, 0), 0);
    assert_int_equal(assign(machine.guest, OTHER), 0);
    assert_ptr_equal(reaches(OTHER), machine.guest);
    assert_mirror(machine.guest, walked(OTHER), false, 0, 0x200);
    /* The others go on with the table that all share. */
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_ptr_equal(walked(SINGLE), canonical(machine.guest));

    assert_int_equal(deassign(machine.guest, OTHER), 0);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
    assert_int_equal(deassign(dom_io, OTHER), 0);
    assert_ptr_equal(reaches(OTHER), machine.hwdom);
}

/* A region of such a device is in all of dom0's tables. */
static void test_region(void **state)
{
    require(&mock_b, OTHER, OTHER);
    assert_int_equal(plug_for_dom0(), 0);
    assert_ptr_equal(reaches(OTHER), machine.hwdom);
    assert_false(list_empty(&owner_of(machine.hwdom)->direct));
    assert_log("direct map d0 80-8f");
}

/* Whatever allocation fails: dom0 has it, or it is blocked and nothing stays. */
static void test_no_memory(void **state)
{
    unsigned int n, failed = 0;
    bool reached = true;

    plug(OTHER);
    unplug(OTHER);
    for ( n = 1; reached && n < 60; n++ )
    {
        struct pci_dev *pdev = plug(OTHER);
        int rc;

        pcidevs_lock();
        pdev->domain = machine.hwdom;
        list_move_tail(&pdev->domain_list, &machine.hwdom->pdev_list);
        pcidevs_unlock();
        host_fail_nth(n);
        rc = iommu_groups_pci_settle(OTHER);
        reached = host_fail_reached();
        host_fail_nth(0);
        assert_ptr_equal(reaches(OTHER), rc ? NULL : machine.hwdom);
        failed += !!rc;
        if ( rc )
            assert_int_equal(owner_of(machine.hwdom)->nr_privates, 0);
        unplug(OTHER);
    }
    assert_true(failed > 2 && !reached);
}

#define L(f) cmocka_unit_test_setup_teardown(f, late_up, machine_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        L(test_dom0), L(test_guest), L(test_region), L(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
