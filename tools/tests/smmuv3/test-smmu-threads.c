/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One unit, several CPUs: flushes, attaches and detaches at the same time, with
 * errors in the queue and events being read.  After each flush its own range
 * must be gone.
 */
#include <pthread.h>
#include <unistd.h>

#include "smmu-fixture.h"
#include "strides.h"

#define NR_THREADS 4

struct worker {
    pthread_t thread;
    unsigned int nr;
    struct iommu_dev *dev;
    struct s2_table *table;
    struct s2_domain *s2;
    unsigned long rounds;
    const char *wrong;
};

static bool with_errors, stop;

static bool gets_through(const struct worker *w, uint64_t addr)
{
    uint64_t maddr;

    return !smmu_model_dma(sm_model[0], w->dev->id, addr, true, &maddr);
}

static void one_round(struct worker *w, uint64_t dfn)
{
    unsigned int changed = 0;

    if ( s2_table_map(w->table, dfn, 0x1000 + w->nr, 1, PT_PROT_R | PT_PROT_W,
                      &changed) || s2_table_flush(w->table) )
        w->wrong = "map";
    else if ( !gets_through(w, dfn << 12) )
        w->wrong = "mapped, but blocked";

    if ( s2_table_unmap(w->table, dfn, 1, &changed) ||
         s2_table_flush(w->table) )
        w->wrong = "unmap";
    else if ( gets_through(w, dfn << 12) )
        w->wrong = "unmapped and flushed, but still there";
}

static void *work(void *arg)
{
    struct worker *w = arg;
    unsigned long i;

    for ( i = 0; i < w->rounds && !w->wrong; i++ )
    {
        one_round(w, 0x100 + i % 7);
        stride(w->nr, false);
        if ( i % 5 )
            continue;

        sm_block(w->dev);
        if ( gets_through(w, 0) )
            w->wrong = "blocked, but gets through";
        if ( sm_attach(w->s2, w->dev) )
            w->wrong = "attach";
    }
    stride(w->nr, true);

    return NULL;
}

/* One error in about forty commands, and somebody who reads events. */
static void *spoil(void *arg)
{
    unsigned int n = 0;

    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        if ( with_errors && (!n || smmu_model_failed(sm_model[0])) &&
             strides_all(NR_THREADS) )
        {
            smmu_model_fail_nth(sm_model[0], 40 + n % 9,
                                n & 1 ? SMMU_MODEL_ILL : SMMU_MODEL_ABT);
            n++;
        }
        smmu_unit_ops.poll_faults(&sm_unit(0)->unit);
        usleep(200);
    }

    return NULL;
}

static void run(bool errors, unsigned int cmdq_bits)
{
    struct smmu_model_cfg cfg = smmu_model_default;
    struct worker w[NR_THREADS] = {};
    pthread_t spoiler;
    unsigned int i;

    cfg.cmdq_bits = cmdq_bits;
    sm_up(&cfg, 1);
    with_errors = errors;
    strides_reset();
    __atomic_store_n(&stop, false, __ATOMIC_RELAXED);

    for ( i = 0; i < NR_THREADS; i++ )
    {
        w[i].nr = i;
        w[i].rounds = test_rounds(150, 5000);
        w[i].dev = sm_dev(0, 8 + i, 0);
        w[i].table = sm_table();
        w[i].s2 = sm_domain(w[i].dev, w[i].table);
        assert_int_equal(sm_attach(w[i].s2, w[i].dev), 0);
    }

    pthread_create(&spoiler, NULL, spoil, NULL);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_create(&w[i].thread, NULL, work, &w[i]);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_join(w[i].thread, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(spoiler, NULL);

    for ( i = 0; i < NR_THREADS; i++ )
    {
        if ( w[i].wrong )
            fail_msg("thread %u: %s", i, w[i].wrong);
        sm_block(w[i].dev);
        sm_domain_free(w[i].s2);
        sm_table_free(w[i].table);
        sm_dev_del(w[i].dev);
    }
    assert_false(sm_unit(0)->unit.failed);
    sm_settle();
    sm_down();
}

static void test_busy(void **state)
{
    run(false, 19);
    run(false, 3);
}

static void test_errors(void **state)
{
    run(true, 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_busy),
        SM_TEST(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
