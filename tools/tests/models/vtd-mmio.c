/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VT-d model's registers (§11.4): what reads return and writes do.
 *
 * 64-bit registers may be accessed as two halves, low one first; 32-bit ones
 * only as 32 bits (§11.2).
 */

#include "vtd-int.h"

static bool is_frcd(const struct vtd_model *m, unsigned int off)
{
    return off >= m->fro && off < m->fro + 16 * m->cfg.nfr;
}

/* The IOTLB registers by the names they have here, wherever they are. */
static unsigned int place(const struct vtd_model *m, unsigned int off)
{
    if ( off - m->iro < 16 )
        return R_IVA + (off - m->iro);
    if ( off - R_IVA < 16 && !is_frcd(m, off) )
        return R_NONE + off % 16;

    return off;
}

static bool is_64bit(const struct vtd_model *m, unsigned int off)
{
    switch ( off & ~7U )
    {
    case R_CAP: case R_ECAP: case R_RTADDR: case R_CCMD: case R_PHMBASE:
    case R_PHMLIMIT: case R_IQH: case R_IQT: case R_IQA: case R_IQERCD:
    case R_IRTA: case R_IVA: case R_IOTLB:
        return true;
    }

    return is_frcd(m, off);
}

static uint64_t read64(const struct vtd_model *m, unsigned int off)
{
    switch ( off )
    {
    case R_CAP:      return m->cap;
    case R_ECAP:     return m->ecap;
    case R_RTADDR:   return m->rtaddr;
    case R_CCMD:     return m->ccmd;
    case R_PHMBASE:  return m->phmbase;
    case R_PHMLIMIT: return m->phmlimit;
    case R_IQH:      return m->iqh;
    case R_IQT:      return m->iqt;
    case R_IQA:      return m->iqa;
    case R_IQERCD:   return m->iqercd;
    case R_IRTA:     return m->irta;
    case R_IVA:      return 0;              /* write only */
    case R_IOTLB:    return m->iotlb;
    }

    return m->frcd[(off - m->fro) / 16][off / 8 % 2];
}

uint32_t vtdm_mmio_read(const struct vtd_model *m, unsigned int off)
{
    off = place(m, off);
    if ( is_64bit(m, off) )
        return read64(m, off & ~7U) >> (off % 8 * 8);

    switch ( off )
    {
    case R_VER:      return m->cfg.ver || m->cfg.raw_cap ? m->cfg.ver : 0x10;
    case R_GSTS:     return m->gsts;
    case R_FSTS:     return m->fsts;
    case R_FECTL:    return m->fectl;
    case R_FEDATA:   return m->fedata;
    case R_FEADDR:   return m->feaddr;
    case R_FEUADDR:  return m->feuaddr;
    case R_PMEN:     return m->pmen;
    case R_PLMBASE:  return m->plmbase;
    case R_PLMLIMIT: return m->plmlimit;
    case R_ICS:      return m->ics;
    case R_IECTL:    return m->iectl;
    case R_IEDATA:   return m->iedata;
    case R_IEADDR:   return m->ieaddr;
    case R_IEUADDR:  return m->ieuaddr;
    }

    return 0;
}

/* One toggle of GCMD; @on is the state asked for. */
static void toggle(struct vtd_model *m, uint32_t bit, bool on)
{
    switch ( bit )
    {
    case G_TE:
        if ( on && !(m->gsts & G_SRTP) )
            vtdm_violation(m, "translation enabled without a root table");
        break;

    case G_QIE:
        if ( !m->cfg.qi )
        {
            vtdm_violation(m, "no queued invalidation on this unit");
            return;
        }
        if ( on && m->iqt )
            vtdm_violation(m, "queue enabled with tail %#llx",
                           (unsigned long long)m->iqt);
        if ( !on && m->iqh != m->iqt && !m->dead && !m->failed &&
             !m->nr_dev_timeouts )
            vtdm_violation(m, "queue disabled while it runs");
        if ( !on )
            m->nr_dev_timeouts = 0;
        m->iqh = 0;
        break;

    case G_IRE:
        if ( on && (!m->cfg.ir || !(m->gsts & G_SIRTP) || !(m->gsts & G_QIE)) )
            vtdm_violation(m, "interrupt remapping without table or queue");
        break;

    case G_EAFL:
        vtdm_violation(m, "no advanced fault log on this unit");
        break;
    }

    m->gsts = on ? m->gsts | bit : m->gsts & ~bit;
}

