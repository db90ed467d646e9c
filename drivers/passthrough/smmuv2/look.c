/* SPDX-License-Identifier: GPL-2.0-only */
/* What hardware does with a stream, as its registers have it. */

#include <xen/errno.h>
#include <xen/lib.h>

#include "smmuv2.h"

/* What picks streams: SMRs, and whether they are valid. */
struct picks {
    struct smmu2_cube cube[GR0_MAX_SMRS];
    bool valid[GR0_MAX_SMRS];
    bool clash_faults;
};

static void read_picks(const struct smmu2_unit *u, uint32_t cr0,
                       struct picks *p)
{
    unsigned int n;

    p->clash_faults = cr0 & CR0_SMCFCFG;
    for ( n = 0; !u->indexed && n < u->nr_slots; n++ )
    {
        uint32_t smr = readl(smmu2_gr0(u, GR0_SMR(n)));
        uint32_t s2cr = readl(smmu2_gr0(u, GR0_S2CR(n)));

        p->valid[n] = cr0 & CR0_EXIDENABLE ? s2cr & S2CR_EXIDVALID
                                           : smr & SMR_VALID;
        if ( !(cr0 & CR0_EXIDENABLE) )
            smr &= 0x7fff7fff;
        p->cube[n].mask = SMR_MASK(smr);
        p->cube[n].id = SMR_ID(smr) & ~SMR_MASK(smr);
    }
}

/* The slot that picks @sid; -1: none; -2: more than one. */
static int pick(const struct smmu2_unit *u, const struct picks *p,
                uint32_t sid)
{
    unsigned int n;
    int found = -1;

    if ( u->indexed )
        return sid;

    for ( n = 0; n < u->nr_slots; n++ )
        if ( p->valid[n] && (sid & ~p->cube[n].mask) == p->cube[n].id )
            found = found == -1 ? (int)n : -2;

    return found;
}

static void look_at_bank(const struct smmu2_unit *u, unsigned int n,
                         struct iommu_hw_entry *e)
{
    uint32_t cbar;

    e->state = HW_UNKNOWN;
    if ( n >= u->nr_banks )
        return;

    cbar = readl(smmu2_gr1(u, GR1_CBAR(n)));
    if ( !(readl(smmu2_cb(u, n, CB_SCTLR)) & SCTLR_M) )
        e->state = HW_IDENTITY;
    else if ( (cbar & CBAR_TYPE(3)) == CBAR_TYPE(CBAR_S2) )
    {
        e->state = HW_PAGING;
        e->root = smmu2_read64(smmu2_cb(u, n, CB_TTBR0));
        e->tag = n;
    }
}

static void look_at_slot(const struct smmu2_unit *u, unsigned int n,
                         struct iommu_hw_entry *e)
{
    uint32_t s2cr = readl(smmu2_gr0(u, GR0_S2CR(n)));

    switch ( S2CR_TYPE_OF(s2cr) )
    {
    case S2CR_TRANS:
        look_at_bank(u, S2CR_CBNDX(s2cr), e);
        break;

    case S2CR_BYPASS:
        e->state = HW_IDENTITY;
        break;

    case S2CR_FAULT:
        e->state = HW_BLOCKED;
        break;

    default:
        e->state = HW_UNKNOWN;
        break;
    }
}

int cf_check smmu2_look(struct iommu_unit *unit, uint32_t sid,
                        struct iommu_hw_entry *e)
{
    const struct smmu2_unit *u = to_smmu2(unit);
    uint32_t cr0 = readl(smmu2_ns(u, GR0_CR0)), end = 1u << u->sid_bits;
    struct picks p = {};
    int n;

    if ( sid >= end )
        return -ENOENT;

    *e = (struct iommu_hw_entry){ .last = sid };
    if ( cr0 & CR0_CLIENTPD )
    {
        e->state = HW_IDENTITY;
        e->last = end - 1;
        return 0;
    }

    read_picks(u, cr0, &p);
    n = pick(u, &p, sid);
    if ( n >= 0 )
        look_at_slot(u, n, e);
    else if ( n == -2 )
        e->state = p.clash_faults ? HW_BLOCKED : HW_UNKNOWN;
    else
    {
        e->state = cr0 & CR0_USFCFG ? HW_BLOCKED : HW_IDENTITY;
        while ( e->last < end - 1 && pick(u, &p, e->last + 1) == -1 )
            e->last++;
    }

    return 0;
}
