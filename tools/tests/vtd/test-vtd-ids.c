/* SPDX-License-Identifier: GPL-2.0-only */
/* VT-d: functions that stand for many requester IDs. */
#include "many-ids.h"
#include "vtd-fixture.h"

static void up(unsigned int variant)
{
    struct vtd_model_cfg cfg = vtd_variant(variant);

    vtd_machine_up(&cfg, 1);
}

static struct iommu_dev *dev(uint32_t first, unsigned int nr, unsigned int step)
{
    return dev_add_many(first >> 8, PCI_SLOT(first), nr, step);
}

static unsigned int reach_by(struct iommu_dev *dev, uint32_t id, uint64_t addr,
                             uint64_t *maddr)
{
    return vtd_model_translate(model[0], id, addr, true, maddr);
}

static void fail_nth(unsigned int nth, unsigned int how)
{
    vtd_model_fail_nth(model[0], nth, how);
}

static bool failed(void)
{
    return vtd_model_failed(model[0]);
}

static void forgive(void)
{
    vtd_model_revive(model[0]);
    vtd_model_forgive(model[0]);
}

static const struct many_ids many = {
    .ops = &vtd_dev_ops,
    .nr_variants = VTD_NR_VARIANTS,
    .nr_failures = 3,
    .up = up,
    .down = vtd_machine_down,
    .dev = dev,
    .del = dev_del,
    .table = table_new,
    .table_free = table_free,
    .map = map_page,
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
    vtd_machine_up(&vtd_model_default, 1);
    expect_look(&unit_nr(0)->unit, HW_BLOCKED);
    vtd_model_write(model[0], VTD_RTADDR, 0x1000, 8);
    expect_look(&unit_nr(0)->unit, HW_UNKNOWN);
    vtd_model_write(model[0], VTD_RTADDR, virt_to_maddr(unit_nr(0)->root), 8);
    vtd_model_write(model[0], VTD_GCMD,
                    vtd_readl(unit_nr(0), VTD_GSTS) & GCMD_LASTING & ~GCMD_TE,
                    4);
    expect_look(&unit_nr(0)->unit, HW_IDENTITY);
    vtd_machine_down();
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
