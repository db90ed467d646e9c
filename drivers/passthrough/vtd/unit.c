/* SPDX-License-Identifier: GPL-2.0-only */
/* Units: their registers, capabilities and global commands. */

#include <xen/acpi.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/numa.h>
#include <xen/pfn.h>
#include <xen/vmap.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>

#include "intremap.h"
#include "vtd.h"

bool __read_mostly iommu_igfx = true;
bool __read_mostly iommu_qinval = true;
#ifndef iommu_snoop
bool __read_mostly iommu_snoop = true;
#endif

struct vtd_unit *__read_mostly vtd_units;

struct vtd_unit *vtd_unit_next(const struct vtd_unit *u)
{
    unsigned int i = u ? u - vtd_units + 1 : 0;

    for ( ; vtd_units && i < vtd_dmar.nr_drhd; i++ )
        if ( !vtd_units[i].skip )
            return &vtd_units[i];

    return NULL;
}

struct vtd_unit *vtd_unit_of(const struct vtd_drhd *drhd)
{
    struct vtd_unit *u;

    if ( !drhd || !vtd_units )
        return NULL;

    u = &vtd_units[drhd->index];

    return u->skip ? NULL : u;
}

/* Waits until the bits of GSTS in @mask are @want. */
static bool gsts_wait(struct vtd_unit *u, uint32_t mask, uint32_t want)
{
    if ( iommu_wait(u->regs + VTD_GSTS, mask, want) )
        return true;

    /* It may still come to it. */
    u->hung = true;

    return false;
}

static uint32_t lasting(const struct vtd_unit *u)
{
    return vtd_readl(u, VTD_GSTS) & GCMD_LASTING;
}

bool vtd_gcmd_set(struct vtd_unit *u, uint32_t bit)
{
    vtd_writel(u, VTD_GCMD, lasting(u) | bit);

    return gsts_wait(u, bit, bit);
}

bool vtd_gcmd_clear(struct vtd_unit *u, uint32_t bit)
{
    vtd_writel(u, VTD_GCMD, lasting(u) & ~bit);

    return gsts_wait(u, bit, 0);
}

bool vtd_gcmd_pulse(struct vtd_unit *u, uint32_t bit)
{
    return vtd_gcmd_set(u, bit);
}

bool vtd_needs_wbf(const struct vtd_unit *u)
{
    return CAP_RWBF(u->cap) || vtd_quirk_rwbf;
}

int vtd_write_buffer_flush(struct vtd_unit *u)
{
    unsigned long flags;
    bool ok;

    if ( !vtd_needs_wbf(u) )
        return 0;

    if ( u->unit.failed )
        return -EIO;

    spin_lock_irqsave(&u->unit.lock, flags);
    /* §11.4.4: the status bit is set for as long as the flush takes. */
    vtd_writel(u, VTD_GCMD, lasting(u) | GCMD_WBF);
    ok = gsts_wait(u, GCMD_WBF, 0);
    u->unit.nr_waits++;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( ok )
        return 0;

    if ( u->up )
        iommu_unit_fail(&u->unit, "did not flush its write buffer");

    return -EIO;
}

/* Fault records and IOTLB registers are where CAP and ECAP say. */
static unsigned int __init regs_end(const struct vtd_unit *u)
{
    unsigned int end = CAP_FRO(u->cap) + CAP_NFR(u->cap) * VTD_FRCD_SIZE;

    return vtd_has_reg_invalidate(u)
           ? max(end, VTD_IOTLB(ECAP_IRO(u->ecap)) + 8) : end;
}

/* Would @size bytes of registers reach into another unit's? */
static bool __init regs_collide(const struct vtd_drhd *drhd, unsigned int size)
{
    unsigned int i;

    for ( i = 0; i < vtd_dmar.nr_drhd; i++ )
        if ( !vtd_dmar.drhd[i].lost && vtd_dmar.drhd[i].base > drhd->base &&
             vtd_dmar.drhd[i].base - drhd->base < size )
            return true;

    return false;
}

