/* SPDX-License-Identifier: GPL-2.0-only */
/* Stage-2 domains: which tables the units can walk. */

#include <xen/err.h>
#include <xen/lib.h>

#include "amd.h"

/* HATS; without the register nobody says that there are more than four. */
static unsigned int max_levels(const struct amd_unit *u)
{
    return 4 + (u->efr && EFR_HATS(u->efr) < 3 ? EFR_HATS(u->efr) : 0);
}

/* 48 bits are enough for any machine today. */
static unsigned int best_levels(const struct amd_unit *u)
{
    unsigned int levels = 4, bits = PAGE_SHIFT + flsl(max_page - 1);

    while ( levels < max_levels(u) &&
            PAGE_SHIFT + levels * PT_LEVEL_BITS < bits )
        levels++;

    return levels;
}

void amd_config_init(struct amd_unit *u)
{
    unsigned int levels = best_levels(u);

    u->table = (struct pt_config){
        .fmt = &pt_amd,
        .levels = levels,
        .in_bits = min(PAGE_SHIFT + levels * PT_LEVEL_BITS, 63u),
        .out_bits = 52,
        .leaf_orders = PT_LEAF_4K |
                       (iommu_superpages ? PT_LEAF_2M | PT_LEAF_1G : 0),
        .coherent = u->coherent,
        .node = NUMA_NO_NODE,
    };
}

int cf_check amd_table_config(const struct iommu_dev *first,
                              struct pt_config *cfg)
{
    *cfg = to_amd_unit(first->unit)->table;

    return 0;
}

static bool can_walk(const struct amd_unit *u, const struct s2_table *table)
{
    return table->pt.cfg.fmt == &pt_amd &&
           table->pt.cfg.levels <= max_levels(u) &&
           (u->coherent || !table->pt.cfg.coherent);
}

struct s2_domain *cf_check amd_domain_alloc(struct iommu_dev *first,
                                            enum s2_type type,
                                            struct s2_table *table)
{
    struct amd_unit *u = to_amd_unit(first->unit);

    /* With SNP hardware refuses entries that pass. */
    if ( type == S2_IDENTITY && u->snp )
        return ERR_PTR(-EOPNOTSUPP);
    if ( type == S2_PAGING && !can_walk(u, table) )
        return ERR_PTR(-EXDEV);

    return s2_domain_alloc(&u->unit, type, table);
}
