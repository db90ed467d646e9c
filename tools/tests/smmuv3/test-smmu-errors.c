/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the SMMU does not do what it was told: commands refused or not fetched,
 * a queue that stops, service failure mode, a unit that is gone; and queues
 * that wrap, suspend, resume and crash.
 */
#include "smmu-fixture.h"

#include <iommu-groups/fault.h>

static struct {
    struct s2_table *table;
    struct s2_domain *s2;
    struct iommu_dev *dev;
    uint64_t page;
} t;

static void begin(const struct smmu_model_cfg *cfg)
{
    sm_up(cfg, 1);
    t.dev = sm_dev(0, 0x42, 0);
    t.table = sm_table();
    t.page = sm_map(t.table, 0x100);
    /* Its table stays: one that a failed flush covers would be lost. */
    sm_map(t.table, 0x101);
    t.s2 = sm_domain(t.dev, t.table);
    assert_int_equal(sm_attach(t.s2, t.dev), 0);
    host_log_clear();
}

static void end(void)
{
    sm_block(t.dev);
    sm_domain_free(t.s2);
    sm_table_free(t.table);
    sm_dev_del(t.dev);
    sm_down();
}

static bool works(void)
{
    uint64_t maddr;

    return !sm_reach(t.dev, 0x100000, true, &maddr) && maddr == t.page;
}

/* A refused command is replaced, and its batch is submitted again. */
static void test_illegal(void **state)
{
    uint64_t maddr;
    unsigned int nth;

    /* The command itself, and the CMD_SYNC behind it. */
    for ( nth = 1; nth <= 2; nth++ )
    {
        begin(&smmu_model_default);
        assert_true(works());
        smmu_model_fail_nth(sm_model[0], nth, SMMU_MODEL_ILL);
        assert_int_equal(sm_unmap(t.table, 0x100, 1), 0);
        assert_true(smmu_model_failed(sm_model[0]));
        assert_log("was refused");
        assert_int_equal(sm_reach(t.dev, 0x100000, true, &maddr),
                         EV_TRANSLATION);
        assert_false(t.dev->unit->failed);
        end();
    }
}

static void test_fetch_abort(void **state)
{
    uint64_t maddr;

    begin(&smmu_model_default);
    assert_true(works());
    smmu_model_fail_nth(sm_model[0], 1, SMMU_MODEL_ABT);
    assert_int_equal(sm_unmap(t.table, 0x100, 1), 0);
    assert_log("commands could not be fetched");
    assert_int_equal(sm_reach(t.dev, 0x100000, true, &maddr), EV_TRANSLATION);
    assert_false(t.dev->unit->failed);
    end();
}

/* What could not be flushed is never handed out again. */
static void test_tag_lost(void **state)
{
    uint32_t tag, other;

    begin(&smmu_model_default);
    assert_int_equal(iommu_tag_alloc(t.dev->unit, &tag), 0);
    smmu_model_fail_nth(sm_model[0], 1, SMMU_MODEL_STUCK);
    iommu_tag_free(t.dev->unit, tag);
    assert_true(t.dev->unit->failed);
    assert_int_equal(iommu_tag_alloc(t.dev->unit, &other), 0);
    assert_int_not_equal(other, tag);
    smmu_model_revive(sm_model[0]);
    end();
}

/* What fails for good, within a bounded time, is said once. */
static void check_failed(enum smmu_model_failure how, const char *what)
{
    s_time_t before = NOW();
    uint64_t maddr;

    assert_int_equal(sm_unmap(t.table, 0x100, 1), -EIO);
    assert_true(NOW() - before < SECONDS(10));
    assert_true(t.dev->unit->failed);
    assert_log(what);
    /* Nothing passes, if it listens to its registers at all. */
    if ( how != SMMU_MODEL_DIE )
    {
        assert_log("aborts all DMA from now on");
        assert_int_equal(sm_reach(t.dev, 0x100000, true, &maddr),
                         SMMU_MODEL_ABORT);
    }
    assert_int_equal(sm_attach(t.s2, t.dev), -EIO);
    sm_block(t.dev);
    /* Memory says abort, whatever the unit does. */
    assert_int_equal(SMMU_GET(smmu_ste_of(sm_unit(0), 0x42)->w[0], 3, 1), 0);
    assert_true(IS_ERR(smmu_driver.dev->domain_alloc(t.dev, S2_PAGING,
                                                     t.table)));
}

