/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The range walker: changes entries; nothing here can fail.
 *
 * New tables are filled before they are linked, from the bottom up, each with
 * one store.  Lines written are cleaned once, when the walker leaves a table.
 */
#ifndef IOMMU_GROUPS_PT_WALK_H
#define IOMMU_GROUPS_PT_WALK_H

#include <xen/bitops.h>
#include <xen/lib.h>
#include <xen/mm.h>

#include <asm/atomic.h>
#include <asm/system.h>

#include "op.h"
#include "retire.h"

struct pt_walk {
    unsigned int fresh;                 /* levels whose table is not linked */
    unsigned int touched;               /* levels whose table was written */
    uint64_t *tbl[PT_MAX_LEVELS + 1];
    uint64_t *slot[PT_MAX_LEVELS + 1];  /* entry of the table above */
    uint64_t from[PT_MAX_LEVELS + 1];   /* dfn at which tbl[] was entered */
};

static always_inline void pt_clean(const struct pt *pt, const uint64_t *p,
                                   unsigned int nr)
{
    if ( !pt->cfg.coherent )
        arch_iommu_cache_clean(p, nr * sizeof(*p));
}

/* Entries that hardware cannot see yet. */
static always_inline void pt_fill(uint64_t *p, unsigned int nr, uint64_t val,
                                  uint64_t step)
{
    for ( ; nr >= 8; nr -= 8, p += 8 )
    {
        p[0] = val; val += step;
        p[1] = val; val += step;
        p[2] = val; val += step;
        p[3] = val; val += step;
        p[4] = val; val += step;
        p[5] = val; val += step;
        p[6] = val; val += step;
        p[7] = val; val += step;
    }

    for ( ; nr; nr--, val += step )
        *p++ = val;
}

/*
 * Replaces a present entry.  @resize: old and new translate alike, in leaves
 * of different sizes.
 */
static always_inline void pt_replace(const struct pt_desc *f,
                                     const struct pt_op *op, uint64_t *p,
                                     uint64_t new, uint64_t pos,
                                     unsigned int level, bool resize)
{
    uint64_t old = *p;

    if ( f->valid &&
         (!(old & f->valid) ||
          (resize ? !op->pt->cfg.bbml2
                  : pt_is_table(f, old, level) || ((old ^ new) & ~f->perms))) )
    {
        pos &= ~(pt_span(level) - 1);
        pt_gather_break(op->g, pos, pos + pt_span(level) - 1);
        new &= ~f->valid;
    }

    write_atomic(p, new);
}

/* A table for the entry @e, at @level and around @pos, which has none. */
static noinline uint64_t *pt_grow(const struct pt_desc *f,
                                  const struct pt_op *op,
                                  struct pt_pool *pool, uint64_t e,
                                  uint64_t pos, unsigned int level,
                                  unsigned int want)
{
    struct pt *pt = op->pt;
    uint64_t *table = pt_pool_pop(pool);
    unsigned int below = level - 1;

    if ( e )
    {
        pt_fill(table, PT_ENTRIES, pt_resize(f, e, below), pt_step(f, below));
        pt_page_init(virt_to_page(table), below, PT_ENTRIES);
        pt->leaves[level - 1]--;
        pt->leaves[below - 1] += PT_ENTRIES;
        op->g->modified = true;
        pos &= ~(pt_span(level) - 1);
        pt_gather_add(op->g, pos, pos + pt_span(level) - 1);
        return table;
    }

    pt_page_init(virt_to_page(table), below, 0);
    op->g->added = true;
    if ( want < below || pt_run_length(op, pos, below) < PT_ENTRIES )
        clear_page(table);

    return table;
}

/* @nr leaves into a table that is new and not linked. */
static noinline void pt_run_new(const struct pt_desc *f,
                                const struct pt_op *op, uint64_t *table,
                                uint64_t pos, unsigned int level,
                                unsigned int nr)
{
    pt_fill(table + pt_slot(op->pt, pos, level), nr,
            pt_leaf_entry(f, op, pos, level), pt_step(f, level));
    pt_count_add(table, nr);
    op->pt->leaves[level - 1] += nr;
    pt_gather_add(op->g, pos, pt_advance(pos, level, nr) - 1);
}

