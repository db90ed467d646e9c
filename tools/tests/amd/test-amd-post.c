/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device leaves under pcidevs_lock, where nobody may wait for the unit: it
 * forgets the device's interrupts all the same, with room for the commands or
 * without, and if it stops at one of them.
 */
#include "amd-ir-unit.h"

#define A       0x0400

static struct iommu_id_range range = { A, A };
static const struct iommu_ids ids = { .range = &range, .nr = 1, .nr_ids = 1 };
static int entry;

/* A has an entry, which the unit has cached with all that leads to it. */
static void begin(unsigned int variant)
{
    const struct iommu_ir_source src = { .sid = A };
    const struct iommu_ir_irq irq = { .vector = 0x41, .dest = 3 };
    struct ir_got got = {};

    amd_ir_rig.start(variant);
    amd_event_init();
    assert_int_equal(amd_ir_rig.enable(true), 0);
    assert_int_equal(amd_ir_add(aiu_ir(), &ids), 0);
    aiu_attach(&ids);
    entry = amd_ir_ops.alloc(&aiu()->unit, &src, 1);
    assert_true(entry >= 0);
    assert_int_equal(amd_ir_ops.update(&aiu()->unit, entry, &src, &irq), 0);
    assert_int_equal(suite_ir_fire(&amd_ir_rig, A, entry, 0, &got), 0);
    assert_int_equal(got.irq.vector, 0x41);
}

static void leave(void)
{
    unsigned long waits = host_waits();

    pcidevs_lock();
    amd_ir_remove(aiu_ir(), &ids);
    pcidevs_unlock();
    assert_int_equal(host_waits(), waits);
}

static void end(void)
{
    struct ir_got got = {};

    while ( host_tasklets_run() )
        continue;
    assert_int_not_equal(suite_ir_fire(&amd_ir_rig, A, entry, 0, &got), 0);
    assert_false(aiu()->unit.failed);
    amd_ir_rig.stop();
}

static const unsigned int variants[] = { 0, AIU_NO_IA };

static void test_room(void **state)
{
    unsigned int v;

    for ( v = 0; v < ARRAY_SIZE(variants); v++ )
    {
        begin(variants[v]);
        leave();
        end();
    }
}

/* Commands that wait until the buffer is full, or one short of it. */
static void test_full(void **state)
{
    const struct amd_cmd cmd = amd_cmd_intr(A + 1);
    unsigned int v, n, i;

    for ( v = 0; v < ARRAY_SIZE(variants); v++ )
        for ( n = 253; n <= 256; n++ )
        {
            begin(variants[v]);
            amd_model_hold_command(am_model[0], 1);
            for ( i = 0; i < n; i++ )
                amd_queue_post(aiu(), &cmd, 1);
            leave();
            amd_model_release(am_model[0]);
            end();
        }
}

/* The unit stops at what was queued: whoever sees that starts it anew. */
static void test_refused(void **state)
{
    const struct amd_cmd cmd = amd_cmd_intr(A + 1);
    unsigned int v, nth;

    for ( v = 0; v < ARRAY_SIZE(variants); v++ )
        for ( nth = 1; nth <= 2; nth++ )
        {
            begin(variants[v]);
            amd_model_hold_command(am_model[0], 1);
            leave();
            amd_model_fail_nth(am_model[0], nth, AMD_MODEL_ILLEGAL);
            amd_model_release(am_model[0]);
            assert_int_equal(amd_invalidate(aiu(), &cmd, 1), 0);
            end();
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room), cmocka_unit_test(test_full),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("amd-post", tests, NULL, NULL);
}
