/* SPDX-License-Identifier: GPL-2.0-only */
#include "rig.h"

#include <pthread.h>
#include <unistd.h>

static pthread_t reviver;
static bool revived;

static void *flushes(void *arg)
{
    return (void *)(long)s2_table_flush(arg);
}

static void *revives(void *arg)
{
    struct iommu_unit *unit = arg;

    return (void *)(long)unit->drv->unit->revive(unit);
}

/* The queue was started anew when its own commands are waited for. */
static void on_wait(void *arg)
{
    if ( pthread_equal(pthread_self(), reviver) )
        __atomic_store_n(&revived, true, __ATOMIC_RELEASE);
}

/* Two threads in the order that matters. */
static void discard_a_flush(const struct rig *rig, struct iommu_unit *unit,
                            struct s2_table *table)
{
    pthread_t flusher;
    void *rc;

    host_time_step(0);
    rig->hold();
    assert_int_equal(pthread_create(&flusher, NULL, flushes, table), 0);
    while ( !rig->held() )
        usleep(100);
    revived = false;
    assert_int_equal(pthread_create(&reviver, NULL, revives, unit), 0);
    host_on_wait(on_wait, NULL);
    while ( !__atomic_load_n(&revived, __ATOMIC_ACQUIRE) )
        usleep(100);
    rig->let_go();
    pthread_join(flusher, &rc);
    assert_null(rc);
    pthread_join(reviver, &rc);
    assert_null(rc);
    host_on_wait(NULL, NULL);
}

void suite_discarded(const struct rig *rig)
{
    struct iommu_dev *dev[3];
    unsigned int i, changed = 0;
    struct s2_table *table;
    struct s2_domain *s2;
    uint8_t byte = 0;
    uint64_t ma;

    s2 = suite_tlbs_up(rig, dev, &table);
    for ( i = 0; i < ARRAY_SIZE(dev); i++ )
        assert_int_equal(rig->ats_dma(dev[i]->id, 0x1000, &byte, true), 0);

    assert_int_equal(s2_table_unmap(table, 1, 1, &changed), 0);
    discard_a_flush(rig, dev[0]->unit, table);
    for ( i = 0; i < ARRAY_SIZE(dev); i++ )
    {
        assert_int_equal(rig->ats_dma(dev[i]->id, 0x1000, &byte, true), RIG_UR);
        assert_int_not_equal(rig->translate(dev[i]->id, 0x1000, &ma), 0);
        assert_true(dev[i]->dev_tlb.on);
        rig->dev->block(dev[i]);
    }
    /* A queue may not be switched off with commands in it, but when it hangs. */
    rig->forgive();
    suite_tlbs_down(rig, dev, s2, table);
}
