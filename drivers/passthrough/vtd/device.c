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

/* Requester IDs of the function firmware knows this one by. */
static pci_sbdf_t firmware_sbdf(const struct pci_dev *pdev)
{
    pci_sbdf_t sbdf = pdev->sbdf;

    if ( pdev->info.is_virtfn )
    {
        sbdf.bus = pdev->info.physfn.bus;
        sbdf.devfn = pdev->info.physfn.devfn;
        /* Of a device with ARI only function 0 is listed. */
        if ( PCI_SLOT(sbdf.devfn) && pdev->info.is_extfn )
            sbdf.devfn = 0;
    }
    else if ( pdev->info.is_extfn )
        sbdf.devfn = 0;

    return sbdf;
}

static int cf_check vtd_probe(struct iommu_dev *dev)
{
    struct vtd_drhd *drhd, *other;
    enum vtd_claim claim;
    unsigned long flags;
    struct vtd_unit *u;
    struct vtd_dev *vd;

    if ( !dev->pdev )
        return -ENODEV;

    drhd = vtd_dmar_find_drhd(&vtd_dmar, firmware_sbdf(dev->pdev), &claim,
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

    vd->dev = dev;
    vd->did = VTD_DID_NONE;
    vtd_ats_probe(u, vd);
    vtd_quirks_pci(dev->pdev);

    dev->unit = &u->unit;
    dev->hwdom_only = claim == VTD_CLAIM_DOUBTFUL;
    dev->priv = vd;

    spin_lock_irqsave(&u->unit.lock, flags);
    vd->serial = ++u->next_serial;
    list_add_tail(&vd->list, &u->devs);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return 0;
}

static void cf_check vtd_release(struct iommu_dev *dev)
{
    struct vtd_unit *u = to_vtd_unit(dev->unit);
    struct vtd_dev *vd = dev->priv;
    unsigned long flags;

    ASSERT(!vd->s2);

    spin_lock_irqsave(&u->unit.lock, flags);
    list_del(&vd->list);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    dev->priv = NULL;
    xfree(vd);
}

/* Unit locked.  Does another attached dev of the unit use @id as well? */
static bool id_in_use(const struct vtd_unit *u, const struct vtd_dev *self,
                      uint16_t id)
{
    const struct vtd_dev *vd;
    unsigned int i;

    list_for_each_entry ( vd, &u->devs, list )
    {
        if ( vd == self || vd->did == VTD_DID_NONE )
            continue;
        for ( i = 0; i < vd->dev->nr_ids; i++ )
            if ( vd->dev->ids[i] == id )
                return true;
    }

    return false;
}

unsigned int vtd_dev_clear(struct vtd_unit *u, struct vtd_dev *vd, bool all,
                           struct vtd_desc *desc)
{
    const struct iommu_dev *dev = vd->dev;
    uint16_t dids[IOMMU_DEV_MAX_IDS];
    unsigned int i, j, nr_dids = 0, nr = 0;

    BUILD_BUG_ON(2 * IOMMU_DEV_MAX_IDS + 1 > VTD_BATCH_MAX);

    for ( i = 0; i < dev->nr_ids; i++ )
    {
        struct vtd_context_entry old;
        uint16_t did;

        if ( !all && id_in_use(u, vd, dev->ids[i]) )
            continue;

        old = vtd_context_clear(u, dev->ids[i]);
        if ( !(old.lo & CONTEXT_P) )
            continue;

        did = CONTEXT_DID_OF(old.hi);
        desc[nr++] = vtd_desc_context_device(did, dev->ids[i]);

        for ( j = 0; j < nr_dids && dids[j] != did; j++ )
            continue;
        if ( j == nr_dids )
            dids[nr_dids++] = did;
    }

    for ( j = 0; j < nr_dids; j++ )
        desc[nr++] = vtd_desc_iotlb_domain(vtd_drain(u), dids[j]);

    /* One that was pulled out has no TLB any more, and would not answer. */
    if ( vd->ats_on && !vtd_ats_gone(vd) )
        desc[nr++] = vtd_ats_desc(u, vd, 0, 52);

    vd->did = VTD_DID_NONE;

    return nr;
}

/* Group lock held.  The dev is blocked afterwards, whatever is returned. */
static int detach(struct vtd_unit *u, struct vtd_dev *vd, bool all)
{
    struct vtd_desc desc[VTD_BATCH_MAX];
    unsigned long flags;
    unsigned int nr;
    int rc = 0;

    spin_lock_irqsave(&u->unit.lock, flags);
    nr = vtd_dev_clear(u, vd, all, desc);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( nr )
        rc = vtd_write_buffer_flush(u) ?: vtd_invalidate(u, desc, nr);

    vtd_ats_disable(u, vd);
    vd->s2 = NULL;

    return rc;
}

static struct vtd_context_entry entry_for(const struct vtd_unit *u,
                                          const struct s2_domain *s2, bool ats)
{
    const struct pt *pt;

    if ( s2->type == S2_IDENTITY )
        return vtd_context_pass_entry(vtd_unit_levels(u));

    pt = &s2->table->pt;

    return vtd_context_table_entry(s2_table_root(s2->table), pt->cfg.levels, s2->tag->id,
                                   ats);
}

/*
 * Entries that were not present have become present.  §6.1: only units in
 * caching mode remember that, under domain ID 0; others may have a write
 * buffer to flush.
 */
static int announce(struct vtd_unit *u, const struct iommu_dev *dev,
                    uint16_t did)
{
    struct vtd_desc desc[IOMMU_DEV_MAX_IDS + 1];
    unsigned int i;
    int rc = vtd_write_buffer_flush(u);

    if ( rc || !CAP_CM(u->cap) )
        return rc;

    for ( i = 0; i < dev->nr_ids; i++ )
        desc[i] = vtd_desc_context_device(VTD_DID_NONE, dev->ids[i]);
    desc[i++] = vtd_desc_iotlb_domain(vtd_drain(u), did);

    return vtd_invalidate(u, desc, i);
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
    struct vtd_dev *vd = dev->priv;
    bool ats = s2->type == S2_PAGING;
    uint16_t did = s2->type == S2_PAGING ? s2->tag->id : VTD_DID_IDENTITY;
    struct vtd_context_entry ce;
    unsigned long flags;
    unsigned int i;
    int rc;

    if ( s2->type == S2_BLOCKED )
        return detach(u, vd, false);

    if ( u->unit.failed )
        return -EIO;

    /* Not at probe: tables are not allocated under pcidevs_lock. */
    for ( i = 0; i < dev->nr_ids; i++ )
        if ( vtd_context_table(u, dev->ids[i] >> 8) )
            return -ENOMEM;

    rc = detach(u, vd, true);
    if ( rc )
        return rc;

    spin_lock_irqsave(&u->unit.lock, flags);
    vd->did = did;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    /*
     * Flushes from here on include the device's TLB, which answers, but gets no
     * translation as long as there is no context entry.  Flushes that were
     * queued before must be over before it can ask for what they remove.
     */
    ats = ats && vtd_ats_enable(u, vd);
    rc = ats ? vtd_invalidate(u, NULL, 0) : 0;

    if ( !rc )
    {
        ce = entry_for(u, s2, ats);

        spin_lock_irqsave(&u->unit.lock, flags);
        for ( i = 0; i < dev->nr_ids; i++ )
            vtd_context_set(u, dev->ids[i], ce);
        spin_unlock_irqrestore(&u->unit.lock, flags);

        rc = announce(u, dev, did);
    }

    if ( rc )
    {
        detach(u, vd, true);
        return rc;
    }

    vd->s2 = s2;

    return 0;
}

static void cf_check vtd_block(struct iommu_dev *dev)
{
    /* A failure was reported, and hardware that looks finds nothing. */
    (void)detach(to_vtd_unit(dev->unit), dev->priv, false);
}

static int cf_check vtd_direct_regions(const struct iommu_dev *dev,
                                       int (*fn)(unsigned long first,
                                                 unsigned long last, void *arg),
                                       void *arg)
{
    return vtd_rmrr_for_dev(dev->sbdf, fn, arg);
}

const struct iommu_dev_ops vtd_dev_ops = {
    .probe = vtd_probe,
    .release = vtd_release,
    .table_config = vtd_table_config,
    .domain_alloc = vtd_domain_alloc,
    .domain_free = s2_domain_free,
    .attach = vtd_attach,
    .block = vtd_block,
    .compatible = vtd_compatible,
    .direct_regions = vtd_direct_regions,
};
