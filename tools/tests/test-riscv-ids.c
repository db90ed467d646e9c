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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach), cmocka_unit_test(test_shared),
        cmocka_unit_test(test_memory), cmocka_unit_test(test_commands),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
