/* SPDX-License-Identifier: GPL-2.0-only */
/* Stage-2 domains: which tables the units can walk, and entries for them. */

#include <xen/err.h>
#include <xen/lib.h>

#include "smmuv3.h"

/* §6.3.6: output address size, which is the input size of stage 2 as well. */
static unsigned int address_bits(const struct smmu_unit *u)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

    /* More than 48 bits take other granules or descriptors (§3.4). */
    return min_t(unsigned int, bits[IDR5_OAS(u->idr5)], 48);
}

/* Up to 16 tables stand side by side at the top: 39 + 4 bits. */
static unsigned int levels_for(unsigned int in_bits)
{
    return in_bits > 43 ? 4 : 3;
}

int cf_check smmu_table_config(const struct iommu_dev *first,
                               struct pt_config *cfg)
{
    const struct smmu_unit *u = to_smmu(first->unit);
    unsigned int bits = address_bits(u);

    *cfg = (struct pt_config){
        .fmt = &pt_arm_s2,
        .levels = levels_for(bits),
        .in_bits = bits,
        .out_bits = bits,
        .leaf_orders = PT_LEAF_4K | PT_LEAF_2M | PT_LEAF_1G,
        .coherent = u->coherent,
        .bbml2 = IDR3_BBML(u->idr3) == 2,
        .node = NUMA_NO_NODE,
    };

    return 0;
}

/*
 * DDI 0487 J.a, D8.2.2: the first level resolves one bit at least, and with
 * concatenated tables up to four more than one of its tables does.
 */
static bool level_fits(unsigned int levels, unsigned int in_bits)
{
    unsigned int below = PAGE_SHIFT + PT_LEVEL_BITS * (levels - 1);

    return in_bits > below && in_bits <= below + PT_LEVEL_BITS + 4;
}

/* Can the unit walk tables of this configuration? */
static bool can_walk(const struct smmu_unit *u, const struct pt_config *cfg)
{
    return cfg->fmt == &pt_arm_s2 && cfg->levels >= 3 && cfg->levels <= 4 &&
           level_fits(cfg->levels, cfg->in_bits) &&
           cfg->in_bits <= address_bits(u) && (!cfg->coherent || u->coherent) &&
           (!cfg->bbml2 || IDR3_BBML(u->idr3) == 2);
}

struct s2_domain *cf_check smmu_domain_alloc(struct iommu_dev *first,
                                             enum s2_type type,
                                             struct s2_table *table)
{
    const struct smmu_unit *u = to_smmu(first->unit);

    if ( type == S2_PAGING && !can_walk(u, &table->pt.cfg) )
        return ERR_PTR(-EXDEV);

    return s2_domain_alloc(first->unit, type, table);
}

/* §5.2, S2IR0, S2OR0, S2SH0: how the walker reads tables. */
static uint64_t walk_attributes(const struct smmu_unit *u)
{
    return u->coherent ? STE_S2IR0_WBWA | STE_S2OR0_WBWA | STE_S2SH0_INNER
                       : STE_S2SH0_OUTER;
}

struct smmu_ste smmu_ste_for(const struct smmu_unit *u,
                             const struct s2_domain *s2)
{
    struct smmu_ste ste = { .w[1] = STE_SHCFG_INCOMING };
    const struct pt_config *cfg;

    if ( s2->type == S2_IDENTITY )
    {
        ste.w[0] = STE_V | STE_CONFIG(STE_BYPASS);
        return ste;
    }

    cfg = &s2->table->pt.cfg;
    ste.w[0] = STE_V | STE_CONFIG(STE_S2);
    /* S2SL0 counts the other way: 2 is the architecture's level 0. */
    ste.w[2] = STE_S2VMID(s2->tag->id) | STE_S2T0SZ(64 - cfg->in_bits) |
               STE_S2SL0(cfg->levels - 2) | walk_attributes(u) | STE_S2TG_4K |
               STE_S2PS(min_t(unsigned int, IDR5_OAS(u->idr5), 5)) |
               STE_S2AA64 | STE_S2R;
    ste.w[3] = s2_table_root(s2->table) & STE_S2TTB;

    return ste;
}
