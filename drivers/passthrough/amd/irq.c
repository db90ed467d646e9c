/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The unit's own interrupt (2.7): by MSI, or by the IntCapXT registers where
 * destinations have 32 bits.  It is not subject to remapping.
 */

#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/smp.h>

#include <asm/apic.h>
#include <asm/irq.h>

#include "amd.h"

static void cf_check event_interrupt(int irq, void *dev_id)
{
    /* No further one comes until the log's bit is cleared. */
    amd_event_kick();
}

static struct amd_unit *unit_of(const struct irq_desc *desc)
{
    return container_of(desc->msi_desc, struct amd_unit, msi);
}

/* The unit's lock is the innermost one: desc->lock may be held. */
static void set_mask(struct amd_unit *u, bool mask)
{
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    amd_control(u, mask ? 0 : CTRL_EVT_INT_EN, mask ? CTRL_EVT_INT_EN : 0,
                0, 0);
    spin_unlock_irqrestore(&u->unit.lock, flags);
    u->msi.msi_attrib.host_masked = mask;
}

static void cf_check event_unmask(struct irq_desc *desc)
{
    set_mask(unit_of(desc), false);
}

static void cf_check event_mask(struct irq_desc *desc)
{
    set_mask(unit_of(desc), true);
}

/* Unmasking is left to amd_irq_program(): there is no message yet. */
static unsigned int cf_check event_startup(struct irq_desc *desc)
{
    return 0;
}

static void cf_check event_ack(struct irq_desc *desc)
{
    irq_complete_move(desc);
    event_mask(desc);
    move_masked_irq(desc);
}

/*
 * It stays masked until the log is drained: unmasked before, it would come again
 * at once.
 */
static void cf_check event_end(struct irq_desc *desc, uint8_t vector)
{
    end_nonmaskable_irq(desc, vector);
}

static unsigned int msi_pos(const struct amd_unit *u)
{
    return pci_find_cap_offset(u->sbdf, PCI_CAP_ID_MSI);
}

static void program(struct amd_unit *u, unsigned int vector)
{
    unsigned int pos = msi_pos(u);
    uint16_t ctl;

    if ( u->ir.xt )
    {
        amd_write(u, AMD_XT_EVENT,
                  XT_DEST(u->msi.msg.dest32) | XT_VECTOR(vector) |
                  (u->msi.msg.address_lo & MSI_ADDR_DESTMODE_MASK
                   ? XT_DEST_MODE : 0));
        return;
    }

    ctl = pci_conf_read16(u->sbdf, pos + PCI_MSI_FLAGS);
    pci_conf_write32(u->sbdf, pos + PCI_MSI_ADDRESS_LO,
                     u->msi.msg.address_lo);
    pci_conf_write32(u->sbdf, pos + PCI_MSI_ADDRESS_HI, 0);
    pci_conf_write32(u->sbdf, pos + PCI_MSI_DATA_64, u->msi.msg.data);
    ctl &= ~PCI_MSI_FLAGS_QSIZE;
    pci_conf_write16(u->sbdf, pos + PCI_MSI_FLAGS, ctl | PCI_MSI_FLAGS_ENABLE);
}

static void cf_check event_set_affinity(struct irq_desc *desc,
                                        const cpumask_t *mask)
{
    struct amd_unit *u = unit_of(desc);
    unsigned int dest = set_desc_affinity(desc, mask);
    struct msi_msg msg;

    if ( dest == BAD_APICID )
    {
        printk(XENLOG_ERR "%s: no CPU for its interrupt\n", u->unit.name);
        return;
    }

    msi_compose_msg(desc->arch.vector, NULL, &msg);
    msg.dest32 = dest;
    msg.address_lo |= MSI_ADDR_DEST_ID(dest);
    u->msi.msg = msg;
    program(u, desc->arch.vector);
}

static hw_irq_controller event_irq_type = {
    .typename = "AMD_IOMMU",
    .startup = event_startup,
    .shutdown = event_mask,
    .enable = event_unmask,
    .disable = event_mask,
    .ack = event_ack,
    .end = event_end,
    .set_affinity = event_set_affinity,
};

int amd_irq_setup(struct amd_unit *u)
{
    struct irq_desc *desc;
    int irq, rc;

    if ( u->irq >= 0 )
        return 0;
    if ( !amd_acpi_has_msi() || (!u->ir.xt && !msi_pos(u)) )
        return -EPERM;

    irq = create_irq(u->node, false);
    if ( irq <= 0 )
        return irq ?: -ENOSPC;

    u->irq = irq;
    u->msi.irq = irq;
    u->msi.msi_attrib.pos = MSI_TYPE_IOMMU;
    u->msi.msi_attrib.maskbit = 1;
    u->msi.msi_attrib.is_64 = 1;

    desc = irq_to_desc(irq);
    desc->msi_desc = &u->msi;
    desc->handler = &event_irq_type;
    rc = request_irq(irq, 0, event_interrupt, "amd_iommu", u);
    if ( rc )
        amd_irq_free(u);

    return rc;
}

void amd_irq_free(struct amd_unit *u)
{
    if ( u->irq < 0 )
        return;

    u->irq_wanted = false;
    set_mask(u, true);
    destroy_irq(u->irq);
    u->irq = -1;
}

static void adjust_affinity(struct amd_unit *u)
{
    struct irq_desc *desc;
    unsigned long flags;

    if ( u->irq < 0 )
        return;

    desc = irq_to_desc(u->irq);
    spin_lock_irqsave(&desc->lock, flags);
    event_set_affinity(desc, NULL);
    spin_unlock_irqrestore(&desc->lock, flags);
}

void cf_check amd_adjust_irq_affinities(void)
{
    struct amd_unit *u;

    for_each_amd_unit ( u )
        adjust_affinity(u);
}

void amd_irq_program(struct amd_unit *u)
{
    if ( u->irq < 0 )
        return;

    adjust_affinity(u);
    u->irq_wanted = true;
    set_mask(u, false);
}

void amd_irq_unmask(struct amd_unit *u)
{
    if ( u->irq_wanted && u->msi.msi_attrib.host_masked )
        set_mask(u, false);
}
