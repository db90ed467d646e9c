/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many flushes there are: for those who wait for one at the same time, and
 * for a guest with many groups behind one unit.  Counted in the unit's queue.
 */
#include <pthread.h>
#include <unistd.h>

#include "vtd-fixture.h"

#define DFN    0x1000
#define GROUPS 64

static struct s2_table *table;

static void unmap(uint64_t dfn)
{
    unsigned int changed = 0;

    assert_int_equal(s2_table_unmap(table, dfn, 1, &changed), 0);
}

static unsigned long nr_flushes(void)
{
    unsigned long nr;

    spin_lock(&table->lock);
    nr = table->nr_flushes;
    spin_unlock(&table->lock);

    return nr;
}

static unsigned long nr_waits(void)
{
    return vtd_model_count(model[0], VTD_COUNT_QI_WAIT);
}

struct cpu {
    pthread_t thread;
    uint64_t dfn;
    int rc;
    bool changed;
};

static void *unmaps(void *arg)
{
    struct cpu *cpu = arg;

    unmap(cpu->dfn);
    __atomic_store_n(&cpu->changed, true, __ATOMIC_RELEASE);
    cpu->rc = s2_table_flush(table);

    return NULL;
}

/* Starts a CPU that unmaps @dfn, and waits until it flushes, or for a flush. */
static void start(struct cpu *cpu, uint64_t dfn)
{
    *cpu = (struct cpu){ .dfn = dfn, .rc = 1 };
    assert_int_equal(pthread_create(&cpu->thread, NULL, unmaps, cpu), 0);
    while ( !__atomic_load_n(&cpu->changed, __ATOMIC_ACQUIRE) )
        usleep(100);
    /* It reads what it waits for, and that is all. */
    usleep(5000);
}

static void wait_paused(void)
{
    unsigned int i;

    for ( i = 0; i < 50000 && !vtd_model_paused(model[0]); i++ )
        usleep(100);
    assert_true(vtd_model_paused(model[0]));
}

/*
 * One flush is held; four CPUs that changed something else wait for the next.
 * While that one is held as well, something is changed that nobody flushes yet.
 */
static void test_together(void **state)
{
    struct iommu_dev *dev;
    struct s2_domain *s2;
    struct cpu cpu[5];
    unsigned long before;
    unsigned int i;

    vtd_machine_up(&vtd_model_default, 1);
    host_time_step(0);
    dev = dev_add(0, 8, 0);
    table = table_new(dev);
    s2 = domain_new(dev, table);
    assert_int_equal(attach(s2, dev), 0);
    for ( i = 0; i < 8; i++ )
        map_page(table, DFN + i);
    assert_int_equal(s2_table_flush(table), 0);
    before = nr_flushes();

    vtd_model_pause(model[0], 0);
    start(&cpu[0], DFN);
    wait_paused();
    for ( i = 1; i < 5; i++ )
        start(&cpu[i], DFN + i);
    assert_int_equal(nr_flushes() - before, 1);

    /* An invalidation and a wait of the first, and no more. */
    vtd_model_pause(model[0], 2);
    pthread_join(cpu[0].thread, NULL);
    wait_paused();
    unmap(DFN + 5);
    vtd_model_pause(model[0], MODEL_GOES_ON);
    for ( i = 1; i < 5; i++ )
        pthread_join(cpu[i].thread, NULL);

    for ( i = 0; i < 5; i++ )
        assert_int_equal(cpu[i].rc, 0);
    assert_int_equal(nr_flushes() - before, 2);
    assert_int_equal(s2_table_flush(table), 0);
    assert_int_equal(nr_flushes() - before, 3);
    assert_int_equal(s2_table_flush(table), 0);
    assert_int_equal(nr_flushes() - before, 3);

    block(dev);
    domain_free_s2(s2);
    dev_del(dev);
    table_free(table);
    vtd_machine_down();
}

/* ---- a flush that fails ---- */

static const struct iommu_tlb_ops *real_tlb;
static bool fails, held, in_flush;

static int cf_check failing_flush(struct iommu_unit *unit, uint32_t tag,
                                  const struct pt_gather *g)
{
    __atomic_store_n(&in_flush, true, __ATOMIC_RELEASE);
    while ( __atomic_load_n(&held, __ATOMIC_ACQUIRE) )
        usleep(100);

    return fails ? -EIO : real_tlb->flush(unit, tag, g);
}

static int cf_check failing_flush_tag(struct iommu_unit *unit, uint32_t tag)
{
    return fails ? -EIO : real_tlb->flush_tag(unit, tag);
}

static void *only_flushes(void *arg)
{
    struct cpu *cpu = arg;

    __atomic_store_n(&cpu->changed, true, __ATOMIC_RELEASE);
    cpu->rc = s2_table_flush(table);

    return NULL;
}

/*
 * One flush is to cover what three CPUs have changed, and fails: all three are
 * told, and so is who comes later.  Nothing is forgotten: the first one that
 * succeeds covers it, and only then is the page-table page free.
 */
