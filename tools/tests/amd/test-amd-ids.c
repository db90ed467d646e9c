/* SPDX-License-Identifier: GPL-2.0-only */
/* AMD-Vi: functions that stand for many requester IDs. */
#include "amd-fixture.h"
#include "many-ids.h"

static void up(unsigned int variant)
{
    struct amd_model_cfg cfg = amd_variant(variant);

    am_machine_up(&cfg, 1);
}

static struct iommu_dev *dev(uint32_t first, unsigned int nr, unsigned int step)
{
    return am_dev_many(first >> 8, PCI_SLOT(first), nr, step);
}

static unsigned int reach_by(struct iommu_dev *dev, uint32_t id, uint64_t addr,
                             uint64_t *maddr)
{
    return amd_rig.translate(id, addr, maddr);
}

static void fail_nth(unsigned int nth, unsigned int how)
{
    amd_model_fail_nth(am_model[0], nth, how);
}

static bool failed(void)
{
    return amd_model_failed(am_model[0]);
}

static void forgive(void)
{
    amd_model_revive(am_model[0]);
    amd_model_forgive(am_model[0]);
}

static const struct many_ids ids = {
    .ops = &amd_dev_ops,
    /* Those with INVALIDATE_IOMMU_ALL: others name each ID. */
    .nr_variants = 8,
    .nr_failures = AMD_MODEL_DIE + 1,
    .up = up,
    .down = am_machine_down,
    .dev = dev,
    .del = am_dev_del,
    .table = am_table,
    .table_free = am_table_free,
    .map = am_map_page,
    .reach = reach_by,
    .fail_nth = fail_nth,
    .failed = failed,
    .forgive = forgive,
};

static void test_attach(void **state)
{
    many_ids_attach(&ids);
}

static void test_shared(void **state)
{
    many_ids_shared(&ids);
}

static void test_commands(void **state)
{
    many_ids_commands(&ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
