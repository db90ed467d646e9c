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

static struct rv_unit *unit_of(uint32_t phandle)
{
    struct rv_unit *u;

    for_each_rv_unit ( u )
        if ( u->desc.phandle == phandle )
            return u;

    return NULL;
}

/* All requester IDs of a dev have to lead to one unit. */
static int map_ids(const struct iommu_dev *dev, struct rv_dev *rd,
                   struct rv_unit **unit)
{
    unsigned int i;

    *unit = NULL;
    for ( i = 0; i < dev->nr_ids; i++ )
    {
        uint32_t phandle;
        struct rv_unit *u;
        int rc = riscv_iommu_map_id(dev, dev->ids[i], &phandle, &rd->did[i]);

        u = rc ? NULL : unit_of(phandle);
        if ( !i && !u )
            return rc ?: -ENODEV;
        if ( i && u != *unit )
        {
            printk(XENLOG_ERR
                   "RISC-V IOMMU: %s's ID %#x is another unit's than its ID %#x\n",
                   dev->name, dev->ids[i], dev->ids[0]);
            return -EINVAL;
        }
        *unit = u;

        if ( !rv_ddt_holds(u, rd->did[i]) )
        {
            printk(XENLOG_ERR
                   "%s: device ID %#x of %s does not fit its directory of %u levels\n",
                   u->unit.name, rd->did[i], dev->name, u->levels);
            return -EINVAL;
        }
    }

    return *unit ? 0 : -ENODEV;
}

static int cf_check rv_probe(struct iommu_dev *dev)
{
    struct rv_dev *rd;
    unsigned long flags;
    struct rv_unit *u;
    int rc;

    rd = xzalloc(struct rv_dev);
    if ( !rd )
        return -ENOMEM;

    rc = map_ids(dev, rd, &u);
    /* What the unit itself sends is not translated (§5.18, §3.1). */
    if ( !rc && dev->pdev && dev->sbdf.sbdf == u->desc.own_id )
        rc = -ENODEV;
    if ( rc )
    {
        xfree(rd);
        return rc;
    }

    rd->dev = dev;
    dev->unit = &u->unit;
    dev->priv = rd;

    spin_lock_irqsave(&u->unit.lock, flags);
    list_add_tail(&rd->list, &u->devs);
    spin_unlock_irqrestore(&u->unit.lock, flags);

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
            if ( rd->did[i] == did )
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
        if ( (all || !did_in_use(u, rd, rd->did[i])) &&
             rv_ddt_clear(u, rd->did[i], &iohgatp) )
            nr = undo_context(cmd, nr, rd->did[i], iohgatp);
    rd->attached = false;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return nr ? rv_cmdq_run(u, cmd, nr) : 0;
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
        if ( rv_ddt_table(u, rd->did[i]) )
            return -ENOMEM;

    rc = detach(u, rd, true);
    if ( rc )
        return rc;

    spin_lock_irqsave(&u->unit.lock, flags);
    for ( i = 0; i < dev->nr_ids; i++ )
    {
        rv_ddt_set(u, rd->did[i], rv_iohgatp(s2));
        cmd[i] = rv_cmd_ddt(rd->did[i]);
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
    .domain_free = rv_domain_free,
    .attach = rv_attach,
    .block = rv_block,
    .compatible = rv_compatible,
};