static void test_failure_is_shared(void **state)
{
    struct iommu_driver drv, *real_drv;
    struct iommu_tlb_ops tlb;
    struct iommu_unit *unit;
    struct iommu_dev *dev;
    struct s2_domain *s2;
    struct cpu cpu[3];
    unsigned int i;

    vtd_machine_up(&vtd_model_default, 1);
    dev = dev_add(0, 8, 0);
    unit = dev->unit;
    table = table_new(dev);
    s2 = domain_new(dev, table);
    assert_int_equal(attach(s2, dev), 0);
    for ( i = 0; i < 3; i++ )
        map_page(table, DFN + i);
    assert_int_equal(s2_table_flush(table), 0);
    assert_false(reach(dev, (uint64_t)DFN << PAGE_SHIFT, &(uint64_t){ 0 }));

    real_drv = unit->drv;
    drv = *real_drv;
    tlb = *drv.tlb;
    real_tlb = drv.tlb;
    tlb.flush = failing_flush;
    drv.tlb = &tlb;
    unit->drv = &drv;
    fails = held = true;
    in_flush = false;

    /* Empty then: its table is to be freed. */
    for ( i = 0; i < 3; i++ )
        unmap(DFN + i);
    for ( i = 0; i < 3; i++ )
    {
        cpu[i] = (struct cpu){ .rc = 1 };
        assert_int_equal(pthread_create(&cpu[i].thread, NULL, only_flushes,
                                        &cpu[i]), 0);
        while ( !__atomic_load_n(&in_flush, __ATOMIC_ACQUIRE) ||
                !__atomic_load_n(&cpu[i].changed, __ATOMIC_ACQUIRE) )
            usleep(100);
    }
    usleep(5000);
    __atomic_store_n(&held, false, __ATOMIC_RELEASE);
    for ( i = 0; i < 3; i++ )
    {
        pthread_join(cpu[i].thread, NULL);
        assert_int_equal(cpu[i].rc, -EIO);
    }
    assert_int_equal(s2_table_flush(table), -EIO);
    assert_true(table->pending.nr_freed > 0);
    assert_false(reach(dev, (uint64_t)DFN << PAGE_SHIFT, &(uint64_t){ 0 }));

    fails = false;
    assert_int_equal(s2_table_flush(table), 0);
    assert_int_equal(table->pending.nr_freed, 0);
    assert_true(reach(dev, (uint64_t)DFN << PAGE_SHIFT, &(uint64_t){ 0 }));
    i = nr_flushes();
    assert_int_equal(s2_table_flush(table), 0);
    assert_int_equal(nr_flushes(), i);
    unit->drv = real_drv;

    block(dev);
    domain_free_s2(s2);
    dev_del(dev);
    table_free(table);
    vtd_machine_down();
}

/*
 * The tag cannot be flushed either, although the unit is not given up: it may
 * walk the table for ever, whose pages are nobody's again.
 */
static void test_failure_stays(void **state)
{
    struct iommu_driver drv, *real_drv;
    struct iommu_tlb_ops tlb;
    struct iommu_dev *dev;
    struct s2_domain *s2;

    vtd_machine_up(&vtd_model_default, 1);
    dev = dev_add(0, 8, 0);
    table = table_new(dev);
    s2 = domain_new(dev, table);
    assert_int_equal(attach(s2, dev), 0);
    map_page(table, DFN);
    assert_int_equal(s2_table_flush(table), 0);
    block(dev);

    real_drv = dev->unit->drv;
    drv = *real_drv;
    tlb = *drv.tlb;
    real_tlb = drv.tlb;
    tlb.flush = failing_flush;
    tlb.flush_tag = failing_flush_tag;
    drv.tlb = &tlb;
    dev->unit->drv = &drv;
    fails = true;
    held = false;

    unmap(DFN);
    assert_int_equal(s2_table_flush(table), -EIO);
    assert_false(table->stuck);
    domain_free_s2(s2);
    assert_true(table->stuck);
    assert_true(table->pending.nr_freed > 0);
    dev->unit->drv = real_drv;

    /* The model has nothing of it: let the memory go. */
    table->stuck = false;
    dev_del(dev);
    table_free(table);
    vtd_machine_down();
}

/* The groups share a tag: one invalidation and one wait for all of them. */
static void test_one_for_all(void **state)
{
    struct iommu_dev *dev[GROUPS];
    struct s2_domain *s2[GROUPS];
    unsigned long before;
    unsigned int i;

    vtd_machine_up(&vtd_model_default, 1);
    for ( i = 0; i < GROUPS; i++ )
    {
        dev[i] = dev_add(2 + i / 32, i % 32, 0);
        if ( !i )
            table = table_new(dev[i]);
        s2[i] = domain_new(dev[i], table);
        assert_int_equal(attach(s2[i], dev[i]), 0);
    }
    map_page(table, DFN);
    map_page(table, DFN + 1);
    assert_int_equal(s2_table_flush(table), 0);

    before = vtd_model_count(model[0], VTD_COUNT_COMMANDS);
    unmap(DFN);
    i = nr_waits();
    assert_int_equal(s2_table_flush(table), 0);
    assert_int_equal(nr_waits() - i, 1);
    assert_int_equal(vtd_model_count(model[0], VTD_COUNT_COMMANDS) - before, 2);

    for ( i = 0; i < GROUPS; i++ )
    {
        block(dev[i]);
        domain_free_s2(s2[i]);
        dev_del(dev[i]);
    }
    table_free(table);
    vtd_machine_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_one_for_all),
        cmocka_unit_test(test_failure_is_shared),
        cmocka_unit_test(test_failure_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
