/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A RISC-V IOMMU from the state in which somebody left it to that in which the
 * next one finds it: what passes at each store, what is on when, what is left
 * alone; and interrupts, whatever was pending.
 */
#include "riscv-fixture.h"

static unsigned int writes;

static struct iommu_unit *unit(void)
{
    return &rv_unit_nr(0)->unit;
}

static bool is_off(void)
{
    return DDTP_MODE(rvm_read(rvm[0], RV_DDTP, 8)) == DDTP_OFF;
}

static uint32_t csr(unsigned int reg)
{
    uint32_t val;

    do {
        val = rvm_read(rvm[0], reg, 4);
    } while ( val & QCSR_BUSY );

    return val;
}

/*
 * A function that is attached to nothing is blocked.  Where the directory is in
 * use, commands and faults are; they stop and start while it is not (§5.5).
 */
static void after_write(void *arg, unsigned int reg)
{
    uint64_t ddtp = rvm_read(rvm[0], RV_DDTP, 8), ma;

    writes++;
    if ( ddtp & DDTP_BUSY )
        return;
    if ( !rv_reach(arg, 0x100000, &ma) )
        fail_msg("store to %#x: what is blocked passes", reg);
    if ( DDTP_MODE(ddtp) == DDTP_OFF )
        return;
    if ( !(csr(RV_CQCSR) & QCSR_ON) || !(csr(RV_FQCSR) & QCSR_ON) )
        fail_msg("store to %#x: mode %u without its queues", reg,
                 (unsigned int)DDTP_MODE(ddtp));
}

/* Nobody asks a queue that is off, or waits for it. */
static void assert_asks_nothing(void)
{
    s_time_t start = NOW();

    writes = 0;
    assert_int_equal(rv_invalidate_all(rv_unit_nr(0)), -EIO);
    assert_int_equal(writes, 0);
    assert_true(NOW() - start < MILLISECS(10));
}

/* Queues that were on before begin empty: nothing is done, or told, twice. */
static void assert_empties(struct iommu_dev *dev,
                           void (*wake)(struct iommu_unit *unit))
{
    unsigned long before, faults;
    uint64_t ma;

    rv_reach(dev, 0x1000, &ma);
    rv_reach(dev, 0x2000, &ma);
    rv_fault_poll(unit());
    faults = unit()->nr_faults;
    assert_int_equal(rv_invalidate_all(rv_unit_nr(0)), 0);
    before = rvm_count(rvm[0], RVM_COUNT_FENCE);
    wake(unit());
    assert_int_equal(rvm_count(rvm[0], RVM_COUNT_FENCE), before + 1);
    assert_int_equal(rvm_read(rvm[0], RV_CQT, 4), 4);
    rv_fault_poll(unit());
    assert_int_equal(unit()->nr_faults, faults);
    assert_no_log("unknown reason");
    rv_reach(dev, 0x3000, &ma);
    rv_fault_poll(unit());
    assert_int_equal(unit()->nr_faults, faults + 1);
}

static void sleep_and_wake(struct iommu_unit *u)
{
    assert_int_equal(rv_unit_ops.suspend(u), 0);
    rv_unit_ops.resume(u);
}

static void start_anew(struct iommu_unit *u)
{
    assert_true(iommu_unit_revive(u, u->nr_revived, "of a test"));
}

static void test_empty(void **state)
{
    struct iommu_dev *dev;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    assert_empties(dev, sleep_and_wake);
    assert_empties(dev, start_anew);
    rv_dev_del(dev);
    rv_machine_down();
}

/* Off before anything stops, on after everything runs. */
static void test_order(void **state)
{
    unsigned int v;

    for ( v = 0; v < RV_NR_VARIANTS; v++ )
    {
        struct rvm_cfg cfg = rv_variant(v);
        struct iommu_dev *dev;

        rv_machine_up(&cfg, NULL);
        dev = rv_dev_add(0, 3, 0);
        rvm_on_write(rvm[0], after_write, dev);

        assert_int_equal(rv_unit_ops.suspend(unit()), 0);
        assert_true(is_off());
        assert_int_equal(csr(RV_CQCSR) | csr(RV_FQCSR), 0);
        assert_asks_nothing();
        if ( v & 1 )
            rvm_reset(rvm[0]);
        rv_unit_ops.resume(unit());
        assert_false(is_off());
        assert_true(iommu_unit_revive(unit(), unit()->nr_revived, "of a test"));
        assert_false(is_off());

        rvm_on_write(rvm[0], NULL, NULL);
        rv_dev_del(dev);
        rv_machine_down();
    }
}

