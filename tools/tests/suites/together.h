/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devs whose driver is called without the core: what the core would keep of
 * them for the driver, which is the blocked domain and the group that devs with
 * an ID in common are in.  together_move() attaches and blocks.
 */
#ifndef TESTS_TOGETHER_H
#define TESTS_TOGETHER_H

#include <iommu-groups/attach.h>

/* @dev was probed; and it is about to be released, and blocked. */
void together_add(struct iommu_dev *dev);
void together_del(struct iommu_dev *dev);

/* iommu_dev_move() with the dev's group locked, if it is in one. */
int together_move(struct iommu_dev *dev, struct s2_domain *s2);

#endif /* TESTS_TOGETHER_H */
