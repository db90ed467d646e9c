/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups as functions come, go and change: what the hypervisor learns, when,
 * and what it does where a group is in use.
 */
#include "pci-plug.h"

#include <iommu-groups/fault.h>

/* Before its group is formed, not when Xen's pci.c gets to it. */
static void test_acs_switched_on(void **state)
{
    uint8_t *port = ADD("1:00:1c.0", RP, .sec = 1, .acs = true,
                        .acs_cap = ACS_PORT);

    assert_int_equal(acs_ctrl(port), ACS_ALL);
    ADD("1:01:00.0", EP);
    assert_false(together("1:00:1c.0", "1:01:00.0"));
}

/* A bridge is told of first, and gets its bus numbers when it is known. */
static void test_numbered_later(void **state)
{
    uint8_t *port = ADD("1:00:1c.0", RP, .sec = 7);

    port[PCI_SECONDARY_BUS] = port[PCI_SUBORDINATE_BUS] = 1;
    ADD("1:01:00.0", EP);
    assert_true(together("1:00:1c.0", "1:01:00.0"));
}

static pci_sbdf_t parent_of(const char *name)
{
    const struct pci_func *parent = dev_of(SBDF(name))->func->parent;

    assert_non_null(parent);

    return parent->sbdf;
}

/* Bridges may come in any order; the innermost leads to what comes then. */
static void test_bridges_first(void **state)
{
    ADD("1:02:00.0", DOWN, .sec = 3, GOOD);
    ADD("1:01:00.0", UP, .sec = 2, .sub = 3);
    ADD("1:00:1c.0", RP, .sec = 1, .sub = 3, GOOD);
    ADD("1:03:00.0", EP);
    assert_int_equal(parent_of("1:03:00.0").sbdf, SBDF("1:02:00.0").sbdf);
    assert_int_equal(parent_of("1:02:00.0").sbdf, SBDF("1:01:00.0").sbdf);
    assert_int_equal(parent_of("1:01:00.0").sbdf, SBDF("1:00:1c.0").sbdf);
    assert_false(together("1:03:00.0", "1:00:1c.0"));
}

static char taken[512];

static int take_noted(struct pci_dev *pdev, void *arg)
{
    char name[24];

    snprintf(name, sizeof(name), "%x:%02x:%02x.%x ", pdev->seg, pdev->bus,
             PCI_SLOT(pdev->devfn), PCI_FUNC(pdev->devfn));
    strcat(taken, name);

    return iommu_groups_pci_add(pdev);
}

/* At boot a device can be listed before the port above it. */
static void test_scan_first(void **state)
{
    const struct fn ep = { "1:01:00.0", EP }, ep2 = { "1:02:00.0", EP };
    const struct fn port = { "1:00:1c.0", RP, .sec = 1, .acs = true,
                             .acs_cap = ACS_PORT };
    const struct fn open = { "1:00:1d.0", RP, .sec = 2 };
    uint8_t *cfg;

    list_fn(&ep);
    list_fn(&ep2);
    cfg = list_fn(&port);
    list_fn(&open);

    taken[0] = '\0';
    pcidevs_lock();
    iommu_pci_scan(take_noted);
    pcidevs_unlock();
    assert_int_equal(acs_ctrl(cfg), ACS_ALL);
    assert_non_null(strstr(taken, "1:00:1c.0 1:00:1d.0 1:01:00.0 1:02:00.0 "));

    assert_false(together("1:00:1c.0", "1:01:00.0"));
    assert_true(together("1:00:1d.0", "1:02:00.0"));
}

/* Firmware's word: two functions' requests carry a third's ID, or nobody's. */
static bool third_as_first(const struct pci_dev *pdev, uint16_t *alias)
{
    *alias = 0x0100;

    return pdev->bus == 3 || pdev->bus == 5;
}

