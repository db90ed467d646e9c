/* SPDX-License-Identifier: GPL-2.0-only */
/* The device side: which unit serves a dev, and what its stream entries say. */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "smmuv3.h"

static int cf_check smmu_probe(struct iommu_dev *dev)
{
    struct iommu_unit *unit = iommu_unit_of_fw(&smmu_driver, dev);
    struct smmu_unit *u;
    struct smmu_dev *sd;
    unsigned long flags;
    unsigned int i;

    if ( !unit )
        return -ENODEV;
    u = to_smmu(unit);

    for ( i = 0; i < dev->nr_ids; i++ )
        if ( !smmu_sid_valid(u, dev->ids[i]) )
        {
            printk(XENLOG_ERR
                   "%s: stream ID %#x of %s is more than its %u bits\n",
                   u->unit.name, dev->ids[i], dev->name, u->strtab.sid_bits);
            return -EINVAL;
        }

    sd = xzalloc(struct smmu_dev);
    if ( !sd )
        return -ENOMEM;

    sd->dev = dev;
    dev->unit = unit;
    dev->priv = sd;

    spin_lock_irqsave(&u->unit.lock, flags);
    list_add_tail(&sd->list, &u->devs);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return 0;
}

static void cf_check smmu_release(struct iommu_dev *dev)
{
    struct smmu_unit *u = to_smmu(dev->unit);
    struct smmu_dev *sd = dev->priv;
    unsigned long flags;

    ASSERT(!sd->attached);

    spin_lock_irqsave(&u->unit.lock, flags);
    list_del(&sd->list);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    dev->priv = NULL;
    xfree(sd);
}

/* Unit locked.  Does another attached dev of the unit use @sid as well? */
static bool sid_in_use(const struct smmu_unit *u, const struct smmu_dev *self,
                       uint32_t sid)
{
    const struct smmu_dev *sd;
    unsigned int i;

    list_for_each_entry ( sd, &u->devs, list )
    {
        if ( sd == self || !sd->attached )
            continue;
        for ( i = 0; i < sd->dev->nr_ids; i++ )
            if ( sd->dev->ids[i] == sid )
                return true;
    }

    return false;
}

/* Waits until hardware has seen the last change of all of @dev's entries. */
static int refetch(struct smmu_unit *u, const struct iommu_dev *dev)
{
    struct smmu_cmd cmd[IOMMU_DEV_MAX_IDS];
    unsigned int i;

    BUILD_BUG_ON(IOMMU_DEV_MAX_IDS > SMMU_BATCH_MAX);

    for ( i = 0; i < dev->nr_ids; i++ )
        cmd[i] = smmu_cmd_cfgi_ste(dev->ids[i]);

    return smmu_run(u, cmd, i);
}

/*
 * Group lock held.  The dev is blocked afterwards, whatever is returned: memory
 * says abort, and a unit that did not take note of it has failed.  Entries
 * that another attached dev uses as well stay, unless @all.
 */
static int detach(struct smmu_unit *u, struct smmu_dev *sd, bool all)
{
    const struct iommu_dev *dev = sd->dev;
    unsigned long flags;
    unsigned int i;

    spin_lock_irqsave(&u->unit.lock, flags);
    for ( i = 0; i < dev->nr_ids; i++ )
        if ( all || !sid_in_use(u, sd, dev->ids[i]) )
            smmu_ste_abort(u, dev->ids[i]);
    sd->attached = false;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return refetch(u, dev);
}

typedef void step_fn(struct smmu_unit *u, uint32_t sid,
                     const struct smmu_ste *ste);

static int step(struct smmu_unit *u, const struct iommu_dev *dev, step_fn *fn,
                const struct smmu_ste *ste)
{
    unsigned long flags;
    unsigned int i;

    spin_lock_irqsave(&u->unit.lock, flags);
    for ( i = 0; i < dev->nr_ids; i++ )
        fn(u, dev->ids[i], ste);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return refetch(u, dev);
}

static int cf_check smmu_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct smmu_unit *u = to_smmu(dev->unit);
    struct smmu_dev *sd = dev->priv;
    struct smmu_ste ste;
    unsigned long flags;
    unsigned int i;
    int rc;

    if ( s2->type == S2_BLOCKED )
        return detach(u, sd, false);

    if ( u->unit.failed )
        return -EIO;

    /* Not at probe: tables are not allocated under pcidevs_lock. */
    for ( i = 0; i < dev->nr_ids; i++ )
        if ( smmu_strtab_populate(u, dev->ids[i]) )
            return -ENOMEM;

    rc = detach(u, sd, true);
    if ( rc )
        return rc;

    ste = smmu_ste_for(u, s2);

    spin_lock_irqsave(&u->unit.lock, flags);
    sd->attached = true;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    rc = step(u, dev, smmu_ste_fill, &ste) ?: step(u, dev, smmu_ste_go, &ste);
    if ( rc )
        detach(u, sd, true);

    return rc;
}

static void cf_check smmu_block(struct iommu_dev *dev)
{
    /* A failure was reported, and hardware that looks finds abort. */
    (void)detach(to_smmu(dev->unit), dev->priv, false);
}

/* No group changes during boot, and what is found blocked stays so. */
void __init smmuv3_settle(void)
{
    struct smmu_unit *u;
    struct smmu_dev *sd;

    for_each_smmu ( u )
        list_for_each_entry ( sd, &u->devs, list )
            if ( u->busy && !sd->attached )
                (void)detach(u, sd, false);
}

const struct iommu_dev_ops smmu_dev_ops = {
    .probe = smmu_probe,
    .release = smmu_release,
    .table_config = smmu_table_config,
    .domain_alloc = smmu_domain_alloc,
    .domain_free = s2_domain_free,
    .attach = smmu_attach,
    .block = smmu_block,
    .compatible = smmu_compatible,
};
