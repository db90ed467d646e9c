/* SPDX-License-Identifier: GPL-2.0-only */
/* From a stream ID to its configuration in the SMMUv3 model (§3.3, §5). */
#include "smmu-int.h"

enum { BAD_STREAMID = 0x02, STE_FETCH = 0x03, BAD_STE = 0x04 };

static const struct cfg_entry *cached(struct smmu_model *m, uint32_t sid,
                                      bool l1, unsigned int shift)
{
    unsigned int i;

    for ( i = 0; i < m->conf.nr; i++ )
    {
        const struct cfg_entry *e = smmum_get(&m->conf, struct cfg_entry, i);

        if ( e->l1 == l1 && e->sid >> shift == sid >> shift )
            return e;
    }

    return NULL;
}

static const struct cfg_entry *remember(struct smmu_model *m, uint32_t sid,
                                        bool l1, const uint64_t *w,
                                        unsigned int nr)
{
    struct cfg_entry *e = smmum_cache_add(&m->conf);

    e->sid = sid;
    e->l1 = l1;
    memcpy(e->w, w, nr * sizeof(*w));

    return e;
}

/* The address of the entry; 0 and an event if there is none. */
static unsigned int locate(struct smmu_model *m, uint32_t sid, uint64_t *addr)
{
    unsigned int log2 = FIELD(m->strtab_cfg, 5, 0);
    unsigned int split = FIELD(m->strtab_cfg, 10, 6), span;
    uint64_t base = m->strtab_base & 0x00ffffffffffffc0ULL, w;
    const struct cfg_entry *l1;

    if ( log2 > m->cfg.sid_bits )
        log2 = m->cfg.sid_bits;
    if ( (uint64_t)sid >> log2 )
        return BAD_STREAMID;

    if ( FIELD(m->strtab_cfg, 17, 16) != 1 || !m->cfg.two_level )
    {
        /* §6.3 (STRTAB_BASE): aligned to its size. */
        *addr = (base & ~((64ULL << log2) - 1)) + sid * 64ULL;
        return 0;
    }

    if ( split != 6 && split != 8 && split != 10 )
        smmum_violation(m, "stream table split %u", split);

    l1 = cached(m, sid, true, split);
    if ( !l1 )
    {
        uint64_t size = log2 > split ? 8ULL << (log2 - split) : 8;

        base &= ~((size > 64 ? size : 64) - 1);
        if ( !smmum_mem_read(m, base + (sid >> split) * 8ULL, &w, 8,
                             "stream table") )
            return STE_FETCH;
        l1 = remember(m, sid, true, &w, 1);
    }

    w = l1->w[0];
    span = w & 31;
    if ( !span || span > split + 1 ||
         (sid & ((1u << split) - 1)) >> (span - 1) )
        return BAD_STREAMID;

    /* §5.1: L2Ptr is aligned to the table's size. */
    *addr = (w & 0x00ffffffffffffc0ULL & ~((64ULL << (span - 1)) - 1)) +
            (sid & ((1u << (span - 1)) - 1)) * 64ULL;

    return 0;
}

unsigned int smmum_oas_bits(const struct smmu_model *m)
{
    static const unsigned int bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

    return bits[m->cfg.oas & 7];
}

/* §5.2: what makes a stage 2 entry ILLEGAL.  NULL: nothing. */
static const char *illegal(const struct smmu_model *m, const uint64_t *w,
                           struct stream *s)
{
    static const unsigned int ps[] = { 32, 36, 40, 42, 44, 48, 52, 52 };
    unsigned int t0sz = FIELD(w[2], 37, 32), sl0 = FIELD(w[2], 39, 38);
    unsigned int per_table, root;

    if ( !(w[2] & BIT64(51)) )
        return "not a 64-bit table";
    if ( FIELD(w[2], 47, 46) )
        return "not of 4 KiB granule";
    if ( w[2] & (BIT64(52) | BIT64(55) | BIT64(56) | BIT64(57)) )
        return "big-endian, hardware update or stall";
    if ( w[2] & (0xffULL << 24 | 0xffULL << 16 | 31ULL << 59) )
        return "reserved bits in word 2";
    if ( sl0 > 2 )
        return "start level";

    s->levels = sl0 + 2;
    s->in_bits = 64 - t0sz;
    s->out_bits = ps[FIELD(w[2], 50, 48)];
    if ( s->out_bits > smmum_oas_bits(m) )
        s->out_bits = smmum_oas_bits(m);
    per_table = 12 + 9 * s->levels;
    /* §3.4: the input size of stage 2 is the output size of the system. */
    if ( s->in_bits > smmum_oas_bits(m) || s->in_bits > 48 )
        return "input size beyond what is implemented";
    if ( s->in_bits > per_table + 4 || s->in_bits <= per_table - 9 )
        return "input size does not go with start level";

    root = s->in_bits > per_table ? s->in_bits - per_table : 0;
    s->root = w[3] & 0x000ffffffffffff0ULL;
    if ( s->root & ((4096ULL << root) - 1) )
        return "table is not aligned";
    s->vmid = w[2];
    if ( !m->cfg.vmid16 && s->vmid > 255 )
        return "VMID of more than 8 bits";

    return NULL;
}

unsigned int smmum_stream(struct smmu_model *m, uint32_t sid, struct stream *s)
{
    const struct cfg_entry *e = cached(m, sid, false, 0);
    const char *why;
    uint64_t addr, w[8];
    unsigned int code;

    if ( !e )
    {
        code = locate(m, sid, &addr);
        if ( code )
            return code;
        if ( !smmum_mem_read(m, addr, w, sizeof(w), "stream table entry") )
            return STE_FETCH;
        e = remember(m, sid, false, w, 8);
    }

    memset(s, 0, sizeof(*s));
    s->config = FIELD(e->w[0], 3, 1);

    if ( !(e->w[0] & 1) )
    {
        smmum_violation(m, "stream %#x: entry without V", sid);
        return BAD_STE;
    }
    if ( s->config < 4 )
        return SMMU_MODEL_ABORT;
    if ( s->config == 4 )
        return 0;

    why = s->config == 6 ? illegal(m, e->w, s) : "stage 1";
    if ( !why && !(e->w[2] & BIT64(58)) )
        why = "faults are not recorded";
    if ( !why )
        return 0;

    smmum_violation(m, "stream %#x: illegal entry: %s", sid, why);

    return BAD_STE;
}
