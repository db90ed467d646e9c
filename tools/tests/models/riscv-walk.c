/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From device ID and address to machine address: device directory and second
 * stage, through the caches (§2.1, §2.3).  Entries of page tables are decoded
 * by the independent walker's decoder.
 */

#include "pt-walker.h"
#include "riscv-int.h"

enum {
    C_READ_FAULT = 5, C_WRITE_FAULT = 7, C_EXEC_FAULT = 1,
    C_GUEST_EXEC = 20, C_GUEST_READ = 21, C_GUEST_WRITE = 23,
    C_OFF = 256, C_DDT_ACCESS, C_DDT_INVALID, C_DDT_MISCONFIGURED,
    C_DISALLOWED,
};

static unsigned int leaf_bits(const struct rvm *m)
{
    return m->cfg.msi_flat ? 6 : 7;
}

/* §2.1.4, as far as fields exist that this unit has. */
static bool misconfigured(const struct rvm *m, const uint64_t dc[8])
{
    unsigned int mode = BITS(dc[1], 63, 60);

    /* EN_ATS, EN_PRI, T2GPA, PDTV, PRPR, GADE, SADE, DPE, SBE, SXL */
    if ( (dc[0] & ~(BIT64(0) | BIT64(4) | MASK(31, 24))) ||
         (dc[2] & (MASK(11, 0) | MASK(63, 32))) || dc[3] )
        return true;
    /* §5.4, GXL: Sv32x4 alone, which no unit here has. */
    if ( (m->fctl & FCTL_GXL) && mode )
        return true;
    if ( m->cfg.msi_flat &&
         (BITS(dc[4], 63, 60) || (dc[4] & MASK(59, 44)) ||
          (dc[5] & MASK(63, 52)) || (dc[6] & MASK(63, 52)) || dc[7]) )
        return true;

    switch ( mode )
    {
    case 0:  return false;
    case 8:  return !m->cfg.sv39x4 || (dc[1] & 3);
    case 9:  return !m->cfg.sv48x4 || (dc[1] & 3);
    case 10: return !m->cfg.sv57x4 || (dc[1] & 3);
    }

    return true;
}

/* §2.3.1, step by step, without the last one. */
static unsigned int leaf_table(struct rvm *m, uint32_t did, uint64_t *table)
{
    unsigned int level = BITS(m->ddtp, 3, 0) - RVM_1LVL, i;

    *table = BITS(m->ddtp, 53, 10) << 12;

    for ( ; level; level-- )
    {
        uint32_t prefix = did >> (leaf_bits(m) + 9 * (level - 1));
        uint64_t entry = 0;

        for ( i = 0; i < m->dirs.nr; i++ )
        {
            const struct dir_entry *d =
                rvm_cache_get(&m->dirs, struct dir_entry, i);

            if ( d->level == level && d->prefix == prefix )
                entry = d->entry;
        }

        if ( !entry )
        {
            struct dir_entry *d;

            if ( !rvm_own_read(m, *table + (prefix & 511) * 8, &entry, 8) )
                return C_DDT_ACCESS;
            if ( !(entry & 1) )
                return C_DDT_INVALID;
            if ( entry & (MASK(9, 1) | MASK(63, 54)) )
                return C_DDT_MISCONFIGURED;

            d = rvm_cache_add(&m->dirs);
            *d = (struct dir_entry){ level, prefix, entry };
        }

        *table = BITS(entry, 53, 10) << 12;
    }

    return 0;
}

static void remember(struct rvm *m, uint32_t did, const uint64_t dc[8])
{
    struct dc_entry *e = rvm_cache_add(&m->dcs);

    e->did = did;
    memcpy(e->dc, dc, sizeof(e->dc));
}

void rvm_remember(struct rvm *m, uint32_t did, const uint64_t dc[8])
{
    rvm_lock(m);
    remember(m, did, dc);
    rvm_unlock(m);
}

