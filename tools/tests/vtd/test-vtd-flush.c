/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fewest invalidations, counted by the model: one command and one wait for
 * a call and unit, whatever the call removed, and none where nothing is cached.
 */
#include "vtd-system.h"

#define RW (IOMMUF_readable | IOMMUF_writable)
#define GIG (1UL << 18)

struct spent { unsigned long page, domain, global, wait, commands; };

static struct spent spent(unsigned int unit)
{
    const struct vtd_model *m = vm.model[unit];

    return (struct spent){
        .page = vtd_model_count(m, VTD_COUNT_IOTLB_PAGE),
        .domain = vtd_model_count(m, VTD_COUNT_IOTLB_DOMAIN),
        .global = vtd_model_count(m, VTD_COUNT_IOTLB_GLOBAL),
        .wait = vtd_model_count(m, VTD_COUNT_QI_WAIT),
        .commands = vtd_model_count(m, VTD_COUNT_COMMANDS),
    };
}

/* What one call may cost on @unit since @before. */
#define assert_spent(unit, before, pages, domains, waits) do {          \
    struct spent now_ = spent(unit);                                    \
    assert_int_equal(now_.page - (before).page, pages);                 \
    assert_int_equal(now_.domain - (before).domain, domains);           \
    assert_int_equal(now_.global - (before).global, 0);                 \
    assert_int_equal(now_.wait - (before).wait, waits);                 \
    assert_int_equal(now_.commands - (before).commands,                 \
                     (pages) + (domains) + (waits));                    \
} while ( 0 )

static void up(bool caching_mode)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = caching_mode;
    vm_up(&cfg);
    /* Two groups on one unit; the other unit has nothing of this guest. */
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), 0);
}

/* A range costs what a page costs: the order that covers it, or the domain. */
static void test_range(void **state)
{
    static const struct { unsigned long dfn, nr; bool domain; } range[] = {
        { 0x1000, 1, false }, { 0x1001, 2, false }, { 0x11ff, 2, false },
        { 0x1003, 0x2345, false }, { 4 * GIG, GIG, false },
        { 0x1000, 8 * GIG, true },
    };
    struct spent before;
    unsigned int i;

    up(false);
    for ( i = 0; i < ARRAY_SIZE(range); i++ )
    {
        assert_int_equal(vm_map(vm.guest, range[i].dfn, range[i].dfn + 1,
                                range[i].nr, RW), 0);
        before = spent(0);
        assert_int_equal(vm_unmap(vm.guest, range[i].dfn, range[i].nr), 0);
        if ( spent(0).domain != before.domain && !range[i].domain )
            fail_msg("%#lx pages at %#lx: by domain", range[i].nr,
                     range[i].dfn);
        assert_spent(0, before, spent(0).page - before.page,
                     1 - (spent(0).page - before.page), 1);
        assert_int_equal(vm_dma(DEV_A, range[i].dfn << 12, false), FAULT_READ);
        vm_settle();
    }
    assert_spent(1, spent(1), 0, 0, 0);
    vm_down();
}

/* Any set of calls before one flush is one command. */
static void test_set(void **state)
{
    unsigned int flags = 0, i;
    struct spent before;

    up(false);
    assert_int_equal(vm_map(vm.guest, 0x1000, 0x8001, 0x400, RW), 0);
    before = spent(0);
    for ( i = 0; i < 0x400; i += 3 )
        assert_int_equal(iommu_unmap(vm.guest, _dfn(0x1000 + i), 1, 0, &flags),
                         0);
    assert_spent(0, before, 0, 0, 0);
    assert_int_equal(iommu_iotlb_flush_all(vm.guest, flags), 0);
    assert_spent(0, before, 1, 0, 1);
    /* Nothing is left for another. */
    assert_int_equal(iommu_iotlb_flush_all(vm.guest, flags), 0);
    assert_spent(0, before, 1, 0, 1);
    vm_down();
}

/* Nothing for what was not there, unless the unit caches that. */
static void additions(bool caching_mode)
{
    struct spent before;

    up(caching_mode);
    before = spent(0);
    assert_int_equal(vm_map(vm.guest, 0x1000, 0x8001, 0x400, RW), 0);
    assert_spent(0, before, caching_mode, 0, caching_mode);

    /* The same again, and removing what is not there. */
    before = spent(0);
    assert_int_equal(vm_map(vm.guest, 0x1000, 0x8001, 0x400, RW), 0);
    assert_int_equal(vm_unmap(vm.guest, 0x9000, 0x400), 0);
    assert_spent(0, before, 0, 0, 0);

    /* Another frame replaces. */
    assert_int_equal(vm_map(vm.guest, 0x1000, 0x7001, 1, RW), 0);
    assert_spent(0, before, 1, 0, 1);
    vm_down();
}

static void test_additions(void **state)
{
    additions(false);
    additions(true);
}

/* No page of a table is freed before the wait for its flush is over. */
static void test_tables_wait(void **state)
{
    struct s2_table *table;
    unsigned int flags = 0;
    unsigned long tables;

    up(false);
    table = list_first_entry(&s2_space_of(vm.guest)->tables,
                             struct s2_table, link);
    assert_int_equal(vm_map(vm.guest, 0, 1, GIG, RW), 0);
    tables = table->pt.tables;
    assert_true(tables > 512);
    assert_int_equal(iommu_unmap(vm.guest, _dfn(0), GIG, 0, &flags), 0);
    assert_true(table->pending.nr_freed >= 512);
    assert_int_equal(iommu_iotlb_flush_all(vm.guest, flags), 0);
    assert_int_equal(table->pending.nr_freed, 0);
    vm_down();
}

/* What `xen-iommu metrics` shows is what the hardware saw. */
static void test_counters(void **state)
{
    struct spent before;
    uint64_t commands, waits;
    struct iommu_unit *unit;

    up(false);
    unit = vm_unit(DEV_A);
    before = spent(0);
    commands = unit->nr_commands;
    waits = unit->nr_waits;
    assert_int_equal(vm_map(vm.guest, 0x1000, 0x8001, 0x400, RW), 0);
    assert_int_equal(vm_unmap(vm.guest, 0x1000, 0x400), 0);
    assert_int_equal(vm_give(DEV_A, dom_io), 0);
    assert_true(unit->nr_waits > waits);
    assert_int_equal(unit->nr_commands - commands,
                     spent(0).commands - before.commands);
    assert_int_equal(unit->nr_waits - waits, spent(0).wait - before.wait);
    vm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_range),
        VM_TEST(test_set),
        VM_TEST(test_additions),
        VM_TEST(test_tables_wait),
        VM_TEST(test_counters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
