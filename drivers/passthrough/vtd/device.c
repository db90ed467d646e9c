/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device side: which unit serves a function, and what its context entries
 * say.
 *
 * A move from one domain to another goes through not-present (§6.2.3.1 asks
 * for an invalidation after each change of a present entry anyway): clear all
 * IDs, invalidate with the old domain ID, set all IDs.
 */

#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "vtd.h"

static int cf_check vtd_probe(struct iommu_dev *dev)
{
    struct vtd_drhd *drhd, *other;
    enum vtd_claim claim;
    struct vtd_unit *u;
    struct vtd_dev *vd;

    if ( !dev->pdev )
        return -ENODEV;

    drhd = vtd_dmar_find_drhd(&vtd_dmar, vtd_firmware_sbdf(dev->pdev), &claim,
                              &other);
    if ( claim == VTD_CLAIM_TWO )
    {
        printk(XENLOG_WARNING DMAR_AT "%s is unit %u's and unit %u's\n",
               DMAR_AT_ARGS(&vtd_dmar, other->offset), dev->name, drhd->index,
               other->index);
        return -EINVAL;
    }

    u = vtd_unit_of(drhd);
    dev->told = drhd && !u;
    if ( !u )
        return -ENODEV;

    vd = xzalloc(struct vtd_dev);
    if ( !vd )
        return -ENOMEM;

    vtd_ats_probe(u, dev, vd);
    vtd_quirks_pci(dev->pdev);

    dev->unit = &u->unit;
    dev->hwdom_only = claim == VTD_CLAIM_DOUBTFUL;
    dev->priv = vd;

    return 0;
}

static void cf_check vtd_release(struct iommu_dev *dev)
{
    iommu_ats_release(dev);
    XFREE(dev->priv);
}

/* What has to be invalidated once entries are cleared. */
struct cleared {
    unsigned int nr_ids, nr_dids;
    uint16_t id[VTD_CLEAR_IDS], did_of[VTD_CLEAR_IDS];
    uint16_t did[VTD_CLEAR_DIDS];
};

static void note(struct cleared *c, uint16_t id, uint16_t did)
{
    unsigned int i;

    if ( c->nr_ids < VTD_CLEAR_IDS )
    {
        c->id[c->nr_ids] = id;
        c->did_of[c->nr_ids] = did;
    }
    c->nr_ids++;

    for ( i = 0; i < c->nr_dids && i < VTD_CLEAR_DIDS; i++ )
        if ( c->did[i] == did )
            return;
    if ( c->nr_dids < VTD_CLEAR_DIDS )
        c->did[c->nr_dids] = did;
    c->nr_dids++;
}

/* Unit locked. */
static void clear_ids(struct vtd_unit *u, const struct iommu_dev *dev, bool all,
                      struct cleared *c)
{
    struct iommu_id_run run;
    uint32_t id;

    /* Requester IDs have 16 bits: nothing wraps. */
    for_each_iommu_run ( run, dev, all )
        for ( id = run.first; id <= run.last; id++ )
        {
            struct vtd_context_entry old = vtd_context_clear(u, id);

            if ( old.lo & CONTEXT_P )
                note(c, id, CONTEXT_DID_OF(old.hi));
        }
}

unsigned int vtd_dev_clear(struct vtd_unit *u, struct iommu_dev *dev, bool all,
                           struct vtd_desc *desc)
{
    unsigned int i, nr = 0;
    struct cleared c;

    BUILD_BUG_ON(VTD_CLEAR_IDS + 2 * VTD_CLEAR_DIDS + 1 > VTD_BATCH_MAX);

    c.nr_ids = c.nr_dids = 0;
    clear_ids(u, dev, all, &c);

    if ( c.nr_dids > VTD_CLEAR_DIDS )
    {
        desc[nr++] = vtd_desc_context_global();
        desc[nr++] = vtd_desc_iotlb_global(vtd_drain(u));
        c.nr_ids = c.nr_dids = 0;
    }
    for ( i = 0; i < c.nr_ids && c.nr_ids <= VTD_CLEAR_IDS; i++ )
        desc[nr++] = vtd_desc_context_device(c.did_of[i], c.id[i]);
    /* A bridge that stands for a whole bus: one command, not 256. */
    for ( i = 0; i < c.nr_dids && c.nr_ids > VTD_CLEAR_IDS; i++ )
        desc[nr++] = vtd_desc_context_domain(c.did[i]);
    for ( i = 0; i < c.nr_dids; i++ )
        desc[nr++] = vtd_desc_iotlb_domain(vtd_drain(u), c.did[i]);

    /* One that was pulled out has no TLB any more, and would not answer. */
    if ( dev->dev_tlb.on && !iommu_ats_gone(dev) )
        desc[nr++] = vtd_ats_desc(u, dev, 0, 52);

    dev->dev_tlb.tag = IOMMU_ATS_NO_TAG;

    return nr;
}

/* Group lock held.  The dev is blocked afterwards, whatever is returned. */
static int detach(struct vtd_unit *u, struct iommu_dev *dev, bool all)
{
    struct vtd_desc desc[VTD_BATCH_MAX];
    unsigned long flags;
    unsigned int nr;
    int rc = 0;

    spin_lock_irqsave(&u->unit.lock, flags);
    nr = vtd_dev_clear(u, dev, all, desc);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( nr )
        rc = vtd_write_buffer_flush(u) ?: vtd_invalidate(u, desc, nr);

    iommu_ats_disable(dev);

    return rc;
}

