/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations of a format: instantiated once by each format's file. */
#ifndef IOMMU_GROUPS_PT_ENGINE_H
#define IOMMU_GROUPS_PT_ENGINE_H

#include <xen/errno.h>

#include "walk.h"

/* The level 1 table that serves @dfn, or NULL. */
static always_inline uint64_t *pt_find_leaf(const struct pt_desc *f,
                                            struct pt *pt, uint64_t dfn)
{
    uint64_t *table = pt->root;
    unsigned int level;

    if ( pt->leaf_tag == dfn >> PT_LEVEL_BITS )
        return pt->leaf;

    for ( level = pt->cfg.levels; level > 1; level-- )
    {
        uint64_t e = table[pt_index(pt, dfn, level)];

        if ( !pt_is_table(f, e, level) )
            return NULL;
        table = pt_child(f, e);
    }

    pt->leaf = table;
    pt->leaf_tag = dfn >> PT_LEVEL_BITS;

    return table;
}

/* Whether the range is a part of one level 1 table, but not all of it. */
static always_inline bool pt_in_leaf(uint64_t dfn, unsigned long nr)
{
    return nr < PT_ENTRIES &&
           dfn >> PT_LEVEL_BITS == (dfn + nr - 1) >> PT_LEVEL_BITS;
}

static always_inline long pt_do_map(const struct pt_desc *f, struct pt *pt,
                                    uint64_t dfn, uint64_t mfn,
                                    unsigned long nr, unsigned int prot,
                                    struct s2_gather *g)
{
    struct pt_op op = {
        .pt = pt, .g = g, .pos = dfn, .end = dfn + nr, .map = true,
        .delta = mfn - dfn, .attr = pt_encode(f, prot, pt->cfg.snoop),
    };
    struct pt_pool pool = { NULL };
    bool revisit = false;

    if ( pt_in_leaf(dfn, nr) )
    {
        uint64_t *table = pt_find_leaf(f, pt, dfn);

        if ( table )
        {
            if ( !pt_run_map(f, &op, table, dfn, 1, nr) )
                return 0;
            pt_clean(pt, table + pt_index(pt, dfn, 1), nr);
            if ( !pt_may_merge(f, pt, table, 1) )
                return 0;
            op.end = dfn + 1;
            revisit = true;
        }
    }

    if ( !revisit )
    {
        unsigned long need = pt_shortage(f, &op);
        int rc = need ? pt_pool_fill(&pool, need, pt->cfg.node) : 0;

        if ( rc )
            return rc;
    }

    pt_commit(f, &op, &pool, revisit);

    return 0;
}

static always_inline long pt_do_unmap(const struct pt_desc *f, struct pt *pt,
                                      uint64_t dfn, unsigned long nr,
                                      struct s2_gather *g)
{
    struct pt_op op = { .pt = pt, .g = g, .pos = dfn, .end = dfn + nr };
    struct pt_pool pool = { NULL };
    bool revisit = false;

    if ( pt_in_leaf(dfn, nr) )
    {
        uint64_t *table = pt_find_leaf(f, pt, dfn);

        if ( table )
        {
            if ( !pt_run_unmap(f, &op, table, dfn, 1, nr) )
                return 0;
            pt_clean(pt, table + pt_index(pt, dfn, 1), nr);
            if ( pt_count(virt_to_page(table)) )
                return 0;
            op.end = dfn + 1;
            revisit = true;
        }
    }

    if ( !revisit )
    {
        unsigned long need = pt_shortage(f, &op);
        int rc = need ? pt_pool_fill(&pool, need, pt->cfg.node) : 0;

        if ( rc )
            return rc;
    }

    pt_commit(f, &op, &pool, revisit);

    return 0;
}

/*
 * Each table counts one entry, although it has more: pt_queue_children() then
 * finds each of them once.
 */
static always_inline int pt_do_alias(const struct pt_desc *f, struct pt *pt,
                                     uint64_t mfn, unsigned int prot)
{
    uint64_t e = (mfn << f->pfn_shift) | pt_encode(f, prot, pt->cfg.snoop) |
                 pt_size_bits(f, 1);
    unsigned int i, level, nr = pt_table_entries(pt, pt->cfg.levels);
    struct pt_pool pool;
    int rc = pt_pool_fill(&pool, pt->cfg.levels - 1, pt->cfg.node);

    if ( rc )
        return rc;

    for ( level = 1; level < pt->cfg.levels; level++ )
    {
        uint64_t *table = pt_pool_pop(&pool);

        pt_fill(table, PT_ENTRIES, e, 0);
        pt_page_init(virt_to_page(table), level, 1);
        pt_clean(pt, table, PT_ENTRIES);
        e = pt_table_entry(f, table);
    }

    wmb();

    for ( i = 0; i < nr; i++ )
        write_atomic(&pt->root[i], e);
    pt_page_init(virt_to_page(pt->root), level, 1);
    pt_clean(pt, pt->root, nr);

    pt->tables += level - 1;
    pt->leaves[0] = PT_ENTRIES;
    pt->aliased = true;

    return 0;
}

static always_inline int pt_do_lookup(const struct pt_desc *f,
                                      const struct pt *pt, uint64_t dfn,
                                      uint64_t *mfn, unsigned int *prot,
                                      unsigned int *order)
{
    const uint64_t *table = pt->root;
    unsigned int level = pt->cfg.levels;
    uint64_t e;

    for ( ;; level-- )
    {
        e = table[pt_index(pt, dfn, level)];
        if ( !e )
            return -ENOENT;
        if ( pt_is_leaf(f, e, level) )
            break;
        table = pt_child(f, e);
    }

    if ( mfn )
        *mfn = pt_frame(f, e) | (dfn & (pt_span(level) - 1));
    if ( prot )
        *prot = pt_decode(f, e);
    if ( order )
        *order = PT_LEVEL_BITS * (level - 1);

    return 0;
}

/* Break-before-make formats: sets the valid bits in what @g has broken. */
static always_inline void pt_do_make(const struct pt_desc *f, struct pt *pt,
                                     const struct s2_gather *g)
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
        uint64_t *p = tbl[level] + pt_index(pt, pos, level), e = *p;

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
