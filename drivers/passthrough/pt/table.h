/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Table pages: their descriptor, where they come from, where they go.
 *
 * The page's count (pt_page_count(), per architecture) holds the number
 * of entries that are present, and the table's level above PT_COUNT_BITS.
 */
#ifndef IOMMU_GROUPS_PT_TABLE_H
#define IOMMU_GROUPS_PT_TABLE_H

#include <xen/errno.h>

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

/* Whether the format has leaves that permit @prot. */
bool pt_prot_fits(const struct pt *pt, unsigned int prot);

static always_inline bool pt_in_width(uint64_t frame, unsigned long nr,
                                      uint64_t limit)
{
    return frame < limit && nr <= limit - frame;
}

/*
 * What pt_map() and pt_unmap() refuse: -ERANGE, -EINVAL, -EBUSY as there.
 * pt_map() with @nr == 0 is fine.
 */
static always_inline int pt_check_unmap(const struct pt *pt, uint64_t dfn,
                                        unsigned long nr)
{
    if ( unlikely(pt->aliased) )
        return -EBUSY;

    return likely(pt_in_width(dfn, nr, pt->dfn_limit)) ? 0 : -ERANGE;
}

static always_inline int pt_check_map(const struct pt *pt, uint64_t dfn,
                                      uint64_t mfn, unsigned long nr,
                                      unsigned int prot)
{
    int rc = pt_check_unmap(pt, dfn, nr);

    if ( rc )
        return rc;

    if ( !pt_in_width(mfn, nr, pt->mfn_limit) )
        return -ERANGE;

    if ( prot != pt->last_prot && !pt_prot_fits(pt, prot) )
        return -EINVAL;

    return 0;
}

/* -ENOMEM: the pool is empty again. */
int pt_pool_fill(struct pt_pool *pool, unsigned long nr, nodeid_t node);

static always_inline void pt_gather_add(struct pt_gather *g, uint64_t start,
                                        uint64_t last)
{
    if ( !g->nr_ranges )
    {
        g->start = start;
        g->last = last;
        g->nr_ranges = 1;
        return;
    }

    if ( likely(start == g->last + 1) )
    {
        g->last = last;
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

static always_inline void pt_gather_break(struct pt_gather *g, uint64_t start,
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
    pt->leaf_dfn = 1ULL << 63; /* no dfn is that far up, or less than 512 on */
}

/* Never where lines have to be cleaned: whoever uses it does not. */
static always_inline void pt_note_leaf(struct pt *pt, uint64_t *table,
                                       uint64_t dfn)
{
    if ( !pt->cfg.coherent )
        return;

    pt->leaf = table;
    pt->leaf_pg = virt_to_page(table);
    pt->leaf_dfn = dfn & ~(uint64_t)(PT_ENTRIES - 1);
}

/* A leaf into an empty entry of the level 1 table @pg. */
static always_inline void pt_put(struct pt *pt, struct page_info *pg,
                                 uint64_t *p, uint64_t val, uint64_t dfn,
                                 struct pt_gather *g)
{
    write_atomic(p, val);
    pt_page_set_count(pg, pt_page_count(pg) + 1);
    pt->leaves[0]++;
    g->added = true;
    pt_gather_add(g, dfn, dfn);
}

/* The leaf in @p goes. */
static always_inline void pt_take(struct pt *pt, struct page_info *pg,
                                  uint64_t *p, uint64_t dfn,
                                  struct pt_gather *g)
{
    write_atomic(p, 0ULL);
    pt_page_set_count(pg, pt_page_count(pg) - 1);
    pt->leaves[0]--;
    g->modified = true;
    pt_gather_add(g, dfn, dfn);
}

#endif /* IOMMU_GROUPS_PT_TABLE_H */