/* The table says that it is not mapped any more: see below. */
static void after_unmap(void *arg, unsigned int reg)
{
    uint64_t ddtp = rvm_read(rvm[0], RV_DDTP, 8), ma;

    if ( !(ddtp & DDTP_BUSY) && !rv_reach(arg, 0x1000, &ma) )
        fail_msg("store to %#x: mode %u, with what was cached", reg,
                 (unsigned int)DDTP_MODE(ddtp));
}

/*
 * Being off forgets nothing (§5.5).  Whoever changed a table meanwhile could not
 * tell the unit, which has to forget all before it is on.
 */
static void test_forgets(void **state)
{
    unsigned int how;

    for ( how = 0; how < 2; how++ )
    {
        unsigned int changed = 0;
        struct iommu_dev *dev;
        struct s2_domain *s2;
        struct s2_table *t;
        uint64_t ma;

        rv_machine_up(&rvm_default, NULL);
        dev = rv_dev_add(0, 3, 0);
        t = rv_table_new(dev);
        rv_map_page(t, 1);
        s2 = rv_domain_new(dev, t);
        assert_int_equal(rv_attach_dev(s2, dev), 0);
        assert_int_equal(rv_reach(dev, 0x1000, &ma), 0);
        if ( !how )
            assert_int_equal(rv_unit_ops.suspend(unit()), 0);
        assert_int_equal(s2_table_unmap(t, 1, 1, &changed), 0);

        rvm_on_write(rvm[0], after_unmap, dev);
        if ( how )
            assert_true(iommu_unit_revive(unit(), unit()->nr_revived,
                                          "of a test"));
        else
            rv_unit_ops.resume(unit());
        rvm_on_write(rvm[0], NULL, NULL);
        assert_false(is_off());
        assert_int_equal(s2_table_flush(t), 0);

        rv_block_dev(dev);
        rv_domain_del(s2);
        rv_dev_del(dev);
        rv_table_free(t);
        rv_machine_down();
    }
}

/* From one directory to another there is no way but through off (§5.5). */
static void test_through_off(void **state)
{
    unsigned int from, to;

    rv_machine_up(&rvm_default, NULL);
    for ( from = DDTP_BARE; from <= DDTP_LEVELS(3); from++ )
        for ( to = DDTP_OFF; to <= DDTP_LEVELS(3); to++ )
        {
            assert_true(rv_set_mode(rv_unit_nr(0), from));
            assert_true(rv_set_mode(rv_unit_nr(0), to));
            assert_int_equal(DDTP_MODE(rvm_read(rvm[0], RV_DDTP, 8)), to);
        }
    rv_machine_down();
}

/* A unit that failed is not woken up, and nothing of it is touched. */
static void test_failed(void **state)
{
    struct iommu_dev *dev;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    iommu_unit_fail(unit(), "of a test");
    rvm_on_write(rvm[0], after_write, dev);
    writes = 0;
    assert_int_equal(rv_unit_ops.suspend(unit()), 0);
    rv_unit_ops.resume(unit());
    assert_int_equal(writes, 0);
    rvm_on_write(rvm[0], NULL, NULL);
    host_tasklets_run();
    rv_dev_del(dev);
    rv_machine_down();
}

/* One that does not wake up is given up, with "force" the machine is. */
static void test_force(void **state)
{
    rv_machine_up(&rvm_default, NULL);
    assert_int_equal(rv_unit_ops.suspend(unit()), 0);
    rvm_die(rvm[0], true);
    force_iommu = true;
    assert_fatal("did not resume", rv_unit_ops.resume(unit()));
    force_iommu = false;
    assert_false(unit()->failed);
    rv_unit_ops.resume(unit());
    assert_true(unit()->failed);
    host_tasklets_run();
    rvm_revive(rvm[0]);
    rv_machine_down();
}

/* Queues that somebody left on are off before they get another place. */
static void test_left_on(void **state)
{
    unsigned int v;

    for ( v = 0; v < RV_NR_VARIANTS; v++ )
    {
        struct rvm_cfg cfg = rv_variant(v);
        struct iommu_dev *dev;
        uint64_t ma;

        cfg.queues_on = true;
        rv_machine_up(&cfg, NULL);
        assert_int_equal(csr(RV_PQCSR), 0);
        dev = rv_dev_add(0, 3, 0);
        assert_int_not_equal(rv_reach(dev, 0x1000, &ma), 0);
        rv_fault_poll(unit());
        assert_int_equal(unit()->nr_faults, 1);
        rv_dev_del(dev);
        rv_machine_down();
    }
}