static const char *__init check_caps(const struct vtd_unit *u)
{
    if ( !~u->cap || !~u->ecap )
        return "its registers read as all ones";
    if ( !u->cap && !u->ecap )
        return "its registers read as zeroes";
    if ( !VER_MAX(vtd_readl(u, VTD_VER)) )
        return "its version is not known";
    if ( !(CAP_SAGAW(u->cap) & 0xe) )
        return "it can walk no page table of 3 to 5 levels";
    if ( CAP_MGAW(u->cap) < 30 )
        return "it translates too few address bits";
    if ( !ECAP_QI(u->ecap) && !vtd_has_reg_invalidate(u) )
        return "it has no way to invalidate";
    if ( regs_collide(u->drhd, regs_end(u)) )
        return "its registers would be another unit's";

    return NULL;
}

/*
 * What firmware or a previous kernel left on is not ours to use.  Translation
 * stays: it blocks or maps until the root table is replaced, while turning it
 * off would open everything.
 */
static bool __init make_quiet(struct vtd_unit *u)
{
    static const uint32_t bits[] = { GCMD_IRE, GCMD_CFI, GCMD_QIE };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bits); i++ )
        if ( (vtd_readl(u, VTD_GSTS) & bits[i]) && !vtd_gcmd_clear(u, bits[i]) )
            return false;

    return true;
}

/* NULL, or why @size bytes of registers, whole pages, cannot be used. */
static const char *__init map_registers(struct vtd_unit *u, unsigned int size)
{
    unsigned long pfn = paddr_to_pfn(u->drhd->base);
    unsigned long end = pfn + PFN_DOWN(size);

    for ( ; pfn < end; pfn++ )
        if ( page_is_ram_type(pfn, RAM_TYPE_CONVENTIONAL) )
            return "its registers are in RAM";

    if ( u->regs )
        iounmap(u->regs);

    u->unit.regs_size = size;
    u->regs = ioremap(u->drhd->base, size);

    return u->regs ? NULL : "its registers cannot be mapped";
}

/*
 * Tables from before the field for it existed say that all registers are in one
 * page, whatever the unit has.
 */
static const char *__init read_caps(struct vtd_unit *u)
{
    const char *why = map_registers(u, u->drhd->size);

    if ( why )
        return why;

    u->cap = vtd_readq(u, VTD_CAP);
    u->ecap = vtd_readq(u, VTD_ECAP);
    vtd_quirks_caps(u);

    why = check_caps(u);
    if ( !why && regs_end(u) > u->unit.regs_size )
        why = map_registers(u, ROUNDUP(regs_end(u), PAGE_SIZE));

    return why;
}

/* NULL: the unit can be used and is quiet; else why not. */
static const char *__init find_unit(struct vtd_unit *u)
{
    const char *why = read_caps(u);

    if ( why )
        return why;

    u->keep_te = vtd_graphics_keeps_te(u);
    if ( !iommu_igfx && vtd_graphics_only(u->drhd) )
    {
        u->unwanted = true;
        why = "iommu=no-igfx";
    }
    else
        why = vtd_quirks_refuse(u);

    if ( why )
    {
        vtd_switch_off(u);
        return why;
    }

    return make_quiet(u) ? NULL : "it does not answer";
}

static void __init map_unit(struct vtd_unit *u, const struct vtd_drhd *drhd)
{
    const char *why;
    uint32_t pxm;

    iommu_unit_init(&u->unit, &vtd_driver, drhd->index);
    u->drhd = drhd;
    u->unit.base = drhd->base;
    u->skip = drhd->lost;
    if ( u->skip )
        return;

    u->node = vtd_dmar_proximity(&vtd_dmar, drhd->base, &pxm)
              ? pxm_to_node(pxm) : NUMA_NO_NODE;
    u->igd = vtd_serves_igd(drhd);

    why = find_unit(u);
    if ( why )
    {
        vtd_unit_lose(u, why);
        return;
    }

    if ( ECAP_IR(u->ecap) && ECAP_QI(u->ecap) )
        u->unit.ir = &vtd_ir_ops;

    if ( iommu_verbose )
        printk(XENLOG_INFO
               "VT-d: unit at %#"PRIpaddr": CAP %016"PRIx64" ECAP %016"PRIx64"\n",
               drhd->base, u->cap, u->ecap);
}

