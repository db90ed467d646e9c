/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may share an ID with a dev: core/by-id.c. */
#ifndef IOMMU_GROUPS_BY_ID_H
#define IOMMU_GROUPS_BY_ID_H

#include <iommu-groups/dev.h>

/*
 * Files @dev under its IDs, which change no more, or takes it out again.
 * pcidevs_lock held; @dev is in iommu_devs at the same time.
 */
void iommu_by_id_add(struct iommu_dev *dev);
void iommu_by_id_remove(struct iommu_dev *dev);

/* Where iommu_by_id_next() is; empty at first. */
struct iommu_by_id_iter {
    struct list_head *pos;
    struct iommu_dev_id *at;
    unsigned int list;
};

/*
 * The next of those that may share an ID with @dev, itself too if it is filed:
 * all that do, and some that do not; some of them more than once.  NULL: no
 * more.  pcidevs_lock held from the first call to the last; @dev need not be
 * filed.
 */
struct iommu_dev *iommu_by_id_next(const struct iommu_dev *dev,
                                   struct iommu_by_id_iter *it);

#endif /* IOMMU_GROUPS_BY_ID_H */
