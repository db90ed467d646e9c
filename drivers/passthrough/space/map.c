/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rest of Xen calls to keep a domain's tables in step with its p2m.
 *
 * A domain has one canonical table for each page-table format in use, and
 * private ones (private-table.h); every change goes to all of them, so that
 * each mirrors the p2m whichever of them a group is attached to.  The
 * prototypes and their contracts are in <xen/iommu.h>.
 */
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/sched.h>

#include <iommu-groups/borrow.h>
#include <iommu-groups/compat.h>
#include <iommu-groups/private-table.h>
#include <iommu-groups/setup.h>

DEFINE_PER_CPU(bool, iommu_dont_flush_iotlb);

/*
 * Frames between two looks at whether to preempt.  Chunks end at multiples of
 * it, so that none of them splits what could be a 1 GiB leaf.
 */
#define CHUNK_FRAMES (1UL << 18)

static unsigned int prot_of(unsigned int flags)
{
    return (flags & IOMMUF_readable ? PT_PROT_R : 0) |
           (flags & IOMMUF_writable ? PT_PROT_W : 0);
}

static unsigned int flush_flags_of(unsigned int changed)
{
    return (changed & S2_CHANGED_ADDED ? IOMMU_FLUSHF_added : 0) |
           (changed & S2_CHANGED_MODIFIED ? IOMMU_FLUSHF_modified : 0);
}

static unsigned int changed_of(unsigned int flush_flags)
{
    return (flush_flags & IOMMU_FLUSHF_added ? S2_CHANGED_ADDED : 0) |
           (flush_flags & IOMMU_FLUSHF_modified ? S2_CHANGED_MODIFIED : 0);
}

static unsigned long chunk_at(uint64_t dfn, unsigned long left)
{
    return min(left, CHUNK_FRAMES - (dfn & (CHUNK_FRAMES - 1)));
}

/* A dying domain's tables take no changes any more, and need none. */
static int unless_dying(int rc)
{
    return rc == -ESRCH ? 0 : rc;
}

/*
 * Chunks are inside the width of a table or outside: nothing is mapped there.
 */
static int unless_outside(int rc)
{
    return rc == -ERANGE ? 0 : rc;
}

/*
 * Canonical tables up to @end; NULL: all tables.  The first error, after trying
 * every one.
 */
static int unmap_chunk(struct s2_space *space, const struct s2_table *end,
                       uint64_t dfn, unsigned long nr, unsigned int *changed)
{
    struct s2_table *table;
    int rc = 0;

    list_for_each_entry ( table, &space->tables, link )
    {
        int err;

        if ( table == end )
            break;
        err = unless_dying(s2_table_unmap(table, dfn, nr, changed));
        rc = rc ?: unless_outside(err);
    }

    if ( !end && unlikely(iommu_has_private(space)) )
    {
        int err = iommu_private_unmap(space, dfn, nr, changed);

        rc = rc ?: err;
    }

    return rc;
}

/* All tables or none. */
static int map_chunk(struct s2_space *space, uint64_t dfn, uint64_t mfn,
                     unsigned long nr, unsigned int prot, unsigned int *changed)
{
    struct s2_table *table;
    int rc;

    list_for_each_entry ( table, &space->tables, link )
    {
        rc = unless_dying(s2_table_mirror(table, dfn, mfn, nr, prot, changed));

        if ( !rc )
            continue;

        /* Should this fail as well, the caller's domain_crash() is left. */
        return unmap_chunk(space, table, dfn, nr, changed) ?: rc;
    }

    if ( likely(!iommu_has_private(space)) )
        return 0;

    rc = iommu_private_map(space, dfn, mfn, nr, prot, changed);

    return rc ? unmap_chunk(space, NULL, dfn, nr, changed) ?: rc : 0;
}

/*
 * The part of a range, from its beginning, that is treated alike.  Of hidden
 * frames, a mapping to themselves is nothing to the canonical tables, and is in
 * the private ones of those that may have it.
 */
static unsigned long part_of(struct s2_space *space, uint64_t dfn,
                             uint64_t mfn, unsigned long nr, bool *hidden)
{
    *hidden = false;

    return unlikely(iommu_has_private(space)) && dfn == mfn
           ? iommu_private_hides(space, dfn, nr, hidden) : nr;
}

/*
 * After a change of a range failed half way: nobody is going to flush what was
 * done, so that happens here.
 */
static void flush_after_failure(struct domain *d, unsigned long page_count,
                                unsigned int *flush_flags)
{
    if ( page_count > 1 && !iommu_iotlb_flush_all(d, *flush_flags) )
        *flush_flags = 0;
}

long iommu_map(struct domain *d, dfn_t dfn0, mfn_t mfn0,
               unsigned long page_count, unsigned int flags,
               unsigned int *flush_flags)
{
    struct s2_space *space = s2_space_of(d);
    unsigned long done, nr;
    unsigned int changed = 0;
    int rc = 0;

    if ( !space || read_atomic(&space->over) )
        return 0;

    ASSERT(!IOMMUF_order(flags));

    if ( !prot_of(flags) )
        return iommu_unmap(d, dfn0, page_count, flags & IOMMUF_preempt,
                           flush_flags);

    if ( space->lent )
        return arch_iommu_borrowed_map(d, dfn_x(dfn0), mfn_x(mfn0), page_count,
                                       prot_of(flags));

    for ( done = 0; done < page_count; done += nr )
    {
        uint64_t dfn = dfn_x(dfn0) + done, mfn = mfn_x(mfn0) + done;
        bool hidden;

        if ( done && (flags & IOMMUF_preempt) && general_preempt_check() )
            break;

        nr = part_of(space, dfn, mfn, chunk_at(dfn, page_count - done),
                     &hidden);
        rc = hidden ? unmap_chunk(space, NULL, dfn, nr, &changed)
                    : map_chunk(space, dfn, mfn, nr, prot_of(flags), &changed);
        if ( unlikely(rc) )
            break;
    }

    *flush_flags |= flush_flags_of(changed);

    if ( likely(!rc) )
        return done < page_count ? done : 0;

    if ( !domain_shutting_down(d) && printk_ratelimit() )
        printk(XENLOG_ERR
               "%pd: IOMMU mapping dfn %"PRI_dfn" to mfn %"PRI_mfn" failed: %d\n",
               d, dfn_x(dfn0) + done, mfn_x(mfn0) + done, rc);

    /* Nothing to add: the error that counts is the first one. */
    if ( done && iommu_unmap(d, dfn0, done, 0, flush_flags) )
        *flush_flags |= IOMMU_FLUSHF_modified;

    if ( !is_hardware_domain(d) )
        domain_crash(d);

    flush_after_failure(d, page_count, flush_flags);

    return rc;
}

