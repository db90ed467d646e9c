/* SPDX-License-Identifier: GPL-2.0-only */
/* Command queue and commands of the SMMUv3 model (§3.5.1, §4, §7.1). */
#include "smmu-int.h"

enum { ERR_ILL = 1, ERR_ABT = 2 };

static unsigned int queue_bits(const struct smmu_model *m)
{
    unsigned int bits = m->cmdq_base & 31;

    return bits < m->cfg.cmdq_bits ? bits : m->cfg.cmdq_bits;
}

static uint32_t index_mask(const struct smmu_model *m)
{
    return (2u << queue_bits(m)) - 1;
}

static void queue_error(struct smmu_model *m, unsigned int code)
{
    m->cmdq_cons = (m->cmdq_cons & 0xfffff) | code << 24;
    smmum_error(m, GERR_CMDQ);
}

/* §4.3: STEs by range; @all: level 1 descriptors on the way, too. */
static void forget_config(struct smmu_model *m, uint32_t sid,
                          unsigned int range, bool all)
{
    unsigned int shift = range > 31 ? 32 : range;
    unsigned int split = FIELD(m->strtab_cfg, 10, 6), i;

    for ( i = m->conf.nr; i--; )
    {
        const struct cfg_entry *e = smmum_get(&m->conf, struct cfg_entry, i);
        unsigned int s = e->l1 && split > shift ? split : shift;

        if ( (!e->l1 || all) &&
             (uint64_t)e->sid >> s == (uint64_t)sid >> s )
            smmum_cache_drop(&m->conf, i);
    }
}

/*
 * §4.4: everything of @vmid (@by_vmid) or of all, within [start, last].  A
 * pointer to a table goes as soon as it serves an address of the range.
 */
static void forget_tlb(struct smmu_model *m, bool by_vmid, uint16_t vmid,
                       uint64_t start, uint64_t last, bool leaf_only)
{
    unsigned int i;

    for ( i = m->tlb.nr; i--; )
    {
        const struct tlb_entry *e = smmum_get(&m->tlb, struct tlb_entry, i);

        if ( (!by_vmid || e->vmid == vmid) && e->start <= last &&
             e->last >= start && (e->leaf || !leaf_only) )
            smmum_cache_drop(&m->tlb, i);
    }
}

/* §4.4.3 CMD_TLBI_S2_IPA */
static bool tlbi_ipa(struct smmu_model *m, uint64_t lo, uint64_t hi)
{
    unsigned int tg = FIELD(hi, 11, 10), ttl = FIELD(hi, 9, 8);
    unsigned int num = FIELD(lo, 16, 12), scale = FIELD(lo, 24, 20);
    uint64_t addr = hi & 0x000ffffffffff000ULL, bytes = 4096;

    if ( (lo & ~(0xffULL | 0x1fULL << 12 | 0x1fULL << 20 |
                 0xffffULL << 32)) || (hi & 0xfff00000000000feULL) )
        return false;
    if ( !m->cfg.ril && (tg || ttl || num || scale) )
        return false;
    if ( !tg && (ttl || num || scale) )
        return false;
    if ( tg )
    {
        /* Of another granule than the tables': nothing is promised. */
        if ( tg != 1 )
            return true;
        bytes = (uint64_t)(num + 1) << (scale + 12);
    }

    forget_tlb(m, true, FIELD(lo, 47, 32), addr, addr + bytes - 1, hi & 1);

    return true;
}

/* False: illegal. */
static bool carry_out(struct smmu_model *m, uint64_t lo, uint64_t hi)
{
    uint32_t sid = lo >> 32;
    uint16_t vmid = lo >> 32;

    switch ( lo & 0xff )
    {
    case 0x03: /* CFGI_STE */
        if ( (lo & 0xffffff00) || (hi & ~1ULL) )
            return false;
        forget_config(m, sid, 0, !(hi & 1));
        return true;

    case 0x04: /* CFGI_STE_RANGE, CFGI_ALL */
        if ( (lo & 0xffffff00) || (hi & ~31ULL) )
            return false;
        forget_config(m, sid, hi + 1, true);
        return true;

    case 0x20: /* TLBI_EL2_ALL */
        return m->cfg.hyp && !(lo & ~0xffULL) && !hi;

    case 0x28: /* TLBI_S12_VMALL */
        if ( (lo & ~(0xffULL | 0xffffULL << 32)) || hi )
            return false;
        forget_tlb(m, true, vmid, 0, ~0ULL, false);
        return true;

    case 0x2a: /* TLBI_S2_IPA */
        return tlbi_ipa(m, lo, hi);

    case 0x30: /* TLBI_NSNH_ALL */
        if ( (lo & ~0xffULL) || hi )
            return false;
        forget_tlb(m, false, 0, 0, ~0ULL, false);
        return true;

    case 0x46: /* SYNC, no signal: what came before has been carried out. */
        return !(lo & ~0xffULL) && !hi;
    }

    return false;
}

