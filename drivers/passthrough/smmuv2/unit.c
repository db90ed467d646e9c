/* SPDX-License-Identifier: GPL-2.0-only */
/* One unit: its registers, capabilities, and all of it at once. */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>

#include "smmuv2.h"

unsigned long smmu2_lock(struct smmu2_unit *u)
{
    unsigned long flags;

    for ( ; ; )
    {
        spin_lock_irqsave(&u->unit.lock, flags);
        if ( !iommu_unit_held(&u->unit) )
            return flags;
        spin_unlock_irqrestore(&u->unit.lock, flags);
        cpu_relax();
    }
}

/* Tables of 64-bit format with 4 KiB pages, or those of ARMv7. */
static bool __init has_format(struct smmu2_unit *u)
{
    u->lpae = u->desc.version < 2 || (u->desc.quirks & SMMUV2_AP806) ||
              !IDR2_PTFSV8_4K(u->idr2);

    return !u->lpae || u->desc.version < 2 ||
           !(IDR0_PTFS(u->idr0) & PTFS_NO_AARCH32);
}

static const char *__init lacking(struct smmu2_unit *u)
{
    if ( !~u->idr0 && !~u->idr1 )
        return "its registers read as all ones";
    if ( !IDR0_S2TS(u->idr0) )
        return "it has no stage 2";
    if ( !has_format(u) )
        return "it has no 4 KiB pages";
    if ( IDR0_SMS(u->idr0) && !IDR0_NUMSMRG(u->idr0) )
        return "it matches streams, and has no entries to match them";
    if ( !IDR1_NUMCB(u->idr1) )
        return "it has no context banks";
    if ( u->desc.size <= u->cb_base )
        return "firmware says that it has fewer registers than it says itself";

    return NULL;
}

static void __init measure(struct smmu2_unit *u)
{
    u->page_shift = IDR1_PAGESIZE(u->idr1) ? 16 : 12;
    u->cb_base = 1u << (IDR1_NUMPAGENDXB(u->idr1) + 1 + u->page_shift);
    u->indexed = !IDR0_SMS(u->idr0);
    u->sid_bits = IDR0_NUMSIDB(u->idr0);
    /* Without matching, as many as there are S2CRs. */
    if ( u->indexed )
        u->sid_bits = min(u->sid_bits, 7U);
    u->nr_slots = u->indexed ? 1u << u->sid_bits
                             : min(IDR0_NUMSMRG(u->idr0), 0U + GR0_MAX_SMRS);
}

/* Those whose registers firmware knows of as well. */
static void __init count_banks(struct smmu2_unit *u)
{
    unsigned int there = (u->desc.size - u->cb_base) >> u->page_shift;

    u->nr_banks = IDR1_NUMCB(u->idr1);
    if ( u->nr_banks <= there )
        return;

    printk(XENLOG_WARNING
           "SMMUv2: %s: of %u context banks, firmware says, %u are there\n",
           u->desc.where, u->nr_banks, there);
    u->nr_banks = there;
}

int __init smmu2_check(struct smmu2_unit *u)
{
    const char *why;

    u->idr0 = readl(smmu2_gr0(u, GR0_IDR0));
    u->idr1 = readl(smmu2_gr0(u, GR0_IDR1));
    u->idr2 = readl(smmu2_gr0(u, GR0_IDR2));
    u->idr7 = readl(smmu2_gr0(u, GR0_IDR7));
    measure(u);

    why = lacking(u);
    if ( why )
    {
        printk(XENLOG_ERR
               "SMMUv2: unit at %#"PRIpaddr" (%s) cannot be used: %s (IDR0 %08x IDR1 %08x IDR2 %08x): what is behind it is not translated and cannot be assigned\n",
               u->desc.base, u->desc.where, why, u->idr0, u->idr1, u->idr2);
        return -EOPNOTSUPP;
    }
    count_banks(u);

    /* Firmware knows the system around the unit; the bit may be tied. */
    u->coherent = u->desc.coherent;
    if ( u->coherent != IDR0_CTTW(u->idr0) )
        printk(XENLOG_WARNING
               "SMMUv2: %s: firmware says that it does%s snoop caches, the unit says otherwise\n",
               u->desc.where, u->coherent ? "" : " not");

    u->s2cr_fault = S2CR_TYPE(S2CR_FAULT);
    u->s2cr_bypass = S2CR_TYPE(S2CR_BYPASS);

    return 0;
}

void smmu2_write_cr0(const struct smmu2_unit *u)
{
    uint32_t val = CR0_GFRE | CR0_GCFGFRE | CR0_USFCFG | CR0_SMCFCFG |
                   CR0_VMIDPNE | CR0_PTM;

    if ( u->exid )
        val |= CR0_EXIDENABLE;
    if ( u->desc.version > 1 && IDR2_VMID16S(u->idr2) )
        val |= CR0_VMID16EN;
    if ( u->wired && u->up && !u->muted && !u->off )
        val |= CR0_GFIE | CR0_GCFGFIE;

    writel(val, smmu2_ns(u, GR0_CR0));
}

