/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault recording and fault events of the VT-d model (§7.2, §7.3, §11.4.7).
 */

#include "vtd-int.h"

/* PPF is set as long as any record's F is; FRI tells the first of them. */
void vtdm_fault_update(struct vtd_model *m)
{
    unsigned int i;

    m->fsts &= ~(uint32_t)(FSTS_PPF | MASK(15, 8));
    for ( i = 0; i < m->cfg.nfr; i++ )
    {
        unsigned int n = (m->fri + i) % m->cfg.nfr;

        if ( m->frcd[n][1] & FRCD_F )
        {
            m->fsts |= FSTS_PPF | n << 8;
            break;
        }
    }

    /* Serviced without a message: nothing is pending any more. */
    if ( !(m->fsts & FSTS_EVENTS) )
        m->fectl &= ~(uint32_t)CTL_IP;
}

/* §7.3: a message only when no earlier condition waits to be serviced. */
static void fault_event(struct vtd_model *m, uint32_t before)
{
    if ( before & FSTS_EVENTS )
        return;

    m->fectl |= CTL_IP;
    if ( !(m->fectl & CTL_IM) )
    {
        m->fectl &= ~(uint32_t)CTL_IP;
        vtdm_send_event(m, m->feaddr, m->feuaddr, m->fedata);
    }
}

void vtdm_fault_status(struct vtd_model *m, uint32_t bits)
{
    uint32_t before = m->fsts;

    m->fsts |= bits;
    fault_event(m, before);
}

void vtdm_fault_record(struct vtd_model *m, uint16_t sid, unsigned int reason,
                       uint64_t info, bool write)
{
    uint32_t before = m->fsts;
    unsigned int n = m->fri;
    unsigned int i;

    m->count[VTD_COUNT_FAULT]++;

    /* §7.2.1: while overflow is not cleared, nothing is recorded. */
    if ( m->fsts & FSTS_PFO )
        return;

    /* A pending record of the same requester and page may be collapsed. */
    for ( i = 0; i < m->cfg.nfr; i++ )
        if ( (m->frcd[i][1] & FRCD_F) && BITS(m->frcd[i][1], 15, 0) == sid &&
             BITS(m->frcd[i][1], 39, 32) == reason && m->frcd[i][0] == info )
            return;

    if ( m->frcd[n][1] & FRCD_F )
    {
        m->fsts |= FSTS_PFO;
        fault_event(m, before);
        return;
    }

    m->frcd[n][0] = info;
    m->frcd[n][1] = FRCD_F | (write ? 0 : FRCD_READ) |
                    (uint64_t)reason << 32 | sid;
    m->fri = (n + 1) % m->cfg.nfr;
    if ( !(m->fsts & FSTS_PPF) )
        m->fsts = (m->fsts & ~(uint32_t)MASK(15, 8)) | FSTS_PPF | n << 8;
    fault_event(m, before);
}

/* Writes to FSTS, FECTL and the fault recording registers. */
void vtdm_fault_write(struct vtd_model *m, unsigned int off, uint32_t val)
{
    if ( off == R_FSTS )
    {
        m->fsts &= ~(val & (uint32_t)FSTS_RW1CS);
        vtdm_fault_update(m);
        if ( !(m->fsts & FSTS_IQE) )
            m->iqercd &= ~0xfULL;
        vtdm_queue_run(m);
    }
    else if ( off == R_FECTL )
    {
        m->fectl = (m->fectl & ~(uint32_t)CTL_IM) | (val & (uint32_t)CTL_IM);
        if ( !(m->fectl & CTL_IM) && (m->fectl & CTL_IP) )
        {
            m->fectl &= ~(uint32_t)CTL_IP;
            vtdm_send_event(m, m->feaddr, m->feuaddr, m->fedata);
        }
    }
    else if ( off % 16 == 12 && (val & BIT64(31)) )
    {
        m->frcd[(off - m->fro) / 16][1] &= ~FRCD_F;
        vtdm_fault_update(m);
    }
}
