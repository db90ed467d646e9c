/* SPDX-License-Identifier: GPL-2.0-only */
/* See suite-intremap.h. */
#include "suite-intremap.h"

#include <xen/mm.h>

#include <asm/cpufeature.h>

#include <iommu-groups/contain.h>

#include "pt-stores.h"

const struct iommu_ir_source ir_source = { .sid = IR_SID };

static struct iommu_ir_irq irq_to(uint8_t vector, uint32_t dest)
{
    return (struct iommu_ir_irq){ .vector = vector, .dest = dest };
}

static void begin(const struct ir_rig *rig, unsigned int variant, bool eim)
{
    rig->start(variant);
    assert_int_equal(rig->enable(eim), 0);
    assert_non_null(rig->unit()->ir);
}

static int entries(const struct ir_rig *rig, unsigned int nr)
{
    return rig->unit()->ir->alloc(rig->unit(), &ir_source, nr);
}

static int change(const struct ir_rig *rig, unsigned int index,
                  const struct iommu_ir_irq *irq)
{
    return rig->unit()->ir->update(rig->unit(), index, &ir_source, irq);
}

static void give_up(const struct ir_rig *rig, unsigned int index,
                    unsigned int nr)
{
    rig->unit()->ir->free(rig->unit(), index, nr);
}

unsigned int suite_ir_entry(const struct ir_rig *rig, uint8_t vector,
                            uint32_t dest)
{
    struct iommu_ir_irq irq = irq_to(vector, dest);
    int index = entries(rig, 1);

    assert_true(index >= 0);
    assert_int_equal(change(rig, index, &irq), 0);

    return index;
}

unsigned int suite_ir_fire(const struct ir_rig *rig, uint16_t sid,
                           unsigned int index, unsigned int sub,
                           struct ir_got *got)
{
    struct ir_got ignored = {};
    struct iommu_ir_msi msg;

    rig->unit()->ir->msi(index, 0, &msg);

    return rig->send(sid, msg.address, msg.data + sub, got ?: &ignored);
}

static unsigned int fire(const struct ir_rig *rig, unsigned int index,
                         struct ir_got *got)
{
    return suite_ir_fire(rig, IR_SID, index, 0, got);
}

void suite_ir_blocked(const struct ir_rig *rig)
{
    struct ir_got got = {};
    unsigned int index;

    rig->start(0);
    assert_int_equal(rig->send(IR_SID, 0xfee01000, 0x31, &got), 0);
    assert_false(got.remapped);

    assert_int_equal(rig->enable(false), 0);
    assert_int_not_equal(rig->send(IR_SID, 0xfee01000, 0x31, &got), 0);
    index = entries(rig, 1);
    assert_int_not_equal(fire(rig, index, NULL), 0);

    rig->disable();
    assert_int_equal(rig->send(IR_SID, 0xfee01000, 0x31, &got), 0);
    rig->stop();
}

static void check_delivery(const struct ir_rig *rig,
                           const struct iommu_ir_irq *want)
{
    struct iommu_unit *unit = rig->unit();
    struct iommu_ir_irq back = {};
    struct ir_got got = {};
    int index = entries(rig, 1);

    assert_true(index >= 0);
    assert_int_equal(unit->ir->read(unit, index, &back), -ENOENT);
    assert_int_equal(change(rig, index, want), 0);
    assert_int_equal(fire(rig, index, &got), 0);
    assert_true(got.remapped);
    assert_int_equal(got.irq.vector, want->vector);
    assert_int_equal(got.irq.dest, want->dest);
    assert_int_equal(got.irq.mode, want->mode);
    assert_int_equal(got.irq.logical, want->logical);
    assert_int_equal(got.irq.level, want->level && rig->level);

    assert_int_equal(unit->ir->read(unit, index, &back), 0);
    assert_int_equal(back.vector, want->vector);
    assert_int_equal(back.dest, want->dest);
    assert_int_equal(back.mode, want->mode);
    assert_int_equal(back.logical, want->logical);

    give_up(rig, index, 1);
}

