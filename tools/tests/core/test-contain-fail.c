/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device is contained by a unit that fails meanwhile, on all drivers' models:
 * each command of containment goes wrong in turn, in every way, alone and with
 * all after it.  The device reaches nothing, or its unit is given up with all
 * behind it; others work on.
 */
#include <iommu-groups/contain.h>

#include "amd-system.h"
#include "models/pause.h"
#include "riscv-system.h"
#include "smmu-fixture.h"
#include "vtd-system.h"

#define ADDR    0x10000UL
#define DFN     (ADDR >> PAGE_SHIFT)

static void contain(struct iommu_dev *dev)
{
    struct iommu_group *group = dev->group;
    s_time_t start = NOW();

    iommu_group_lock(group);
    iommu_dev_contain(dev, "the test says so");
    iommu_group_unlock(group);
    assert_true(NOW() - start < SECONDS(20));
}

/* ---- VT-d and AMD-Vi ---- */

static bool vm_round(void (*up)(void), unsigned int nth, unsigned int how)
{
    bool reached, failed;
    uint64_t maddr;

    up();
    vm_page(vm.guest, DFN);
    vm_page(vm.guest2, DFN);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_give(DEV_MULTI0, vm.guest2), 0);
    assert_int_equal(vm_give(DEV_B, vm.guest2), 0);
    assert_int_equal(vm_dma(DEV_A, ADDR, true), 0);
    vm.ops->fail_nth(0, nth, how);
    contain(vm_dev(DEV_A));
    reached = vm.ops->failed(0);
    vm.ops->fail_nth(0, 0, 0);
    vm_settle();

    failed = vm_unit(DEV_A)->failed;
    assert_true(reached || !failed);
    assert_true(vm_dev(DEV_A)->group->broken);
    assert_int_equal(vm_dev(DEV_A)->attached->type, S2_BLOCKED);
    assert_int_equal(vm_dma(DEV_A, ADDR, true), VM_UR);
    /* Even if it were a master. */
    if ( !failed )
        assert_int_not_equal(vm.ops->translate(0, DEV_A.bdf, ADDR, true,
                                               &maddr), 0);
    assert_int_equal(vm_dev(DEV_MULTI0)->group->broken, failed);
    assert_int_equal(vm_dma(DEV_MULTI0, ADDR, true), failed ? VM_UR : 0);
    assert_int_equal(vm_dma(DEV_B, ADDR, true), 0);
    assert_null(vm.ops->violation(0));
    vm_clean();

    return reached;
}

static void vm_sweep(void (*up)(void), unsigned int how)
{
    unsigned int nth;

    for ( nth = 1; vm_round(up, nth, how); nth++ )
        assert_true(nth < 100);
    assert_true(nth > 2);
}

static void vtd_up(void)
{
    vm_up(&vtd_model_default);
}

static void amd_up(void)
{
    as_up(&amd_model_default);
}

static void test_vtd(void **state)
{
    unsigned int how;

    for ( how = 0; how <= VTD_MODEL_DIE; how++ )
    {
        vm_sweep(vtd_up, how);
        vm_sweep(vtd_up, MODEL_BURST(how));
    }
}

static void test_amd(void **state)
{
    unsigned int how;

    for ( how = 0; how <= AMD_MODEL_DIE; how++ )
    {
        vm_sweep(amd_up, how);
        vm_sweep(amd_up, MODEL_BURST(how));
    }
}

/* ---- RISC-V ---- */

