/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of this directory. */
#ifndef IOMMU_GROUPS_ARM_H
#define IOMMU_GROUPS_ARM_H

/*
 * Boot.  Brings up the units that the device tree has and a driver knows, and
 * names those that none knows.  0: there is one at least; -ENODEV.
 */
int arm_iommu_discover(void);

/* Boot, groups of PCI functions are formed.  Nodes marked xen,passthrough. */
void arm_iommu_add_kept(void);

#endif /* IOMMU_GROUPS_ARM_H */
