/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device side: which unit serves a function, and what its entries say.
 *
 * A move from one domain to another stores the new half of each entry at once.
 * Then the unit is told to forget the entries, and what it has of the old
 * domain's pages under that domain's own ID (2.4.2, 2.4.3).
 */

#include <xen/lib.h>
#include <xen/xmalloc.h>

#include <iommu-groups/ats.h>

#include "amd.h"
#include "setup.h"

/* Entries and domains that are named one by one; above that, everything. */
#define MAX_IDS         32
#define MAX_DOMAINS     8

static int add_alias(struct iommu_dev *dev, uint16_t alias)
{
    return iommu_dev_has_id(dev, alias) ? 0
           : iommu_dev_add_ids(dev, alias, alias);
}

static int cf_check amd_probe(struct iommu_dev *dev)
{
    struct amd_found found;
    struct amd_dev *ad;
    struct amd_unit *u;

    if ( !dev->pdev )
        return -ENODEV;

    amd_ivrs_find_pdev(&amd_ivrs, dev->pdev, &found);
    if ( found.claim == AMD_CLAIM_TWO )
    {
        printk(XENLOG_WARNING IVRS_AT "%s is unit %u's and unit %u's\n",
               IVRS_AT_ARGS(&amd_ivrs, found.other->offset), dev->name,
               found.ivhd->index, found.other->index);
        return -EINVAL;
    }

    u = amd_unit_of(found.ivhd);
    dev->told = found.ivhd && !u;
    if ( !u )
        return -ENODEV;

    ad = xzalloc(struct amd_dev);
    if ( !ad || (dev->id == dev->sbdf.bdf && add_alias(dev, found.alias)) )
    {
        xfree(ad);
        return -ENOMEM;
    }

    if ( ats_enabled && (u->cap & CAP_IOTLB_SUP) && !found.no_ats )
        iommu_ats_probe(dev);

    dev->unit = &u->unit;
    dev->hwdom_only = found.claim == AMD_CLAIM_DOUBTFUL;
    dev->priv = ad;

    return 0;
}

static void cf_check amd_release(struct iommu_dev *dev)
{
    struct amd_unit *u = to_amd_unit(dev->unit);
    const struct amd_dev *ad = dev->priv;

    iommu_ats_release(dev);
    if ( ad->remapped )
        amd_ir_remove(&u->ir, &dev->ids);
    XFREE(dev->priv);
}

/* What hardware has to forget once entries have changed. */
struct changed {
    unsigned int nr_ids, nr_domains;
    uint16_t id[MAX_IDS], domain[MAX_DOMAINS];
};

static void note(struct changed *c, uint16_t id, struct amd_dte_half old)
{
    uint16_t domain = DTE_DOMAIN(old.w[1]);
    unsigned int i;

    if ( c->nr_ids < MAX_IDS )
        c->id[c->nr_ids] = id;
    c->nr_ids++;

    if ( !DTE_HAS_TABLE(old.w[0]) )
        return;
    for ( i = 0; i < c->nr_domains && i < MAX_DOMAINS; i++ )
        if ( c->domain[i] == domain )
            return;
    if ( c->nr_domains < MAX_DOMAINS )
        c->domain[c->nr_domains] = domain;
    c->nr_domains++;
}

/* Unit locked.  All of @dev's IDs, but for those of others unless @all. */
static void store_ids(struct amd_unit *u, const struct iommu_dev *dev, bool all,
                      struct amd_dte_half half, struct changed *c)
{
    struct iommu_id_run run;
    uint32_t id;

    /* Requester IDs have 16 bits: nothing wraps. */
    for_each_iommu_run ( run, dev, all )
        for ( id = run.first; id <= run.last; id++ )
            note(c, id, amd_dte_set(u, id, half));
}

/*
 * More than are named one by one, as of a bridge that stands for a whole bus:
 * everything, where there is such a command.
 */
static int forget_many(struct amd_unit *u, const struct iommu_dev *dev,
                       const struct changed *c)
{
    struct amd_cmd cmd[MAX_IDS];
    struct iommu_id_iter it;
    unsigned int nr = 0;
    int rc = 0;

    if ( EFR_IA_SUP(u->efr) || c->nr_domains > MAX_DOMAINS )
        return amd_invalidate_all(u);

    for_each_iommu_id ( it, &dev->ids )
    {
        cmd[nr++] = amd_cmd_devtab(it.id);
        if ( nr < MAX_IDS )
            continue;
        rc = rc ?: amd_invalidate(u, cmd, nr);
        nr = 0;
    }
    rc = rc ?: amd_invalidate(u, cmd, nr);
    for ( nr = 0; nr < c->nr_domains; nr++ )
        cmd[nr] = amd_cmd_pages(c->domain[nr], 0, 52, true);

    return rc ?: amd_invalidate(u, cmd, nr);
}