void suite_ir_delivery(const struct ir_rig *rig)
{
    unsigned int variant, eim, i;

    for ( variant = 0; variant < rig->nr_variants; variant++ )
        for ( eim = 0; eim < 2; eim++ )
        {
            rig->start(variant);
            if ( rig->enable(eim) )
            {
                assert_true(eim);
                assert_false(!variant && rig->eim);
                rig->stop();
                continue;
            }
            for ( i = 0; i < 64; i++ )
            {
                struct iommu_ir_irq irq = {
                    .vector = 0x30 + i,
                    .dest = eim && (i & 8) ? 0x01020300 + i : i * 4,
                    .mode = i & 1,
                    .logical = i & 2,
                    .level = i & 4,
                };

                check_delivery(rig, &irq);
            }
            rig->stop();
        }
}

void suite_ir_wide(const struct ir_rig *rig)
{
    struct iommu_ir_irq irq = irq_to(0x44, 0x100);
    struct ir_got got = {};
    unsigned int index;

    begin(rig, 0, false);
    index = suite_ir_entry(rig, 0x41, 0xff);
    assert_int_equal(change(rig, index, &irq), -ERANGE);
    assert_int_equal(fire(rig, index, &got), 0);
    assert_int_equal(got.irq.vector, 0x41);
    assert_int_equal(got.irq.dest, 0xff);
    rig->stop();

    begin(rig, 0, true);
    index = suite_ir_entry(rig, 0x41, 0x100);
    irq.dest = UINT32_MAX;
    assert_int_equal(change(rig, index, &irq), 0);
    assert_int_equal(fire(rig, index, &got), 0);
    assert_int_equal(got.irq.dest, UINT32_MAX);
    rig->stop();
}

void suite_ir_messages(const struct ir_rig *rig)
{
    struct ir_got got = {};
    unsigned int i, nr;
    int index;

    begin(rig, 0, true);
    suite_ir_entry(rig, 0xf0, 1);       /* so that alignment has to do work */

    for ( nr = 2; nr <= 32; nr *= 2 )
    {
        index = entries(rig, nr);
        assert_true(index > 0);
        assert_int_equal(index % nr, 0);
        for ( i = 0; i < nr; i++ )
        {
            struct iommu_ir_irq irq = irq_to(0x40 + i, 0x1000 + i);

            assert_int_not_equal(suite_ir_fire(rig, IR_SID, index, i, NULL), 0);
            assert_int_equal(change(rig, index + i, &irq), 0);
        }
        for ( i = 0; i < nr; i++ )
        {
            assert_int_equal(suite_ir_fire(rig, IR_SID, index, i, &got), 0);
            assert_int_equal(got.irq.vector, 0x40 + i);
            assert_int_equal(got.irq.dest, 0x1000 + i);
        }
        give_up(rig, index, nr);
        for ( i = 0; i < nr; i++ )
            assert_int_not_equal(suite_ir_fire(rig, IR_SID, index, i, NULL), 0);
    }

    assert_int_equal(entries(rig, 0), -EINVAL);
    assert_int_equal(entries(rig, 257), -EINVAL);
    rig->stop();
}

void suite_ir_stale(const struct ir_rig *rig)
{
    unsigned int variant, i, index;
    unsigned long before;

    for ( variant = 0; variant < rig->nr_variants; variant++ )
    {
        struct iommu_ir_irq irq = irq_to(0, 0);
        struct ir_got got = {};

        begin(rig, variant, false);
        index = suite_ir_entry(rig, 0x41, 1);
        for ( i = 0; i < 20; i++ )
        {
            irq.vector = 0x50 + i;
            irq.dest = i;
            assert_int_equal(fire(rig, index, NULL), 0);
            assert_int_equal(change(rig, index, &irq), 0);
            assert_int_equal(fire(rig, index, &got), 0);
            assert_int_equal(got.irq.vector, 0x50 + i);
            assert_int_equal(got.irq.dest, i);
        }

        /* The same again costs the unit nothing. */
        before = rig->nr_invalidations();
        assert_int_equal(change(rig, index, &irq), 0);
        assert_int_equal(rig->nr_invalidations(), before);

        give_up(rig, index, 1);
        assert_int_not_equal(fire(rig, index, NULL), 0);
        rig->stop();
    }
}

/* Set in the observer, which runs in a signal handler: no assertions there. */
static struct {
    const void *at;
    size_t size;
    unsigned char was[16], is[16];
    unsigned int nr, third;
} look;

static void observe(void *arg, const uint64_t *word, uint64_t was)
{
    const unsigned char *e = look.at;

    look.nr++;
    /* Bit 0 of the first byte: the entry is there. */
    if ( (e[0] & 1) && memcmp(e, look.was, look.size) &&
         memcmp(e, look.is, look.size) )
        look.third++;
}

