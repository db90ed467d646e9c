/* SPDX-License-Identifier: GPL-2.0-only */
/* Look-ups in what the IORT said. */
#include <xen/cache.h>
#include <xen/errno.h>
#include <xen/lib.h>

#include <iommu-groups/iort.h>

struct iommu_iort __read_mostly iommu_iort;

int iommu_iort_map_rid(const struct iommu_iort *iort, uint16_t seg,
                       uint16_t rid, uint32_t *unit, uint32_t *sid)
{
    const struct iort_map *found = NULL;
    unsigned int i;

    for ( i = 0; i < iort->nr_maps; i++ )
    {
        const struct iort_map *map = &iort->maps[i];

        if ( map->seg != seg || rid < map->first || rid > map->last )
            continue;
        if ( map->bad || (map->smmu && map->smmu->bad) ||
             (found && !iort_maps_agree(found, map)) )
            return -EINVAL;
        found = map;
    }

    if ( !found )
        return iort->doubt ? -EINVAL : -ENODEV;
    if ( !found->smmu )
        return -ENODEV;

    *unit = found->smmu->offset;
    *sid = found->sid + (rid - found->first);

    return 0;
}

int iommu_iort_regions(const struct iommu_iort *iort, uint32_t unit,
                       uint32_t first, uint32_t last, iommu_region_fn *fn,
                       void *arg)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < iort->nr_rmrs; i++ )
    {
        const struct iort_rmr *rmr = &iort->rmrs[i];

        if ( rmr->smmu->offset == unit && first <= rmr->sid_last &&
             rmr->sid <= last )
        {
            const struct iommu_region region = {
                rmr->first, rmr->last, IOMMU_REGION_RW,
            };

            rc = fn(&region, arg);
        }
    }

    return rc;
}

struct smmuv3_desc iommu_iort_desc(const struct iort_smmu *smmu)
{
    return (struct smmuv3_desc){
        .base = smmu->base,
        .size = smmu->size,
        .phandle = smmu->bad ? 0 : smmu->offset,
        .coherent = smmu->coherent,
        .page0_only = smmu->page0_only,
        .irq_evtq = smmu->gsiv_event,
        .irq_gerror = smmu->gsiv_gerror,
        .irq_priq = smmu->gsiv_pri,
        .where = smmu->where,
    };
}

/* A device of the name space may have several mappings. */
static int resolve_named(struct iommu_dev *dev)
{
    const struct iommu_iort *iort = &iommu_iort;
    unsigned int i;
    int rc;

    for ( i = 0; i < iort->nr_named; i++ )
    {
        const struct iort_named *named = &iort->named[i];

        if ( strcmp(named->name, dev->name) )
            continue;
        if ( named->bad )
            return -EINVAL;
        if ( dev->ids.nr && dev->fw_unit != named->smmu->offset )
        {
            printk(XENLOG_ERR "IORT: the IDs of %s are on two SMMUs\n",
                   dev->name);
            return -EINVAL;
        }

        dev->fw_unit = named->smmu->offset;
        rc = iommu_dev_add_ids(dev, named->sid, named->sid + named->nr - 1);
        if ( rc == -EINVAL )
            printk(XENLOG_ERR "IORT: %s has more than %u IDs\n", dev->name,
                   IOMMU_IDS_MAX);
        if ( rc )
            return rc;
    }

    return dev->ids.nr ? 0 : -ENODEV;
}

static int cf_check map_rid(uint16_t seg, uint16_t rid, uint32_t *unit,
                            uint32_t *id)
{
    return iommu_iort_map_rid(&iommu_iort, seg, rid, unit, id);
}

static int cf_check resolve(struct iommu_dev *dev)
{
    return dev->pdev ? iommu_firmware_map(dev, map_rid) : resolve_named(dev);
}

static int cf_check direct_regions(const struct iommu_dev *dev,
                                   iommu_region_fn *fn, void *arg)
{
    const struct iommu_id_range *r;
    int rc = 0;

    for_each_iommu_id_range ( r, &dev->ids )
        rc = rc ?: iommu_iort_regions(&iommu_iort, dev->fw_unit, r->first,
                                      r->last, fn, arg);

    return rc;
}

static int cf_check busy_ids(uint32_t unit,
                             int (*fn)(uint32_t first, uint32_t last,
                                       void *arg), void *arg)
{
    const struct iommu_iort *iort = &iommu_iort;
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < iort->nr_rmrs; i++ )
        if ( iort->rmrs[i].smmu->offset == unit )
            rc = fn(iort->rmrs[i].sid, iort->rmrs[i].sid_last, arg);

    return rc;
}

const struct iommu_firmware iommu_iort_firmware = {
    .name = "IORT",
    .resolve = resolve,
    .direct_regions = direct_regions,
    .busy_ids = busy_ids,
};

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
