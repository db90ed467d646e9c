/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suite-fail.h, on SMMUv2 units; and their bring-up with every allocation and
 * every wait going wrong in turn.
 */
#include "smmuv2-system.h"
#include "suite-fail.h"

#include "smmuv2-fixture.h"
#include "smmuv2-shapes.h"
#include "sweep.h"

static struct smmuv2_model_cfg config;

static void prepare(void)
{
    v2s_prepare(&config);
}

static const struct suite_fail suite = {
    .prepare = prepare,
    /* The unit is started anew, and works again. */
    .repeats = 1U << SMMUV2_MODEL_HANG,
};

static void life(const struct smmuv2_model_cfg *cfg)
{
    config = *cfg;
    assert_true(suite_fail_commands(&suite, SMMUV2_MODEL_HANG) > 5);
    assert_true(suite_fail_commands(&suite, SMMUV2_MODEL_STUCK) > 5);
    assert_true(suite_fail_commands(&suite, SMMUV2_MODEL_DIE) > 5);
}

static void test_default(void **state)
{
    life(&smmuv2_model_default);
}

static void test_version1(void **state)
{
    struct smmuv2_model_cfg cfg = v2_variant(1);

    life(&cfg);
}

/* Real units; the one that a command brings down and the one that is gone. */
static void test_shapes(void **state)
{
    unsigned int i;

    for ( i = 0; i < v2_nr_shapes(false); i++ )
    {
        config = v2_shape_for(i, 3, 4);
        assert_true(suite_fail_commands(&suite, i % 3) > 5);
        suite_fail_pairs(&suite, SMMUV2_MODEL_HANG, (i + 1) % 3,
                         test_rounds(1, 6));
        suite_fail_gone(&suite);
    }
}

static void test_pairs(void **state)
{
    unsigned int then;

    config = smmuv2_model_default;
    for ( then = SMMUV2_MODEL_HANG; then <= SMMUV2_MODEL_DIE; then++ )
        suite_fail_pairs(&suite, SMMUV2_MODEL_HANG, then, test_rounds(3, 12));
}

static void test_gone(void **state)
{
    config = smmuv2_model_default;
    suite_fail_gone(&suite);
}

/* ---- bring-up ---- */

static bool firmware_on;
static unsigned int how;

static void up_setup(void *arg)
{
    v2_machine(&config, 1);
    /* Firmware lets one stream bypass, and others fault. */
    if ( firmware_on )
    {
        unsigned int n;

        for ( n = 0; n < config.nr_smrs; n++ )
            smmuv2_model_write(v2_model[0], 0x800 + n * 4,
                               n == 3 ? 0x80000077 : 0, 4);
        smmuv2_model_write(v2_model[0], 0xc0c, 1u << 16, 4);
        smmuv2_model_write(v2_model[0], 0, 1u << 10, 4);
    }
}

static int up_run(void *arg)
{
    struct smmuv2_desc desc = v2_desc(0);
    s_time_t start = NOW();
    int rc = smmuv2_add(&desc);

    assert_true(NOW() - start < SUITE_FAIL_PATIENCE);

    return rc;
}

static void up_check(void *arg, int rc, bool reached)
{
    uint64_t ma;

    if ( !rc )
    {
        assert_int_not_equal(v2_reach(0x77, 0x5000, &ma), 0);
        return;
    }

    assert_true(list_empty(&iommu_units) && list_empty(&iommu_drivers));
    assert_true(host_log_lines(XENLOG_ERR));
    /* As firmware had it. */
    if ( how == SMMUV2_MODEL_DIE )
        return;
    assert_int_equal(v2_reach(0x77, 0x5000, &ma), 0);
    assert_int_equal(!v2_reach(0x78, 0x5000, &ma), !firmware_on);
    assert_int_equal(smmuv2_model_read(v2_model[0], 0, 4),
                     firmware_on ? 1u << 10 : 1);
}

static void up_teardown(void *arg)
{
    smmuv2_model_revive(v2_model[0]);
    v2_down();
}

static const struct sweep bring_up = {
    .name = "bring-up", .setup = up_setup, .run = up_run, .check = up_check,
    .teardown = up_teardown,
};

static void arm(void *arg, unsigned long nth)
{
    if ( v2_model[0] )
        smmuv2_model_fail_nth(v2_model[0], nth, how);
}

static bool reached(void *arg)
{
    return smmuv2_model_failed(v2_model[0]);
}

static const struct sweep_kind waits = { "wait", arm, reached, NULL };

static void sweep_bring_up(void)
{
    unsigned int on;

    for ( on = 0; on < 2; on++ )
    {
        firmware_on = on;
        how = SMMUV2_MODEL_HANG;
        assert_true(sweep_allocations(&bring_up, NULL) >= 6);
        assert_true(sweep_allocations_from(&bring_up, NULL) >= 6);
        for ( ; how <= SMMUV2_MODEL_DIE; how++ )
            assert_true(sweep_run(&bring_up, &waits, NULL) >= 1);
    }
}

static void test_bring_up(void **state)
{
    unsigned int i;

    config = smmuv2_model_default;
    sweep_bring_up();
    for ( i = 0; i < v2_nr_shapes(false); i++ )
    {
        /* Firmware's entry is the fourth. */
        config = v2_shape_for(i, 0, 4);
        sweep_bring_up();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* Before those that leave behind what a dead unit may still reach. */
        V2_TEST(test_bring_up), VM_TEST(test_default), VM_TEST(test_version1),
        VM_TEST(test_pairs), VM_TEST(test_gone), VM_TEST(test_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
