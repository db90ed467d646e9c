/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping when memory or the unit fails, and across a suspend. */

#include "intremap-test.h"

#define SID     0x0310

static const struct iommu_ir_source source = { .sid = SID };
static struct iommu_unit *unit;
static struct vtd_unit *vu;

static void start_with(struct vtd_model_cfg cfg)
{
    machine_start(&(struct machine){
        .nr_units = 1, .flags = DMAR_INTR_REMAP, .cfg = cfg });
    vu = machine_unit(0);
    unit = &vu->unit;
    /* As after bring-up: failures of the unit are told to the core. */
    vu->up = true;
    unit->drv = &vtd_driver;
}

static void start(void)
{
    start_with(vtd_model_default);
}

static unsigned int fire(unsigned int index, struct vtd_model_irq *out)
{
    struct vtd_model_irq ignored;
    struct iommu_ir_msi msg;

    vtd_ir_ops.msi(index, 0, &msg);

    return vtd_model_msi(model[0], SID, msg.address, msg.data, out ?: &ignored);
}

/* Does a message that names no entry get through? */
static bool compat_passes(void)
{
    struct vtd_model_irq irq;

    return !vtd_model_msi(model[0], SID, 0xfee01000, 0x31, &irq);
}

static void test_no_memory(void **state)
{
    unsigned long n;
    int rc;

    for ( n = 1; n < 20; n++ )
    {
        struct host_memory before;

        start();
        /* The queue is not the subject here, and it stays when it is there. */
        assert_int_equal(vtd_qi_enable(vu), 0);
        before = host_memory_now();

        host_fail_nth(n);
        rc = vtd_ir_enable(vu, true);
        if ( !host_fail_reached() )
        {
            host_fail_nth(0);
            assert_int_equal(rc, 0);
            machine_stop();
            break;
        }
        host_fail_nth(0);

        assert_int_equal(rc, -ENOMEM);
        assert_true(compat_passes());
        assert_int_equal(host_memory_now().objects, before.objects);
        assert_int_equal(host_memory_now().pages, before.pages);

        assert_int_equal(vtd_ir_enable(vu, true), 0);
        assert_false(compat_passes());
        machine_stop();
    }
    assert_int_equal(n, 4);
}

/*
 * Enable, use, give up, with the n-th command going wrong: an error is
 * reported, and an interrupt is delivered as it should be or not at all.
 */
static bool sequence(unsigned int n, enum vtd_model_failure how)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 1 };
    struct vtd_model_irq got;
    bool reached;
    int rc, index;

    start();
    vtd_model_fail_nth(model[0], n, how);

    rc = vtd_ir_enable(vu, true);
    if ( rc )
    {
        assert_true(rc == -EIO || rc == -EOPNOTSUPP);
        assert_false(vu->ir && unit->ir->alloc(unit, &source, 1) >= 0);
        goto out;
    }

    index = unit->ir->alloc(unit, &source, 1);
    assert_true(index >= 0);
    rc = unit->ir->update(unit, index, &source, &irq);
    if ( !rc )
    {
        assert_int_equal(fire(index, &got), 0);
        assert_int_equal(got.vector, 0x41);
    }
    else
        assert_int_equal(rc, -EIO);

    irq.vector = 0x42;
    if ( !rc )
    {
        rc = unit->ir->update(unit, index, &source, &irq);
        assert_true(!rc || rc == -EIO);
        if ( !fire(index, &got) )
            assert_true(got.vector == 0x42 || (rc && got.vector == 0x41));
    }

    unit->ir->free(unit, index, 1);
    if ( unit->failed )
        /* It may still have the entry: nobody else gets it. */
        assert_int_not_equal(unit->ir->alloc(unit, &source, 1), index);
    else
        assert_int_not_equal(fire(index, NULL), 0);

    if ( !rc && !unit->failed )
        assert_false(compat_passes());

 out:
    assert_int_equal(unit->failed, host_log_contains("stopped answering"));
    reached = vtd_model_failed(model[0]);
    vtd_model_fail_nth(model[0], 0, how);
    vtd_model_revive(model[0]);
    machine_stop();

    return reached;
}

