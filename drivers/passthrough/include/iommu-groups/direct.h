/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain has of its devices' regions, mapped one to one. */
#ifndef IOMMU_GROUPS_DIRECT_H
#define IOMMU_GROUPS_DIRECT_H

#include <iommu-groups/group.h>

/*
 * Maps regions one to one for @d, counted, before the device is attached.
 * @relaxed: a guest may have something else there (libxl's rdm policy).  What
 * @d has mapped like that already stays so afterwards.  For a guest whose
 * table is borrowed, which all its groups walk, only looks.  All or nothing.
 * No lock held.  -EBUSY: something else is there; -EADDRINUSE: another device
 * reaches it with fewer rights; -ENOMEM; what the p2m says.
 */
int iommu_direct_map(struct domain *d, const struct iommu_region *regions,
                     unsigned int nr, bool relaxed);

/* Undoes iommu_direct_map(): a region goes with its last user. */
void iommu_direct_unmap(struct domain *d, const struct iommu_region *regions,
                        unsigned int nr);

/* Forgets regions without touching translations: @d's tables are gone. */
void iommu_direct_forget(struct s2_space *space);

#endif /* IOMMU_GROUPS_DIRECT_H */
