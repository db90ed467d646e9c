/* SPDX-License-Identifier: GPL-2.0-only */
/* Groups: who is in one, through whom it is attached, and as a whole. */
#include "dev-ids.h"
#include "group-fixture.h"

static struct iommu_dev *first_of(struct iommu_group *group)
{
    struct iommu_dev *dev;

    iommu_group_lock(group);
    dev = iommu_group_first_dev(group);
    iommu_group_unlock(group);

    return dev;
}

static void test_membership(void **state)
{
    struct iommu_group *group = group_of(F0);

    assert_non_null(group);
    assert_ptr_equal(group_of(F1), group);
    assert_ptr_equal(group_of(F2), group);
    assert_int_equal(group->nr_devs, 3);
    assert_ptr_not_equal(group_of(SINGLE), group);
    assert_int_equal(group_of(SINGLE)->nr_devs, 1);

    /* Behind a PCIe-to-PCI bridge requests carry one ID. */
    assert_ptr_equal(group_of(BEHIND0), group_of(BEHIND1));
    assert_ptr_equal(group_of(BEHIND0), group_of(BRIDGE));
    assert_ptr_not_equal(group_of(BEHIND0), group);
    assert_true(dev_of(BRIDGE)->bridge);
    assert_false(dev_of(BEHIND0)->bridge);

    assert_ptr_not_equal(group_of(OTHER), group_of(SINGLE));
    assert_ptr_equal(dev_of(OTHER)->unit, &mock_b0.unit);
    assert_ptr_equal(dev_of(SEG1)->unit, &mock_a1.unit);
    assert_null(reaches(F0));
}

static void test_first_dev_moves_on(void **state)
{
    struct iommu_group *group = group_of(F0);
    unsigned int id = group->id;

    assert_ptr_equal(first_of(group), dev_of(F0));
    unplug(F0);
    assert_int_equal(group->nr_devs, 2);
    assert_ptr_equal(first_of(group), dev_of(F1));

    /* It comes back as the last one. */
    plug(F0);
    assert_ptr_equal(group_of(F0), group);
    assert_ptr_equal(first_of(group), dev_of(F1));

    unplug(F0);
    unplug(F1);
    unplug(F2);
    plug(F0);
    /* A new group, with a number of its own. */
    assert_true(group_of(F0)->id > id);
}

static void test_no_unit(void **state)
{
    struct pci_dev *pdev = host_pdev_add(PCI_SBDF(0, 0x90, 0, 0));

    pcidevs_lock();
    assert_int_equal(iommu_groups_pci_add(pdev), 0);
    pcidevs_unlock();
    assert_null(pdev->iommu);
    assert_log("no unit serves 0000:90:00.0");
    unplug(pdev->sbdf);
}

static void test_missing_hook(void **state)
{
    struct iommu_dev_ops dev = *mock_a.drv.dev;
    struct iommu_tlb_ops tlb = *mock_a.drv.tlb;
    struct iommu_unit_ops unit = *mock_a.drv.unit;
    struct iommu_driver drv = mock_a.drv;

    drv.name = "lame";
    drv.dev = &dev;
    drv.tlb = &tlb;
    drv.unit = &unit;
#define LACKS(ops, hook) do {                                           \
        ops.hook = NULL;                                                \
        assert_fatal("driver lame lacks a mandatory hook",              \
                     iommu_driver_register(&drv));                      \
        ops.hook = mock_a.drv.ops->hook;                                \
    } while ( 0 )

    LACKS(dev, probe);
    LACKS(dev, table_config);
    LACKS(dev, domain_alloc);
    LACKS(dev, attach);
    LACKS(dev, block);
    LACKS(tlb, flush_tag);
    LACKS(tlb, flush);
    LACKS(unit, suspend);
    LACKS(unit, resume);
    LACKS(unit, crash_shutdown);
    LACKS(unit, quiesce);
}

