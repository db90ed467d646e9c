/* SPDX-License-Identifier: GPL-2.0-only */
/* What page-table changes leave to be flushed, then freed. */
#include <xen/mm.h>
#include <xen/string.h>

#include "table.h"

void pt_gather_merge(struct pt_gather *dst, struct pt_gather *src)
{
    if ( src->nr_ranges )
    {
        unsigned int nr = src->nr_ranges - 1;

        pt_gather_add(dst, src->start, src->last);
        dst->nr_ranges += nr;
    }

    if ( pt_gather_broken(src) )
        pt_gather_break(dst, src->brk_start, src->brk_last);

    dst->added |= src->added;
    dst->modified |= src->modified;
    dst->nr_freed += src->nr_freed;
    page_list_splice(&src->freed, &dst->freed);
    pt_gather_init(src);
}

void pt_gather_free(struct pt_gather *g)
{
    struct page_info *pg;

    while ( (pg = page_list_remove_head(&g->freed)) != NULL )
        pt_page_free(pg, 0);
    g->nr_freed = 0;
}
