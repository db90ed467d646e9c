/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking whole subtrees out of a table. */
#ifndef IOMMU_GROUPS_PT_RETIRE_H
#define IOMMU_GROUPS_PT_RETIRE_H

#include "table.h"

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
static noinline void pt_retire(const struct pt_desc *f, struct pt *pt,
                               uint64_t *table, struct pt_gather *g)
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

/* @table is empty, and not linked any more. */
static always_inline void pt_retire_empty(struct pt *pt, uint64_t *table,
                                          struct pt_gather *g)
{
    pt_forget_leaf(pt);
    page_list_add_tail(virt_to_page(table), &g->freed);
    g->nr_freed++;
    pt->tables--;
}

#endif /* IOMMU_GROUPS_PT_RETIRE_H */