static void test_firmware_alias(void **state)
{
    const struct iommu_dev *dev;

    iommu_pci_alias = third_as_first;
    ADD("1:03:00.0", EP);
    ADD("1:04:00.0", EP);
    ADD("1:05:00.0", EP);
    assert_true(together("1:03:00.0", "1:05:00.0"));
    assert_false(together("1:03:00.0", "1:04:00.0"));

    /* Both IDs are attached; its own stays the first. */
    dev = dev_of(SBDF("1:03:00.0"));
    assert_int_equal(dev->id, 0x0300);
    assert_true(iommu_dev_has_id(dev, 0x0300));
    assert_true(iommu_dev_has_id(dev, 0x0100));
    assert_false(iommu_dev_has_id(dev_of(SBDF("1:04:00.0")), 0x0100));

    ADD("1:01:00.0", EP);
    assert_true(together("1:03:00.0", "1:01:00.0"));
    assert_int_equal(give(SBDF("1:03:00.0"), machine.guest), 0);
    assert_int_equal(give(SBDF("1:01:00.0"), machine.guest2), -EBUSY);
    iommu_pci_alias = NULL;
}

/* Groups that nobody uses become one. */
static void test_merge_unused(void **state)
{
    ADD("1:01:00.0", EP);
    ADD("1:02:00.0", EP);
    assert_false(together("1:01:00.0", "1:02:00.0"));
    ADD("1:00:1e.0", CONV, .sec = 1, .sub = 2);
    assert_true(together("1:01:00.0", "1:02:00.0"));
    assert_true(together("1:01:00.0", "1:00:1e.0"));
}

static void a_switch(void)
{
    ADD("1:00:1c.0", RP, .sec = 1, .sub = 6, GOOD);
    ADD("1:01:00.0", UP, .sec = 2, .sub = 6);
    ADD("1:02:00.0", DOWN, .sec = 3, GOOD);
    ADD("1:02:01.0", DOWN, .sec = 4, GOOD);
    ADD("1:03:00.0", EP);
    ADD("1:04:00.0", EP);
}

/* A port that would let two guests' devices reach each other. */
static void test_merge_in_use(void **state)
{
    const struct fn bad = { "1:02:02.0", DOWN, .sec = 5 };

    a_switch();
    assert_false(together("1:03:00.0", "1:04:00.0"));
    assert_int_equal(give(SBDF("1:03:00.0"), machine.guest), 0);
    assert_int_equal(give(SBDF("1:04:00.0"), machine.guest2), 0);

    list_fn(&bad);
    assert_int_equal(take_in("1:02:02.0"), -EBUSY);
    assert_log("which are in use: it stays blocked until both are released");
    assert_null(dev_of(SBDF("1:02:02.0")));
    assert_ptr_equal(reaches(SBDF("1:03:00.0")), machine.guest);
    assert_ptr_equal(reaches(SBDF("1:04:00.0")), machine.guest2);

    assert_int_equal(give(SBDF("1:03:00.0"), dom_io), 0);
    assert_int_equal(give(SBDF("1:04:00.0"), dom_io), 0);
    assert_int_equal(take_in("1:02:02.0"), 0);
    assert_true(together("1:03:00.0", "1:04:00.0"));
    assert_true(together("1:03:00.0", "1:02:02.0"));
}

/* It joins the one group that is in use, and the unused ones with it. */
static void test_join_in_use(void **state)
{
    a_switch();
    assert_int_equal(give(SBDF("1:03:00.0"), machine.guest), 0);
    ADD("1:02:02.0", DOWN, .sec = 5);
    assert_true(together("1:03:00.0", "1:04:00.0"));
    assert_ptr_equal(reaches(SBDF("1:03:00.0")), machine.guest);
    assert_null(reaches(SBDF("1:04:00.0")));
    assert_int_equal(give(SBDF("1:04:00.0"), machine.guest2), -EBUSY);
}

/* A group does not fall apart when the reason for it is gone. */
static void test_no_split(void **state)
{
    a_switch();
    ADD("1:02:02.0", DOWN, .sec = 5);
    assert_true(together("1:03:00.0", "1:04:00.0"));
    unplug(plugged[--nr_plugged]);
    assert_true(together("1:03:00.0", "1:04:00.0"));
    unplug(plugged[--nr_plugged]);
    ADD("1:04:00.0", EP);
    assert_false(together("1:03:00.0", "1:04:00.0"));
}