static bool rv_round(unsigned int nth, unsigned int how)
{
    bool reached, failed;
    uint64_t maddr;

    rvs_up(&rvm_default, &rvm_default);
    rvs_page(rvs.guest, DFN);
    rvs_page(rvs.guest2, DFN);
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    assert_int_equal(rvs_give(RVS_MULTI0, rvs.guest2), 0);
    assert_int_equal(rvs_give(RVS_B, rvs.guest2), 0);
    assert_int_equal(rvs_dma(RVS_A, ADDR, true), 0);
    rvm_fail_nth(rvs.model[0], nth, how);
    contain(rvs_dev(RVS_A));
    reached = rvm_failed(rvs.model[0]);
    rvm_fail_nth(rvs.model[0], 0, 0);
    rvs_settle();

    failed = rvs_dev(RVS_A)->unit->failed;
    assert_true(reached || !failed);
    assert_true(rvs_dev(RVS_A)->group->broken);
    assert_int_equal(rvs_dma(RVS_A, ADDR, true), RVS_SILENT);
    if ( !failed )
        assert_int_not_equal(rvm_translate(rvs.model[0], RVS_A.bdf, ADDR,
                                           RVM_WRITE, &maddr), 0);
    assert_int_equal(rvs_dev(RVS_MULTI0)->group->broken, failed);
    assert_int_equal(rvs_dma(RVS_MULTI0, ADDR, true), failed ? RVS_SILENT : 0);
    assert_int_equal(rvs_dma(RVS_B, ADDR, true), 0);
    if ( rvm_violations(rvs.model[0]) )
        fail_msg("%s", rvm_last_violation(rvs.model[0]));
    rvs_clean();

    return reached;
}

static void test_riscv(void **state)
{
    unsigned int how, nth, burst;

    for ( how = 0; how < RVM_NR_FAILURES; how++ )
        for ( burst = 0; burst < 2; burst++ )
        {
            for ( nth = 1; rv_round(nth, burst ? MODEL_BURST(how) : how);
                  nth++ )
                assert_true(nth < 100);
            assert_true(nth > 2);
        }
}

/* ---- SMMUv3: what containment asks of the driver ---- */

static bool smmu_round(unsigned int nth, unsigned int how)
{
    struct iommu_dev *dev, *beside, *away;
    struct s2_domain *s2, *other;
    struct s2_table *table;
    uint64_t page, maddr;
    bool reached, failed;

    sm_up(&smmu_model_default, 2);
    dev = sm_dev(0, 0x210, 0x311);
    beside = sm_dev(0, 0x220, 0);
    away = sm_dev(1, 0x210, 0);
    table = sm_table();
    page = sm_map(table, DFN);
    s2 = sm_domain(dev, table);
    other = sm_domain(away, table);
    assert_int_equal(sm_attach(s2, dev), 0);
    assert_int_equal(sm_attach(s2, beside), 0);
    assert_int_equal(sm_attach(other, away), 0);
    assert_int_equal(sm_reach(dev, ADDR, true, &maddr), 0);

    smmu_model_fail_nth(sm_model[0], nth, how);
    sm_block(dev);
    if ( !dev->unit->failed )
        (void)smmu_silence(dev->unit, 0x210);
    reached = smmu_model_failed(sm_model[0]);
    smmu_model_fail_nth(sm_model[0], 0, 0);

    failed = dev->unit->failed;
    assert_true(reached || !failed);
    assert_int_equal(SMMU_GET(smmu_ste_of(sm_unit(0), 0x210)->w[0], 3, 1), 0);
    if ( !failed )
    {
        assert_int_not_equal(sm_reach(dev, ADDR, true, &maddr), 0);
        assert_int_equal(sm_reach(beside, ADDR, true, &maddr), 0);
        assert_int_equal(maddr, page);
    }
    assert_int_equal(sm_reach(away, ADDR, true, &maddr), 0);
    assert_int_equal(maddr, page);

    smmu_model_revive(sm_model[0]);
    smmu_model_forgive(sm_model[0]);
    sm_block(beside);
    sm_block(away);
    sm_domain_free(s2);
    sm_domain_free(other);
    sm_table_free(table);
    sm_dev_del(dev);
    sm_dev_del(beside);
    sm_dev_del(away);
    sm_settle();
    sm_down();

    return reached;
}

static void test_smmu(void **state)
{
    unsigned int how, nth, burst;

    for ( how = 0; how <= SMMU_MODEL_DIE; how++ )
        for ( burst = 0; burst < 2; burst++ )
        {
            for ( nth = 1; smmu_round(nth, burst ? MODEL_BURST(how) : how);
                  nth++ )
                assert_true(nth < 100);
            assert_true(nth > 2);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_smmu),
        /* What a dead unit may still use is lost from here on. */
        VM_TEST(test_vtd), VM_TEST(test_amd), RVS_TEST(test_riscv),
    };

    return cmocka_run_group_tests_name("contain-fail", tests, NULL, NULL);
}
