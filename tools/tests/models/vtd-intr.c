/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping of the VT-d model (§5.1, §9.9).
 */

#include "vtd-int.h"

#define IRTE_P                  BIT64(0)
#define IRTE_FPD                BIT64(1)
#define IRTE_DM                 BIT64(2)
#define IRTE_RH                 BIT64(3)
#define IRTE_TM                 BIT64(4)
#define IRTE_IM                 BIT64(15)

enum { SVT_NONE = 0, SVT_SID = 1, SVT_BUS = 2 };

/* §9.9: SVT, SQ, SID */
static bool requester_allowed(uint64_t hi, uint16_t sid)
{
    static const uint16_t ignored[] = { 0, 4, 6, 7 };
    uint16_t expected = BITS(hi, 15, 0);

    switch ( BITS(hi, 19, 18) )
    {
    case SVT_SID:
        return !((sid ^ expected) & ~ignored[BITS(hi, 17, 16)]);

    case SVT_BUS:
        return (sid >> 8) >= (expected >> 8) && (sid >> 8) <= (expected & 0xff);
    }

    return true;
}

/* Bits that must be 0 in a present entry; @x2apic: all of DST is used. */
static bool irte_valid(const struct vtd_model *m, uint64_t lo, uint64_t hi)
{
    uint64_t reserved = MASK(14, 12) | MASK(31, 24) | IRTE_IM;

    if ( !(m->ir_table & IRTA_EIME) )
        reserved |= MASK(39, 32) | MASK(63, 48);

    return !(lo & reserved) && !(hi & MASK(63, 20)) && BITS(hi, 19, 18) != 3;
}

static unsigned int read_irte(struct vtd_model *m, uint32_t index,
                              struct iec_entry *e)
{
    uint64_t irte[2];
    unsigned int i;

    for ( i = 0; i < m->iec.nr; i++ )
    {
        *e = *vtdm_cache_get(&m->iec, struct iec_entry, i);
        if ( e->index == index )
            return 0;
    }

    if ( !vtdm_mem_walk_read(m, (m->ir_table & MASK(63, 12)) + index * 16, irte,
                             sizeof(irte)) )
        return FR_IR_ACCESS;

    e->index = index;
    e->lo = irte[0];
    e->hi = irte[1];

    /* §6.1: only what is present and valid, unless in caching mode. */
    if ( m->cfg.caching_mode ||
         ((e->lo & IRTE_P) && irte_valid(m, e->lo, e->hi)) )
        *(struct iec_entry *)vtdm_cache_add(&m->iec) = *e;

    return 0;
}

static void compat(uint32_t addr, uint32_t data, struct vtd_model_irq *irq)
{
    irq->compat = true;
    irq->vector = data;
    irq->delivery_mode = BITS(data, 10, 8);
    irq->level = data & BIT64(15);
    irq->logical = addr & BIT64(2);
    irq->redirect_hint = addr & BIT64(3);
    irq->dest = BITS(addr, 19, 12);
}

static unsigned int remap(struct vtd_model *m, uint16_t sid, uint32_t addr,
                          uint32_t data, struct vtd_model_irq *irq,
                          uint32_t *index, bool *fpd)
{
    struct iec_entry e;
    unsigned int reason;

    *index = BITS(addr, 19, 5) | BITS(addr, 2, 2) << 15;
    if ( addr & BIT64(3) )
    {
        *index += data & 0xffff;
        if ( data >> 16 )
            return FR_IR_REQ_RSVD;
    }
    if ( *index >> (BITS(m->ir_table, 3, 0) + 1) )
        return FR_IR_INDEX;

    reason = read_irte(m, *index, &e);
    if ( reason )
        return reason;

    *fpd = e.lo & IRTE_FPD;
    if ( !(e.lo & IRTE_P) )
        return FR_IR_P;
    if ( !irte_valid(m, e.lo, e.hi) )
        return FR_IR_RSVD;
    if ( !requester_allowed(e.hi, sid) )
        return FR_IR_SID;

    irq->remapped = true;
    irq->vector = BITS(e.lo, 23, 16);
    irq->delivery_mode = BITS(e.lo, 7, 5);
    irq->level = e.lo & IRTE_TM;
    irq->logical = e.lo & IRTE_DM;
    irq->redirect_hint = e.lo & IRTE_RH;
    irq->dest = m->ir_table & IRTA_EIME ? e.lo >> 32 : BITS(e.lo, 47, 40);

    return 0;
}

unsigned int vtdm_intr_request(struct vtd_model *m, uint16_t sid, uint32_t addr,
                               uint32_t data, struct vtd_model_irq *irq)
{
    unsigned int reason = 0;
    uint32_t index = 0;
    bool fpd = false;

    if ( !(m->gsts & G_IRE) )
        compat(addr, data, irq);
    else if ( addr & BIT64(4) )
        reason = remap(m, sid, addr, data, irq, &index, &fpd);
    else if ( (m->gsts & G_CFI) && !(m->ir_table & IRTA_EIME) )
        compat(addr, data, irq);
    else
        reason = FR_IR_COMPAT;

    /* §11.4.7.6: the interrupt's index is in the address field's top. */
    if ( reason && !fpd )
        vtdm_fault_record(m, sid, reason, (uint64_t)index << 48, false);

    return reason;
}