static void write_s2crs(struct smmu2_unit *u)
{
    unsigned int n;

    for ( n = 0; n < u->nr_slots; n++ )
        writel((u->off ? u->s2cr_fault : u->slots[n].s2cr) |
               (u->exid && u->slots[n].used ? S2CR_EXIDVALID : 0),
               smmu2_gr0(u, GR0_S2CR(n)));
}

void smmu2_all_off(struct smmu2_unit *u)
{
    u->off = true;
    write_s2crs(u);
}

void smmu2_all_on(struct smmu2_unit *u)
{
    u->off = false;
    write_s2crs(u);
    smmu2_write_cr0(u);
}

/*
 * MMU-500: what bypasses or faults is not to be cached, and ACTLRs can be
 * written from r2p0 on only without the lock.
 */
void smmu2_write_acr(const struct smmu2_unit *u)
{
    uint32_t acr = u->fw_acr & ~(ACR_SMTNMB_TLBEN | ACR_MMUDISB_TLBEN |
                                 ACR_S2CRB_TLBEN);

    if ( !(u->desc.quirks & SMMUV2_MMU500) )
        return;
    if ( IDR7_MAJOR(u->idr7) >= 2 )
        acr &= ~ACR_CACHE_LOCK;
    writel(acr, smmu2_ns(u, GR0_ACR));
}

void smmu2_program(struct smmu2_unit *u)
{
    unsigned int n;

    ASSERT(u->off);

    smmu2_write_cr0(u);
    smmu2_write_acr(u);
    for ( n = 0; !u->indexed && n < u->nr_slots; n++ )
        writel(u->slots[n].smr, smmu2_gr0(u, GR0_SMR(n)));
    for ( n = 0; n < u->nr_banks; n++ )
        smmu2_bank_write(u, n);
}

/* Of what firmware had translated, the banks are as it left them. */
void smmu2_restore(struct smmu2_unit *u)
{
    unsigned int n;

    for ( n = 0; n < u->nr_slots; n++ )
        writel(u->s2cr_fault, smmu2_gr0(u, GR0_S2CR(n)));
    for ( n = 0; n < u->nr_banks; n++ )
    {
        writel(u->banks[n].fw_sctlr, smmu2_cb(u, n, CB_SCTLR));
        if ( u->desc.quirks & SMMUV2_MMU500 )
            writel(u->banks[n].fw_actlr, smmu2_cb(u, n, CB_ACTLR));
    }
    if ( u->desc.quirks & SMMUV2_MMU500 )
        writel(u->fw_acr, smmu2_ns(u, GR0_ACR));
    for ( n = 0; n < u->nr_slots; n++ )
    {
        if ( !u->indexed )
            writel(u->slots[n].fw_smr, smmu2_gr0(u, GR0_SMR(n)));
        writel(u->slots[n].fw_s2cr, smmu2_gr0(u, GR0_S2CR(n)));
    }
    writel(u->fw_cr0, smmu2_ns(u, GR0_CR0));
}

bool cf_check smmu2_shut(struct iommu_unit *unit)
{
    struct smmu2_unit *u = to_smmu2(unit);
    unsigned long flags;

    spin_lock_irqsave(&unit->lock, flags);
    smmu2_all_off(u);
    smmu2_write_cr0(u);
    spin_unlock_irqrestore(&unit->lock, flags);

    return S2CR_TYPE_OF(readl(smmu2_gr0(u, GR0_S2CR(0)))) == S2CR_FAULT;
}

void cf_check smmu2_dump(struct iommu_unit *unit)
{
    const struct smmu2_unit *u = to_smmu2(unit);
    unsigned int n;

    printk("%s: SMMUv%u at %#"PRIpaddr" (%s)%s\n", unit->name,
           u->desc.version, unit->base, u->desc.where,
           unit->failed ? ", FAILED" : "");
    printk("  IDR0 %08x IDR1 %08x IDR2 %08x IDR7 %08x CR0 %08x GFSR %08x\n",
           u->idr0, u->idr1, u->idr2, u->idr7, readl(smmu2_ns(u, GR0_CR0)),
           readl(smmu2_ns(u, GR0_GFSR)));
    for ( n = 0; n < u->nr_slots; n++ )
        if ( u->slots[n].used )
            printk("  SMR%u %08x S2CR%u %08x\n", n,
                   u->indexed ? n : readl(smmu2_gr0(u, GR0_SMR(n))), n,
                   readl(smmu2_gr0(u, GR0_S2CR(n))));
    for ( n = 0; n < u->nr_banks; n++ )
        if ( u->banks[n].on )
            printk("  bank %u: SCTLR %08x CBAR %08x TCR %08x TTBR0 %016"PRIx64" FSR %08x\n",
                   n, readl(smmu2_cb(u, n, CB_SCTLR)),
                   readl(smmu2_gr1(u, GR1_CBAR(n))),
                   readl(smmu2_cb(u, n, CB_TCR)),
                   smmu2_read64(smmu2_cb(u, n, CB_TTBR0)),
                   readl(smmu2_cb(u, n, CB_FSR)));
}