/* @nr entries of a table; returns whether any changed. */
static noinline bool pt_run_map(const struct pt_desc *f,
                                const struct pt_op *op, uint64_t *table,
                                uint64_t pos, unsigned int level,
                                unsigned int nr)
{
    uint64_t *p = table + pt_slot(op->pt, pos, level), *end = p + nr;
    uint64_t val = pt_leaf_entry(f, op, pos, level), at = pos;
    unsigned int added = 0;
    bool modified = false;

    for ( ; p < end; p++, val += pt_step(f, level), at += pt_span(level) )
    {
        uint64_t old = *p;

        if ( old == val )
            continue;

        if ( !old )
        {
            write_atomic(p, val);
            added++;
            continue;
        }

        modified = true;
        pt_replace(f, op, p, val, at, level, false);
        if ( level > 1 && !pt_is_leaf(f, old, level) )
        {
            /* It may have had holes. */
            op->g->added = true;
            pt_retire(f, op->pt, pt_child(f, old), op->g);
            op->pt->leaves[level - 1]++;
        }
    }

    if ( !added && !modified )
        return false;

    if ( added )
    {
        pt_count_add(table, added);
        op->pt->leaves[level - 1] += added;
        op->g->added = true;
    }
    op->g->modified |= modified;
    pt_gather_add(op->g, pos, at - 1);

    return true;
}

static noinline bool pt_run_unmap(const struct pt_desc *f,
                                  const struct pt_op *op, uint64_t *table,
                                  uint64_t pos, unsigned int level,
                                  unsigned int nr)
{
    uint64_t *p = table + pt_slot(op->pt, pos, level), *end = p + nr;
    int gone = 0, tables = 0;

    for ( ; p < end; p++ )
    {
        uint64_t old = *p;

        if ( !old )
            continue;

        write_atomic(p, 0ULL);
        gone++;
        if ( level > 1 && !pt_is_leaf(f, old, level) )
        {
            pt_retire(f, op->pt, pt_child(f, old), op->g);
            tables++;
        }
    }

    if ( !gone )
        return false;

    pt_count_add(table, -gone);
    op->pt->leaves[level - 1] -= gone - tables;
    op->g->modified = true;
    pt_gather_add(op->g, pos, pt_advance(pos, level, nr) - 1);

    return true;
}

/* A full table whose entries may be one leaf: the cheap part of the check. */
static always_inline bool pt_may_merge(const struct pt_desc *f,
                                       const struct pt *pt,
                                       const uint64_t *table,
                                       unsigned int level)
{
    return pt_count(virt_to_page(table)) == PT_ENTRIES &&
           (pt->cfg.leaf_orders & (1u << level)) &&
           (!f->valid || (pt->cfg.bbml2 && (table[0] & f->valid))) &&
           pt_is_leaf(f, table[0], level) &&
           !(pt_frame(f, table[0]) & (pt_span(level + 1) - 1)) &&
           table[PT_ENTRIES - 1] - table[0] ==
           (PT_ENTRIES - 1) * pt_step(f, level);
}

static noinline bool pt_merge(const struct pt_desc *f,
                              const struct pt_op *op, uint64_t *table,
                              uint64_t *slot, uint64_t pos,
                              unsigned int level)
{
    const uint64_t *p = table, *end = table + PT_ENTRIES;
    uint64_t e = table[0];

    if ( !pt_may_merge(f, op->pt, table, level) )
        return false;

#pragma GCC unroll 8
    for ( ; p < end; p++, e += pt_step(f, level) )
        if ( *p != e )
            return false;

    pt_replace(f, op, slot, pt_resize(f, table[0], level + 1), pos, level + 1,
               true);
    op->pt->leaves[level]++;
    pt_retire(f, op->pt, table, op->g);
    op->g->modified = true;
    pos &= ~(pt_span(level + 1) - 1);
    pt_gather_add(op->g, pos, pos + pt_span(level + 1) - 1);

    return true;
}

static always_inline void pt_link(const struct pt_desc *f,
                                  const struct pt_op *op, struct pt_walk *w,
                                  unsigned int level, uint64_t last)
{
    uint64_t *table = w->tbl[level], *slot = w->slot[level];
    uint64_t e = pt_table_entry(f, table, level);

    pt_clean(op->pt, table, PT_ENTRIES);
    wmb();

    if ( !*slot )
    {
        pt_count_add(w->tbl[level + 1], 1);
        write_atomic(slot, e);
    }
    else if ( w->fresh & (1u << (level + 1)) )
        write_atomic(slot, e);
    else
        pt_replace(f, op, slot, e, last, level + 1, true);

    op->pt->tables++;
}

