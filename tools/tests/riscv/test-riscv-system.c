/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One machine with units of three drivers (issue: two units at once, and two
 * drivers at once): each group allocates through its own, and a guest has one
 * table for each format.
 */
#include "riscv-system.h"

#include <iommu-groups/fault.h>

#define ADDR       0x5000UL
#define DFN        (ADDR >> PAGE_SHIFT)
#define RW         (IOMMUF_readable | IOMMUF_writable)
#define NO_CONTEXT 258
#define NO_READ    21

static const pci_sbdf_t behind_riscv[] = {
    { .sbdf = 0x8010 }, { .sbdf = 0x8018 }, { .sbdf = 0x8019 },
    { .sbdf = 0x8500 }, { .sbdf = 0x8508 }, { .sbdf = 0x20028 },
};

static struct s2_table *table_of(struct domain *d, const struct pt_format *fmt)
{
    struct s2_space *space = s2_space_of(d);
    struct s2_table *table;

    list_for_each_entry ( table, &space->tables, link )
        if ( table->pt.cfg.fmt == fmt )
            return table;

    return NULL;
}

static unsigned int nr_tables(struct domain *d)
{
    struct s2_space *space = s2_space_of(d);
    struct s2_table *table;
    unsigned int nr = 0;

    list_for_each_entry ( table, &space->tables, link )
        nr++;

    return nr;
}

/* What a mock's hardware has for the function. */
static const struct s2_table *mock_table(pci_sbdf_t sbdf)
{
    const struct s2_domain *s2 = mock_dev_reaches(rvs_dev(sbdf));

    return s2 ? s2->table : NULL;
}

static void assert_all_blocked(void)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(behind_riscv); i++ )
        assert_int_equal(rvs_dma(behind_riscv[i], ADDR, false), NO_CONTEXT);
    assert_null(mock_table(RVS_MOCK_A));
    assert_null(mock_table(RVS_MOCK_B));
}

static void test_units_and_groups(void **state)
{
    rvs_up(&rvm_default, &rvm_default);

    assert_string_equal(rvs_dev(RVS_A)->unit->drv->name, "riscv");
    assert_string_equal(rvs_dev(RVS_MOCK_A)->unit->drv->name, "mocka");
    assert_string_equal(rvs_dev(RVS_MOCK_B)->unit->drv->name, "mockb");
    assert_ptr_not_equal(rvs_dev(RVS_A)->unit, rvs_dev(RVS_B)->unit);
    assert_ptr_equal(rvs_dev(RVS_A)->unit->drv, rvs_dev(RVS_B)->unit->drv);

    assert_ptr_equal(rvs_dev(RVS_MULTI0)->group, rvs_dev(RVS_MULTI1)->group);
    assert_ptr_equal(rvs_dev(RVS_BEHIND0)->group, rvs_dev(RVS_BEHIND1)->group);
    assert_ptr_not_equal(rvs_dev(RVS_A)->group, rvs_dev(RVS_MULTI0)->group);
    assert_ptr_not_equal(rvs_dev(RVS_A)->group, rvs_dev(RVS_B)->group);
    assert_all_blocked();
    rvs_down();
}

static void test_one_table_a_format(void **state)
{
    struct rvm_cfg sv57 = rvm_default, sv48 = rvm_default;

    /* Both RISC-V units alike: one format, the best that they have. */
    rvs_up(&rvm_default, &rvm_default);
    assert_int_equal(nr_tables(rvs.guest), 3);
    assert_non_null(table_of(rvs.guest, &pt_vtd));
    assert_non_null(table_of(rvs.guest, &pt_sv39x4));
    assert_non_null(table_of(rvs.guest, &pt_sv48x4));
    rvs_down();

    /* Different ones: a table for each, also where one is in common. */
    sv57.sv48x4 = false;
    sv48.sv57x4 = false;
    rvs_up(&sv57, &sv48);
    assert_int_equal(nr_tables(rvs.guest), 4);
    assert_non_null(table_of(rvs.guest, &pt_sv48x4));
    assert_non_null(table_of(rvs.guest, &pt_sv57x4));
    rvs_page(rvs.guest, DFN);
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_B, rvs.guest), 0);
    assert_ptr_equal(rvs_dev(RVS_A)->attached->table,
                     table_of(rvs.guest, &pt_sv57x4));
    assert_ptr_equal(rvs_dev(RVS_B)->attached->table,
                     table_of(rvs.guest, &pt_sv48x4));
    assert_int_equal(rvs_dma(RVS_A, ADDR, true), 0);
    assert_int_equal(rvs_dma(RVS_B, ADDR, true), 0);
    rvs_down();
}

