/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMMUv2 driver on the model: bring-up, attach, flush, block, faults. */
#include "smmuv2-fixture.h"

#include "smmuv2-shapes.h"

#define SUITE(name)                                                     \
    static void test_##name(void **state)                               \
    {                                                                   \
        suite_driver_##name(&v2_rig);                                   \
    }

SUITE(attach)
SUITE(shared_alias)
SUITE(power)

/* The same on what real units are like. */
static void test_shapes(void **state)
{
    struct rig rig = v2_rig;
    unsigned int i;

    rig.nr_variants = 1;
    for ( i = 0; i < v2_nr_shapes(false); i++ )
    {
        v2_rig_first = V2_NR_VARIANTS + i;
        suite_driver_attach(&rig);
        suite_driver_shared_alias(&rig);
        suite_driver_power(&rig);
    }
    v2_rig_first = 0;
}

static void bring_up(const struct smmuv2_model_cfg *cfg)
{
    struct smmuv2_desc desc;
    uint32_t sid;
    uint64_t ma;

    v2_machine(cfg, 1);
    for ( sid = 0; sid < 128; sid++ )
        assert_int_equal(v2_reach(sid, 0x5000, &ma), 0);
    desc = v2_desc(0);
    assert_int_equal(smmuv2_add(&desc), 0);
    assert_int_equal(smmuv2_add(&desc), -EEXIST);
    for ( sid = 0; sid < 128; sid++ )
        assert_int_not_equal(v2_reach(sid, 0x5000, &ma), 0);
    assert_int_equal(iommu_units_coherent(), cfg->coherent);
    assert_int_equal(host_log_contains("says otherwise"),
                     cfg->cttw != cfg->coherent);
    v2_down();
}

static void test_bring_up(void **state)
{
    struct smmuv2_model_cfg cfg;
    unsigned int v;

    for ( v = 0; v < V2_NR_VARIANTS; v++ )
    {
        cfg = v2_variant(v);
        bring_up(&cfg);
    }
    for ( v = 0; v < v2_nr_shapes(false); v++ )
    {
        cfg = v2_shape_for(v, 0, 0);
        bring_up(&cfg);
    }
}

/* The fewest invalidations: by address where there are few and it can. */
static void test_flush_counts(void **state)
{
    static const struct {
        unsigned long nr;
        unsigned int pages, vmids;
    } flushes[] = { { 1, 1 }, { 32, 32 }, { 33, 0, 1 }, { 4096, 0, 1 } };
    unsigned int v, i;

    for ( v = 0; v < 2; v++ )
    {
        struct smmuv2_model_cfg cfg = v2_variant(v);
        struct smmuv2_model *m;
        struct iommu_dev *dev;
        struct v2_world w;

        v2_up(&cfg, 1);
        m = v2_model[0];
        dev = v2_dev(0, 3, 0);
        w = v2_world(dev);
        assert_int_equal(together_move(dev, w.s2), 0);
        for ( i = 0; i < ARRAY_SIZE(flushes); i++ )
        {
            unsigned long was[SMMUV2_NR_COUNTS], now, n;
            unsigned int changed = 0;

            for ( n = 0; n < flushes[i].nr; n++ )
                assert_int_equal(s2_table_map(w.table, 0x1000 + n, 0x5000 + n,
                                              1, PT_PROT_R, &changed), 0);
            for ( n = 0; n < SMMUV2_NR_COUNTS; n++ )
                was[n] = smmuv2_model_count(m, n);
            /* What was not present needs nothing. */
            assert_int_equal(s2_table_flush(w.table), 0);
            assert_int_equal(smmuv2_model_count(m, SMMUV2_COUNT_SYNCS),
                             was[SMMUV2_COUNT_SYNCS]);
            assert_int_equal(v2_unmap(w.table, 0x1000, flushes[i].nr), 0);
            now = smmuv2_model_count(m, SMMUV2_COUNT_PAGES);
            assert_int_equal(now - was[SMMUV2_COUNT_PAGES],
                             cfg.version > 1 ? flushes[i].pages : 0);
            now = smmuv2_model_count(m, SMMUV2_COUNT_VMIDS);
            assert_int_equal(now - was[SMMUV2_COUNT_VMIDS],
                             cfg.version > 1 ? flushes[i].vmids : 1);
            now = smmuv2_model_count(m, SMMUV2_COUNT_SYNCS);
            assert_int_equal(now - was[SMMUV2_COUNT_SYNCS], 1);
        }
        together_move(dev, NULL);
        v2_world_free(&w);
        v2_dev_del(dev);
        v2_down();
    }
}

