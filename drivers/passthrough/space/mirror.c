/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What private tables say, and how it is kept right while the domain changes
 * its p2m.
 *
 * A change of a frame goes to the canonical table first and to the private ones
 * after that.  A copy of a frame holds both tables' locks.  So the change is
 * either in the canonical table before the copy reads it, or comes to the
 * private table after it: which is on the list before anything is copied, and
 * whoever changed the canonical table later finds it there.  Changes of one
 * frame come one after the other, by the p2m's lock or the page's type.
 *
 * Regions change under the private table's lock, and whatever depends on them
 * is looked up and written under it.
 */
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/list.h>

#include <iommu-groups/private-table.h>

/* Leaves and holes between two looks at whether to preempt. */
#define SYNC_STEPS 1024

struct iommu_private *iommu_private_find(const struct s2_space *space,
                                         unsigned int group)
{
    struct iommu_private *p;

    list_for_each_entry ( p, &space->privates, link )
        if ( p->group == group )
            return p;

    return NULL;
}

struct iommu_private *iommu_private_pin(struct s2_space *space,
                                        unsigned int id)
{
    struct iommu_private *p;

    if ( !iommu_has_private(space) )
        return NULL;

    spin_lock(&space->lock);
    p = iommu_private_find(space, id);
    if ( p && !p->complete )
        p = NULL;
    if ( p )
        p->pins++;
    spin_unlock(&space->lock);

    return p;
}

void iommu_private_unpin(struct s2_space *space, struct iommu_private *p)
{
    spin_lock(&space->lock);
    ASSERT(p->pins);
    p->pins--;
    spin_unlock(&space->lock);
}

struct iommu_private *iommu_private_next(struct s2_space *space,
                                         struct iommu_private *prev)
{
    struct list_head *pos;
    struct iommu_private *next = NULL;

    if ( !prev && !iommu_has_private(space) )
        return NULL;

    spin_lock(&space->lock);

    pos = prev ? prev->link.next : space->privates.next;
    if ( pos != &space->privates )
    {
        next = list_entry(pos, struct iommu_private, link);
        next->pins++;
    }
    if ( prev )
        prev->pins--;

    spin_unlock(&space->lock);

    return next;
}

/* What is said of @dfn, of @nr frames, by one region. */
static void narrow(const struct iommu_region *r, uint64_t dfn,
                   unsigned long *nr, unsigned int *prot)
{
    if ( r->first > dfn )
        *nr = min(*nr, (unsigned long)(r->first - dfn));
    else if ( r->last >= dfn )
    {
        *nr = min(*nr, (unsigned long)(r->last + 1 - dfn));
        *prot |= r->prot;
    }
}

/*
 * What @p's regions permit at @dfn (*@prot 0: it is in none), and for how many
 * of @nr frames that is so.
 */
static unsigned long piece(const struct iommu_private *p, uint64_t dfn,
                           unsigned long nr, unsigned int *prot)
{
    const struct iommu_hold *hold;
    unsigned int i;

    list_for_each_entry ( hold, &p->holds, list )
        for ( i = 0; i < hold->nr; i++ )
            narrow(&hold->regions[i], dfn, &nr, prot);

    return nr;
}

/* Nothing is mapped at @dfn for the domain itself.  (t) */
static int set_hole(struct iommu_private *p, uint64_t dfn, unsigned long nr,
                    unsigned int *changed)
{
    int rc = 0;

    while ( nr )
    {
        unsigned int prot = 0;
        unsigned long n = piece(p, dfn, nr, &prot);
        int err = prot ? s2_table_map_locked(p->table, dfn, dfn, n, prot,
                                             changed) : 0;

        /* The frame that was there must go, whatever comes in its place. */
        if ( err || !prot )
            err = s2_table_unmap_locked(p->table, dfn, n, changed) ?: err;
        rc = rc ?: err;
        dfn += n;
        nr -= n;
    }

    return rc;
}

static unsigned long left_of(uint64_t dfn, unsigned int order)
{
    return (1UL << order) - (dfn & ((1UL << order) - 1));
}