/* The table at @level is empty. */
static always_inline void pt_unlink(const struct pt_op *op,
                                    const struct pt_walk *w,
                                    unsigned int level)
{
    write_atomic(w->slot[level], 0ULL);
    pt_count_add(w->tbl[level + 1], -1);
    pt_retire_empty(op->pt, w->tbl[level], op->g);
}

/* Done with the table at @level, in which @last was the last dfn looked at. */
static noinline void pt_leave(const struct pt_desc *f,
                              const struct pt_op *op, struct pt_walk *w,
                              unsigned int level, uint64_t last)
{
    struct pt *pt = op->pt;
    uint64_t *table = w->tbl[level];
    unsigned int bit = 1u << level;

    if ( w->fresh & bit )
    {
        pt_link(f, op, w, level, last);
        w->touched |= bit << 1;
    }
    else if ( !(w->touched & bit) )
        return;
    else if ( !op->map && !pt_count(virt_to_page(table)) )
    {
        pt_unlink(op, w, level);
        w->touched |= bit << 1;
        level = 0;
    }
    else if ( op->map &&
              pt_merge(f, op, table, w->slot[level], last, level) )
    {
        w->touched |= bit << 1;
        level = 0;
    }
    else
        pt_clean(pt, table + pt_slot(pt, w->from[level], level),
                 pt_slot(pt, last, level) -
                 pt_slot(pt, w->from[level], level) + 1);

    w->fresh &= ~bit;
    w->touched &= ~bit;

    if ( level == 1 && last == op->end - 1 )
        pt_note_leaf(pt, table, last);
}

/*
 * From the table at *@level down to the one at @want, with new tables where
 * there are none.  False: a leaf on the way says already what @op wants.
 */
static always_inline bool pt_reach(const struct pt_desc *f,
                                   const struct pt_op *op, struct pt_walk *w,
                                   struct pt_pool *pool, uint64_t pos,
                                   unsigned int *level, unsigned int want)
{
    while ( *level > want )
    {
        uint64_t *p = w->tbl[*level] + pt_slot(op->pt, pos, *level), e = *p;
        uint64_t *table;

        if ( pt_is_table(f, e, *level) )
            table = pt_child(f, e);
        else if ( pt_keeps(f, op, e, pos, *level) )
            return false;
        else
        {
            table = pt_grow(f, op, pool, e, pos, *level, want);
            w->fresh |= 1u << (*level - 1);
        }

        --*level;
        w->slot[*level] = p;
        w->tbl[*level] = table;
        w->from[*level] = pos;
    }

    return true;
}

/* @nr entries of the table at @level, from @pos on. */
static always_inline void pt_run(const struct pt_desc *f,
                                 const struct pt_op *op, struct pt_walk *w,
                                 uint64_t pos, unsigned int level,
                                 unsigned int nr)
{
    uint64_t *table = w->tbl[level];
    bool changed = true;

    if ( !op->map )
        changed = pt_run_unmap(f, op, table, pos, level, nr);
    else if ( (w->fresh & (1u << level)) &&
              pt_count(virt_to_page(table)) < PT_ENTRIES )
        pt_run_new(f, op, table, pos, level, nr);
    else
        changed = pt_run_map(f, op, table, pos, level, nr);

    if ( changed )
        w->touched |= 1u << level;
}

/* Carries out @op with the tables in @pool. */
static noinline void pt_commit(const struct pt_desc *f,
                               const struct pt_op *op,
                               struct pt_pool *pool)
{
    struct pt *pt = op->pt;
    unsigned int level = pt->cfg.levels;
    struct pt_walk w;
    uint64_t pos = op->pos;

    w.fresh = 0;
    w.touched = 0;
    w.tbl[level] = pt->root;
    w.from[level] = pos;

    for ( ;; )
    {
        unsigned int nr = 1;

        if ( pt_reach(f, op, &w, pool, pos, &level, pt_want(op, pos)) )
        {
            nr = pt_run_length(op, pos, level);
            pt_run(f, op, &w, pos, level, nr);
        }

        pos = pt_advance(pos, level, nr);
        if ( pos >= op->end )
            break;

        for ( ; pt_left(op, pos, level); level++ )
            pt_leave(f, op, &w, level, pos - 1);
    }

    for ( ; level < pt->cfg.levels; level++ )
        pt_leave(f, op, &w, level, op->end - 1);

    if ( w.touched & (1u << level) )
        pt_clean(pt, pt->root + pt_slot(pt, op->pos, level),
                 pt_slot(pt, op->end - 1, level) -
                 pt_slot(pt, op->pos, level) + 1);
}

#endif /* IOMMU_GROUPS_PT_WALK_H */