/* Context banks run out: -ENOSPC, one line, and nobody else notices. */
static void test_banks_run_out(void **state)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default;
    struct iommu_dev *dev[3];
    struct s2_domain *refused;
    struct s2_table *table;
    struct v2_world w[3];
    unsigned int i;

    cfg.nr_banks = 2;
    v2_up(&cfg, 1);
    for ( i = 0; i < 3; i++ )
        dev[i] = v2_dev(0, 0x10 + i, 0);
    for ( i = 0; i < 2; i++ )
    {
        w[i] = v2_world(dev[i]);
        assert_int_equal(together_move(dev[i], w[i].s2), 0);
    }
    table = v2_table(dev[2]);
    refused = smmu2_dev_ops.domain_alloc(dev[2], S2_PAGING, table);
    assert_int_equal(PTR_ERR(refused), -ENOSPC);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_log("all of its 2 context banks are in use");
    assert_true(v2_sees(&w[0], 0x10) && v2_sees(&w[1], 0x11));

    /* One is given back, and nothing of its table is left. */
    together_move(dev[0], NULL);
    v2_world_free(&w[0]);
    w[2] = v2_world(dev[2]);
    assert_int_equal(together_move(dev[2], w[2].s2), 0);
    assert_true(v2_sees(&w[2], 0x12));
    for ( i = 1; i < 3; i++ )
    {
        together_move(dev[i], NULL);
        v2_world_free(&w[i]);
    }
    v2_table_free(table);
    for ( i = 0; i < 3; i++ )
        v2_dev_del(dev[i]);
    v2_down();
}

static void expect_fault(const char *what, uint32_t sid, uint64_t addr,
                         bool write)
{
    struct iommu_fault f;
    uint64_t seq;

    v2_settle();
    assert_int_equal(iommu_fault_last(v2_unit(0), sid, &f, &seq), 0);
    assert_string_equal(f.reason, what);
    assert_int_equal(f.addr, addr);
    assert_int_equal(f.write, write);
}

/* What a stream without an entry, or without a table, ends in. */
static void faults_blocked(const struct smmuv2_model_cfg *cfg)
{
    uint64_t ma;

    assert_int_not_equal(v2_reach(3, 0x7123, &ma), 0);
    expect_fault(cfg->indexed ? "stream is blocked"
                              : "no entry for its stream ID: it is blocked",
                 3, 0x7123, true);
}

/* One record a bank: what is lost is said. */
static void faults_lost(const struct smmuv2_model_cfg *cfg)
{
    unsigned int i;
    uint64_t ma;

    host_log_clear();
    for ( i = 0; i < 5; i++ )
        smmuv2_model_dma(v2_model[0], 3, 0x9000 + i * 0x1000, false, &ma);
    expect_fault("no translation for the address", 3, 0x9000, false);
    assert_log("more faults than it can record");
    /* They hold nobody up, and another one interrupts again. */
    assert_int_equal(v2_reach(3, 0x5000, &ma), 0);
    host_time_advance(SECONDS(1));
    i = v2_irqs;
    assert_int_not_equal(v2_reach(3, 0xa000, &ma), 0);
    assert_int_equal(v2_irqs, i + 1 + cfg->deaf);
    expect_fault("no translation for the address", 3, 0xa000, true);
}

static void faults(const struct smmuv2_model_cfg *cfg, bool one_irq)
{
    struct iommu_dev *dev;
    unsigned int changed = 0;
    struct v2_world w;
    uint64_t ma;

    v2_one_irq = one_irq;
    v2_up(cfg, 2);
    dev = v2_dev(0, 3, 0);
    w = v2_world(dev);
    faults_blocked(cfg);

    assert_int_equal(together_move(dev, w.s2), 0);
    assert_int_not_equal(v2_reach(3, 0x7654321000, &ma), 0);
    expect_fault("no translation for the address", 3, 0x7654321000, true);
    assert_int_equal(s2_table_map(w.table, 6, 0x5000, 1, PT_PROT_R, &changed),
                     0);
    assert_int_equal(smmuv2_model_dma(v2_model[0], 3, 0x6000, false, &ma), 0);
    assert_int_not_equal(v2_reach(3, 0x6000, &ma), 0);
    expect_fault("access without permission", 3, 0x6000, true);
    faults_lost(cfg);

    together_move(dev, NULL);
    v2_world_free(&w);
    v2_dev_del(dev);
    v2_down();
    v2_one_irq = false;
}

static void test_faults(void **state)
{
    struct smmuv2_model_cfg cfg;
    unsigned int v;

    for ( v = 0; v < V2_NR_VARIANTS; v++ )
    {
        cfg = v2_variant(v);
        faults(&cfg, v & 1);
    }
    for ( v = 0; v < v2_nr_shapes(false); v++ )
    {
        cfg = v2_shape_for(v, 0, 0);
        faults(&cfg, v & 1);
    }
}