/* One run of leaves, or one hole; both tables are locked. */
static int sync_step(struct iommu_private *p, uint64_t *pos, uint64_t end,
                     unsigned int *steps, unsigned int *changed)
{
    struct s2_table *from = p->source;
    uint64_t dfn = *pos;
    struct pt_leaf leaf, next;
    bool mapped = !s2_table_peek(from, dfn, &leaf);
    unsigned long nr = left_of(dfn, leaf.order);
    int rc;

    for ( --*steps; mapped && *steps && dfn + nr < end; --*steps )
    {
        if ( s2_table_peek(from, dfn + nr, &next) ||
             next.mfn != leaf.mfn + nr || next.prot != leaf.prot )
            break;
        nr += left_of(dfn + nr, next.order);
    }

    nr = min(nr, (unsigned long)(end - dfn));
    /* That accesses snoop is the source's units' affair. */
    rc = mapped ? s2_table_mirror_locked(p->table, dfn, leaf.mfn, nr,
                                         leaf.prot & ~PT_PROT_SNP, changed)
                : set_hole(p, dfn, nr, changed);
    if ( !rc )
        *pos = dfn + nr;

    return rc;
}

int iommu_private_sync(struct iommu_private *p, uint64_t *pos, uint64_t end)
{
    int rc = 0;

    assert_may_wait();

    while ( !rc && *pos < end )
    {
        unsigned int steps = SYNC_STEPS, changed = 0;

        s2_table_hold(p->source);
        spin_lock(&p->table->lock);

        if ( p->source->dying || p->table->dying )
            rc = -ESRCH;
        end = min(end, min(p->source->pt.dfn_limit, p->table->pt.dfn_limit));
        while ( !rc && *pos < end && steps )
            rc = sync_step(p, pos, end, &steps, &changed);

        spin_unlock(&p->table->lock);
        s2_table_release(p->source);

        if ( !rc && *pos < end && general_preempt_check() )
            rc = -ERESTART;
    }

    return rc;
}

void iommu_hold_add(struct s2_space *space, struct iommu_private *p,
                    struct iommu_hold *hold)
{
    spin_lock(&space->lock);
    spin_lock(&p->table->lock);
    list_add_tail(&hold->list, &p->holds);
    spin_unlock(&p->table->lock);
    spin_unlock(&space->lock);
}

void iommu_hold_del(struct s2_space *space, struct iommu_private *p,
                    struct iommu_hold *hold)
{
    spin_lock(&space->lock);
    spin_lock(&p->table->lock);
    list_del(&hold->list);
    spin_unlock(&p->table->lock);
    spin_unlock(&space->lock);
}

unsigned long iommu_private_hides(struct s2_space *space, uint64_t dfn,
                                  unsigned long nr, bool *hidden)
{
    const struct iommu_private *p;
    unsigned int prot = 0;

    spin_lock(&space->lock);
    list_for_each_entry ( p, &space->privates, link )
        nr = piece(p, dfn, nr, &prot);
    spin_unlock(&space->lock);
    *hidden = prot;

    return nr;
}

/*
 * A table that is being taken down takes no changes and needs none; where it
 * does not reach it has nothing.
 */
static int unless_dying(int rc)
{
    return rc == -ESRCH || rc == -ERANGE ? 0 : rc;
}

int iommu_private_map(struct s2_space *space, uint64_t dfn, uint64_t mfn,
                      unsigned long nr, unsigned int prot,
                      unsigned int *changed)
{
    struct iommu_private *p = NULL;
    int rc = 0;

    while ( (p = iommu_private_next(space, p)) != NULL )
        rc = unless_dying(s2_table_mirror(p->table, dfn, mfn, nr, prot,
                                          changed)) ?: rc;

    return rc;
}

int iommu_private_unmap(struct s2_space *space, uint64_t dfn,
                        unsigned long nr, unsigned int *changed)
{
    struct iommu_private *p = NULL;
    int rc = 0;

    while ( (p = iommu_private_next(space, p)) != NULL )
    {
        spin_lock(&p->table->lock);
        rc = unless_dying(set_hole(p, dfn, nr, changed)) ?: rc;
        spin_unlock(&p->table->lock);
    }

    return rc;
}

int iommu_private_flush(struct s2_space *space)
{
    struct iommu_private *p = NULL;
    int rc = 0;

    while ( (p = iommu_private_next(space, p)) != NULL )
        rc = s2_table_flush(p->table) ?: rc;

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
