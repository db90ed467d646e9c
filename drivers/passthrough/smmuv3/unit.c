/* SPDX-License-Identifier: GPL-2.0-only */
/* One unit: its registers, capabilities, and switching it on and off. */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>

#include <iommu-arch.h>

#include "smmuv3.h"

void smmu_clean(const struct smmu_unit *u, const void *p, size_t size)
{
    if ( !u->coherent )
        arch_iommu_cache_clean(p, size);
}

bool smmu_wait(const struct smmu_unit *u, unsigned int reg, uint32_t mask,
               uint32_t want)
{
    return iommu_wait(u->regs + reg, mask, want);
}

bool smmu_cr0(const struct smmu_unit *u, uint32_t set, uint32_t clear)
{
    uint32_t val = (smmu_readl(u, SMMU_CR0) & ~clear) | set;

    smmu_writel(u, SMMU_CR0, val);

    return smmu_wait(u, SMMU_CR0ACK, set | clear, set);
}

static const char *__init lacking(const struct smmu_unit *u)
{
    if ( !~u->idr0 && !~u->idr1 )
        return "its registers read as all ones";
    if ( !IDR0_S2P(u->idr0) )
        return "it has no stage 2";
    if ( !IDR0_TTF_AA64(u->idr0) )
        return "it does not walk 64-bit tables";
    if ( IDR0_TTENDIAN(u->idr0) == TTENDIAN_BIG )
        return "it walks big-endian tables only";
    if ( !IDR5_GRAN4K(u->idr5) )
        return "it has no 4 KiB pages";
    /* STE.S2S would have to be set, and each fault be resumed. */
    if ( IDR0_STALL_MODEL(u->idr0) == STALL_FORCED )
        return "it stalls every transaction that faults";
    if ( IDR1_TABLES_PRESET(u->idr1) || IDR1_QUEUES_PRESET(u->idr1) )
        return "its tables or queues are at fixed addresses";
    if ( IDR1_SIDSIZE(u->idr1) > 32 )
        return "its number of stream IDs is reserved";
    if ( IDR1_CMDQS(u->idr1) < 2 || IDR1_EVENTQS(u->idr1) < 1 )
        return "its queues are too short";

    return NULL;
}

int __init smmu_check(struct smmu_unit *u)
{
    const char *why;

    u->idr0 = smmu_readl(u, SMMU_IDR0);
    u->idr1 = smmu_readl(u, SMMU_IDR1);
    u->idr3 = smmu_readl(u, SMMU_IDR3);
    u->idr5 = smmu_readl(u, SMMU_IDR5);
    u->gbpa = smmu_readl(u, SMMU_GBPA);

    why = lacking(u);
    if ( why )
    {
        printk(XENLOG_ERR
               "SMMUv3: unit at %#"PRIpaddr" (%s) cannot be used: %s (IDR0 %08x IDR1 %08x IDR5 %08x): what is behind it is not translated and cannot be assigned\n",
               u->desc.base, u->desc.where, why, u->idr0, u->idr1, u->idr5);
        return -EOPNOTSUPP;
    }

    /* Firmware knows the system around the unit; the bit may be tied. */
    u->coherent = u->desc.coherent;
    if ( u->coherent != IDR0_COHACC(u->idr0) )
        printk(XENLOG_WARNING
               "SMMUv3: %s: firmware says that it does%s snoop caches, the unit says otherwise\n",
               u->desc.where, u->coherent ? "" : " not");

    u->nr_vmids = IDR0_VMID16(u->idr0) ? 1u << 16 : 1u << 8;

    return 0;
}

/* §6.3.14: written only while UPDATE is 0, in effect when it is 0 again. */
static bool gbpa_write(const struct smmu_unit *u, uint32_t val)
{
    if ( !smmu_wait(u, SMMU_GBPA, GBPA_UPDATE, 0) )
        return false;

    smmu_writel(u, SMMU_GBPA, val | GBPA_UPDATE);

    return smmu_wait(u, SMMU_GBPA, GBPA_UPDATE, 0);
}

bool smmu_gbpa_abort(const struct smmu_unit *u)
{
    return gbpa_write(u, (u->gbpa & ~GBPA_UPDATE) | GBPA_ABORT);
}

bool smmu_gbpa_restore(const struct smmu_unit *u)
{
    return gbpa_write(u, u->gbpa & ~GBPA_UPDATE);
}

static bool irqs_off(const struct smmu_unit *u)
{
    smmu_writel(u, SMMU_IRQ_CTRL, 0);

    return smmu_wait(u, SMMU_IRQ_CTRLACK, IRQ_GERROR | IRQ_EVENTQ, 0);
}

