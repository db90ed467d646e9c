/* SPDX-License-Identifier: GPL-2.0-only */
/* RISC-V: devices with many device IDs. */
#include "many-ids.h"
#include "riscv-fixture.h"

static void up(unsigned int variant)
{
    struct rvm_cfg cfg = rv_variant(variant);

    /* One level holds no whole bus: test-riscv-driver.c has its refusal. */
    if ( cfg.levels == 1 << RVM_1LVL )
        cfg.levels = 1 << RVM_3LVL;
    rv_machine_up(&cfg, NULL);
}

static struct iommu_dev *dev(uint32_t first, unsigned int nr, unsigned int step)
{
    return rv_dev_many(first >> 8, PCI_SLOT(first), nr, step);
}

static unsigned int reach_by(struct iommu_dev *dev, uint32_t id, uint64_t addr,
                             uint64_t *maddr)
{
    return rvm_translate(rvm[0], id, addr, RVM_WRITE, maddr);
}

static void fail_nth(unsigned int nth, unsigned int how)
{
    rvm_fail_nth(rvm[0], nth, how);
}

static bool failed(void)
{
    return rvm_failed(rvm[0]);
}

static void forgive(void)
{
    rvm_revive(rvm[0]);
    rvm_forgive(rvm[0]);
}

static const struct many_ids many = {
    .ops = &rv_dev_ops,
    .nr_variants = RV_NR_VARIANTS,
    .nr_failures = RVM_NR_FAILURES,
    .up = up,
    .down = rv_machine_down,
    .dev = dev,
    .del = rv_dev_del,
    .table = rv_table_new,
    .table_free = rv_table_free,
    .map = rv_map_page,
    .reach = reach_by,
    .fail_nth = fail_nth,
    .failed = failed,
    .forgive = forgive,
};

static void test_attach(void **state) { many_ids_attach(&many); }
static void test_shared(void **state) { many_ids_shared(&many); }
static void test_memory(void **state) { many_ids_memory(&many); }
static void test_commands(void **state) { many_ids_commands(&many); }

/*
 * What hardware does is read from its registers: they say so when somebody has
 * turned translation off or given the unit another table.
 */
static void expect_look(struct iommu_unit *unit, enum iommu_hw_state state)
{
    struct iommu_hw_entry e;

    assert_int_equal(unit->drv->unit->look(unit, 0x200, &e), 0);
    assert_int_equal(e.state, state);
}

static void test_look(void **state)
{
    struct rv_unit *u;
    uint64_t root;

    rv_machine_up(&rvm_default, NULL);
    u = rv_unit_nr(0);
    root = RV_PPN(virt_to_maddr(u->root));
    expect_look(&u->unit, HW_BLOCKED);
    rvm_write(rvm[0], RV_DDTP, root | DDTP_OFF, 8);
    expect_look(&u->unit, HW_BLOCKED);
    rvm_write(rvm[0], RV_DDTP, root | DDTP_BARE, 8);
    expect_look(&u->unit, HW_IDENTITY);
    rvm_write(rvm[0], RV_DDTP, root | DDTP_OFF, 8);
    rvm_write(rvm[0], RV_DDTP, RV_PPN(0x1000) | DDTP_LEVELS(u->levels), 8);
    expect_look(&u->unit, HW_UNKNOWN);
    rv_machine_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach), cmocka_unit_test(test_shared),
        cmocka_unit_test(test_memory), cmocka_unit_test(test_commands),
        cmocka_unit_test(test_look),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
