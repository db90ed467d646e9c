/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The unit's own interrupt (2.7): by MSI, or by the IntCapXT registers where
 * destinations have 32 bits.
 */

#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "amd.h"

/* The unit's lock is the innermost one: desc->lock may be held. */
static void cf_check event_mask(struct iommu_unit *unit, bool mask)
{
    struct amd_unit *u = to_amd_unit(unit);
    unsigned long flags;

    spin_lock_irqsave(&unit->lock, flags);
    amd_control(u, mask ? 0 : CTRL_EVT_INT_EN, mask ? CTRL_EVT_INT_EN : 0,
                0, 0);
    spin_unlock_irqrestore(&unit->lock, flags);
}

static unsigned int msi_pos(const struct amd_unit *u)
{
    return pci_find_cap_offset(u->sbdf, PCI_CAP_ID_MSI);
}

static void cf_check event_program(struct iommu_unit *unit,
                                   const struct msi_msg *msg,
                                   unsigned int vector)
{
    const struct amd_unit *u = to_amd_unit(unit);
    unsigned int pos = msi_pos(u);
    uint16_t ctl;

    if ( u->ir.xt )
    {
        amd_write(u, AMD_XT_EVENT,
                  XT_DEST(msg->dest32) | XT_VECTOR(vector) |
                  (msg->address_lo & MSI_ADDR_DESTMODE_MASK ? XT_DEST_MODE
                                                            : 0));
        return;
    }

    ctl = pci_conf_read16(u->sbdf, pos + PCI_MSI_FLAGS);
    pci_conf_write32(u->sbdf, pos + PCI_MSI_ADDRESS_LO, msg->address_lo);
    pci_conf_write32(u->sbdf, pos + PCI_MSI_ADDRESS_HI, 0);
    pci_conf_write32(u->sbdf, pos + PCI_MSI_DATA_64, msg->data);
    ctl &= ~PCI_MSI_FLAGS_QSIZE;
    pci_conf_write16(u->sbdf, pos + PCI_MSI_FLAGS, ctl | PCI_MSI_FLAGS_ENABLE);
}

static const struct iommu_unit_msi_ops event_msi_ops = {
    .mask = event_mask,
    .program = event_program,
    .kick = amd_event_kick,
};

int amd_irq_setup(struct amd_unit *u)
{
    if ( u->msi.irq > 0 )
        return 0;
    if ( !amd_acpi_has_msi() || (!u->ir.xt && !msi_pos(u)) )
        return -EPERM;

    u->msi.unit = &u->unit;
    u->msi.ops = &event_msi_ops;
    u->msi.node = u->node;
    u->msi.mask_until_drained = true;

    return iommu_unit_msi_setup(&u->msi);
}

void amd_irq_free(struct amd_unit *u)
{
    u->irq_wanted = false;
    iommu_unit_msi_free(&u->msi);
}

void cf_check amd_adjust_irq_affinities(void)
{
    struct amd_unit *u;

    for_each_amd_unit ( u )
        iommu_unit_msi_retarget(&u->msi);
}

void amd_irq_start(struct amd_unit *u)
{
    if ( u->msi.irq <= 0 )
        return;

    u->irq_wanted = true;
    iommu_unit_msi_start(&u->msi);
}

void amd_irq_unmask(struct amd_unit *u)
{
    if ( u->irq_wanted )
        iommu_unit_msi_unmask(&u->msi);
}
