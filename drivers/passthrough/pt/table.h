/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Table pages: their descriptor, where they come from, where they go.
 *
 * The page's count (pt_page_count(), per architecture) holds the number
 * of entries that are present, and the table's level above PT_COUNT_BITS.
 */
#ifndef IOMMU_GROUPS_PT_TABLE_H
#define IOMMU_GROUPS_PT_TABLE_H

#include <iommu-arch.h>

#include "entry.h"

#define PT_COUNT_BITS 16

static always_inline unsigned int pt_count(const struct page_info *pg)
{
    return pt_page_count(pg) & ((1u << PT_COUNT_BITS) - 1);
}

static always_inline unsigned int pt_page_level(const struct page_info *pg)
{
    return pt_page_count(pg) >> PT_COUNT_BITS;
}

static always_inline void pt_page_init(struct page_info *pg,
                                       unsigned int level, unsigned int count)
{
    pt_page_set_count(pg, (level << PT_COUNT_BITS) | count);
}

static always_inline void pt_count_add(uint64_t *table, int nr)
{
    struct page_info *pg = virt_to_page(table);

    pt_page_set_count(pg, pt_page_count(pg) + nr);
}

/* The page goes back to the heap as it came. */
static inline void pt_page_free(struct page_info *pg, unsigned int order)
{
    pt_page_set_count(pg, 0);
    free_xenheap_pages(page_to_virt(pg), order);
}

/*
 * Pages that were allocated for a call, before anything is changed: a stack,
 * linked through their first word.
 */
struct pt_pool {
    void **top;
};

static always_inline void *pt_pool_pop(struct pt_pool *pool)
{
    void **page = pool->top;

    pool->top = *page;

    return page;
}

/*
 * What pt_map() and pt_unmap() refuse: -ERANGE, -EINVAL, -EBUSY as there.
 * pt_map() with @nr == 0 is fine.
 */
int pt_check_map(const struct pt *pt, uint64_t dfn, uint64_t mfn,
                 unsigned long nr, unsigned int prot);
int pt_check_unmap(const struct pt *pt, uint64_t dfn, unsigned long nr);

/* -ENOMEM: the pool is empty again. */
int pt_pool_fill(struct pt_pool *pool, unsigned long nr, nodeid_t node);

static always_inline void pt_gather_add(struct s2_gather *g, uint64_t start,
                                        uint64_t last)
{
    /* Never so when it is empty. */
    if ( likely(start == g->last + 1) )
    {
        g->last = last;
        return;
    }

    if ( g->start > g->last )
    {
        g->start = start;
        g->last = last;
        g->nr_ranges = 1;
        return;
    }

    /* Neighbours and overlaps are one range. */
    if ( start > g->last + 1 || last + 1 < g->start )
        g->nr_ranges++;
    if ( start < g->start )
        g->start = start;
    if ( last > g->last )
        g->last = last;
}

static always_inline void pt_gather_break(struct s2_gather *g, uint64_t start,
                                          uint64_t last)
{
    if ( !pt_gather_broken(g) )
    {
        g->brk_start = start;
        g->brk_last = last;
        return;
    }

    if ( start < g->brk_start )
        g->brk_start = start;
    if ( last > g->brk_last )
        g->brk_last = last;
}

static always_inline void pt_forget_leaf(struct pt *pt)
{
    pt->leaf = NULL;
    pt->leaf_tag = ~0ULL;
}

static always_inline void pt_note_leaf(struct pt *pt, uint64_t *table,
                                       uint64_t dfn)
{
    pt->leaf = table;
    pt->leaf_pg = virt_to_page(table);
    pt->leaf_tag = dfn >> PT_LEVEL_BITS;
}

#endif /* IOMMU_GROUPS_PT_TABLE_H */
