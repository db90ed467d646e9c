/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables by themselves: what their calls say of what cannot be done, which of a
 * domain's tables a copy is made of, and which domains a unit has for devices.
 */
#include <xen/err.h>

#include <iommu-groups/space.h>
#include <iommu-groups/table.h>

#include "group-fixture.h"

static const struct pt_config shape = {
    .fmt = &pt_vtd, .levels = 4, .in_bits = 48, .out_bits = 48,
    .leaf_orders = PT_LEAF_4K, .coherent = true, .node = NUMA_NO_NODE,
};

static struct s2_table *table_up(unsigned int in_bits)
{
    struct pt_config cfg = shape;
    struct s2_table *table;

    cfg.in_bits = in_bits;
    cfg.levels = (in_bits - PAGE_SHIFT + 8) / 9;
    table = s2_table_create(machine.guest, &cfg);
    assert_false(IS_ERR(table));

    return table;
}

static void table_down(struct s2_table *table)
{
    assert_int_equal(s2_table_clear(table, ~0UL), 0);
    s2_table_free(table);
}

/* What is refused says so, and leaves nothing. */
static void test_errors(void **state)
{
    struct s2_table *table = table_up(39);
    uint64_t end = 1UL << (39 - PAGE_SHIFT);
    unsigned int changed = 0, n;
    struct pt_leaf leaf;

    assert_int_equal(s2_table_map(table, end, 0x5000, 1, PT_PROT_R, &changed),
                     -ERANGE);
    assert_int_equal(s2_table_map(table, end - 1, 0x5000, 2, PT_PROT_R,
                                  &changed), -ERANGE);
    assert_int_not_equal(s2_table_lookup(table, end - 1, &leaf), 0);
    assert_int_equal(s2_table_unmap(table, end - 1, 2, &changed), -ERANGE);

    for ( n = 1; n <= 2; n++ )
    {
        host_fail_nth(n);
        assert_int_equal(s2_table_map(table, 0x5000, 0x5000, 1, PT_PROT_R,
                                      &changed), -ENOMEM);
        host_fail_nth(0);
        assert_int_not_equal(s2_table_lookup(table, 0x5000, &leaf), 0);
    }

    /* A copy takes what its width reaches. */
    assert_int_equal(s2_table_mirror(table, end, 0x5000, 1, PT_PROT_R,
                                     &changed), 0);
    assert_int_equal(s2_table_map(table, end - 1, 0x5000, 1, PT_PROT_R,
                                  &changed), 0);
    assert_int_equal(s2_table_lookup(table, end - 1, &leaf), 0);
    assert_int_equal(leaf.mfn, 0x5000);
    assert_int_equal(s2_table_unmap(table, end - 1, 1, &changed), 0);
    assert_int_equal(s2_table_flush(table), 0);
    table_down(table);
}

/* No memory: no table, whoever owns its pages. */
static void test_no_memory(void **state)
{
    unsigned int n;

    for ( n = 1; n <= 2; n++ )
    {
        struct s2_table *table;

        host_fail_nth(n);
        table = s2_table_create(machine.guest, &shape);
        host_fail_nth(0);
        assert_int_equal(PTR_ERR(table), -ENOMEM);
    }
    host_fail_nth(1);
    assert_int_equal(PTR_ERR(s2_table_borrow(machine.guest, &shape)), -ENOMEM);
    host_fail_nth(0);
}

/* Copies are made of the table that has most, in whatever order they came. */
static void test_fullest(void **state)
{
    static const unsigned int widths[][3] = {
        { 48, 57, 39 }, { 57, 48, 39 }, { 39, 48, 57 },
    };
    unsigned int i, k;

    for ( i = 0; i < ARRAY_SIZE(widths); i++ )
    {
        struct s2_space space = {};
        struct s2_table *tables[3], *widest = NULL;

        INIT_LIST_HEAD(&space.tables);
        assert_null(s2_space_fullest(&space));
        for ( k = 0; k < 3; k++ )
        {
            tables[k] = table_up(widths[i][k]);
            list_add_tail(&tables[k]->link, &space.tables);
            if ( widths[i][k] == 57 )
                widest = tables[k];
        }
        assert_ptr_equal(s2_space_fullest(&space), widest);
        /* The CPU's has all of them. */
        space.lent = tables[2];
        assert_ptr_equal(s2_space_fullest(&space), tables[2]);
        for ( k = 0; k < 3; k++ )
        {
            list_del_init(&tables[k]->link);
            table_down(tables[k]);
        }
    }
}

/* One identity for all, none for what is no table, nothing of a dead unit. */
static void test_domains(void **state)
{
    struct iommu_unit *unit = &mock_a0.unit;
    struct s2_table *table = table_up(48);
    struct s2_domain *s2;

    assert_ptr_equal(s2_domain_alloc(unit, S2_IDENTITY, NULL), &unit->identity);
    assert_int_equal(PTR_ERR(s2_domain_alloc(unit, S2_BLOCKED, NULL)),
                     -EOPNOTSUPP);
    unit->failed = true;
    assert_int_equal(PTR_ERR(s2_domain_alloc(unit, S2_PAGING, table)), -EIO);
    unit->failed = false;
    host_fail_nth(1);
    assert_int_equal(PTR_ERR(s2_domain_alloc(unit, S2_PAGING, table)), -ENOMEM);
    host_fail_nth(2);
    assert_int_equal(PTR_ERR(s2_domain_alloc(unit, S2_PAGING, table)), -ENOMEM);
    host_fail_nth(0);
    assert_int_equal(table->users, 0);

    s2 = s2_domain_alloc(unit, S2_PAGING, table);
    assert_false(IS_ERR(s2));
    assert_ptr_equal(s2->table, table);
    assert_int_equal(s2_table_clear(table, ~0UL), -EBUSY);
    s2_domain_free(s2);
    assert_int_equal(mock_tags(&mock_a), 0);
    table_down(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_errors), GROUP_TEST(test_no_memory),
        GROUP_TEST(test_fullest), GROUP_TEST(test_domains),
    };

    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
