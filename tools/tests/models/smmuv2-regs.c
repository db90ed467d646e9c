/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMMUv2 model's registers: what reads return and writes do. */
#include "smmuv2-int.h"

/* Banked by security: where the alias has them. */
static bool is_banked(unsigned int off)
{
    return off == R_CR0 || off == R_ACR ||
           (off >= R_GFAR && off <= R_GFSYNR1);
}

static unsigned int unalias(struct smmuv2_model *m, unsigned int off)
{
    if ( !m->cfg.secure_alias )
        return off;
    if ( is_banked(off) )
        v2m_violation(m, "register %#x is the secure one", off);

    return off >= 0x400 && is_banked(off - 0x400) ? off - 0x400 : off;
}

static uint32_t half(uint64_t val, unsigned int off)
{
    return val >> (off & 4 ? 32 : 0);
}

static uint32_t read_bank(struct smmuv2_model *m, unsigned int n,
                          unsigned int off)
{
    const struct v2_bank *b = &m->bank[n];

    switch ( off )
    {
    case R_SCTLR:     return b->sctlr;
    case R_ACTLR:     return b->actlr;
    case R_TTBR0:
    case R_TTBR0 + 4: return half(b->ttbr0, off);
    case R_TCR:       return b->tcr;
    case R_FSR:       return b->fsr;
    case R_FAR:
    case R_FAR + 4:   return half(b->far, off);
    case R_FSYNR0:    return b->fsynr0;
    case R_TLBSTATUS: return b->active;
    }

    return 0;
}

static uint32_t read_space1(struct smmuv2_model *m, unsigned int off)
{
    unsigned int n = (off & 0x3ff) / 4;

    if ( n >= m->cfg.nr_banks )
        return 0;

    switch ( off & ~0x3ffu )
    {
    case R_CBAR:      return m->bank[n].cbar;
    case R_CBFRSYNRA: return m->bank[n].fsynra;
    case R_CBA2R:     return m->bank[n].cba2r;
    }

    return 0;
}

static uint32_t read_space0(struct smmuv2_model *m, unsigned int off)
{
    unsigned int n = (off & 0x3ff) / 4;

    off = unalias(m, off);
    if ( off >= R_SMR && off < 0x1000 )
        return n >= m->nr_slots ? 0 : off < R_S2CR ? m->smr[n] : m->s2cr[n];

    switch ( off )
    {
    case R_CR0:        return m->cr0;
    case R_ACR:        return m->acr;
    case R_IDR0:       return m->idr0;
    case R_IDR1:       return m->idr1;
    case R_IDR2:       return m->idr2;
    case R_IDR7:       return m->idr7;
    case R_GFAR:
    case R_GFAR + 4:   return half(m->gfar, off);
    case R_GFSR:       return m->gfsr;
    case R_GFSYNR0:    return m->gfsynr0;
    case R_GFSYNR1:    return m->gfsynr1;
    case R_TLBGSTATUS: return m->active;
    }

    return 0;
}

/* Bank of @off, which is below its page then; -1: none. */
static int bank_of(const struct smmuv2_model *m, unsigned int *off)
{
    unsigned int n = (*off - m->cb_base) / m->page;

    if ( *off < m->cb_base )
        return -1;
    *off &= m->page - 1;

    return n;
}

static uint32_t read32(struct smmuv2_model *m, unsigned int off)
{
    unsigned int was = off;
    int n = bank_of(m, &off);

    if ( n >= (int)m->cfg.nr_banks )
        v2m_violation(m, "read of %#x: there is no such bank", was);
    if ( n >= 0 )
        return n < (int)m->cfg.nr_banks ? read_bank(m, n, off) : 0;

    return off < m->page ? read_space0(m, off) : read_space1(m, off - m->page);
}

uint64_t v2m_reg_read(struct smmuv2_model *m, unsigned int off,
                      unsigned int size)
{
    if ( size == 8 && m->cfg.only32 )
        v2m_violation(m, "64-bit read of %#x", off);
    if ( size == 8 )
        return read32(m, off) | (uint64_t)read32(m, off + 4) << 32;

    return read32(m, off);
}

/* ---- invalidations ---- */

static void add_pending(struct smmuv2_model *m, struct v2_pending p)
{
    *(struct v2_pending *)v2m_cache_add(&m->pending) = p;
}

