/* SPDX-License-Identifier: GPL-2.0-only */
/* Stage-2 domains: which tables the units can walk, and TLB tags for them. */

#include <xen/err.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/numa.h>

#include "rviommu.h"

/* §5.3 and §2.1.3.2, in the order of preference. */
static const struct format {
    const struct pt_format *fmt;
    uint64_t cap;
    unsigned int mode;
    uint8_t levels, in_bits;
} formats[] = {
    /* Enough for any machine today, and a level less than the next. */
    { &pt_sv48x4, CAP_SV48X4, IOHGATP_SV48X4, 4, 50 },
    { &pt_sv57x4, CAP_SV57X4, IOHGATP_SV57X4, 5, 59 },
    { &pt_sv39x4, CAP_SV39X4, IOHGATP_SV39X4, 3, 41 },
};

static const struct format *best(uint64_t cap)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(formats); i++ )
        if ( (cap & formats[i].cap) &&
             (!rv_opt_format || rv_opt_format == formats[i].fmt) )
            return &formats[i];

    return NULL;
}

bool rv_has_format(const struct rv_unit *u)
{
    return best(u->cap);
}

const char *rv_format_names(const struct rv_unit *u)
{
    static const char *const names[] = {
        "no G-stage", "Sv39x4", "Sv48x4", "Sv39x4 and Sv48x4",
        "Sv57x4", "Sv39x4 and Sv57x4", "Sv48x4 and Sv57x4",
        "Sv39x4, Sv48x4 and Sv57x4",
    };

    return names[CAP_SVNX4(rv_opt_format ? best(u->cap)->cap : u->cap)];
}

int cf_check rv_table_config(const struct iommu_dev *first,
                             struct pt_config *cfg)
{
    const struct rv_unit *u = to_rv_unit(first->unit);
    const struct format *f = best(u->cap);

    if ( !f )
        return -EOPNOTSUPP;

    *cfg = (struct pt_config){
        .fmt = f->fmt,
        .levels = f->levels,
        .in_bits = f->in_bits,
        .out_bits = CAP_PAS(u->cap),
        /* The privileged specification has all sizes in all formats. */
        .leaf_orders = PT_LEAF_4K | PT_LEAF_2M | PT_LEAF_1G,
        .coherent = true,
        .node = NUMA_NO_NODE,
    };

    return 0;
}

/* NULL: the unit cannot walk tables of this configuration. */
static const struct format *format_for(const struct rv_unit *u,
                                       const struct pt_config *cfg)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(formats); i++ )
        if ( cfg->fmt == formats[i].fmt && (u->cap & formats[i].cap) &&
             cfg->levels == formats[i].levels &&
             cfg->out_bits <= CAP_PAS(u->cap) )
            return &formats[i];

    return NULL;
}

uint64_t rv_iohgatp(const struct s2_domain *s2)
{
    const struct format *f;

    if ( s2->type != S2_PAGING )
        return IOHGATP_MODE(IOHGATP_BARE);

    f = format_for(to_rv_unit(s2->unit), &s2->table->pt.cfg);
    ASSERT(f);

    return IOHGATP_MODE(f->mode) | IOHGATP_GSCID(s2->tag->id) |
           s2_table_root(s2->table) >> PAGE_SHIFT;
}

uint64_t rv_iohgatp_nothing(const struct rv_unit *u)
{
    return IOHGATP_MODE(best(u->cap)->mode) | IOHGATP_GSCID(RV_GSCID_NONE) |
           virt_to_maddr(u->nothing) >> PAGE_SHIFT;
}

struct s2_domain *cf_check rv_domain_alloc(struct iommu_dev *first,
                                           enum s2_type type,
                                           struct s2_table *table)
{
    const struct rv_unit *u = to_rv_unit(first->unit);

    if ( type == S2_PAGING && !format_for(u, &table->pt.cfg) )
        return ERR_PTR(-EXDEV);

    return s2_domain_alloc(first->unit, type, table);
}
