/* SPDX-License-Identifier: GPL-2.0-only */
/* Between read.c and those that check what it found.  Boot only. */
#ifndef IOMMU_GROUPS_DT_READ_H
#define IOMMU_GROUPS_DT_READ_H

#include "node.h"

/* A bridge without a segment of its own gets the next, as in Xen. */
void dt_number_segment(struct iommu_dt *dt, struct iommu_dt_bridge *b);

/*
 * Each marks as bad what two claim: phandles and registers of units, buses of
 * a segment.
 */
void dt_check_units(struct iommu_dt *dt);
void dt_check_bridges(struct iommu_dt *dt);

/* A bridge's iommu-map and its mask.  -ENOMEM. */
int dt_read_map(const struct iommu_dt *dt, struct iommu_dt_bridge *b);

/* All of @b's requester IDs are as they are at @u.  -ENOMEM. */
int dt_map_whole(const struct iommu_dt *dt, struct iommu_dt_bridge *b,
                 const struct iommu_dt_unit *u);

/* legacy.c: is it an SMMU of the first binding, and does it list masters? */
bool dt_is_legacy(const struct dt_walk *w);
bool dt_names_masters(const struct dt_walk *w);
/* Such a unit needs no phandle: it gets one that is nobody's.  0. */
int dt_name_unit(const struct iommu_dt *dt, struct iommu_dt_unit *u);
/*
 * What such units list: bridges get a map, others become masters, or bad ones.
 * -ENOMEM.
 */
int dt_map_legacy(struct iommu_dt *dt);
int dt_read_legacy(struct iommu_dt *dt);

/* Units that are PCI functions and behind a unit: themselves, or others. */
void dt_check_loops(struct iommu_dt *dt);

#endif /* IOMMU_GROUPS_DT_READ_H */