/* @bank -1: the global one, which waits for all. */
static void sync(struct smmuv2_model *m, int bank)
{
    bool *active = bank < 0 ? &m->active : &m->bank[bank].active;
    unsigned int i = 0;

    *active = !v2m_next_command(m);
    if ( *active )
        return;
    if ( bank < 0 )
        memset(m->left_bank, 0, sizeof(m->left_bank));

    while ( i < m->pending.nr )
    {
        struct v2_pending *p = v2m_get(&m->pending, struct v2_pending, i);

        if ( bank < 0 || p->bank == bank )
        {
            v2m_invalidate(m, p);
            v2m_cache_drop(&m->pending, i);
        }
        else
            i++;
    }
}

/* ---- writes ---- */

static void write_half(uint64_t *reg, unsigned int off, uint32_t val)
{
    if ( off & 4 )
        *reg = (uint32_t)*reg | (uint64_t)val << 32;
    else
        *reg = (*reg >> 32 << 32) | val;
}

/* What streams are going through, or may go through, must not change. */
static void guard(struct smmuv2_model *m, unsigned int n, const char *what)
{
    if ( m->bank[n].sctlr & SCTLR_M )
        v2m_violation(m, "%s of bank %u changes while it is %s", what, n,
                      v2m_bank_used(m, n) ? "in use" : "on");
}

static void write_sctlr(struct smmuv2_model *m, unsigned int n, uint32_t val)
{
    struct v2_bank *b = &m->bank[n];

    if ( ((val ^ b->sctlr) & SCTLR_M) && v2m_bank_used(m, n) )
        v2m_violation(m, "bank %u goes on or off while it is in use", n);
    if ( val & SCTLR_CFCFG )
        v2m_violation(m, "bank %u stalls", n);
    b->sctlr = val;
}

static void write_bank(struct smmuv2_model *m, unsigned int n,
                       unsigned int off, uint64_t val, unsigned int size)
{
    struct v2_bank *b = &m->bank[n];

    switch ( off )
    {
    case R_SCTLR:
        write_sctlr(m, n, val);
        break;
    case R_ACTLR:
        if ( !m->cfg.mmu500 )
            v2m_violation(m, "ACTLR is not the architecture's");
        else if ( !(m->acr & ACR_LOCK) )
            b->actlr = val;
        break;
    case R_RESUME:
        if ( !(b->fsr & FSR_SS) )
            v2m_violation(m, "RESUME, and nothing stalls");
        b->fsr &= ~FSR_SS;
        break;
    case R_TTBR0:
    case R_TTBR0 + 4:
        guard(m, n, "TTBR0");
        write_half(&b->ttbr0, off, val);
        if ( size == 8 )
            b->ttbr0 = val;
        break;
    case R_TCR:
        guard(m, n, "TCR");
        b->tcr = val;
        break;
    case R_FSR:
        b->fsr &= ~(uint32_t)val;
        break;
    case R_TLBIIPAS2:
        if ( m->cfg.version < 2 )
            v2m_violation(m, "version 1 has no TLBIIPAS2");
        if ( size != ((b->cba2r & 1) ? 8 : 4) )
            v2m_violation(m, "TLBIIPAS2 in %u bytes", size);
        m->count[SMMUV2_COUNT_PAGES]++;
        add_pending(m, (struct v2_pending){
            .page = true, .bank = n, .vmid = v2m_vmid(m, n), .addr = val << 12,
        });
        break;
    case R_TLBSYNC:
        sync(m, n);
        break;
    default:
        v2m_violation(m, "write to %#x of bank %u", off, n);
        break;
    }
}

static void write_space1(struct smmuv2_model *m, unsigned int off,
                         uint32_t val)
{
    unsigned int n = (off & 0x3ff) / 4;

    if ( n >= m->cfg.nr_banks )
    {
        v2m_violation(m, "write to %#x of space 1: no such bank", off);
        return;
    }

    switch ( off & ~0x3ffu )
    {
    case R_CBAR:
        guard(m, n, "CBAR");
        if ( m->cfg.version > 1 && val >> 24 )
            v2m_violation(m, "version 2 has no IRPTNDX");
        m->bank[n].cbar = val;
        break;
    case R_CBA2R:
        guard(m, n, "CBA2R");
        if ( m->cfg.version < 2 )
            v2m_violation(m, "version 1 has no CBA2R");
        m->bank[n].cba2r = val;
        break;
    default:
        v2m_violation(m, "write to %#x of space 1", off);
        break;
    }
}

