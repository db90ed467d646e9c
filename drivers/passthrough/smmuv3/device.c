/* SPDX-License-Identifier: GPL-2.0-only */
/* The device side: which unit serves a dev, and what its stream entries say. */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>

#include "smmuv3.h"

/* Entries of more IDs than this are refetched with all others of the unit. */
#define MAX_REFETCH 16

static int cf_check smmu_probe(struct iommu_dev *dev)
{
    struct iommu_unit *unit = iommu_unit_of_fw(&smmu_driver, dev);
    const struct iommu_id_range *r;
    struct smmu_unit *u;

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

    dev->unit = unit;

    return 0;
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
 * Changes the entries of all IDs of @dev, but for those that another attached
 * dev uses as well unless @all.
 */
static void change(struct smmu_unit *u, const struct iommu_dev *dev, bool all,
                   step_fn *fn, const struct smmu_ste *ste)
{
    struct iommu_id_run run;
    unsigned long flags;
    uint64_t sid;

    for_each_iommu_run ( run, dev, all )
    {
        spin_lock_irqsave(&u->unit.lock, flags);
        for ( sid = run.first; sid <= run.last; sid++ )
            fn(u, sid, ste);
        spin_unlock_irqrestore(&u->unit.lock, flags);
    }
}

/*
 * Group lock held.  The dev is blocked afterwards, whatever is returned: memory
 * says abort, and a unit that did not take note of it has failed.  Entries
 * that another attached dev uses as well stay, unless @all.
 */
static int detach(struct smmu_unit *u, const struct iommu_dev *dev, bool all)
{
    change(u, dev, all, smmu_ste_abort, NULL);

    return refetch(u, dev);
}

static int cf_check smmu_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct smmu_unit *u = to_smmu(dev->unit);
    const struct iommu_id_range *r;
    struct smmu_ste ste;
    int rc;

    if ( u->unit.failed )
        return -EIO;

    /* Not at probe: tables are not allocated under pcidevs_lock. */
    for_each_iommu_id_range ( r, &dev->ids )
        if ( smmu_strtab_populate(u, r->first, r->last) )
            return -ENOMEM;

    rc = detach(u, dev, true);
    if ( rc )
        return rc;

    ste = smmu_ste_for(u, s2);
    change(u, dev, true, smmu_ste_fill, &ste);
    rc = refetch(u, dev);
    if ( !rc )
    {
        change(u, dev, true, smmu_ste_go, &ste);
        rc = refetch(u, dev);
    }
    if ( rc )
        detach(u, dev, true);

    return rc;
}

static void cf_check smmu_block(struct iommu_dev *dev)
{
    /* A failure was reported, and hardware that looks finds abort. */
    (void)detach(to_smmu(dev->unit), dev, false);
}

const struct iommu_dev_ops smmu_dev_ops = {
    .probe = smmu_probe,
    .table_config = smmu_table_config,
    .domain_alloc = smmu_domain_alloc,
    .attach = smmu_attach,
    .block = smmu_block,
};
