/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device TLBs: PCI Express address translation services (PCIe base
 * specification 6.0, §10), for all drivers whose units serve them.  A device
 * with one gets translations that stay valid until it has confirmed their
 * invalidation, so a device that does not confirm must be cut off.
 *
 * How a device TLB is invalidated, and how its time-out shows, is the driver's.
 */
#ifndef IOMMU_GROUPS_ATS_H
#define IOMMU_GROUPS_ATS_H

#include <iommu-groups/driver.h>

/* Xen's "ats" option. */
extern bool ats_enabled;

/* Of a device TLB that belongs to no tag's flushes. */
#define IOMMU_ATS_NO_TAG (~0U)

/* Boot, before the first dev is probed; once for each driver does no harm. */
void iommu_ats_init(void);

/*
 * For probe(), where the unit and firmware permit it: fills dev->dev_tlb if the
 * function has a device TLB that may be used.  pcidevs_lock held.
 */
void iommu_ats_probe(struct iommu_dev *dev);

/*
 * No unit lock held, group lock held.  Switches ATS in the device, and whether
 * flushes of @tag include it.  False: it has no device TLB that may be used.
 */
bool iommu_ats_enable(struct iommu_dev *dev, uint32_t tag);
void iommu_ats_disable(struct iommu_dev *dev);

/* For release().  No unit lock held. */
void iommu_ats_release(struct iommu_dev *dev);

/*
 * Unit locked.  The next dev whose device TLB flushes of @tag include, with a
 * serial above *@serial, which moves on; NULL: there is none.  *@serial is 0 at
 * first; the unit may be unlocked between calls.
 */
struct iommu_dev *iommu_ats_next(const struct iommu_unit *unit, uint32_t tag,
                                 uint32_t *serial);

/* Is @id a device whose TLB flushes include?  Takes unit->lock. */
bool iommu_ats_known(struct iommu_unit *unit, uint32_t id);

/*
 * The device with requester ID @id did not answer an invalidation: its ATS is
 * turned off, @clear, which is called with the unit locked, takes its entries
 * out of the unit's table, and a tasklet breaks its group.  That hardware
 * forgets the entries is for the caller to see to.  False: it was contained
 * before.  No unit lock held.
 */
bool iommu_ats_contain(struct iommu_unit *unit, uint32_t id,
                       void (*clear)(struct iommu_dev *dev));

/* Configuration space of the device does not answer: it was pulled out. */
bool iommu_ats_gone(const struct iommu_dev *dev);

/* ats-quirks.c */

/* May its device TLB not be used, whatever it says?  One message. */
bool iommu_ats_forbidden(const struct iommu_dev *dev);
/* Does one invalidation of its device TLB not do? */
bool iommu_ats_twice(const struct pci_dev *pdev);

#endif /* IOMMU_GROUPS_ATS_H */