static void write_cr0(struct smmuv2_model *m, uint32_t val)
{
    uint32_t known = 0x1f3ffu | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 21;
    unsigned int n;

    if ( m->cfg.exids )
        known |= CR0_EXID;
    if ( m->cfg.vmid16 )
        known |= CR0_VMID16EN;
    if ( val & (~known | 1u << 9 | (m->cfg.exids ? 0 : CR0_EXID)) )
        v2m_violation(m, "reserved bits in CR0 %#x", val);
    m->cr0 = val;
    for ( n = 0; n < m->nr_slots; n++ )
        v2m_check_slot(m, n);
}

/*
 * What is on its way through a bank ends with the global TLBSYNC: before that
 * the streams of an entry do not go through another one.
 */
static void check_move(struct smmuv2_model *m, unsigned int n, uint32_t old,
                       uint32_t new)
{
    if ( BITS(old, 17, 16) == TYPE_TRANS )
        m->left_bank[n] = 1 + (old & 0xff);
    if ( BITS(new, 17, 16) == TYPE_TRANS && m->left_bank[n] &&
         m->left_bank[n] != 1 + (new & 0xff) &&
         (m->bank[new & 0xff].sctlr & SCTLR_M) )
        v2m_violation(m, "entry %u goes from bank %u to %u without a wait", n,
                      m->left_bank[n] - 1, new & 0xff);
}

static void write_s2cr(struct smmuv2_model *m, unsigned int n, uint32_t val)
{
    unsigned int type = BITS(val, 17, 16);

    if ( m->cfg.qcom && type == TYPE_FAULT )
        return;
    if ( m->cfg.qcom && type == TYPE_BYPASS )
        val = (val & ~(3u << 16)) | TYPE_FAULT << 16;
    check_move(m, n, m->s2cr[n], val);
    m->s2cr[n] = val;
    v2m_check_slot(m, n);
}

static void write_smr(struct smmuv2_model *m, unsigned int n, uint32_t val)
{
    uint32_t bits = m->cfg.smr_id | (uint32_t)m->cfg.smr_mask << 16;

    if ( !(m->cr0 & CR0_EXID) )
        bits = (bits & 0x7fff7fff) | 0x80000000;
    m->smr[n] = val & bits;
    v2m_check_slot(m, n);
}

static void write_slot(struct smmuv2_model *m, unsigned int off, uint32_t val)
{
    unsigned int n = (off & 0x3ff) / 4;

    if ( n >= m->nr_slots || (off < R_S2CR && m->cfg.indexed) )
        v2m_violation(m, "write to %#x: there is no such entry", off);
    else if ( off < R_S2CR )
        write_smr(m, n, val);
    else
        write_s2cr(m, n, val);
}

static void write_space0(struct smmuv2_model *m, unsigned int off,
                         uint32_t val)
{
    off = unalias(m, off);
    if ( off >= R_SMR && off < 0x1000 )
    {
        write_slot(m, off, val);
        return;
    }

    switch ( off )
    {
    case R_CR0:
        write_cr0(m, val);
        break;
    case R_ACR:
        if ( !m->cfg.mmu500 )
            v2m_violation(m, "ACR is not the architecture's");
        m->acr = val;
        break;
    case R_GFSR:
        m->gfsr &= ~val;
        break;
    case R_TLBIVMID:
        if ( val >> (m->cr0 & CR0_VMID16EN ? 16 : 8) )
            v2m_violation(m, "TLBIVMID of %#x", val);
        m->count[SMMUV2_COUNT_VMIDS]++;
        add_pending(m, (struct v2_pending){ .bank = -1, .vmid = val });
        break;
    case R_TLBIALLNSNH:
        m->count[SMMUV2_COUNT_ALL]++;
        add_pending(m, (struct v2_pending){ .bank = -1, .all = true });
        break;
    case R_TLBGSYNC:
        sync(m, -1);
        break;
    default:
        v2m_violation(m, "write to register %#x", off);
        break;
    }
}

void v2m_reg_write(struct smmuv2_model *m, unsigned int off, uint64_t val,
                   unsigned int size)
{
    unsigned int was = off;
    int n = bank_of(m, &off);

    if ( m->dead )
        return;
    if ( size == 8 && (m->cfg.only32 || n < 0) )
        v2m_violation(m, "64-bit write of %#x", was);

    if ( n >= (int)m->cfg.nr_banks )
        v2m_violation(m, "write of %#x: there is no such bank", was);
    else if ( n >= 0 )
        write_bank(m, n, off, val, size);
    else if ( off < m->page )
        write_space0(m, off, val);
    else
        write_space1(m, off - m->page, val);
}
