/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d driver as the architecture's glue sees it. */
#ifndef IOMMU_GROUPS_VTD_H
#define IOMMU_GROUPS_VTD_H

#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/iommu.h>

#ifdef CONFIG_INTEL_IOMMU

/*
 * Brings all units up, blocked, translation not yet enabled, and registers
 * driver and units.  -ENODEV without a DMAR; on an error all is unwound.
 */
int vtd_setup(void);

/*
 * Enables translation wherever it is not: after the hardware domain's devices
 * have been attached, or before a self-test.
 */
void vtd_enable_translation_all(void);

/* As iommu_get_reserved_device_memory(). */
int vtd_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt);

#else

static inline int vtd_setup(void) { return -ENODEV; }
static inline void vtd_enable_translation_all(void) {}
static inline int vtd_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt)
{
    return 0;
}

#endif

#endif /* IOMMU_GROUPS_VTD_H */
