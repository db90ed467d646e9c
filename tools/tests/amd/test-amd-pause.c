/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk or a command of the unit is held while the driver works: nothing is
 * over before hardware has let go of what it read.
 */
#include <pthread.h>
#include <unistd.h>

#include "amd-fixture.h"

#define ADDR    0x5000ULL

struct access {
    pthread_t thread;
    struct iommu_dev *dev;
    unsigned int code;
    uint64_t maddr;
};

static void *access_thread(void *arg)
{
    struct access *a = arg;

    a->code = am_reach(a->dev, ADDR, &a->maddr);

    return NULL;
}

/* A DMA that is held in its @nth step. */
static void hold(struct access *a, struct iommu_dev *dev, unsigned int nth)
{
    a->dev = dev;
    amd_model_hold_walk(am_model[0], nth);
    pthread_create(&a->thread, NULL, access_thread, a);
    while ( !amd_model_held(am_model[0]) )
        usleep(100);
}

static unsigned int waits;

/*
 * Lets go when the driver has begun to wait.  Its clock runs on with each look,
 * so the other thread is waited for.
 */
static void let_go(void *arg)
{
    if ( waits++ != 100 )
        return;

    amd_model_release(am_model[0]);
    while ( amd_model_held(am_model[0]) )
        usleep(100);
}

static void release_later(void)
{
    waits = 0;
    host_on_wait(let_go, NULL);
}

/* The driver did wait for it. */
static void ended(struct access *a)
{
    host_on_wait(NULL, NULL);
    assert_true(waits > 100);
    pthread_join(a->thread, NULL);
}

static struct iommu_dev *dev;
static struct s2_table *table, *other;
static struct s2_domain *s2, *s2_other;

static void up(uint64_t *page, uint64_t *page_other)
{
    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, 3, 0);
    table = am_table(dev);
    other = am_table(dev);
    *page = am_map_page(table, ADDR >> 12);
    *page_other = am_map_page(other, ADDR >> 12);
    s2 = am_domain(dev, table);
    s2_other = am_domain(dev, other);
    assert_int_equal(together_move(dev, s2), 0);
}

static void down(void)
{
    assert_false(dev->unit->failed);
    together_move(dev, NULL);
    s2_domain_free(s2);
    s2_domain_free(s2_other);
    am_dev_del(dev);
    am_table_free(table);
    am_table_free(other);
    am_machine_down();
}

/* Steps of a walk: the entry, three tables at least, the page. */
static void test_unmap(void **state)
{
    unsigned int nth, changed;
    uint64_t page, beside, maddr;
    struct access a;

    for ( nth = 1; nth <= 5; nth++ )
    {
        up(&page, &beside);
        hold(&a, dev, nth);
        changed = 0;
        assert_int_equal(s2_table_unmap(table, ADDR >> 12, 1, &changed), 0);
        release_later();
        assert_int_equal(s2_table_flush(table), 0);
        ended(&a);
        assert_int_not_equal(am_reach(dev, ADDR, &maddr), 0);
        down();
    }
}

static void test_block(void **state)
{
    uint64_t page, beside, maddr;
    struct access a;
    unsigned int nth;

    for ( nth = 1; nth <= 5; nth++ )
    {
        up(&page, &beside);
        hold(&a, dev, nth);
        release_later();
        together_move(dev, NULL);
        ended(&a);
        assert_int_not_equal(am_reach(dev, ADDR, &maddr), 0);
        down();
    }
}

static void test_move(void **state)
{
    uint64_t page, beside, maddr;
    struct access a;
    unsigned int nth;

    for ( nth = 1; nth <= 5; nth++ )
    {
        up(&page, &beside);
        hold(&a, dev, nth);
        release_later();
        assert_int_equal(together_move(dev, s2_other), 0);
        ended(&a);
        assert_int_equal(am_reach(dev, ADDR, &maddr), 0);
        assert_int_equal(maddr, beside);
        down();
    }
}

/* A command that takes its time is not given up too early. */
static void test_command(void **state)
{
    unsigned int changed = 0;
    uint64_t page, beside, maddr;

    up(&page, &beside);
    assert_int_equal(am_reach(dev, ADDR, &maddr), 0);
    assert_int_equal(s2_table_unmap(table, ADDR >> 12, 1, &changed), 0);
    amd_model_hold_command(am_model[0], 1);
    release_later();
    assert_int_equal(s2_table_flush(table), 0);
    host_on_wait(NULL, NULL);
    assert_true(waits > 100);
    assert_int_not_equal(am_reach(dev, ADDR, &maddr), 0);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unmap),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