static void test_stops(void **state)
{
    static const struct {
        enum smmu_model_failure how;
        const char *what;
    } ways[] = {
        { SMMU_MODEL_STUCK, "did not carry out commands" },
        { SMMU_MODEL_DIE, "did not carry out commands" },
        { SMMU_MODEL_SFM, "service failure mode" },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(ways); i++ )
    {
        begin(&smmu_model_default);
        smmu_model_fail_nth(sm_model[0], 1, ways[i].how);
        check_failed(ways[i].how, ways[i].what);
        smmu_model_revive(sm_model[0]);
        end();
    }
}

static void test_gone(void **state)
{
    begin(&smmu_model_default);
    smmu_model_die(sm_model[0], true);
    check_failed(SMMU_MODEL_DIE, "did not carry out commands");
    t.dev->unit->drv->unit->poll_faults(t.dev->unit);
    smmu_model_revive(sm_model[0]);
    end();
}

/* An error that nobody waits for is handled by its interrupt. */
static void test_sfm_interrupt(void **state)
{
    struct smmu_cmd cmd = smmu_cmd_sync();

    begin(&smmu_model_default);
    smmu_model_fail_nth(sm_model[0], 1, SMMU_MODEL_SFM);
    assert_int_equal(smmu_run(sm_unit(0), &cmd, 1), -EIO);
    assert_int_equal(sm_irqs[SMMU_IRQ_GERROR], 1);
    sm_settle();
    assert_true(t.dev->unit->failed);
    smmu_model_revive(sm_model[0]);
    end();
}

/* Many times round, with queues of many sizes. */
static void test_wrap(void **state)
{
    struct smmu_model_cfg cfg = smmu_model_default;
    unsigned int bits, i;
    uint64_t maddr;

    for ( bits = 2; bits <= 9; bits++ )
    {
        cfg.cmdq_bits = bits;
        cfg.eventq_bits = bits;
        cfg.ril = false;
        begin(&cfg);
        for ( i = 0; i < (4u << bits) + 7; i++ )
        {
            sm_map(t.table, 0x200);
            assert_int_equal(sm_unmap(t.table, 0x200 - i % 20, i % 20 + 1 + i % 11),
                             0);
            assert_int_equal(sm_reach(t.dev, 0x200000, true, &maddr),
                             EV_TRANSLATION);
            sm_settle();
        }
        assert_true(works());
        assert_no_log("more faults");
        end();
    }
}

static void test_suspend(void **state)
{
    const struct iommu_unit_ops *ops = &smmu_unit_ops;
    struct smmu_model_cfg cfg = smmu_model_default;
    unsigned int v;
    uint64_t maddr;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
    {
        cfg = sm_variant(v);
        begin(&cfg);
        assert_int_equal(ops->suspend(t.dev->unit), 0);
        assert_int_equal(sm_reach(t.dev, 0x100000, true, &maddr),
                         SMMU_MODEL_ABORT);
        if ( v & 1 )
            smmu_model_reset(sm_model[0]);
        ops->resume(t.dev->unit);
        assert_true(works());
        assert_int_equal(sm_reach(t.dev, 0x7000, true, &maddr),
                         EV_TRANSLATION);
        sm_settle();
        assert_log("address 0x7000");
        assert_int_equal(sm_unmap(t.table, 0x100, 1), 0);
        assert_false(works());

        /* One that does not wake up is not trusted. */
        assert_int_equal(ops->suspend(t.dev->unit), 0);
        smmu_model_die(sm_model[0], false);
        ops->resume(t.dev->unit);
        assert_true(t.dev->unit->failed);
        smmu_model_revive(sm_model[0]);
        smmu_model_forgive(sm_model[0]);
        end();
    }
}

static void test_crash(void **state)
{
    uint64_t maddr;

    begin(&smmu_model_default);
    smmu_unit_ops.quiesce(t.dev->unit);
    sm_reach(t.dev, 0x7000, true, &maddr);
    assert_int_equal(sm_irqs[SMMU_IRQ_EVENTQ], 0);
    smmu_unit_ops.crash_shutdown(t.dev->unit);
    /* As firmware left it, for the kernel that comes next. */
    assert_int_equal(sm_reach(t.dev, 0x7000, true, &maddr), 0);
    assert_int_equal(maddr, 0x7000);
    assert_int_equal(smmu_model_read(sm_model[0], 0x44, 4), 0x1000);
    assert_int_equal(smmu_model_read(sm_model[0], 0x24, 4), 0);
    t.dev->unit->failed = true;
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_illegal),
        SM_TEST(test_fetch_abort),
        SM_TEST(test_tag_lost),
        SM_TEST(test_stops),
        SM_TEST(test_gone),
        SM_TEST(test_sfm_interrupt),
        SM_TEST(test_wrap),
        SM_TEST(test_suspend),
        SM_TEST(test_crash),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
