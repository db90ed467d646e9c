/* SPDX-License-Identifier: GPL-2.0-only */
/* What stage-2 tables say: changes, which wait for a flush, and look-ups. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/spinlock.h>

#include <iommu-groups/borrow.h>
#include <iommu-groups/driver.h>

/* Table lock held.  The next flush covers @g. */
static void add_pending(struct s2_table *table, struct pt_gather *g)
{
    if ( pt_gather_empty(g) )
        return;

    pt_gather_merge(&table->pending, g);
    write_atomic(&table->flush_wanted, read_atomic(&table->flush_started) + 1);
}

static void note_change(struct s2_table *table, struct pt_gather *g,
                        unsigned int *changed)
{
    if ( g->added )
        *changed |= S2_CHANGED_ADDED;
    if ( g->modified )
        *changed |= S2_CHANGED_MODIFIED;

    add_pending(table, g);
}

int s2_table_map_locked(struct s2_table *table, uint64_t dfn, uint64_t mfn,
                        unsigned long nr, unsigned int prot,
                        unsigned int *changed)
{
    struct pt_gather g;
    int rc = -ESRCH;

    ASSERT(spin_is_locked(&table->lock));
    pt_gather_init(&g);

    if ( table->borrowed )
        rc = 0;
    else if ( !table->dying )
        rc = pt_map(&table->pt, dfn, mfn, nr, prot, &g);
    note_change(table, &g, changed);

    return rc;
}

int s2_table_unmap_locked(struct s2_table *table, uint64_t dfn,
                          unsigned long nr, unsigned int *changed)
{
    struct pt_gather g;
    int rc = -ESRCH;

    ASSERT(spin_is_locked(&table->lock));
    pt_gather_init(&g);

    if ( table->borrowed )
        rc = 0;
    else if ( !table->dying )
        rc = pt_unmap(&table->pt, dfn, nr, &g);
    note_change(table, &g, changed);

    return rc;
}

int s2_table_mirror_locked(struct s2_table *table, uint64_t dfn, uint64_t mfn,
                           unsigned long nr, unsigned int prot,
                           unsigned int *changed)
{
    int rc = s2_table_map_locked(table, dfn, mfn, nr, prot, changed);

    if ( likely(rc != -ERANGE) )
        return rc;

    if ( !table->narrow )
        printk(XENLOG_G_WARNING
               "%pd: frame %"PRIx64" is beyond what a table of %u bits can say: devices that use it do not reach it\n",
               table->d, dfn, table->pt.cfg.in_bits);
    table->narrow = true;

    /* Where it ends may be out of reach, and what was there before not. */
    rc = s2_table_unmap_locked(table, dfn, nr, changed);

    return rc == -ERANGE ? 0 : rc;
}

int s2_table_mirror(struct s2_table *table, uint64_t dfn, uint64_t mfn,
                    unsigned long nr, unsigned int prot, unsigned int *changed)
{
    int rc;

    assert_may_wait();

    spin_lock(&table->lock);
    rc = s2_table_mirror_locked(table, dfn, mfn, nr, prot, changed);
    spin_unlock(&table->lock);

    return rc;
}

int s2_table_map(struct s2_table *table, uint64_t dfn, uint64_t mfn,
                 unsigned long nr, unsigned int prot, unsigned int *changed)
{
    int rc;

    assert_may_wait();

    spin_lock(&table->lock);
    rc = s2_table_map_locked(table, dfn, mfn, nr, prot, changed);
    spin_unlock(&table->lock);

    return rc;
}

int s2_table_unmap(struct s2_table *table, uint64_t dfn, unsigned long nr,
                   unsigned int *changed)
{
    int rc;

    assert_may_wait();

    spin_lock(&table->lock);
    rc = s2_table_unmap_locked(table, dfn, nr, changed);
    spin_unlock(&table->lock);

    return rc;
}

void s2_table_changed(struct s2_table *table, uint64_t dfn, unsigned long nr,
                      unsigned int changed)
{
    uint64_t end = 1ULL << (table->pt.cfg.in_bits - PAGE_SHIFT);
    struct pt_gather g;

    /* What is outside of its width, no unit can have seen. */
    if ( !table->borrowed || dfn >= end )
        return;

    pt_gather_init(&g);
    g.start = nr ? dfn : 0;
    g.last = min(nr ? dfn + nr : end, end) - 1;
    g.nr_ranges = 1;
    g.added = changed & S2_CHANGED_ADDED;
    g.modified = changed & S2_CHANGED_MODIFIED;

    spin_lock(&table->lock);
    add_pending(table, &g);
    spin_unlock(&table->lock);
}

void s2_table_hold(struct s2_table *table)
{
    if ( table->borrowed )
        arch_iommu_borrowed_lock(table->d);
    else
        spin_lock(&table->lock);
}

void s2_table_release(struct s2_table *table)
{
    if ( table->borrowed )
        arch_iommu_borrowed_unlock(table->d);
    else
        spin_unlock(&table->lock);
}

int s2_table_peek(struct s2_table *table, uint64_t dfn, struct pt_leaf *leaf)
{
    return table->borrowed
           ? arch_iommu_borrowed_lookup(table->d, dfn, leaf)
           : pt_lookup(&table->pt, dfn, leaf);
}

int s2_table_lookup(struct s2_table *table, uint64_t dfn, struct pt_leaf *leaf)
{
    int rc;

    assert_may_wait();

    s2_table_hold(table);
    rc = s2_table_peek(table, dfn, leaf);
    s2_table_release(table);

    return rc;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
