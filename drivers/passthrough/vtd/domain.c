/* SPDX-License-Identifier: GPL-2.0-only */
/* Stage-2 domains: which tables the units can walk, and TLB tags for them. */

#include <xen/err.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/numa.h>

#include "vtd.h"

/* §11.4.2, SAGAW: bit 1 is 3 levels, bit 2 is 4, bit 3 is 5. */
static unsigned int deepest(unsigned int sagaw)
{
    unsigned int levels;

    for ( levels = 5; levels >= 3; levels-- )
        if ( sagaw & (1u << (levels - 2)) )
            return levels;

    return 0;
}

unsigned int vtd_unit_levels(const struct vtd_unit *u)
{
    return deepest(CAP_SAGAW(u->cap));
}

/* Deepest table that all units can walk; 0: there is none in common. */
static unsigned int __init common_levels(void)
{
    const struct vtd_unit *u;
    unsigned int sagaw = ~0u;

    for_each_vtd_unit ( u )
        sagaw &= CAP_SAGAW(u->cap);

    /* Four are enough for any machine today, and cost a level less. */
    return sagaw & (1u << 2) ? 4 : deepest(sagaw);
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

/* What all units can walk. */
static struct pt_config __ro_after_init common;

int __init vtd_config_init(void)
{
    const struct vtd_unit *u;

    common = (struct pt_config){
        .fmt = &pt_vtd,
        .levels = common_levels(),
        .out_bits = 52,
        .leaf_orders = iommu_superpages ? PT_LEAF_4K | PT_LEAF_2M | PT_LEAF_1G
                                        : PT_LEAF_4K,
        .coherent = true,
        .snoop = iommu_snoop,
        .node = NUMA_NO_NODE,
    };

    if ( !common.levels )
        return -EOPNOTSUPP;

    common.in_bits = PAGE_SHIFT + common.levels * PT_LEVEL_BITS;

    for_each_vtd_unit ( u )
    {
        if ( CAP_MGAW(u->cap) < common.in_bits )
            common.in_bits = CAP_MGAW(u->cap);
        common.leaf_orders &= leaf_orders(u);
        common.coherent &= ECAP_C(u->ecap);
        common.snoop &= ECAP_SC(u->ecap);
    }

    return 0;
}

int cf_check vtd_table_config(const struct iommu_dev *first,
                              struct pt_config *cfg)
{
    *cfg = common;

    return 0;
}

/* Can the unit walk tables of this configuration? */
static bool can_walk(const struct vtd_unit *u, const struct pt_config *cfg)
{
    return cfg->fmt == &pt_vtd && cfg->levels >= 3 && cfg->levels <= 5 &&
           (CAP_SAGAW(u->cap) & (1u << (cfg->levels - 2))) &&
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

bool cf_check vtd_compatible(const struct s2_domain *s2,
                             const struct iommu_dev *dev)
{
    return s2->unit == dev->unit;
}
