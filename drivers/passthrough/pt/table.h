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

/* Queues the child tables in @nr entries of @table; returns how many. */
static always_inline unsigned int pt_queue_children(const struct pt_desc *f,
    const uint64_t *table, unsigned int level, unsigned int nr,
    unsigned int present, struct page_list_head *list)
{
    unsigned int i, found = 0;

    for ( i = 0; i < nr && present; i++ )
    {
        uint64_t e = table[i];

        if ( !e )
            continue;

        present--;
        if ( !pt_is_leaf(f, e, level) )
        {
            page_list_add_tail(virt_to_page(pt_child(f, e)), list);
            found++;
        }
    }

    return found;
}

/*
 * @table is not linked any more: it and all below it go to the gather.  Reads
 * directories only, level 1 tables are not looked into.
 */
static always_inline void pt_retire(const struct pt_desc *f, struct pt *pt,
                                    uint64_t *table, struct s2_gather *g)
{
    struct page_info *pg = virt_to_page(table);
    PAGE_LIST_HEAD(list);

    pt_forget_leaf(pt);

    page_list_add_tail(pg, &list);
    page_list_for_each ( pg, &list )
    {
        unsigned int level = pt_page_level(pg), count = pt_count(pg);

        pt->leaves[level - 1] -= count;
        if ( level > 1 )
            pt->leaves[level - 1] +=
                pt_queue_children(f, page_to_virt(pg), level, PT_ENTRIES,
                                  count, &list);
        pt->tables--;
        g->nr_freed++;
    }

    page_list_splice(&list, &g->freed);
}

#endif /* IOMMU_GROUPS_PT_TABLE_H */