unsigned int rvm_find_context(struct rvm *m, uint32_t did, uint64_t dc[8])
{
    unsigned int mode = BITS(m->ddtp, 3, 0), bits, i, cause;
    size_t size = m->cfg.msi_flat ? 64 : 32;
    uint64_t table;

    bits = leaf_bits(m) + 9 * (mode - RVM_1LVL);
    if ( bits > 24 )
        bits = 24;
    if ( did >> bits )
        return C_DISALLOWED;

    for ( i = 0; i < m->dcs.nr; i++ )
    {
        const struct dc_entry *e = rvm_cache_get(&m->dcs, struct dc_entry, i);

        if ( e->did != did )
            continue;
        memcpy(dc, e->dc, sizeof(e->dc));
        return misconfigured(m, dc) ? C_DDT_MISCONFIGURED : 0;
    }

    cause = leaf_table(m, did, &table);
    if ( cause )
        return cause;

    memset(dc, 0, 64);
    if ( !rvm_own_read(m, table + (did & ((1U << leaf_bits(m)) - 1)) * size,
                       dc, size) )
        return C_DDT_ACCESS;
    if ( !(dc[0] & 1) )
        return C_DDT_INVALID;

    /* Only what is not valid must not be remembered (§6.3.9). */
    remember(m, did, dc);

    return misconfigured(m, dc) ? C_DDT_MISCONFIGURED : 0;
}

/* ---- second stage ---- */

static unsigned int guest_fault(enum rvm_access access)
{
    return access == RVM_EXEC ? C_GUEST_EXEC
           : access == RVM_WRITE ? C_GUEST_WRITE : C_GUEST_READ;
}

static unsigned int access_fault(enum rvm_access access)
{
    return access == RVM_EXEC ? C_EXEC_FAULT
           : access == RVM_WRITE ? C_WRITE_FAULT : C_READ_FAULT;
}

/* The oldest leaf that covers @addr, else the deepest table. */
static const struct tlb_entry *tlb_find(const struct rvm *m, uint16_t gscid,
                                        uint64_t addr)
{
    const struct tlb_entry *found = NULL;
    unsigned int i;

    for ( i = 0; i < m->tlb.nr; i++ )
    {
        const struct tlb_entry *e =
            rvm_cache_get(&m->tlb, struct tlb_entry, i);

        if ( e->gscid != gscid || addr < e->start || addr > e->last )
            continue;
        if ( e->leaf )
            return e;
        if ( !found || e->level < found->level )
            found = e;
    }

    return found;
}

/* @cached: entries are remembered.  Fills *@leaf, or returns a cause. */
static unsigned int walk_table(struct rvm *m, uint64_t iohgatp, uint64_t addr,
                               enum rvm_access access, bool cached,
                               struct tlb_entry *leaf)
{
    unsigned int levels = BITS(iohgatp, 63, 60) - 5, level = levels;
    uint16_t gscid = BITS(iohgatp, 59, 44);
    const struct walk_env env = {
        .levels = levels, .in_bits = 14 + 9 * levels, .out_bits = m->cfg.pas,
    };
    const struct tlb_entry *known = cached ? tlb_find(m, gscid, addr) : NULL;
    uint64_t table = BITS(iohgatp, 43, 0) << 12;

    if ( known && known->leaf )
    {
        *leaf = *known;
        return 0;
    }
    if ( known )
    {
        table = known->maddr;
        level = known->level - 1;
    }

    for ( ; level; level-- )
    {
        unsigned int low = 12 + 9 * (level - 1);
        uint64_t index = addr >> low, entry;
        struct walk_entry e;

        /* The root is four times as large (privileged spec, Sv39x4). */
        index &= level == levels ? 2047 : 511;
        model_walks(&m->pause);
        if ( !rvm_own_read(m, table + index * 8, &entry, sizeof(entry)) )
            return access_fault(access);

        e = walk_decode_riscv_g(&env, entry, level);
        if ( e.kind == WALK_BAD )
            rvm_violation(m, "page-table entry %#llx: %s",
                          (unsigned long long)entry, e.why);
        if ( e.kind != WALK_LEAF && e.kind != WALK_TABLE )
            return guest_fault(access);

        *leaf = (struct tlb_entry){
            .gscid = gscid, .level = level, .leaf = e.kind == WALK_LEAF,
            .start = addr >> low << low, .maddr = e.maddr, .prot = e.prot,
        };
        leaf->last = leaf->start + (BIT64(low) - 1);
        if ( cached )
            *(struct tlb_entry *)rvm_cache_add(&m->tlb) = *leaf;
        if ( leaf->leaf )
            return 0;
        table = e.maddr;
    }

