/* SPDX-License-Identifier: GPL-2.0-only */
#include <pthread.h>
#include <unistd.h>

#include "rig.h"
#include "strides.h"

#define NR_THREADS 4

struct worker {
    const struct rig *rig;
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

    return !w->rig->translate(w->dev->id, addr, &ma);
}

/* A unit that is started anew may block all meanwhile, but not for good. */
static bool gets_through_soon(const struct worker *w, uint64_t addr)
{
    unsigned int tries = with_errors ? 1000 : 1;

    while ( tries-- )
    {
        if ( gets_through(w, addr) )
            return true;
        usleep(100);
    }

    return false;
}

static void one_round(struct worker *w, uint64_t dfn)
{
    uint16_t sid = w->dev->id;
    unsigned int changed = 0, prot;
    uint8_t byte = 0;

    if ( s2_table_map(w->table, dfn, 0x1000 + w->nr, 1, PT_PROT_R | PT_PROT_W,
                      &changed) || s2_table_flush(w->table) )
        w->wrong = "map";
    else if ( !gets_through_soon(w, dfn << 12) )
        w->wrong = "mapped, but blocked";
    if ( w->dev->ats )
        w->rig->ats_request(sid, dfn << 12, &prot);

    if ( s2_table_unmap(w->table, dfn, 1, &changed) ||
         s2_table_flush(w->table) )
        w->wrong = "unmap";
    else if ( gets_through(w, dfn << 12) )
        w->wrong = "unmapped and flushed, but still there";
    else if ( w->dev->ats &&
              !w->rig->ats_dma(sid, dfn << 12, &byte, false) )
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

        together_move(w->dev, NULL);
        if ( together_move(w->dev, w->s2) )
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
    const struct rig *rig = arg;
    unsigned int n = 0;

    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        if ( with_errors && (!n || rig->failed()) &&
             strides_all(NR_THREADS) )
            rig->spoil_nth(40 + n++ % 9);
        usleep(200);
    }

    return NULL;
}

void suite_threads(const struct rig *rig, bool errors)
{
    struct worker w[NR_THREADS] = {};
    pthread_t spoiler;
    unsigned int i;

    rig->up(0);
    with_errors = errors;
    strides_reset();
    __atomic_store_n(&stop, false, __ATOMIC_RELAXED);

    for ( i = 0; i < NR_THREADS; i++ )
    {
        w[i].nr = i;
        w[i].rounds = test_rounds(150, 5000);
        w[i].rig = rig;
        w[i].dev = rig->dev_add(i & 1, 8 + i, 0);
        w[i].table = rig->table_new(w[i].dev);
        w[i].s2 = rig->domain_new(w[i].dev, w[i].table);
        assert_int_equal(together_move(w[i].dev, w[i].s2), 0);
        assert_int_equal(w[i].dev->ats, (i & 1) && !rig->no_ats);
    }

    pthread_create(&spoiler, NULL, spoil, (void *)rig);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_create(&w[i].thread, NULL, work, &w[i]);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_join(w[i].thread, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(spoiler, NULL);
    rig->spoil_nth(0);

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
        assert_false(w[i].dev->unit->failed);
        together_move(w[i].dev, NULL);
        s2_domain_free(w[i].s2);
        rig->dev_del(w[i].dev);
        rig->table_free(w[i].table);
    }
    rig->down();
}
