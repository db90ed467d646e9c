/* SPDX-License-Identifier: GPL-2.0-only */
/* The device side: which unit serves a dev, and what its stream entries say. */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "smmuv3.h"

/* Entries of more IDs than this are refetched with all others of the unit. */
#define MAX_REFETCH 16

/* Entries that are changed under one hold of unit->lock: a power of two. */
#define LOCKED_RUN 256

static int cf_check smmu_probe(struct iommu_dev *dev)
{
    struct iommu_unit *unit = iommu_unit_of_fw(&smmu_driver, dev);
    struct smmu_unit *u;
    const struct iommu_id_range *r;
    struct smmu_dev *sd;
    unsigned long flags;

    if ( !unit )
        return -ENODEV;
    u = to_smmu(unit);

    for_each_iommu_id_range ( r, &dev->ids )
        if ( !smmu_sid_valid(u, r->last) )
        {
            printk(XENLOG_ERR
                   "%s: stream ID %#x of %s is more than its %u bits\n",
                   u->unit.name, r->last, dev->name, u->strtab.sid_bits);
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

/*
 * Unit locked.  Does another attached dev of the unit use @sid as well?  *@last
 * is lowered to where the answer may change.
 */
static bool in_use(const struct smmu_unit *u, const struct smmu_dev *self,
                   uint32_t sid, uint32_t *last)
{
    const struct smmu_dev *sd;
    bool used = false;

    list_for_each_entry ( sd, &u->devs, list )
        if ( sd != self && sd->attached &&
             iommu_ids_run(&sd->dev->ids, sid, last) )
            used = true;

    return used;
}

/* Waits until hardware has seen the last change of all of @dev's entries. */
static int refetch(struct smmu_unit *u, const struct iommu_dev *dev)
{
    struct smmu_cmd cmd[MAX_REFETCH];
    struct iommu_id_iter it;
    unsigned int nr = 0;

    BUILD_BUG_ON(MAX_REFETCH > SMMU_BATCH_MAX);

    if ( dev->ids.nr_ids > MAX_REFETCH )
        cmd[nr++] = smmu_cmd_cfgi_all();
    else
        for_each_iommu_id ( it, &dev->ids )
            cmd[nr++] = smmu_cmd_cfgi_ste(it.id);

    return smmu_run(u, cmd, nr);
}

typedef void step_fn(struct smmu_unit *u, uint32_t sid,
                     const struct smmu_ste *ste);

/*
 * Changes the entries of all IDs of @sd, but for those that another attached
 * dev uses as well unless @all.
 */
static void change(struct smmu_unit *u, const struct smmu_dev *sd, bool all,
                   step_fn *fn, const struct smmu_ste *ste)
{
    const struct iommu_id_range *r;
    unsigned long flags;

    for_each_iommu_id_range ( r, &sd->dev->ids )
    {
        uint64_t sid = r->first;

        while ( sid <= r->last )
        {
            /* So many under one lock. */
            uint32_t last = min(r->last, (uint32_t)sid | (LOCKED_RUN - 1));

            spin_lock_irqsave(&u->unit.lock, flags);
            if ( !all && in_use(u, sd, sid, &last) )
                sid = last + 1ULL;
            for ( ; sid <= last; sid++ )
                fn(u, sid, ste);
            spin_unlock_irqrestore(&u->unit.lock, flags);
        }
    }
}

static void set_attached(struct smmu_unit *u, struct smmu_dev *sd, bool attached)
{
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    sd->attached = attached;
    spin_unlock_irqrestore(&u->unit.lock, flags);
}

/*
 * Group lock held.  The dev is blocked afterwards, whatever is returned: memory
 * says abort, and a unit that did not take note of it has failed.  Entries
 * that another attached dev uses as well stay, unless @all.
 */
static int detach(struct smmu_unit *u, struct smmu_dev *sd, bool all)
{
    change(u, sd, all, smmu_ste_abort, NULL);
    set_attached(u, sd, false);

    return refetch(u, sd->dev);
}

static int cf_check smmu_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct smmu_unit *u = to_smmu(dev->unit);
    struct smmu_dev *sd = dev->priv;
    const struct iommu_id_range *r;
    struct smmu_ste ste;
    int rc;

    if ( s2->type == S2_BLOCKED )
        return detach(u, sd, false);

    if ( u->unit.failed )
        return -EIO;

    /* Not at probe: tables are not allocated under pcidevs_lock. */
    for_each_iommu_id_range ( r, &dev->ids )
        if ( smmu_strtab_populate(u, r->first, r->last) )
            return -ENOMEM;

    rc = detach(u, sd, true);
    if ( rc )
        return rc;

    ste = smmu_ste_for(u, s2);
    set_attached(u, sd, true);

    change(u, sd, true, smmu_ste_fill, &ste);
    rc = refetch(u, dev);
    if ( !rc )
    {
        change(u, sd, true, smmu_ste_go, &ste);
        rc = refetch(u, dev);
    }
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
