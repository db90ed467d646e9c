/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage-2 tables: a page table, the TLB tags under which units cache it, and
 * the changes that no flush has covered yet.
 *
 * Why two locks.  Changes are made under table->lock, which is never held
 * while hardware works.  A flush takes all pending changes over, so a second
 * CPU would find nothing pending although its own change is still cached: it
 * has to wait for the first one, hence flush_lock around the whole flush.
 */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#ifndef iommu_lock_relax        /* while another CPU holds a lock */
#define iommu_lock_relax() cpu_relax()
#endif
#include <iommu-groups/borrow.h>
#include <iommu-groups/group.h>

static struct s2_table *table_alloc(struct domain *d)
{
    struct s2_table *table = xzalloc(struct s2_table);

    if ( !table )
        return NULL;

    table->d = d;
    spin_lock_init(&table->flush_lock);
    spin_lock_init(&table->lock);
    lock_class_set(&table->flush_lock, LOCK_TABLE_FLUSH);
    lock_class_set(&table->lock, LOCK_TABLE);
    INIT_LIST_HEAD(&table->link);
    INIT_LIST_HEAD(&table->tags);
    pt_gather_init(&table->pending);

    return table;
}

struct s2_table *s2_table_create(struct domain *d, const struct pt_config *cfg)
{
    struct s2_table *table = table_alloc(d);
    int rc;

    if ( !table )
        return ERR_PTR(-ENOMEM);

    rc = pt_init(&table->pt, cfg);
    if ( !rc )
        return table;

    xfree(table);

    return ERR_PTR(rc);
}

struct s2_table *s2_table_borrow(struct domain *d, const struct pt_config *cfg)
{
    struct s2_table *table = table_alloc(d);

    if ( !table )
        return ERR_PTR(-ENOMEM);

    table->borrowed = true;
    table->pt.cfg = *cfg;
    table->pt.dfn_limit = 1ULL << (cfg->in_bits - PAGE_SHIFT);
    INIT_PAGE_LIST_HEAD(&table->pt.dying);

    return table;
}

paddr_t s2_table_root(const struct s2_table *table)
{
    return table->borrowed ? arch_iommu_borrowed_root(table->d)
                           : pt_root(&table->pt);
}

long s2_table_clear(struct s2_table *table, unsigned long budget)
{
    struct pt_gather g;
    long rc;

    assert_may_wait();
    pt_gather_init(&g);

    /* Waits for a flush under way; another one finds nothing to do. */
    spin_lock(&table->flush_lock);
    spin_lock(&table->lock);
    rc = table->users ? -EBUSY : 0;
    if ( !rc )
    {
        table->dying = true;
        pt_gather_merge(&g, &table->pending);
    }
    spin_unlock(&table->lock);
    spin_unlock(&table->flush_lock);

    if ( rc )
        return rc;

    ASSERT(list_empty(&table->tags));

    if ( table->stuck )
    {
        printk(XENLOG_ERR
               "%pd: an IOMMU that does not answer may walk its table: %lu pages are lost\n",
               table->d, table->pt.tables);
        return 0;
    }

    pt_gather_release(&g);

    return pt_destroy(&table->pt, budget);
}

void s2_table_free(struct s2_table *table)
{
    ASSERT(table->dying && list_empty(&table->tags));
    xfree(table);
}

/* Table lock held.  Takes @tag off the list when its last user is gone. */
static bool tag_drop(struct s2_table *table, struct s2_tag *tag)
{
    ASSERT(tag->users);

    if ( --tag->users )
        return false;

    /* Its invalidation will not be done: what it has cached, it keeps. */
    if ( tag->unit->failed )
        table->stuck = true;

    list_del(&tag->list);

    return true;
}

static void tag_release(struct s2_table *table, struct s2_tag *tag)
{
    assert_may_wait();

    /* Or was not done. */
    if ( iommu_tag_free(tag->unit, tag->id) || tag->unit->failed )
    {
        spin_lock(&table->lock);
        table->stuck = true;
        spin_unlock(&table->lock);
    }

    xfree(tag);
}

struct s2_tag *s2_tag_get(struct s2_table *table, struct iommu_unit *unit)
{
    struct s2_tag *tag, *spare = xzalloc(struct s2_tag);
    int rc = 0;

    if ( !spare )
        return ERR_PTR(-ENOMEM);

    spin_lock(&table->lock);

    if ( table->dying )
        rc = -ESRCH;

    list_for_each_entry ( tag, &table->tags, list )
        if ( tag->unit == unit )
            break;

    if ( !rc && &tag->list == &table->tags )
    {
        rc = iommu_tag_alloc(unit, &spare->id);
        if ( !rc )
        {
            tag = spare;
            spare = NULL;
            tag->unit = unit;
            list_add_tail(&tag->list, &table->tags);
        }
    }

    if ( !rc )
    {
        tag->users++;
        table->users++;
    }

    spin_unlock(&table->lock);

    xfree(spare);

    return rc ? ERR_PTR(rc) : tag;
}

void s2_tag_put(struct s2_table *table, struct s2_tag *tag)
{
    bool last;

    spin_lock(&table->lock);
    last = tag_drop(table, tag);
    spin_unlock(&table->lock);

    if ( last )
        tag_release(table, tag);

    /* Last of all: from here on the table may go. */
    spin_lock(&table->lock);
    ASSERT(table->users);
    table->users--;
    spin_unlock(&table->lock);
}

struct s2_domain *s2_domain_alloc(struct iommu_unit *unit, enum s2_type type,
                                  struct s2_table *table)
{
    struct s2_domain *s2;

    if ( type == S2_IDENTITY )
        return &unit->identity;
    if ( type != S2_PAGING )
        return ERR_PTR(-EOPNOTSUPP);
    if ( unit->failed )
        return ERR_PTR(-EIO);

