/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From requester and address to machine address: root, context and
 * second-level tables in legacy mode, through the caches (§3.4, §3.7, §6.2,
 * §9.1, §9.3, §9.8).
 */

#include "vtd-int.h"

/* Address bits [51:HAW] are reserved in every pointer. */
static uint64_t above_haw(const struct vtd_model *m)
{
    return MASK(63, 12) & ~(BIT64(m->cfg.haw) - 1);
}

static unsigned int read_context(struct vtd_model *m, uint16_t sid,
                                 struct ctx_entry *c)
{
    unsigned int tt, aw;
    uint64_t e[2];

    if ( !vtdm_mem_walk_read(m, m->root + (sid >> 8) * 16, e, sizeof(e)) )
        return FR_ROOT_ACCESS;
    if ( !(e[0] & ENTRY_P) )
        return FR_ROOT_P;
    if ( e[1] || (e[0] & (MASK(11, 1) | above_haw(m))) )
        return FR_ROOT_RSVD;

    if ( !vtdm_mem_walk_read(m, (e[0] & MASK(63, 12)) + (sid & 0xff) * 16, e,
                             sizeof(e)) )
        return FR_CTX_ACCESS;

    c->lo = e[0];
    c->hi = e[1];
    c->did = BITS(c->hi, 23, 8);
    if ( !(c->lo & ENTRY_P) )
        return FR_CTX_P;

    tt = BITS(c->lo, 3, 2);
    aw = BITS(c->hi, 2, 0);
    if ( (c->lo & MASK(11, 4)) || (c->hi & (BIT64(7) | MASK(63, 24))) ||
         (tt != TT_PASS && (c->lo & above_haw(m))) ||
         c->did >> m->cfg.did_bits )
        return FR_CTX_RSVD;
    if ( aw < 1 || aw > 3 || !(m->cfg.sagaw & (1U << aw)) ||
         tt == 3 || (tt == TT_DEVTLB && !m->cfg.dt) ||
         (tt == TT_PASS &&
          (!m->cfg.pt || m->cfg.sagaw >> (aw + 1))) )
        return FR_CTX_INVALID;

    if ( m->cfg.caching_mode && !c->did )
        vtdm_violation(m, "domain id 0 in caching mode, requester %04x", sid);

    return 0;
}

static unsigned int find_context(struct vtd_model *m, uint16_t sid,
                                 struct ctx_entry *c)
{
    unsigned int i, reason;

    for ( i = 0; i < m->ctx.nr; i++ )
    {
        *c = *vtdm_cache_get(&m->ctx, struct ctx_entry, i);
        if ( c->sid == sid )
            return c->reason;
    }

    memset(c, 0, sizeof(*c));
    c->sid = sid;
    reason = read_context(m, sid, c);

    /* §6.1: absence is only cached in caching mode, as domain 0. */
    if ( !reason || m->cfg.caching_mode )
    {
        struct ctx_entry *copy = vtdm_cache_add(&m->ctx);

        *copy = *c;
        copy->reason = reason;
        if ( reason )
            copy->did = 0;
    }

    return reason;
}

/* Add to the IOTLB or the paging-structure cache. */
static struct tlb_entry *tlb_add(struct vtd_model *m, uint16_t did,
                                 unsigned int level, uint64_t addr, bool leaf,
                                 uint64_t entry)
{
    struct tlb_entry *e = vtdm_cache_add(&m->tlb);
    unsigned int shift = 12 + 9 * (level - 1);

    e->did = did;
    e->level = level;
    e->leaf = leaf;
    e->start = addr >> shift << shift;
    e->last = e->start + (BIT64(shift) - 1);
    e->entry = entry;

    return e;
}

/*
 * The oldest leaf that covers @addr, else the deepest table.  Leaves are
 * looked at first, so that a stale superpage hides what is below it now.
 */
static const struct tlb_entry *tlb_find(const struct vtd_model *m,
                                        uint16_t did, uint64_t addr)
{
    const struct tlb_entry *best = NULL;
    unsigned int i;

    for ( i = 0; i < m->tlb.nr; i++ )
    {
        const struct tlb_entry *e =
            vtdm_cache_get(&m->tlb, struct tlb_entry, i);

        if ( e->did != did || addr < e->start || addr > e->last )
            continue;
        if ( e->leaf )
            return e;
        if ( !best || e->level < best->level )
            best = e;
    }

    return best;
}

/* Bits that must be 0 in a present entry at @level. */
static uint64_t reserved_bits(const struct vtd_model *m, unsigned int level,
                              bool leaf)
{
    uint64_t bits = above_haw(m) & MASK(51, 12);

    if ( leaf && level > 1 )
        bits |= MASK(12 + 9 * (level - 1) - 1, 12);
    if ( leaf && !m->cfg.sc )
        bits |= PTE_SNP;
    if ( leaf && ((level == 2 && !m->cfg.page_2m) ||
                  (level == 3 && !m->cfg.page_1g) || level > 3) )
        bits |= PTE_PS;

    return bits;
}

