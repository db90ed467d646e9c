/* SPDX-License-Identifier: GPL-2.0-only */
/* suite-fail.h, on AMD-Vi units; and their bring-up. */

#include "amd-system.h"
#include "models/pause.h"
#include "suite-fail.h"

static struct amd_model_cfg config;

static void prepare(void)
{
    as_prepare(&config);
}

static const struct suite_fail suite = {
    .prepare = prepare,
    /* The buffer is started again behind what was refused. */
    .repeats = 1U << AMD_MODEL_ILLEGAL | 1U << AMD_MODEL_HARDWARE |
               1U << AMD_MODEL_STALL | 1U << AMD_MODEL_WRONG,
};

/* In the two ways that differ most, or in @all. */
static void sweep(const struct amd_model_cfg *cfg, bool all)
{
    unsigned int n;

    config = *cfg;
    n = suite_fail_commands(&suite, AMD_MODEL_DIE);
    assert_true(n > 5);
    suite_fail_commands(&suite, AMD_MODEL_ILLEGAL);
    if ( !all )
        return;
    assert_true(suite_fail_commands(&suite, AMD_MODEL_STALL) >= n);
    assert_true(suite_fail_commands(&suite, AMD_MODEL_WRONG) >= n);
    suite_fail_commands(&suite, AMD_MODEL_HARDWARE);
}

static void test_default(void **state)
{
    sweep(&amd_model_default, true);
}

static void test_np_cache(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.np_cache = true;
    sweep(&cfg, getenv("TEST_LONG"));
}

static void test_old(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.no_efr = true;
    sweep(&cfg, getenv("TEST_LONG"));
}

static void test_pairs(void **state)
{
    static const enum amd_model_failure then[] = {
        AMD_MODEL_ILLEGAL, AMD_MODEL_WRONG, AMD_MODEL_DIE,
    };
    unsigned int i;

    config = amd_model_default;
    for ( i = 0; i < ARRAY_SIZE(then); i++ )
        suite_fail_pairs(&suite, AMD_MODEL_ILLEGAL, then[i],
                         test_rounds(3, 12));
}

/* All from one on: a buffer that is started anew stops again. */
static void test_bursts(void **state)
{
    static const enum amd_model_failure ways[] = {
        AMD_MODEL_ILLEGAL, AMD_MODEL_STALL, AMD_MODEL_WRONG, AMD_MODEL_HARDWARE,
    };
    const struct suite_fail hopeless = { .prepare = prepare };
    unsigned int i;

    config = amd_model_default;
    for ( i = 0; i < test_rounds(2, ARRAY_SIZE(ways)); i++ )
        suite_fail_commands(&hopeless, MODEL_BURST(ways[i]));
}

static void test_gone(void **state)
{
    config = amd_model_default;
    suite_fail_gone(&suite);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_default),
        VM_TEST(test_np_cache),
        VM_TEST(test_old),
        VM_TEST(test_pairs),
        VM_TEST(test_bursts),
        VM_TEST(test_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
