/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From domain and address to machine address: the host page tables of §2.2.3,
 * through the caches.
 */

#include "amd-int.h"

/* Bits of input address below an entry of a table at @level. */
#define SHIFT(level)            (12 + 9 * ((level) - 1))

struct request {
    const struct dte *dte;
    uint64_t addr;
    uint64_t lo;                /* what its events have in common */
    bool ats;                   /* no answer is an answer */
};

static unsigned int fault(struct amd_model *m, const struct request *r,
                          uint64_t flags)
{
    if ( r->ats )
        return EV_PAGE_FAULT;

    return amdm_event_of(m, r->dte, EV_CODE(EV_PAGE_FAULT) | r->lo | flags,
                         r->addr);
}

static struct tlb_entry *tlb_add(struct amd_model *m, const struct request *r,
                                 unsigned int shift)
{
    struct tlb_entry *e = amdm_cache_add(&m->tlb);

    e->domain = DTE_DOMAIN(r->dte->w[1]);
    e->start = shift > 63 ? 0 : r->addr >> shift << shift;
    e->last = shift > 63 ? ~0ULL : e->start + (BIT64(shift) - 1);

    return e;
}

/*
 * The oldest page that covers @addr, else what covers least.  Pages are looked
 * at first, so that a stale superpage hides what is below it now.
 */
static const struct tlb_entry *tlb_find(const struct amd_model *m,
                                        uint16_t domain, uint64_t addr)
{
    const struct tlb_entry *best = NULL;
    unsigned int i;

    for ( i = 0; i < m->tlb.nr; i++ )
    {
        const struct tlb_entry *e =
            amdm_cache_get(&m->tlb, struct tlb_entry, i);

        if ( e->domain != domain || addr < e->start || addr > e->last )
            continue;
        if ( e->leaf )
            return e;
        if ( !best || e->last - e->start < best->last - best->start )
            best = e;
    }

    return best;
}

/*
 * §2.2.3: next level 0 is a page of the level's size, 7 one whose size the
 * lowest clear bit of the address tells.  0: no such page.
 */
static unsigned int page_shift(uint64_t e, unsigned int level)
{
    unsigned int shift = 12;

    if ( !PTE_NEXT(e) )
        return level > 3 || (e & PTE_ADDR & (BIT64(SHIFT(level)) - 1))
               ? 0 : SHIFT(level);

    while ( shift < 52 && (e & BIT64(shift)) )
        shift++;
    shift++;

    return shift > SHIFT(level) && shift < SHIFT(level + 1) ? shift : 0;
}

/* An entry at @level that is no use: NpCache remembers it as that. */
static unsigned int dead_end(struct amd_model *m, const struct request *r,
                             unsigned int level, uint64_t flags)
{
    if ( m->cfg.np_cache )
    {
        struct tlb_entry *e = tlb_add(m, r, SHIFT(level));

        e->leaf = level == 1;
        e->absent = true;
        e->flags = flags;
    }

    return fault(m, r, flags);
}

/* Checks @e, met at @level.  0, or an event; *shift of a page, 0 for a table. */
static unsigned int judge(struct amd_model *m, const struct request *r,
                          uint64_t e, unsigned int level, unsigned int *shift)
{
    unsigned int next = PTE_NEXT(e);

    *shift = 0;
    if ( !(e & PTE_PR) )
        return dead_end(m, r, level, 0);

    if ( !next || next == 7 )
    {
        *shift = page_shift(e, level);
        if ( !*shift || (e & PTE_RSVD) )
            return dead_end(m, r, level, EV_PR | EV_RZ);
        return 0;
    }

    if ( e & PDE_RSVD )
        return dead_end(m, r, level, EV_PR | EV_RZ);
    /* RZ clear: the level's encoding. */
    if ( next >= level )
        return dead_end(m, r, level, EV_PR);
    /* Address bits of levels that are skipped must be 0. */
    if ( (r->addr & (BIT64(SHIFT(level)) - 1)) >> SHIFT(next + 1) )
        return fault(m, r, 0);

    return 0;
}

/* Walks from @table at @level to a page and caches what is met. */
static unsigned int walk_tables(struct amd_model *m, const struct request *r,
                                uint64_t table, unsigned int level,
                                uint64_t rights, const struct tlb_entry **found)
{
    for ( ; ; )
    {
        unsigned int shift, event;
        uint64_t at = table + ((r->addr >> SHIFT(level)) & 0x1ff) * 8;
        struct tlb_entry *t;
        uint64_t e;

        if ( !amdm_mem_walk(m, at, &e, sizeof(e)) )
        {
            amdm_event(m, EV_CODE(EV_PAGETAB_HW) | r->lo | EV_HW_MASTER_ABORT,
                       at);
            return EV_PAGETAB_HW;
        }
        amdm_walk_point(m);

        event = judge(m, r, e, level, &shift);
        if ( event )
            return event;

        rights &= e;
        t = tlb_add(m, r, shift ? shift : SHIFT(PTE_NEXT(e) + 1));
        t->entry = (e & ~(PTE_IR | PTE_IW)) | (rights & (PTE_IR | PTE_IW));
        if ( shift )
        {
            /* The size is not part of the address. */
            if ( PTE_NEXT(e) )
                t->entry &= ~MASK(shift - 1, 12);
            t->leaf = true;
            *found = t;
            return 0;
        }

        t->level = level = PTE_NEXT(e);
        table = e & PTE_ADDR;
    }
}

