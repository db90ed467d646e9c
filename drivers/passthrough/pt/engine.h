/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations of a format: instantiated once by each format's file. */
#ifndef IOMMU_GROUPS_PT_ENGINE_H
#define IOMMU_GROUPS_PT_ENGINE_H

#include <xen/errno.h>

#include "short.h"

/*
 * Any range: counts the tables that it needs, takes them, then changes entries.
 */
static noinline int pt_walk_range(const struct pt_desc *f,
                                  const struct pt_op *op)
{
    struct pt_pool pool = { NULL };
    unsigned long need = pt_shortage(f, op);
    int rc = need ? pt_pool_fill(&pool, need, op->pt->cfg.node) : 0;

    if ( rc )
        return rc;

    pt_commit(f, op, &pool);
    ASSERT(!pool.top);

    return 0;
}

static noinline long pt_map_range(const struct pt_desc *f, struct pt *pt,
                                  uint64_t dfn, uint64_t mfn, unsigned long nr,
                                  unsigned int prot, struct pt_gather *g)
{
    const struct pt_op op = {
        .pt = pt, .g = g, .pos = dfn, .end = dfn + nr, .map = true,
        .delta = mfn - dfn,
        .attr = prot == pt->last_prot
                ? pt->last_attr
                : pt_encode(f, prot | (pt->cfg.snoop ? PT_PROT_SNP : 0)),
    };
    int rc = pt_check_map(pt, dfn, mfn, nr, prot);

    if ( unlikely(rc) || !nr )
        return rc;

    pt->last_prot = prot;
    pt->last_attr = op.attr;

    return pt_is_short(dfn, nr) ? pt_short_map(f, &op)
                                : pt_walk_range(f, &op);
}

static noinline long pt_unmap_range(const struct pt_desc *f, struct pt *pt,
                                    uint64_t dfn, unsigned long nr,
                                    struct pt_gather *g)
{
    const struct pt_op op = { .pt = pt, .g = g, .pos = dfn, .end = dfn + nr };
    int rc = pt_check_unmap(pt, dfn, nr);

    if ( unlikely(rc) || !nr )
        return rc;

    return pt_is_short(dfn, nr) ? pt_short_unmap(f, &op)
                                : pt_walk_range(f, &op);
}

/*
 * One page, into or out of the table last used, which neither gets full nor
 * empty: the path that ballooning and grants take again and again.  Anything
 * else is a range.  That the table serves @dfn, and that the last mapping had
 * @prot, spares their checks.
 */
static always_inline long pt_do_map(const struct pt_desc *f, struct pt *pt,
                                    uint64_t dfn, uint64_t mfn,
                                    unsigned long nr, unsigned int prot,
                                    struct pt_gather *g)
{
    uint64_t slot = dfn - pt->leaf_dfn, *p;

    if ( nr != 1 || prot != pt->last_prot ||
         mfn >= pt->mfn_limit || slot >= PT_ENTRIES ||
         *(p = pt->leaf + slot) || pt_count(pt->leaf_pg) == PT_ENTRIES - 1 )
        return pt_map_range(f, pt, dfn, mfn, nr, prot, g);

    pt_put(pt, pt->leaf_pg, p, (mfn << f->pfn_shift) | pt->last_attr | f->page,
           dfn, g);

    return 0;
}

static always_inline long pt_do_unmap(const struct pt_desc *f, struct pt *pt,
                                      uint64_t dfn, unsigned long nr,
                                      struct pt_gather *g)
{
    uint64_t slot = dfn - pt->leaf_dfn, *p;

    if ( nr != 1 || slot >= PT_ENTRIES || !*(p = pt->leaf + slot) ||
         pt_count(pt->leaf_pg) == 1 )
        return pt_unmap_range(f, pt, dfn, nr, g);

    pt_take(pt, pt->leaf_pg, p, dfn, g);

    return 0;
}

static always_inline int pt_found(const struct pt_desc *f, uint64_t e,
                                  uint64_t dfn, unsigned int shift,
                                  struct pt_leaf *leaf)
{
    leaf->order = shift;
    if ( unlikely(!e) )
        return -ENOENT;

    leaf->mfn = pt_frame(f, e) | (dfn & ((1ULL << shift) - 1));
    leaf->prot = pt_decode(f, e);

    return 0;
}

static always_inline int pt_do_lookup(const struct pt_desc *f,
                                      const struct pt *pt, uint64_t dfn,
                                      struct pt_leaf *leaf)
{
    unsigned int shift, root_shift = pt->root_shift;
    uint64_t e = pt->root[dfn >> root_shift];

    /* Unrolled: each level has its constants. */
#pragma GCC unroll 6
    for ( shift = PT_LEVEL_BITS * (f->max_levels - 1); shift;
          shift -= PT_LEVEL_BITS )
    {
        if ( shift > root_shift )
            continue;
        if ( unlikely(!pt_is_table(f, e, 2)) )
            return pt_found(f, e, dfn, shift, leaf);
        e = pt_child(f, e)[(dfn >> (shift - PT_LEVEL_BITS)) &
                           (PT_ENTRIES - 1)];
    }

    return pt_found(f, e, dfn, 0, leaf);
}

/* Break-before-make formats: sets the valid bits in what @g has broken. */
static always_inline void pt_do_make(const struct pt_desc *f, struct pt *pt,
                                     const struct pt_gather *g)
{
    const struct pt_op op = {
        .pt = pt, .pos = g->brk_start, .end = g->brk_last + 1,
    };
    uint64_t *tbl[PT_MAX_LEVELS + 1];
    unsigned int level = pt->cfg.levels;
    uint64_t pos = op.pos;

    tbl[level] = pt->root;

    while ( pos < op.end )
    {
        uint64_t *p = tbl[level] + pt_slot(pt, pos, level), e = *p;

        if ( e && !(e & f->valid) )
        {
            write_atomic(p, e | f->valid);
            pt_clean(pt, p, 1);
        }

        if ( pt_is_table(f, e, level) )
        {
            tbl[--level] = pt_child(f, e);
            continue;
        }

        pos = pt_advance(pos, level, 1);
        while ( pt_left(&op, pos, level) )
            level++;
    }
}

static always_inline void pt_do_disband(const struct pt_desc *f, struct pt *pt,
                                        const uint64_t *table, unsigned int nr)
{
    const struct page_info *pg = virt_to_page(table);

    pt_queue_children(f, table, pt_page_level(pg), nr, pt_count(pg),
                      &pt->dying);
}

#endif /* IOMMU_GROUPS_PT_ENGINE_H */
