/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The unit's own interrupts: one or more for global faults, and one for each
 * context bank; but several may be the same wire, and other units' as well.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "smmuv2.h"

static void cf_check interrupt(int irq, void *dev_id)
{
    struct smmu2_unit *u = dev_id;

    if ( smmu2_mute(u) )
        iommu_backoff_kick(&u->backoff, &u->tasklet);
}

static bool __init is_known(const struct smmu2_unit *u, int irq)
{
    unsigned int i;

    for ( i = 0; i < u->nr_irqs; i++ )
        if ( u->irqs[i] == irq )
            return true;

    return false;
}

/* Is there a wire for whatever may fault? */
static bool __init is_wired(const struct smmuv2_desc *desc,
                            unsigned int nr_banks)
{
    unsigned int nr = desc->nr_irqs - desc->nr_global, i;

    nr = min(nr, nr_banks);
    if ( !desc->nr_global || nr < (desc->version > 1 ? nr_banks : 1) )
        return false;

    for ( i = 0; i < desc->nr_global + nr; i++ )
        if ( desc->irqs[i] <= 0 )
            return false;

    return true;
}

int __init smmu2_irq_setup(struct smmu2_unit *u)
{
    const struct smmuv2_desc *desc = &u->desc;
    /* No more than what may fault here. */
    unsigned int nr = min(desc->nr_irqs, desc->nr_global + u->nr_banks), i;
    int rc = 0;

    u->wired = is_wired(desc, u->nr_banks);
    if ( !u->wired )
    {
        u->unit.polled = true;
        printk(XENLOG_WARNING
               "SMMUv2: %s: no interrupt for some of its faults: polled\n",
               desc->where);
        return 0;
    }

    u->irqs = xzalloc_array(int, nr);
    if ( !u->irqs )
        return -ENOMEM;

    for ( i = 0; !rc && i < nr; i++ )
    {
        if ( is_known(u, desc->irqs[i]) )
            continue;
        rc = request_irq(desc->irqs[i], IRQF_SHARED, interrupt, "smmuv2", u);
        if ( !rc )
            u->irqs[u->nr_irqs++] = desc->irqs[i];
    }

    if ( rc )
        smmu2_irq_free(u);

    return rc;
}

void smmu2_irq_free(struct smmu2_unit *u)
{
    while ( u->nr_irqs )
        release_irq(u->irqs[--u->nr_irqs], u);
    XFREE(u->irqs);

    iommu_backoff_stop(&u->backoff);
    tasklet_kill(&u->tasklet);
}