long iommu_unmap(struct domain *d, dfn_t dfn0, unsigned long page_count,
                 unsigned int flags, unsigned int *flush_flags)
{
    struct s2_space *space = s2_space_of(d);
    unsigned long done, nr;
    unsigned int changed = 0;
    int rc = 0;

    if ( !space || read_atomic(&space->over) )
        return 0;

    ASSERT(!(flags & ~IOMMUF_preempt));

    if ( space->lent )
        return arch_iommu_borrowed_unmap(d, dfn_x(dfn0), page_count);

    for ( done = 0; done < page_count; done += nr )
    {
        uint64_t dfn = dfn_x(dfn0) + done;
        int err;

        if ( done && (flags & IOMMUF_preempt) && general_preempt_check() )
            break;

        nr = chunk_at(dfn, page_count - done);
        err = unmap_chunk(space, NULL, dfn, nr, &changed);
        if ( likely(!err) )
            continue;

        if ( !domain_shutting_down(d) && printk_ratelimit() )
            printk(XENLOG_ERR "%pd: IOMMU unmapping dfn %"PRI_dfn" failed: %d\n",
                   d, dfn, err);

        rc = rc ?: err;

        if ( !is_hardware_domain(d) )
        {
            domain_crash(d);
            break;
        }
    }

    *flush_flags |= flush_flags_of(changed);

    if ( likely(!rc) )
        return done < page_count ? done : 0;

    flush_after_failure(d, page_count, flush_flags);

    return rc;
}

int iommu_legacy_map(struct domain *d, dfn_t dfn, mfn_t mfn,
                     unsigned long page_count, unsigned int flags)
{
    unsigned int flush_flags = 0;
    int rc;

    ASSERT(!(flags & IOMMUF_preempt));

    rc = iommu_map(d, dfn, mfn, page_count, flags, &flush_flags);

    if ( !rc && !this_cpu(iommu_dont_flush_iotlb) )
        rc = iommu_iotlb_flush(d, dfn, page_count, flush_flags);

    return rc;
}

int iommu_legacy_unmap(struct domain *d, dfn_t dfn, unsigned long page_count)
{
    unsigned int flush_flags = 0;
    int rc = iommu_unmap(d, dfn, page_count, 0, &flush_flags);

    if ( !rc && !this_cpu(iommu_dont_flush_iotlb) )
        rc = iommu_iotlb_flush(d, dfn, page_count, flush_flags);

    return rc;
}

int iommu_lookup_page(struct domain *d, dfn_t dfn, mfn_t *mfn,
                      unsigned int *flags)
{
    struct s2_space *space = s2_space_of(d);
    struct s2_table *table;
    struct pt_leaf leaf;
    int rc;

    if ( !space )
        return -EOPNOTSUPP;

    table = s2_space_fullest(space);
    if ( !table )
        return -EOPNOTSUPP;

    rc = s2_table_lookup(table, dfn_x(dfn), &leaf);
    if ( rc )
        return rc;

    *mfn = _mfn(leaf.mfn);
    *flags = (leaf.prot & PT_PROT_R ? IOMMUF_readable : 0) |
             (leaf.prot & PT_PROT_W ? IOMMUF_writable : 0);

    return 0;
}

/*
 * A table knows which of its changes are not flushed, and a flush covers all
 * of them.  Only a borrowed one has to be told the range; @nr 0: everything.
 */
static int flush_tables(struct domain *d, uint64_t dfn, unsigned long nr,
                        unsigned int flush_flags)
{
    struct s2_space *space = s2_space_of(d);
    struct s2_table *table;
    int rc = 0;

    list_for_each_entry ( table, &space->tables, link )
    {
        s2_table_changed(table, dfn, nr, changed_of(flush_flags));
        rc = s2_table_flush(table) ?: rc;
    }
    if ( unlikely(iommu_has_private(space)) )
        rc = iommu_private_flush(space) ?: rc;

    if ( unlikely(rc) )
    {
        if ( !domain_shutting_down(d) && printk_ratelimit() )
            printk(XENLOG_ERR "%pd: IOMMU TLB flush failed: %d\n", d, rc);

        if ( !is_hardware_domain(d) )
            domain_crash(d);
    }

    return rc;
}

int iommu_iotlb_flush(struct domain *d, dfn_t dfn, unsigned long page_count,
                      unsigned int flush_flags)
{
    if ( !s2_space_of(d) || !page_count || !flush_flags )
        return 0;

    return dfn_eq(dfn, INVALID_DFN)
           ? -EINVAL : flush_tables(d, dfn_x(dfn), page_count, flush_flags);
}

int iommu_iotlb_flush_all(struct domain *d, unsigned int flush_flags)
{
    return s2_space_of(d) && flush_flags
           ? flush_tables(d, 0, 0, flush_flags) : 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
