/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d driver when hardware or memory fails it. */
#include "vtd-fixture.h"

/* The queue wraps many times, with batches of every size. */
static void test_queue_wrap(void **state)
{
    struct vtd_desc desc[VTD_BATCH_MAX];
    struct vtd_unit *u;
    unsigned int i;

    vtd_machine_up(&vtd_model_default, 1);
    u = unit_nr(0);
    for ( i = 0; i < VTD_BATCH_MAX; i++ )
        desc[i] = vtd_desc_iotlb_domain(vtd_drain(u), 5);
    for ( i = 0; i < 2000; i++ )
        assert_int_equal(vtd_invalidate(u, desc, i % (VTD_BATCH_MAX + 1)), 0);
    assert_false(u->unit.failed);
    vtd_machine_down();
}

/* A refused descriptor is reported, replaced, and the queue goes on. */
static void test_bad_descriptor(void **state)
{
    struct vtd_desc bad = { .lo = 0xe };
    struct vtd_unit *u;

    vtd_machine_up(&vtd_model_default, 1);
    u = unit_nr(0);
    assert_int_equal(vtd_invalidate(u, &bad, 1), -EIO);
    assert_log("was refused");
    assert_true(u->unit.failed);
    vtd_model_forgive(model[0]);
    vtd_machine_down();
}

/*
 * One descriptor goes wrong once: the batch is submitted again, behind what took
 * its place, which a unit that does not snoop sees as well.
 */
static void test_error_once(void **state)
{
    struct vtd_desc desc = vtd_desc_iotlb_domain(0, 5);
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int coherent;

    for ( coherent = 0; coherent < 2; coherent++ )
    {
        struct vtd_unit *u;

        cfg.coherent = coherent;
        vtd_machine_up(&cfg, 1);
        u = unit_nr(0);
        vtd_model_fail_nth(model[0], 1, VTD_MODEL_ERROR);
        assert_int_equal(vtd_invalidate(u, &desc, 1), 0);
        assert_true(vtd_model_failed(model[0]));
        assert_false(u->unit.failed);
        vtd_machine_down();
    }
}

static unsigned int errors_left;

static void err_again(void *arg)
{
    if ( errors_left && vtd_model_failed(model[0]) )
    {
        errors_left--;
        vtd_model_fail_nth(model[0], 1, VTD_MODEL_ERROR);
    }
}

/* What replaces a refused descriptor is refused as well, twice. */
static void test_error_in_filler(void **state)
{
    struct vtd_desc desc = vtd_desc_iotlb_domain(0, 5);
    struct vtd_unit *u;

    vtd_machine_up(&vtd_model_default, 1);
    u = unit_nr(0);
    errors_left = 2;
    host_on_wait(err_again, NULL);
    vtd_model_fail_nth(model[0], 1, VTD_MODEL_ERROR);
    assert_int_equal(vtd_invalidate(u, &desc, 1), 0);
    host_on_wait(NULL, NULL);
    assert_int_equal(errors_left, 0);
    assert_false(u->unit.failed);
    vtd_machine_down();
}

/* A dead unit: reported within its bound, and what it finds is nothing. */
static void test_dead_unit(void **state)
{
    unsigned int gone, qi;

    for ( gone = 0; gone < 2; gone++ )
        for ( qi = 0; qi < 2; qi++ )
        {
            struct vtd_model_cfg cfg = vtd_variant(qi ? 0 : 16);
            struct iommu_dev *dev;
            struct s2_table *t;
            struct s2_domain *s2;
            s_time_t start;

            vtd_machine_up(&cfg, 1);
            dev = dev_add(0, 3, 0);
            t = table_new(dev);
            map_page(t, 1);
            s2 = domain_new(dev, t);
            assert_int_equal(attach(s2, dev), 0);

            vtd_model_die(model[0], gone);
            start = NOW();
            block(dev);
            assert_true(NOW() - start < SECONDS(8));
            assert_true(dev->unit->failed);
            assert_int_equal(attach(s2, dev), -EIO);
            vtd_model_revive(model[0]);
            vtd_model_forgive(model[0]);
            vtd_model_reset(model[0]);

            domain_free_s2(s2);
            dev_del(dev);
            table_free(t);
            vtd_machine_down();
        }
}

