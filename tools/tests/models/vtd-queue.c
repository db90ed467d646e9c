/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queued invalidation of the VT-d model (§6.5.2, §11.4.9).
 *
 * The queue is worked off as soon as the tail is written.
 */

#include "vtd-int.h"

#define DESC_SIZE               16

static uint64_t queue_size(const struct vtd_model *m)
{
    return 4096ULL << BITS(m->iqa, 2, 0);
}

static void queue_error(struct vtd_model *m, unsigned int info)
{
    m->iqercd = (m->iqercd & ~0xfULL) | info;
    vtdm_fault_status(m, FSTS_IQE);
}

/* §11.4.9.5, §11.4.9.6 */
static void completion_event(struct vtd_model *m)
{
    if ( m->ics & ICS_IWC )
        return;

    m->ics |= ICS_IWC;
    m->iectl |= CTL_IP;
    if ( !(m->iectl & CTL_IM) )
    {
        m->iectl &= ~(uint32_t)CTL_IP;
        vtdm_send_event(m, m->ieaddr, m->ieuaddr, m->iedata);
    }
}

void vtdm_completion_control(struct vtd_model *m, unsigned int off,
                             uint32_t val)
{
    if ( off == R_ICS )
    {
        m->ics &= ~(val & (uint32_t)ICS_IWC);
        if ( !m->ics )
            m->iectl &= ~(uint32_t)CTL_IP;
        return;
    }

    m->iectl = (m->iectl & ~(uint32_t)CTL_IM) | (val & (uint32_t)CTL_IM);
    if ( !(m->iectl & CTL_IM) && (m->iectl & CTL_IP) )
    {
        m->iectl &= ~(uint32_t)CTL_IP;
        vtdm_send_event(m, m->ieaddr, m->ieuaddr, m->iedata);
    }
}

/* Each returns 0 or an IQEI code.  Reserved bits: figures of §6.5.2. */

static unsigned int do_context(struct vtd_model *m, uint64_t lo, uint64_t hi)
{
    unsigned int gran = BITS(lo, 5, 4);

    if ( hi || (lo & (MASK(8, 6) | MASK(15, 12) | MASK(63, 50))) )
        return IQEI_RESERVED;
    if ( !gran )
        return IQEI_TYPE;

    vtdm_inval_context(m, gran, BITS(lo, 31, 16), BITS(lo, 47, 32),
                       BITS(lo, 49, 48));

    return 0;
}

static unsigned int do_iotlb(struct vtd_model *m, uint64_t lo, uint64_t hi)
{
    unsigned int gran = BITS(lo, 5, 4);

    if ( (lo & (BIT64(8) | MASK(15, 12) | MASK(63, 32))) ||
         (hi & MASK(11, 7)) )
        return IQEI_RESERVED;
    if ( !gran )
        return IQEI_TYPE;
    if ( gran == GRAN_FINE && BITS(hi, 5, 0) > m->cfg.mamv )
        return IQEI_RESERVED;

    vtdm_inval_iotlb(m, gran, BITS(lo, 31, 16), hi & ~0xfffULL, BITS(hi, 5, 0),
                     hi & IVA_IH);
    vtdm_drain(m, lo & BIT64(7), lo & BIT64(6));

    return 0;
}

static unsigned int do_devtlb(struct vtd_model *m, uint64_t lo, uint64_t hi)
{
    if ( !m->cfg.dt )
        return IQEI_TYPE;
    if ( (lo & (MASK(8, 4) | MASK(31, 21) | MASK(51, 48))) ||
         (hi & MASK(11, 1)) )
        return IQEI_RESERVED;

    vtdm_inval_devtlb(m, BITS(lo, 47, 32), hi, hi & 1);

    return 0;
}

static unsigned int do_iec(struct vtd_model *m, uint64_t lo, uint64_t hi)
{
    if ( !m->cfg.ir )
        return IQEI_TYPE;
    if ( hi || (lo & (MASK(8, 5) | MASK(26, 12) | MASK(63, 48))) )
        return IQEI_RESERVED;
    if ( (lo & BIT64(4)) && BITS(lo, 31, 27) > m->mhmv )
        return IQEI_RESERVED;

    vtdm_inval_iec(m, lo & BIT64(4), BITS(lo, 47, 32), BITS(lo, 31, 27));

    return 0;
}

static unsigned int do_wait(struct vtd_model *m, uint64_t lo, uint64_t hi)
{
    uint32_t data = lo >> 32;

    if ( (lo & (BIT64(8) | MASK(31, 12))) || (hi & MASK(1, 0)) )
        return IQEI_RESERVED;

    if ( (lo & BIT64(5)) &&
         !vtdm_mem_write(m, hi & ~3ULL, &data, sizeof(data)) )
        vtdm_violation(m, "wait descriptor's status address %#llx is no memory",
                       (unsigned long long)hi);
    if ( lo & BIT64(4) )
        completion_event(m);

    return 0;
}

