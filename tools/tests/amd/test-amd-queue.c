/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi driver's command buffer: wrapping, full, refused, held up. */
#include <pthread.h>

#include "amd-fixture.h"

/* Of 34 commands each: more than the buffer has room for. */
#define NR_THREADS 9
#define NR_IDS     32

static struct iommu_dev *dev;
static struct s2_table *table;
static struct s2_domain *s2;

static void up(void)
{
    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, 3, 0);
    table = am_table(dev);
    am_map_page(table, 1);
    s2 = am_domain(dev, table);
    assert_int_equal(together_move(dev, s2), 0);
}

static void down(void)
{
    together_move(dev, NULL);
    s2_domain_free(s2);
    am_dev_del(dev);
    am_table_free(table);
    am_machine_down();
}

static int flush(unsigned int dfn)
{
    unsigned int changed = 0;
    int rc = s2_table_map(table, dfn, 0x1000, 1, PT_PROT_R, &changed);

    return rc ?: s2_table_flush(table) ?:
           s2_table_unmap(table, dfn, 1, &changed) ?: s2_table_flush(table);
}

/* Round and round. */
static void test_wrap(void **state)
{
    unsigned int i;

    up();
    for ( i = 0; i < 1000; i++ )
        assert_int_equal(flush(0x100 + i % 5), 0);
    assert_false(dev->unit->failed);
    assert_true(amd_model_count(am_model[0], AMD_COUNT_WAIT) >= 1000);
    down();
}

/* Every third batch is refused, and what replaces it as well, now and then. */
static void test_refused(void **state)
{
    unsigned int i;

    up();
    for ( i = 0; i < 60; i++ )
    {
        amd_model_fail_nth(am_model[0], 1 + i % 4,
                           i & 1 ? AMD_MODEL_ILLEGAL : AMD_MODEL_HARDWARE);
        assert_int_equal(flush(0x100 + i), 0);
        assert_int_equal(flush(0x300 + i), 0);
    }
    assert_false(dev->unit->failed);
    down();
}

static unsigned int done[NR_THREADS];
static int result[NR_THREADS];

static void *many(void *arg)
{
    unsigned int nr = (unsigned long)arg, i;
    struct iommu_dev *d = am_dev_many(2 + nr, 0, NR_IDS, 1);

    for ( i = 0; i < 60 && !result[nr]; i++ )
    {
        result[nr] = together_move(d, s2);
        together_move(d, NULL);
        __atomic_add_fetch(&done[nr], 1, __ATOMIC_RELAXED);
    }
    am_dev_del(d);

    return NULL;
}

/* Hardware goes on, for a while, whenever somebody has waited that often. */
static void go_on(void *arg)
{
    static unsigned int waits;

    if ( __atomic_add_fetch(&waits, 1, __ATOMIC_RELAXED) % 50 )
        return;
    amd_model_release(am_model[0]);
    amd_model_hold_command(am_model[0], 40);
}

/* Threads fill it while hardware stops again and again. */
static void test_full(void **state)
{
    pthread_t thread[NR_THREADS];
    unsigned long i;

    up();
    memset(done, 0, sizeof(done));
    memset(result, 0, sizeof(result));
    amd_model_hold_command(am_model[0], 1);
    host_on_wait(go_on, NULL);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_create(&thread[i], NULL, many, (void *)i);
    for ( i = 0; i < NR_THREADS; i++ )
        pthread_join(thread[i], NULL);
    host_on_wait(NULL, NULL);
    amd_model_release(am_model[0]);
    for ( i = 0; i < NR_THREADS; i++ )
    {
        assert_int_equal(result[i], 0);
        assert_int_equal(done[i], 60);
    }
    assert_false(dev->unit->failed);
    down();
}

/*
 * A completion of another number than one that was asked for is none: the buffer
 * is started anew, and what it was to do is done.
 */
static void test_wrong(void **state)
{
    unsigned int odd, changed = 0;
    uint64_t ma;

    for ( odd = 0; odd < 2; odd++ )
    {
        s_time_t start;

        up();
        if ( odd )
            assert_int_equal(flush(0x50), 0);
        assert_int_equal(am_reach(dev, 0x1000, &ma), 0);
        assert_int_equal(s2_table_unmap(table, 1, 1, &changed), 0);
        amd_model_fail_nth(am_model[0], 2, AMD_MODEL_WRONG);
        start = NOW();
        assert_int_equal(s2_table_flush(table), 0);
        assert_true(amd_model_failed(am_model[0]));
        assert_true(NOW() - start > MILLISECS(10));
        assert_true(NOW() - start < SECONDS(5));
        assert_int_not_equal(am_reach(dev, 0x1000, &ma), 0);
        assert_false(dev->unit->failed);
        down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
