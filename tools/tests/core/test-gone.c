/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that are gone: every register reads as all ones, as of a card that was
 * pulled out, on all drivers' models. Nothing that was there before is read as
 * if it were new, what waits has an end, and nothing is reported of devices.
 */
#include <iommu-groups/fault.h>

#include "riscv-fixture.h"
#include "smmu-fixture.h"
#include "vtd-fixture.h"

/* Faults reported of the unit, and lines printed, while it is gone. */
static void gone(struct iommu_unit *unit, int (*flush)(void),
                 const void __iomem *reg)
{
    unsigned long before = unit->nr_faults;
    unsigned int i;

    host_log_clear();
    for ( i = 0; i < 20; i++ )
        unit->drv->unit->poll_faults(unit);
    host_tasklets_run();
    assert_int_equal(unit->nr_faults, before);
    assert_no_log("refused");

    assert_int_not_equal(flush(), 0);
    assert_true(unit->failed);
    /* No bit that is waited for has come. */
    assert_false(iommu_wait(reg, 1, 1));
    assert_false(iommu_wait(reg, ~0u, ~0u));
    for ( i = 0; i < 20; i++ )
        unit->drv->unit->poll_faults(unit);
    assert_int_equal(unit->nr_faults, before);
    assert_true(host_log_lines(NULL) < 10);
}

static int v_flush(void)
{
    const struct vtd_desc desc = vtd_desc_iotlb_domain(0, 7);

    return vtd_invalidate(unit_nr(0), &desc, 1);
}

static void test_vtd(void **state)
{
    struct iommu_dev *dev;
    uint64_t ma;
    unsigned int qi;

    for ( qi = 0; qi < 2; qi++ )
    {
        struct vtd_model_cfg cfg = vtd_model_default;

        cfg.qi = qi;
        cfg.ir = cfg.eim = cfg.dt = false;
        vtd_machine_up(&cfg, 1);
        dev = dev_add(0, 3, 0);
        /* A record that was there, and is read already. */
        assert_int_not_equal(reach(dev, 0x5000, &ma), 0);
        vtd_driver.unit->poll_faults(dev->unit);
        vtd_model_die(model[0], true);
        gone(dev->unit, v_flush, unit_nr(0)->regs);
        vtd_model_revive(model[0]);
        dev_del(dev);
        vtd_machine_down();
    }
}

static int r_flush(void)
{
    const struct rv_cmd cmd = rv_cmd_gvma_all();

    return rv_cmdq_run(rv_unit_nr(0), &cmd, 1);
}

static void test_riscv(void **state)
{
    struct iommu_dev *dev;
    uint64_t ma;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    assert_int_not_equal(rv_reach(dev, 0x5000, &ma), 0);
    rv_driver.unit->poll_faults(dev->unit);
    rvm_die(rvm[0], true);
    gone(dev->unit, r_flush, rv_unit_nr(0)->desc.regs);
    rvm_revive(rvm[0]);
    rv_dev_del(dev);
    rv_machine_down();
}

static int s_flush(void)
{
    const struct smmu_cmd cmd = smmu_cmd_tlbi_vmid(7);

    return smmu_run(sm_unit(0), &cmd, 1);
}

static void test_smmu(void **state)
{
    struct iommu_dev *dev;
    struct s2_table *table;
    struct s2_domain *s2;
    uint64_t ma;

    sm_up(&smmu_model_default, 1);
    dev = sm_dev(0, 0x40, 0);
    table = sm_table();
    s2 = sm_domain(dev, table);
    assert_int_equal(sm_attach(s2, dev), 0);
    assert_int_not_equal(sm_reach(dev, 0x5000, true, &ma), 0);
    smmu_driver.unit->poll_faults(dev->unit);
    sm_block(dev);
    sm_domain_free(s2);
    smmu_model_die(sm_model[0], true);
    gone(dev->unit, s_flush, sm_unit(0)->regs);
    smmu_model_revive(sm_model[0]);
    sm_dev_del(dev);
    sm_table_free(table);
    sm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vtd), cmocka_unit_test(test_riscv),
        cmocka_unit_test(test_smmu),
    };

    return cmocka_run_group_tests_name("gone", tests, NULL, NULL);
}
