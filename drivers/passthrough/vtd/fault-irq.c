/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fault event interrupt: a message-signalled interrupt of the unit itself,
 * VT-d rev 4.1, §7.3.  It is not subject to interrupt remapping.
 */

#include <xen/init.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/nodemask.h>
#include <xen/smp.h>

#include <asm/apic.h>
#include <asm/irq.h>

#include "vtd.h"

static void cf_check fault_interrupt(int irq, void *dev_id)
{
    /* No further event comes until the pending records are drained. */
    vtd_fault_kick();
}

static struct vtd_unit *unit_of(const struct irq_desc *desc)
{
    return container_of(desc->msi_desc, struct vtd_unit, msi);
}

static void cf_check fault_unmask(struct irq_desc *desc)
{
    struct vtd_unit *u = unit_of(desc);

    vtd_writel(u, VTD_FECTL, 0);
    u->msi.msi_attrib.host_masked = false;
}

static void cf_check fault_mask(struct irq_desc *desc)
{
    struct vtd_unit *u = unit_of(desc);

    vtd_writel(u, VTD_FECTL, FECTL_IM);
    u->msi.msi_attrib.host_masked = true;
}

/*
 * Unmasking is left to vtd_fault_irq_program(): a fault that firmware left
 * pending would send its message at once, to where no message is programmed.
 */
static unsigned int cf_check fault_startup(struct irq_desc *desc)
{
    return 0;
}

static void cf_check fault_ack(struct irq_desc *desc)
{
    irq_complete_move(desc);
    fault_mask(desc);
    move_masked_irq(desc);
}

static void cf_check fault_end(struct irq_desc *desc, uint8_t vector)
{
    fault_unmask(desc);
    end_nonmaskable_irq(desc, vector);
}

static void program(struct vtd_unit *u)
{
    vtd_writel(u, VTD_FEDATA, u->msi.msg.data);
    vtd_writel(u, VTD_FEADDR, u->msi.msg.address_lo);
    /* §11.4.7: reserved where there are no extended destinations. */
    if ( x2apic_enabled )
        vtd_writel(u, VTD_FEUADDR, u->msi.msg.address_hi);
}

static void cf_check fault_set_affinity(struct irq_desc *desc,
                                        const cpumask_t *mask)
{
    struct vtd_unit *u = unit_of(desc);
    unsigned int dest = set_desc_affinity(desc, mask);
    struct msi_msg msg;

    if ( dest == BAD_APICID )
    {
        printk(XENLOG_ERR "%s: no CPU for its fault interrupt\n", u->unit.name);
        return;
    }

    msi_compose_msg(desc->arch.vector, NULL, &msg);
    msg.dest32 = dest;
    if ( x2apic_enabled )
        msg.address_hi = dest & 0xffffff00U;
    msg.address_lo |= MSI_ADDR_DEST_ID(dest);
    u->msi.msg = msg;
    program(u);
}

static hw_irq_controller fault_irq_type = {
    .typename = "DMA_MSI",
    .startup = fault_startup,
    .shutdown = fault_mask,
    .enable = fault_unmask,
    .disable = fault_mask,
    .ack = fault_ack,
    .end = fault_end,
    .set_affinity = fault_set_affinity,
};

int __init vtd_fault_irq_setup(struct vtd_unit *u)
{
    struct irq_desc *desc;
    int irq, rc;

    if ( !vtd_acpi_has_msi() )
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
    desc->handler = &fault_irq_type;
    rc = request_irq(irq, 0, fault_interrupt, "dmar", u);
    if ( rc )
        vtd_fault_irq_free(u);

    return rc;
}

void vtd_fault_irq_free(struct vtd_unit *u)
{
    if ( u->irq < 0 )
        return;

    vtd_writel(u, VTD_FECTL, FECTL_IM);
    destroy_irq(u->irq);
    u->irq = -1;
}

static void adjust_affinity(struct vtd_unit *u)
{
    const cpumask_t *mask = NULL;
    struct irq_desc *desc;
    unsigned long flags;

    if ( u->irq < 0 )
        return;

    if ( u->node < MAX_NUMNODES && node_online(u->node) &&
         cpumask_intersects(&node_to_cpumask(u->node), &cpu_online_map) )
        mask = &node_to_cpumask(u->node);

    desc = irq_to_desc(u->irq);
    spin_lock_irqsave(&desc->lock, flags);
    fault_set_affinity(desc, mask);
    spin_unlock_irqrestore(&desc->lock, flags);
}

void vtd_adjust_irq_affinities(void)
{
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
        adjust_affinity(u);
}

void vtd_fault_irq_program(struct vtd_unit *u)
{
    adjust_affinity(u);
    /* Without one there is no message that could be sent. */
    vtd_writel(u, VTD_FECTL, u->irq < 0 ? FECTL_IM : 0);
}