/* Whichever device is named, the driver is asked through the first. */
static void test_alloc_through_first(void **state)
{
    assert_int_equal(give(F2, machine.guest), 0);
    assert_ptr_equal(mock_a.seen.alloc_first, dev_of(F0));
    assert_int_equal(mock_a.seen.allocs, 1);
    assert_ptr_equal(reaches(F2), machine.guest);

    assert_int_equal(give(F2, dom_io), 0);
    unplug(F0);
    assert_int_equal(give(F2, machine.guest2), 0);
    assert_ptr_equal(mock_a.seen.alloc_first, dev_of(F1));
}

static bool was_asked(const struct iommu_dev *dev)
{
    unsigned int i;

    for ( i = 0; i < mock_a.seen.compatibles; i++ )
        if ( mock_a.seen.asked[i] == dev )
            return true;

    return false;
}

static void test_compatible_asked(void **state)
{
    assert_int_equal(give(F1, machine.guest), 0);
    assert_true(was_asked(dev_of(F1)));
    assert_true(was_asked(dev_of(F2)));
}

static void test_incompatible_breaks(void **state)
{
    mock_a.faults.stranger = dev_of(F2);
    assert_int_equal(give(F1, machine.guest), -EBADF);
    assert_log("0000:00:01.0 and 0000:00:01.2 cannot use one domain");
    assert_true(group_of(F0)->broken);
    assert_null(reaches(F0));
    assert_null(reaches(F1));
    assert_null(reaches(F2));
    assert_int_equal(mock_a.seen.domains_now, 0);

    /* A broken group goes to nobody. */
    mock_a.faults.stranger = NULL;
    host_log_clear();
    assert_int_equal(give(F1, machine.guest), -EBADF);
    assert_log("the group is broken: its devices need different domains");
    assert_log("0000:00:01.1 cannot be given to d1");
}

/* A device that joins a group in use must be able to use its domain. */
static void test_join_incompatible(void **state)
{
    struct pci_dev *pdev;

    unplug(F2);
    assert_int_equal(give(F0, machine.guest), 0);

    mock_a.faults.by_sbdf = true;
    mock_a.faults.stranger_sbdf = F2;
    pdev = plug_rc(F2, -EXDEV);
    assert_log("0000:00:01.2 cannot use the domain of 0000:00:01.0");
    assert_null(pdev->iommu);
    assert_ptr_equal(reaches(F0), machine.guest);
    assert_int_equal(mock_a.seen.probes - mock_a.seen.releases, 7);
}

static void test_join_in_use(void **state)
{
    unplug(F2);
    assert_int_equal(give(F0, machine.guest), 0);
    plug(F2);

    /* Nobody's: blocked on its own, and the guest's function goes on. */
    assert_ptr_equal(group_of(F2), group_of(F0));
    assert_null(reaches(F2));
    assert_ptr_equal(reaches(F0), machine.guest);
    assert_true(was_asked(dev_of(F2)));

    assert_int_equal(give(F2, machine.guest), 0);
    assert_ptr_equal(mock_dev_reaches(dev_of(F2)), mock_dev_reaches(dev_of(F0)));
}

/*
 * A newcomer carries the requester ID of a guest's device, and one of a group
 * that is blocked because a guest had a part of it: the hardware domain has the
 * rest, and must not end up in the guest's memory.
 */
static void test_tie_blocked_and_guests(void **state)
{
    static struct iommu_dev node;
    struct iommu_group *blocked = group_of(BEHIND0);

    assert_int_equal(give(BEHIND0, machine.guest), 0);
    assert_int_equal(give(BEHIND0, dom_io), 0);
    assert_int_equal(give(BEHIND1, machine.hwdom), 0);
    assert_null(blocked->s2);
    assert_null(reaches(BEHIND1));
    assert_int_equal(give(SINGLE, machine.guest), 0);

    memset(&node, 0, sizeof(node));
    node.name = "/soc/dma@1000";
    dev_id(&node, SINGLE.bdf);
    dev_id(&node, BEHIND1.bdf);
    pcidevs_lock();
    assert_int_equal(iommu_dev_add(&node), -EBUSY);
    pcidevs_unlock();
    assert_log("ties groups");

    assert_ptr_equal(group_of(BEHIND1), blocked);
    assert_ptr_not_equal(group_of(SINGLE), blocked);
    assert_int_equal(iommu_group_settle(group_of(SINGLE)), 0);
    assert_int_equal(iommu_group_settle(blocked), 0);
    assert_null(reaches(BEHIND1));
    assert_ptr_equal(reaches(SINGLE), machine.guest);
}

