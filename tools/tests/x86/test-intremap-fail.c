/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping when memory or the unit fails, and across a suspend. */

#include "intremap-vtd.h"

/* The queue is not the subject, and it stays when it is there. */
static void start_queue(unsigned int variant)
{
    rig_start(variant);
    assert_int_equal(vtd_qi_enable(vu), 0);
}

static void test_no_memory(void **state)
{
    struct ir_rig queue = rig;

    queue.start = start_queue;
    queue.nr_allocs = 3;
    suite_ir_no_memory(&queue);
}

#define SUITE(name) \
    static void test_##name(void **state) { suite_ir_##name(&rig); }

SUITE(commands_fail)
SUITE(dead)
SUITE(early)
SUITE(suspend)

static unsigned int fire(unsigned int index)
{
    return suite_ir_fire(&rig, IR_SID, index, 0, NULL);
}

/* Given up while it was off: nothing of it is left when it is on again. */
static void test_freed_while_off(void **state)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 1 };
    struct vtd_model_cfg cfg = vtd_model_default;
    int index;

    cfg.esirtps = false;
    start(cfg);
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    index = unit->ir->alloc(unit, &ir_source, 1);
    assert_int_equal(unit->ir->update(unit, index, &ir_source, &irq), 0);
    assert_int_equal(fire(index), 0);

    vtd_ir_disable(vu);
    unit->ir->free(unit, index, 1);
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    assert_int_equal(fire(index), FAULT_NOT_PRESENT);
    machine_stop();
}

/* Firmware left remapping on, with a table of its own and CFI. */
static void test_firmware_left_it_on(void **state)
{
    struct ir_got got;

    rig_start(0);
    vtd_model_write(model[0], 0x18, 1U << 23, 4);
    assert_true(vtd_model_read(model[0], 0x1c, 4) & (1U << 23));
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    assert_false(vtd_model_read(model[0], 0x1c, 4) & (1U << 23));
    assert_int_equal(rig_send(IR_SID, 0xfee01000, 0x31, &got), FAULT_COMPAT);
    machine_stop();
}

/* The other destination format, once nobody has an entry any more. */
static void test_format_changes(void **state)
{
    int index;

    rig_start(0);
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    index = suite_ir_entry(&rig, 0x41, 1);
    vtd_ir_disable(vu);
    assert_int_equal(vtd_ir_enable(vu, false), -EINVAL);
    unit->ir->free(unit, index, 1);
    assert_int_equal(vtd_ir_enable(vu, false), 0);
    machine_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_commands_fail),
        cmocka_unit_test(test_dead),
        cmocka_unit_test(test_early),
        cmocka_unit_test(test_suspend),
        cmocka_unit_test(test_freed_while_off),
        cmocka_unit_test(test_firmware_left_it_on),
        cmocka_unit_test(test_format_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
