/* SPDX-License-Identifier: GPL-2.0-only */
/* suite-system.h, on AMD-Vi; faults, and what firmware left on. */

#include "amd-system.h"
#include "suite-system.h"

#include "models/amd-regs.h"

static void test_bring_up(void **state)
{
    unsigned int i;

    as_up(&amd_model_default);
    for ( i = 0; i < 2; i++ )
        assert_true(vm.ops->is_on(i));
    suite_system_blocked();
    assert_string_equal(vm_unit(DEV_A)->drv->name, "amd");
    assert_ptr_equal(vm_unit(DEV_ATS), vm_unit(DEV_B));
    assert_ptr_not_equal(vm_unit(DEV_A), vm_unit(DEV_B));
    vm_down();
}

static void test_faults(void **state)
{
    unsigned int i;

    as_up(&amd_model_default);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);

    assert_int_not_equal(vm_dma(DEV_A, 0x7654321000, true), 0);
    assert_int_equal(vm.nr_events, 1);
    vm_settle();
    assert_log("DMA write of 0000:00:02.0");
    assert_log("address 0x7654321000 refused");

    /* Nobody's ID, and more than the log can hold. */
    host_log_clear();
    for ( i = 0; i < 5000; i++ )
        amd_model_translate(vm.amd[0], 0x0888, 0x3000 + i * 4096, false, NULL);
    vm_settle();
    assert_log("unknown device 0x888");
    assert_log("more faults than it can record");
    assert_true(vm.ops->is_on(0));
    vm_down();
}

#define SUITE(name)                                                     \
    static void test_##name(void **state)                               \
    {                                                                   \
        as_prepare(&amd_model_default);                                 \
        suite_system_##name();                                          \
    }

SUITE(attach)
SUITE(group)
SUITE(flush_cost)
SUITE(suspend)
SUITE(crash)
SUITE(ats)
SUITE(ats_dead)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_bring_up),
        VM_TEST(test_attach),
        VM_TEST(test_group),
        VM_TEST(test_flush_cost),
        VM_TEST(test_faults),
        VM_TEST(test_suspend),
        VM_TEST(test_crash),
        VM_TEST(test_ats),
        VM_TEST(test_ats_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
