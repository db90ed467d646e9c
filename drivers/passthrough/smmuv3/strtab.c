/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stream table, §3.3 and §5.
 *
 * Hardware may read any entry at any time, its 64-bit words one by one and in
 * any order (§3.21.3).  Word 0 says what an entry does: while it says abort,
 * the other words are ignored.  So every change goes through abort, and
 * hardware sees the old entry, abort, or the new one.  What was in the table
 * before anything was attached is abort as well.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#include <iommu-groups/firmware.h>

#include "smmuv3.h"

/* Most stream IDs for which a table is allocated: 1 MiB of level 1. */
#define MAX_SID_BITS_TWO    25
/* ... and 1 MiB of entries. */
#define MAX_SID_BITS_LINEAR 14

/* More streams of one reserved region than any device has. */
#define MAX_BUSY 4096

#define SPLIT_ENTRIES (1u << SMMU_SPLIT)
#define L2_BYTES      (SPLIT_ENTRIES * sizeof(struct smmu_ste))

static const struct smmu_ste ste_abort = {
    .w[0] = STE_V | STE_CONFIG(STE_ABORT),
};

static void fill_abort(const struct smmu_unit *u, struct smmu_ste *ste,
                       unsigned int nr)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        ste[i] = ste_abort;
    smmu_clean(u, ste, nr * sizeof(*ste));
}

/* Aligned to its size, §5.1 and §6.3 (STRTAB_BASE). */
static void *table_alloc(const struct smmu_unit *u, size_t bytes,
                         unsigned int *order)
{
    void *p;

    *order = get_order_from_bytes(bytes);
    p = alloc_xenheap_pages(*order, 0);
    if ( p )
    {
        memset(p, 0, PAGE_SIZE << *order);
        smmu_clean(u, p, PAGE_SIZE << *order);
    }

    return p;
}

int smmu_strtab_alloc(struct smmu_unit *u)
{
    struct smmu_strtab *t = &u->strtab;
    unsigned int bits = IDR1_SIDSIZE(u->idr1);
    bool two = IDR0_ST_LEVEL(u->idr0) == ST_LEVEL_TWO && bits > SMMU_SPLIT;
    unsigned int most = two ? MAX_SID_BITS_TWO : MAX_SID_BITS_LINEAR;
    unsigned int order;

    BUILD_BUG_ON(sizeof(struct smmu_ste) != 64);

    t->sid_bits = min(bits, most);
    if ( t->sid_bits < bits )
        printk(XENLOG_WARNING
               "SMMUv3: %s: of %u-bit stream IDs, those of %u bits are used\n",
               u->desc.where, bits, t->sid_bits);

    if ( !two )
    {
        t->linear = table_alloc(u, sizeof(struct smmu_ste) << t->sid_bits,
                                &t->order);
        if ( !t->linear )
            return -ENOMEM;
        fill_abort(u, t->linear, 1u << t->sid_bits);
        return 0;
    }

    t->l1 = table_alloc(u, sizeof(*t->l1) << (t->sid_bits - SMMU_SPLIT),
                        &t->order);
    t->l2 = xzalloc_array(struct smmu_ste *, 1u << (t->sid_bits - SMMU_SPLIT));
    t->silent = table_alloc(u, L2_BYTES, &order);
    if ( !t->l1 || !t->l2 || !t->silent )
    {
        smmu_strtab_free(u);
        return -ENOMEM;
    }
    fill_abort(u, t->silent, SPLIT_ENTRIES);

    return 0;
}

void smmu_strtab_free(struct smmu_unit *u)
{
    struct smmu_strtab *t = &u->strtab;
    unsigned int i;

    for ( i = 0; t->l2 && i < 1u << (t->sid_bits - SMMU_SPLIT); i++ )
        free_xenheap_pages(t->l2[i], get_order_from_bytes(L2_BYTES));
    XFREE(t->l2);
    free_xenheap_pages(t->silent, get_order_from_bytes(L2_BYTES));
    t->silent = NULL;
    free_xenheap_pages(t->l1, t->order);
    t->l1 = NULL;
    free_xenheap_pages(t->linear, t->order);
    t->linear = NULL;
}