static void one_shot(struct vtd_model *m, uint32_t bit)
{
    switch ( bit )
    {
    case G_SRTP:
        if ( m->rtaddr & 0xfff )
            vtdm_violation(m, "reserved bits in root table address");
        m->root = m->rtaddr & ~0xfffULL;
        if ( m->cfg.esrtps )
        {
            vtdm_cache_flush(&m->ctx);
            vtdm_cache_flush(&m->tlb);
        }
        m->gsts |= bit;
        break;

    case G_SIRTP:
        if ( !m->cfg.ir || (m->irta & MASK(10, 4)) ||
             ((m->irta & IRTA_EIME) && !m->cfg.eim) )
            vtdm_violation(m, "interrupt remapping table address %#llx",
                           (unsigned long long)m->irta);
        m->ir_table = m->irta;
        if ( m->cfg.esirtps )
            vtdm_cache_flush(&m->iec);
        m->gsts |= bit;
        break;

    case G_WBF:
        vtdm_mem_flushed(m);
        m->gsts &= ~bit;
        break;

    default:
        vtdm_violation(m, "no advanced fault log on this unit");
    }
}

/* §11.4.4.1: one command at a time; status follows command. */
static void global_command(struct vtd_model *m, uint32_t val)
{
    uint32_t shot = val & (uint32_t)G_ONE_SHOT;
    uint32_t change = (val ^ m->gsts) & (uint32_t)G_TOGGLES;

    if ( val & ~(uint32_t)(G_ONE_SHOT | G_TOGGLES) )
        vtdm_violation(m, "reserved bits in global command %#x", val);
    if ( __builtin_popcount(shot | change) > 1 && !m->dead && !m->failed )
        vtdm_violation(m, "global command %#x changes %#x at once", val,
                       shot | change);

    /* §11.4.4.2: RTPS and IRTPS are clear, WBFS is set while it takes. */
    m->gsts &= ~(shot & (uint32_t)(G_SRTP | G_SIRTP));
    if ( m->cfg.rwbf )
        m->gsts |= shot & (uint32_t)G_WBF;

    while ( shot | change )
    {
        uint32_t bit = 1U << __builtin_ctz(shot | change);

        if ( vtdm_next_command(m, VTD_COUNT_GCMD) == CMD_OK )
        {
            if ( shot & bit )
                one_shot(m, bit);
            else
                toggle(m, bit, val & bit);
        }
        shot &= ~bit;
        change &= ~bit;
    }
}

/* §6.5.1: only without the queue, and before version 6. */
static void register_invalidation(struct vtd_model *m)
{
    if ( m->gsts & G_QIE )
        vtdm_violation(m, "register-based invalidation beside the queue");
    if ( m->cfg.ver >> 4 >= 6 )
        vtdm_violation(m, "register-based invalidation on version %u",
                       m->cfg.ver >> 4);
}

/* §11.4.7.1 */
static void context_command(struct vtd_model *m)
{
    unsigned int gran = BITS(m->ccmd, 62, 61);

    register_invalidation(m);
    switch ( vtdm_next_command(m, VTD_COUNT_REG_CONTEXT) )
    {
    case CMD_OK:
        break;
    case CMD_REFUSED:
        gran = 0;
        break;
    default:
        return;
    }

    if ( gran )
        vtdm_inval_context(m, gran, BITS(m->ccmd, 15, 0), BITS(m->ccmd, 31, 16),
                           BITS(m->ccmd, 33, 32));
    m->ccmd = (m->ccmd & ~(CCMD_ICC | MASK(60, 59))) | (uint64_t)gran << 59;
}

/* §11.4.7.2.1 */
static void iotlb_command(struct vtd_model *m)
{
    unsigned int gran = BITS(m->iotlb, 61, 60);
    unsigned int am = BITS(m->iva, 5, 0);

    register_invalidation(m);
    switch ( vtdm_next_command(m, VTD_COUNT_REG_IOTLB) )
    {
    case CMD_OK:
        break;
    case CMD_REFUSED:
        gran = 0;
        break;
    default:
        return;
    }

    if ( gran == GRAN_FINE && am > m->cfg.mamv )
    {
        vtdm_violation(m, "address mask %u above %u", am, m->cfg.mamv);
        gran = 0;
    }
    if ( gran )
    {
        vtdm_inval_iotlb(m, gran, BITS(m->iotlb, 47, 32), m->iva & ~0xfffULL,
                         am, m->iva & IVA_IH);
        vtdm_drain(m, m->iotlb & BIT64(49), m->iotlb & BIT64(48));
    }
    m->iotlb = (m->iotlb & ~(IOTLB_IVT | MASK(58, 57))) | (uint64_t)gran << 57;
}

