/* SPDX-License-Identifier: GPL-2.0-only */
/* A table in which every address leads to the same frame. */
#include <xen/errno.h>
#include <xen/lib.h>

#include "table.h"

int pt_alias(struct pt *pt, uint64_t mfn, unsigned int prot)
{
    struct pt_gather g;
    uint64_t *table = pt->root;
    unsigned int level;
    long rc;

    if ( pt_count(virt_to_page(table)) )
        return -EBUSY;

    /*
     * One page makes one table of each level; all entries become its path.
     * Each table goes on counting one entry, so that pt_destroy() finds each
     * of them once.
     */
    pt_gather_init(&g);
    rc = pt_map(pt, 0, mfn, 1, prot, &g);
    if ( rc )
        return rc;
    pt->aliased = true;
    pt_forget_leaf(pt);

    for ( level = pt->cfg.levels; ; level-- )
    {
        unsigned int i, nr = pt_table_entries(pt, level);

        for ( i = 1; i < nr; i++ )
            table[i] = table[0];
        if ( !pt->cfg.coherent )
            arch_iommu_cache_clean(table, nr * sizeof(*table));

        if ( level == 1 )
            return 0;

        /* Only the format can read entries. */
        pt->cfg.fmt->disband(pt, table, 1);
        table = page_to_virt(page_list_remove_head(&pt->dying));
    }
}
