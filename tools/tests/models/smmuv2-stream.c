/* SPDX-License-Identifier: GPL-2.0-only */
/* Streams of the SMMUv2 model: what they match, and what is recorded. */
#include "smmuv2-int.h"

static bool valid(const struct smmuv2_model *m, unsigned int n)
{
    return m->cr0 & CR0_EXID ? m->s2cr[n] & (1u << 10) : m->smr[n] >> 31;
}

static bool matches(const struct smmuv2_model *m, unsigned int n, uint32_t sid)
{
    uint32_t id = m->smr[n] & 0xffff, mask = m->smr[n] >> 16;

    if ( !(m->cr0 & CR0_EXID) )
    {
        id &= 0x7fff;
        mask &= 0x7fff;
    }

    return !((sid ^ id) & ~mask) && valid(m, n);
}

/* -1: nothing; -2: more than one thing. */
static int match(const struct smmuv2_model *m, uint32_t sid)
{
    unsigned int n;
    int found = -1;

    if ( m->cfg.indexed )
        return sid < m->nr_slots ? (int)sid : -1;

    for ( n = 0; n < m->nr_slots; n++ )
        if ( matches(m, n, sid) )
            found = found == -1 ? (int)n : -2;

    return found;
}

void v2m_check_slot(struct smmuv2_model *m, unsigned int a)
{
    unsigned int b;

    if ( (m->cr0 & CR0_CLIENTPD) || m->cfg.indexed || !valid(m, a) )
        return;

    for ( b = 0; b < m->nr_slots; b++ )
    {
        uint32_t mask = (m->smr[a] | m->smr[b]) >> 16;

        if ( !(m->cr0 & CR0_EXID) )
            mask |= 0x8000;
        if ( b == a || ((m->smr[a] ^ m->smr[b]) & 0xffff & ~mask) ||
             !valid(m, b) )
            continue;
        /* It is a fault, if the unit is told so; but no order to rely on. */
        if ( !(m->cr0 & CR0_SMCFCFG) ||
             BITS(m->s2cr[a], 17, 16) != TYPE_FAULT ||
             BITS(m->s2cr[b], 17, 16) != TYPE_FAULT )
            v2m_violation(m, "SMRs %u and %u match the same stream", a, b);
    }
}

bool v2m_bank_used(const struct smmuv2_model *m, unsigned int n)
{
    unsigned int i;

    if ( m->cr0 & CR0_CLIENTPD )
        return false;

    for ( i = 0; i < m->nr_slots; i++ )
        if ( (m->cfg.indexed || valid(m, i)) &&
             BITS(m->s2cr[i], 17, 16) == TYPE_TRANS &&
             (m->s2cr[i] & 0xff) == n )
            return true;

    return false;
}

static unsigned int global_fault(struct smmuv2_model *m, uint32_t bit,
                                 uint32_t sid, uint64_t addr, bool write)
{
    if ( m->gfsr )
        m->gfsr |= MULTI;
    else
    {
        m->gfsr = bit;
        m->gfar = addr;
        m->gfsynr0 = write ? 2 : 0;
        m->gfsynr1 = sid;
    }

    return SMMUV2_GLOBAL | bit;
}

static unsigned int bank_fault(struct smmuv2_model *m, unsigned int n,
                               uint32_t bit, uint32_t sid, uint64_t addr,
                               bool write)
{
    struct v2_bank *b = &m->bank[n];

    if ( b->fsr )
        b->fsr |= MULTI;
    else
    {
        b->fsr = bit | (b->sctlr & SCTLR_CFCFG ? FSR_SS : 0);
        b->far = addr;
        b->fsynr0 = write ? 16 : 0;
        b->fsynra = sid;
    }

    return SMMUV2_BANK | bit;
}

int v2m_line(const struct smmuv2_model *m)
{
    unsigned int n;

    if ( m->gone || m->dead )
        return -1;
    if ( m->gfsr && (m->cfg.deaf || (m->cr0 & (CR0_GFIE | CR0_GCFGFIE))) )
        return 0;
    for ( n = 0; n < m->cfg.nr_banks; n++ )
        if ( m->bank[n].fsr &&
             (m->cfg.deaf || (m->bank[n].sctlr & SCTLR_CFIE)) )
            return 1 + (m->cfg.version > 1 ? n : m->bank[n].cbar >> 24);

    return -1;
}

/* One that goes to bank @n. */
static unsigned int by_bank(struct smmuv2_model *m, unsigned int n,
                            uint32_t sid, uint64_t addr, bool write,
                            uint64_t *maddr)
{
    struct v2_bank *b = &m->bank[n];
    unsigned int type = BITS(b->cbar, 17, 16), code;

    if ( n >= m->cfg.nr_banks )
        return global_fault(m, GF_UCBF, sid, addr, write);
    if ( type && n < m->cfg.nr_s2_only )
        v2m_violation(m, "bank %u has stage 2 only", n);
    if ( type > 1 )
        v2m_violation(m, "bank %u: CBAR type %u is not stage 2", n, type);

    *maddr = addr;
    if ( !(b->sctlr & SCTLR_M) )
        return 0;
    if ( type )
    {
        v2m_violation(m, "bank %u: stage 1 is on", n);
        return 0;
    }
    /* A transaction that finds a fault outstanding waits for it, or ends. */
    if ( b->fsr && !(b->sctlr & SCTLR_HUPCF) )
        return bank_fault(m, n, CF_TF, sid, addr, write);
    if ( m->cfg.mmu500 && (b->actlr & ACTLR_CPRE) )
        v2m_violation(m, "bank %u prefetches: errata 826419, 841119", n);

    code = v2m_translate(m, n, addr, write, maddr);

    return code ? bank_fault(m, n, code, sid, addr, write) : 0;
}

/* What hardware may keep of a stream that is not translated. */
static void remember(struct smmuv2_model *m, uint32_t sid, bool matched,
                     unsigned int outcome)
{
    if ( m->cfg.mmu500 && (m->acr & (matched ? ACR_S2CRB : ACR_SMTNMB)) )
        m->cached_stream[sid] = 1 + outcome;
}

unsigned int v2m_dma(struct smmuv2_model *m, uint32_t sid, uint64_t addr,
                     bool write, uint64_t *maddr)
{
    unsigned int type;
    int n;

    *maddr = addr;
    sid &= m->cr0 & CR0_EXID ? 0xffff : 0x7fff;
    if ( m->cr0 & CR0_CLIENTPD )
        return 0;

    if ( m->cached_stream[sid] )
        return m->cached_stream[sid] - 1 == TYPE_BYPASS
               ? 0 : global_fault(m, GF_USF, sid, addr, write);

    n = match(m, sid);
    if ( n == -1 )
    {
        remember(m, sid, false, m->cr0 & CR0_USFCFG ? TYPE_FAULT : TYPE_BYPASS);
        return m->cr0 & CR0_USFCFG ? global_fault(m, GF_USF, sid, addr, write)
                                   : 0;
    }
    if ( n == -2 )
    {
        v2m_violation(m, "stream %#x matches twice", sid);
        return m->cr0 & CR0_SMCFCFG
               ? global_fault(m, GF_SMCF, sid, addr, write) : 0;
    }

    type = BITS(m->s2cr[n], 17, 16);
    if ( type == TYPE_TRANS )
        return by_bank(m, m->s2cr[n] & 0xff, sid, addr, write, maddr);

    remember(m, sid, true, type);
    if ( type == 3 )
        v2m_violation(m, "S2CR %d has a reserved type", n);

    return type == TYPE_BYPASS ? 0
                               : global_fault(m, GF_ICF, sid, addr, write);
}
