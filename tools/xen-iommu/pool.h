/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices go to those that guests can be given, and back to dom0's drivers. */
#ifndef XEN_IOMMU_POOL_H
#define XEN_IOMMU_POOL_H

#include <stdbool.h>

#include "xen.h"

/* `xl pci-assignable-add'.  False: perhaps half of it was done. */
bool pool_add(const struct xdev *dev);

/*
 * What pool_add() did, in part or whole, is undone: @dev is dom0's and its
 * driver's as when it was loaded.  False, after a complaint: it is not.
 */
bool pool_put_back(const struct xdev *dev);

/* Does Xen say by now that @owner ("d5") has it? */
bool pool_owner_is(const struct xdev *dev, const char *owner);

#endif /* XEN_IOMMU_POOL_H */
