/* SPDX-License-Identifier: GPL-2.0-only */
#include "many-ids.h"

#include <xen/err.h>

#include <iommu-groups/table.h>

#define ADDR 0x1000ULL

/* Most commands for one attach and one block, waits and all. */
#define MOST_COMMANDS 80

/* Former limits, batches, a bus, and a table's worth of IDs and more. */
static const unsigned int counts[] = {
    1, 2, 8, 9, 12, 13, 14, 15, 16, 17, 29, 30, 31, 32, 33, 34, 256, 300, 301,
};

/* A machine with one device and two tables to attach it to. */
static struct {
    struct iommu_dev *dev;
    struct s2_table *table[2];
    struct s2_domain *s2[2];
    uint64_t page[2];
} w;

static void world_up(const struct many_ids *m, unsigned int nr,
                     unsigned int step)
{
    unsigned int i;

    w.dev = m->dev(0x200, nr, step);
    for ( i = 0; i < 2; i++ )
    {
        w.table[i] = m->table(w.dev);
        w.page[i] = m->map(w.table[i], ADDR >> 12);
        w.s2[i] = m->ops->domain_alloc(w.dev, S2_PAGING, w.table[i]);
        assert_false(IS_ERR(w.s2[i]));
    }
}

static void world_down(const struct many_ids *m)
{
    unsigned int i;

    together_move(w.dev, NULL);
    for ( i = 0; i < 2; i++ )
    {
        s2_domain_free(w.s2[i]);
        m->table_free(w.table[i]);
    }
    m->del(w.dev);
}

/*
 * All IDs of @dev, and those beside it, end in @page, 0: nowhere; an access
 * leaves all of that in the unit's caches.
 */
static void expect(const struct many_ids *m, struct iommu_dev *dev,
                   uint64_t page)
{
    const struct iommu_id_range *r;
    struct iommu_id_iter it;
    uint64_t maddr;

    for_each_iommu_id ( it, &dev->ids )
    {
        unsigned int rc = m->reach(dev, it.id, ADDR, &maddr);

        if ( page ? rc || maddr != page : !rc )
            fail_msg("ID %#x of %u: %u, not to %#lx", it.id, dev->ids.nr_ids,
                     rc, (long)page);
    }
    for_each_iommu_id_range ( r, &dev->ids )
        if ( !m->reach(dev, r->last + 1, ADDR, &maddr) ||
             !m->reach(dev, r->first - 1, ADDR, &maddr) )
            fail_msg("beside [%#x, %#x]", r->first, r->last);
}

/* What iommu_unit_ops.look() says of the same IDs. */
static void look(struct iommu_dev *dev, const struct s2_domain *s2)
{
    struct iommu_unit *unit = dev->unit;
    struct iommu_hw_entry e;
    struct iommu_id_iter it;
    unsigned int nr = 0;
    uint64_t id;

    for_each_iommu_id ( it, &dev->ids )
    {
        assert_int_equal(unit->drv->unit->look(unit, it.id, &e), 0);
        assert_int_equal(e.state, s2 ? HW_PAGING : HW_BLOCKED);
        if ( !s2 )
            continue;
        assert_int_equal(e.root, s2_table_root(s2->table));
        assert_int_equal(e.tag, s2->tag->id);
        assert_int_equal(e.last, it.id);
    }

    /* All IDs of the unit: no other one is let through. */
    for ( id = 0; !unit->drv->unit->look(unit, id, &e); id = e.last + 1ULL )
    {
        assert_true(e.last >= id);
        nr += e.state != HW_BLOCKED;
    }
    assert_int_equal(nr, s2 ? dev->ids.nr_ids : 0);
    assert_true(id > 0x200 + dev->ids.nr_ids);
}

static void one_attach(const struct many_ids *m, unsigned int nr,
                       unsigned int step)
{
    uint64_t before;

    world_up(m, nr, step);
    expect(m, w.dev, 0);
    look(w.dev, NULL);

    before = w.dev->unit->nr_commands;
    assert_int_equal(together_move(w.dev, w.s2[0]), 0);
    expect(m, w.dev, w.page[0]);
    together_move(w.dev, NULL);
    if ( w.dev->unit->nr_commands - before > MOST_COMMANDS )
        fail_msg("%u IDs took %lu commands", nr,
                 (long)(w.dev->unit->nr_commands - before));
    expect(m, w.dev, 0);

    assert_int_equal(together_move(w.dev, w.s2[0]), 0);
    expect(m, w.dev, w.page[0]);
    look(w.dev, w.s2[0]);
    assert_int_equal(together_move(w.dev, w.s2[1]), 0);
    expect(m, w.dev, w.page[1]);
    look(w.dev, w.s2[1]);
    together_move(w.dev, NULL);
    expect(m, w.dev, 0);
    look(w.dev, NULL);
    world_down(m);
}

