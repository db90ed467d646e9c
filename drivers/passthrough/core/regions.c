/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions that devices require, and who else requires them. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/xmalloc.h>

#include <iommu-groups/firmware.h>
#include <iommu-groups/regions.h>

/* Several IDs of a dev may each name the same region. */
static int cf_check read_one(const struct iommu_region *region, void *arg)
{
    struct iommu_region *regions;
    struct iommu_dev *dev = arg;
    unsigned int i;

    for ( i = 0; i < dev->nr_regions; i++ )
        if ( dev->regions[i].first == region->first &&
             dev->regions[i].last == region->last )
        {
            dev->regions[i].prot |= region->prot;
            return 0;
        }

    regions = xrealloc_array(dev->regions, dev->nr_regions + 1);
    if ( !regions )
        return -ENOMEM;

    regions[dev->nr_regions++] = *region;
    dev->regions = regions;

    return 0;
}

int iommu_regions_read(struct iommu_dev *dev)
{
    const struct iommu_dev_ops *ops = dev->unit->drv->dev;

    ASSERT(pcidevs_locked());

    if ( ops->direct_regions )
        return ops->direct_regions(dev, read_one, dev);
    if ( iommu_firmware && iommu_firmware->direct_regions )
        return iommu_firmware->direct_regions(dev, read_one, dev);

    return 0;
}

bool iommu_regions_overlap(const struct iommu_region *a,
                           const struct iommu_region *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static bool shares(const struct iommu_dev *dev, const struct iommu_dev *other)
{
    unsigned int i, j;

    for ( i = 0; i < dev->nr_regions; i++ )
        for ( j = 0; j < other->nr_regions; j++ )
            if ( iommu_regions_overlap(&dev->regions[i], &other->regions[j]) )
                return true;

    return false;
}

const struct iommu_dev *iommu_regions_next_sharer(const struct iommu_dev *dev,
                                                  const struct iommu_dev *prev)
{
    const struct iommu_dev *other;
    bool behind = !prev;

    ASSERT(pcidevs_locked());

    /* However many devices the machine has. */
    if ( !dev->nr_regions )
        return NULL;

    list_for_each_entry ( other, &iommu_devs, all )
    {
        if ( behind && other->group != dev->group && shares(dev, other) )
            return other;
        behind |= other == prev;
    }

    return NULL;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