/*
 * Nobody translates or blocks what is behind it: dom0's alone, which the core
 * sees to, since no unit serves it.
 */
void vtd_unit_lose(struct vtd_unit *u, const char *why)
{
    u->skip = true;
    printk(XENLOG_WARNING DMAR_AT
           "unit at %#"PRIpaddr" is not used: %s: its devices are not translated and stay with dom0 (CAP %016"PRIx64" ECAP %016"PRIx64")\n",
           DMAR_AT_ARGS(&vtd_dmar, u->drhd->offset), u->drhd->base, why,
           u->cap, u->ecap);
}

int vtd_unit_check_all(void)
{
    unsigned int i, nr = 0;

    for ( i = 0; i < vtd_dmar.nr_drhd; i++ )
    {
        if ( !vtd_units[i].skip )
            nr++;
        else if ( force_iommu && !vtd_units[i].unwanted )
        {
            printk(XENLOG_ERR "VT-d: not used: iommu=force wants all units\n");
            return -EOPNOTSUPP;
        }
    }

    if ( nr )
        return 0;

    printk(XENLOG_ERR "VT-d: not used: there is no unit that can be\n");

    return -EOPNOTSUPP;
}

void vtd_unit_unmap_all(void)
{
    unsigned int i;

    for ( i = 0; vtd_units && i < vtd_dmar.nr_drhd; i++ )
        if ( vtd_units[i].regs )
            iounmap(vtd_units[i].regs);

    XFREE(vtd_units);
}

int vtd_unit_map_all(void)
{
    unsigned int i;
    int rc;

    if ( vtd_units )
        return 0;

    if ( !vtd_dmar.nr_drhd )
        return -ENODEV;

    vtd_units = xzalloc_array(struct vtd_unit, vtd_dmar.nr_drhd);
    if ( !vtd_units )
        return -ENOMEM;

    for ( i = 0; i < vtd_dmar.nr_drhd; i++ )
        map_unit(&vtd_units[i], &vtd_dmar.drhd[i]);

    rc = vtd_unit_check_all();
    if ( rc )
        vtd_unit_unmap_all();

    return rc;
}

void cf_check vtd_dump(struct iommu_unit *unit)
{
    const struct vtd_unit *u = to_vtd_unit(unit);

    printk("%s: version %u.%u at %#"PRIpaddr"%s\n", unit->name,
           VER_MAX(vtd_readl(u, VTD_VER)), VER_MIN(vtd_readl(u, VTD_VER)),
           unit->base, unit->failed ? ", FAILED" : "");
    printk("  CAP %016"PRIx64" ECAP %016"PRIx64" GSTS %08x RTADDR %016"PRIx64"\n",
           u->cap, u->ecap, vtd_readl(u, VTD_GSTS), vtd_readq(u, VTD_RTADDR));
    printk("  FSTS %08x FECTL %08x FEDATA %08x FEADDR %08x FEUADDR %08x\n",
           vtd_readl(u, VTD_FSTS), vtd_readl(u, VTD_FECTL),
           vtd_readl(u, VTD_FEDATA), vtd_readl(u, VTD_FEADDR),
           vtd_readl(u, VTD_FEUADDR));
    if ( u->qi.ring )
        printk("  IQA %016"PRIx64" IQH %05x IQT %05x, batch %u of %u done\n",
               vtd_readq(u, VTD_IQA), vtd_readl(u, VTD_IQH),
               vtd_readl(u, VTD_IQT), read_atomic(u->qi.status), u->qi.seq);
    if ( ECAP_IR(u->ecap) )
        printk("  IRTA %016"PRIx64"\n", vtd_readq(u, VTD_IRTA));
}
