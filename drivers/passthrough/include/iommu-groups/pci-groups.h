/* SPDX-License-Identifier: GPL-2.0-only */
/* Which PCI functions share a group: the rules of docs/design.md, Groups. */
#ifndef IOMMU_GROUPS_PCI_GROUPS_H
#define IOMMU_GROUPS_PCI_GROUPS_H

#include <iommu-groups/driver.h>

/*
 * Fills ids[] and bridge of a dev whose pdev and sbdf are set: its own
 * requester ID, its phantom functions, and those of the bridges that take its
 * transactions over (PCI Express to PCI/PCI-X Bridge rev 1.0, 2.3: the
 * secondary bus with device and function 0; elsewhere the bridge's own ID).
 * pcidevs_lock held.  -EINVAL: the buses above it form no path to the root.
 */
int iommu_pci_fill_ids(struct iommu_dev *dev);

/* Can hardware not keep @a and @b apart?  pcidevs_lock held. */
bool iommu_pci_inseparable(const struct iommu_dev *a,
                           const struct iommu_dev *b);

#endif /* IOMMU_GROUPS_PCI_GROUPS_H */
