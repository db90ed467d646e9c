/* SPDX-License-Identifier: GPL-2.0-only */
/* One VT-d unit, several CPUs: rig.h. */
#include "rig.h"
#include "vtd-fixture.h"

static void test_threads(void **state)
{
    suite_threads(&vtd_rig, false);
}

static void test_threads_with_errors(void **state)
{
    suite_threads(&vtd_rig, true);
}

static void test_discarded(void **state)
{
    suite_discarded(&vtd_rig);
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
