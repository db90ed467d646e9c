/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every allocation and every command fails in turn, in every way, during
 * bring-up and during a life of attach, map, unmap, flush and detach.  Success
 * means that it is so in hardware; failure leaves the old state or a blocked
 * device, and a unit that is reported once; memory is given back; and nobody
 * waits for long.
 */
#include "smmu-fixture.h"
#include "sweep.h"

#define PATIENCE SECONDS(8)

static struct smmu_model_cfg cfg;
static unsigned int how;                /* one, or more: models/pause.h */
static unsigned int nr_refused;

/* ---- bring-up ---- */

static void up_setup(void *arg)
{
    sm_machine(&cfg, 1);
}

static int up_run(void *arg)
{
    struct smmuv3_desc desc = sm_desc(0);
    s_time_t start = NOW();
    int rc = smmuv3_add(&desc);

    assert_true(NOW() - start < PATIENCE);

    return rc;
}

static void up_check(void *arg, int rc, bool reached)
{
    uint64_t maddr;
    unsigned int code = smmu_model_dma(sm_model[0], 3, 0x5000, true, &maddr);

    if ( !rc )
    {
        assert_true(code);
        assert_false(list_empty(&iommu_units));
        return;
    }

    nr_refused++;
    assert_true(list_empty(&iommu_units) && list_empty(&iommu_drivers));
    assert_true(host_log_lines(XENLOG_ERR));
    /* As it was. */
    assert_int_equal(smmu_model_read(sm_model[0], 0x20, 4) & 1, 0);
    /* But for an update of GBPA that never ends. */
    if ( !(smmu_model_read(sm_model[0], 0x44, 4) & (1u << 31)) )
        assert_int_equal(code, 0);
    smmu_model_forgive(sm_model[0]);
}

static void up_teardown(void *arg)
{
    smmu_model_forgive(sm_model[0]);
    sm_down();
}

static const struct sweep bring_up = {
    .name = "bring-up", .setup = up_setup, .run = up_run, .check = up_check,
    .teardown = up_teardown,
};

static void test_up_allocations(void **state)
{
    unsigned int v;

    for ( v = 0; v < 4; v++ )
    {
        cfg = sm_variant(v);
        how = SMMU_MODEL_DROP;
        assert_true(sweep_allocations(&bring_up, NULL) >= 6);
        assert_true(sweep_allocations_from(&bring_up, NULL) >= 6);
    }
}

static void arm(void *arg, unsigned long nth)
{
    if ( sm_model[0] )
        smmu_model_fail_nth(sm_model[0], nth, how);
}

static bool reached(void *arg)
{
    return smmu_model_failed(sm_model[0]);
}

static const struct sweep_kind commands = { "command", arm, reached, NULL };

static void test_up_commands(void **state)
{
    struct sweep sweep = bring_up;

    /* What is refused is repeated, and some writes change nothing. */
    sweep.may_succeed = true;
    cfg = smmu_model_default;
    /* Units that die half way keep their memory: test-smmu-stuck.c. */
    for ( how = SMMU_MODEL_DROP; how < SMMU_MODEL_DIE; how++ )
    {
        unsigned long steps;

        nr_refused = 0;
        steps = sweep_run(&sweep, &commands, NULL);
        assert_true(steps >= 8 && nr_refused);
        if ( how == SMMU_MODEL_ILL || how == SMMU_MODEL_ABT )
            assert_true(nr_refused < steps - 3);
    }
}

/* ---- life ---- */

static struct {
    struct iommu_dev *dev, *other;
    struct s2_table *one, *two;
    struct s2_domain *s1, *s2, *away;
    uint64_t a, b, c;
} l;

static void life_setup(void *arg)
{
    if ( !cfg.two_level )
        cfg.sid_bits = 10;
    sm_up(&cfg, 2);
    l.dev = sm_dev(0, 0x210, 0x311);
    l.other = sm_dev(1, 0x210, 0);
    l.one = sm_table();
    l.two = sm_table();
    l.a = sm_map(l.one, 0x100);
    l.b = sm_map(l.two, 0x100);
    /* Keeps the table of the page that is unmapped. */
    sm_map(l.one, 0x101);
    l.away = sm_domain(l.other, l.two);
    assert_int_equal(sm_attach(l.away, l.other), 0);
    l.s1 = l.s2 = NULL;
    host_log_clear();
}

static uint64_t where(struct iommu_dev *dev)
{
    uint64_t maddr;

    return sm_reach(dev, 0x100000, true, &maddr) ? 0 : maddr;
}

static struct s2_domain *try_domain(struct s2_table *table)
{
    struct s2_domain *s2 = smmu_driver.dev->domain_alloc(l.dev, S2_PAGING,
                                                         table);

    return IS_ERR(s2) ? NULL : s2;
}

