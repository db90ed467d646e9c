/* SPDX-License-Identifier: GPL-2.0-only */
/* SMMUv3: devices with many stream IDs. */
#include "many-ids.h"
#include "smmu-fixture.h"

static void up(unsigned int variant)
{
    struct smmu_model_cfg cfg = sm_variant(variant);

    /* More than a linear table's first page, and than one of level 2. */
    cfg.sid_bits = 12;
    sm_up(&cfg, 1);
}

static struct iommu_dev *dev(uint32_t first, unsigned int nr, unsigned int step)
{
    return sm_dev_many(0, first, nr, step);
}

static struct s2_table *table(struct iommu_dev *first)
{
    return sm_table();
}

static unsigned int reach_by(struct iommu_dev *dev, uint32_t id, uint64_t addr,
                             uint64_t *maddr)
{
    return smmu_model_dma(sm_model[0], id, addr, true, maddr);
}

static void fail_nth(unsigned int nth, unsigned int how)
{
    smmu_model_fail_nth(sm_model[0], nth, how);
}

static bool failed(void)
{
    return smmu_model_failed(sm_model[0]);
}

static void forgive(void)
{
    smmu_model_revive(sm_model[0]);
    smmu_model_forgive(sm_model[0]);
}

static const struct many_ids many = {
    .ops = &smmu_dev_ops,
    .nr_variants = SM_NR_VARIANTS,
    .nr_failures = SMMU_MODEL_DIE + 1,
    .up = up,
    .down = sm_down,
    .dev = dev,
    .del = sm_dev_del,
    .table = table,
    .table_free = sm_table_free,
    .map = sm_map,
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
    sm_up(&smmu_model_default, 1);
    expect_look(&sm_unit(0)->unit, HW_BLOCKED);
    smmu_writel(sm_unit(0), SMMU_CR0,
                smmu_readl(sm_unit(0), SMMU_CR0) & ~CR0_SMMUEN);
    expect_look(&sm_unit(0)->unit, smmu_readl(sm_unit(0), SMMU_GBPA) &
                                   GBPA_ABORT ? HW_BLOCKED : HW_IDENTITY);
    smmu_writeq(sm_unit(0), SMMU_STRTAB_BASE, 0x10000);
    smmu_writel(sm_unit(0), SMMU_CR0,
                smmu_readl(sm_unit(0), SMMU_CR0) | CR0_SMMUEN);
    expect_look(&sm_unit(0)->unit, HW_UNKNOWN);
    sm_down();
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
