/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device side: which unit serves a requester, and what its contexts say.
 *
 * A move from one domain to another goes through not valid: clear all contexts,
 * invalidate them and the old domain's tag (§6.3.1), set all contexts.
 */

#include <xen/lib.h>

#include "rviommu.h"

/*
 * Contexts of more IDs than this, and translations of more tags, are forgotten
 * together with all others of the unit.
 */
#define MAX_IDS  32
#define MAX_TAGS 4

static int cf_check rv_probe(struct iommu_dev *dev)
{
    struct iommu_unit *unit = iommu_unit_of_fw(&rv_driver, dev);
    const struct iommu_id_range *r;
    struct rv_unit *u;

    if ( !unit )
        return -ENODEV;

    u = to_rv_unit(unit);
    /* What the unit itself sends is not translated. */
    if ( dev->pdev && dev->sbdf.sbdf == u->desc.own_id )
        return -ENODEV;

    for_each_iommu_id_range ( r, &dev->ids )
        if ( !rv_ddt_holds(u, r->last) )
        {
            printk(XENLOG_ERR
                   "%s: device ID %#x of %s does not fit its directory of %u levels\n",
                   unit->name, r->last, dev->name, u->levels);
            return -EINVAL;
        }

    dev->unit = unit;

    return 0;
}

/* What has to be invalidated once contexts are cleared. */
struct cleared {
    unsigned int nr_ids, nr_tags;
    uint32_t id[MAX_IDS];
    uint16_t tag[MAX_TAGS];
};

static void note(struct cleared *c, uint32_t did, uint64_t iohgatp)
{
    uint16_t gscid = IOHGATP_GSCID_OF(iohgatp);
    unsigned int i;

    if ( c->nr_ids < MAX_IDS )
        c->id[c->nr_ids] = did;
    c->nr_ids++;

    if ( IOHGATP_MODE_OF(iohgatp) == IOHGATP_BARE )
        return;

    for ( i = 0; i < c->nr_tags && i < MAX_TAGS; i++ )
        if ( c->tag[i] == gscid )
            return;
    if ( c->nr_tags < MAX_TAGS )
        c->tag[c->nr_tags] = gscid;
    c->nr_tags++;
}

/* So that their number does not grow with that of the IDs. */
static unsigned int commands(const struct cleared *c, struct rv_cmd *cmd)
{
    unsigned int i, nr = 0;

    BUILD_BUG_ON(MAX_IDS + 2 * MAX_TAGS > RV_BATCH_MAX);

    if ( c->nr_ids > MAX_IDS )
        cmd[nr++] = rv_cmd_ddt_all();
    for ( i = 0; i < c->nr_ids && c->nr_ids <= MAX_IDS; i++ )
        cmd[nr++] = rv_cmd_ddt(c->id[i]);

    if ( c->nr_tags > MAX_TAGS )
    {
        cmd[nr++] = rv_cmd_vma_all();
        cmd[nr++] = rv_cmd_gvma_all();
    }
    for ( i = 0; i < c->nr_tags && c->nr_tags <= MAX_TAGS; i++ )
    {
        cmd[nr++] = rv_cmd_vma(c->tag[i]);
        cmd[nr++] = rv_cmd_gvma(c->tag[i]);
    }

    return nr;
}

/*
 * Group lock held.  The dev is blocked afterwards, whatever is returned; IDs
 * that another attached dev uses too only with @all.
 */
static int detach(struct rv_unit *u, const struct iommu_dev *dev, bool all)
{
    struct rv_cmd cmd[RV_BATCH_MAX];
    struct iommu_id_run run;
    struct cleared c;
    unsigned long flags;
    uint64_t iohgatp;
    unsigned int nr;
    uint32_t did;

    c.nr_ids = c.nr_tags = 0;

    for_each_iommu_run ( run, dev, all )
    {
        spin_lock_irqsave(&u->unit.lock, flags);
        /* IDs have 24 bits: nothing wraps. */
        for ( did = run.first; did <= run.last; did++ )
            if ( (all || !rv_ddt_silent(u, did)) &&
                 rv_ddt_clear(u, did, &iohgatp) )
                note(&c, did, iohgatp);
        spin_unlock_irqrestore(&u->unit.lock, flags);
    }

    nr = commands(&c, cmd);

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
    rc = rv_ddt_tables(u, did, did) ?: rv_ddt_nothing(u);
    if ( rc )
        return rc;

    spin_lock_irqsave(&unit->lock, flags);
    silent = rv_ddt_silent(u, did);
    done = !silent && rv_ddt_silence(u, did, rv_iohgatp_nothing(u));
    spin_unlock_irqrestore(&unit->lock, flags);

    return done ? rv_cmdq_run(u, &cmd, 1) : silent ? 0 : -EBUSY;
}

/* All contexts of the dev, which were not valid. */
static int set_all(struct rv_unit *u, const struct iommu_dev *dev,
                   uint64_t iohgatp)
{
    const struct iommu_ids *ids = &dev->ids;
    struct rv_cmd cmd[MAX_IDS];
    struct iommu_id_iter it;
    unsigned int nr = 0;
    unsigned long flags;

    for_each_iommu_id ( it, ids )
    {
        spin_lock_irqsave(&u->unit.lock, flags);
        rv_ddt_set(u, it.id, iohgatp);
        spin_unlock_irqrestore(&u->unit.lock, flags);

        if ( ids->nr_ids <= MAX_IDS )
            cmd[nr++] = rv_cmd_ddt(it.id);
    }
    if ( !nr )
        cmd[nr++] = rv_cmd_ddt_all();

    /* It may have joined old words to new ones, and have remembered that. */
    return rv_cmdq_run(u, cmd, nr);
}

static int cf_check rv_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct rv_unit *u = to_rv_unit(dev->unit);
    const struct iommu_id_range *r;
    int rc;

    if ( u->unit.failed )
        return -EIO;

    /* Not at probe: tables are not allocated under pcidevs_lock. */
    for_each_iommu_id_range ( r, &dev->ids )
        if ( rv_ddt_tables(u, r->first, r->last) )
            return -ENOMEM;

    rc = detach(u, dev, true);
    if ( rc )
        return rc;

    rc = set_all(u, dev, rv_iohgatp(s2));
    if ( rc )
        detach(u, dev, true);

    return rc;
}

static void cf_check rv_block(struct iommu_dev *dev)
{
    /* A failure was reported, and hardware that looks finds nothing. */
    (void)detach(to_rv_unit(dev->unit), dev, false);
}

const struct iommu_dev_ops rv_dev_ops = {
    .probe = rv_probe,
    .table_config = rv_table_config,
    .domain_alloc = rv_domain_alloc,
    .attach = rv_attach,
    .block = rv_block,
};
