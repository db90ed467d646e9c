/* SPDX-License-Identifier: GPL-2.0-only */
/* One AMD-Vi unit, several CPUs: rig.h. */
#include "amd-fixture.h"
#include "rig.h"

static void test_threads(void **state)
{
    suite_threads(&amd_rig, false);
}

static void test_threads_with_errors(void **state)
{
    suite_threads(&amd_rig, true);
}

static void test_discarded(void **state)
{
    suite_discarded(&amd_rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_threads_with_errors),
        cmocka_unit_test(test_discarded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
