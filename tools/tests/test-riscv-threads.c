/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One unit, several CPUs: flushes, attaches and detaches at the same time, with
 * a queue that runs full, and with errors in it.  After each flush its own
 * range must be gone.
 */
#include <pthread.h>
#include <unistd.h>

#include "riscv-fixture.h"

/* Their batches do not fit into the queue together. */
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
        if ( i % 5 )
            continue;

        rv_block_dev(w->dev);
        if ( rv_attach_dev(w->s2, w->dev) )
            w->wrong = "attach";
    }

    return NULL;
}

/* One error in about eight hundred commands: a driver may give up in the end. */
static void *spoil(void *arg)
{
    unsigned int n = 0;

    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        if ( with_errors && (!n || rvm_failed(rvm[0])) )
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

static void test_full_queue(void **state)
{
    run(false, true);
}

static void test_errors(void **state)
{
    run(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_threads),
        RV_TEST(test_full_queue),
        RV_TEST(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
