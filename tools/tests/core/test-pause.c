/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hardware that is held in the middle of a command or of a walk, while another
 * CPU works on the same table; on all drivers' models. Whoever is told that
 * something is gone may rely on it, and nothing that hardware still uses is
 * given to anybody else.
 */
#include <pthread.h>
#include <unistd.h>

#include "riscv-fixture.h"
#include "smmu-fixture.h"
#include "vtd-fixture.h"

struct hw {
    void (*up)(void), (*down)(void);
    struct iommu_dev *(*dev_new)(unsigned int nr);
    void (*dev_del)(struct iommu_dev *dev);
    struct s2_table *(*table_new)(struct iommu_dev *dev);
    void (*table_free)(struct s2_table *table);
    struct s2_domain *(*domain_new)(struct iommu_dev *dev,
                                    struct s2_table *table);
    void (*domain_free)(struct s2_domain *s2);
    int (*attach)(struct s2_domain *s2, struct iommu_dev *dev);
    void (*block)(struct iommu_dev *dev);
    uint64_t (*map)(struct s2_table *table, uint64_t dfn);
    /* 0: got through. */
    unsigned int (*reach)(struct iommu_dev *dev, uint64_t addr, uint64_t *ma);
    void (*pause)(unsigned int nr);
    bool (*paused)(void);
    void (*on_walk)(model_walk_fn *fn);
    unsigned int (*violations)(void);
};

/* ---- VT-d ---- */

static void v_up(void)
{
    vtd_machine_up(&vtd_model_default, 1);
}

static struct iommu_dev *v_dev(unsigned int nr)
{
    return dev_add(0, 8 + nr, 0);
}

static void v_pause(unsigned int nr)
{
    vtd_model_pause(model[0], nr);
}

static bool v_paused(void)
{
    return vtd_model_paused(model[0]);
}

static void v_on_walk(model_walk_fn *fn)
{
    vtd_model_on_walk(model[0], fn, NULL);
}

static unsigned int v_violations(void)
{
    return vtd_model_violations(model[0]);
}

static void v_down(void)
{
    free_pages_mapped();
    vtd_machine_down();
}

static const struct hw vtd_hw = {
    v_up, v_down, v_dev, dev_del, table_new, table_free, domain_new,
    domain_free_s2, attach, block, map_page, reach, v_pause, v_paused,
    v_on_walk, v_violations,
};

/* ---- RISC-V ---- */

static void r_up(void)
{
    rv_machine_up(&rvm_default, NULL);
}

static struct iommu_dev *r_dev(unsigned int nr)
{
    return rv_dev_add(0, 8 + nr, 0);
}

static void r_pause(unsigned int nr)
{
    rvm_pause(rvm[0], nr);
}

static bool r_paused(void)
{
    return rvm_paused(rvm[0]);
}

static void r_on_walk(model_walk_fn *fn)
{
    rvm_on_walk(rvm[0], fn, NULL);
}

static unsigned int r_violations(void)
{
    return rvm_violations(rvm[0]);
}

static const struct hw rv_hw = {
    r_up, rv_machine_down, r_dev, rv_dev_del, rv_table_new, rv_table_free,
    rv_domain_new, rv_domain_del, rv_attach_dev, rv_block_dev, rv_map_page,
    rv_reach, r_pause, r_paused, r_on_walk, r_violations,
};

/* ---- SMMUv3 ---- */

static void s_up(void)
{
    sm_up(&smmu_model_default, 1);
}

static struct iommu_dev *s_dev(unsigned int nr)
{
    return sm_dev(0, 0x40 + nr, 0);
}

static struct s2_table *s_table(struct iommu_dev *dev)
{
    return sm_table();
}

static unsigned int s_reach(struct iommu_dev *dev, uint64_t addr, uint64_t *ma)
{
    return sm_reach(dev, addr, true, ma);
}

static void s_pause(unsigned int nr)
{
    smmu_model_pause(sm_model[0], nr);
}

static bool s_paused(void)
{
    return smmu_model_paused(sm_model[0]);
}

static void s_on_walk(model_walk_fn *fn)
{
    smmu_model_on_walk(sm_model[0], fn, NULL);
}

static unsigned int s_violations(void)
{
    return smmu_model_violations(sm_model[0]);
}

static const struct hw sm_hw = {
    s_up, sm_down, s_dev, sm_dev_del, s_table, sm_table_free, sm_domain,
    sm_domain_free, sm_attach, sm_block, sm_map, s_reach, s_pause, s_paused,
    s_on_walk, s_violations,
};

/* ---- two CPUs and one table ---- */

#define DFN 0x1000

static const struct hw *hw;
static struct iommu_dev *dev, *other_dev;
static struct s2_table *table;
static struct s2_domain *s2;

struct cpu {
    pthread_t thread;
    void (*fn)(struct cpu *cpu);
    bool done;
    int rc;
    unsigned int got;
};

