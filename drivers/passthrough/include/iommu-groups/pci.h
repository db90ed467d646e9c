/* SPDX-License-Identifier: GPL-2.0-only */
/* Between pci.c and pci/assign.c: PCI devices that change hands. */
#ifndef IOMMU_GROUPS_PCI_H
#define IOMMU_GROUPS_PCI_H

#include <xen/pci.h>

#include <iommu-groups/handover.h>

extern const struct iommu_bus_ops iommu_pci_bus;

/*
 * iommu_ref_get() of a function.  No lock held.  False: there is no such
 * device, or it is in no group.
 */
bool iommu_pci_lookup(pci_sbdf_t sbdf, struct iommu_ref *ref);

/*
 * A reset, or whoever added the device again, may have changed what its group
 * was formed by.  pcidevs_lock held.  -EBUSY: groups in use would have to
 * become one; -ERESTART: one is locked, call again without pcidevs_lock in
 * between.
 */
int iommu_pci_look_again(struct pci_dev *pdev);

/*
 * Takes from @d what it has mapped of the device, and lets it map nothing any
 * more.  Where guests have virtual host bridges (arch/arm/vpci.c) only.  No
 * lock held: the stage 2 is flushed.
 */
void iommu_groups_vpci_withdraw(struct domain *d, pci_sbdf_t sbdf);

/*
 * May @d have @dev, as far as regions go that others outside of its group
 * require too?  Whoever has one of them reaches the others there, so that all
 * are @d's, or parked and blocked.  A bridge masters nothing.  @from: of whom
 * it is taken, if that domain dies.  pcidevs_lock held.  0 or, with one line,
 * -EPERM; @relaxed: only the line.
 */
int iommu_pci_may_share(const struct iommu_dev *dev, const struct domain *d,
                        const struct domain *from, bool relaxed);

#endif /* IOMMU_GROUPS_PCI_H */
