/* SPDX-License-Identifier: GPL-2.0-only */
/* One SMMUv2, several CPUs: rig.h. */
#include "smmuv2-fixture.h"

#include "smmuv2-shapes.h"

static void test_threads(void **state)
{
    suite_threads(&v2_rig, false);
}

static void test_threads_with_errors(void **state)
{
    suite_threads(&v2_rig, true);
}

static void test_shapes(void **state)
{
    unsigned int i;

    for ( i = 0; i < v2_nr_shapes(false); i++ )
    {
        v2_rig_first = V2_NR_VARIANTS + i;
        suite_threads(&v2_rig, i & 1);
    }
    v2_rig_first = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        V2_TEST(test_threads),
        V2_TEST(test_threads_with_errors),
        V2_TEST(test_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
