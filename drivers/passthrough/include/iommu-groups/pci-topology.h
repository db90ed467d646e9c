/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of pci-rules.h for the PCI devices that Xen knows.  All functions
 * here: pcidevs_lock held.
 *
 * A function is learnt once, when it is found or added; what the rules need is
 * then kept, so that forming groups reads no configuration space.
 */
#ifndef IOMMU_GROUPS_PCI_TOPOLOGY_H
#define IOMMU_GROUPS_PCI_TOPOLOGY_H

#include <iommu-groups/driver.h>
#include <iommu-groups/pci-rules.h>

/* This machine's. */
extern const struct pci_cfg iommu_pci_conf;

/*
 * The ID that firmware says requests of @pdev carry; false: it says none but
 * its own.  Set by a driver whose firmware table has such aliases, before
 * functions are learnt, and constant from then on.  NULL: there is none.
 */
extern bool (*iommu_pci_alias)(const struct pci_dev *pdev, uint16_t *alias);

/*
 * Boot: learns all functions that were scanned, and switches their ACS
 * controls on, before the first group is formed; a device may be listed before
 * the ports above it.  Then calls @take_in for each, in ascending order.
 */
void iommu_pci_scan(int (*take_in)(struct pci_dev *pdev, void *arg));

/*
 * Learns the function of a dev whose pdev and sbdf are set, if that was not
 * done, with its ACS switched on, and fills func, ids, bridge and outward.
 * -ENOMEM.
 */
int iommu_pci_fill_ids(struct iommu_dev *dev);

/*
 * The port to outside that @dev is or is below; NULL: none.  dev->func is set.
 */
const struct pci_func *iommu_pci_outward(const struct iommu_dev *dev);

/* @pdev is gone.  Its dev, if there is one, is in no group any more. */
void iommu_pci_forget(const struct pci_dev *pdev);

/*
 * Looks again at @pdev and the ports above it: a reset switches ACS off.
 * Switches it on again.  True: what the rules know has changed; see
 * iommu_dev_regroup().
 */
bool iommu_pci_refresh(const struct pci_dev *pdev);

/*
 * Is it known what is between @dev and the root?  If not, it is not known
 * either which IDs its DMA carries, and it is not given to a guest.
 */
bool iommu_pci_path_known(const struct iommu_dev *dev);

/*
 * After a suspend, before any domain runs: ACS and the chipset are as after a
 * reset.  What does not answer yet is looked at when it is assigned.
 */
void iommu_pci_resume(void);

/* pcidevs_lock held: pci_set_of() says what is true now. */
void iommu_pci_group_all(void);

/*
 * The dev after @prev (NULL: the first) whose function must share a group with
 * @dev's, which it has, by the rules; maybe @dev.  NULL: there is no more.
 */
struct iommu_dev *iommu_pci_next_tied(const struct iommu_dev *dev,
                                      const struct iommu_dev *prev);

/*
 * Must @dev and @other share a group, through others if need be, by the rules
 * or because the driver gave them a common ID?
 */
bool iommu_pci_inseparable(const struct iommu_dev *dev,
                           const struct iommu_dev *other);

/*
 * Why @dev shares a group with others: the first of them that it cannot be
 * kept apart from directly.  NULL: none; it was merged through the driver.
 */
const struct iommu_dev *iommu_pci_why(const struct iommu_dev *dev,
                                      enum pci_why *why,
                                      const struct pci_func **at);

/*
 * Calls @fn for functions whose ACS controls or bus numbers are not as the
 * groups were formed, from address *@from on.  True: there are no more; false:
 * some were looked at, *@from says where to go on.  Takes pcidevs_lock.
 */
bool iommu_pci_altered(uint32_t *from,
                       void (*fn)(const struct pci_func *was,
                                  const struct pci_func *now, void *arg),
                       void *arg);

#endif /* IOMMU_GROUPS_PCI_TOPOLOGY_H */
