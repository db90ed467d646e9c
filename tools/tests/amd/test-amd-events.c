/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi driver's event log: errata, overflow, what each event tells. */
#include "amd-fixture.h"

#include <iommu-groups/fault.h>

#include "models/amd-regs.h"

static void settle(void)
{
    while ( host_tasklets_run() )
        continue;
}

static void late(void *arg)
{
    amd_model_settle(am_model[0]);
}

/* Errata 732, 733: the tail is there, the event is not yet. */
static void test_late(void **state)
{
    struct iommu_fault f;
    struct iommu_dev *dev;
    unsigned int i;
    uint64_t seq, ma;

    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, 3, 0);
    amd_model_late_events(am_model[0], true);
    host_on_wait(late, NULL);
    /* More than the log has places: what is left in one shows. */
    for ( i = 1; i < 4200; i++ )
    {
        /* Seldom enough for a device whose faults are all recorded. */
        host_time_advance(MILLISECS(20));
        am_reach(dev, i << 12, &ma);
        settle();
        assert_int_equal(iommu_fault_last(dev->unit, dev->sbdf.sbdf, &f, &seq),
                         0);
        assert_int_equal(f.addr, (uint64_t)i << 12);
    }

    /* One that never comes: nobody waits for long, nothing old is told. */
    host_on_wait(NULL, NULL);
    seq = dev->unit->nr_faults;
    am_reach(dev, 0x7000000, &ma);
    settle();
    host_log_clear();
    settle();
    assert_no_log("0x7000000");
    am_dev_del(dev);
    am_machine_down();
}

/* Erratum 787: an event comes as the interrupt's bit is cleared. */
static void test_lost_clear(void **state)
{
    struct iommu_fault f;
    struct iommu_dev *dev;
    uint64_t seq, ma;
    unsigned int i;

    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, 3, 0);
    for ( i = 1; i < 20; i++ )
    {
        amd_model_lose_clear(am_model[0]);
        host_time_advance(MILLISECS(20));
        am_reach(dev, i << 12, &ma);
        settle();
        assert_int_equal(iommu_fault_last(dev->unit, dev->sbdf.sbdf, &f, &seq),
                         0);
        assert_int_equal(f.addr, (uint64_t)i << 12);
    }
    assert_int_equal(amd_model_read(am_model[0], R_STATUS, 8) & S_EVT_INT, 0);
    am_dev_del(dev);
    am_machine_down();
}

/*
 * More than the log holds: told once, and logging goes on.  Who floods it is
 * silent from then on, so each round has another one.
 */
static void test_overflow(void **state)
{
    struct iommu_dev *flood, *other;
    struct iommu_fault f;
    uint64_t seq, ma;
    unsigned int i, round;

    am_machine_up(&amd_model_default, 1);
    for ( round = 0; round < 3; round++ )
    {
        flood = am_dev(0, 8 + round, 0);
        other = am_dev(0, 16 + round, 0);
        for ( i = 0; i < 40000; i++ )
            am_reach(flood, i << 12, &ma);
        assert_true(amd_model_read(am_model[0], R_STATUS, 8) & S_EVT_OVERFLOW);
        settle();
        assert_int_equal(amd_model_read(am_model[0], R_STATUS, 8) &
                         (S_EVT_OVERFLOW | S_EVT_RUN), S_EVT_RUN);
        host_time_advance(SECONDS(1));
        am_reach(other, 0x55000 + round, &ma);
        settle();
        assert_int_equal(iommu_fault_last(other->unit, other->sbdf.sbdf, &f,
                                          &seq), 0);
        assert_int_equal(f.addr & ~0xfffULL, 0x55000);
        am_dev_del(flood);
        am_dev_del(other);
    }
    am_machine_down();
}

/* What hardware says of a DMA is what the core is told. */
static void test_fields(void **state)
{
    struct iommu_fault f;
    struct iommu_dev *dev;
    struct s2_table *t;
    struct s2_domain *s2;
    uint64_t seq, ma;

    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, 3, 0);
    t = am_table(dev);
    s2 = am_domain(dev, t);
    assert_int_equal(together_move(dev, s2), 0);

    assert_int_not_equal(am_reach(dev, 0x7654321000, &ma), 0);
    settle();
    assert_int_equal(iommu_fault_last(dev->unit, dev->sbdf.sbdf, &f, &seq), 0);
    assert_int_equal(f.addr, 0x7654321000);
    assert_true(f.write && !f.interrupt && f.by_table);

    assert_int_not_equal(amd_model_translate(am_model[0], dev->id, 0x3000,
                                             false, NULL), 0);
    settle();
    assert_int_equal(iommu_fault_last(dev->unit, dev->sbdf.sbdf, &f, &seq), 0);
    assert_int_equal(f.addr, 0x3000);
    assert_true(!f.write && f.by_table);

    together_move(dev, NULL);
    s2_domain_free(s2);
    am_dev_del(dev);
    am_table_free(t);
    am_machine_down();
}

/* Nothing interrupts any more, and nothing is lost. */
static void test_quiesce(void **state)
{
    struct iommu_dev *dev;
    unsigned long irqs;
    uint64_t ma;

    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, 3, 0);
    amd_unit_ops.quiesce(dev->unit);
    irqs = amd_model_count(am_model[0], AMD_COUNT_IRQ);
    am_reach(dev, 0x5000, &ma);
    am_reach(dev, 0x6000, &ma);
    settle();
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_IRQ), irqs);
    amd_unit_ops.poll_faults(dev->unit);
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_IRQ), irqs);
    am_reach(dev, 0x7000, &ma);
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_IRQ), irqs);
    am_dev_del(dev);
    am_machine_down();
}

/* Nor once that is drained which was told of before. */
static void test_quiesce_first(void **state)
{
    struct iommu_dev *dev;
    unsigned long irqs;
    uint64_t ma;

    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, 3, 0);
    irqs = amd_model_count(am_model[0], AMD_COUNT_IRQ);
    am_reach(dev, 0x5000, &ma);
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_IRQ), irqs + 1);
    amd_unit_ops.quiesce(dev->unit);
    settle();
    am_reach(dev, 0x6000, &ma);
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_IRQ), irqs + 1);
    am_dev_del(dev);
    am_machine_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_quiesce),
        cmocka_unit_test(test_quiesce_first),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_lost_clear),
        cmocka_unit_test(test_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
