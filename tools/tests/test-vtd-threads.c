/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One unit, several CPUs: flushes, attaches and detaches at the same time, with
 * errors in the queue.  After each flush its own range must be gone, device
 * TLBs included.
 */
#include <pthread.h>
#include <unistd.h>

#include "strides.h"
#include "vtd-fixture.h"

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

/* DMA that must, or must not, get through. */
static bool gets_through(const struct worker *w, uint64_t addr)
{
    uint64_t ma;

    return !vtd_model_translate(model[0], w->dev->id, addr, true, &ma);
}

static void one_round(struct worker *w, uint64_t dfn)
{
    uint16_t sid = w->dev->id;
    unsigned int changed = 0, prot;
    uint8_t byte = 0;

    if ( s2_table_map(w->table, dfn, 0x1000 + w->nr, 1, PT_PROT_R | PT_PROT_W,
                      &changed) || s2_table_flush(w->table) )
        w->wrong = "map";
    else if ( !gets_through(w, dfn << 12) )
        w->wrong = "mapped, but blocked";
    if ( w->dev->ats )
        vtd_model_ats_request(model[0], sid, dfn << 12, &prot);

    if ( s2_table_unmap(w->table, dfn, 1, &changed) ||
         s2_table_flush(w->table) )
        w->wrong = "unmap";
    else if ( gets_through(w, dfn << 12) )
        w->wrong = "unmapped and flushed, but still there";
    else if ( w->dev->ats &&
              !vtd_model_ats_dma(model[0], sid, dfn << 12, 1, false, &byte) )
        w->wrong = "unmapped and flushed, but in the device's TLB";
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

        block(w->dev);
        if ( attach(w->s2, w->dev) )
            w->wrong = "attach";
    }
    stride(w->nr, true);

    return NULL;
}

/*
 * One error in about forty commands, however slow the host is: a driver may
 * give up where nothing ever succeeds.
 */
static void *spoil(void *arg)
{
    unsigned int n = 0;

    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        if ( with_errors && (!n || vtd_model_failed(model[0])) &&
             strides_all(NR_THREADS) )
            vtd_model_fail_nth(model[0], 40 + n++ % 9, VTD_MODEL_ERROR);
        usleep(200);
    }

    return NULL;
}

static void run(bool errors)
{
    struct worker w[NR_THREADS] = {};
    pthread_t spoiler;
    unsigned int i;

    vtd_machine_up(&vtd_model_default, 1);
    with_errors = errors;
    strides_reset();
    __atomic_store_n(&stop, false, __ATOMIC_RELAXED);

    for ( i = 0; i < NR_THREADS; i++ )
    {
        w[i].nr = i;
        w[i].rounds = test_rounds(150, 5000);
        w[i].dev = dev_add(i & 1, 8 + i, 0);
        w[i].table = table_new(w[i].dev);
        w[i].s2 = domain_new(w[i].dev, w[i].table);
        assert_int_equal(attach(w[i].s2, w[i].dev), 0);
        assert_int_equal(w[i].dev->ats, i & 1);
    }

    pthread_create(&spoiler, NULL, spoil, NULL);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_create(&w[i].thread, NULL, work, &w[i]);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_join(w[i].thread, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(spoiler, NULL);
    vtd_model_fail_nth(model[0], 0, VTD_MODEL_ERROR);

    for ( i = 0; i < NR_THREADS; i++ )
    {
        if ( w[i].wrong )
        {
            const char *log = host_log_text();
            size_t len = strlen(log);

            /* What went wrong is at the end, and messages are short. */
            fail_msg("thread %u: %s\n%s", i, w[i].wrong,
                     log + (len > 600 ? len - 600 : 0));
        }
        block(w[i].dev);
        domain_free_s2(w[i].s2);
        dev_del(w[i].dev);
        table_free(w[i].table);
    }
    assert_false(unit_nr(0)->unit.failed);
    vtd_machine_down();
}

static void test_threads(void **state)
{
    run(false);
}

static void test_threads_with_errors(void **state)
{
    run(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_threads_with_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
