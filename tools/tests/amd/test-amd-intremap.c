/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping of an AMD-Vi unit, against the model. */

#include "amd-ir-unit.h"

#define SUITE(name) \
    static void test_##name(void **state) { suite_ir_##name(&amd_ir_rig); }

SUITE(blocked)
SUITE(delivery)
SUITE(wide)
SUITE(messages)
SUITE(stale)
SUITE(stores)
SUITE(exhaustion)
SUITE(commands_fail)
SUITE(dead)
SUITE(early)
SUITE(suspend)

static int enable_only(bool eim)
{
    return amd_ir_enable(aiu_ir(), eim);
}

/* Without a device. */
static void test_no_memory(void **state)
{
    struct ir_rig alone = amd_ir_rig;

    alone.enable = enable_only;
    alone.nr_allocs = 6;
    suite_ir_no_memory(&alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_delivery),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_stores),
        cmocka_unit_test(test_exhaustion),
        cmocka_unit_test(test_dead),
        cmocka_unit_test(test_early),
        cmocka_unit_test(test_suspend),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_commands_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