/* Each group through its own driver's ops and its own first device. */
static void test_own_ops(void **state)
{
    uint64_t ma;
    void *page;

    rvs_up(&rvm_default, &rvm_default);
    page = rvs_page(rvs.guest, DFN);
    ma = virt_to_maddr(page);
    memset(&mock_a.seen, 0, sizeof(mock_a.seen));
    memset(&mock_b.seen, 0, sizeof(mock_b.seen));

    assert_int_equal(rvs_give(RVS_MULTI1, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_B, rvs.guest), 0);
    assert_int_equal(mock_a.seen.allocs + mock_b.seen.allocs, 0);
    assert_int_equal(rvs_dma_to(RVS_MULTI1, ADDR), ma);
    assert_int_equal(rvs_dma_to(RVS_B, ADDR), ma);
    /* The other one of the group is not the guest's. */
    assert_int_equal(rvs_dma(RVS_MULTI0, ADDR, false), NO_CONTEXT);
    assert_int_equal(rvs_give(RVS_MULTI0, rvs.guest), 0);
    assert_int_equal(rvs_dma_to(RVS_MULTI0, ADDR), ma);

    assert_int_equal(rvs_give(RVS_MOCK_A, rvs.guest), 0);
    assert_ptr_equal(mock_a.seen.alloc_first, rvs_dev(RVS_MOCK_A));
    assert_int_equal(mock_b.seen.allocs, 0);
    assert_ptr_equal(mock_table(RVS_MOCK_A), table_of(rvs.guest, &pt_vtd));

    assert_int_equal(rvs_give(RVS_MOCK_B, rvs.guest), 0);
    assert_ptr_equal(mock_b.seen.alloc_first, rvs_dev(RVS_MOCK_B));
    assert_ptr_equal(mock_table(RVS_MOCK_B), table_of(rvs.guest, &pt_sv39x4));

    /* Two units, one table, a tag on each. */
    assert_ptr_equal(rvs_dev(RVS_MULTI0)->attached->table,
                     rvs_dev(RVS_B)->attached->table);
    assert_ptr_not_equal(rvs_dev(RVS_MULTI0)->attached->tag,
                         rvs_dev(RVS_B)->attached->tag);
    rvs_down();
}

/* What the guest loses is flushed on every unit of every driver, once each. */
static void test_flush_everywhere(void **state)
{
    unsigned long fences[2], flushes[2];
    unsigned int i;

    rvs_up(&rvm_default, &rvm_default);
    rvs_page(rvs.guest, DFN);
    rvs_page(rvs.guest, DFN + 1);
    for ( i = 0; i < ARRAY_SIZE(behind_riscv); i++ )
    {
        assert_int_equal(rvs_give(behind_riscv[i], rvs.guest), 0);
        assert_int_equal(rvs_dma(behind_riscv[i], ADDR, true), 0);
    }
    assert_int_equal(rvs_give(RVS_MOCK_A, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_MOCK_B, rvs.guest), 0);

    for ( i = 0; i < 2; i++ )
        fences[i] = rvm_count(rvs.model[i], RVM_COUNT_FENCE);
    flushes[0] = mock_a.seen.flushes;
    flushes[1] = mock_b.seen.flushes;
    assert_int_equal(rvs_unmap(rvs.guest, DFN, 1), 0);
    for ( i = 0; i < 2; i++ )
        assert_int_equal(rvm_count(rvs.model[i], RVM_COUNT_FENCE),
                         fences[i] + 1);
    assert_int_equal(mock_a.seen.flushes, flushes[0] + 1);
    assert_int_equal(mock_b.seen.flushes, flushes[1] + 1);
    for ( i = 0; i < ARRAY_SIZE(behind_riscv); i++ )
        assert_int_equal(rvs_dma(behind_riscv[i], ADDR, false), NO_READ);
    rvs_down();
}