/* No lock held.  Tells hardware; entries first, then pages. */
static int forget(struct amd_unit *u, const struct iommu_dev *dev,
                  const struct changed *c, const struct amd_cmd *dev_tlb)
{
    struct amd_cmd cmd[MAX_IDS + MAX_DOMAINS + 1];
    unsigned int i, nr = 0;

    BUILD_BUG_ON(ARRAY_SIZE(cmd) > AMD_BATCH_MAX);

    if ( c->nr_ids > MAX_IDS || c->nr_domains > MAX_DOMAINS )
    {
        int rc = forget_many(u, dev, c);

        return rc ?: dev_tlb ? amd_invalidate(u, dev_tlb, 1) : 0;
    }

    for ( i = 0; i < c->nr_ids; i++ )
        cmd[nr++] = amd_cmd_devtab(c->id[i]);
    for ( i = 0; i < c->nr_domains; i++ )
        cmd[nr++] = amd_cmd_pages(c->domain[i], 0, 52, true);
    if ( dev_tlb )
        cmd[nr++] = *dev_tlb;

    return nr ? amd_invalidate(u, cmd, nr) : 0;
}

void cf_check amd_dev_cut(struct iommu_dev *dev)
{
    struct amd_unit *u = to_amd_unit(dev->unit);
    struct changed c = { .nr_ids = 0 };

    store_ids(u, dev, true, amd_dte_blocked(), &c);
    u->cuts++;
}

/* Group lock held.  The dev is blocked afterwards, whatever is returned. */
static int detach(struct amd_unit *u, struct iommu_dev *dev, bool all)
{
    struct changed c = { .nr_ids = 0 };
    struct amd_cmd dev_tlb;
    unsigned long flags;
    bool ask;
    int rc;

    spin_lock_irqsave(&u->unit.lock, flags);
    store_ids(u, dev, all, amd_dte_blocked(), &c);
    /* One that was pulled out has no TLB any more, and would not answer. */
    ask = dev->dev_tlb.on && !iommu_ats_gone(dev);
    dev_tlb = amd_cmd_iotlb(dev->id, dev->dev_tlb.depth, 0, 52);
    dev->dev_tlb.tag = IOMMU_ATS_NO_TAG;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    rc = forget(u, dev, &c, ask ? &dev_tlb : NULL);
    iommu_ats_disable(dev);

    return rc;
}

static int cf_check amd_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct amd_unit *u = to_amd_unit(dev->unit);
    struct amd_dev *ad = dev->priv;
    struct changed c = { .nr_ids = 0 };
    struct amd_dte_half half;
    unsigned long flags;
    bool ats;
    int rc;

    if ( u->unit.failed )
        return -EIO;

    /* Its interrupts: of what was never attached there are none. */
    if ( !ad->remapped && u->ir.ir )
    {
        rc = amd_ir_add(&u->ir, &dev->ids);
        if ( rc )
            return rc;
        ad->remapped = true;
    }

    /* What its TLB has of the old domain goes before it may ask again. */
    rc = dev->dev_tlb.on ? detach(u, dev, true) : 0;
    if ( rc )
        return rc;

    /*
     * Flushes from here on include the device's TLB, which answers, but gets no
     * translation yet.  Flushes that were queued before must be over before it
     * can ask for what they remove.
     */
    ats = s2->type == S2_PAGING && iommu_ats_enable(dev, s2->tag->id);
    if ( ats )
        rc = amd_invalidate(u, NULL, 0);

    if ( !rc )
    {
        half = s2->type == S2_PAGING ? amd_dte_table(s2, ats)
                                     : amd_dte_pass();
        spin_lock_irqsave(&u->unit.lock, flags);
        store_ids(u, dev, true, half, &c);
        spin_unlock_irqrestore(&u->unit.lock, flags);
        rc = forget(u, dev, &c, NULL);
    }

    if ( rc )
        detach(u, dev, true);

    return rc;
}

static void cf_check amd_block(struct iommu_dev *dev)
{
    /* A failure was reported, and hardware that looks finds nothing. */
    (void)detach(to_amd_unit(dev->unit), dev, false);
}

/*
 * No right to read or write, and no fault recorded (SA).  With SNP an entry
 * without a table is illegal, which is recorded.
 */
int cf_check amd_silence(struct iommu_unit *unit, uint32_t id)
{
    static const struct amd_dte_half silent = {
        .w = { DTE_V | DTE_TV, DTE_SA },
    };
    struct amd_unit *u = to_amd_unit(unit);
    struct amd_cmd cmd = amd_cmd_devtab(id);
    unsigned long flags;
    bool busy;

    if ( u->snp )
        return -EOPNOTSUPP;

    spin_lock_irqsave(&unit->lock, flags);
    busy = (*amd_dte(u, id) & (DTE_TV | DTE_IR)) == (DTE_TV | DTE_IR);
    if ( !busy )
        amd_dte_set(u, id, silent);
    spin_unlock_irqrestore(&unit->lock, flags);

    return busy ? -EBUSY : amd_invalidate(u, &cmd, 1);
}

static int cf_check amd_direct_regions(const struct iommu_dev *dev,
                                       iommu_region_fn *fn, void *arg)
{
    return amd_ivmd_for_dev(dev->sbdf, &dev->ids, fn, arg);
}

const struct iommu_dev_ops amd_dev_ops = {
    .probe = amd_probe,
    .release = amd_release,
    .table_config = amd_table_config,
    .domain_alloc = amd_domain_alloc,
    .attach = amd_attach,
    .block = amd_block,
    .direct_regions = amd_direct_regions,
};
