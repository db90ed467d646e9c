/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bring-up of AMD-Vi while units are not there or stop answering, or without
 * memory.  One line, no crash, nothing left.
 */
#include "amd-system.h"

#include <iommu-groups/driver.h>

static void all_back(void)
{
    vm_clean();
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_leak_report(5), 0);
    assert_int_equal(host_irqs_in_use(), 0);
}

static unsigned int nr_units(void)
{
    struct iommu_unit *u;
    unsigned int nr = 0;

    for_each_iommu_unit ( u )
        nr++;

    return nr;
}

/* Nobody answers where the IVRS says that there is a unit. */
static void test_missing_unit(void **state)
{
    as_prepare(&amd_model_default);
    amd_model_die(vm.amd[1], true);
    host_log_clear();
    assert_int_equal(vm_bring_up(), 0);
    assert_log("is not used");
    assert_int_equal(nr_units(), 1);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
    all_back();

    /* None at all. */
    as_prepare(&amd_model_default);
    amd_model_die(vm.amd[0], true);
    amd_model_die(vm.amd[1], true);
    host_log_clear();
    assert_int_not_equal(vm_bring_up(), 0);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    all_back();
}

/* Every allocation of bring-up fails in turn; then it works. */
static void test_no_memory(void **state)
{
    unsigned long n;

    for ( n = 1; n < 200; n++ )
    {
        bool reached;
        int rc;

        as_prepare(&amd_model_default);
        host_log_clear();
        host_fail_nth(n);
        rc = vm_bring_up();
        reached = host_fail_reached();
        host_fail_nth(0);
        assert_true(reached || !rc);
        all_back();
        if ( !reached )
            break;
    }
    assert_true(n > 10 && n < 200);
}

/* Every command of bring-up goes wrong in turn, on each unit. */
static void test_commands(void **state)
{
    unsigned int u, n, how;

    for ( u = 0; u < 2; u++ )
        for ( how = AMD_MODEL_STALL; how <= AMD_MODEL_DIE; how++ )
            for ( n = 1; ; n++ )
            {
                struct host_memory before = host_memory_now();
                s_time_t start;
                bool reached, kept;

                assert_true(n < 100);
                as_prepare(&amd_model_default);
                host_log_clear();
                amd_model_fail_nth(vm.amd[u], n, how);
                start = NOW();
                assert_int_equal(vm_bring_up(), 0);
                reached = amd_model_failed(vm.amd[u]);
                assert_true(NOW() - start < SECONDS(8));
                if ( nr_units() < 2 )
                    assert_log("is not used");
                assert_true(reached || nr_units() == 2);
                /* A unit that is dead, and on, may use its memory for ever. */
                kept = nr_units() < 2;
                vm_clean();
                if ( !kept )
                    assert_int_equal(host_memory_now().pages, before.pages);
                assert_int_equal(host_memory_now().objects, before.objects);
                assert_int_equal(host_irqs_in_use(), 0);
                if ( !reached )
                    break;
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_missing_unit),
        VM_TEST(test_no_memory),
        VM_TEST(test_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