/* Wires that are up for as long as there is a record: the handler takes it. */
static void test_deaf_wires(void **state)
{
    unsigned int v, one;

    for ( v = 0; v < V2_NR_VARIANTS; v++ )
        for ( one = 0; one < 2; one++ )
        {
            struct smmuv2_model_cfg cfg = v2_variant(v);

            cfg.deaf = true;
            faults(&cfg, one);
            /* What a power cycle leaves in banks that nobody uses. */
            v2_up(&cfg, 1);
            assert_int_equal(smmu2_unit_ops.suspend(v2_unit(0)), 0);
            smmuv2_model_reset(v2_model[0]);
            smmu2_unit_ops.resume(v2_unit(0));
            v2_down();
        }
}

/* A device that never stops: the tasklet pauses, and goes on by itself. */
static void test_flood(void **state)
{
    unsigned int i, irqs;
    uint64_t ma;

    v2_up(&smmuv2_model_default, 1);
    host_time_step(1000);
    for ( i = 0; i < 64; i++ )
    {
        v2_reach(0x123, 0x1000, &ma);
        v2_settle();
    }
    assert_true(v2_unit(0)->flooded);
    irqs = v2_irqs;
    assert_true(irqs < 64);
    for ( i = 0; i < 64; i++ )
    {
        v2_reach(0x123, 0x1000, &ma);
        v2_settle();
    }
    assert_int_equal(v2_irqs, irqs);
    /* It has stopped; the next one is heard of. */
    for ( i = 0; i < 4; i++ )
    {
        host_time_advance(SECONDS(2));
        host_timers_run();
        v2_settle();
    }
    assert_false(v2_unit(0)->flooded);
    v2_reach(0x124, 0x1000, &ma);
    expect_fault("no entry for its stream ID: it is blocked", 0x124, 0x1000,
                 true);
    v2_down();
}

/* Without all wires a timer looks. */
static void test_polled(void **state)
{
    unsigned int i;
    uint64_t ma;

    for ( i = 0; i < 3; i++ )
    {
        struct smmuv2_desc desc;

        v2_machine(&smmuv2_model_default, 1);
        desc = v2_desc(0);
        if ( i == 0 )
            desc.nr_irqs = desc.nr_global = 0;
        if ( i == 1 )
            desc.nr_irqs = 20;
        if ( i == 2 )
            desc.nr_global = 0;
        assert_int_equal(smmuv2_add(&desc), 0);
        assert_log("polled");
        assert_true(v2_unit(0)->polled);
        assert_int_not_equal(v2_reach(3, 0x7000, &ma), 0);
        assert_int_equal(v2_irqs, 0);
        smmu2_unit_ops.poll_faults(v2_unit(0));
        expect_fault("no entry for its stream ID: it is blocked", 3, 0x7000,
                     true);
        v2_down();
    }
}

/* Registers that no unit can have, and units that are of no use. */
static void test_refused(void **state)
{
    unsigned int i;
    uint64_t ma;

    for ( i = 0; i < 6; i++ )
    {
        static const char *const lines[] = {
            "it has no stage 2", "no entries to match them",
            "it has no context banks", "read as all ones",
            "it has fewer registers", "it has no 4 KiB pages",
        };
        struct smmuv2_model_cfg cfg = smmuv2_model_default;
        struct smmuv2_desc desc;

        if ( i == 0 )
            cfg.s2 = false;
        if ( i == 1 )
            cfg.nr_smrs = 0;
        if ( i == 2 )
            cfg.nr_banks = 0;
        if ( i == 5 )
            cfg.no_aarch64 = cfg.no_aarch32 = true;
        v2_machine(&cfg, 1);
        desc = v2_desc(0);
        if ( i == 3 )
            smmuv2_model_die(v2_model[0], true);
        if ( i == 4 )
            desc.size /= 2;
        assert_int_equal(smmuv2_add(&desc), -EOPNOTSUPP);
        assert_int_equal(host_log_lines(XENLOG_ERR), 1);
        assert_log(lines[i]);
        assert_int_equal(iommu_units_in_bits(), 0);
        smmuv2_model_revive(v2_model[0]);
        assert_int_equal(v2_reach(3, 0x7000, &ma), 0);
        v2_down();
    }

    /* Of the banks only some are where firmware says that registers are. */
    {
        struct smmuv2_desc desc;

        v2_machine(&smmuv2_model_default, 1);
        desc = v2_desc(0);
        desc.size = desc.size / 2 + 3 * 4096;
        assert_int_equal(smmuv2_add(&desc), 0);
        assert_log("of 64 context banks, firmware says, 3 are there");
        v2_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        V2_TEST(test_bring_up), V2_TEST(test_attach),
        V2_TEST(test_shared_alias), V2_TEST(test_power),
        V2_TEST(test_shapes),
        V2_TEST(test_flush_counts), V2_TEST(test_banks_run_out),
        V2_TEST(test_faults), V2_TEST(test_deaf_wires), V2_TEST(test_flood), V2_TEST(test_polled),
        V2_TEST(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
