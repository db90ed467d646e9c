/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what firmware left to what is ours, with devices at work.
 *
 * A unit that firmware left off lets everything pass until CR0 is written, and
 * then the streams that are kept.  One that it left on goes on with what is
 * kept: what it translated or let bypass bypasses, and all else faults, step by
 * step, S2CRs before SMRs.  So a stream that faulted never passes.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include <iommu-groups/firmware.h>

#include "smmuv2.h"

struct takeover {
    struct smmu2_unit *u;
    struct iommu_ids busy;         /* streams that are to go on */
    uint64_t set[SMMU2_SET_WORDS];
    uint64_t scratch[2 * SMMU2_SET_WORDS];
    struct smmu2_cube cubes[GR0_MAX_SMRS];
};

static void __init save(struct smmu2_unit *u)
{
    unsigned int n;

    u->fw_cr0 = readl(smmu2_ns(u, GR0_CR0));
    u->fw_acr = readl(smmu2_ns(u, GR0_ACR));
    for ( n = 0; n < u->nr_slots; n++ )
    {
        if ( !u->indexed )
            u->slots[n].fw_smr = readl(smmu2_gr0(u, GR0_SMR(n)));
        u->slots[n].fw_s2cr = readl(smmu2_gr0(u, GR0_S2CR(n)));
    }
    for ( n = 0; n < u->nr_banks; n++ )
    {
        u->banks[n].fw_sctlr = readl(smmu2_cb(u, n, CB_SCTLR));
        u->banks[n].fw_actlr = readl(smmu2_cb(u, n, CB_ACTLR));
    }
}

/* Did firmware leave slot @n at work?  Off, registers hold anything. */
static bool __init was_valid(const struct smmu2_unit *u, unsigned int n)
{
    const struct smmu2_slot *s = &u->slots[n];

    if ( u->fw_cr0 & CR0_CLIENTPD )
        return false;
    if ( u->indexed )
        return true;

    return u->fw_cr0 & CR0_EXIDENABLE ? s->fw_s2cr & S2CR_EXIDVALID
                                      : s->fw_smr & SMR_VALID;
}

static struct smmu2_cube __init cube_of(const struct smmu2_unit *u,
                                        unsigned int n)
{
    uint32_t smr = u->slots[n].fw_smr;
    struct smmu2_cube c = { .id = n };

    if ( u->indexed )
        return c;

    if ( !(u->fw_cr0 & CR0_EXIDENABLE) )
        smr &= ~SMR_VALID & ~(1u << 15);
    c.mask = SMR_MASK(smr);
    c.id = SMR_ID(smr) & ~c.mask;

    return c;
}

static int __init cf_check add_busy(uint32_t first, uint32_t last, void *arg)
{
    struct takeover *t = arg;
    int rc = last >> SMMU2_SID_BITS ? -EINVAL
                                    : iommu_ids_add(&t->busy, first, last);

    if ( rc == -EINVAL )
        printk(XENLOG_WARNING
               "SMMUv2: %s: streams %#x to %#x have reserved memory, and cannot be: blocked\n",
               t->u->desc.where, first, last);

    return rc == -EINVAL ? 0 : rc;
}

/*
 * Whom firmware says, and on Qualcomm's machines, whose firmware says nothing,
 * whoever it left with an entry.
 */
static int __init find_busy(struct takeover *t)
{
    struct smmu2_unit *u = t->u;
    unsigned int n, id, some;
    int rc = 0;

    if ( iommu_firmware && iommu_firmware->busy_ids && u->desc.phandle )
        rc = iommu_firmware->busy_ids(u->desc.phandle, add_busy, t);

    for ( n = 0; (u->desc.quirks & SMMUV2_QCOM) && n < u->nr_slots; n++ )
    {
        struct smmu2_cube c = cube_of(u, n);

        if ( was_valid(u, n) &&
             S2CR_TYPE_OF(u->slots[n].fw_s2cr) != S2CR_FAULT )
            for_each_smmu2_id ( id, some, &c )
                rc = rc ?: iommu_ids_add(&t->busy, id, id);
    }

    return rc;
}

/*
 * Some firmware of Qualcomm's makes fault of what says bypass, and ignores what
 * says fault: a bank without translation stands for the former then.  Tried on
 * an entry that is not valid.
 */