    s2 = xzalloc(struct s2_domain);
    if ( !s2 )
        return ERR_PTR(-ENOMEM);

    s2->tag = s2_tag_get(table, unit);
    if ( IS_ERR(s2->tag) )
    {
        int rc = PTR_ERR(s2->tag);

        xfree(s2);
        return ERR_PTR(rc);
    }

    s2->type = S2_PAGING;
    s2->unit = unit;
    s2->table = table;

    return s2;
}

void cf_check s2_domain_free(struct s2_domain *s2)
{
    ASSERT(s2->type == S2_PAGING);

    s2_tag_put(s2->table, s2->tag);
    xfree(s2);
}

/*
 * Table lock held.  The tag after @tag (NULL: the first), with a use of its own
 * so that it stays on the list while the lock is dropped for the hardware's
 * sake.  The last user of @tag drops the lock to give it back.
 */
static struct s2_tag *tag_next(struct s2_table *table, struct s2_tag *tag)
{
    struct list_head *pos = tag ? tag->list.next : table->tags.next;
    struct s2_tag *next = NULL;

    if ( pos != &table->tags )
    {
        next = list_entry(pos, struct s2_tag, list);
        next->users++;
    }
    if ( tag && tag_drop(table, tag) )
    {
        spin_unlock(&table->lock);
        tag_release(table, tag);
        spin_lock(&table->lock);
    }

    return next;
}

/* Without a lock. */
static bool flush_over(const struct s2_table *table, unsigned int nr)
{
    bool over = (int)(nr - read_atomic(&table->flush_over)) <= 0;

    smp_rmb();

    return over;
}

/*
 * Flush lock held, under which alone the numbers change.  True: the changes
 * that flush number @nr is to cover are in @g, and the table lock is held.  One
 * that failed is made again under its old number.
 */
static bool flush_begin(struct s2_table *table, unsigned int nr,
                        struct pt_gather *g)
{
    if ( flush_over(table, nr) )
        return false;

    spin_lock(&table->lock);
    if ( pt_gather_empty(&table->pending) )
    {
        spin_unlock(&table->lock);
        return false;
    }

    pt_gather_merge(g, &table->pending);
    write_atomic(&table->flush_started, table->flush_over + 1);
    table->nr_flushes++;

    return true;
}

/* Flush lock and table lock held; the latter not while hardware works. */
static int flush_units(struct s2_table *table, const struct pt_gather *g)
{
    struct s2_tag *tag = NULL;
    int rc = 0;

    while ( (tag = tag_next(table, tag)) != NULL )
    {
        struct iommu_unit *unit = tag->unit;
        int err;

        if ( !pt_gather_needs_flush(g, unit->flush_on_map) )
            continue;

        spin_unlock(&table->lock);
        err = unit->drv->tlb->flush(unit, tag->id, g);
        if ( err && !rc )
            rc = err;
        spin_lock(&table->lock);
    }

    return rc;
}

/*
 * Flush lock and table lock held; gives both back.  What @g was to cover is
 * done with, or pends again if a unit did not answer (@rc): whoever shares this
 * flush then makes it itself, and is told by the unit.  Hardware may still walk
 * the old tables, so that they wait as well.
 */
static void flush_end(struct s2_table *table, struct pt_gather *g, int rc)
{
    unsigned long nr_kept = 0;
    bool stuck;

    if ( rc )
    {
        nr_kept = g->nr_freed;
        pt_gather_merge(&table->pending, g);
    }
    else if ( pt_gather_broken(g) )
        pt_make(&table->pt, g);
    stuck = table->stuck;
    spin_unlock(&table->lock);

    if ( !rc )
    {
        smp_wmb();
        write_atomic(&table->flush_over, table->flush_started);
    }
    spin_unlock(&table->flush_lock);

    if ( rc && printk_ratelimit() )
        printk(XENLOG_ERR
               "%pd: IOMMU flush failed (%d): %lu page-table pages are kept\n",
               table->d, rc, nr_kept);
    /*
     * A unit that failed may walk the table, whether or not it has to be asked
     * any more: its pages are lost on purpose.  Reusing them would open a
     * window into their new owner.
     */
    if ( !rc && !stuck )
        pt_gather_release(g);
}

int s2_table_flush(struct s2_table *table)
{
    /* What the caller has changed, this one covers. */
    unsigned int nr = read_atomic(&table->flush_wanted);
    struct pt_gather g;
    int rc;

    assert_may_wait();
    pt_gather_init(&g);

    /*
     * Whosever it is.  What others have changed meanwhile is theirs to flush:
     * who waits for one flush needs one more at most, and does not queue behind
     * that of somebody else.
     */
    while ( !spin_trylock(&table->flush_lock) )
    {
        if ( flush_over(table, nr) )
            return 0;
        iommu_lock_relax();
    }

    if ( !flush_begin(table, nr, &g) )
    {
        spin_unlock(&table->flush_lock);
        return 0;
    }

    rc = flush_units(table, &g);
    flush_end(table, &g, rc);

    return rc;
}

struct s2_table *s2_space_table(const struct s2_space *space,
                                const struct pt_config *cfg)
{
    struct s2_table *table;

    list_for_each_entry ( table, &space->tables, link )
        if ( table->borrowed ? table->pt.cfg.fmt == cfg->fmt
                             : pt_config_same(&table->pt.cfg, cfg) )
            return table;

    return NULL;
}

struct s2_table *s2_space_fullest(const struct s2_space *space)
{
    struct s2_table *table, *best = space->lent;

    if ( !best )
        list_for_each_entry ( table, &space->tables, link )
            if ( !best || table->pt.cfg.in_bits > best->pt.cfg.in_bits )
                best = table;

    return best;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
