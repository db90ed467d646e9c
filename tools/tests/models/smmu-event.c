/* SPDX-License-Identifier: GPL-2.0-only */
/* Event queue, global errors and interrupts of the SMMUv3 model (§7, §3.18). */
#include "smmu-int.h"

static void interrupt(struct smmu_model *m, enum smmu_model_irq irq)
{
    uint32_t enable = irq == SMMU_IRQ_EVENTQ ? IRQ_EVENTQ_EN : IRQ_GERROR_EN;
    unsigned int i = m->nr_irqs;

    if ( !(m->irq_ctrlack & enable) || i == 16 )
        return;

    m->irqs[i].irq = irq;
    /* §6.3 (IRQ_CFG0): a zero address means the wire. */
    m->irqs[i].addr = m->cfg.msi ? m->msi[irq].addr : 0;
    m->irqs[i].data = m->msi[irq].data;
    m->nr_irqs++;
    if ( m->irqs[i].addr && m->msi[irq].attr != 1 )
        smmum_violation(m, "message with memory type %#x", m->msi[irq].attr);
}

/* §7.5: an error becomes active by toggling, if it is not. */
void smmum_error(struct smmu_model *m, uint32_t bit)
{
    if ( (m->gerror ^ m->gerrorn) & bit )
        return;

    m->gerror ^= bit;
    interrupt(m, SMMU_IRQ_GERROR);
}

static unsigned int queue_bits(const struct smmu_model *m)
{
    unsigned int bits = m->eventq_base & 31;

    return bits < m->cfg.eventq_bits ? bits : m->cfg.eventq_bits;
}

static uint32_t index_mask(const struct smmu_model *m)
{
    return (2u << queue_bits(m)) - 1;
}

static bool has_address(unsigned int code)
{
    return code == 0x01 || code == 0x05 || code == 0x07 || code == 0x0b ||
           (code >= 0x10 && code <= 0x13) || code == 0x20;
}

/* §7.2: a record that has no room is lost, and the overflow flag toggles. */
void smmum_event(struct smmu_model *m, unsigned int code, uint32_t sid,
                 uint64_t addr, bool write)
{
    uint32_t mask = index_mask(m);
    uint32_t used = (m->eventq_prod - m->eventq_cons) & mask;
    uint64_t rec[4] = { code | (uint64_t)sid << 32 };
    uint64_t base;

    if ( !(m->cr0ack & CR0_EVENTQEN) || m->dead )
        return;

    /* §6.3.12: CR2.RECINVSID. */
    if ( code == 0x02 && !(m->cr2 & 2) )
        return;

    if ( used == 1u << queue_bits(m) )
    {
        if ( !((m->eventq_prod ^ m->eventq_cons) & OVERFLOW) )
            m->eventq_prod ^= OVERFLOW;
        return;
    }

    if ( has_address(code) )
    {
        /* PnU 33, InD 34, RnW 35, S2 39; CLASS IN in 41:40. */
        rec[1] = (uint64_t)!write << 35 | BIT64(39) | 2ULL << 40;
        rec[2] = addr;
        rec[3] = addr & 0x000ffffffffff000ULL;
    }

    base = m->eventq_base & 0x00ffffffffffffe0ULL & ~((32ULL << queue_bits(m)) - 1);
    if ( !smmum_mem_write(m, base + (m->eventq_prod & (mask >> 1)) * 32, rec,
                          sizeof(rec)) )
    {
        smmum_error(m, GERR_EVENTQ);
        return;
    }

    m->eventq_prod = (m->eventq_prod & OVERFLOW) |
                     ((m->eventq_prod + 1) & mask);
    if ( !used )
        interrupt(m, SMMU_IRQ_EVENTQ);
}

/* §3.21.2: the consumer moves forward, and not beyond the producer. */
void smmum_eventq_cons(struct smmu_model *m, uint32_t val)
{
    uint32_t mask = index_mask(m);

    if ( (m->cr0 | m->cr0ack) & CR0_EVENTQEN )
    {
        if ( ((val - m->eventq_cons) & mask) >
             ((m->eventq_prod - m->eventq_cons) & mask) )
            smmum_violation(m, "event consumer %#x beyond producer %#x", val,
                            m->eventq_prod);
        if ( ((val ^ m->eventq_cons) & OVERFLOW) &&
             ((val ^ m->eventq_prod) & OVERFLOW) )
            smmum_violation(m, "overflow acknowledged that did not happen");
    }
    m->eventq_cons = val;
}