/* ---- two drivers on one machine ---- */

static void test_two_drivers(void **state)
{
    struct domain *d = domain_up(7, XEN_DOMCTL_CDF_iommu);
    const struct s2_domain *a, *b;

    /* One number for all units of the machine. */
    assert_string_equal(mock_a0.unit.name, "mocka0");
    assert_string_equal(mock_b0.unit.name, "mockb1");
    assert_string_equal(mock_a1.unit.name, "mocka2");

    assert_log("d7: 2 kinds of IOMMU tables");
    assert_int_equal(give(F0, d), 0);
    assert_int_equal(give(OTHER, d), 0);
    assert_int_equal(give(SEG1, d), 0);

    a = mock_dev_reaches(dev_of(F0));
    b = mock_dev_reaches(dev_of(OTHER));
    assert_ptr_equal(a->table->pt.cfg.fmt, &pt_vtd);
    assert_ptr_equal(b->table->pt.cfg.fmt, &pt_sv39x4);
    /* One format, one table, whichever the segment; a tag on each unit. */
    assert_ptr_equal(mock_dev_reaches(dev_of(SEG1))->table, a->table);
    assert_ptr_not_equal(mock_dev_reaches(dev_of(SEG1))->tag, a->tag);
    assert_int_equal(mock_b.seen.allocs, 1);

    assert_int_equal(give(F0, dom_io), 0);
    assert_int_equal(give(OTHER, dom_io), 0);
    assert_int_equal(give(SEG1, dom_io), 0);
    domain_down(d);
}

/* Ten groups cost one table and one tag. */
static void test_shared_table(void **state)
{
    assert_int_equal(give(F0, machine.guest), 0);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    assert_int_equal(give(BEHIND0, machine.guest), 0);
    assert_int_equal(mock_a.seen.domains_now, 3);
    assert_int_equal(mock_tags(&mock_a), 1);
    assert_ptr_equal(mock_dev_reaches(dev_of(F0))->table,
                     mock_dev_reaches(dev_of(SINGLE))->table);
    /* Groups do not share the domain itself. */
    assert_ptr_not_equal(mock_dev_reaches(dev_of(F0)),
                         mock_dev_reaches(dev_of(SINGLE)));
}

/* Hardware that may still know a table's pages keeps them from being reused. */
static void test_last_flush_fails(void **state)
{
    struct s2_table *table;
    uint32_t tag;

    assert_int_equal(give(F0, machine.guest), 0);
    table = mock_dev_reaches(dev_of(F0))->table;
    tag = mock_dev_reaches(dev_of(F0))->tag->id;
    mock_a.faults.flush_tag = true;
    assert_int_equal(give(F0, dom_io), 0);
    assert_true(table->stuck);
    /* Nor does anybody get its tag. */
    assert_true(test_bit(tag, mock_a0.tags));

    __clear_bit(tag, mock_a0.tags);
    mock_a.faults.flush_tag = mock_a0.unit.failed = table->stuck = false;
}

static void test_unit_walk(void **state)
{
    struct iommu_unit idle = {};
    struct iommu_group *group;

    group = iommu_unit_any_group_lock(&mock_b0.unit);
    iommu_group_unlock(group);
    assert_ptr_equal(group, group_of(OTHER));
    iommu_group_put(group);

    group = iommu_unit_any_group_lock(&mock_a1.unit);
    iommu_group_unlock(group);
    assert_ptr_equal(group, group_of(SEG1));
    iommu_group_put(group);

    assert_null(iommu_unit_any_group_lock(&idle));
}

