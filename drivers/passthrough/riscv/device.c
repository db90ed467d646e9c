/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device side: which unit serves a requester, and what its contexts say.
 *
 * A move from one domain to another goes through not valid: clear all contexts,
 * invalidate them and the old domain's tag (§6.3.1), set all contexts.
 */

#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "rviommu.h"

static int cf_check rv_probe(struct iommu_dev *dev)
{
    struct iommu_unit *unit = iommu_unit_of_fw(&rv_driver, dev);
    struct rv_unit *u;
    struct rv_dev *rd;
    unsigned long flags;
    unsigned int i;

    if ( !unit )
        return -ENODEV;

    u = to_rv_unit(unit);
    /* What the unit itself sends is not translated. */
    if ( dev->pdev && dev->sbdf.sbdf == u->desc.own_id )
        return -ENODEV;

    for ( i = 0; i < dev->nr_ids; i++ )
        if ( !rv_ddt_holds(u, dev->ids[i]) )
        {
            printk(XENLOG_ERR
                   "%s: device ID %#x of %s does not fit its directory of %u levels\n",
                   unit->name, dev->ids[i], dev->name, u->levels);
            return -EINVAL;
        }

    rd = xzalloc(struct rv_dev);
    if ( !rd )
        return -ENOMEM;

    rd->dev = dev;
    dev->unit = unit;
    dev->priv = rd;

    spin_lock_irqsave(&unit->lock, flags);
    list_add_tail(&rd->list, &u->devs);
    spin_unlock_irqrestore(&unit->lock, flags);

    return 0;
}

static void cf_check rv_release(struct iommu_dev *dev)
{
    struct rv_unit *u = to_rv_unit(dev->unit);
    struct rv_dev *rd = dev->priv;
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    ASSERT(!rd->attached);
    list_del(&rd->list);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    dev->priv = NULL;
    xfree(rd);
}

/* Unit locked.  Does another attached dev of the unit use @did as well? */
static bool did_in_use(const struct rv_unit *u, const struct rv_dev *self,
                       uint32_t did)
{
    const struct rv_dev *rd;
    unsigned int i;

    list_for_each_entry ( rd, &u->devs, list )
    {
        if ( rd == self || !rd->attached )
            continue;
        for ( i = 0; i < rd->dev->nr_ids; i++ )
            if ( rd->dev->ids[i] == did )
                return true;
    }

    return false;
}

/* Adds what has to be invalidated for a context that said @iohgatp. */
static unsigned int undo_context(struct rv_cmd *cmd, unsigned int nr,
                                 uint32_t did, uint64_t iohgatp)
{
    uint16_t gscid = IOHGATP_GSCID_OF(iohgatp);
    struct rv_cmd vma = rv_cmd_vma(gscid);
    unsigned int i;

    cmd[nr++] = rv_cmd_ddt(did);
    if ( IOHGATP_MODE_OF(iohgatp) == IOHGATP_BARE )
        return nr;

    for ( i = 0; i < nr; i++ )
        if ( cmd[i].lo == vma.lo )
            return nr;

    cmd[nr++] = vma;
    cmd[nr++] = rv_cmd_gvma(gscid);

    return nr;
}

/*
 * Group lock held.  The dev is blocked afterwards, whatever is returned; IDs
 * that another attached dev uses too only with @all.
 */
static int detach(struct rv_unit *u, struct rv_dev *rd, bool all)
{
    struct rv_cmd cmd[RV_BATCH_MAX];
    unsigned int i, nr = 0;
    unsigned long flags;
    uint64_t iohgatp;

    BUILD_BUG_ON(3 * IOMMU_DEV_MAX_IDS > RV_BATCH_MAX);

    spin_lock_irqsave(&u->unit.lock, flags);
    for ( i = 0; i < rd->dev->nr_ids; i++ )
        if ( (all || (!did_in_use(u, rd, rd->dev->ids[i]) &&
                      !rv_ddt_silent(u, rd->dev->ids[i]))) &&
             rv_ddt_clear(u, rd->dev->ids[i], &iohgatp) )
            nr = undo_context(cmd, nr, rd->dev->ids[i], iohgatp);
    rd->attached = false;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return nr ? rv_cmdq_run(u, cmd, nr) : 0;
}

int cf_check rv_silence(struct iommu_unit *unit, uint32_t did)
{
    struct rv_unit *u = to_rv_unit(unit);
    struct rv_cmd cmd = rv_cmd_ddt(did);
    unsigned long flags;
    bool done, silent;
    int rc;

    if ( !rv_ddt_holds(u, did) )
        return -EOPNOTSUPP;
    rc = rv_ddt_table(u, did) ?: rv_ddt_nothing(u);
    if ( rc )
        return rc;

    spin_lock_irqsave(&unit->lock, flags);
    silent = rv_ddt_silent(u, did);
    done = !silent && rv_ddt_silence(u, did, rv_iohgatp_nothing(u));
    spin_unlock_irqrestore(&unit->lock, flags);

    return done ? rv_cmdq_run(u, &cmd, 1) : silent ? 0 : -EBUSY;
}

static int cf_check rv_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct rv_unit *u = to_rv_unit(dev->unit);
    struct rv_cmd cmd[IOMMU_DEV_MAX_IDS];
    struct rv_dev *rd = dev->priv;
    unsigned long flags;
    unsigned int i;
    int rc;

    if ( s2->type == S2_BLOCKED )
        return detach(u, rd, false);

    if ( u->unit.failed )
        return -EIO;

    /* Not at probe: tables are not allocated under pcidevs_lock. */
    for ( i = 0; i < dev->nr_ids; i++ )
        if ( rv_ddt_table(u, rd->dev->ids[i]) )
            return -ENOMEM;

    rc = detach(u, rd, true);
    if ( rc )
        return rc;

    spin_lock_irqsave(&u->unit.lock, flags);
    for ( i = 0; i < dev->nr_ids; i++ )
    {
        rv_ddt_set(u, rd->dev->ids[i], rv_iohgatp(s2));
        cmd[i] = rv_cmd_ddt(rd->dev->ids[i]);
    }
    rd->attached = true;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    /* It may have joined old words to new ones, and have remembered that. */
    rc = rv_cmdq_run(u, cmd, dev->nr_ids);
    if ( rc )
        detach(u, rd, true);

    return rc;
}

static void cf_check rv_block(struct iommu_dev *dev)
{
    /* A failure was reported, and hardware that looks finds nothing. */
    (void)detach(to_rv_unit(dev->unit), dev->priv, false);
}

const struct iommu_dev_ops rv_dev_ops = {
    .probe = rv_probe,
    .release = rv_release,
    .table_config = rv_table_config,
    .domain_alloc = rv_domain_alloc,
    .domain_free = s2_domain_free,
    .attach = rv_attach,
    .block = rv_block,
    .compatible = rv_compatible,
};
