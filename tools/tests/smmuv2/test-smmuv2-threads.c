/* SPDX-License-Identifier: GPL-2.0-only */
/* One SMMUv2, several CPUs: rig.h. */
#include "smmuv2-fixture.h"

static void test_threads(void **state)
{
    suite_threads(&v2_rig, false);
}

static void test_threads_with_errors(void **state)
{
    suite_threads(&v2_rig, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        V2_TEST(test_threads),
        V2_TEST(test_threads_with_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
