/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A range within one level 1 table, which it does not fill: single pages, above
 * all.  There is one way down, on which everything is decided; what the walker
 * for any range does at each level is done here where something is to be done.
 */
#ifndef IOMMU_GROUPS_PT_SHORT_H
#define IOMMU_GROUPS_PT_SHORT_H

#include "walk.h"

static always_inline bool pt_is_short(uint64_t dfn, unsigned long nr)
{
    return nr < PT_ENTRIES && (dfn & (PT_ENTRIES - 1)) + nr <= PT_ENTRIES;
}

/*
 * Follows tables down to @dfn.  Returns the level of the last one; *@entry is
 * the entry for @dfn in it: no table.
 */
static always_inline unsigned int pt_descend(const struct pt_desc *f,
                                             struct pt *pt, uint64_t dfn,
                                             struct pt_walk *w,
                                             uint64_t **entry)
{
    unsigned int shift, root_shift = pt->root_shift, level = 1;
    uint64_t *table = pt->root, *p = table + (dfn >> root_shift);

    /* Unrolled: each level has its constants. */
#pragma GCC unroll 6
    for ( shift = PT_LEVEL_BITS * (f->max_levels - 1); shift;
          shift -= PT_LEVEL_BITS )
    {
        if ( shift > root_shift )
            continue;

        level = shift / PT_LEVEL_BITS + 1;
        w->tbl[level] = table;
        if ( !pt_is_table(f, *p, level) )
            goto out;

        level--;
        w->slot[level] = p;
        table = pt_child(f, *p);
        p = table + ((dfn >> (shift - PT_LEVEL_BITS)) & (PT_ENTRIES - 1));
    }
    w->tbl[1] = table;

 out:
    *entry = p;

    return level;
}

/*
 * Nothing is mapped where the entry @p of @table, at @level, leads.  New tables
 * are made from the bottom up, and linked by one store when they are complete.
 */
static noinline int pt_short_new(const struct pt_desc *f,
                                 const struct pt_op *op, uint64_t *table,
                                 uint64_t *p, unsigned int level)
{
    struct pt *pt = op->pt;
    unsigned int nr = op->end - op->pos, below;
    struct pt_pool pool;
    uint64_t *new, e;
    int rc = pt_pool_fill(&pool, level - 1, pt->cfg.node);

    if ( rc )
        return rc;

    new = pt_pool_pop(&pool);
    clear_page(new);
    pt_fill(new + (op->pos & (PT_ENTRIES - 1)), nr,
            pt_leaf_entry(f, op, op->pos, 1), pt_step(f, 1));
    pt_page_init(virt_to_page(new), 1, nr);
    pt_clean(pt, new, PT_ENTRIES);
    pt_note_leaf(pt, new, op->pos);
    e = pt_table_entry(f, new, 1);

    for ( below = 2; below < level; below++ )
    {
        new = pt_pool_pop(&pool);
        clear_page(new);
        new[pt_slot(pt, op->pos, below)] = e;
        pt_page_init(virt_to_page(new), below, 1);
        pt_clean(pt, new, PT_ENTRIES);
        e = pt_table_entry(f, new, below);
    }

    wmb();
    write_atomic(p, e);
    pt_clean(pt, p, 1);
    pt_count_add(table, 1);
    pt->tables += level - 1;
    pt->leaves[0] += nr;
    op->g->added = true;
    pt_gather_add(op->g, op->pos, op->end - 1);

    return 0;
}

/*
 * A larger leaf is where the entry @p, at @level, is: tables of its parts, down
 * to level 1.  -ENOMEM: nothing has changed.
 */
