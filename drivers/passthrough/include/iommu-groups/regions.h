/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions that firmware wants a device to reach at their machine address. */
#ifndef IOMMU_GROUPS_REGIONS_H
#define IOMMU_GROUPS_REGIONS_H

#include <iommu-groups/group.h>

/*
 * For iommu_dev_add(): asks driver and firmware what @dev requires, once, so
 * that nothing which needs its regions later can lack them.  pcidevs_lock held.
 * -ENOMEM; an error of the driver.
 */
int iommu_regions_read(struct iommu_dev *dev);

/* Have the two a frame in common? */
bool iommu_regions_overlap(const struct iommu_region *a,
                           const struct iommu_region *b);

/*
 * The device after @prev (NULL: the first) that requires a region of @dev's too
 * and is in another group, so that somebody else may drive it.  NULL: none.
 * pcidevs_lock held.
 */
const struct iommu_dev *iommu_regions_next_sharer(const struct iommu_dev *dev,
                                                  const struct iommu_dev *prev);

#endif /* IOMMU_GROUPS_REGIONS_H */
