/* SPDX-License-Identifier: GPL-2.0-only */
/* suite-fail.h, on VT-d units of all kinds; and their bring-up. */

#include "suite-fail.h"
#include "vtd-system.h"

#include "vtd/vtd.h"

static struct vtd_model_cfg config;

static void prepare(void)
{
    vm_prepare(&config);
}

static void sweep_all(const struct vtd_model_cfg *cfg)
{
    /*
     * A refused descriptor is replaced, a queue that hangs is started anew;
     * registers do not refuse, they hang.
     */
    const struct suite_fail suite = {
        .prepare = prepare,
        .repeats = 1U << VTD_MODEL_ERROR | cfg->qi << VTD_MODEL_DROP,
        .unsure = cfg->rwbf ? 1U << VTD_MODEL_ERROR | 1U << VTD_MODEL_DROP : 0,
    };
    unsigned int n;

    config = *cfg;
    n = suite_fail_commands(&suite, VTD_MODEL_DIE);
    assert_true(n > 5);
    assert_true(suite_fail_commands(&suite, VTD_MODEL_DROP) >= n);
    if ( cfg->qi )
        suite_fail_commands(&suite, VTD_MODEL_ERROR);
}

static void test_default(void **state)
{
    sweep_all(&vtd_model_default);
}

static void test_caching_mode(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = true;
    sweep_all(&cfg);
}

static void test_no_queue(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.qi = cfg.ir = cfg.eim = cfg.dt = false;
    sweep_all(&cfg);
}

static void test_write_buffer(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.rwbf = true;
    cfg.coherent = false;
    cfg.psi = false;
    sweep_all(&cfg);
}

static void test_pairs(void **state)
{
    const struct suite_fail suite = {
        .prepare = prepare,
        .repeats = 1U << VTD_MODEL_ERROR,
    };

    config = vtd_model_default;
    suite_fail_pairs(&suite, VTD_MODEL_ERROR, VTD_MODEL_ERROR,
                     test_rounds(3, 12));
    suite_fail_pairs(&suite, VTD_MODEL_ERROR, VTD_MODEL_DIE,
                     test_rounds(3, 12));
}

/* All from one on: no descriptor that takes another one's place does better. */
static void test_bursts(void **state)
{
    const struct suite_fail suite = { .prepare = prepare };

    config = vtd_model_default;
    suite_fail_commands(&suite, MODEL_BURST(VTD_MODEL_ERROR));
    suite_fail_commands(&suite, MODEL_BURST(VTD_MODEL_DROP));
    config.qi = config.ir = config.eim = config.dt = false;
    suite_fail_commands(&suite, MODEL_BURST(VTD_MODEL_REFUSE));
}

static bool vm_both_used(void)
{
    return vtd_unit_next(vtd_unit_next(NULL));
}

/* Bring-up: the other unit is used, one line, nothing left behind. */
static void test_bring_up(void **state)
{
    static const enum vtd_model_failure how[] = {
        VTD_MODEL_DROP, VTD_MODEL_DIE, VTD_MODEL_ERROR,
    };
    unsigned int i, n, u;

    for ( i = 0; i < ARRAY_SIZE(how); i++ )
        for ( u = 0; u < 2; u++ )
            for ( n = 1; ; n++ )
            {
                struct host_memory before = host_memory_now();
                s_time_t start;
                bool reached, kept;
                int rc;

                assert_true(n < 100);
                vm_prepare(&vtd_model_default);
                host_log_clear();
                vtd_model_fail_nth(vm.model[u], n, how[i]);
                start = NOW();
                rc = vm_bring_up();
                reached = vtd_model_failed(vm.model[u]);
                assert_true(NOW() - start < SECONDS(8));
                assert_int_equal(rc, 0);
                if ( how[i] == VTD_MODEL_ERROR && vm_both_used() )
                    assert_true(!reached || host_log_contains("refused"));
                else
                    assert_int_equal(reached, !vm_both_used());
                if ( reached && !vm_both_used() )
                    assert_log("is not used: it does not answer");
                /*
                 * A unit that is dead may use its memory for ever, also where
                 * it was told to and its status does not say so yet.
                 */
                kept = host_log_contains("does not turn off");
                assert_int_equal(kept, reached && how[i] == VTD_MODEL_DIE);
                vm_clean();
                if ( !kept )
                    assert_int_equal(host_memory_now().pages, before.pages);
                assert_int_equal(host_memory_now().objects, before.objects);
                assert_int_equal(host_irqs_in_use(), 0);
                if ( !reached )
                    break;
            }
}

static void test_gone(void **state)
{
    const struct suite_fail suite = { .prepare = prepare };

    config = vtd_model_default;
    suite_fail_gone(&suite);
}

/* Registers that read as ones do not say that translation is on. */
static void test_gone_early(void **state)
{
    assert_int_equal(vm_try(&vtd_model_default), 0);
    vtd_model_die(vm.model[1], true);
    vtd_enable_translation_all();
    assert_log("did not enable translation");
    assert_true(vtd_model_read(vm.model[0], VTD_GSTS, 4) & GCMD_TE);
    vm_clean();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_bring_up),
        VM_TEST(test_default),
        VM_TEST(test_caching_mode),
        VM_TEST(test_no_queue),
        VM_TEST(test_write_buffer),
        VM_TEST(test_pairs),
        VM_TEST(test_bursts),
        VM_TEST(test_gone),
        VM_TEST(test_gone_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