static void __init try_bypass(struct smmu2_unit *u)
{
    unsigned int n = u->nr_slots, bank = u->nr_banks - 1;
    uint32_t got;

    while ( n-- )
        if ( !was_valid(u, n) )
            break;
    if ( !(u->desc.quirks & SMMUV2_QCOM) || n >= u->nr_slots || !bank )
        return;

    writel(u->s2cr_bypass, smmu2_gr0(u, GR0_S2CR(n)));
    got = readl(smmu2_gr0(u, GR0_S2CR(n)));
    writel(u->slots[n].fw_s2cr, smmu2_gr0(u, GR0_S2CR(n)));
    if ( S2CR_TYPE_OF(got) == S2CR_BYPASS )
        return;

    printk(XENLOG_INFO
           "SMMUv2: %s: firmware changes entries: bank %u stands for bypass\n",
           u->desc.where, bank);
    u->s2cr_fault = S2CR_TYPE(S2CR_BYPASS);
    u->s2cr_bypass = S2CR_TYPE(S2CR_TRANS) | bank;
    __set_bit(bank, u->unit.tags);
}

/*
 * Which bits of IDs and masks SMRs have, by one that picks no stream: not all
 * that the architecture has room for.
 */
static void __init probe_bits(struct smmu2_unit *u, unsigned int n)
{
    uint32_t all = (1u << u->sid_bits) - 1, id, mask;

    writel(all, smmu2_gr0(u, GR0_SMR(n)));
    id = SMR_ID(readl(smmu2_gr0(u, GR0_SMR(n)))) & all;
    writel(all << 16, smmu2_gr0(u, GR0_SMR(n)));
    mask = SMR_MASK(readl(smmu2_gr0(u, GR0_SMR(n)))) & all;
    writel(u->slots[n].fw_smr & ~(u->exid ? 0 : SMR_VALID),
           smmu2_gr0(u, GR0_SMR(n)));

    u->sid_bits = min_t(unsigned int, u->sid_bits, flsl(id));
    u->mask_bits = mask & ((1u << u->sid_bits) - 1);
}

static bool __init has_busy(const struct takeover *t, struct smmu2_cube c)
{
    unsigned int id, some;

    for_each_smmu2_id ( id, some, &c )
        if ( smmu2_set_has(t->set, id) )
            return true;

    return false;
}

/*
 * Firmware's entries for busy streams, from then on without a translation; but
 * those that fault.
 */
static int __init keep_entries(struct takeover *t)
{
    struct smmu2_unit *u = t->u;
    unsigned int n, id, some;

    for ( n = 0; n < u->nr_slots; n++ )
    {
        struct smmu2_cube c = cube_of(u, n);
        struct smmu2_entry *e;

        /* Once kept its IDs are in the set no more: none is in two entries. */
        if ( !was_valid(u, n) || !has_busy(t, c) )
            continue;

        for_each_smmu2_id ( id, some, &c )
            smmu2_set_put(t->set, id, false);
        if ( S2CR_TYPE_OF(u->slots[n].fw_s2cr) == S2CR_FAULT )
            continue;

        e = smmu2_entry_new(u, c);
        if ( !e )
            return -ENOMEM;
        e->busy = u->unit.busy = true;
        e->slot = n;
        u->slots[n].used = true;
        u->slots[n].smr = u->slots[n].fw_smr;
        smmu2_slot_set(u, e, u->s2cr_bypass);
    }

    return 0;
}

/* Busy streams that no entry of firmware's picks, if it lets such pass. */
static int __init add_entries(struct takeover *t)
{
    struct smmu2_unit *u = t->u;
    int nr, i;

    if ( !(u->fw_cr0 & CR0_CLIENTPD) && (u->fw_cr0 & CR0_USFCFG) )
        return 0;

    nr = smmu2_cover(t->set, u->mask_bits, t->scratch, t->cubes,
                     GR0_MAX_SMRS);
    for ( i = 0; i < nr; i++ )
    {
        struct smmu2_entry *e = smmu2_entry_new(u, t->cubes[i]);

        if ( !e )
            return -ENOMEM;
        e->busy = u->unit.busy = true;
        if ( !smmu2_slot_claim(u, e, u->s2cr_bypass) )
            nr = -ENOSPC;
    }

    if ( nr < 0 )
        printk(XENLOG_WARNING
               "SMMUv2: %s: not all streams with reserved memory have an entry: those without are blocked\n",
               u->desc.where);

    return 0;
}

