/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units whose queue hangs are started anew, on all drivers' models: nobody
 * notices but by the time, it is counted, and it is not done for ever.
 */
#include <pthread.h>
#include <unistd.h>

#include <xen/iommu.h>

#include <iommu-groups/contain.h>

#include "amd-system.h"
#include "riscv-system.h"
#include "smmu-fixture.h"
#include "vtd-system.h"

static void smmu_up(void)
{
    sm_up(&smmu_model_default, 1);
}

static void smmu_hang(unsigned int nth)
{
    smmu_model_fail_nth(sm_model[0], nth, SMMU_MODEL_DROP);
}

static struct iommu_unit *smmu_unit(void)
{
    return &sm_unit(0)->unit;
}

static void vtd_up(void)
{
    vm_up(&vtd_model_default);
}

static void vtd_hang(unsigned int nth)
{
    vtd_model_fail_nth(vm_model(DEV_A), nth, VTD_MODEL_DROP);
}

static struct iommu_unit *vtd_unit(void)
{
    return vm_unit(DEV_A);
}

static void rv_up(void)
{
    rvs_up(&rvm_default, &rvm_default);
}

static void rv_hang(unsigned int nth)
{
    rvm_fail_nth(rvs.model[0], nth, RVM_DROP);
}

static struct iommu_unit *rv_unit(void)
{
    return rvs_dev(RVS_A)->unit;
}

static void as_machine_up(void)
{
    as_up(&amd_model_default);
}

static void as_hang(unsigned int nth)
{
    amd_model_fail_nth(as_model(DEV_A), nth, AMD_MODEL_STALL);
}

static const struct hanging {
    void (*up)(void);
    void (*down)(void);
    void (*clean)(void);
    void (*hang)(unsigned int nth);
    struct iommu_unit *(*unit)(void);
} machines[] = {
    { vtd_up, vm_down, vm_clean, vtd_hang, vtd_unit },
    { rv_up, rvs_down, rvs_clean, rv_hang, rv_unit },
    { as_machine_up, vm_down, vm_clean, as_hang, vtd_unit },
    { smmu_up, sm_down, NULL, smmu_hang, smmu_unit },
};

static int flush(struct iommu_unit *unit, uint32_t tag)
{
    struct pt_gather g;

    pt_gather_init(&g);
    g.start = g.last = 1;
    g.nr_ranges = 1;
    g.modified = true;

    return unit->drv->tlb->flush(unit, tag, &g);
}

/* What hangs once is through in the end; each minute has its number of times. */
static void test_bound(void **state)
{
    unsigned int i, n;

    for ( i = 0; i < ARRAY_SIZE(machines); i++ )
    {
        const struct hanging *m = &machines[i];
        struct iommu_unit *unit;
        s_time_t start;
        uint32_t tag;

        m->up();
        unit = m->unit();
        assert_int_equal(iommu_tag_alloc(unit, &tag), 0);
        assert_int_equal(flush(unit, tag), 0);
        host_log_clear();

        for ( n = 1; n <= 3 * IOMMU_DEV_LINES; n++ )
        {
            host_time_advance(SECONDS(61));
            m->hang(1);
            start = NOW();
            assert_int_equal(flush(unit, tag), 0);
            assert_in_range(NOW() - start, SECONDS(1), SECONDS(4));
            assert_int_equal(unit->nr_revived, n);
        }
        assert_log("is started anew");
        assert_log("works again");
        assert_false(unit->failed);
        assert_in_range(host_log_lines(NULL), 2, 2 * IOMMU_DEV_LINES);

        host_time_advance(SECONDS(600));
        unit->nr_tries = 0;
        host_log_clear();
        for ( n = 0; n < IOMMU_REVIVES; n++ )
        {
            m->hang(1);
            assert_int_equal(flush(unit, tag), 0);
        }
        assert_false(unit->failed);
        /* Whose work ended before another CPU's attempt only repeats it. */
        n = unit->nr_revived;
        assert_true(iommu_unit_revive(unit, n - 1, "the test says so"));
        assert_int_equal(unit->nr_revived, n);
        m->hang(1);
        assert_int_equal(flush(unit, tag), -EIO);
        assert_true(unit->failed);
        /* That is for good. */
        unit->nr_tries = 0;
        assert_false(iommu_unit_revive(unit, n, "the test says so"));
        assert_int_equal(unit->nr_tries, 0);
        assert_log("stopped answering");
        host_tasklets_run();
        if ( m->clean )
            m->clean();
        else
            sm_teardown(NULL);
    }
}

/* ---- what was cached is not, whoever was to be told of it ---- */

#define ADDR 0x100000UL

static unsigned int rv_reach(void)
{
    return rvs_dma(RVS_A, ADDR, true);
}

static unsigned int vm_reach(void)
{
    return vm_dma(DEV_A, ADDR, true);
}

/*
 * The change is in the table, and the command that was to tell of it may be one
 * of those that got lost: after the revival nothing of before is used.
 */
static void forgets(struct iommu_dev *d, unsigned int (*reach)(void))
{
    struct iommu_unit *unit = d->unit;
    unsigned int changed = 0, seen = unit->nr_revived;

    assert_int_equal(reach(), 0);
    assert_int_equal(s2_table_unmap(d->attached->table, ADDR >> PAGE_SHIFT, 1,
                                    &changed), 0);
    assert_int_equal(reach(), 0);
    assert_true(iommu_unit_revive(unit, seen, "the test says so"));
    assert_int_equal(unit->nr_revived, seen + 1);
    assert_int_not_equal(reach(), 0);
    assert_int_equal(s2_table_flush(d->attached->table), 0);
    assert_false(unit->failed);
}