static void *run(void *arg)
{
    struct cpu *cpu = arg;

    cpu->fn(cpu);
    __atomic_store_n(&cpu->done, true, __ATOMIC_RELEASE);

    return NULL;
}

static bool done(struct cpu *cpu)
{
    return __atomic_load_n(&cpu->done, __ATOMIC_ACQUIRE);
}

static void start(struct cpu *cpu, void (*fn)(struct cpu *cpu))
{
    cpu->fn = fn;
    cpu->done = false;
    pthread_create(&cpu->thread, NULL, run, cpu);
}

/* Hardware has been told, and does nothing. */
static void start_and_hold(struct cpu *cpu, void (*fn)(struct cpu *cpu))
{
    unsigned int i;

    hw->pause(0);
    start(cpu, fn);
    for ( i = 0; i < 50000 && !hw->paused() && !done(cpu); i++ )
        usleep(100);
    assert_true(hw->paused());
    assert_false(done(cpu));
}

static void go_on(struct cpu *cpu)
{
    assert_false(done(cpu));
    hw->pause(MODEL_GOES_ON);
    pthread_join(cpu->thread, NULL);
}

/* Long enough that it would be through if nothing held it. */
static bool gets_through(struct cpu *cpu)
{
    unsigned int i;

    for ( i = 0; i < 40 && !done(cpu); i++ )
        usleep(1000);

    return done(cpu);
}

static bool reaches(uint64_t dfn)
{
    uint64_t ma;

    return !hw->reach(dev, dfn << PAGE_SHIFT, &ma);
}

static void up(void **state)
{
    uint64_t i;

    hw = *state;
    hw->up();
    /* Nobody loses patience: no time passes. */
    host_time_step(0);
    dev = hw->dev_new(0);
    other_dev = hw->dev_new(1);
    table = hw->table_new(dev);
    s2 = hw->domain_new(dev, table);
    for ( i = 0; i < 4; i++ )
        hw->map(table, DFN + i);
    /* Whatever maps flushes, too, where hardware remembers what is not there. */
    assert_int_equal(s2_table_flush(table), 0);
    assert_int_equal(hw->attach(s2, dev), 0);
    for ( i = 0; i < 4; i++ )
        assert_true(reaches(DFN + i));
}

static void down(bool attached)
{
    if ( attached )
    {
        hw->block(dev);
        hw->domain_free(s2);
    }
    assert_int_equal(hw->violations(), 0);
    hw->dev_del(dev);
    hw->dev_del(other_dev);
    if ( table )
        hw->table_free(table);
    hw->down();
}

static void unmap(uint64_t dfn, unsigned long nr)
{
    unsigned int changed = 0;

    assert_int_equal(s2_table_unmap(table, dfn, nr, &changed), 0);
}

static void flushes(struct cpu *cpu)
{
    cpu->rc = s2_table_flush(table);
    cpu->got = reaches(DFN) + reaches(DFN + 1);
}

/* What another CPU's flush has taken along is not flushed before that is. */
static void test_two_flushes(void **state)
{
    struct cpu a, b;

    up(state);
    unmap(DFN, 1);
    unmap(DFN + 1, 1);
    start_and_hold(&a, flushes);
    start(&b, flushes);
    assert_false(gets_through(&b));
    go_on(&a);
    pthread_join(b.thread, NULL);
    assert_int_equal(a.rc, 0);
    assert_int_equal(b.rc, 0);
    assert_int_equal(a.got, 0);
    assert_int_equal(b.got, 0);
    assert_true(reaches(DFN + 2));
    down(true);
}

static void flushes_other(struct cpu *cpu)
{
    unmap(DFN + 2, 1);
    cpu->rc = s2_table_flush(table);
    cpu->got = reaches(DFN + 2);
}

/* Its own change, made while another one is being flushed. */
static void test_change_during_flush(void **state)
{
    struct cpu a, b;

    up(state);
    unmap(DFN, 2);
    start_and_hold(&a, flushes);
    start(&b, flushes_other);
    assert_false(gets_through(&b));
    go_on(&a);
    pthread_join(b.thread, NULL);
    assert_int_equal(a.got, 0);
    assert_int_equal(b.got, 0);
    assert_false(reaches(DFN + 2));
    assert_true(reaches(DFN + 3));
    down(true);
}

/* Tables that a walk may still be in are nobody's before hardware says so. */
static void test_pages_during_flush(void **state)
{
    unsigned long pages;
    struct cpu a;

    up(state);
    unmap(DFN & ~0x1ffUL, 0x200);
    pages = host_memory_now().pages;
    start_and_hold(&a, flushes);
    assert_int_equal(host_memory_now().pages, pages);
    go_on(&a);
    assert_int_equal(a.got, 0);
    assert_true(host_memory_now().pages < pages);
    down(true);
}

static void frees_domain(struct cpu *cpu)
{
    hw->domain_free(s2);
}

