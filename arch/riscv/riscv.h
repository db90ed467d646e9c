/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the sources of arch/riscv. */
#ifndef IOMMU_GROUPS_ARCH_RISCV_H
#define IOMMU_GROUPS_ARCH_RISCV_H

#include <xen/pci.h>
#include <xen/types.h>

struct iommu_dt_bridge;
struct iommu_dt_ecam;

/* Time runs from here on, at @frequency ticks a second. */
void riscv_time_init(uint32_t frequency);

/*
 * A host bridge whose configuration space can be accessed once buses are
 * opened.  @first_bus is open.  -ENOMEM.
 */
int riscv_pci_bridge_add(const struct iommu_dt_bridge *b,
                         const struct iommu_dt_ecam *e);

/* Makes bus @bus accessible; what is on others reads as all ones.  -ENOMEM. */
int cf_check riscv_pci_bus_open(uint16_t seg, uint8_t bus);

/* Finds all functions, and gives the bridges above them their numbers. */
void riscv_host_bridges_init(void);

#endif /* IOMMU_GROUPS_ARCH_RISCV_H */