static unsigned int translate(struct amd_model *m, const struct request *r,
                              bool write, struct amd_model_page *page)
{
    uint64_t w0 = r->dte->w[0], rights;
    unsigned int mode = DTE_MODE(w0), event = 0;
    const struct tlb_entry *e;

    page->prot = 0;
    if ( mode < 6 && r->addr >> SHIFT(mode + 1) )
        return fault(m, r, 0);

    e = tlb_find(m, DTE_DOMAIN(r->dte->w[1]), r->addr);
    if ( e && e->absent )
        return fault(m, r, e->flags);
    if ( !e )
        event = walk_tables(m, r, DTE_ROOT(w0), mode, ~0ULL, &e);
    else if ( !e->leaf )
        event = walk_tables(m, r, e->entry & PTE_ADDR, e->level, e->entry, &e);
    if ( event )
        return event;

    rights = e->entry & w0;
    page->start = e->start;
    page->last = e->last;
    page->prot = BITS(rights, 62, 61);
    page->maddr = (e->entry & PTE_ADDR) + (r->addr - e->start);
    page->forced = e->entry & PTE_FC;
    page->pass = false;

    return rights & (write ? PTE_IW : PTE_IR) || r->ats
           ? 0 : fault(m, r, EV_PR | EV_PE);
}

/* §3.4.1: with SNP the registers are another range's. */
static bool excluded(const struct amd_model *m, const struct dte *d,
                     uint64_t addr)
{
    return !m->cfg.snp && (m->excl_base & BIT64(0)) &&
           ((m->excl_base & BIT64(1)) || (d->w[1] & DTE_EX)) &&
           addr >= (m->excl_base & BASE_MASK) &&
           addr <= (m->excl_limit | MASK(11, 0));
}

/* §2.1.2: HyperTransport's range; the part for system management is first. */
#define HT_RANGE(a)             ((a) >= 0xfd00000000ULL && \
                                 (a) <= 0xffffffffffULL)
#define SYSMGT_RANGE(a)         ((a) >= 0xfdf9100000ULL && \
                                 (a) <= 0xfdf91fffffULL)

/* 0: to be translated; 1: passed; else an event code. */
static unsigned int special(struct amd_model *m, const struct request *r,
                            bool write)
{
    unsigned int sysmgt = DTE_SYSMGT(r->dte->w[1]);
    unsigned int type = write ? 3 : 4;

    if ( excluded(m, r->dte, r->addr) )
        return 1;
    if ( !HT_RANGE(r->addr) )
        return 0;

    if ( !SYSMGT_RANGE(r->addr) )
        type = 6;
    else if ( sysmgt == 3 )
        return 0;
    else if ( sysmgt == 1 && write )
        return 1;

    return amdm_event_of(m, r->dte, EV_CODE(EV_INVALID_REQ) | r->dte->devid |
                         EV_REQ_TYPE(type), r->addr);
}

unsigned int amdm_walk(struct amd_model *m, const struct dte *d, uint64_t addr,
                       bool write, bool ats, struct amd_model_page *page)
{
    uint64_t w0 = d->w[0];
    struct request r = {
        .dte = d,
        .addr = addr,
        .ats = ats,
        .lo = d->devid | EV_DOMAIN(DTE_DOMAIN(d->w[1])) |
              (write ? EV_RW : 0) | (ats ? EV_TR : 0),
    };
    unsigned int how;

    if ( !(w0 & DTE_V) )
        return 0;

    how = special(m, &r, write);
    if ( how )
        return how == 1 ? 0 : how;

    page->blocked = !(w0 & DTE_TV) ||
                    (!DTE_MODE(w0) && !(w0 & (PTE_IR | PTE_IW)));
    /* §2.2.2: the walk that it needs is terminated. */
    if ( !(w0 & DTE_TV) )
        return fault(m, &r, 0);
    if ( DTE_MODE(w0) )
        return translate(m, &r, write, page);

    page->prot = BITS(w0, 62, 61);

    return w0 & (write ? PTE_IW : PTE_IR) || ats
           ? 0 : fault(m, &r, EV_PR | EV_PE);
}