void smmu_strtab_program(const struct smmu_unit *u)
{
    const struct smmu_strtab *t = &u->strtab;
    const void *base = t->linear ?: (const void *)t->l1;

    smmu_writeq(u, SMMU_STRTAB_BASE, virt_to_maddr(base) |
                                     (u->coherent ? STRTAB_RA : 0));
    smmu_writel(u, SMMU_STRTAB_BASE_CFG,
                t->linear ? STRTAB_CFG(STRTAB_FMT_LINEAR, 0, t->sid_bits)
                          : STRTAB_CFG(STRTAB_FMT_TWO, SMMU_SPLIT,
                                       t->sid_bits));
}

bool smmu_sid_valid(const struct smmu_unit *u, uint32_t sid)
{
    return !((uint64_t)sid >> u->strtab.sid_bits);
}

/*
 * Unit locked.  Hardware may have cached what was there before: whoever wants
 * it to look again says CFGI_STE.
 */
static void set_l1(struct smmu_unit *u, unsigned int index,
                   const struct smmu_ste *table)
{
    uint64_t *l1 = &u->strtab.l1[index];

    /* The entries must be in memory before hardware can find them. */
    wmb();
    write_atomic(l1, virt_to_maddr(table) | L1STD_SPAN(SMMU_SPLIT + 1));
    smmu_clean(u, l1, sizeof(*l1));
}