/* Everything that is not kept faults. */
static void __init fault_rest(struct smmu2_unit *u)
{
    unsigned int n;

    for ( n = 0; n < u->nr_slots; n++ )
        if ( !u->slots[n].used )
            writel(u->s2cr_fault, smmu2_gr0(u, GR0_S2CR(n)));
}

/* ... and is not picked any more. */
static void __init clear_smrs(struct smmu2_unit *u)
{
    unsigned int n;

    for ( n = 0; !u->indexed && n < u->nr_slots; n++ )
        if ( !u->slots[n].used )
            writel(0, smmu2_gr0(u, GR0_SMR(n)));
}

static int __init keep_busy(struct takeover *t)
{
    struct smmu2_unit *u = t->u;
    bool held[GR0_MAX_SMRS] = {};
    struct iommu_id_iter it;
    unsigned int n;
    int rc;

    for_each_iommu_id ( it, &t->busy )
        smmu2_set_put(t->set, it.id, !(it.id >> u->sid_bits));

    rc = keep_entries(t);
    fault_rest(u);

    /* Whom firmware's entries pick must not pass for want of one. */
    for ( n = 0; n < u->nr_slots; n++ )
    {
        held[n] = !u->indexed && was_valid(u, n) && !u->slots[n].used;
        u->slots[n].used |= held[n];
    }
    /* Off, they pick anything; and nothing counts yet. */
    if ( u->fw_cr0 & CR0_CLIENTPD )
        clear_smrs(u);
    rc = rc ?: add_entries(t);
    for ( n = 0; n < u->nr_slots; n++ )
        u->slots[n].used &= !held[n];

    return rc;
}

/* What is left is ours: no stream but kept ones gets anywhere. */
static int __init move_in(struct smmu2_unit *u)
{
    bool mmu500 = u->desc.quirks & SMMUV2_MMU500;
    unsigned int n;

    smmu2_write_cr0(u);
    clear_smrs(u);
    if ( !u->indexed && !u->mask_bits && !u->slots[0].used )
        probe_bits(u, 0);

    smmu2_write_acr(u);
    for ( n = 0; n < u->nr_banks; n++ )
        smmu2_bank_off(u, n);
    if ( mmu500 && (readl(smmu2_cb(u, 0, CB_ACTLR)) & ACTLR_CPRE) )
        printk(XENLOG_WARNING
               "SMMUv2: %s: its prefetcher cannot be switched off (errata 826419, 841119)\n",
               u->desc.where);

    return smmu2_forget(u);
}

static int __init take(struct takeover *t)
{
    struct smmu2_unit *u = t->u;
    unsigned int n;
    int rc;

    save(u);
    try_bypass(u);
    for ( n = 0; n < u->nr_slots; n++ )
        u->slots[n].s2cr = u->s2cr_fault;
    rc = find_busy(t);
    if ( rc )
        return rc;

    /* IDs of 16 bits change what an entry means: not under streams at work. */
    u->exid = IDR0_EXIDS(u->idr0) && !u->indexed &&
              ((u->fw_cr0 & CR0_EXIDENABLE) || !t->busy.nr);
    if ( u->exid )
        u->sid_bits = SMMU2_SID_BITS;

    for ( n = 0; n < u->nr_slots && was_valid(u, n); n++ )
        continue;
    /* Else the bits are not where they will be. */
    if ( !u->indexed && n < u->nr_slots &&
         (!u->exid || (u->fw_cr0 & CR0_EXIDENABLE)) )
        probe_bits(u, n);

    return keep_busy(t) ?: move_in(u);
}

int __init smmu2_take_over(struct smmu2_unit *u)
{
    struct takeover *t = xzalloc(struct takeover);
    int rc;

    if ( !t )
        return -ENOMEM;

    t->u = u;
    rc = take(t);
    if ( rc )
        smmu2_restore(u);
    iommu_ids_free(&t->busy);
    xfree(t);

    return rc;
}