/* A reset of the port, and what it does to ACS. */
static void test_acs_lost(void **state)
{
    uint8_t *port = ADD("1:00:1c.0", RP, .sec = 1, GOOD);

    ADD("1:01:00.0", EP);
    assert_false(together("1:00:1c.0", "1:01:00.0"));

    put16(port + 0x106, 0);
    assert_int_equal(iommu_groups_pci_settle(SBDF("1:01:00.0")), 0);
    assert_int_equal(acs_ctrl(port), ACS_ALL);
    assert_log("ACS of 0001:00:1c.0 was changed from 0x1d");
    assert_false(together("1:00:1c.0", "1:01:00.0"));

    /* A function that is in reset says nothing, and is believed nothing. */
    memset(port, 0xff, 256);
    assert_int_equal(iommu_groups_pci_settle(SBDF("1:01:00.0")), 0);
    assert_false(together("1:00:1c.0", "1:01:00.0"));

    /* The capability is gone: another device, in the same place. */
    port = space_of(&(struct fn){ "1:00:1c.0", RP, .sec = 1 });
    assert_int_equal(iommu_groups_pci_settle(SBDF("1:01:00.0")), 0);
    assert_true(together("1:00:1c.0", "1:01:00.0"));
}

static void test_acs_lost_in_use(void **state)
{
    ADD("1:00:1c.0", RP, .sec = 1, GOOD);
    ADD("1:01:00.0", EP);
    assert_int_equal(give(SBDF("1:00:1c.0"), machine.hwdom), 0);
    assert_int_equal(assign("1:01:00.0", machine.guest), 0);

    space_of(&(struct fn){ "1:00:1c.0", RP, .sec = 1 });
    iommu_groups_pci_settle(SBDF("1:01:00.0"));
    assert_log("until then their devices are not isolated");
    assert_false(together("1:00:1c.0", "1:01:00.0"));
    assert_ptr_equal(reaches(SBDF("1:01:00.0")), machine.guest);

    /* Nothing changes after that, but it is not forgotten either. */
    assert_int_equal(domctl(XEN_DOMCTL_deassign_device, "1:01:00.0",
                            machine.guest), 0);
    assert_false(together("1:00:1c.0", "1:01:00.0"));
    assert_int_equal(assign("1:01:00.0", machine.guest2), 0);
    assert_true(together("1:00:1c.0", "1:01:00.0"));
}

/* Two guests, and a tie that shows at one of them: it holds for both. */
static void test_tie_in_use(void **state)
{
    ADD("1:00:1c.0", RP, .sec = 1, .sub = 6, GOOD);
    ADD("1:01:00.0", UP, .sec = 2, .sub = 6);
    ADD("1:02:00.0", DOWN, .sec = 3, GOOD);
    ADD("1:02:01.0", DOWN, .sec = 4, GOOD);
    ADD("1:03:00.0", EP);
    ADD("1:04:00.0", EP);
    assert_int_equal(assign("1:03:00.0", machine.guest), 0);
    assert_int_equal(assign("1:04:00.0", machine.guest2), 0);

    space_of(&(struct fn){ "1:02:00.0", DOWN, .sec = 3 });
    iommu_groups_pci_settle(SBDF("1:03:00.0"));
    assert_log("until then their devices are not isolated");

    assert_int_equal(domctl(XEN_DOMCTL_deassign_device, "1:04:00.0",
                            machine.guest2), 0);
    assert_int_equal(assign("1:04:00.0", machine.guest2), -EBUSY);
    assert_true(together("1:03:00.0", "1:04:00.0"));
    assert_int_equal(assign("1:04:00.0", machine.guest), 0);
}

/* Found by the scan as any function, then added as a virtual one. */
static void test_virtual_at_boot(void **state)
{
    struct pci_dev *pdev;

    ADD("1:00:1c.0", RP, .sec = 1, GOOD);
    ADD("1:01:00.0", EP);
    ADD("1:01:10.1", EP);
    assert_true(pci_func_is_bridge(dev_of(SBDF("1:00:1c.0"))->func));
    assert_false(dev_of(SBDF("1:01:10.1"))->func->holds);

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, SBDF("1:01:10.1"));
    pdev->info.is_virtfn = true;
    pdev->info.physfn.bus = 1;
    pcidevs_unlock();
    assert_int_equal(iommu_groups_pci_settle(SBDF("1:01:10.1")), 0);
    assert_true(dev_of(SBDF("1:01:10.1"))->func->holds);
}

