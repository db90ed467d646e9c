/* SPDX-License-Identifier: GPL-2.0-only */
/* The device side: which unit serves a dev, and what its streams do. */

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "smmuv2.h"

static int cf_check smmu2_probe(struct iommu_dev *dev)
{
    struct iommu_unit *unit = iommu_unit_of_fw(&smmu2_driver, dev);
    const struct iommu_id_range *r;
    struct smmu2_unit *u;
    struct smmu2_dev *sd;
    unsigned long flags;
    int rc;

    if ( !unit )
        return -ENODEV;
    u = to_smmu2(unit);

    for_each_iommu_id_range ( r, &dev->ids )
        if ( r->last >> u->sid_bits )
        {
            printk(XENLOG_ERR
                   "%s: stream ID %#x of %s is more than its %u bits\n",
                   unit->name, r->last, dev->name, u->sid_bits);
            return -EINVAL;
        }

    sd = xzalloc(struct smmu2_dev);
    if ( !sd )
        return -ENOMEM;

    rc = smmu2_entries_add(u, dev);
    if ( rc )
    {
        xfree(sd);
        return rc == -ENOMEM ? rc : -EINVAL;
    }

    sd->dev = dev;
    dev->unit = unit;
    dev->priv = sd;

    flags = smmu2_lock(u);
    list_add_tail(&sd->list, &u->devs);
    smmu2_unlock(u, flags);

    return 0;
}

static void cf_check smmu2_release(struct iommu_dev *dev)
{
    struct smmu2_unit *u = to_smmu2(dev->unit);
    struct smmu2_dev *sd = dev->priv;
    unsigned long flags;

    flags = smmu2_lock(u);
    list_del(&sd->list);
    smmu2_unlock(u, flags);
    smmu2_entries_prune(u);

    dev->priv = NULL;
    xfree(sd);
}

#define for_each_entry_of(e, u, dev)                                \
    list_for_each_entry ( e, &(u)->entries, list )                  \
        if ( smmu2_entry_is(e, dev) )

/* All of @dev's entries have a slot, or -ENOSPC and all is as it was. */
static int claim(struct smmu2_unit *u, const struct iommu_dev *dev)
{
    unsigned int need = 0, left = 0, n;
    struct smmu2_entry *e;
    unsigned long flags = smmu2_lock(u);

    for_each_entry_of ( e, u, dev )
        need += e->slot < 0;
    for ( n = 0; n < u->nr_slots; n++ )
        left += !u->slots[n].used;

    if ( need <= left )
        for_each_entry_of ( e, u, dev )
            if ( e->slot < 0 && !smmu2_slot_claim(u, e, u->s2cr_fault) )
                ASSERT_UNREACHABLE();
    smmu2_unlock(u, flags);

    if ( need <= left )
        return 0;

    printk(XENLOG_ERR
           "%s: %s needs %u stream matching entries, and %u of %u are left\n",
           u->unit.name, dev->name, need, left, u->nr_slots);

    return -ENOSPC;
}

/* Unit locked.  Streams of @e, which may be some other dev's as well, fault. */
static void fault(struct smmu2_unit *u, struct smmu2_entry *e, bool keep)
{
    e->busy = false;
    if ( e->slot < 0 )
        return;
    if ( keep )
        smmu2_slot_set(u, e, u->s2cr_fault);
    else
        smmu2_slot_release(u, e);
}

/*
 * Group lock held.  The dev is blocked afterwards, whatever is returned: its
 * streams fault, or the unit does not listen and has failed.  What another
 * attached dev has as well stays, unless @all; @keep its slots.  An entry is as
 * its first ID is.
 */
static int detach(struct smmu2_unit *u, const struct iommu_dev *dev, bool all,
                  bool keep)
{
    struct smmu2_entry *e;
    struct iommu_id_run run;
    unsigned long flags;

    for_each_iommu_run ( run, dev, all )
    {
        flags = smmu2_lock(u);
        list_for_each_entry ( e, &u->entries, list )
            if ( e->cube.id >= run.first && e->cube.id <= run.last )
                fault(u, e, keep);
        smmu2_unlock(u, flags);
    }

    return smmu2_forget(u);
}

/* Nothing of the dev's is cached, and all of its streams fault. */
static void go(struct smmu2_unit *u, const struct iommu_dev *dev,
               const struct s2_domain *s2)
{
    struct smmu2_entry *e;
    unsigned long flags = smmu2_lock(u);
    uint32_t s2cr = smmu2_s2cr_for(u, s2);

    for_each_entry_of ( e, u, dev )
        smmu2_slot_set(u, e, s2cr);
    /* The stores have arrived when this has. */
    (void)readl(smmu2_gr0(u, GR0_S2CR(0)));
    smmu2_unlock(u, flags);
}

static int cf_check smmu2_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct smmu2_unit *u = to_smmu2(dev->unit);
    int rc;

    if ( u->unit.failed )
        return -EIO;

    rc = claim(u, dev);
    if ( rc )
        return rc;

    rc = detach(u, dev, true, true);
    if ( rc )
        (void)detach(u, dev, true, false);
    else
        go(u, dev, s2);

    return rc;
}

static void cf_check smmu2_block(struct iommu_dev *dev)
{
    /* A failure was reported. */
    (void)detach(to_smmu2(dev->unit), dev, false, false);
}

const struct iommu_dev_ops smmu2_dev_ops = {
    .probe = smmu2_probe,
    .release = smmu2_release,
    .table_config = smmu2_table_config,
    .domain_alloc = smmu2_domain_alloc,
    .attach = smmu2_attach,
    .block = smmu2_block,
};
