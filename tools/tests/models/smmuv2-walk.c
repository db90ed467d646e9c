/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 2 of the SMMUv2 model: what a bank says, TLB, walk caches, walks.
 * Descriptors are decoded by pt-walker-arm.c.  Only valid ones are cached, by
 * VMID, and what is cached is used until it is invalidated.
 */
#include "pt-walker.h"
#include "smmuv2-int.h"

struct regime {
    uint16_t vmid;
    unsigned int in_bits, out_bits, levels;
    uint64_t root;
};

static unsigned int size_of(unsigned int code)
{
    static const unsigned int bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };

    return bits[code & 7];
}

uint16_t v2m_vmid(const struct smmuv2_model *m, unsigned int n)
{
    return m->cfg.version > 1 && (m->cr0 & CR0_VMID16EN)
           ? m->bank[n].cba2r >> 16 : m->bank[n].cbar & 0xff;
}

/* 64-bit tables: TCR as VTCR_EL2 has it. */
static const char *read_va64(const struct smmuv2_model *m, uint32_t tcr,
                             struct regime *r)
{
    unsigned int ps = BITS(tcr, 18, 16);

    if ( m->cfg.version < 2 || m->cfg.no_aarch64 )
        return "has no 64-bit tables";
    if ( BITS(tcr, 15, 14) )
        return "a granule that is not 4 KiB";
    if ( BITS(tcr, 7, 6) == 3 || ps > m->cfg.oas )
        return "reserved SL0, or PASize beyond OAS";

    r->in_bits = 64 - BITS(tcr, 5, 0);
    r->levels = BITS(tcr, 7, 6) + 2;
    r->out_bits = size_of(ps);
    if ( r->levels == 4 && r->out_bits < 44 )
        return "starts at level 0 with less than 44 bits";

    return NULL;
}

/* Those of ARMv7 with its Large Physical Address Extension: 40 bits out. */
static const char *read_lpae(const struct smmuv2_model *m, uint32_t tcr,
                             struct regime *r)
{
    int t0sz = (int)(BITS(tcr, 3, 0) ^ 8) - 8;

    if ( m->cfg.no_aarch32 )
        return "has no 32-bit tables";
    if ( BITS(tcr, 4, 4) != (t0sz < 0) )
        return "TCR.S is not the sign of T0SZ";
    if ( BITS(tcr, 5, 5) || BITS(tcr, 18, 16) || !(tcr >> 31) ||
         BITS(tcr, 7, 6) > 1 )
        return "reserved bits in TCR";

    r->in_bits = 32 - t0sz;
    r->levels = BITS(tcr, 7, 6) + 2;
    r->out_bits = 40;

    return NULL;
}

static const char *read_regime(const struct smmuv2_model *m, unsigned int n,
                               struct regime *r)
{
    const struct v2_bank *b = &m->bank[n];
    bool va64 = m->cfg.version > 1 && (b->cba2r & 1);
    const char *why = va64 ? read_va64(m, b->tcr, r) : read_lpae(m, b->tcr, r);
    unsigned int top;

    if ( why )
        return why;

    /* The first level resolves what the others do not, up to 9 + 4 bits. */
    top = r->in_bits - (12 + 9 * (r->levels - 1));
    if ( r->in_bits > size_of(m->cfg.ias) || (int)top < 1 || top > 13 )
        return "T0SZ does not go with SL0 or IAS";

    r->vmid = v2m_vmid(m, n);
    r->root = b->ttbr0 & 0xffffffffffffULL;
    if ( b->ttbr0 & ~0xffffffffffffULL || (r->root & ((8ULL << top) - 1)) ||
         r->root >> r->out_bits )
        return "TTBR0 is not aligned, or too large";

    return NULL;
}

static const struct v2_tlb_entry *lookup(struct smmuv2_model *m, uint16_t vmid,
                                         uint64_t addr, bool leaf,
                                         unsigned int level)
{
    unsigned int i;

    for ( i = 0; i < m->tlb->nr; i++ )
    {
        const struct v2_tlb_entry *e = v2m_get(m->tlb, struct v2_tlb_entry, i);

        if ( e->vmid == vmid && e->leaf == leaf && addr >= e->start &&
             addr <= e->last && (leaf || e->level == level) )
            return e;
    }

    return NULL;
}

