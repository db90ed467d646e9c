/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requesters: whose an ID is, which members of a group hardware cannot tell
 * apart, and groups that boot code drives itself.
 */
#include <xen/err.h>

#include <iommu-groups/attach.h>
#include <iommu-groups/regions.h>
#include <iommu-groups/space.h>
#include <iommu-groups/table.h>

#include "group-fixture.h"

/* ---- IDs ---- */

static void test_first_id(void **state)
{
    struct iommu_dev *dev = xzalloc(struct iommu_dev);

    assert_int_equal(iommu_dev_add_ids(dev, 9, 8), -EINVAL);
    assert_int_equal(dev->id, 0);
    assert_int_equal(iommu_dev_add_ids(dev, 0x40, 0x41), 0);
    assert_int_equal(dev->id, 0x40);
    /* Others come on top of a device's own. */
    assert_int_equal(iommu_dev_add_ids(dev, 0x10, 0x10), 0);
    assert_int_equal(iommu_dev_add_ids(dev, 0x500, 0x500), 0);
    assert_int_equal(dev->id, 0x40);

    dev->regions = xzalloc_array(struct iommu_region, 2);
    dev->nr_regions = 2;
    iommu_dev_forget(dev);
    assert_null(dev->regions);
    assert_int_equal(dev->nr_regions, 0);
    assert_int_equal(dev->ids.nr, 0);
    iommu_dev_free(dev);
    iommu_dev_free(NULL);
}

/* An ID is its segment's or, where firmware says which unit, that unit's. */
static void test_whose(void **state)
{
    struct iommu_unit one = {}, two = {};
    struct iommu_dev a = { .unit = &one, .sbdf = PCI_SBDF(1, 0, 2, 0) };
    struct iommu_dev b = { .unit = &one, .sbdf = PCI_SBDF(1, 0, 3, 0) };

    assert_int_equal(iommu_dev_add_ids(&a, 0x10, 0x17), 0);
    assert_int_equal(iommu_dev_add_ids(&b, 0x17, 0x18), 0);

    assert_true(iommu_dev_sends(&a, 0x10010) && iommu_dev_sends(&a, 0x10017));
    assert_false(iommu_dev_sends(&a, 0x10) || iommu_dev_sends(&a, 0x20010));
    assert_false(iommu_dev_sends(&a, 0x1000f) || iommu_dev_sends(&a, 0x10018));
    assert_int_equal(iommu_dev_fault_id(&a, 0x12), 0x10012);
    assert_true(iommu_dev_share_id(&a, &b) && iommu_dev_share_id(&b, &a));
    b.unit = &two;
    assert_false(iommu_dev_share_id(&a, &b));
    b.unit = &one;
    b.sbdf = PCI_SBDF(2, 0, 3, 0);
    assert_false(iommu_dev_share_id(&a, &b));

    a.fw_unit = b.fw_unit = 7;
    assert_true(iommu_dev_share_id(&a, &b));
    assert_true(iommu_dev_sends(&a, 0x10) && !iommu_dev_sends(&a, 0x10010));
    assert_int_equal(iommu_dev_fault_id(&a, 0x12), 0x12);
    iommu_ids_free(&b.ids);
    assert_int_equal(iommu_dev_add_ids(&b, 0x123450, 0x123451), 0);
    assert_true(iommu_dev_sends(&b, 0x123451));
    assert_false(iommu_dev_sends(&b, 0x3451) || iommu_dev_share_id(&a, &b));

    iommu_ids_free(&a.ids);
    iommu_ids_free(&b.ids);
}

/* ---- what firmware wants it to reach ---- */

static const struct iommu_region named[] = {
    { 0x10, 0x1f, PT_PROT_R }, { 0x10, 0x1f, PT_PROT_W },
    { 0x10, 0x20, PT_PROT_R }, { 0x0f, 0x1f, PT_PROT_R },
    { 0x10, 0x20, PT_PROT_R }, { 0x30, 0x30, PT_PROT_W },
};

static int name_regions(const struct iommu_dev *dev, iommu_region_fn *fn, void *arg)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; i < ARRAY_SIZE(named) && !rc; i++ )
        rc = fn(&named[i], arg);

    return rc;
}

