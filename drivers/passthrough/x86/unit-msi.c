/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupts of x86 units themselves: see unit-msi.h. */
#include <xen/cpumask.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/nodemask.h>
#include <xen/numa.h>
#include <xen/smp.h>

#include <asm/apic.h>
#include <asm/irq.h>

#include <iommu-groups/unit-msi.h>

static struct iommu_unit_msi *msi_of(const struct irq_desc *desc)
{
    return container_of(desc->msi_desc, struct iommu_unit_msi, desc);
}

static void set_mask(struct iommu_unit_msi *m, bool mask)
{
    m->ops->mask(m->unit, mask);
    m->desc.msi_attrib.host_masked = mask;
}

static void cf_check msi_interrupt(int irq, void *dev_id)
{
    const struct iommu_unit_msi *m = dev_id;

    /* No further one comes until what it tells of is drained. */
    m->ops->kick();
}

static void cf_check msi_unmask(struct irq_desc *desc)
{
    set_mask(msi_of(desc), false);
}

static void cf_check msi_mask(struct irq_desc *desc)
{
    set_mask(msi_of(desc), true);
}

/*
 * Unmasking is left to iommu_unit_msi_start(): a fault that firmware left
 * pending would send its message at once, to where no message is programmed.
 */
static unsigned int cf_check msi_startup(struct irq_desc *desc)
{
    return 0;
}

static void cf_check msi_ack(struct irq_desc *desc)
{
    irq_complete_move(desc);
    msi_mask(desc);
    move_masked_irq(desc);
}

static void cf_check msi_end(struct irq_desc *desc, uint8_t vector)
{
    if ( !msi_of(desc)->mask_until_drained )
        msi_unmask(desc);
    end_nonmaskable_irq(desc, vector);
}

static void cf_check msi_set_affinity(struct irq_desc *desc,
                                      const cpumask_t *mask)
{
    struct iommu_unit_msi *m = msi_of(desc);
    unsigned int dest = set_desc_affinity(desc, mask);
    struct msi_msg msg;

    if ( dest == BAD_APICID )
    {
        printk(XENLOG_ERR "%s: no CPU for its interrupt\n", m->unit->name);
        return;
    }

    msi_compose_msg(desc->arch.vector, NULL, &msg);
    msg.dest32 = dest;
    if ( x2apic_enabled )
        msg.address_hi = dest & 0xffffff00U;
    msg.address_lo |= MSI_ADDR_DEST_ID(dest);
    m->desc.msg = msg;
    m->ops->program(m->unit, &msg, desc->arch.vector);
}

static hw_irq_controller unit_irq_type = {
    .typename = "IOMMU",
    .startup = msi_startup,
    .shutdown = msi_mask,
    .enable = msi_unmask,
    .disable = msi_mask,
    .ack = msi_ack,
    .end = msi_end,
    .set_affinity = msi_set_affinity,
};

int iommu_unit_msi_setup(struct iommu_unit_msi *m)
{
    struct irq_desc *desc;
    int irq, rc;

    irq = create_irq(m->node, false);
    if ( irq <= 0 )
        return irq ?: -ENOSPC;

    m->irq = irq;
    m->desc.irq = irq;
    m->desc.msi_attrib.pos = MSI_TYPE_IOMMU;
    m->desc.msi_attrib.maskbit = 1;
    m->desc.msi_attrib.is_64 = 1;

    desc = irq_to_desc(irq);
    desc->msi_desc = &m->desc;
    desc->handler = &unit_irq_type;
    rc = request_irq(irq, 0, msi_interrupt, "iommu", m);
    if ( rc )
        iommu_unit_msi_free(m);

    return rc;
}

void iommu_unit_msi_free(struct iommu_unit_msi *m)
{
    if ( m->irq <= 0 )
        return;

    set_mask(m, true);
    destroy_irq(m->irq);
    m->irq = 0;
}

void iommu_unit_msi_retarget(struct iommu_unit_msi *m)
{
    const cpumask_t *mask = NULL;
    struct irq_desc *desc;
    unsigned long flags;

    if ( m->irq <= 0 )
        return;

    if ( m->node < MAX_NUMNODES && node_online(m->node) &&
         cpumask_intersects(&node_to_cpumask(m->node), &cpu_online_map) )
        mask = &node_to_cpumask(m->node);

    desc = irq_to_desc(m->irq);
    spin_lock_irqsave(&desc->lock, flags);
    msi_set_affinity(desc, mask);
    spin_unlock_irqrestore(&desc->lock, flags);
}

void iommu_unit_msi_start(struct iommu_unit_msi *m)
{
    iommu_unit_msi_retarget(m);
    set_mask(m, m->irq <= 0);
}

void iommu_unit_msi_unmask(struct iommu_unit_msi *m)
{
    if ( m->desc.msi_attrib.host_masked )
        set_mask(m, false);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
