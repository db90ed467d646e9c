/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chipsets that do not do what the specification says, as far as safety or
 * correct translation depends on it.  The errata are Intel's; numbers are
 * those of its specification updates.
 */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/pci.h>
#include <xen/pci_ids.h>
#include <xen/pci_regs.h>
#include <xen/vmap.h>

#include <asm/processor.h>

#include "vtd.h"

#define HOST_BRIDGE     PCI_SBDF(0, 0, 0, 0)
#define IGD             PCI_SBDF(0, 0, 2, 0)

#define ID(device)      (((device) << 16) | PCI_VENDOR_ID_INTEL)

bool __read_mostly vtd_quirk_rwbf;

/* Registers of the graphics device that has to be kept awake, or NULL. */
static void __iomem *__read_mostly igd_regs;
static bool __read_mostly igd_cantiga;
static s_time_t __read_mostly snb_timeout;     /* 0: not asked for */
static DEFINE_SPINLOCK(igd_lock);
static unsigned int igd_users;                  /* igd_lock */

/* GTT graphics registers used below, offsets into BAR 0 */
#define IGD_SIZE        0x23000
#define IGD_CANTIGA     0x20a4
#define IGD_SNB_IDLE    0x2054
#define IGD_SNB_2700    0x2700
#define IGD_SNB_STATE   0x22ac
#define IGD_SNB_CTL     0x2050

/*
 * 5500, 5520 (errata 47, 53) and X58 (62, 69): interrupt remapping loses
 * interrupts, and the table cannot be trusted.
 */
static bool __init tylersburg(void)
{
    unsigned int bus;

    for ( bus = 0; bus < 256; bus++ )
    {
        pci_sbdf_t sbdf = PCI_SBDF(0, bus, 0, 0);

        switch ( pci_conf_read32(sbdf, PCI_VENDOR_ID) )
        {
        case ID(0x3403):
        case ID(0x3406):
            if ( pci_conf_read8(sbdf, PCI_REVISION_ID) < 0x22 )
                return true;
            break;

        case ID(0x3405):
            return true;

        default:
            break;
        }
    }

    return false;
}

static void __init map_igd(void)
{
    uint64_t bar = pci_conf_read32(IGD, PCI_BASE_ADDRESS_0);

    bar |= (uint64_t)pci_conf_read32(IGD, PCI_BASE_ADDRESS_1) << 32;
    bar &= ~0xffffULL;
    if ( bar )
        igd_regs = ioremap(bar, IGD_SIZE);
}

static bool __init is_snb_igd(uint32_t id)
{
    switch ( id )
    {
    case ID(0x0102): case ID(0x0106): case ID(0x010a):
    case ID(0x0112): case ID(0x0116):
    case ID(0x0122): case ID(0x0126):
        return true;

    default:
        break;
    }

    return false;
}

int __init vtd_quirks_init(void)
{
    uint32_t igd = pci_conf_read32(IGD, PCI_VENDOR_ID);

    if ( iommu_intremap && tylersburg() )
    {
        printk(XENLOG_WARNING
               "VT-d: not used: errata of this chipset's interrupt remapping (iommu=no-intremap works around it)\n");
        return -ENODEV;
    }

    /* Mobile 4 series: RWBF reads as 0, yet stores need to be flushed. */
    if ( pci_conf_read32(HOST_BRIDGE, PCI_VENDOR_ID) == ID(0x2a40) )
        vtd_quirk_rwbf = true;

    /* Cantiga, stepping B3: invalidations hang while graphics sleeps. */
    if ( (igd & 0xff00ffffU) == ID(0x2a00) &&
         pci_conf_read8(IGD, PCI_REVISION_ID) == 7 )
        igd_cantiga = true;

    if ( !is_snb_igd(igd) )
        snb_timeout = 0;

    if ( igd_cantiga || snb_timeout )
        map_igd();

    return 0;
}

/* Sandy Bridge claims superpages that it does not implement. */
void __init vtd_quirks_caps(struct vtd_unit *u)
{
    if ( boot_cpu_data.x86_vendor == X86_VENDOR_INTEL &&
         boot_cpu_data.x86 == 6 &&
         (boot_cpu_data.x86_model == 0x2a || boot_cpu_data.x86_model == 0x2d) )
        u->cap &= ~CAP_SLLPS_MASK;
}

