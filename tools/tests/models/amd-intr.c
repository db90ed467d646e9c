/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping of the AMD-Vi model (§2.2.5). */

#include "amd-int.h"

/* §2.2.5: kinds of interrupts, MSI data [10:8]. */
enum { MT_FIXED, MT_ARBITRATED, MT_SMI, MT_NMI = 4, MT_INIT, MT_EXTINT = 7 };

static unsigned int fault(struct amd_model *m, const struct dte *d,
                          uint64_t flags, uint64_t addr, bool suppressed)
{
    if ( !suppressed )
        amdm_event_of(m, d, EV_CODE(EV_PAGE_FAULT) | d->devid | EV_I |
                      EV_DOMAIN(DTE_DOMAIN(d->w[1])) | flags, addr);

    return EV_PAGE_FAULT;
}

static void forward(uint32_t addr, uint32_t data, struct amd_model_irq *irq)
{
    irq->vector = data;
    irq->delivery_mode = BITS(data, 10, 8);
    irq->logical = addr & BIT64(2);
    irq->dest = BITS(addr, 19, 12);
}

/* Entries are of 16 bytes with GAEn, else of 4. */
static bool read_irte(struct amd_model *m, const struct dte *d,
                      unsigned int index, struct irt_entry *e)
{
    uint64_t root = DTE_INTROOT(d->w[2]);
    unsigned int i;
    uint32_t w;
    bool ok;

    for ( i = 0; i < m->irt.nr; i++ )
    {
        *e = *amdm_cache_get(&m->irt, struct irt_entry, i);
        if ( e->devid == d->devid && e->index == index )
            return true;
    }

    memset(e, 0, sizeof(*e));
    e->devid = d->devid;
    e->index = index;
    if ( m->control & C_GA_EN )
        ok = amdm_mem_walk(m, root + index * 16, &e->lo, 16);
    else
    {
        ok = amdm_mem_walk(m, root + index * 4, &w, sizeof(w));
        e->lo = ok ? w : 0;
    }
    if ( !ok )
        return false;

    amdm_walk_point(m);
    *(struct irt_entry *)amdm_cache_add(&m->irt) = *e;

    return true;
}

/* What must be 0 in an entry that is enabled and not a guest's. */
static bool valid(const struct amd_model *m, const struct irt_entry *e)
{
    if ( (e->lo & IRTE_GUEST) || IRTE_TYPE(e->lo) > MT_ARBITRATED )
        return false;
    if ( !(m->control & C_GA_EN) )
        return !(e->lo & MASK(31, 24));
    if ( (e->lo & MASK(63, 32)) || (e->hi & MASK(55, 8)) )
        return false;

    return (m->control & C_XT_EN) ||
           (!(e->lo & MASK(31, 16)) && !(e->hi & MASK(63, 56)));
}

static unsigned int remap(struct amd_model *m, const struct dte *d,
                          uint64_t addr, uint32_t data,
                          struct amd_model_irq *irq)
{
    unsigned int index = BITS(data, 10, 0);
    struct irt_entry e;

    if ( index >> DTE_INTLEN(d->w[2]) )
        return fault(m, d, 0, addr, d->w[2] & DTE_IG);
    if ( !read_irte(m, d, index, &e) )
    {
        amdm_event(m, EV_CODE(EV_PAGETAB_HW) | d->devid | EV_I |
                   EV_HW_MASTER_ABORT, DTE_INTROOT(d->w[2]));
        return EV_PAGETAB_HW;
    }

    if ( !(e.lo & IRTE_EN) )
        return fault(m, d, 0, addr,
                     (e.lo & IRTE_SUP_IOPF) || (d->w[2] & DTE_IG));
    if ( !valid(m, &e) )
        return fault(m, d, EV_PR | EV_RZ, addr, e.lo & IRTE_SUP_IOPF);

    irq->remapped = true;
    irq->delivery_mode = IRTE_TYPE(e.lo);
    irq->logical = e.lo & IRTE_DM;
    irq->eoi = e.lo & IRTE_RQ_EOI;
    if ( m->control & C_GA_EN )
    {
        irq->vector = e.hi;
        irq->dest = BITS(e.lo, 31, 8) | BITS(e.hi, 63, 56) << 24;
    }
    else
    {
        irq->vector = BITS(e.lo, 23, 16);
        irq->dest = BITS(e.lo, 15, 8);
    }

    return 0;
}

/* §2.2.2: kinds that are not remapped, but let through or not. */
static bool pass_bit(uint64_t w2, unsigned int kind)
{
    switch ( kind )
    {
    case MT_NMI:    return w2 & DTE_NMI_PASS;
    case MT_INIT:   return w2 & DTE_INIT_PASS;
    case MT_EXTINT: return w2 & DTE_EINT_PASS;
    }

    return false;
}

unsigned int amdm_intr(struct amd_model *m, uint16_t devid, uint32_t addr,
                       uint32_t data, struct amd_model_irq *irq)
{
    unsigned int kind = BITS(data, 10, 8), event;
    struct dte d;

    if ( !(m->control & C_IOMMU_EN) )
    {
        forward(addr, data, irq);
        return 0;
    }

    event = amdm_dte(m, devid, &d, EV_I, addr);
    if ( event )
        return event;

    /* IV holds whatever V is. */
    if ( !(d.w[2] & DTE_IV) )
    {
        forward(addr, data, irq);
        return 0;
    }

    if ( kind > MT_ARBITRATED )
    {
        if ( !pass_bit(d.w[2], kind) )
            return fault(m, &d, EV_PR | EV_PE, addr, false);
        forward(addr, data, irq);
        return 0;
    }

    switch ( DTE_INTCTL(d.w[2]) )
    {
    case INTCTL_FORWARD:
        forward(addr, data, irq);
        return 0;

    case INTCTL_REMAP:
        return remap(m, &d, addr, data, irq);
    }

    return fault(m, &d, EV_PR | EV_PE, addr, d.w[2] & DTE_IG);
}
