/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions that firmware wants a device to reach at their machine address. */
#ifndef IOMMU_GROUPS_RESERVED_H
#define IOMMU_GROUPS_RESERVED_H

#include <iommu-groups/group.h>

/*
 * For iommu_dev_add(): asks driver and firmware what @dev requires, once, so
 * that nothing which needs its regions later can lack them.  pcidevs_lock held.
 * -ENOMEM; an error of the driver.
 */
int iommu_reserved_read(struct iommu_dev *dev);

/* Have the two a frame in common? */
bool iommu_regions_overlap(const struct iommu_region *a,
                           const struct iommu_region *b);

/*
 * The device after @prev (NULL: the first) that requires a region of @dev's too
 * and is in another group, so that somebody else may drive it.  NULL: none.
 * pcidevs_lock held.
 */
const struct iommu_dev *iommu_reserved_next_sharer(const struct iommu_dev *dev,
                                                   const struct iommu_dev *prev);

/*
 * Maps regions one to one for @d, counted, before the device is attached.
 * @relaxed: a guest may have something else there (libxl's rdm policy).  What
 * @d has mapped like that already stays so afterwards.  For a guest whose
 * table is borrowed, which all its groups walk, only looks.  All or nothing.
 * No lock held.  -EBUSY: something else is there; -EADDRINUSE: another device
 * reaches it with fewer rights; -ENOMEM; what the p2m says.
 */
int iommu_reserved_map(struct domain *d, const struct iommu_region *regions,
                       unsigned int nr, bool relaxed);

/* Undoes iommu_reserved_map(): a region goes with its last user. */
void iommu_reserved_unmap(struct domain *d, const struct iommu_region *regions,
                          unsigned int nr);

/* Forgets regions without touching translations: @d's tables are gone. */
void iommu_reserved_forget(struct iommu_owner *owner);

#endif /* IOMMU_GROUPS_RESERVED_H */
