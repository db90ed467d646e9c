/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping of all VT-d units: all of them or none, and which one
 * serves a source.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/kernel.h>
#include <xen/sched.h>

#include "intremap.h"

static bool cf_check all_supported(bool eim)
{
    struct vtd_unit *u;
    bool any = false;

    if ( vtd_unit_map_all() )
        return false;

    for_each_vtd_unit ( u )
    {
        if ( !vtd_ir_usable(u, eim) )
            return false;
        any = true;
    }

    return any;
}

static void cf_check all_disable(void)
{
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
        vtd_ir_disable(u);
}

static int cf_check all_enable(bool eim)
{
    bool boot = system_state < SYS_STATE_active;
    struct vtd_unit *u;
    int rc, first = 0;

    if ( eim && boot && vtd_dmar.x2apic_opt_out )
        return -ENXIO;

    rc = vtd_unit_map_all();
    if ( rc )
        return rc;

    for_each_vtd_unit ( u )
    {
        rc = vtd_ir_enable(u, eim);
        if ( rc )
        {
            printk(XENLOG_ERR "IOMMU: %s: no interrupt remapping: %d\n",
                   u->unit.name, rc);
            /* After a suspend the other units still have their entries. */
            if ( boot )
            {
                all_disable();
                return rc;
            }
            first = first ?: rc;
        }
    }

    return first;
}

static void cf_check adjust_irq_affinities(void)
{
    vtd_adjust_irq_affinities();
}

static struct iommu_unit *unit_of(const struct vtd_drhd *drhd)
{
    struct vtd_unit *u = vtd_unit_of(drhd);

    return u ? &u->unit : NULL;
}

static struct iommu_unit *cf_check find_ioapic(unsigned int id, uint16_t *sid)
{
    pci_sbdf_t sbdf = {};
    struct iommu_unit *unit = unit_of(vtd_dmar_find_ioapic(&vtd_dmar, id,
                                                           &sbdf));

    *sid = sbdf.bdf;

    return unit;
}

static struct iommu_unit *cf_check find_hpet(unsigned int id, uint16_t *sid)
{
    pci_sbdf_t sbdf = {};
    struct iommu_unit *unit = unit_of(vtd_dmar_find_hpet(&vtd_dmar, id, &sbdf));

    *sid = sbdf.bdf;

    return unit;
}

static struct iommu_unit *cf_check find_pci(const struct pci_dev *pdev)
{
    struct vtd_drhd *other;
    enum vtd_claim claim;

    /* A device in a group has its unit; MSIs exist outside of groups too. */
    if ( pdev->iommu && pdev->iommu->unit )
        return pdev->iommu->unit->drv == &vtd_driver ? pdev->iommu->unit : NULL;

    return unit_of(vtd_dmar_find_drhd(&vtd_dmar, vtd_firmware_sbdf(pdev),
                                      &claim, &other));
}

struct iommu_ir_driver vtd_ir_driver = {
    .name      = "vtd",
    .supported = all_supported,
    .enable    = all_enable,
    .disable   = all_disable,
    .ioapic    = find_ioapic,
    .hpet      = find_hpet,
    .pci       = find_pci,
    .adjust_irq_affinities = adjust_irq_affinities,
};