/* All members of the first group are on their way out: the walk goes on. */
static void test_unit_walk_skips_leaving(void **state)
{
    struct iommu_group *leaving, *group;
    struct domain *owner;

    pcidevs_lock();
    leaving = iommu_group_get(dev_of(SEG1));
    pcidevs_unlock();
    assert_int_equal(iommu_dev_retire(leaving, dev_of(SEG1), &owner), 0);
    assert_ptr_equal(owner, dom_io);
    put_domain(owner);

    assert_null(iommu_unit_any_group_lock(&mock_a1.unit));
    iommu_group_put(leaving);

    group = iommu_unit_any_group_lock(&mock_b0.unit);
    assert_non_null(group);
    iommu_group_unlock(group);
    iommu_group_put(group);
}

static void test_next(void **state)
{
    struct iommu_group *group = NULL;
    unsigned int nr = 0, last = 0;

    while ( (group = iommu_group_next(group)) != NULL )
    {
        assert_true(!nr || group->id > last);
        last = group->id;
        nr++;
    }
    assert_int_equal(nr, 5);
}

static void test_of_id(void **state)
{
    struct iommu_dev *dev = NULL;
    struct iommu_group *group;

    pcidevs_lock();
    group = iommu_group_of_id(&mock_a0.unit, F1.sbdf, &dev);
    assert_ptr_equal(dev, dev_of(F1));
    iommu_group_put(group);
    group = iommu_group_of_id(&mock_a1.unit, SEG1.sbdf, &dev);
    assert_ptr_equal(dev, dev_of(SEG1));
    iommu_group_put(group);
    assert_null(iommu_group_of_id(&mock_a0.unit, SEG1.sbdf, &dev));
    assert_null(iommu_group_of_id(&mock_a0.unit, 0x1ff, &dev));
    pcidevs_unlock();
}

static void assert_found(unsigned int id, const struct iommu_group *group)
{
    struct iommu_group *found = iommu_group_by_id(id);

    assert_ptr_equal(found, group);
    if ( found )
        iommu_group_put(found);
}

/* Numbers rise for ever; each leads to its group, and to none afterwards. */
static void test_by_id(void **state)
{
    unsigned int old = group_of(OTHER)->id, i;

    for ( i = 0; i < 3; i++ )
    {
        unsigned int new;

        do {
            unplug(SINGLE);
            plug(SINGLE);
            new = group_of(SINGLE)->id;
        } while ( (new - old) % 1024 );

        assert_found(old, group_of(OTHER));
        assert_found(new, group_of(SINGLE));
        unplug(i == 1 ? OTHER : SINGLE);
        assert_found(old, i == 1 ? NULL : group_of(OTHER));
        assert_found(new, i == 1 ? group_of(SINGLE) : NULL);
        plug(i == 1 ? OTHER : SINGLE);
        if ( i == 1 )
            old = group_of(OTHER)->id;
    }
    assert_found(~0U, NULL);
}

/* What a function asserts about locks, it means. */
static void test_asserts(void **state)
{
    struct iommu_group *group = group_of(F0);

    assert_fatal("ASSERT", iommu_group_first_dev(group));
    assert_fatal("ASSERT", iommu_group_get(dev_of(F0)));
    assert_fatal("ASSERT", iommu_dev_remove(dev_of(F0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_membership), GROUP_TEST(test_first_dev_moves_on),
        GROUP_TEST(test_no_unit), GROUP_TEST(test_missing_hook),
        GROUP_TEST(test_alloc_through_first),
        GROUP_TEST(test_compatible_asked),
        GROUP_TEST(test_incompatible_breaks),
        GROUP_TEST(test_join_incompatible), GROUP_TEST(test_join_in_use),
        GROUP_TEST(test_tie_blocked_and_guests),
        GROUP_TEST(test_two_drivers), GROUP_TEST(test_shared_table),
        GROUP_TEST(test_last_flush_fails), GROUP_TEST(test_unit_walk),
        GROUP_TEST(test_unit_walk_skips_leaving), GROUP_TEST(test_next),
        GROUP_TEST(test_of_id), GROUP_TEST(test_by_id),
        GROUP_TEST(test_asserts),
    };

    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