static const struct {
    unsigned int (*fn)(struct vtd_model *m, uint64_t lo, uint64_t hi);
    enum vtd_model_count count;
} descriptors[] = {
    [QI_CONTEXT] = { do_context, VTD_COUNT_QI_CONTEXT },
    [QI_IOTLB]   = { do_iotlb, VTD_COUNT_QI_IOTLB },
    [QI_DEVTLB]  = { do_devtlb, VTD_COUNT_QI_DEVTLB },
    [QI_IEC]     = { do_iec, VTD_COUNT_QI_IEC },
    [QI_WAIT]    = { do_wait, VTD_COUNT_QI_WAIT },
};

static void refuse(struct vtd_model *m, const uint64_t d[2])
{
    m->bad[0] = m->iqh + 1;
    m->bad[1] = d[0];
    m->bad[2] = d[1];
    queue_error(m, IQEI_TYPE);
}

/* The descriptor at the head.  IQEI_*, or 0. */
static unsigned int fetch(struct vtd_model *m, uint64_t d[2],
                          unsigned int *type)
{
    if ( m->iqt >= queue_size(m) )
        return IQEI_TAIL;
    if ( m->iqa & IQA_DW )
        return IQEI_WIDTH;
    if ( !vtdm_mem_queue_read(m, (m->iqa & ~0xfffULL) + m->iqh, d, 16) )
        return IQEI_FETCH;

    *type = BITS(d[0], 3, 0) | BITS(d[0], 11, 9) << 4;
    if ( *type < QI_CONTEXT || *type > QI_WAIT )
    {
        vtdm_violation(m, "descriptor of type %u", *type);
        return IQEI_TYPE;
    }

    /* Refused once, refused until it is replaced. */
    if ( m->bad[0] == m->iqh + 1 )
    {
        if ( m->bad[1] == d[0] && m->bad[2] == d[1] )
            return IQEI_TYPE;
        m->bad[0] = 0;
    }

    return 0;
}

/* §6.5.2.10: a wait behind an unanswered device-TLB invalidation. */
static void time_out(struct vtd_model *m, uint64_t next)
{
    if ( m->cfg.ite_late )
        return;

    m->dev_timeout_sid = m->dev_timeouts[--m->nr_dev_timeouts];
    if ( !m->cfg.ite_keeps_head )
        m->iqh = next;
    if ( !m->cfg.no_itesid )
        m->iqercd = (m->iqercd & ~MASK(47, 32)) |
                    (uint64_t)m->dev_timeout_sid << 32;
    vtdm_fault_status(m, FSTS_ITE);
}

static bool carry_out(struct vtd_model *m, unsigned int type,
                      const uint64_t d[2])
{
    unsigned int info = descriptors[type].fn(m, d[0], d[1]);

    if ( info )
    {
        vtdm_violation(m, "descriptor %016llx:%016llx rejected (IQEI %u)",
                       (unsigned long long)d[1], (unsigned long long)d[0],
                       info);
        queue_error(m, info);
    }

    return !info;
}

/* The descriptor at the head.  False: the queue stops. */
static bool step(struct vtd_model *m)
{
    uint64_t d[2], next = (m->iqh + DESC_SIZE) % queue_size(m);
    unsigned int type, info = fetch(m, d, &type);

    if ( info )
    {
        queue_error(m, info);
        return false;
    }

    switch ( vtdm_next_command(m, descriptors[type].count) )
    {
    case CMD_DROP:
        if ( m->dead )
            return false;
        m->lost = type != QI_WAIT;
        m->iqh = next;
        return true;

    case CMD_ERROR:
    case CMD_REFUSED:
        refuse(m, d);
        return false;

    default:
        break;
    }

    if ( type == QI_WAIT && m->lost )
        /* A descriptor got lost: a later wait cannot vouch for it. */
        m->lost = false;
    else if ( type == QI_WAIT && m->nr_dev_timeouts )
    {
        time_out(m, next);
        return false;
    }
    else if ( !carry_out(m, type, d) )
        return false;

    m->iqh = next;

    return true;
}

/* §6.5.2: a tail that reaches the head makes the queue an empty one. */
void vtdm_queue_tail(struct vtd_model *m, uint32_t val)
{
    uint64_t size = queue_size(m), used = (m->iqt - m->iqh) % size;

    m->count[VTD_COUNT_TAIL]++;
    if ( val && !(m->gsts & G_QIE) )
        vtdm_violation(m, "tail %#x written to a disabled queue", val);
    if ( val & ~(uint32_t)MASK(18, 4) )
        vtdm_violation(m, "reserved bits in tail %#x", val);
    if ( (m->gsts & G_QIE) && used + (val - m->iqt) % size >= size )
        vtdm_violation(m, "tail %#x after %#llx, with the head at %#llx", val,
                       (unsigned long long)m->iqt, (unsigned long long)m->iqh);
    m->iqt = val & (uint32_t)MASK(18, 4);
    vtdm_queue_run(m);
}

void vtdm_queue_run(struct vtd_model *m)
{
    while ( (m->gsts & G_QIE) && !m->dead && m->iqh != m->iqt &&
            !(m->fsts & (FSTS_IQE | FSTS_ITE)) && model_goes_on(&m->pause) )
        if ( !step(m) )
            return;
}