static int life_run(void *arg)
{
    unsigned int changed = 0;
    s_time_t start = NOW();
    int rc;

    l.s1 = try_domain(l.one);
    l.s2 = try_domain(l.two);
    if ( !l.s1 || !l.s2 )
        return -ENOMEM;

    rc = sm_attach(l.s1, l.dev);
    if ( !rc )
    {
        assert_int_equal(where(l.dev), l.a);
        rc = s2_table_unmap(l.one, 0x100, 1, &changed) ?:
             s2_table_flush(l.one);
        if ( !rc )
            assert_int_equal(where(l.dev), 0);
    }
    if ( !rc )
    {
        rc = sm_attach(l.s2, l.dev);
        if ( !rc )
            assert_int_equal(where(l.dev), l.b);
    }
    assert_true(NOW() - start < PATIENCE);

    return rc;
}

static void life_check(void *arg, int rc, bool failed)
{
    struct iommu_unit *unit = l.dev->unit;

    if ( rc == -EIO )
    {
        assert_true(unit->failed);
        assert_log("stopped answering");
        /* Where it does not listen any more it cannot be told. */
        if ( how < SMMU_MODEL_DIE )
            assert_int_equal(where(l.dev), 0);
    }
    else
        assert_false(unit->failed);

    /* Blocking is always possible, at least in memory. */
    sm_block(l.dev);
    if ( smmu_ste_of(sm_unit(0), 0x210) )
        assert_int_equal(SMMU_GET(smmu_ste_of(sm_unit(0), 0x210)->w[0], 3, 1),
                         0);
    if ( !unit->failed )
        assert_int_equal(where(l.dev), 0);
    /* The other unit has not noticed. */
    assert_false(l.other->unit->failed);
    assert_int_equal(where(l.other), l.b);
}

static void life_teardown(void *arg)
{
    smmu_model_revive(sm_model[0]);
    if ( l.s1 )
        sm_domain_free(l.s1);
    if ( l.s2 )
        sm_domain_free(l.s2);
    sm_block(l.other);
    sm_domain_free(l.away);
    sm_table_free(l.one);
    sm_table_free(l.two);
    sm_dev_del(l.dev);
    sm_dev_del(l.other);
    sm_settle();
    sm_down();
}

/* Domains that were had, and stream tables, stay until teardown. */
static const struct sweep life = {
    .name = "life", .setup = life_setup, .run = life_run, .check = life_check,
    .teardown = life_teardown, .keeps_memory = true,
};

static void test_life_allocations(void **state)
{
    unsigned int v;

    for ( v = 0; v < 4; v++ )
    {
        cfg = sm_variant(v);
        assert_true(sweep_allocations(&life, NULL) >= 4);
    }
}

static void test_life_commands(void **state)
{
    struct sweep sweep = life;
    unsigned int v;

    for ( v = 0; v < 8; v += 3 )
    {
        cfg = sm_variant(v);
        for ( how = SMMU_MODEL_DROP; how <= SMMU_MODEL_DIE; how++ )
        {
            /* Refused and repeated, or started anew. */
            sweep.may_succeed = how == SMMU_MODEL_ILL ||
                                how == SMMU_MODEL_ABT ||
                                how == SMMU_MODEL_DROP;
            assert_true(sweep_run(&sweep, &commands, NULL) >= 10);
        }
    }
}

/* All from one on: what takes a refused one's place is refused as well. */
static void test_life_bursts(void **state)
{
    static const enum smmu_model_failure ways[] = {
        SMMU_MODEL_ILL, SMMU_MODEL_ABT, SMMU_MODEL_DROP,
    };
    unsigned int i;

    cfg = smmu_model_default;
    for ( i = 0; i < ARRAY_SIZE(ways); i++ )
    {
        how = MODEL_BURST(ways[i]);
        assert_true(sweep_run(&life, &commands, NULL) >= 10);
    }
}

/* Two of them, the second in what the first one causes. */
static void test_life_pairs(void **state)
{
    unsigned int first, then, distance, most = test_rounds(1, 12);
    struct sweep sweep = life;

    cfg = smmu_model_default;
    sweep.may_succeed = true;
    for ( first = SMMU_MODEL_DROP; first <= SMMU_MODEL_ABT; first++ )
        for ( then = SMMU_MODEL_DROP; then <= SMMU_MODEL_DIE; then++ )
            for ( distance = 1; distance <= most; distance++ )
            {
                how = MODEL_THEN(first, then,
                                 most > 1 ? distance : 1 + (first + then) % 3);
                assert_true(sweep_run(&sweep, &commands, NULL) >= 10);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_up_allocations),
        SM_TEST(test_up_commands),
        SM_TEST(test_life_allocations),
        SM_TEST(test_life_commands),
        SM_TEST(test_life_bursts),
        SM_TEST(test_life_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
