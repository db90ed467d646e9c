/* SPDX-License-Identifier: GPL-2.0-only */
/* suite-stale.h, on AMD-Vi units of all kinds. */

#include "amd-system.h"
#include "suite-stale.h"

#include "models/amd-regs.h"

static void run(const struct amd_model_cfg *unit0,
                const struct amd_model_cfg *unit1)
{
    as_prepare_two(unit0, unit1);
    suite_stale();
}

static void test_default(void **state)
{
    run(&amd_model_default, &amd_model_default);
}

static void test_np_cache(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.np_cache = true;
    run(&cfg, &cfg);
}

/* Four levels, and commands of the oldest units only. */
static void test_old(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.no_efr = true;
    cfg.iotlb = false;
    run(&cfg, &cfg);
}

static void test_snp(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.snp = true;
    cfg.efr |= EFR_SNP;
    run(&cfg, &cfg);
}

/* One machine, two units that have little in common. */
static void test_unequal(void **state)
{
    struct amd_model_cfg a = amd_model_default, b = amd_model_default;

    a.efr &= ~(EFR_HATS(~0ULL) << 10 | EFR_IA);
    b.np_cache = true;
    run(&a, &b);
    run(&b, &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_default),
        VM_TEST(test_np_cache),
        VM_TEST(test_old),
        VM_TEST(test_snp),
        VM_TEST(test_unequal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