/* Caching mode: an entry at @level that is no use is remembered as that. */
static unsigned int cache_fault(struct vtd_model *m, uint16_t did,
                                uint64_t addr, unsigned int level,
                                unsigned int reason)
{
    if ( m->cfg.caching_mode )
        tlb_add(m, did, level, addr, level == 1, 0)->reason = reason;

    return reason;
}

/* Walk from @table, which is at @level, to a leaf and cache what is met. */
static unsigned int walk_tables(struct vtd_model *m, uint16_t did,
                                uint64_t addr, bool write, uint64_t table,
                                unsigned int level, uint64_t prot,
                                const struct tlb_entry **found)
{
    for ( ; ; level-- )
    {
        unsigned int index = (addr >> (12 + 9 * (level - 1))) & 0x1ff;
        uint64_t e;
        bool leaf;

        model_walks(&m->pause);
        if ( !vtdm_mem_walk_read(m, table + index * 8, &e, sizeof(e)) )
            return FR_PTE_ACCESS;
        if ( !(e & (PTE_R | PTE_W)) )
            return cache_fault(m, did, addr, level,
                               write ? FR_WRITE : FR_READ);

        leaf = level == 1 || (e & PTE_PS);
        if ( e & reserved_bits(m, level, leaf) )
            return cache_fault(m, did, addr, level, FR_PTE_RSVD);

        prot &= e;
        e = (e & MASK(51, 12)) | (prot & (PTE_R | PTE_W));
        if ( leaf )
        {
            *found = tlb_add(m, did, level, addr, true, e);
            return 0;
        }

        /* Covers what one entry of this level does. */
        tlb_add(m, did, level, addr, false, e);
        table = e & MASK(51, 12);
    }
}

static unsigned int translate(struct vtd_model *m, const struct ctx_entry *c,
                              uint64_t addr, bool write,
                              struct translation *t)
{
    unsigned int aw = BITS(c->hi, 2, 0);
    unsigned int width = 30 + 9 * aw < m->cfg.mgaw ? 30 + 9 * aw : m->cfg.mgaw;
    const struct tlb_entry *e;
    unsigned int reason = 0;
    unsigned int shift;

    t->prot = 0;
    if ( addr >> width )
        return FR_ADDR;

    e = tlb_find(m, c->did, addr);
    if ( !e )
        reason = walk_tables(m, c->did, addr, write, c->lo & MASK(63, 12),
                             aw + 2, PTE_R | PTE_W, &e);
    else if ( !e->leaf && !e->reason )
        reason = walk_tables(m, c->did, addr, write, e->entry & MASK(51, 12),
                             e->level - 1, e->entry, &e);
    if ( reason )
        return reason;

    /* A cached fault is reported for the access at hand. */
    if ( e->reason == FR_READ || e->reason == FR_WRITE )
        return write ? FR_WRITE : FR_READ;
    if ( e->reason )
        return e->reason;

    shift = 12 + 9 * (e->level - 1);
    t->start = e->start;
    t->last = e->last;
    t->prot = e->entry & (PTE_R | PTE_W);
    t->maddr = (e->entry & MASK(51, 12)) >> shift << shift;
    t->maddr |= addr & (BIT64(shift) - 1);

    return t->prot & (write ? PTE_W : PTE_R) ? 0 : write ? FR_WRITE : FR_READ;
}

/* §11.4.8: requests that are not translated stay out of protected memory. */
static bool is_protected(const struct vtd_model *m, uint64_t addr)
{
    if ( !(m->pmen & PMEN_PRS) )
        return false;

    return (m->cfg.plmr && m->plmbase <= m->plmlimit &&
            addr >= m->plmbase && addr <= (m->plmlimit | MASK(20, 0))) ||
           (m->cfg.phmr && m->phmbase <= m->phmlimit &&
            addr >= m->phmbase && addr <= (m->phmlimit | MASK(20, 0)));
}

unsigned int vtdm_walk(struct vtd_model *m, uint16_t sid, uint64_t addr,
                       bool write, unsigned int kind, struct translation *t)
{
    struct ctx_entry c;
    unsigned int reason, tt;

    memset(t, 0, sizeof(*t));
    t->maddr = addr;
    t->start = addr & ~0xfffULL;
    t->last = addr | 0xfff;
    t->prot = PTE_R | PTE_W;

    if ( !(m->gsts & G_TE) )
        return is_protected(m, addr) || kind == REQ_ATS ? VTD_MODEL_UR : 0;

    reason = find_context(m, sid, &c);
    t->fpd = c.lo & CTX_FPD;
    if ( reason )
        return reason;

    tt = BITS(c.lo, 3, 2);
    if ( kind != REQ_DMA && tt != TT_DEVTLB )
        return FR_ATS;
    if ( kind == REQ_TRANSLATED )
        return 0;
    if ( tt != TT_PASS )
        return translate(m, &c, addr, write, t);
    if ( addr >> m->cfg.haw )
        return FR_ADDR;

    return is_protected(m, addr) ? VTD_MODEL_UR : 0;
}
