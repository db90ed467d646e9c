/* SPDX-License-Identifier: GPL-2.0-only */
/* What a call is to do, as seen from one position and one entry. */
#ifndef IOMMU_GROUPS_PT_OP_H
#define IOMMU_GROUPS_PT_OP_H

#include "table.h"

/* [pos, end) gets leaves (map) or nothing (unmap). */
struct pt_op {
    struct pt *pt;
    struct pt_gather *g;
    uint64_t pos, end;    /* dfns */
    bool map;             /* the rest only if set: */
    uint64_t delta;       /* mfn - dfn */
    uint64_t attr;        /* leaf bits less frame and size */
};

/*
 * The level whose entry is to be changed at @pos: the largest block that is
 * covered, and for a mapping also allowed and aligned.  A larger one can only
 * begin where a table ends.
 */
static always_inline unsigned int pt_want(const struct pt_op *op, uint64_t pos)
{
    unsigned int level, best = 1;
    uint64_t align = op->map ? pos | (pos + op->delta) : pos;

    for ( level = 2; level <= op->pt->cfg.levels; level++ )
    {
        uint64_t span = pt_span(level);

        if ( (align & (span - 1)) || op->end - pos < span )
            break;
        if ( !op->map )
            best = level;
        else if ( op->pt->cfg.leaf_orders & (1u << (level - 1)) )
            best = level;
    }

    return best;
}

static always_inline uint64_t pt_leaf_entry(const struct pt_desc *f,
                                            const struct pt_op *op,
                                            uint64_t pos, unsigned int level)
{
    return ((pos + op->delta) << f->pfn_shift) | op->attr |
           pt_size_bits(f, level);
}

/*
 * Whether @e, which is no table, already is what @op wants around @pos; or will
 * be when the flush that it waits for makes it valid.
 */
static always_inline bool pt_keeps(const struct pt_desc *f,
                                   const struct pt_op *op, uint64_t e,
                                   uint64_t pos, unsigned int level)
{
    return op->map
           ? e && (e | f->valid) ==
                  pt_leaf_entry(f, op, pos & ~(pt_span(level) - 1), level)
           : !e;
}

/* Entries at @level from @pos to the end of their table or of the range. */
static always_inline unsigned int pt_run_length(const struct pt_op *op,
                                                uint64_t pos,
                                                unsigned int level)
{
    uint64_t left = (op->end - pos) >> (PT_LEVEL_BITS * (level - 1));
    unsigned int room = pt_table_entries(op->pt, level) -
                        pt_slot(op->pt, pos, level);

    return left < room ? left : room;
}

static always_inline uint64_t pt_advance(uint64_t pos, unsigned int level,
                                         unsigned int nr)
{
    return (pos & ~(pt_span(level) - 1)) +
           ((uint64_t)nr << (PT_LEVEL_BITS * (level - 1)));
}

/* Whether @pos, reached from a table at @level, lies behind that table. */
static always_inline bool pt_left(const struct pt_op *op, uint64_t pos,
                                  unsigned int level)
{
    return level < op->pt->cfg.levels && !(pos & (pt_span(level + 1) - 1));
}

/* Tables needed for [@pos, @end) below one entry of @level that has none. */
static always_inline unsigned long pt_count_below(const struct pt_op *op,
                                                  uint64_t pos, uint64_t end,
                                                  unsigned int level)
{
    unsigned long need = 0;
    uint64_t prev = ~pos;

    while ( pos < end )
    {
        unsigned int l, want = pt_want(op, pos);

        /* A table at l was counted if the last position lies in it as well. */
        for ( l = want; l < level; l++ )
            if ( (prev ^ pos) >> (PT_LEVEL_BITS * l) )
                need++;

        prev = pos;
        pos = pt_advance(pos, want, pt_run_length(op, pos, want));
    }

    return need;
}

/* How many tables @op will take from its pool. */
static noinline unsigned long pt_shortage(const struct pt_desc *f,
                                          const struct pt_op *op)
{
    const uint64_t *tbl[PT_MAX_LEVELS + 1];
    unsigned int level = op->pt->cfg.levels;
    unsigned long need = 0;
    uint64_t pos = op->pos;

    tbl[level] = op->pt->root;

    for ( ;; )
    {
        unsigned int want = pt_want(op, pos);
        uint64_t e = 0;

        while ( level > want )
        {
            e = tbl[level][pt_slot(op->pt, pos, level)];
            if ( !pt_is_table(f, e, level) )
                break;
            tbl[--level] = pt_child(f, e);
        }

        if ( level > want )
        {
            uint64_t next = pt_advance(pos, level, 1);

            if ( !pt_keeps(f, op, e, pos, level) )
                need += pt_count_below(op, pos, min(next, op->end), level);
            pos = next;
        }
        else
            pos = pt_advance(pos, level, pt_run_length(op, pos, level));

        if ( pos >= op->end )
            return need;

        while ( pt_left(op, pos, level) )
            level++;
    }
}

#endif /* IOMMU_GROUPS_PT_OP_H */