/* What a test asked for, instead of the command at @pos.  False: stop. */
static bool go_wrong(struct smmu_model *m, enum smmu_model_failure how,
                     uint32_t pos, const uint64_t cmd[2])
{
    switch ( how )
    {
    case SMMU_MODEL_ILL:
        m->bad[0] = pos + 1;
        m->bad[1] = cmd[0];
        m->bad[2] = cmd[1];
        queue_error(m, ERR_ILL);
        break;

    case SMMU_MODEL_ABT:
        queue_error(m, ERR_ABT);
        break;

    case SMMU_MODEL_SFM:
        m->stopped = true;
        smmum_error(m, GERR_SFM);
        break;

    default:
        m->stopped = true;
        m->stuck = how == SMMU_MODEL_STUCK;
        break;
    }

    return false;
}

/* Carries out the command at the consumer's index.  False: the queue stops. */
static bool step(struct smmu_model *m)
{
    uint32_t mask = index_mask(m), pos = m->cmdq_cons & (mask >> 1);
    uint64_t base = m->cmdq_base & 0x00ffffffffffffe0ULL &
                    ~((16ULL << queue_bits(m)) - 1);
    enum smmu_model_failure how;
    uint64_t cmd[2];

    if ( !smmum_mem_read(m, base + pos * 16, cmd, sizeof(cmd), "command") )
    {
        queue_error(m, ERR_ABT);
        return false;
    }

    /* Refused once, refused until it is replaced. */
    if ( m->bad[0] == pos + 1 )
    {
        if ( m->bad[1] == cmd[0] && m->bad[2] == cmd[1] )
        {
            queue_error(m, ERR_ILL);
            return false;
        }
        m->bad[0] = 0;
    }

    m->count[cmd[0] & 0xff]++;
    if ( !smmum_next_command(m, &how) )
        return go_wrong(m, how, pos, cmd);

    if ( !carry_out(m, cmd[0], cmd[1]) )
    {
        smmum_violation(m, "command %016llx %016llx is illegal",
                        (unsigned long long)cmd[1], (unsigned long long)cmd[0]);
        queue_error(m, ERR_ILL);
        return false;
    }

    if ( m->cmd_fn )
        m->cmd_fn(m->cmd_arg, cmd);
    m->cmdq_cons = (m->cmdq_cons & (0x7f << 24)) | ((m->cmdq_cons + 1) & mask);

    return true;
}

void smmum_queue_run(struct smmu_model *m)
{
    uint32_t mask = index_mask(m);

    while ( (m->cr0ack & CR0_CMDQEN) && !m->dead && !m->stopped &&
            !((m->gerror ^ m->gerrorn) & GERR_CMDQ) &&
            ((m->cmdq_cons ^ m->cmdq_prod) & mask) &&
            model_goes_on(&m->pause) )
        if ( !step(m) )
            return;
}

/* §3.21.2: the producer moves forward, as far as there is room. */
void smmum_queue_prod(struct smmu_model *m, uint32_t val)
{
    uint32_t mask = index_mask(m), used;

    if ( (m->cr0 | m->cr0ack) & CR0_CMDQEN )
    {
        used = (m->cmdq_prod - m->cmdq_cons) & mask;
        if ( used + ((val - m->cmdq_prod) & mask) > 1u << queue_bits(m) ||
             (val & ~mask) )
            smmum_violation(m, "command producer %#x after %#x, consumer %#x",
                            val, m->cmdq_prod, m->cmdq_cons);
    }
    m->cmdq_prod = val;
    smmum_queue_run(m);
}
