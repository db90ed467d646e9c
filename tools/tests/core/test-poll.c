/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that have no interrupt for what they record, or for their errors: a
 * timer looks, and the rest is as with an interrupt.
 */
#include <xen/irq.h>
#include <xen/numa.h>
#include <xen/timer.h>

#include <iommu-groups/fault.h>

#include "riscv-system.h"
#include "smmu-fixture.h"
#include "vtd-system.h"
#include "riscv/rviommu.h"

static void later(void)
{
    host_time_advance(MILLISECS(IOMMU_POLL_MS));
    host_timers_run();
    host_tasklets_run();
}

/* 0: both wires; 1: none; 2: that of errors only; 3: that of events only. */
static void smmu_up(unsigned int which)
{
    struct smmuv3_desc desc;

    sm_machine(&smmu_model_default, 1);
    desc = sm_desc(0);
    desc.irq_combined = 0;
    if ( which & 1 )
        desc.irq_gerror = 0;
    if ( which == 1 || which == 2 )
        desc.irq_evtq = 0;
    assert_int_equal(smmuv3_add(&desc), 0);
    assert_int_equal(iommu_poll_start(), 0);
}

static void test_smmu(void **state)
{
    unsigned int which, i;

    for ( which = 0; which < 4; which++ )
    {
        uint64_t ma;

        smmu_up(which);
        assert_int_equal(sm_unit(0)->unit.polled, which != 0);
        if ( which )
            assert_log(which == 3 ? "no interrupt for errors: polled"
                                  : "no interrupt for events: polled");
        for ( i = 0; i < 3; i++ )
        {
            assert_int_not_equal(smmu_model_dma(sm_model[0], 0x77, 0x1000, true,
                                                &ma), 0);
            if ( which )
                later();
            else
                sm_settle();
            assert_int_equal(sm_unit(0)->unit.nr_faults, i + 1);
        }

        /* No timer where there is an interrupt. */
        host_time_advance(SECONDS(1));
        assert_int_equal(host_timers_run(), which != 0);
        host_timers_forget();
        sm_down();
    }
}

static void test_riscv(void **state)
{
    uint64_t ma;

    rvs_up(&rvm_default, &rvm_default);
    assert_true(rvs_dev(RVS_A)->unit->polled);
    assert_int_equal(iommu_poll_start(), 0);
    rvm_translate(rvs.model[0], RVS_A.bdf, 0x123000, RVM_WRITE, &ma);
    assert_int_equal(rvs_dev(RVS_A)->nr_faults, 0);
    later();
    assert_int_equal(rvs_dev(RVS_A)->nr_faults, 1);

    /* Not of one that does not answer any more. */
    rvs_dev(RVS_A)->unit->failed = true;
    rvm_translate(rvs.model[0], RVS_A.bdf, 0x123000, RVM_WRITE, &ma);
    later();
    assert_int_equal(rvs_dev(RVS_A)->nr_faults, 1);
    rvs_dev(RVS_A)->unit->failed = false;
    host_timers_forget();
    rvs_down();
}

/* Firmware forbids messages, or no vector is left. */
static void test_vtd(void **state)
{
    int irq[HOST_NR_IRQS];
    unsigned int i, nr = 0;

    vm_prepare(&vtd_model_default);
    while ( (irq[nr] = create_irq(NUMA_NO_NODE, false)) > 0 )
        nr++;
    vm_continue();
    assert_true(vm_unit(DEV_A)->polled);
    assert_int_equal(iommu_poll_start(), 0);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    for ( i = 1; i < 4; i++ )
    {
        assert_int_not_equal(vm_dma(DEV_A, 0x1000 * i, true), 0);
        vm_settle();
        assert_int_equal(vm_dev(DEV_A)->nr_faults, i - 1);
        later();
        assert_int_equal(vm_dev(DEV_A)->nr_faults, i);
    }
    assert_int_equal(vm.nr_events, 0);
    host_timers_forget();
    while ( nr )
        destroy_irq(irq[--nr]);
    vm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_smmu), RVS_TEST(test_riscv), VM_TEST(test_vtd),
    };

    return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