static void test_commands_fail(void **state)
{
    enum vtd_model_failure how;
    unsigned int n;

    for ( how = VTD_MODEL_DROP; how <= VTD_MODEL_DIE; how++ )
    {
        for ( n = 1; sequence(n, how); n++ )
            assert_true(n < 100);
        /* queue, table, flush, on, two updates, free: there were some */
        assert_true(n > 8);
    }
}

static void test_dead_unit(void **state)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 1 };
    unsigned int i;
    s_time_t begin;
    int index[2];

    for ( i = 0; i < 2; i++ )
    {
        start();
        assert_int_equal(vtd_ir_enable(vu, true), 0);
        index[0] = unit->ir->alloc(unit, &source, 1);
        index[1] = unit->ir->alloc(unit, &source, 1);
        assert_int_equal(unit->ir->update(unit, index[0], &source, &irq), 0);

        vtd_model_die(model[0], i);
        begin = NOW();
        assert_int_equal(unit->ir->update(unit, index[1], &source, &irq), -EIO);
        assert_true(NOW() - begin < SECONDS(10));
        assert_true(unit->failed);
        /* That it is started anew, and that it stopped answering. */
        assert_int_equal(host_log_lines(XENLOG_ERR), 2);

        /* From now on nobody waits. */
        begin = NOW();
        assert_int_equal(unit->ir->update(unit, index[0], &source, &irq), -EIO);
        unit->ir->free(unit, index[0], 1);
        assert_true(NOW() - begin < MILLISECS(1));
        assert_int_equal(host_log_lines(XENLOG_ERR), 2);

        vtd_model_revive(model[0]);
        machine_stop();
    }
}

static void test_suspend(void **state)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 0x100 };
    struct vtd_model_irq got;
    int index;

    start();
    assert_int_equal(vtd_ir_resume(vu), 0);
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    index = unit->ir->alloc(unit, &source, 1);
    assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);

    vtd_ir_suspend(vu);
    vtd_qi_disable(vu);
    assert_true(compat_passes());
    assert_int_equal(unit->ir->alloc(unit, &source, 1), -ENODEV);
    /* Local APICs are suspended later and ask for the same. */
    vtd_ir_disable(vu);
    vtd_model_reset(model[0]);

    assert_int_equal(vtd_qi_enable(vu), 0);
    assert_int_equal(vtd_ir_resume(vu), 0);
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    assert_false(compat_passes());
    assert_int_equal(fire(index, &got), 0);
    assert_int_equal(got.vector, 0x41);
    assert_int_equal(got.dest, 0x100);

    /* Entries keep the format that they have. */
    assert_int_equal(vtd_ir_enable(vu, false), -EINVAL);
    vtd_ir_disable(vu);
    assert_int_equal(vtd_ir_enable(vu, false), -EINVAL);
    unit->ir->free(unit, index, 1);
    assert_int_equal(vtd_ir_enable(vu, false), 0);

    /* What was off stays off. */
    vtd_ir_disable(vu);
    vtd_ir_suspend(vu);
    assert_int_equal(vtd_ir_resume(vu), 0);
    assert_true(compat_passes());
    machine_stop();
}

/* Given up while it was off: nothing of it is left when it is on again. */
static void test_freed_while_off(void **state)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 1 };
    struct vtd_model_cfg cfg = vtd_model_default;
    int index;

    cfg.esirtps = false;
    start_with(cfg);
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    index = unit->ir->alloc(unit, &source, 1);
    assert_int_equal(unit->ir->update(unit, index, &source, &irq), 0);
    assert_int_equal(fire(index, NULL), 0);

    vtd_ir_disable(vu);
    unit->ir->free(unit, index, 1);
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    assert_int_equal(fire(index, NULL), FAULT_NOT_PRESENT);
    machine_stop();
}

/* Firmware left remapping on, with a table of its own and CFI. */
static void test_firmware_left_it_on(void **state)
{
    start();
    vtd_model_write(model[0], 0x18, 1U << 23, 4);
    assert_true(vtd_model_read(model[0], 0x1c, 4) & (1U << 23));
    assert_int_equal(vtd_ir_enable(vu, true), 0);
    assert_false(vtd_model_read(model[0], 0x1c, 4) & (1U << 23));
    assert_false(compat_passes());
    machine_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_commands_fail),
        cmocka_unit_test(test_dead_unit),
        cmocka_unit_test(test_suspend),
        cmocka_unit_test(test_freed_while_off),
        cmocka_unit_test(test_firmware_left_it_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