static void test_guests_apart(void **state)
{
    uint64_t one, two;

    rvs_up(&rvm_default, &rvm_default);
    one = virt_to_maddr(rvs_page(rvs.guest, DFN));
    two = virt_to_maddr(rvs_page(rvs.guest2, DFN));
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_B, rvs.guest2), 0);
    assert_int_equal(rvs_dma_to(RVS_A, ADDR), one);
    assert_int_equal(rvs_dma_to(RVS_B, ADDR), two);

    /* A group is one guest's or another's. */
    assert_int_equal(rvs_give(RVS_MULTI0, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_MULTI1, rvs.guest2), -EBUSY);
    assert_int_equal(rvs_dma(RVS_MULTI1, ADDR, false), NO_CONTEXT);

    /* Devices behind a bridge share an ID: one of them is both. */
    assert_int_equal(rvs_give(RVS_BEHIND0, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_BEHIND1, rvs.guest2), -EBUSY);
    assert_int_equal(rvs_dma_to(RVS_BEHIND0, ADDR), one);

    /* From one to the other: nothing of the first is left. */
    assert_int_equal(rvs_give(RVS_A, dom_io), 0);
    assert_int_equal(rvs_dma(RVS_A, ADDR, false), NO_CONTEXT);
    assert_int_equal(rvs_give(RVS_A, rvs.guest2), 0);
    assert_int_equal(rvs_dma_to(RVS_A, ADDR), two);

    rvs_domain_down(&rvs.guest2);
    assert_int_equal(rvs_dma(RVS_A, ADDR, false), NO_CONTEXT);
    assert_int_equal(rvs_dma(RVS_B, ADDR, false), NO_CONTEXT);
    assert_int_equal(rvs_dma_to(RVS_MULTI0, ADDR), one);
    rvs_domain_down(&rvs.guest);
    assert_all_blocked();
    rvs_down();
}

/* A fault names the device, by the ID that its own unit knows it by. */
static void test_fault_names(void **state)
{
    rvs_up(&rvm_default, &rvm_default);
    assert_int_equal(rvs_give(RVS_B, rvs.guest), 0);
    assert_int_equal(rvs_dma(RVS_B, 0x123000, true), 23);
    assert_int_equal(rvs_dma(RVS_A, 0x456000, false), NO_CONTEXT);
    rvs_dev(RVS_A)->unit->drv->unit->poll_faults(rvs_dev(RVS_A)->unit);
    rvs_dev(RVS_B)->unit->drv->unit->poll_faults(rvs_dev(RVS_B)->unit);
    assert_log("DMA write of 0002:00:05.0");
    assert_log("d1) address 0x123000 refused: write without mapping or permission (0x17)");
    assert_log("DMA read of 0000:80:02.0");
    assert_log("0x456000 refused: no device context: it is blocked (0x102)");
    assert_int_equal(rvs_dev(RVS_A)->nr_faults, 1);
    assert_int_equal(rvs_dev(RVS_B)->nr_faults, 1);

    /* Unit 0's ID of that number is another device's, and nobody's here. */
    host_log_clear();
    rvm_translate(rvs.model[0], 0x28, 0x789000, RVM_READ, &(uint64_t){ 0 });
    rvs_dev(RVS_A)->unit->drv->unit->poll_faults(rvs_dev(RVS_A)->unit);
    assert_log("unknown device 0x28");
    assert_int_equal(rvs_dev(RVS_B)->nr_faults, 1);
    rvs_down();
}

/* One unit stops answering; the others do not notice. */
static void test_one_dies(void **state)
{
    uint64_t ma;

    rvs_up(&rvm_default, &rvm_default);
    rvs_page(rvs.guest, DFN);
    ma = virt_to_maddr(rvs_page(rvs.guest, DFN + 1));
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_B, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_MOCK_A, rvs.guest), 0);
    assert_int_equal(rvs_dma(RVS_A, ADDR, true), 0);
    assert_int_equal(rvs_dma_to(RVS_B, ADDR + PAGE_SIZE), ma);

    rvm_die(rvs.model[0], false);
    assert_int_equal(rvs_unmap(rvs.guest, DFN, 1), -EIO);
    rvs_settle();
    assert_log("stopped answering");
    assert_true(rvs_dev(RVS_A)->unit->failed);
    assert_true(rvs_dev(RVS_A)->group->broken);
    assert_int_equal(rvs_dma(RVS_A, ADDR, true), RVS_SILENT);
    assert_int_equal(rvs_give(RVS_MULTI0, rvs.guest), -EBADF);

    assert_false(rvs_dev(RVS_B)->unit->failed);
    assert_int_equal(rvs_dma(RVS_B, ADDR, false), NO_READ);
    assert_int_equal(rvs_dma_to(RVS_B, ADDR + PAGE_SIZE), ma);
    assert_non_null(mock_table(RVS_MOCK_A));
    assert_int_equal(rvs_give(RVS_B, dom_io), 0);
    assert_int_equal(rvs_give(RVS_B, rvs.guest2), 0);
    assert_int_equal(rvm_violations(rvs.model[0]), 0);
    rvs_clean();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RVS_TEST(test_units_and_groups),
        RVS_TEST(test_one_table_a_format),
        RVS_TEST(test_own_ops),
        RVS_TEST(test_flush_everywhere),
        RVS_TEST(test_guests_apart),
        RVS_TEST(test_fault_names),
        RVS_TEST(test_one_dies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