static int populate(struct smmu_unit *u, unsigned int index)
{
    struct smmu_strtab *t = &u->strtab;
    struct smmu_ste *table;
    unsigned long flags;
    unsigned int order;

    if ( read_atomic(&t->l2[index]) )
        return 0;

    table = table_alloc(u, L2_BYTES, &order);
    if ( !table )
        return -ENOMEM;
    fill_abort(u, table, SPLIT_ENTRIES);

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( !t->l2[index] )
    {
        set_l1(u, index, table);
        write_atomic(&t->l2[index], table);
        table = NULL;
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    free_xenheap_pages(table, order);

    return 0;
}

int smmu_strtab_populate(struct smmu_unit *u, uint32_t first, uint32_t last)
{
    unsigned int i;
    int rc = 0;

    for ( i = first >> SMMU_SPLIT;
          !u->strtab.linear && !rc && i <= last >> SMMU_SPLIT; i++ )
        rc = populate(u, i);

    return rc;
}

struct smmu_ste *smmu_ste_of(const struct smmu_unit *u, uint32_t sid)
{
    const struct smmu_strtab *t = &u->strtab;
    struct smmu_ste *table;

    if ( t->linear )
        return &t->linear[sid];

    table = read_atomic(&t->l2[sid >> SMMU_SPLIT]);

    return table ? &table[sid & (SPLIT_ENTRIES - 1)] : NULL;
}

/*
 * §5.2 and §7.3: an entry that says abort records nothing, a missing one
 * C_BAD_STREAMID.
 */
int cf_check smmu_silence(struct iommu_unit *unit, uint32_t sid)
{
    struct smmu_unit *u = to_smmu(unit);
    struct smmu_strtab *t = &u->strtab;
    struct smmu_cmd cmd = smmu_cmd_cfgi_ste(sid);
    const struct smmu_ste *ste;
    unsigned long flags;
    bool changed;
    int rc = 0;

    if ( !smmu_sid_valid(u, sid) )
        return -EOPNOTSUPP;

    spin_lock_irqsave(&unit->lock, flags);
    ste = smmu_ste_of(u, sid);
    changed = !ste && !t->l1[sid >> SMMU_SPLIT];
    if ( ste && ste->w[0] != ste_abort.w[0] )
        rc = -EBUSY;
    else if ( changed )
        set_l1(u, sid >> SMMU_SPLIT, t->silent);
    spin_unlock_irqrestore(&unit->lock, flags);

    return changed ? smmu_run(u, &cmd, 1) : rc;
}

static void store(const struct smmu_unit *u, uint64_t *word, uint64_t val)
{
    write_atomic(word, val);
    smmu_clean(u, word, sizeof(*word));
}

void cf_check smmu_ste_abort(struct smmu_unit *u, uint32_t sid,
                             const struct smmu_ste *unused)
{
    struct smmu_ste *ste = smmu_ste_of(u, sid);

    if ( ste )
        store(u, &ste->w[0], ste_abort.w[0]);
}

void cf_check smmu_ste_fill(struct smmu_unit *u, uint32_t sid,
                            const struct smmu_ste *s)
{
    struct smmu_ste *ste = smmu_ste_of(u, sid);
    unsigned int i;

    ASSERT(ste && ste->w[0] == ste_abort.w[0]);

    for ( i = 1; i < ARRAY_SIZE(ste->w); i++ )
        store(u, &ste->w[i], s->w[i]);
}

void cf_check smmu_ste_go(struct smmu_unit *u, uint32_t sid,
                          const struct smmu_ste *s)
{
    struct smmu_ste *ste = smmu_ste_of(u, sid);

    ASSERT(ste && ste->w[0] == ste_abort.w[0]);

    store(u, &ste->w[0], s->w[0]);
}

static void __init bypass(struct smmu_unit *u, uint32_t sid)
{
    const struct s2_domain identity = { .type = S2_IDENTITY };
    struct smmu_ste ste = smmu_ste_for(u, &identity);
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    smmu_ste_abort(u, sid, NULL);
    smmu_ste_fill(u, sid, &ste);
    smmu_ste_go(u, sid, &ste);
    spin_unlock_irqrestore(&u->unit.lock, flags);
}

static int __init cf_check keep_range(uint32_t first, uint32_t last, void *arg)
{
    struct smmu_unit *u = arg;
    uint32_t sid;
    int rc;

    if ( !smmu_sid_valid(u, last) || last - first >= MAX_BUSY )
    {
        printk(XENLOG_WARNING
               "SMMUv3: %s: streams %#x to %#x have reserved memory, and are too many: blocked\n",
               u->desc.where, first, last);
        return 0;
    }

    rc = smmu_strtab_populate(u, first, last);
    if ( rc )
        return rc;

    u->unit.busy = true;
    /* Tables have 25 bits at most: nothing wraps. */
    for ( sid = first; sid <= last; sid++ )
        bypass(u, sid);

    return 0;
}

int __init smmu_strtab_keep_busy(struct smmu_unit *u)
{
    if ( !iommu_firmware || !iommu_firmware->busy_ids || !u->desc.phandle )
        return 0;

    return iommu_firmware->busy_ids(u->desc.phandle, keep_range, u);
}

/*
 * §5.2.  While the unit does not translate, GBPA says what happens to all
 * streams (§6.3.14).
 */
int cf_check smmu_look(struct iommu_unit *unit, uint32_t sid,
                       struct iommu_hw_entry *e)
{
    const struct smmu_unit *u = to_smmu(unit);
    const struct smmu_strtab *t = &u->strtab;
    const struct smmu_ste *ste;

    if ( !smmu_sid_valid(u, sid) )
        return -ENOENT;

    *e = (struct iommu_hw_entry){ .last = (1u << t->sid_bits) - 1 };
    if ( !(smmu_readl(u, SMMU_CR0ACK) & CR0_SMMUEN) )
    {
        e->state = smmu_readl(u, SMMU_GBPA) & GBPA_ABORT ? HW_BLOCKED
                                                         : HW_IDENTITY;
        return 0;
    }
    if ( (smmu_readq(u, SMMU_STRTAB_BASE) ^
          virt_to_maddr(t->linear ?: (const void *)t->l1)) & STRTAB_ADDR )
    {
        e->state = HW_UNKNOWN;
        return 0;
    }

    ste = smmu_ste_of(u, sid);
    e->last = ste ? sid : sid | (SPLIT_ENTRIES - 1);
    if ( !ste || !(ste->w[0] & STE_V) )
        return 0;

    e->tag = STE_S2VMID_OF(ste->w[2]);
    e->root = ste->w[3] & STE_S2TTB;
    switch ( STE_CONFIG_OF(ste->w[0]) )
    {
    case STE_ABORT:
        break;

    case STE_BYPASS:
        e->state = HW_IDENTITY;
        break;

    case STE_S2:
        e->state = HW_PAGING;
        break;

    default:
        e->state = HW_UNKNOWN;
        break;
    }

    return 0;
}