static noinline int pt_short_split(const struct pt_desc *f,
                                   const struct pt_op *op, struct pt_walk *w,
                                   uint64_t *p, unsigned int level)
{
    struct pt_pool pool;
    int rc = pt_pool_fill(&pool, level - 1, op->pt->cfg.node);

    if ( rc )
        return rc;

    do {
        uint64_t *table = pt_grow(f, op, &pool, *p, op->pos, level, 1);

        level--;
        w->slot[level] = p;
        w->tbl[level] = table;
        w->fresh |= 1u << level;
        p = table + pt_slot(op->pt, op->pos, level);
    } while ( level > 1 );

    return 0;
}

/* Up again, as long as the table above changes, too. */
static noinline void pt_short_leave(const struct pt_desc *f,
                                    const struct pt_op *op, struct pt_walk *w)
{
    struct pt *pt = op->pt;
    unsigned int level;

    w->touched = 1u << 1;
    for ( level = 1; level < pt->cfg.levels &&
                     ((w->fresh | w->touched) & (1u << level)); level++ )
    {
        w->from[level] = op->pos;
        pt_leave(f, op, w, level, op->end - 1);
    }

    if ( w->touched & (1u << pt->cfg.levels) )
        pt_clean(pt, pt->root + pt_slot(pt, op->pos, pt->cfg.levels), 1);
}

static always_inline int pt_short_map(const struct pt_desc *f,
                                      const struct pt_op *op)
{
    struct pt *pt = op->pt;
    unsigned int nr = op->end - op->pos, level;
    struct pt_walk w;
    uint64_t *p;

    w.fresh = 0;
    level = pt_descend(f, pt, op->pos, &w, &p);
    if ( level > 1 )
    {
        int rc;

        if ( !*p )
            return pt_short_new(f, op, w.tbl[level], p, level);
        if ( pt_keeps(f, op, *p, op->pos, level) )
            return 0;
        rc = pt_short_split(f, op, &w, p, level);
        if ( rc )
            return rc;
        pt_run_map(f, op, w.tbl[1], op->pos, 1, nr);
    }
    else if ( nr == 1 && !*p )
        pt_put(pt, virt_to_page(p), p, pt_leaf_entry(f, op, op->pos, 1),
               op->pos, op->g);
    else if ( !pt_run_map(f, op, w.tbl[1], op->pos, 1, nr) )
        return 0;

    if ( w.fresh || pt_count(virt_to_page(w.tbl[1])) == PT_ENTRIES )
        pt_short_leave(f, op, &w);
    else
    {
        pt_clean(pt, p, nr);
        pt_note_leaf(pt, w.tbl[1], op->pos);
    }

    return 0;
}

static always_inline int pt_short_unmap(const struct pt_desc *f,
                                        const struct pt_op *op)
{
    struct pt *pt = op->pt;
    unsigned int nr = op->end - op->pos, level;
    struct pt_walk w;
    uint64_t *p;

    w.fresh = 0;
    level = pt_descend(f, pt, op->pos, &w, &p);
    if ( level > 1 )
    {
        int rc;

        if ( !*p )
            return 0;
        rc = pt_short_split(f, op, &w, p, level);
        if ( rc )
            return rc;
        pt_run_unmap(f, op, w.tbl[1], op->pos, 1, nr);
    }
    else if ( nr == 1 && *p )
        pt_take(pt, virt_to_page(p), p, op->pos, op->g);
    else if ( !pt_run_unmap(f, op, w.tbl[1], op->pos, 1, nr) )
        return 0;

    if ( w.fresh )
        pt_short_leave(f, op, &w);
    else if ( pt_count(virt_to_page(w.tbl[1])) )
    {
        pt_clean(pt, p, nr);
        pt_note_leaf(pt, w.tbl[1], op->pos);
    }
    else
    {
        /* Each table that is empty now. */
        for ( level = 1; level < pt->cfg.levels &&
                         !pt_count(virt_to_page(w.tbl[level])); level++ )
            pt_unlink(op, &w, level);
        pt_clean(pt, w.slot[level - 1], 1);
    }

    return 0;
}

#endif /* IOMMU_GROUPS_PT_SHORT_H */
