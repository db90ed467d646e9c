/* SPDX-License-Identifier: GPL-2.0-only */
/* The fault event interrupt, VT-d rev 4.1, §7.3. */

#include <xen/init.h>
#include <xen/lib.h>

#include "vtd.h"

static void cf_check fault_mask(struct iommu_unit *unit, bool mask)
{
    vtd_writel(to_vtd_unit(unit), VTD_FECTL, mask ? FECTL_IM : 0);
}

static void cf_check fault_program(struct iommu_unit *unit,
                                   const struct msi_msg *msg,
                                   unsigned int vector)
{
    const struct vtd_unit *u = to_vtd_unit(unit);

    vtd_writel(u, VTD_FEDATA, msg->data);
    vtd_writel(u, VTD_FEADDR, msg->address_lo);
    /* §11.4.7: reserved where there are no extended destinations. */
    if ( ECAP_EIM(u->ecap) )
        vtd_writel(u, VTD_FEUADDR, msg->address_hi);
}

static const struct iommu_unit_msi_ops fault_msi_ops = {
    .mask = fault_mask,
    .program = fault_program,
    .kick = vtd_fault_kick,
};

int __init vtd_fault_irq_setup(struct vtd_unit *u)
{
    u->msi.unit = &u->unit;
    u->msi.ops = &fault_msi_ops;
    u->msi.node = u->node;

    return vtd_acpi_has_msi() ? iommu_unit_msi_setup(&u->msi) : -EPERM;
}

void vtd_adjust_irq_affinities(void)
{
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
        iommu_unit_msi_retarget(&u->msi);
}
