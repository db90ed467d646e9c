/* SPDX-License-Identifier: GPL-2.0-only */
/* Stage-2 domains: which tables the units can walk, and TLB tags for them. */

#include <xen/err.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/numa.h>

#include "vtd.h"

/* §11.4.2, SAGAW: bit 1 is 3 levels, bit 2 is 4, bit 3 is 5. */
static bool has_levels(const struct vtd_unit *u, unsigned int levels)
{
    return levels >= 3 && levels <= 5 &&
           (CAP_SAGAW(u->cap) & (1u << (levels - 2)));
}

unsigned int vtd_unit_levels(const struct vtd_unit *u)
{
    unsigned int levels = 5;

    while ( levels && !has_levels(u, levels) )
        levels--;

    return levels;
}

/* 48 bits are enough for any machine today, and cost a level less than 57. */
static unsigned int __init enough_bits(void)
{
    return max(48, PAGE_SHIFT + (int)flsl(max_page - 1));
}

/* The fewest that reach as far as the unit does, or is needed. */
static unsigned int __init best_levels(const struct vtd_unit *u)
{
    unsigned int levels, bits = min(CAP_MGAW(u->cap), enough_bits());

    for ( levels = 3; levels < vtd_unit_levels(u); levels++ )
        if ( has_levels(u, levels) &&
             PAGE_SHIFT + levels * PT_LEVEL_BITS >= bits )
            break;

    return levels;
}

static uint8_t leaf_orders(const struct vtd_unit *u)
{
    uint8_t leaves = PT_LEAF_4K;

    if ( CAP_SLLPS_2M(u->cap) )
        leaves |= PT_LEAF_2M;
    if ( CAP_SLLPS_1G(u->cap) )
        leaves |= PT_LEAF_1G;

    return leaves;
}

void __init vtd_config_init(struct vtd_unit *u, bool snoop)
{
    unsigned int levels = best_levels(u);

    u->table = (struct pt_config){
        .fmt = &pt_vtd,
        .levels = levels,
        .in_bits = min(PAGE_SHIFT + levels * PT_LEVEL_BITS, CAP_MGAW(u->cap)),
        .out_bits = 52,
        .leaf_orders = iommu_superpages ? leaf_orders(u) : PT_LEAF_4K,
        .coherent = ECAP_C(u->ecap),
        .snoop = snoop && ECAP_SC(u->ecap),
        .node = NUMA_NO_NODE,
    };
}

int cf_check vtd_table_config(const struct iommu_dev *first,
                              struct pt_config *cfg)
{
    *cfg = to_vtd_unit(first->unit)->table;

    return 0;
}

/* Can the unit walk tables of this configuration? */
static bool can_walk(const struct vtd_unit *u, const struct pt_config *cfg)
{
    return cfg->fmt == &pt_vtd && has_levels(u, cfg->levels) &&
           cfg->in_bits <= CAP_MGAW(u->cap) &&
           !(cfg->leaf_orders & ~leaf_orders(u)) &&
           (!cfg->coherent || ECAP_C(u->ecap)) &&
           (!cfg->snoop || ECAP_SC(u->ecap));
}

struct s2_domain *cf_check vtd_domain_alloc(struct iommu_dev *first,
                                            enum s2_type type,
                                            struct s2_table *table)
{
    const struct vtd_unit *u = to_vtd_unit(first->unit);

    if ( type == S2_IDENTITY && !ECAP_PT(u->ecap) )
        return ERR_PTR(-EOPNOTSUPP);
    if ( type == S2_PAGING && !can_walk(u, &table->pt.cfg) )
        return ERR_PTR(-EXDEV);

    return s2_domain_alloc(first->unit, type, table);
}
