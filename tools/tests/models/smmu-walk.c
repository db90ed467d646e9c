/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 2 of the SMMUv3 model: TLB, walk caches, walks.  Descriptors are
 * decoded by pt-walker-arm.c.  Only valid ones are cached (§3.21.1), and what
 * is cached is used until it is invalidated.
 */
#include "pt-walker.h"
#include "smmu-int.h"

enum { F_WALK_EABT = 0x0b, F_TRANSLATION = 0x10, F_ADDR_SIZE, F_ACCESS,
       F_PERMISSION };

static const struct tlb_entry *lookup(struct smmu_model *m, uint16_t vmid,
                                      uint64_t addr, bool leaf,
                                      unsigned int level)
{
    unsigned int i;

    for ( i = 0; i < m->tlb.nr; i++ )
    {
        const struct tlb_entry *e = smmum_get(&m->tlb, struct tlb_entry, i);

        if ( e->vmid == vmid && e->leaf == leaf && addr >= e->start &&
             addr <= e->last && (leaf || e->level == level) )
            return e;
    }

    return NULL;
}

/*
 * §3.21.1.1: two entries for one address, of which one is not the other's
 * part, come from a change without a break.  BBML 2 allows it for sizes.
 */
static void check_break(struct smmu_model *m, const struct tlb_entry *new)
{
    unsigned int i;

    for ( i = 0; i < m->tlb.nr; i++ )
    {
        const struct tlb_entry *e = smmum_get(&m->tlb, struct tlb_entry, i);
        bool same = e->maddr - e->start == new->maddr - new->start;

        if ( !e->leaf || e->vmid != new->vmid || e->start > new->last ||
             e->last < new->start || (same && m->cfg.bbml == 2) )
            continue;
        smmum_violation(m, "VMID %u: %#llx is cached already, no break before the change",
                        new->vmid, (unsigned long long)new->start);
    }
}

static void remember(struct smmu_model *m, const struct stream *s,
                     uint64_t addr, unsigned int level, bool leaf,
                     uint64_t maddr, unsigned int prot)
{
    uint64_t span = 1ULL << (12 + 9 * (level - 1));
    struct tlb_entry new = {
        .vmid = s->vmid, .leaf = leaf, .level = level,
        .start = addr & ~(span - 1), .last = addr | (span - 1),
        .maddr = maddr, .prot = prot,
    };

    if ( leaf )
        check_break(m, &new);
    *(struct tlb_entry *)smmum_cache_add(&m->tlb) = new;
}

static unsigned int why_bad(struct smmu_model *m, const char *why,
                            uint64_t entry)
{
    if ( strstr(why, "address size") )
        return F_ADDR_SIZE;
    if ( strstr(why, "access flag") )
        return F_ACCESS;

    smmum_violation(m, "descriptor %016llx: %s", (unsigned long long)entry,
                    why);

    return F_TRANSLATION;
}

/* Fills the TLB for @addr. */
static unsigned int walk_tables(struct smmu_model *m, const struct stream *s,
                                uint64_t addr)
{
    struct walk_env env = { .levels = s->levels, .in_bits = s->in_bits,
                            .out_bits = s->out_bits };
    uint64_t table = s->root;
    unsigned int level;

    for ( level = s->levels; level; level-- )
    {
        unsigned int low = 12 + 9 * (level - 1);
        uint64_t index = addr >> low, raw;
        const struct tlb_entry *e = lookup(m, s->vmid, addr, false, level);
        struct walk_entry d;

        if ( e )
        {
            table = e->maddr;
            continue;
        }

        if ( level != s->levels )
            index &= 511;
        model_walks(&m->pause);
        if ( !smmum_mem_read(m, table + index * 8, &raw, 8, "table walk") )
            return F_WALK_EABT;

        d = walk_decode_arm_s2(&env, raw, level);
        switch ( d.kind )
        {
        case WALK_ABSENT:
            return F_TRANSLATION;

        case WALK_BAD:
            return why_bad(m, d.why, raw);

        case WALK_TABLE:
            remember(m, s, addr, level, false, d.maddr, 0);
            table = d.maddr;
            break;

        case WALK_LEAF:
            remember(m, s, addr, level, true, d.maddr, d.prot);
            return 0;
        }
    }

    return F_TRANSLATION;
}

unsigned int smmum_translate(struct smmu_model *m, const struct stream *s,
                             uint64_t addr, bool write, uint64_t *maddr)
{
    const struct tlb_entry *e;
    unsigned int code;

    if ( s->config == 4 )
    {
        *maddr = addr;
        return 0;
    }

    if ( addr >> s->in_bits )
        return F_TRANSLATION;

    e = lookup(m, s->vmid, addr, true, 0);
    if ( !e )
    {
        code = walk_tables(m, s, addr);
        if ( code )
            return code;
        e = lookup(m, s->vmid, addr, true, 0);
    }

    if ( !(e->prot & (write ? WALK_W : WALK_R)) )
        return F_PERMISSION;

    *maddr = e->maddr + (addr - e->start);

    return 0;
}