/* Ironlake: firmware has to give graphics memory for translation (GGC). */
static bool __init igd_without_memory(const struct vtd_unit *u)
{
    if ( !u->igd )
        return false;

    switch ( pci_conf_read32(HOST_BRIDGE, PCI_VENDOR_ID) )
    {
    case ID(0x0040): case ID(0x0044): case ID(0x0062): case ID(0x006a):
        return !(pci_conf_read16(IGD, 0x52) & 0x0800);

    default:
        break;
    }

    return false;
}

/* X58, Azalia: a unit of its own that firmware gave no TLB entries hangs. */
static bool __init azalia_without_tlb(const struct vtd_unit *u)
{
    pci_sbdf_t sbdf, regs = PCI_SBDF(u->drhd->segment, 0, 0x14, 0);
    uint32_t ctl;

    if ( u->drhd->include_pci_all || u->drhd->scopes.nr != 1 ||
         !vtd_scope_resolve(&u->drhd->scopes.scope[0], u->drhd->segment,
                            &sbdf) ||
         pci_conf_read32(sbdf, PCI_VENDOR_ID) != ID(0x3a3e) ||
         pci_conf_read32(regs, PCI_VENDOR_ID) != ID(0x342e) )
        return false;

    /* VTISOCHCTRL: bit 0 routes elsewhere, [4:2] is the number of entries. */
    ctl = pci_conf_read32(regs, 0x188);

    return ctl != ~0u && !(ctl & 1) && !(ctl & 0x1c);
}

const char *__init vtd_quirks_refuse(const struct vtd_unit *u)
{
    if ( igd_without_memory(u) )
        return "firmware did not prepare graphics for translation";
    if ( azalia_without_tlb(u) )
        return "firmware gave the sound device's unit no TLB entries";

    return NULL;
}

/* Sandy Bridge: no RC6 power state while an invalidation is under way. */
static void snb_wake(void)
{
    s_time_t end = NOW() + snb_timeout;

    writel(0xfffff, igd_regs + IGD_SNB_IDLE);
    writel(0, igd_regs + IGD_SNB_2700);
    while ( readl(igd_regs + IGD_SNB_STATE) & 0xf )
    {
        if ( NOW() > end )
            break;
        cpu_relax();
    }
    writel(0x10001, igd_regs + IGD_SNB_CTL);
}

void vtd_quirks_begin(const struct vtd_unit *u)
{
    unsigned long flags;

    if ( !igd_regs || !u->igd )
        return;

    spin_lock_irqsave(&igd_lock, flags);
    if ( !igd_users++ )
    {
        if ( igd_cantiga )
            (void)readl(igd_regs + IGD_CANTIGA);
        if ( snb_timeout )
            snb_wake();
    }
    spin_unlock_irqrestore(&igd_lock, flags);
}

void vtd_quirks_end(const struct vtd_unit *u)
{
    unsigned long flags;

    if ( !igd_regs || !u->igd )
        return;

    spin_lock_irqsave(&igd_lock, flags);
    if ( !--igd_users && snb_timeout )
    {
        writel(0xa, igd_regs + IGD_SNB_IDLE);
        writel(0x10000, igd_regs + IGD_SNB_CTL);
    }
    spin_unlock_irqrestore(&igd_lock, flags);
}

/* snb_igd_quirk[=<boolean>|cap|<milliseconds>] */
static int __init cf_check parse_snb(const char *s)
{
    const char *end = "";
    unsigned int ms = 1000;
    int on = parse_bool(s, NULL);

    if ( on < 0 && !strcmp(s, "cap") )
        ms = 670;
    else if ( on < 0 && *s )
        ms = simple_strtoul(s, &end, 0);
    else if ( !on )
        ms = 0;

    if ( *end )
        return -EINVAL;

    snb_timeout = MILLISECS(ms);

    return 0;
}
custom_param("snb_igd_quirk", parse_snb);