/* Ten faults in a row cost bus mastering, three times that the group. */
static void test_faults(void **state)
{
    uint8_t *ep = ADD("1:01:00.0", EP);
    struct iommu_dev *dev = dev_of(SBDF("1:01:00.0"));
    struct iommu_fault f = { .id = dev->sbdf.sbdf, .addr = 0x1000,
                             .reason = "not mapped", .code = 6 };
    struct iommu_fault_record r;
    struct iommu_group *group = dev->group;
    unsigned int i;
    uint64_t seq = 0;

    assert_int_equal(assign("1:01:00.0", machine.guest), 0);

    for ( i = 0; i < IOMMU_FAULT_STOPS * PT_FAULT_THRESHOLD; i++ )
    {
        bool last = (i + 1) % PT_FAULT_THRESHOLD == 0;

        assert_false(group->broken);
        if ( i % PT_FAULT_THRESHOLD == 0 )
            put16(ep + PCI_COMMAND, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
        iommu_fault_report(dev->unit, &f);
        assert_int_equal(ep[PCI_COMMAND], last ? PCI_COMMAND_MEMORY
                         : PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
    }
    assert_true(group->broken);
    assert_null(reaches(SBDF("1:01:00.0")));
    assert_log("faulted on after 3 stops");
    assert_int_equal(dev->nr_faults, 30);

    while ( !iommu_fault_next(seq, &r) )
        seq = r.seq + 1;
    assert_int_equal(r.owner, 1);
    assert_int_equal(r.group, group->id);
    assert_string_equal(r.dev, "0001:01:00.0");
    assert_int_equal(r.fault.addr, 0x1000);

    /* The administrator says that it is over. */
    assert_int_equal(iommu_group_mend(group), 0);
    assert_false(group->broken);
    assert_int_equal(dev->nr_stops, 0);
    assert_ptr_equal(reaches(SBDF("1:01:00.0")), machine.guest);

    dev->unit->failed = true;
    assert_int_equal(iommu_group_mend(group), -EIO);
    dev->unit->failed = false;
}

/* No device of ours: it is recorded all the same. */
static void test_unknown_fault(void **state)
{
    struct iommu_fault f = { .id = 0x1ffff, .reason = "no entry", .write = true };
    struct iommu_fault_record r;
    uint64_t seq = 0;

    iommu_fault_report(dev_of(SEG1)->unit, &f);
    while ( !iommu_fault_next(seq, &r) )
        seq = r.seq + 1;
    assert_int_equal(r.fault.id, 0x1ffff);
    assert_false(r.known);
    assert_int_equal(r.owner, DOMID_INVALID);
    assert_log("unknown device 0x1ffff");
}

/* The log keeps the newest and says how many there were. */
static void test_log_wraps(void **state)
{
    struct iommu_fault f = { .id = 0x1fffe, .reason = "no entry" };
    struct iommu_fault_record r;
    unsigned int i, nr = 0;
    uint64_t seq = 0, first = 0;

    for ( i = 0; i < 300; i++ )
        iommu_fault_report(dev_of(SEG1)->unit, &f);
    while ( !iommu_fault_next(seq, &r) )
    {
        if ( !nr++ )
            first = r.seq;
        assert_int_equal(r.seq, first + nr - 1);
        seq = r.seq + 1;
    }
    assert_int_equal(nr, 256);
    assert_true(first >= 44);
}

#define T(f) cmocka_unit_test_setup_teardown(f, machine_up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_acs_switched_on), T(test_numbered_later),
        T(test_bridges_first), T(test_scan_first),
        T(test_firmware_alias), T(test_merge_unused),
        T(test_merge_in_use), T(test_join_in_use), T(test_no_split),
        T(test_acs_lost), T(test_acs_lost_in_use), T(test_tie_in_use),
        T(test_virtual_at_boot),
        T(test_faults), T(test_unknown_fault), T(test_log_wraps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