/* Each once, with all that it is wanted for; those that overlap stay apart. */
static void test_regions(void **state)
{
    struct iommu_dev_ops ops = { .direct_regions = name_regions };
    struct iommu_driver drv = { .dev = &ops };
    struct iommu_unit unit = { .drv = &drv };
    struct iommu_dev dev = { .unit = &unit };
    unsigned int i, n;

    pcidevs_lock();
    for ( n = 1; n <= 5; n++ )
    {
        host_fail_nth(n);
        assert_int_equal(iommu_regions_read(&dev), n < 5 ? -ENOMEM : 0);
        host_fail_nth(0);
        assert_int_equal(dev.nr_regions, min(n - 1, 4U));
        assert_int_equal(dev.regions ? dev.regions[0].first : 0x10, 0x10);
        if ( n < 5 )
            iommu_dev_forget(&dev);
    }
    pcidevs_unlock();

    for ( i = 0; i < 4; i++ )
    {
        static const struct iommu_region want[] = {
            { 0x10, 0x1f, PT_PROT_R | PT_PROT_W }, { 0x10, 0x20, PT_PROT_R },
            { 0x0f, 0x1f, PT_PROT_R }, { 0x30, 0x30, PT_PROT_W },
        };

        assert_memory_equal(&dev.regions[i], &want[i], sizeof(want[i]));
    }
    iommu_dev_forget(&dev);
}

static void require(pci_sbdf_t sbdf, unsigned long first, unsigned long last)
{
    struct iommu_dev *dev = dev_of(sbdf);

    if ( !dev->regions )
        dev->regions = xzalloc_array(struct iommu_region, 1);
    dev->regions[0] = (struct iommu_region){ first, last, PT_PROT_R };
    dev->nr_regions = 1;
}

static const struct iommu_dev *sharer(pci_sbdf_t sbdf)
{
    const struct iommu_dev *found;

    pcidevs_lock();
    found = iommu_regions_next_sharer(dev_of(sbdf), NULL);
    pcidevs_unlock();

    return found;
}

/* A frame in common is enough, and the next one is not. */
static void test_sharers(void **state)
{
    unsigned long first, last;

    require(SINGLE, 0x20, 0x2f);
    assert_null(sharer(SINGLE));
    for ( first = 0x1e; first <= 0x32; first++ )
        for ( last = first; last <= 0x32; last++ )
        {
            bool meets = first <= 0x2f && last >= 0x20;

            require(F0, first, last);
            assert_ptr_equal(sharer(SINGLE), meets ? dev_of(F0) : NULL);
            assert_ptr_equal(sharer(F0), meets ? dev_of(SINGLE) : NULL);
        }

    /* Those of a group have one owner anyway. */
    require(F0, 0, 1);
    require(F1, 0, 1);
    assert_null(sharer(F0));
    assert_null(sharer(F2));
}

/* ---- members that share one ---- */

/* F0 sends as F1, too; F2 is on its own but for the group. */
static void share(void)
{
    unplug(F0);
    mock_a.faults.alias_dev = F0.bdf;
    mock_a.faults.alias_id = F1.bdf;
    plug(F0);
    mock_a.faults.alias_dev = 0;
    assert_true(iommu_dev_share_id(dev_of(F0), dev_of(F1)));
    assert_ptr_equal(group_of(F0), group_of(F2));
}

/* Whom hardware cannot tell apart goes along, with all of its IDs. */
static void test_goes_along(void **state)
{
    share();
    assert_int_equal(give(F1, machine.guest), 0);
    assert_ptr_equal(reaches(F1), machine.guest);
    assert_ptr_equal(reaches(F0), machine.guest);
    assert_null(reaches(F2));
    assert_int_equal(give(F1, dom_io), 0);
    assert_null(reaches(F0));
}

/* Two that are parked taint nobody else. */
static void test_taint_among_parked(void **state)
{
    share();
    assert_int_equal(give(F0, machine.guest), 0);
    assert_int_equal(give(F1, machine.guest), 0);
    assert_int_equal(give(F0, dom_io), 0);
    assert_int_equal(give(F1, dom_io), 0);
    assert_true(dev_of(F0)->tainted && dev_of(F1)->tainted);
    assert_int_equal(give(F2, machine.hwdom), 0);
    assert_ptr_equal(reaches(F2), machine.hwdom);
    assert_null(reaches(F0));
    assert_null(reaches(F1));
}

/* ---- tables of other units' ---- */

static const struct iommu_dev_ops *real_ops;

/* As a unit says it that was not there when the domain was created. */
static int another_shape(const struct iommu_dev *first, struct pt_config *cfg)
{
    int rc = real_ops->table_config(first, cfg);

    cfg->leaf_orders = PT_LEAF_4K;

    return rc;
}

