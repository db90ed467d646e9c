/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is taken away from devices that do what they must not: bus mastering,
 * and the console.
 */
#ifndef IOMMU_GROUPS_CONTAIN_H
#define IOMMU_GROUPS_CONTAIN_H

#include <xen/pci.h>

struct iommu_dev;

/*
 * Cuts @dev off: its group is broken, for the reason @why, and so blocked; its
 * unit records nothing of it any more, where it can be kept from that; and its
 * bus mastering is off.  All of it lasts until iommu_group_mend(), or until the
 * device has been removed and added again.  Any requester, with or without a
 * PCI function.  Group locked, @dev a member; waits for hardware.
 */
void iommu_dev_contain(struct iommu_dev *dev, const char *why);

/*
 * Switches bus mastering off.  @for_good: whoever writes COMMAND through Xen
 * (vPCI, a PV hardware domain, pciback for a guest) cannot switch it on before
 * iommu_pci_allow_master().  pcidevs_lock or the group's lock held, so that the
 * device stays.
 */
void iommu_pci_stop_master(struct pci_dev *pdev, bool for_good);

/* Its driver may switch bus mastering on again.  Locks as above. */
void iommu_pci_allow_master(struct pci_dev *pdev);

/*
 * Writes COMMAND for somebody else than Xen, without bus mastering where Xen
 * took that.  pcidevs_lock or its domain's pci_lock held.
 */
void iommu_pci_write_command(const struct pci_dev *pdev, uint16_t cmd);

/* Messages about one device that whoever drives it may cause. */
#define IOMMU_DEV_LINES 32

/* May one more be printed?  Counts it in *@said. */
static inline bool iommu_lines_left(unsigned int *said)
{
    if ( *said >= IOMMU_DEV_LINES )
        return false;

    ++*said;

    return true;
}

#endif /* IOMMU_GROUPS_CONTAIN_H */

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