/* What @irq looks like at @index; the entry is that afterwards. */
static void learn(const struct ir_rig *rig, unsigned int index,
                  const struct iommu_ir_irq *irq, unsigned char *bytes)
{
    assert_int_equal(change(rig, index, irq), 0);
    memcpy(bytes, rig->entry(index), rig->entry_size);
}

static void change_watched(const struct ir_rig *rig,
                           const struct iommu_ir_irq *old,
                           const struct iommu_ir_irq *new)
{
    int index = entries(rig, 2);

    assert_true(index >= 0);
    index++;
    memset(&look, 0, sizeof(look));
    look.size = rig->entry_size;
    look.at = rig->entry(index);
    learn(rig, index, new, look.is);
    learn(rig, index, old, look.was);

    stores_begin(observe, NULL);
    stores_watch((void *)((unsigned long)look.at & PAGE_MASK));
    assert_int_equal(change(rig, index, new), 0);
    stores_end();

    assert_int_equal(look.third, 0);
    assert_true(look.nr > 0);
    assert_memory_equal(look.at, look.is, look.size);

    look.nr = 0;
    memset(look.was, 0, sizeof(look.was));
    stores_begin(observe, NULL);
    stores_watch((void *)((unsigned long)look.at & PAGE_MASK));
    give_up(rig, index - 1, 2);
    stores_end();
    assert_int_equal(look.third, 0);
    assert_true(look.nr > 0);
}

void suite_ir_stores(const struct ir_rig *rig)
{
    static const struct iommu_ir_irq irqs[] = {
        { .vector = 0x41, .dest = 1 },
        { .vector = 0x42, .dest = 1 },
        { .vector = 0x41, .dest = 0x02000001 },
        { .vector = 0x9e, .dest = 0xfeffff03, .logical = true, .mode = 1 },
    };
    unsigned int cx16, i, j;

    if ( !stores_possible() )
        skip();

    for ( cx16 = 0; cx16 < 2; cx16++ )
    {
        begin(rig, 0, true);
        host_cpu_has_cx16 = cx16;
        for ( i = 0; i < ARRAY_SIZE(irqs); i++ )
            for ( j = 0; j < ARRAY_SIZE(irqs); j++ )
                if ( i != j )
                    change_watched(rig, &irqs[i], &irqs[j]);
        host_cpu_has_cx16 = true;
        rig->stop();
    }
}

void suite_ir_exhaustion(const struct ir_rig *rig)
{
    struct iommu_unit *unit;
    struct iommu_ir_irq irq = irq_to(0x41, 1);
    struct ir_got got = {};
    unsigned int i, base, all = rig->nr_entries;

    begin(rig, 0, true);
    unit = rig->unit();
    base = entries(rig, 256);
    for ( i = 256; i < all; i += 256 )
        assert_int_equal(entries(rig, 256), base + i);
    assert_int_equal(change(rig, base + all - 1, &irq), 0);
    assert_int_equal(fire(rig, base + all - 1, &got), 0);
    assert_int_equal(got.irq.vector, 0x41);
    /* Whoever asks again and again has so many lines. */
    host_log_clear();
    for ( i = 0; i < 1000; i++ )
        assert_int_equal(entries(rig, 1), -ENOSPC);
    assert_in_range(host_log_lines(NULL), 1, IOMMU_DEV_LINES);

    /* Two that are free, but not next to each other. */
    give_up(rig, base + 100, 1);
    give_up(rig, base + 103, 1);
    assert_int_equal(entries(rig, 2), -ENOSPC);
    /* Next to each other, but not aligned. */
    give_up(rig, base + 102, 1);
    give_up(rig, base + 101, 1);
    assert_int_equal(entries(rig, 2), base + 100);
    assert_int_equal(entries(rig, 2), base + 102);
    give_up(rig, base + all - 1, 1);
    assert_int_equal(entries(rig, 1), base + all - 1);

    /* What is not allocated cannot be changed. */
    give_up(rig, base + 5, 1);
    assert_int_equal(change(rig, base + 5, &irq), -EINVAL);
    assert_int_equal(change(rig, base + all, &irq), -EINVAL);
    assert_int_equal(change(rig, UINT32_MAX, &irq), -EINVAL);
    assert_int_equal(unit->ir->read(unit, base + 5, &irq), -EINVAL);
    assert_true(HOST_CATCH(give_up(rig, base + 5, 1)));
    rig->stop();
}
