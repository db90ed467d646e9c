/* SPDX-License-Identifier: GPL-2.0-only */
/* The unit side: switching translation, suspend, resume, crash. */

#include <xen/init.h>
#include <xen/lib.h>

#include "intremap.h"
#include "vtd.h"

/*
 * §11.4.8: firmware may have protected its memory from DMA that way until
 * translation does it better.  Bounded; a region that stays is only a nuisance.
 */
static void pmr_disable(struct vtd_unit *u)
{
    uint32_t pmen;

    if ( !CAP_PLMR(u->cap) && !CAP_PHMR(u->cap) )
        return;

    pmen = vtd_readl(u, VTD_PMEN);
    if ( !(pmen & (PMEN_EPM | PMEN_PRS)) )
        return;

    vtd_writel(u, VTD_PMEN, pmen & ~PMEN_EPM);
    if ( !iommu_wait(u->regs + VTD_PMEN, PMEN_PRS, 0) )
        printk(XENLOG_WARNING "%s: protected memory regions stay in force\n",
               u->unit.name);
}

int vtd_translation_on(struct vtd_unit *u)
{
    unsigned long flags;
    bool ok;

    vtd_quirks_begin(u);
    spin_lock_irqsave(&u->unit.lock, flags);
    ok = vtd_gcmd_set(u, GCMD_TE);
    u->te = ok;
    if ( ok )
        pmr_disable(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);
    vtd_quirks_end(u);

    return ok ? 0 : -EIO;
}

void __init vtd_switch_off(struct vtd_unit *u)
{
    unsigned long flags;
    bool ok = true;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( vtd_readl(u, VTD_GSTS) & GCMD_TE )
        ok = !u->keep_te && vtd_gcmd_clear(u, GCMD_TE);
    pmr_disable(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( !ok )
        printk(XENLOG_WARNING "%s: translation stays as firmware left it\n",
               u->unit.name);
}

void cf_check vtd_enable_translation_all(void)
{
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
    {
        if ( !u->up || u->te || u->unit.failed )
            continue;
        vtd_busy_end(u);
        if ( !vtd_translation_on(u) )
            continue;

        if ( force_iommu )
            panic("%s: translation cannot be enabled\n", u->unit.name);
        iommu_unit_fail(&u->unit, "did not enable translation");
    }
}

static int cf_check vtd_suspend(struct iommu_unit *unit)
{
    struct vtd_unit *u = to_vtd_unit(unit);
    unsigned long flags;
    bool ok = true;

    if ( unit->failed )
        return 0;

    if ( vtd_invalidate_all(u) )
        return -EIO;

    /*
     * "force": firmware, too, has to live with translation.  Where it cannot be
     * switched off, graphics finds its tables until the unit loses its state.
     */
    if ( u->te && !force_iommu && !u->keep_te )
    {
        vtd_quirks_begin(u);
        spin_lock_irqsave(&unit->lock, flags);
        ok = vtd_gcmd_clear(u, GCMD_TE);
        spin_unlock_irqrestore(&unit->lock, flags);
        vtd_quirks_end(u);
    }

    if ( !ok )
        return -EIO;

    /* The queue is needed until interrupts are not remapped any more. */
    vtd_ir_suspend(u);
    spin_lock_irqsave(&unit->lock, flags);
    if ( u->qi.enabled )
        vtd_qi_disable(u);
    spin_unlock_irqrestore(&unit->lock, flags);

    return 0;
}

static void cf_check vtd_resume(struct iommu_unit *unit)
{
    struct vtd_unit *u = to_vtd_unit(unit);
    int rc;

    if ( unit->failed )
        return;

    iommu_unit_msi_start(&u->msi);

    rc = u->qi.ring ? vtd_qi_enable(u) : 0;
    if ( !rc )
        rc = vtd_ir_resume(u);
    if ( !rc )
        rc = vtd_unit_start(u);
    if ( !rc && u->te )
        rc = vtd_translation_on(u);
    if ( !rc )
        return;

    if ( force_iommu )
        panic("%s: did not resume (%d)\n", unit->name, rc);
    iommu_unit_fail(unit, "did not resume");
}

/* The kernel that comes next expects units as after a reset. */
static void cf_check vtd_crash_shutdown(struct iommu_unit *unit)
{
    static const uint32_t bits[] = { GCMD_TE, GCMD_QIE };  /* TE first */
    struct vtd_unit *u = to_vtd_unit(unit);
    unsigned int i;

    write_atomic(&u->qi.enabled, false);
    vtd_ir_disable(u);
    for ( i = u->keep_te; i < ARRAY_SIZE(bits); i++ )
        if ( (vtd_readl(u, VTD_GSTS) & bits[i]) && !vtd_gcmd_clear(u, bits[i]) )
            printk(XENLOG_ERR "%s: GSTS stays %08x\n", unit->name,
                   vtd_readl(u, VTD_GSTS));
}

static void cf_check vtd_quiesce(struct iommu_unit *unit)
{
    const struct vtd_unit *u = to_vtd_unit(unit);

    vtd_writel(u, VTD_FECTL, vtd_readl(u, VTD_FECTL) | FECTL_IM);
}

const struct iommu_unit_ops vtd_unit_ops = {
    .suspend = vtd_suspend,
    .resume = vtd_resume,
    .crash_shutdown = vtd_crash_shutdown,
    .poll_faults = vtd_fault_poll,
    .quiesce = vtd_quiesce,
    .silence = vtd_silence,
    .revive = vtd_revive,
    .dump = vtd_dump,
    .look = vtd_look,
};