/* Two for one address come from a change without a break. */
static void check_break(struct smmuv2_model *m, const struct v2_tlb_entry *new)
{
    unsigned int i;

    for ( i = 0; i < m->tlb->nr; i++ )
    {
        const struct v2_tlb_entry *e = v2m_get(m->tlb, struct v2_tlb_entry, i);

        if ( e->leaf && e->vmid == new->vmid && e->start <= new->last &&
             e->last >= new->start )
            v2m_violation(m, "VMID %u: %#llx is cached already, no break before the change",
                          new->vmid, (unsigned long long)new->start);
    }
}

static void remember(struct smmuv2_model *m, const struct regime *r,
                     uint64_t addr, unsigned int level, bool leaf,
                     uint64_t maddr, unsigned int prot)
{
    uint64_t span = 1ULL << (12 + 9 * (level - 1));
    struct v2_tlb_entry new = {
        .vmid = r->vmid, .leaf = leaf, .level = level,
        .start = addr & ~(span - 1), .last = addr | (span - 1),
        .maddr = maddr, .prot = prot,
    };

    if ( leaf )
        check_break(m, &new);
    *(struct v2_tlb_entry *)v2m_cache_add(m->tlb) = new;
}

void v2m_invalidate(struct smmuv2_model *m, const struct v2_pending *p)
{
    unsigned int i = 0;

    if ( p->all )
        memset(m->cached_stream, 0, sizeof(m->cached_stream));
    while ( i < m->tlb->nr )
    {
        const struct v2_tlb_entry *e = v2m_get(m->tlb, struct v2_tlb_entry, i);

        if ( p->all || (p->vmid == e->vmid &&
                        (!p->page ||
                         (p->addr >= e->start && p->addr <= e->last))) )
            v2m_cache_drop(m->tlb, i);
        else
            i++;
    }
}

static unsigned int why_bad(struct smmuv2_model *m, const char *why,
                            uint64_t entry)
{
    if ( strstr(why, "address size") )
        return CF_ASF;
    if ( strstr(why, "access flag") )
        return CF_AFF;

    v2m_violation(m, "table entry %#llx: %s", (unsigned long long)entry, why);

    return CF_TF;
}

/* Fills the TLB for @addr. */
static unsigned int walk_tables(struct smmuv2_model *m, const struct regime *r,
                                uint64_t addr)
{
    struct walk_env env = { .levels = r->levels, .in_bits = r->in_bits,
                            .out_bits = r->out_bits };
    uint64_t table = r->root;
    unsigned int level;

    for ( level = r->levels; level; level-- )
    {
        uint64_t index = addr >> (12 + 9 * (level - 1)), raw;
        const struct v2_tlb_entry *e = lookup(m, r->vmid, addr, false, level);
        struct walk_entry d;

        if ( e )
        {
            table = e->maddr;
            continue;
        }

        if ( level != r->levels )
            index &= 511;
        if ( !v2m_mem_read(m, table + index * 8, &raw, 8) )
            return CF_EF;

        d = walk_decode_arm_s2(&env, raw, level);
        switch ( d.kind )
        {
        case WALK_ABSENT:
            return CF_TF;

        case WALK_BAD:
            return why_bad(m, d.why, raw);

        case WALK_TABLE:
            remember(m, r, addr, level, false, d.maddr, 0);
            table = d.maddr;
            break;

        case WALK_LEAF:
            remember(m, r, addr, level, true, d.maddr, d.prot);
            return 0;
        }
    }

    return CF_TF;
}

unsigned int v2m_translate(struct smmuv2_model *m, unsigned int n,
                           uint64_t addr, bool write, uint64_t *maddr)
{
    const struct v2_tlb_entry *e;
    const char *why;
    struct regime r;
    unsigned int code;

    why = read_regime(m, n, &r);
    if ( why )
    {
        v2m_violation(m, "bank %u: %s (TCR %08x)", n, why, m->bank[n].tcr);
        return CF_TF;
    }

    if ( addr >> r.in_bits )
        return CF_TF;

    e = lookup(m, r.vmid, addr, true, 0);
    if ( !e )
    {
        code = walk_tables(m, &r, addr);
        if ( code )
            return code;
        e = lookup(m, r.vmid, addr, true, 0);
    }

    if ( !(e->prot & (write ? WALK_W : WALK_R)) )
        return CF_PF;

    *maddr = e->maddr + (addr - e->start);

    return 0;
}
