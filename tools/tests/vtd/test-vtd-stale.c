/* SPDX-License-Identifier: GPL-2.0-only */
/* suite-stale.h, on VT-d units of all kinds. */

#include "suite-stale.h"
#include "vtd-system.h"

static void run(const struct vtd_model_cfg *unit0,
                const struct vtd_model_cfg *unit1)
{
    vm_prepare_two(unit0, unit1);
    suite_stale();
}

static void run_both(const struct vtd_model_cfg *cfg)
{
    run(cfg, cfg);
}

static void test_default(void **state)
{
    run_both(&vtd_model_default);
}

static void test_caching_mode(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = true;
    run_both(&cfg);
}

static void test_not_coherent(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.coherent = false;
    run_both(&cfg);
}

static void test_no_queue(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.qi = cfg.ir = cfg.eim = cfg.dt = false;
    cfg.mamv = 9;
    run_both(&cfg);
}

static void test_small(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.sagaw = 2;
    cfg.mgaw = 39;
    cfg.page_1g = cfg.page_2m = false;
    cfg.mamv = 0;
    cfg.did_bits = 4;
    run_both(&cfg);
}

static void test_five_levels(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.sagaw = 8;
    cfg.mgaw = 57;
    cfg.psi = false;
    cfg.page_1g = false;
    cfg.rwbf = true;
    run_both(&cfg);
}

static void test_all_at_once(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = true;
    cfg.coherent = false;
    cfg.rwbf = true;
    cfg.sc = false;
    cfg.pt = false;
    run_both(&cfg);
}

/* One table for two units that have little in common. */
static void test_unequal(void **state)
{
    struct vtd_model_cfg a = vtd_model_default, b = vtd_model_default;

    a.sagaw = 0xe;
    a.page_1g = false;
    a.nfr = 8;
    b.caching_mode = true;
    b.coherent = false;
    b.psi = false;
    b.sc = false;
    b.did_bits = 8;
    run(&a, &b);
    run(&b, &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_default),
        VM_TEST(test_caching_mode),
        VM_TEST(test_not_coherent),
        VM_TEST(test_no_queue),
        VM_TEST(test_small),
        VM_TEST(test_five_levels),
        VM_TEST(test_all_at_once),
        VM_TEST(test_unequal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
