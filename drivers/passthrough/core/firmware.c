/* SPDX-License-Identifier: GPL-2.0-only */
/* Requester IDs as a unit sees them, by firmware's description. */
#include <xen/cache.h>
#include <xen/errno.h>
#include <xen/lib.h>

#include <iommu-groups/firmware.h>

const struct iommu_firmware *__read_mostly iommu_firmware;

/* -ENODEV: @rid is behind no unit; else as iommu_firmware_map(). */
static int map_one(struct iommu_ids *to, const struct iommu_dev *dev,
                   uint16_t rid, iommu_firmware_map_fn *map, uint32_t *unit,
                   uint32_t *own)
{
    uint32_t one, id;
    int rc = map(dev->sbdf.seg, rid, &one, &id);

    if ( rc )
        return rc;
    if ( to->nr && one != *unit )
        return -EXDEV;

    *unit = one;
    if ( rid == dev->id )
        *own = id;

    return iommu_ids_add(to, id, id);
}

int iommu_firmware_map(struct iommu_dev *dev, iommu_firmware_map_fn *map)
{
    struct iommu_ids ids = {};
    unsigned int nr_lost = 0;
    struct iommu_id_iter it;
    uint32_t unit = 0, own = 0;
    int rc = 0;

    for_each_iommu_id ( it, &dev->ids )
    {
        rc = map_one(&ids, dev, it.id, map, &unit, &own);
        if ( rc == -ENODEV )
        {
            nr_lost++;
            rc = 0;
        }
        if ( rc )
            break;
    }

    if ( !rc && nr_lost )
        rc = ids.nr ? -EXDEV : -ENODEV;
    if ( rc )
    {
        iommu_ids_free(&ids);
        if ( rc != -EXDEV )
            return rc;
        printk(XENLOG_ERR
               "IOMMU: %s: not all of its requester IDs are behind one unit\n",
               dev->name);
        return -EINVAL;
    }

    iommu_ids_free(&dev->ids);
    dev->ids = ids;
    dev->id = own;
    dev->fw_unit = unit;

    return 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