    return guest_fault(access);
}

/* §2.3, steps 17 to 20: no first stage, no MSI page table. */
static unsigned int second_stage(struct rvm *m, uint64_t iohgatp,
                                 uint64_t addr, enum rvm_access access,
                                 bool cached, uint64_t *maddr)
{
    unsigned int need = access == RVM_EXEC ? WALK_X
                        : access == RVM_WRITE ? WALK_W : WALK_R;
    unsigned int mode = BITS(iohgatp, 63, 60), cause;
    struct tlb_entry leaf;

    *maddr = addr;
    if ( !mode )
        return 0;
    if ( addr >> (14 + 9 * (mode - 5)) )
        return guest_fault(access);

    cause = walk_table(m, iohgatp, addr, access, cached, &leaf);
    if ( cause )
        return cause;

    *maddr = leaf.maddr | (addr - leaf.start);

    return leaf.prot & need ? 0 : guest_fault(access);
}

static unsigned int translate(struct rvm *m, uint32_t did, uint64_t addr,
                              enum rvm_access access, uint64_t *maddr)
{
    uint64_t dc[8] = { 0 };
    unsigned int cause;

    *maddr = addr;
    switch ( BITS(m->ddtp, 3, 0) )
    {
    case RVM_OFF:
        cause = C_OFF;
        break;

    case RVM_BARE:
        return addr >> m->cfg.pas ? access_fault(access) : 0;

    default:
        cause = rvm_find_context(m, did, dc) ?:
                second_stage(m, dc[1], addr, access, true, maddr);
    }

    if ( !cause && *maddr >> m->cfg.pas )
        cause = access_fault(access);

    /* §3.2: DTF keeps some to itself. */
    if ( cause && !((dc[0] & BIT64(4)) && cause < C_OFF) )
        rvm_record(m, cause, access, did, addr,
                   cause >= C_GUEST_EXEC && cause <= C_GUEST_WRITE
                   ? addr & ~3ULL : 0);

    return cause;
}

unsigned int rvm_translate(struct rvm *m, uint32_t did, uint64_t addr,
                           enum rvm_access access, uint64_t *maddr)
{
    unsigned int cause;

    rvm_lock(m);
    cause = translate(m, did, addr, access, maddr);
    rvm_unlock(m);

    return cause;
}

unsigned int rvm_dma(struct rvm *m, uint32_t did, uint64_t addr, size_t len,
                     bool write, void *buf)
{
    unsigned int cause = 0;

    rvm_lock(m);
    while ( len && !cause )
    {
        size_t chunk = 4096 - addr % 4096;
        uint64_t maddr;

        if ( chunk > len )
            chunk = len;
        cause = translate(m, did, addr, write ? RVM_WRITE : RVM_READ, &maddr);
        if ( cause )
            break;
        if ( !(write ? rvm_mem_write(m, maddr, buf, chunk)
                     : rvm_mem_read(m, maddr, buf, chunk)) && !write )
            memset(buf, 0xff, chunk);
        addr += chunk;
        buf = (char *)buf + chunk;
        len -= chunk;
    }
    rvm_unlock(m);

    return cause;
}

unsigned int rvm_try_context(struct rvm *m, const uint64_t dc[8],
                             uint64_t addr, enum rvm_access access,
                             uint64_t *maddr)
{
    unsigned int cause;

    rvm_lock(m);
    if ( !(dc[0] & 1) )
        cause = C_DDT_INVALID;
    else if ( misconfigured(m, dc) )
        cause = C_DDT_MISCONFIGURED;
    else
        cause = second_stage(m, dc[1], addr, access, false, maddr);
    rvm_unlock(m);

    return cause;
}
