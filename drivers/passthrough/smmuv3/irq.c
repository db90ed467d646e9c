/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The unit's own interrupts, §3.18: wires, or messages that the unit writes
 * where the architecture's code says.  Either way a tasklet does the work.
 */

#include <xen/init.h>
#include <xen/irq.h>
#include <xen/lib.h>

#include "smmuv3.h"

static void cf_check interrupt(int irq, void *dev_id)
{
    struct smmu_unit *u = dev_id;

    iommu_backoff_kick(&u->backoff, &u->tasklet);
}

static int __init request(struct smmu_unit *u, int irq, int *kept)
{
    int rc = irq > 0 ? request_irq(irq, 0, interrupt, "smmuv3", u) : 0;

    if ( !rc && irq > 0 )
        *kept = irq;

    return rc;
}

int __init smmu_irq_setup(struct smmu_unit *u)
{
    const struct smmuv3_desc *desc = &u->desc;
    int rc;

    if ( desc->irq_combined > 0 )
    {
        rc = request(u, desc->irq_combined, &u->irq[0]);
        u->irq_ctrl = IRQ_GERROR | IRQ_EVENTQ;
    }
    else
    {
        rc = request(u, desc->irq_evtq, &u->irq[0]);
        if ( !rc && desc->irq_gerror != desc->irq_evtq )
            rc = request(u, desc->irq_gerror, &u->irq[1]);
        u->irq_ctrl = (desc->irq_evtq > 0 ? IRQ_EVENTQ : 0) |
                      (desc->irq_gerror > 0 ? IRQ_GERROR : 0);
    }

    if ( rc )
        smmu_irq_free(u);
    else if ( u->irq_ctrl != (IRQ_GERROR | IRQ_EVENTQ) )
    {
        u->unit.polled = true;
        printk(XENLOG_WARNING "SMMUv3: %s: no interrupt for %s: polled\n",
               desc->where, u->irq_ctrl & IRQ_EVENTQ ? "errors" : "events");
    }

    return rc;
}

void smmu_irq_free(struct smmu_unit *u)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(u->irq); i++ )
    {
        if ( u->irq[i] )
            release_irq(u->irq[i], u);
        u->irq[i] = 0;
    }

    iommu_backoff_stop(&u->backoff);
    tasklet_kill(&u->tasklet);
}

/* §6.3 (IRQ_CFG0..2): an address of 0 means the wire. */
static void program(const struct smmu_unit *u, unsigned int cfg0,
                    const struct smmuv3_msi *msi)
{
    bool use = IDR0_MSI(u->idr0) && msi->addr;

    if ( !IDR0_MSI(u->idr0) )
        return;

    smmu_writeq(u, cfg0, use ? msi->addr & IRQ_CFG0_ADDR : 0);
    smmu_writel(u, cfg0 + IRQ_CFG1, use ? msi->data : 0);
    smmu_writel(u, cfg0 + IRQ_CFG2, use ? IRQ_CFG2_DEVICE : 0);
}

bool smmu_irq_enable(struct smmu_unit *u)
{
    program(u, SMMU_GERROR_IRQ_CFG0, &u->desc.msi_gerror);
    program(u, SMMU_EVENTQ_IRQ_CFG0, &u->desc.msi_evtq);
    smmu_writel(u, SMMU_IRQ_CTRL, u->irq_ctrl);

    return smmu_wait(u, SMMU_IRQ_CTRLACK, IRQ_GERROR | IRQ_EVENTQ,
                     u->irq_ctrl);
}
