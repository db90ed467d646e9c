/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One unit, several CPUs: flushes, attaches and detaches at the same time, with
 * a queue that runs full, and with errors in it.  After each flush its own
 * range must be gone.
 */
#include <pthread.h>
#include <unistd.h>

#include "riscv-fixture.h"
#include "strides.h"

#define NR_THREADS 9

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
    uint64_t ma;

    return !rv_reach(w->dev, addr, &ma);
}

static void one_round(struct worker *w, uint64_t dfn, unsigned int nr)
{
    unsigned int changed = 0;

    if ( s2_table_map(w->table, dfn, 0x1000 * (w->nr + 1), nr,
                      PT_PROT_R | PT_PROT_W, &changed) ||
         s2_table_flush(w->table) )
        w->wrong = "map";
    else if ( !gets_through(w, dfn << 12) ||
              !gets_through(w, (dfn + nr - 1) << 12) )
        w->wrong = "mapped, but blocked";

    if ( s2_table_unmap(w->table, dfn, nr, &changed) ||
         s2_table_flush(w->table) )
        w->wrong = "unmap";
    else if ( gets_through(w, dfn << 12) ||
              gets_through(w, (dfn + nr - 1) << 12) )
        w->wrong = "unmapped and flushed, but still there";
}

static void *work(void *arg)
{
    struct worker *w = arg;
    unsigned long i;

    for ( i = 0; i < w->rounds && !w->wrong; i++ )
    {
        one_round(w, 0x100 + i % 7, i % 3 ? RV_FLUSH_PAGES : i % 40 + 1);
        stride(w->nr, false);
        if ( i % 5 )
            continue;

        rv_block_dev(w->dev);
        if ( rv_attach_dev(w->s2, w->dev) )
            w->wrong = "attach";
    }
    stride(w->nr, true);

    return NULL;
}

/* One error in about eight hundred commands: a driver may give up in the end. */
static void *spoil(void *arg)
{
    unsigned int n = 0;

    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        if ( with_errors && (!n || rvm_failed(rvm[0])) &&
             strides_all(NR_THREADS) )
        {
            rvm_fail_nth(rvm[0], 800 + n % 37, RVM_ILL + n % 3);
            n++;
        }
        usleep(200);
    }

    return NULL;
}

static void hardware_works(void *arg)
{
    rvm_work(rvm[0], 5);
}

static void run(bool errors, bool lazy)
{
    struct worker w[NR_THREADS] = {};
    struct rvm_cfg cfg = rvm_default;
    pthread_t spoiler;
    unsigned int i;

    cfg.lazy = lazy;
    rv_machine(&cfg, NULL);
    host_on_wait(hardware_works, NULL);
    /* Threads wait for each other here, which is not the unit's fault. */
    host_time_step(1);
    {
        struct riscv_iommu_desc desc = rv_desc(0);

        assert_int_equal(riscv_iommu_add(&desc), 0);
    }
    with_errors = errors;
    strides_reset();
    __atomic_store_n(&stop, false, __ATOMIC_RELAXED);

    for ( i = 0; i < NR_THREADS; i++ )
    {
        w[i].nr = i;
        w[i].rounds = test_rounds(60, 3000);
        w[i].dev = rv_dev_add(0, 8 + i, 0);
        w[i].table = rv_table_new(w[i].dev);
        /* Keeps the leaf table, so that flushes are by page. */
        rv_map_page(w[i].table, 0x1);
        w[i].s2 = rv_domain_new(w[i].dev, w[i].table);
        assert_int_equal(rv_attach_dev(w[i].s2, w[i].dev), 0);
    }

    pthread_create(&spoiler, NULL, spoil, NULL);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_create(&w[i].thread, NULL, work, &w[i]);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_join(w[i].thread, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(spoiler, NULL);
    rvm_fail_nth(rvm[0], 0, RVM_ILL);

    for ( i = 0; i < NR_THREADS; i++ )
    {
        if ( w[i].wrong )
            fail_msg("thread %u: %s", i, w[i].wrong);
        rv_block_dev(w[i].dev);
        rv_domain_del(w[i].s2);
        rv_dev_del(w[i].dev);
        rv_table_free(w[i].table);
    }
    assert_false(rv_unit_nr(0)->unit.failed);
    rv_machine_down();
}

static void test_threads(void **state)
{
    run(false, false);
}

static void test_slow_queue(void **state)
{
    run(false, true);
}

/*
 * More than the queue holds, before the unit does anything: those that find no
 * room wait for it.
 */
#define NR_BATCHES (RV_CQ_ENTRIES / (RV_BATCH_MAX + 1) + 2)

static unsigned int patience;
static s_time_t frozen;

static void hardware_waits(void *arg)
{
    unsigned int queued = (rvm_read(rvm[0], RV_CQT, 4) -
                           rvm_read(rvm[0], RV_CQH, 4)) % RV_CQ_ENTRIES;

    if ( queued + RV_BATCH_MAX + 1 >= RV_CQ_ENTRIES )
        __atomic_add_fetch(&patience, 1, __ATOMIC_RELAXED);

    if ( __atomic_load_n(&patience, __ATOMIC_RELAXED) > 100 )
    {
        rvm_work(rvm[0], 5);
        return;
    }

    /* Until all are there, no time passes. */
    usleep(50);
    host_time_advance(frozen - NOW());
}

static void *submit(void *arg)
{
    struct rv_cmd cmd[RV_BATCH_MAX];
    struct worker *w = arg;
    unsigned int i;

    for ( i = 0; i < RV_BATCH_MAX; i++ )
        cmd[i] = rv_cmd_gvma_page(w->nr, i << PAGE_SHIFT);
    if ( rv_cmdq_run(rv_unit_nr(0), cmd, RV_BATCH_MAX) )
        w->wrong = "run";

    return NULL;
}

static void test_full_queue(void **state)
{
    struct worker w[NR_BATCHES] = {};
    struct rvm_cfg cfg = rvm_default;
    struct riscv_iommu_desc desc;
    unsigned int i;

    cfg.lazy = true;
    rv_machine(&cfg, NULL);
    host_on_wait(hardware_works, NULL);
    desc = rv_desc(0);
    assert_int_equal(riscv_iommu_add(&desc), 0);

    patience = 0;
    frozen = NOW();
    host_on_wait(hardware_waits, NULL);
    for ( i = 0; i < NR_BATCHES; i++ )
    {
        w[i].nr = i;
        pthread_create(&w[i].thread, NULL, submit, &w[i]);
    }
    for ( i = 0; i < NR_BATCHES; i++ )
        pthread_join(w[i].thread, NULL);
    for ( i = 0; i < NR_BATCHES; i++ )
        assert_null(w[i].wrong);
    /* None was lost, and none was repeated. */
    assert_int_equal(rvm_count(rvm[0], RVM_COUNT_GVMA_PAGE),
                     NR_BATCHES * RV_BATCH_MAX);
    rv_machine_down();
}

static void test_errors(void **state)
{
    run(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_threads),
        RV_TEST(test_slow_queue),
        RV_TEST(test_full_queue),
        RV_TEST(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
