/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firmware says of the way from a device to its unit, where there is one
 * description for all drivers: a device tree, or ACPI's IORT.  A driver whose
 * firmware table is its own (VT-d's DMAR) looks there itself, in probe().
 */
#ifndef IOMMU_GROUPS_FIRMWARE_H
#define IOMMU_GROUPS_FIRMWARE_H

#include <iommu-groups/driver.h>

struct iommu_firmware {
    const char *name;              /* "device tree" */

    /*
     * Mandatory.  pcidevs_lock held; before drivers are asked.  Sets
     * @dev->fw_unit, and turns id and ids, which are a PCI function's requester
     * IDs and empty otherwise, into the IDs that this unit sees.  -ENODEV:
     * firmware names no unit for the dev, or sets @dev->told, one that is not
     * used, of which a message was printed; -EINVAL: it contradicts itself, one
     * message was printed, now or when it was read.
     */
    int (*resolve)(struct iommu_dev *dev);

    /*
     * Optional.  As iommu_dev_ops.direct_regions, for all drivers that have no
     * such hook of their own.
     */
    int (*direct_regions)(const struct iommu_dev *dev, iommu_region_fn *fn,
                          void *arg);

    /*
     * Optional.  Boot only.  Calls @fn for the IDs, inclusive, that unit @unit
     * (its fw_handle) sees of requesters with reserved memory: firmware may
     * have left them at work, so their DMA has to go on while the unit comes
     * up.  Ranges may repeat.  Stops at the first nonzero answer.
     */
    int (*busy_ids)(uint32_t unit,
                    int (*fn)(uint32_t first, uint32_t last, void *arg),
                    void *arg);
};

/* The unit of a requester ID, and the ID that it sees; answers as resolve(). */
typedef int iommu_firmware_map_fn(uint16_t seg, uint16_t rid, uint32_t *unit,
                                  uint32_t *id);

/*
 * For resolve(): @dev, a PCI function, gets unit and IDs by @map, which has to
 * lead all of its requester IDs to one unit.  As resolve(); -ENOMEM.  On an
 * error @dev is as it was.
 */
int iommu_firmware_map(struct iommu_dev *dev, iommu_firmware_map_fn *map);

/*
 * Set by the architecture before the first unit comes up, and constant from
 * then on.  NULL: each driver knows by itself.
 */
extern const struct iommu_firmware *iommu_firmware;

#endif /* IOMMU_GROUPS_FIRMWARE_H */