static struct vtd_context_entry entry_for(const struct vtd_unit *u,
                                          const struct s2_domain *s2, bool ats)
{
    const struct pt *pt;

    if ( s2->type == S2_IDENTITY )
        return vtd_context_pass_entry(vtd_unit_levels(u));

    pt = &s2->table->pt;

    return vtd_context_table_entry(s2_table_root(s2->table), pt->cfg.levels,
                                   s2->tag->id, ats);
}

/*
 * Entries that were not present have become present.  §6.1: only units in
 * caching mode remember that, under domain ID 0; others may have a write
 * buffer to flush.
 */
static int announce(struct vtd_unit *u, const struct iommu_dev *dev,
                    uint16_t did)
{
    struct vtd_desc desc[VTD_CLEAR_IDS + 1];
    struct iommu_id_iter it;
    unsigned int nr = 0;
    int rc = vtd_write_buffer_flush(u);

    if ( rc || !CAP_CM(u->cap) )
        return rc;

    if ( dev->ids.nr_ids > VTD_CLEAR_IDS )
        desc[nr++] = vtd_desc_context_domain(VTD_DID_NONE);
    else
        for_each_iommu_id ( it, &dev->ids )
            desc[nr++] = vtd_desc_context_device(VTD_DID_NONE, it.id);
    desc[nr++] = vtd_desc_iotlb_domain(vtd_drain(u), did);

    return vtd_invalidate(u, desc, nr);
}

/* Not at probe: tables are not allocated under pcidevs_lock. */
static int make_tables(struct vtd_unit *u, const struct iommu_dev *dev)
{
    const struct iommu_id_range *r;
    unsigned int bus;

    for_each_iommu_id_range ( r, &dev->ids )
        for ( bus = r->first >> 8; bus <= r->last >> 8; bus++ )
            if ( vtd_context_table(u, bus) )
                return -ENOMEM;

    return 0;
}

int cf_check vtd_silence(struct iommu_unit *unit, uint32_t id)
{
    struct vtd_unit *u = to_vtd_unit(unit);
    struct vtd_desc desc[2];
    uint16_t bdf = id;
    unsigned long flags;
    bool done;
    int rc = vtd_context_table(u, bdf >> 8);

    if ( rc )
        return rc;

    spin_lock_irqsave(&unit->lock, flags);
    done = vtd_context_silence(u, bdf);
    spin_unlock_irqrestore(&unit->lock, flags);
    if ( !done )
        return -EBUSY;

    /* §6.1: in caching mode what it said before may be remembered. */
    rc = vtd_write_buffer_flush(u);
    if ( rc || !CAP_CM(u->cap) )
        return rc;

    desc[0] = vtd_desc_context_device(VTD_DID_NONE, bdf);
    desc[1] = vtd_desc_iotlb_domain(vtd_drain(u), VTD_DID_NONE);

    return vtd_invalidate(u, desc, ARRAY_SIZE(desc));
}

static int cf_check vtd_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct vtd_unit *u = to_vtd_unit(dev->unit);
    bool ats = s2->type == S2_PAGING;
    uint16_t did = s2->type == S2_PAGING ? s2->tag->id : VTD_DID_IDENTITY;
    struct vtd_context_entry ce;
    struct iommu_id_iter it;
    unsigned long flags;
    int rc;

    if ( u->unit.failed )
        return -EIO;

    rc = make_tables(u, dev) ?: detach(u, dev, true);
    if ( rc )
        return rc;

    /*
     * Flushes from here on include the device's TLB, which answers, but gets no
     * translation as long as there is no context entry.  Flushes that were
     * queued before must be over before it can ask for what they remove.
     */
    ats = ats && iommu_ats_enable(dev, did);
    rc = ats ? vtd_invalidate(u, NULL, 0) : 0;

    if ( !rc )
    {
        ce = entry_for(u, s2, ats);

        spin_lock_irqsave(&u->unit.lock, flags);
        for_each_iommu_id ( it, &dev->ids )
            vtd_context_set(u, it.id, ce);
        spin_unlock_irqrestore(&u->unit.lock, flags);

        rc = announce(u, dev, did);
    }

    if ( rc )
        detach(u, dev, true);

    return rc;
}

static void cf_check vtd_block(struct iommu_dev *dev)
{
    /* A failure was reported, and hardware that looks finds nothing. */
    (void)detach(to_vtd_unit(dev->unit), dev, false);
}

static int cf_check vtd_direct_regions(const struct iommu_dev *dev,
                                       iommu_region_fn *fn, void *arg)
{
    return vtd_rmrr_for_dev(dev->sbdf, fn, arg);
}

const struct iommu_dev_ops vtd_dev_ops = {
    .probe = vtd_probe,
    .release = vtd_release,
    .table_config = vtd_table_config,
    .domain_alloc = vtd_domain_alloc,
    .attach = vtd_attach,
    .block = vtd_block,
    .direct_regions = vtd_direct_regions,
};