/* Every n-th command fails, in each way: old state, or blocked. */
static void sweep_attach(unsigned int v, enum vtd_model_failure how)
{
    struct vtd_model_cfg cfg = vtd_variant(v);
    unsigned int nth;
    bool reached = true;

    for ( nth = 1; reached && nth < 200; nth++ )
    {
        struct iommu_dev *dev;
        struct s2_table *a, *b;
        struct s2_domain *sa, *sb;
        uint64_t pb, ma;
        int rc;

        vtd_machine_up(&cfg, 1);
        dev = dev_add(0, 3, 0);
        a = table_new(dev);
        b = table_new(dev);
        map_page(a, 1);
        pb = map_page(b, 1);
        sa = domain_new(dev, a);
        sb = domain_new(dev, b);
        assert_int_equal(attach(sa, dev), 0);
        assert_int_equal(reach(dev, 0x1000, &ma), 0);

        vtd_model_fail_nth(model[0], nth, how);
        rc = attach(sb, dev);
        reached = vtd_model_failed(model[0]);
        vtd_model_fail_nth(model[0], 0, how);

        if ( !rc )
        {
            assert_int_equal(reach(dev, 0x1000, &ma), 0);
            assert_int_equal(ma, pb);
        }
        else
        {
            assert_true(reached);
            assert_true(dev->unit->failed);
            /* Caches may be stale, what is in memory must be nothing. */
            assert_int_equal(vtd_context_get(unit_nr(0), dev->id).lo, 0);
        }
        block(dev);
        vtd_model_revive(model[0]);
        vtd_model_forgive(model[0]);
        domain_free_s2(sa);
        domain_free_s2(sb);
        dev_del(dev);
        table_free(a);
        table_free(b);
        vtd_machine_down();
    }
    assert_true(nth > 2 && nth < 200);
}

static void test_sweep_commands(void **state)
{
    unsigned int v;

    for ( v = 0; v < VTD_NR_VARIANTS; v += test_rounds(11, 1) )
    {
        sweep_attach(v, VTD_MODEL_DROP);
        sweep_attach(v, VTD_MODEL_ERROR);
        sweep_attach(v, VTD_MODEL_DIE);
    }
}

/*
 * Bring-up with every n-th command or allocation failing.  A unit that dies
 * meanwhile keeps its memory: test-vtd-fail.c.
 */
static void test_sweep_bring_up(void **state)
{
    unsigned int v, nth, what;

    for ( v = 0; v < VTD_NR_VARIANTS; v += test_rounds(15, 1) )
        for ( what = 0; what < 3; what++ )
            for ( nth = 1; nth < 200; nth++ )
            {
                struct vtd_model_cfg cfg = vtd_variant(v);
                bool reached;
                int rc;

                vtd_machine(&cfg, 1);
                if ( what == 2 )
                    host_fail_nth(nth);
                else
                    vtd_model_fail_nth(model[0], nth, what ? VTD_MODEL_ERROR
                                                           : VTD_MODEL_DROP);
                rc = acpi_dmar_init();
                if ( !rc )
                    rc = vtd_setup();
                reached = what == 2 ? host_fail_reached()
                                    : vtd_model_failed(model[0]);
                host_fail_nth(0);
                vtd_model_fail_nth(model[0], 0, VTD_MODEL_DROP);
                vtd_model_revive(model[0]);
                if ( rc )
                    assert_true(reached);
                vtd_model_forgive(model[0]);
                vtd_machine_down();
                if ( !reached )
                    break;
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_wrap),
        cmocka_unit_test(test_bad_descriptor),
        cmocka_unit_test(test_error_once),
        cmocka_unit_test(test_error_in_filler),
        cmocka_unit_test(test_dead_unit),
        cmocka_unit_test(test_sweep_commands),
        cmocka_unit_test(test_sweep_bring_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