static uint64_t half(uint64_t old, unsigned int off, uint32_t val)
{
    unsigned int shift = off % 8 * 8;

    return (old & ~(0xffffffffULL << shift)) | (uint64_t)val << shift;
}

static void write64(struct vtd_model *m, unsigned int off, uint32_t val)
{
    switch ( off & ~7U )
    {
    case R_RTADDR:
        m->rtaddr = half(m->rtaddr, off, val);
        break;

    case R_CCMD:
        m->ccmd = half(m->ccmd, off, val);
        if ( off % 8 && (m->ccmd & CCMD_ICC) )
            context_command(m);
        break;

    case R_IVA:
        m->iva = half(m->iva, off, val);
        break;

    case R_IOTLB:
        m->iotlb = half(m->iotlb, off, val);
        if ( off % 8 && (m->iotlb & IOTLB_IVT) )
            iotlb_command(m);
        break;

    case R_PHMBASE:
        m->phmbase = half(m->phmbase, off, val);
        break;

    case R_PHMLIMIT:
        m->phmlimit = half(m->phmlimit, off, val);
        break;

    case R_IQA:
        if ( m->gsts & G_QIE )
            vtdm_violation(m, "queue address changed while it is enabled");
        m->iqa = half(m->iqa, off, val);
        break;

    case R_IQT:
        if ( !(off % 8) )
            vtdm_queue_tail(m, val);
        break;

    case R_IRTA:
        m->irta = half(m->irta, off, val);
        break;

    default:
        if ( is_frcd(m, off) )
            vtdm_fault_write(m, off, val);
        else if ( val )
            vtdm_violation(m, "write to read-only register %#x", off);
    }
}

void vtdm_mmio_write(struct vtd_model *m, unsigned int off, uint32_t val)
{
    off = place(m, off);
    if ( is_64bit(m, off) )
    {
        write64(m, off, val);
        return;
    }

    switch ( off )
    {
    case R_GCMD:     global_command(m, val); break;
    case R_FSTS:
    case R_FECTL:    vtdm_fault_write(m, off, val); break;
    case R_FEDATA:   m->fedata = val; break;
    case R_FEADDR:   m->feaddr = val; break;
    case R_FEUADDR:
        if ( !m->cfg.eim && val )
            vtdm_violation(m, "FEUADDR %#x without extended destinations", val);
        m->feuaddr = val;
        break;
    case R_ICS:
    case R_IECTL:    vtdm_completion_control(m, off, val); break;
    case R_IEDATA:   m->iedata = val; break;
    case R_IEADDR:   m->ieaddr = val; break;
    case R_IEUADDR:  m->ieuaddr = val; break;
    case R_PLMBASE:  m->plmbase = val; break;
    case R_PLMLIMIT: m->plmlimit = val; break;
    case R_PMEN:
        if ( !m->cfg.plmr && !m->cfg.phmr )
            vtdm_violation(m, "no protected memory on this unit");
        if ( vtdm_next_command(m, VTD_COUNT_GCMD) == CMD_OK )
            m->pmen = val & PMEN_EPM ? PMEN_EPM | PMEN_PRS : 0;
        break;
    default:
        vtdm_violation(m, "write to register %#x", off);
    }
}

static bool good_access(struct vtd_model *m, unsigned int off,
                        unsigned int size)
{
    if ( off % size || off + size > m->size || (size != 4 && size != 8) ||
         (size == 8 && !is_64bit(m, place(m, off))) )
    {
        vtdm_violation(m, "%u byte access to register %#x", size, off);
        return false;
    }

    return true;
}

uint64_t vtd_model_read(struct vtd_model *m, unsigned int off,
                        unsigned int size)
{
    uint64_t val = ~0ULL;

    vtdm_lock(m);
    if ( good_access(m, off, size) && !m->gone )
    {
        val = vtdm_mmio_read(m, off);
        if ( size == 8 )
            val |= (uint64_t)vtdm_mmio_read(m, off + 4) << 32;
    }
    val = model_says(&m->pause, off, val);
    vtdm_unlock(m);

    return size == 4 ? (uint32_t)val : val;
}

void vtd_model_write(struct vtd_model *m, unsigned int off, uint64_t val,
                     unsigned int size)
{
    vtdm_lock(m);
    if ( good_access(m, off, size) && !m->gone )
    {
        vtdm_mmio_write(m, off, val);
        if ( size == 8 )
            vtdm_mmio_write(m, off + 4, val >> 32);
    }
    vtdm_unlock(m);
}