/* One that does not stop is not used. */
static void test_does_not_stop(void **state)
{
    static const unsigned int queues[] = { RV_CQCSR, RV_FQCSR, RV_PQCSR };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(queues); i++ )
    {
        struct rvm_cfg cfg = rvm_default;
        struct riscv_iommu_desc desc;

        cfg.ats = cfg.queues_on = true;
        rv_machine(&cfg, NULL);
        rvm_stick(rvm[0], queues[i]);
        desc = rv_desc(0);
        assert_int_equal(riscv_iommu_add(&desc), -EIO);
        assert_log("its queues do not turn off");
        assert_true(is_off());
        rvm_revive(rvm[0]);
        rv_machine_clean();
    }
}

/* ... and keeps none of the others on. */
static void test_crash(void **state)
{
    struct rvm_cfg cfg = rvm_default;

    cfg.ats = cfg.queues_on = true;
    rv_machine_up(&cfg, NULL);
    rvm_stick(rvm[0], RV_CQCSR);
    rv_unit_ops.crash_shutdown(unit());
    assert_log("ddtp stays");
    assert_true(is_off());
    assert_int_equal(csr(RV_FQCSR), 0);
    rvm_revive(rvm[0]);
    rv_machine_clean();
}

/* ddtp keeps what it can of a root (§5.5): another one is not this driver's. */
static void test_other_root(void **state)
{
    struct rvm_cfg cfg = rvm_default;
    struct riscv_iommu_desc desc;
    uint64_t ma;

    cfg.root_fixed = 0x3ffULL << 10;
    rv_machine(&cfg, NULL);
    desc = rv_desc(0);
    assert_int_equal(riscv_iommu_add(&desc), -EOPNOTSUPP);
    assert_log("it takes no device directory");
    assert_int_equal(rvm_translate(rvm[0], 0x18, 0x1000, RVM_READ, &ma),
                     CAUSE_OFF);
    rv_machine_down();
}

static void wired_up(const struct rvm_cfg *cfg)
{
    struct riscv_iommu_desc desc;

    rv_machine(cfg, NULL);
    rv_wired = true;
    desc = rv_desc(0);
    assert_int_equal(riscv_iommu_add(&desc), 0);
}

/* No sound any more, from any queue; all goes on but for that. */
static void test_quiesce(void **state)
{
    static const unsigned int queues[] = { RV_CQCSR, RV_FQCSR };
    unsigned int busy, i, stuck;

    for ( busy = 0; busy < 4; busy++ )
        for ( stuck = 0; stuck < 3; stuck++ )
        {
            struct rvm_cfg cfg = rvm_default;

            cfg.busy = busy;
            wired_up(&cfg);
            for ( i = 0; i < 2; i++ )
            {
                assert_int_equal(csr(queues[i]), QCSR_ON | QCSR_EN | QCSR_IE);
                /* What is under way just now. */
                if ( i + 1 == stuck )
                    rvm_stick(rvm[0], queues[i]);
                rvm_write(rvm[0], queues[i], QCSR_EN | QCSR_IE, 4);
            }
            rv_unit_ops.quiesce(unit());
            for ( i = 0; i < 2; i++ )
                if ( i + 1 != stuck )
                    assert_int_equal(rvm_read(rvm[0], queues[i], 4),
                                     QCSR_ON | QCSR_EN);
            rvm_revive(rvm[0]);
            rv_machine_down();
        }

    /* Where a queue is off it stays off. */
    wired_up(&rvm_default);
    assert_int_equal(rv_unit_ops.suspend(unit()), 0);
    rv_unit_ops.quiesce(unit());
    assert_int_equal(csr(RV_CQCSR) | csr(RV_FQCSR), 0);
    rv_machine_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_order), RV_TEST(test_forgets), RV_TEST(test_empty),
        RV_TEST(test_through_off), RV_TEST(test_failed), RV_TEST(test_force),
        RV_TEST(test_left_on), RV_TEST(test_crash),
        RV_TEST(test_other_root), RV_TEST(test_quiesce),
        /* What a unit may still use is lost from here on. */
        RV_TEST(test_does_not_stop),
    };

    return cmocka_run_group_tests_name("riscv-power", tests, NULL, NULL);
}
