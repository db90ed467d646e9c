/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bring-up of a RISC-V IOMMU with every command and every allocation failing,
 * and with registers that stay busy: one line, no unit, and nothing passes.
 */
#include "riscv-fixture.h"
#include "sweep.h"

/* All waits of bring-up and of giving up together. */
#define PATIENCE SECONDS(16)

static int add(void)
{
    struct riscv_iommu_desc desc = rv_desc(0);
    s_time_t start = NOW();
    int rc = riscv_iommu_add(&desc);

    assert_true(NOW() - start < PATIENCE);
    /* What went wrong, or what came up. */
    assert_int_equal(host_log_lines(NULL), 1);
    if ( rc )
    {
        assert_log("cannot be used");
        assert_true(list_empty(&iommu_units) && list_empty(&rv_units));
    }

    return rc;
}

static void assert_nothing_passes(void)
{
    uint64_t ma;
    unsigned int cause = rvm_translate(rvm[0], 0x18, 0x1000, RVM_READ, &ma);

    if ( cause != CAUSE_OFF && cause != CAUSE_NO_CONTEXT )
        fail_msg("cause %u", cause);
}

/* False: there are not as many commands. */
static bool fail_command(unsigned int mode, unsigned int nth,
                         enum rvm_failure how)
{
    struct host_memory before = host_memory_now();
    struct rvm_cfg cfg = rvm_default;
    bool reached;
    int rc;

    cfg.reset_mode = mode;
    rv_machine(&cfg, NULL);
    rvm_fail_nth(rvm[0], nth, how);
    rc = add();
    reached = rvm_failed(rvm[0]);
    assert_true(reached || !rc);

    /* A dead one may have been found open: then nobody can close it. */
    if ( how == RVM_DIE )
        assert_true(!reached || rc == -EIO || rc == -EOPNOTSUPP);
    else
        assert_nothing_passes();
    assert_int_equal(rvm_violations(rvm[0]), 0);

    rv_machine_clean();
    assert_int_equal(host_memory_now().objects, before.objects);
    if ( how != RVM_DIE )
        assert_int_equal(host_memory_now().pages, before.pages);

    return reached;
}

static void test_commands(void **state)
{
    static const unsigned int modes[] = { RVM_OFF, RVM_BARE, RVM_3LVL };
    enum rvm_failure how;
    unsigned int i, n;

    for ( how = 0; how < RVM_NR_FAILURES; how++ )
        for ( i = 0; i < ARRAY_SIZE(modes); i++ )
        {
            for ( n = 1; fail_command(modes[i], n, how); n++ )
                assert_true(n < 100);
            assert_true(n > 8);
        }
}

static void boot_setup(void *arg)
{
    rv_machine(&rvm_default, NULL);
}

static int boot_run(void *arg)
{
    return add();
}

static void boot_check(void *arg, int rc, bool reached)
{
    assert_int_equal(rc, reached ? -ENOMEM : 0);
    if ( rc )
        assert_log("there is no memory for it");
    assert_nothing_passes();
    assert_int_equal(rvm_violations(rvm[0]), 0);
}

static void boot_teardown(void *arg)
{
    rv_machine_clean();
}

static void test_memory(void **state)
{
    static const struct sweep sweep = {
        .name = "bring-up", .setup = boot_setup, .run = boot_run,
        .check = boot_check, .teardown = boot_teardown,
    };

    assert_int_equal(sweep_allocations(&sweep, NULL), 6);
    sweep_allocations_from(&sweep, NULL);
}

/* Busy bits that never clear. */
static void test_stuck(void **state)
{
    static const unsigned int regs[] = { RV_DDTP, RV_CQCSR, RV_FQCSR };
    unsigned int i, mode;

    for ( i = 0; i < ARRAY_SIZE(regs); i++ )
        for ( mode = RVM_OFF; mode <= RVM_1LVL; mode++ )
        {
            struct host_memory before = host_memory_now();
            struct rvm_cfg cfg = rvm_default;

            cfg.reset_mode = mode;
            rv_machine(&cfg, NULL);
            rvm_stick(rvm[0], regs[i]);
            assert_true(add() < 0);
            assert_int_equal(rvm_violations(rvm[0]), 0);
            rv_machine_clean();
            /* Queues and directory that may be in use are not freed. */
            assert_int_equal(host_memory_now().pages, before.pages + 4);
            assert_int_equal(host_memory_now().objects, before.objects);
        }
}

static void test_gone(void **state)
{
    rv_machine(&rvm_default, NULL);
    rvm_die(rvm[0], true);
    assert_int_equal(add(), -EOPNOTSUPP);
    assert_log("its registers read as all ones");
    assert_int_equal(rvm_violations(rvm[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_memory),
        RV_TEST(test_commands),
        RV_TEST(test_stuck),
        RV_TEST(test_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