/* What was not made for units like it, and it can walk all the same. */
static void test_walks_another(void **state)
{
    struct s2_space *space = s2_space_of(machine.guest);
    struct iommu_dev *dev = dev_of(SINGLE);
    struct iommu_dev_ops ops;
    struct pt_config cfg;
    bool has;

    real_ops = mock_a.drv.dev;
    ops = *real_ops;
    ops.table_config = another_shape;
    mock_a.drv.dev = &ops;

    iommu_group_lock(dev->group);
    assert_int_equal(ops.table_config(dev, &cfg), 0);
    assert_null(s2_space_table(space, &cfg));
    has = iommu_group_has_table(dev->group, space);
    iommu_group_unlock(dev->group);
    assert_true(has);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    assert_ptr_equal(reaches(SINGLE), machine.guest);
    assert_int_equal(give(SINGLE, dom_io), 0);
    mock_a.drv.dev = real_ops;
}

/* ---- a table of boot code's ---- */

static struct s2_table *table_for(pci_sbdf_t sbdf)
{
    struct iommu_dev *dev = dev_of(sbdf);
    struct pt_config cfg;
    struct s2_table *table;

    iommu_group_lock(dev->group);
    assert_int_equal(dev->unit->drv->dev->table_config(dev, &cfg), 0);
    iommu_group_unlock(dev->group);
    table = s2_table_create(dom_io, &cfg);
    assert_false(IS_ERR(table));

    return table;
}

static bool on_table(pci_sbdf_t sbdf, const struct s2_table *table)
{
    const struct s2_domain *s2 = mock_dev_reaches(dev_of(sbdf));

    return s2 && s2->table == table;
}

static void table_done(struct s2_table *table)
{
    assert_int_equal(mock_a.seen.domains_now, 0);
    assert_int_equal(mock_tags(&mock_a), 0);
    assert_int_equal(s2_table_clear(table, ~0UL), 0);
    s2_table_free(table);
}

/* All of the group is on it, until it is settled. */
static void test_boot_table(void **state)
{
    struct s2_table *table = table_for(F0);
    struct iommu_group *group = group_of(F0);

    assert_int_equal(iommu_group_attach_table(group, table), 0);
    assert_true(on_table(F0, table) && on_table(F1, table) &&
                on_table(F2, table));
    assert_ptr_equal(group->s2, dev_of(F0)->attached);
    assert_int_equal(iommu_group_settle(group), 0);
    assert_null(mock_dev_reaches(dev_of(F0)));
    assert_null(mock_dev_reaches(dev_of(F2)));
    assert_null(group->s2);
    table_done(table);
}

/* Not what somebody has, not what is broken, and nothing half. */
static void test_boot_table_refused(void **state)
{
    struct s2_table *table = table_for(F0);
    struct iommu_group *group = group_of(F0);
    char before[SNAPSHOT_SIZE];
    unsigned int i;

    assert_int_equal(give(F0, machine.guest), 0);
    snapshot(before);
    assert_int_equal(iommu_group_attach_table(group, table), -EBUSY);
    assert_unchanged(before);
    assert_int_equal(give(F0, dom_io), 0);

    snapshot(before);
    mock_a.faults.alloc = 1;
    assert_int_equal(iommu_group_attach_table(group, table), -ENOMEM);
    assert_unchanged(before);
    for ( i = 1; i <= 3; i++ )
    {
        mock_a.faults.attach = i;
        assert_true(iommu_group_attach_table(group, table) < 0);
        assert_unchanged(before);
        assert_null(group->s2);
        assert_int_equal(mock_a.seen.domains_now, 0);
    }

    mock_a.faults.stranger = dev_of(F2);
    assert_int_equal(iommu_group_attach_table(group, table), -EBADF);
    mock_a.faults.stranger = NULL;
    assert_true(group->broken);
    assert_null(mock_dev_reaches(dev_of(F0)));
    assert_int_equal(iommu_group_attach_table(group, table), -EBADF);
    assert_null(mock_dev_reaches(dev_of(F0)));
    table_done(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_first_id), GROUP_TEST(test_whose),
        GROUP_TEST(test_regions), GROUP_TEST(test_sharers),
        GROUP_TEST(test_goes_along), GROUP_TEST(test_taint_among_parked),
        GROUP_TEST(test_walks_another),
        GROUP_TEST(test_boot_table), GROUP_TEST(test_boot_table_refused),
    };

    return cmocka_run_group_tests_name("requester", tests, NULL, NULL);
}
