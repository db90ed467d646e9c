/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct-mapped regions.  A region belongs to a domain for as long as one of
 * its devices requires it.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#include <iommu-groups/firmware.h>
#include <iommu-groups/reserved.h>

struct direct_map {
    struct list_head list;
    struct iommu_region region;
    unsigned int users;
};

/* Several IDs of a dev may each name the same region. */
static int cf_check read_one(unsigned long first, unsigned long last, void *arg)
{
    struct iommu_region *regions;
    struct iommu_dev *dev = arg;
    unsigned int i;

    for ( i = 0; i < dev->nr_regions; i++ )
        if ( dev->regions[i].first == first && dev->regions[i].last == last )
            return 0;

    regions = xrealloc_array(dev->regions, dev->nr_regions + 1);
    if ( !regions )
        return -ENOMEM;

    regions[dev->nr_regions].first = first;
    regions[dev->nr_regions].last = last;
    dev->regions = regions;
    dev->nr_regions++;

    return 0;
}

int iommu_reserved_read(struct iommu_dev *dev)
{
    const struct iommu_dev_ops *ops = dev->unit->drv->dev;

    ASSERT(pcidevs_locked());

    if ( ops->direct_regions )
        return ops->direct_regions(dev, read_one, dev);
    if ( iommu_firmware && iommu_firmware->direct_regions )
        return iommu_firmware->direct_regions(dev, read_one, dev);

    return 0;
}

static bool overlap(const struct iommu_region *a, const struct iommu_region *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static bool shares(const struct iommu_dev *dev, const struct iommu_dev *other)
{
    unsigned int i, j;

    for ( i = 0; i < dev->nr_regions; i++ )
        for ( j = 0; j < other->nr_regions; j++ )
            if ( overlap(&dev->regions[i], &other->regions[j]) )
                return true;

    return false;
}

const struct iommu_dev *iommu_reserved_next_sharer(const struct iommu_dev *dev,
                                                   const struct iommu_dev *prev)
{
    const struct iommu_dev *other;
    bool behind = !prev;

    ASSERT(pcidevs_locked());

    list_for_each_entry ( other, &iommu_devs, all )
    {
        if ( behind && other->group != dev->group && shares(dev, other) )
            return other;
        behind |= other == prev;
    }

    return NULL;
}

static struct direct_map *find_map(struct iommu_owner *owner,
                                   const struct iommu_region *region, int *rc)
{
    struct direct_map *map;

    list_for_each_entry ( map, &owner->direct, list )
    {
        if ( map->region.first == region->first &&
             map->region.last == region->last )
            return map;

        if ( overlap(&map->region, region) )
            *rc = -EADDRINUSE;
    }

    return NULL;
}

static int map_one(struct iommu_owner *owner, const struct iommu_region *region,
                   bool relaxed)
{
    int rc = 0;
    struct direct_map *map = find_map(owner, region, &rc);

    if ( map )
    {
        map->users++;
        return 0;
    }
    if ( rc )
        return rc;

    map = xzalloc(struct direct_map);
    if ( !map )
        return -ENOMEM;

    rc = iommu_arch_direct_map(owner->d, region->first, region->last, relaxed);
    if ( rc )
    {
        xfree(map);
        return rc;
    }

    map->region = *region;
    map->users = 1;
    list_add_tail(&map->list, &owner->direct);

    return 0;
}

static void unmap_one(struct iommu_owner *owner,
                      const struct iommu_region *region)
{
    int rc = 0;
    struct direct_map *map = find_map(owner, region, &rc);

    if ( !map || --map->users )
        return;

    iommu_arch_direct_unmap(owner->d, region->first, region->last);
    list_del(&map->list);
    xfree(map);
}

/*
 * A parked device reaches nothing, its regions included: dom_io's table, where
 * it has one, leads to the scratch page only and takes no mapping.
 */
static bool has_regions(const struct domain *d, const struct iommu_owner *owner)
{
    return owner && !list_empty(&owner->tables) && d != dom_io;
}

int iommu_reserved_map(struct domain *d, const struct iommu_region *regions,
                       unsigned int nr, bool relaxed)
{
    struct iommu_owner *owner = iommu_owner_of(d);
    unsigned int i;
    int rc = 0;

    if ( !has_regions(d, owner) )
        return 0;

    spin_lock(&owner->direct_lock);

    for ( i = 0; !rc && i < nr; i++ )
        rc = map_one(owner, &regions[i], relaxed);

    if ( rc )
    {
        printk(XENLOG_G_ERR
               "%pd: IOMMU reserved region [%#lx, %#lx] cannot be mapped (%d)\n",
               d, regions[i - 1].first, regions[i - 1].last, rc);
        for ( i--; i; )
            unmap_one(owner, &regions[--i]);
    }

    spin_unlock(&owner->direct_lock);

    return rc;
}

void iommu_reserved_unmap(struct domain *d, const struct iommu_region *regions,
                          unsigned int nr)
{
    struct iommu_owner *owner = iommu_owner_of(d);

    if ( !has_regions(d, owner) )
        return;

    spin_lock(&owner->direct_lock);
    while ( nr )
        unmap_one(owner, &regions[--nr]);
    spin_unlock(&owner->direct_lock);
}

void iommu_reserved_forget(struct iommu_owner *owner)
{
    struct direct_map *map, *tmp;

    list_for_each_entry_safe ( map, tmp, &owner->direct, list )
    {
        list_del(&map->list);
        xfree(map);
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