void many_ids_attach(const struct many_ids *m)
{
    unsigned int v, i;

    for ( v = 0; v < m->nr_variants; v++ )
        /* Each variant with some, so that all numbers are with several. */
        for ( i = v % 3; i < ARRAY_SIZE(counts); i += 3 )
        {
            m->up(v);
            one_attach(m, counts[i], 1 + i % 2 * 2);
            m->down();
        }
}

/* What only @dev has ends in @own, what @other has as well in @common. */
static void expect_split(const struct many_ids *m, struct iommu_dev *dev,
                         const struct iommu_dev *other, uint64_t own,
                         uint64_t common)
{
    struct iommu_id_iter it;
    uint64_t maddr = 0;

    for_each_iommu_id ( it, &dev->ids )
    {
        uint64_t want = iommu_dev_has_id(other, it.id) ? common : own;
        unsigned int rc = m->reach(dev, it.id, ADDR, &maddr);

        if ( want ? rc || maddr != want : !rc )
            fail_msg("ID %#x: %u, not to %#lx", it.id, rc, (long)want);
    }
}

void many_ids_shared(const struct many_ids *m)
{
    struct iommu_dev *other;
    unsigned int step;

    for ( step = 1; step <= 3; step += 2 )
    {
        m->up(0);
        world_up(m, 256, 1);
        /* In the middle of the other's, and beyond; its own is common. */
        other = m->dev(0x280, 100, step);

        assert_int_equal(together_move(w.dev, w.s2[0]), 0);
        assert_int_equal(together_move(other, w.s2[0]), 0);
        expect_split(m, w.dev, other, w.page[0], w.page[0]);
        together_move(w.dev, NULL);
        expect_split(m, w.dev, other, 0, w.page[0]);
        expect_split(m, other, w.dev, w.page[0], w.page[0]);
        together_move(other, NULL);
        expect_split(m, w.dev, other, 0, 0);
        expect_split(m, other, w.dev, 0, 0);

        /* The other way round. */
        assert_int_equal(together_move(w.dev, w.s2[0]), 0);
        assert_int_equal(together_move(other, w.s2[0]), 0);
        together_move(other, NULL);
        expect_split(m, other, w.dev, 0, w.page[0]);
        expect_split(m, w.dev, other, w.page[0], w.page[0]);
        together_move(w.dev, NULL);
        expect_split(m, w.dev, other, 0, 0);

        m->del(other);
        world_down(m);
        m->down();
    }
}

void many_ids_memory(const struct many_ids *m)
{
    unsigned int n;
    int rc = -ENOMEM;

    for ( n = 1; rc; n++ )
    {
        m->up(0);
        world_up(m, 300, 3);
        host_fail_nth(n);
        rc = together_move(w.dev, w.s2[0]);
        host_fail_nth(0);
        assert_true(!rc || rc == -ENOMEM);
        expect(m, w.dev, rc ? 0 : w.page[0]);
        world_down(m);
        m->down();
    }
    /* 900 IDs are more than one table, wherever there are such. */
    assert_true(n > 3);
}

/* One run; false: there is no such command any more. */
static bool one_failure(const struct many_ids *m, unsigned int nr,
                        unsigned int nth, unsigned int how)
{
    bool reached;
    int rc;

    m->up(0);
    world_up(m, nr, 1);
    assert_int_equal(together_move(w.dev, w.s2[0]), 0);
    expect(m, w.dev, w.page[0]);

    m->fail_nth(nth, how);
    rc = together_move(w.dev, w.s2[1]);
    reached = m->failed();
    m->fail_nth(0, 0);
    /* Blocked for good where the unit has failed, and nothing in between. */
    if ( !rc )
        expect(m, w.dev, w.page[1]);
    else
    {
        assert_int_equal(rc, -EIO);
        assert_true(w.dev->unit->failed);
    }
    m->forgive();
    world_down(m);
    m->down();

    return reached;
}

void many_ids_commands(const struct many_ids *m)
{
    static const unsigned int some[] = { 2, 256 };
    unsigned int how, i, n;

    for ( how = 0; how < m->nr_failures; how++ )
        for ( i = 0; i < ARRAY_SIZE(some); i++ )
        {
            for ( n = 1; one_failure(m, some[i], n, how); n++ )
                continue;
            assert_true(n > 1 && n < MOST_COMMANDS);
        }
}
