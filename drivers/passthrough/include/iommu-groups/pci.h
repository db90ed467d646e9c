/* SPDX-License-Identifier: GPL-2.0-only */
/* Between pci.c and pci-assign.c: how a PCI device changes hands. */
#ifndef IOMMU_GROUPS_PCI_H
#define IOMMU_GROUPS_PCI_H

#include <xen/pci.h>

#include <iommu-groups/group.h>

/*
 * The dev stays known by its address until iommu_pci_drop().  pcidevs_lock
 * held.
 */
struct iommu_dev *iommu_pci_dev_get(struct pci_dev *pdev);

/*
 * First half of the look-up protocol, with references to group and dev.  NULL:
 * no such device, or no group.  No lock held.
 */
struct iommu_group *iommu_pci_lookup(pci_sbdf_t sbdf, struct iommu_dev **dev,
                                     struct domain **owner);

/* Ends a look-up: both references. */
void iommu_pci_drop(struct iommu_group *group, struct iommu_dev *dev);

/*
 * Makes pdev->domain and the lists say what the group decided, without its
 * lock, which somebody may hold while hardware works: who changes the owner
 * next publishes next.  pcidevs_lock held.  What vPCI answers is returned; the
 * device has moved all the same.
 */
int iommu_pci_publish(struct pci_dev *pdev);

/* The device by its dev, which may have gone since.  pcidevs_lock held. */
struct pci_dev *iommu_pci_still_there(pci_sbdf_t sbdf,
                                      const struct iommu_dev *dev);

/*
 * Gives the device to @to and publishes it.  Reserved regions are mapped for
 * the new owner first, and unmapped for the old one last; so with a private
 * table.  No lock held.  -ERESTART: call again, nothing that counts happened.
 */
int iommu_pci_hand_over(struct iommu_group *group, struct iommu_dev *dev,
                        pci_sbdf_t sbdf, struct domain *from,
                        struct domain *to, bool relaxed);

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
 * are @d's, or parked and blocked.  A bridge masters nothing.  @from: of whom it
 * is taken, if that domain dies.  pcidevs_lock held.  0 or, with one line,
 * -EPERM; @relaxed: only the line.
 */
int iommu_pci_may_share(const struct iommu_dev *dev, const struct domain *d,
                        const struct domain *from, bool relaxed);

#endif /* IOMMU_GROUPS_PCI_H */
