/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts by wire as a CPU takes them: not while it holds a lock, and with
 * whatever happens between two accesses to a register; and what they tell of.
 */
#include <iommu-groups/fault.h>

#include "riscv-fixture.h"

/* Units whose wires went high, and have not been handled. */
static bool due[2];

static struct rv_unit *unit(unsigned int nr)
{
    return rv_unit_nr(nr);
}

static void note(void *arg, unsigned int nr)
{
    due[(unsigned long)arg - RV_PHANDLE] = true;
}

/* How many interrupts that took. */
static unsigned int take(void)
{
    unsigned int nr = 0, i;

    for ( i = 0; i < 2; i++ )
        while ( due[i] )
        {
            due[i] = false;
            riscv_iommu_interrupt(RV_PHANDLE + i);
            assert_true(++nr < 100);
        }

    return nr;
}

static void up_busy(unsigned int nr_units, unsigned int busy)
{
    struct rvm_cfg cfg = rvm_default;
    unsigned int i;

    cfg.busy = busy;
    rv_machine(&cfg, nr_units > 1 ? &cfg : NULL);
    rv_wired = true;
    for ( i = 0; i < nr_units; i++ )
    {
        struct riscv_iommu_desc desc = rv_desc(i);

        assert_int_equal(riscv_iommu_add(&desc), 0);
        rvm_on_wire(rvm[i], note, (void *)(unsigned long)(RV_PHANDLE + i));
    }
    due[0] = due[1] = false;
    host_log_clear();
}

static void up(unsigned int nr_units)
{
    up_busy(nr_units, 0);
}

/* Nobody waits for it: the command is in the queue, and the bell is rung. */
static void put_refused(void)
{
    struct rv_unit *u = unit(0);

    rvm_refuse(rvm[0], CMD_IODIR);
    u->cq.ring[u->cq.tail] = rv_cmd_ddt(0x18);
    u->cq.tail++;
    rv_writel(u, RV_CQT, u->cq.tail);
    rvm_refuse(rvm[0], 0);
    assert_true(rv_readl(u, RV_CQCSR) & CQCSR_ILL);
}

/* A queue that stopped goes on before anybody waits for it. */
static void test_command(void **state)
{
    unsigned int busy;

    for ( busy = 0; busy < 4; busy++ )
    {
        up_busy(1, busy);
        put_refused();
        assert_true(due[0]);
        /* Somebody has just written it. */
        rvm_write(rvm[0], RV_CQCSR, QCSR_EN | QCSR_IE, 4);
        assert_int_equal(take(), 1);
        assert_log("was refused");
        assert_true(rv_wait(unit(0), RV_CQCSR, QCSR_BUSY, 0));
        assert_int_equal(rv_readl(unit(0), RV_CQCSR),
                         QCSR_ON | QCSR_EN | QCSR_IE);
        assert_int_equal(rv_readl(unit(0), RV_CQH), unit(0)->cq.tail);
        assert_int_equal(rv_readl(unit(0), RV_IPSR), 0);
        assert_int_equal(host_tasklets_run(), 0);
        rv_machine_down();
    }
}

/* While another CPU starts the unit anew, its queue is that one's. */
static void test_held(void **state)
{
    up(1);
    put_refused();
    unit(0)->unit.reviver = 99;
    riscv_iommu_interrupt(RV_PHANDLE);
    assert_true(rv_readl(unit(0), RV_CQCSR) & CQCSR_ILL);
    assert_no_log("was refused");
    unit(0)->unit.reviver = 0;
    assert_int_equal(take(), 1);
    assert_log("was refused");
    assert_int_equal(rv_readl(unit(0), RV_CQH), unit(0)->cq.tail);
    rv_machine_down();
}

/* One interrupt tells of a fault that could not be recorded, and one line. */
static void test_record(void **state)
{
    struct iommu_dev *dev;
    uint64_t ma;

    up(1);
    dev = rv_dev_add(0, 3, 0);
    rvm_fault_record(rvm[0]);
    rv_reach(dev, 0x1000, &ma);
    assert_true(rv_readl(unit(0), RV_FQCSR) & QCSR_MF);
    assert_int_equal(take(), 1);
    assert_int_equal(rv_readl(unit(0), RV_IPSR), 0);
    assert_int_equal(host_tasklets_run(), 1);
    assert_log("its fault queue is not accessible to it");
    assert_int_equal(host_log_lines(NULL), 1);
    assert_int_equal(rv_readl(unit(0), RV_FQCSR), QCSR_ON | QCSR_EN | QCSR_IE);
    assert_int_equal(unit(0)->unit.nr_faults, 0);

    /* The next one is recorded, and told of. */
    host_log_clear();
    rv_reach(dev, 0x2000, &ma);
    assert_int_equal(take(), 1);
    assert_int_equal(host_tasklets_run(), 1);
    assert_int_equal(unit(0)->unit.nr_faults, 1);
    assert_no_log("more faults than it can record");
    assert_no_log("is not accessible");
    rv_dev_del(dev);
    rv_machine_down();
}

/* A fault comes while the command queue is being repaired. */
static void fault_now(void *arg, unsigned int reg)
{
    uint64_t ma;

    if ( reg != RV_CQCSR )
        return;
    rvm_on_write(rvm[0], NULL, NULL);
    rv_reach(arg, 0x3000, &ma);
}

/* What came after the handler looked is not cleared with what it saw. */
static void test_both(void **state)
{
    struct iommu_dev *dev;

    up(1);
    dev = rv_dev_add(0, 3, 0);
    put_refused();
    rvm_on_write(rvm[0], fault_now, dev);
    assert_int_equal(take(), 2);
    assert_int_equal(host_tasklets_run(), 1);
    assert_int_equal(unit(0)->unit.nr_faults, 1);
    rv_dev_del(dev);
    rv_machine_down();
}

/* What another look at the table may explain, and no other cause. */
static void test_causes(void **state)
{
    unsigned int cause;

    up(1);
    for ( cause = 1; cause < 300; cause++ )
    {
        struct iommu_fault f;
        uint64_t seq;

        rvm_raise(rvm[0], cause, RVM_READ, 0x18, 0x9000);
        assert_int_equal(take(), 1);
        assert_int_equal(host_tasklets_run(), 1);
        assert_int_equal(iommu_fault_last(&unit(0)->unit, 0x18, &f, &seq), 0);
        assert_int_equal(f.code, cause);
        assert_int_equal(f.by_table, (cause >= 20 && cause <= 23) ||
                                     cause == CAUSE_OFF);
    }
    rv_machine_down();
}

/* Each unit's wires are its own. */
static void test_units(void **state)
{
    struct iommu_dev *dev;
    uint64_t ma;

    up(2);
    dev = rv_dev_add(0, 3, 0);
    rv_reach(dev, 0x1000, &ma);
    assert_true(due[0]);
    riscv_iommu_interrupt(RV_PHANDLE + 1);
    assert_int_equal(rv_readl(unit(0), RV_IPSR), IPSR_FIP);
    assert_int_equal(host_tasklets_run(), 0);
    assert_int_equal(take(), 1);
    assert_int_equal(rv_readl(unit(0), RV_IPSR), 0);
    assert_int_equal(host_tasklets_run(), 1);
    rv_dev_del(dev);
    rv_machine_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_command), RV_TEST(test_held), RV_TEST(test_record),
        RV_TEST(test_both), RV_TEST(test_causes), RV_TEST(test_units),
    };

    return cmocka_run_group_tests_name("riscv-irq", tests, NULL, NULL);
}
