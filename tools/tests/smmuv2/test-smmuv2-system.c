/* SPDX-License-Identifier: GPL-2.0-only */
/* suite-system.h, on SMMUv2; faults, and units with few context banks. */
#include "smmuv2-system.h"
#include "suite-system.h"

#include "smmuv2-fixture.h"
#include "smmuv2-shapes.h"

static void test_bring_up(void **state)
{
    v2s_prepare(&smmuv2_model_default);
    vm_continue();
    assert_true(vm.ops->is_on(0) && vm.ops->is_on(1));
    suite_system_blocked();
    assert_ptr_equal(vm_unit(DEV_ATS), vm_unit(DEV_B));
    assert_ptr_not_equal(vm_unit(DEV_A), vm_unit(DEV_B));
    vm_down();
}

static void test_faults(void **state)
{
    unsigned int i;

    v2s_prepare(&smmuv2_model_default);
    vm_continue();
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_not_equal(vm_dma(DEV_A, 0x7654321000, true), 0);
    assert_int_equal(vm.nr_events, 1);
    vm_settle();
    assert_log("DMA write of 0000:00:02.0");
    assert_log("address 0x7654321000 refused");

    /* Nobody's ID, and more than the records can hold. */
    host_log_clear();
    for ( i = 0; i < 50; i++ )
    {
        uint64_t ma;

        vm.ops->translate(0, 0x0888, 0x3000 + i * 4096, false, &ma);
    }
    vm_settle();
    assert_log("unknown device 0x888");
    assert_log("more faults than it can record");
    assert_true(vm.ops->is_on(0));
    vm_down();
}

/* One bank: one domain has devices, the others are refused and keep theirs. */
static void one_bank(const struct smmuv2_model_cfg *cfg)
{
    v2s_prepare(cfg);
    vm_continue();
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, true), 0);
    host_log_clear();
    assert_int_equal(vm_give(DEV_BEHIND0, vm.guest2), -ENOSPC);
    assert_log("all of its 1 context banks are in use");
    assert_true(vm_blocked(DEV_BEHIND0));
    assert_false(vm_dev(DEV_BEHIND0)->group->broken);
    assert_int_equal(vm_dma(DEV_A, 0x10000, true), 0);

    assert_int_equal(vm_give(DEV_A, dom_io), 0);
    assert_int_equal(vm_give(DEV_MULTI0, dom_io), 0);
    assert_int_equal(vm_give(DEV_BEHIND0, vm.guest2), 0);
    assert_int_equal(vm_dma_end(DEV_BEHIND0, 0x10000, true), VM_ABSENT);
    vm_down();
}

static void test_one_bank(void **state)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default;
    unsigned int i, nr = 0;

    cfg.nr_banks = 1;
    one_bank(&cfg);
    for ( i = 0; i < v2_nr_shapes(false); i++ )
    {
        cfg = v2_shape_for(i, 0, 4);
        if ( cfg.nr_banks == 1 )
            one_bank(&cfg);
        nr += cfg.nr_banks == 1;
    }
    assert_true(nr || getenv("SMMUV2_CAPS"));
}

#define SUITE(name)                                                     \
    static void test_##name(void **state)                               \
    {                                                                   \
        v2s_prepare(&smmuv2_model_default);                             \
        suite_system_##name();                                          \
    }

SUITE(attach)
SUITE(group)
SUITE(flush_cost)
SUITE(suspend)
SUITE(crash)

/* All of them on what real units are like, unlike ones side by side. */
static void test_shapes(void **state)
{
    static void (*const suites[])(void) = {
        suite_system_attach, suite_system_group, suite_system_suspend,
        suite_system_crash,
    };
    unsigned int i, s, nr = v2_nr_shapes(false);

    for ( i = 0; i < nr; i++ )
        for ( s = 0; s < ARRAY_SIZE(suites); s++ )
        {
            struct smmuv2_model_cfg a = v2_shape_for(i, 3, 8);
            struct smmuv2_model_cfg b = v2_shape_for((i + s) % nr, 3, 8);

            v2s_prepare_two(&a, &b);
            suites[s]();
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_bring_up), VM_TEST(test_attach), VM_TEST(test_group),
        VM_TEST(test_flush_cost), VM_TEST(test_faults), VM_TEST(test_suspend),
        VM_TEST(test_crash), VM_TEST(test_one_bank),
        VM_TEST(test_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