/* A table is in use until its last tag is flushed. */
static void test_clear_during_free(void **state)
{
    struct cpu a;

    up(state);
    hw->block(dev);
    start_and_hold(&a, frees_domain);
    assert_int_equal(s2_table_clear(table, ~0UL), -EBUSY);
    go_on(&a);
    /* And not longer. */
    assert_int_equal(s2_table_clear(table, ~0UL), 0);
    s2_table_free(table);
    table = NULL;
    down(false);
}

static void blocks(struct cpu *cpu)
{
    uint64_t i;

    hw->block(dev);
    for ( i = 0, cpu->got = 0; i < 4; i++ )
        cpu->got += reaches(DFN + i);
}

/* Blocked is blocked when block() returns; and so it is for another device. */
static void test_block_is_held(void **state)
{
    struct cpu a;

    up(state);
    start_and_hold(&a, blocks);
    assert_false(gets_through(&a));
    go_on(&a);
    assert_int_equal(a.got, 0);
    hw->domain_free(s2);
    down(false);
}

static struct s2_table *second_table;
static struct s2_domain *second;

static void moves(struct cpu *cpu)
{
    cpu->rc = hw->attach(second, dev);
    cpu->got = reaches(DFN);
}

/* From one table to another: nothing of the first once attach() returns. */
static void test_move_is_held(void **state)
{
    struct cpu a;

    up(state);
    second_table = hw->table_new(dev);
    second = hw->domain_new(dev, second_table);
    start_and_hold(&a, moves);
    assert_false(gets_through(&a));
    go_on(&a);
    assert_int_equal(a.rc, 0);
    assert_int_equal(a.got, 0);
    assert_int_equal(hw->attach(s2, dev), 0);
    assert_true(reaches(DFN));
    hw->domain_free(second);
    hw->table_free(second_table);
    down(true);
}

/* ---- a walk is held ---- */

static unsigned int steps, act_at;
static void (*act)(void);

static void *acts(void *arg)
{
    act();

    return NULL;
}

/* Another CPU: this one is hardware. */
static void walking(void *arg)
{
    pthread_t thread;

    if ( ++steps != act_at )
        return;
    pthread_create(&thread, NULL, acts, NULL);
    pthread_join(thread, NULL);
}

static void takes_page(void)
{
    unsigned int changed = 0;

    (void)s2_table_unmap(table, DFN, 1, &changed);
}

static void takes_table(void)
{
    unsigned int changed = 0;

    (void)s2_table_unmap(table, DFN & ~0x1ffUL, 0x200, &changed);
}

static void remaps(void)
{
    unsigned int changed = 0;

    (void)s2_table_map(table, DFN & ~0x1ffUL, DFN & ~0x1ffUL, 0x200,
                       PT_PROT_R | PT_PROT_W, &changed);
}

/* At each step of a walk: it ends in what was, what comes, or in a fault. */
static void hold_walks(void (*fn)(void))
{
    uint64_t page, ma = 0;
    unsigned int n;

    act = fn;
    for ( n = 1; n < 8; n++ )
    {
        bool through;

        unmap(DFN & ~0x1ffUL, 0x200);
        page = hw->map(table, DFN);
        assert_int_equal(s2_table_flush(table), 0);
        hw->block(dev);
        assert_int_equal(hw->attach(s2, dev), 0);

        steps = 0;
        act_at = n;
        hw->on_walk(walking);
        through = !hw->reach(dev, DFN << PAGE_SHIFT, &ma);
        hw->on_walk(NULL);
        if ( through )
            assert_true(ma == page || ma == (uint64_t)DFN << PAGE_SHIFT);
        assert_int_equal(hw->violations(), 0);

        assert_int_equal(s2_table_flush(table), 0);
        if ( steps < n )
            break;
        if ( fn != remaps )
            assert_false(reaches(DFN));
        else
            assert_int_equal(hw->reach(dev, DFN << PAGE_SHIFT, &ma) ?:
                             ma != (uint64_t)DFN << PAGE_SHIFT, 0);
    }
    assert_true(n > 2 && n < 8);
}

static void test_walk_is_held(void **state)
{
    up(state);
    hold_walks(takes_page);
    hold_walks(takes_table);
    hold_walks(remaps);
    down(true);
}

#define EACH(fn)                                                            \
    { "vtd_" #fn, fn, NULL, NULL, (void *)&vtd_hw },                        \
    { "riscv_" #fn, fn, NULL, NULL, (void *)&rv_hw },                       \
    { "smmuv3_" #fn, fn, NULL, NULL, (void *)&sm_hw }

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(test_two_flushes), EACH(test_change_during_flush),
        EACH(test_pages_during_flush), EACH(test_clear_during_free),
        EACH(test_block_is_held), EACH(test_move_is_held),
        EACH(test_walk_is_held),
    };

    return cmocka_run_group_tests_name("pause", tests, NULL, NULL);
}