static void test_riscv_forgets(void **state)
{
    rvs_up(&rvm_default, &rvm_default);
    rvs_page(rvs.guest, ADDR >> PAGE_SHIFT);
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    forgets(rvs_dev(RVS_A), rv_reach);
    rvs_down();
}

static void test_amd_forgets(void **state)
{
    as_up(&amd_model_default);
    vm_page(vm.guest, ADDR >> PAGE_SHIFT);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    forgets(vm_dev(DEV_A), vm_reach);
    vm_down();
}

/* ---- several wait at once ---- */

static struct iommu_unit *shared;
static uint32_t shared_tag;

static void *flushes(void *arg)
{
    unsigned int i, nr = test_rounds(200, 2000);
    unsigned long bad = 0;

    for ( i = 0; i < nr; i++ )
        bad += flush(shared, shared_tag) != 0;

    return (void *)bad;
}

static void test_threads(void **state)
{
    unsigned int i, k;

    for ( i = 0; i < ARRAY_SIZE(machines); i++ )
    {
        const struct hanging *m = &machines[i];
        pthread_t threads[3];

        m->up();
        shared = m->unit();
        assert_int_equal(iommu_tag_alloc(shared, &shared_tag), 0);
        m->hang(100);
        for ( k = 0; k < ARRAY_SIZE(threads); k++ )
            assert_int_equal(pthread_create(&threads[k], NULL, flushes, NULL),
                             0);
        for ( k = 0; k < ARRAY_SIZE(threads); k++ )
        {
            void *bad;

            pthread_join(threads[k], &bad);
            assert_null(bad);
        }
        assert_false(shared->failed);
        /* What the VT-d model lost, the next batch's number makes up for. */
        assert_in_range(shared->nr_revived, i ? 1 : 0, 1);
        iommu_tag_free(shared, shared_tag);
        m->down();
    }
}

/* ---- who is at the unit when its revival begins ---- */

static bool hook_ran;

static int hook(struct iommu_unit *unit)
{
    write_atomic(&hook_ran, true);

    return 0;
}

static void *revives(void *arg)
{
    return (void *)(long)iommu_unit_revive(arg, 0, "the test says so");
}

/*
 * Whoever has the unit's lock is not disturbed: the hook waits for that, and
 * for nothing else.
 */
static void test_lock(void **state)
{
    static const struct iommu_unit_ops ops = { .revive = hook };
    static struct iommu_driver drv = { .name = "test", .unit = &ops };
    struct iommu_unit unit = { .drv = &drv, .name = "unit0" };
    unsigned long flags;
    pthread_t thread;
    unsigned int i;
    void *ok;

    spin_lock_init(&unit.lock);
    spin_lock_irqsave(&unit.lock, flags);
    assert_false(iommu_unit_held(&unit));
    assert_int_equal(pthread_create(&thread, NULL, revives, &unit), 0);
    for ( i = 0; i < 5000 && !iommu_unit_held(&unit); i++ )
        usleep(1000);
    assert_true(iommu_unit_held(&unit));
    for ( i = 0; i < 50 && !read_atomic(&hook_ran); i++ )
        usleep(1000);
    assert_false(read_atomic(&hook_ran));
    spin_unlock_irqrestore(&unit.lock, flags);

    pthread_join(thread, &ok);
    assert_non_null(ok);
    assert_true(hook_ran);
    assert_false(iommu_unit_held(&unit));
    assert_int_equal(unit.nr_revived, 1);
}

/* ---- SMMUv3: nothing passes meanwhile, and no event is lost ---- */

static struct iommu_dev *dev;
static unsigned int off;

static void passes(void *arg, unsigned int reg)
{
    uint64_t ma;

    if ( readl(sm_unit(0)->regs + SMMU_CR0ACK) & CR0_SMMUEN )
        return;
    off++;
    assert_int_equal(sm_reach(dev, 0x100000, true, &ma), SMMU_MODEL_ABORT);
}

static unsigned int sm_reach_page(void)
{
    uint64_t ma;

    return sm_reach(dev, ADDR, true, &ma);
}

static void test_smmu(void **state)
{
    struct s2_table *table;
    struct s2_domain *s2;
    uint64_t page, ma;

    smmu_up();
    dev = sm_dev(0, 0x42, 0);
    table = sm_table();
    page = sm_map(table, 0x100);
    sm_map(table, 0x101);
    s2 = sm_domain(dev, table);
    assert_int_equal(sm_attach(s2, dev), 0);
    assert_int_equal(sm_reach(dev, 0x200000, true, &ma), EV_TRANSLATION);
    assert_int_equal(smmu_unit()->nr_faults, 0);

    smmu_model_on_write(sm_model[0], passes, NULL);
    smmu_hang(1);
    assert_int_equal(sm_unmap(table, 0x101, 1), 0);
    smmu_model_on_write(sm_model[0], NULL, NULL);
    assert_true(off);
    assert_int_equal(smmu_unit()->nr_revived, 1);
    assert_int_equal(sm_reach(dev, 0x100000, true, &ma), 0);
    assert_int_equal(ma, page);
    sm_settle();
    assert_int_equal(smmu_unit()->nr_faults, 1);
    assert_int_equal(sm_reach(dev, 0x101000, true, &ma), EV_TRANSLATION);
    sm_settle();
    assert_int_equal(smmu_unit()->nr_faults, 2);
    forgets(dev, sm_reach_page);

    sm_block(dev);
    sm_domain_free(s2);
    sm_table_free(table);
    sm_dev_del(dev);
    sm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound), cmocka_unit_test(test_threads),
        cmocka_unit_test_setup(test_lock, test_reset),
        SM_TEST(test_smmu), RVS_TEST(test_riscv_forgets),
        VM_TEST(test_amd_forgets),
    };

    return cmocka_run_group_tests_name("revive", tests, NULL, NULL);
}
