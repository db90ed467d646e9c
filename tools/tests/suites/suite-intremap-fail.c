/* SPDX-License-Identifier: GPL-2.0-only */
/* See suite-intremap.h: memory or the unit fails; a suspend. */
#include "suite-intremap.h"

/* Does a message that names no entry get through? */
static bool passes(const struct ir_rig *rig)
{
    struct ir_got got = {};

    return !rig->send(IR_SID, 0xfee01000, 0x31, &got);
}

static int alloc(const struct ir_rig *rig)
{
    return rig->unit()->ir->alloc(rig->unit(), &ir_source, 1);
}

static int update(const struct ir_rig *rig, unsigned int index,
                  const struct iommu_ir_irq *irq)
{
    return rig->unit()->ir->update(rig->unit(), index, &ir_source, irq);
}

static unsigned int fire(const struct ir_rig *rig, unsigned int index,
                         struct ir_got *got)
{
    return suite_ir_fire(rig, IR_SID, index, 0, got);
}

void suite_ir_no_memory(const struct ir_rig *rig)
{
    unsigned long n;
    int rc;

    for ( n = 1; n < 100; n++ )
    {
        struct host_memory before;

        rig->start(0);
        before = host_memory_now();

        host_fail_nth(n);
        rc = rig->enable(true);
        if ( !host_fail_reached() )
        {
            host_fail_nth(0);
            assert_int_equal(rc, 0);
            rig->stop();
            break;
        }
        host_fail_nth(0);

        assert_int_equal(rc, -ENOMEM);
        assert_true(passes(rig));
        assert_int_equal(host_memory_now().objects, before.objects);
        assert_int_equal(host_memory_now().pages, before.pages);

        assert_int_equal(rig->enable(true), 0);
        assert_false(passes(rig));
        rig->stop();
    }
    assert_int_equal(n, rig->nr_allocs + 1);
}

/* Two changes of an entry; the result of the last one that was tried. */
static int two_changes(const struct ir_rig *rig, unsigned int index)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 1 };
    struct ir_got got = {};
    int rc = update(rig, index, &irq);

    if ( rc )
    {
        assert_int_equal(rc, -EIO);
        return rc;
    }

    assert_int_equal(fire(rig, index, &got), 0);
    assert_int_equal(got.irq.vector, 0x41);

    irq.vector = 0x42;
    rc = update(rig, index, &irq);
    assert_true(!rc || rc == -EIO);
    if ( !fire(rig, index, &got) )
        assert_true(got.irq.vector == 0x42 || (rc && got.irq.vector == 0x41));

    return rc;
}

/*
 * Enable, use, give up, with the n-th command going wrong: an error is
 * reported, and an interrupt is delivered as it should be or not at all.
 */
static bool sequence(const struct ir_rig *rig, unsigned int n,
                     unsigned int how)
{
    struct iommu_unit *unit;
    bool reached;
    int rc, index;

    rig->start(0);
    unit = rig->unit();
    rig->fail_nth(n, how);

    rc = rig->enable(true);
    if ( rc )
    {
        assert_true(rc == -EIO || rc == -EOPNOTSUPP);
        assert_false(alloc(rig) >= 0);
        goto out;
    }

    index = alloc(rig);
    assert_true(index >= 0);
    rc = two_changes(rig, index);

    unit->ir->free(unit, index, 1);
    if ( unit->failed )
        /* It may still have the entry: nobody else gets it. */
        assert_int_not_equal(alloc(rig), index);
    else
        assert_int_not_equal(fire(rig, index, NULL), 0);

    if ( !rc && !unit->failed )
        assert_false(passes(rig));

 out:
    assert_int_equal(unit->failed, host_log_contains("stopped answering"));
    reached = rig->failed();
    rig->fail_nth(0, how);
    rig->revive();
    rig->stop();

    return reached;
}

void suite_ir_commands_fail(const struct ir_rig *rig)
{
    unsigned int how, n;

    for ( how = 0; how < rig->nr_ways; how++ )
    {
        for ( n = 1; sequence(rig, n, how); n++ )
            assert_true(n < 100);
        /* queue, table, flush, on, two updates, free: there were some */
        assert_true(n > 6);
    }
}

void suite_ir_dead(const struct ir_rig *rig)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 1 };
    struct iommu_unit *unit;
    unsigned int i, lines;
    s_time_t begin;
    int index[2];

    for ( i = 0; i < 2; i++ )
    {
        rig->start(0);
        unit = rig->unit();
        assert_int_equal(rig->enable(true), 0);
        index[0] = alloc(rig);
        index[1] = alloc(rig);
        assert_int_equal(update(rig, index[0], &irq), 0);

        rig->die(i);
        begin = NOW();
        assert_int_equal(update(rig, index[1], &irq), -EIO);
        assert_true(NOW() - begin < SECONDS(10));
        assert_true(unit->failed);
        /* That it is started anew, maybe, and that it stopped answering. */
        lines = host_log_lines(XENLOG_ERR);
        assert_in_range(lines, 1, 2);

        /* From now on nobody waits. */
        begin = NOW();
        assert_int_equal(update(rig, index[0], &irq), -EIO);
        unit->ir->free(unit, index[0], 1);
        assert_true(NOW() - begin < MILLISECS(1));
        assert_int_equal(host_log_lines(XENLOG_ERR), lines);

        rig->revive();
        rig->stop();
    }
}

void suite_ir_early(const struct ir_rig *rig)
{
    unsigned int gone;

    for ( gone = 0; gone < 2; gone++ )
    {
        rig->start(0);
        host_time_unknown(true);
        assert_int_equal(rig->enable(true), 0);
        rig->stop();

        rig->start(0);
        host_time_unknown(true);
        rig->die(gone);
        assert_int_not_equal(rig->enable(true), 0);
        host_time_unknown(false);
        rig->revive();
        rig->stop();
    }
}

void suite_ir_suspend(const struct ir_rig *rig)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 0x100 };
    struct iommu_unit *unit;
    struct ir_got got = {};
    int index;

    rig->start(0);
    unit = rig->unit();
    assert_int_equal(rig->enable(true), 0);
    index = alloc(rig);
    assert_int_equal(update(rig, index, &irq), 0);
    assert_int_equal(fire(rig, index, &got), 0);

    rig->suspend();
    assert_true(passes(rig));
    assert_int_equal(alloc(rig), -ENODEV);
    /* Local APICs are suspended later and ask for the same. */
    rig->disable();

    assert_int_equal(rig->resume(), 0);
    assert_int_equal(rig->enable(true), 0);
    assert_false(passes(rig));
    assert_int_equal(fire(rig, index, &got), 0);
    assert_int_equal(got.irq.vector, 0x41);
    assert_int_equal(got.irq.dest, 0x100);

    /* Entries keep the format that they have. */
    assert_int_equal(rig->enable(false), -EINVAL);
    unit->ir->free(unit, index, 1);
    assert_int_not_equal(fire(rig, index, &got), 0);

    /* What was off stays off. */
    rig->disable();
    rig->suspend();
    assert_int_equal(rig->resume(), 0);
    assert_int_equal(alloc(rig), -ENODEV);
    assert_true(passes(rig));
    rig->stop();
}