bool smmu_stop(struct smmu_unit *u)
{
    bool quiet = irqs_off(u);

    write_atomic(&u->cmdq.enabled, false);

    /* Translation first, so that nothing is recorded without a queue. */
    return smmu_cr0(u, 0, CR0_SMMUEN) && smmu_cr0(u, 0, CR0_ALL) && quiet;
}

bool cf_check smmu_shut(struct iommu_unit *unit)
{
    const struct smmu_unit *u = to_smmu(unit);

    return smmu_gbpa_abort(u) && smmu_cr0(u, 0, CR0_SMMUEN);
}

/*
 * §3.11: configuration first, then translations, so that none is made of what
 * was cached of the former.
 */
static int forget_all(struct smmu_unit *u)
{
    struct smmu_cmd cmd[3] = { smmu_cmd_cfgi_all(), smmu_cmd_tlbi_nsnh_all() };
    unsigned int nr = 2;

    if ( IDR0_HYP(u->idr0) )
        cmd[nr++] = smmu_cmd_tlbi_el2_all();

    return smmu_run(u, cmd, nr);
}

int smmu_start(struct smmu_unit *u)
{
    uint32_t cr2;

    /*
     * §6.3.12, PTM: the CPUs' broadcast TLB maintenance, where it reaches the
     * unit at all, is not listened to.  The VMIDs are our own, and so are the
     * invalidations.
     */
    smmu_writel(u, SMMU_CR1, u->coherent ? CR1_CACHED : CR1_UNCACHED);
    cr2 = IDR0_BTM(u->idr0) ? CR2_PTM : 0;
    /* What is beyond the table could not be kept from flooding the queue. */
    if ( u->strtab.sid_bits == IDR1_SIDSIZE(u->idr1) )
        cr2 |= CR2_RECINVSID;
    smmu_writel(u, SMMU_CR2, cr2);

    smmu_strtab_program(u);
    smmu_cmdq_reset(u);
    /* The registers keep it over a revival, and so what is in it. */
    if ( !read_atomic(&u->unit.reviver) )
        smmu_eventq_reset(u);

    /* Errors that somebody else left are not ours to handle. */
    smmu_writel(u, SMMU_GERRORN, smmu_readl(u, SMMU_GERROR));

    if ( !smmu_cmdq_enable(u) || forget_all(u) ||
         !smmu_cr0(u, CR0_EVENTQEN, 0) || !smmu_irq_enable(u) )
        return -EIO;

    /*
     * §3.9.1.1: without ATSCHK a transaction that claims to be translated
     * passes unchecked, and no device is trusted with that.
     */
    if ( IDR0_ATS(u->idr0) && !smmu_cr0(u, CR0_ATSCHK, 0) )
        return -EIO;

    return smmu_cr0(u, CR0_SMMUEN, 0) ? 0 : -EIO;
}

void cf_check smmu_dump(struct iommu_unit *unit)
{
    const struct smmu_unit *u = to_smmu(unit);
    uint32_t aidr = smmu_readl(u, SMMU_AIDR);

    printk("%s: SMMUv3.%u at %#"PRIpaddr" (%s)%s\n", unit->name, aidr & 0xf,
           unit->base, u->desc.where, unit->failed ? ", FAILED" : "");
    printk("  IDR0 %08x IDR1 %08x IDR3 %08x IDR5 %08x IIDR %08x\n",
           u->idr0, u->idr1, u->idr3, u->idr5, smmu_readl(u, SMMU_IIDR));
    printk("  CR0 %08x CR0ACK %08x CR1 %08x CR2 %08x GBPA %08x IRQ_CTRL %08x\n",
           smmu_readl(u, SMMU_CR0), smmu_readl(u, SMMU_CR0ACK),
           smmu_readl(u, SMMU_CR1), smmu_readl(u, SMMU_CR2),
           smmu_readl(u, SMMU_GBPA), smmu_readl(u, SMMU_IRQ_CTRL));
    printk("  GERROR %08x GERRORN %08x CMDQ PROD %08x CONS %08x EVENTQ PROD %08x CONS %08x\n",
           smmu_readl(u, SMMU_GERROR), smmu_readl(u, SMMU_GERRORN),
           smmu_readl(u, SMMU_CMDQ_PROD), smmu_readl(u, SMMU_CMDQ_CONS),
           readl(u->page1 + SMMU_EVENTQ_PROD),
           readl(u->page1 + SMMU_EVENTQ_CONS));
    printk("  stream table: %u-bit IDs, %s; %u VMIDs; %scoherent\n",
           u->strtab.sid_bits, u->strtab.linear ? "linear" : "two levels",
           u->nr_vmids, u->coherent ? "" : "not ");
}
