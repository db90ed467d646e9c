/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the AMD-Vi driver's boot code is made of besides the units: options,
 * reserved memory, chipsets.
 */
#ifndef AMD_SETUP_H
#define AMD_SETUP_H

#include <xen/iommu.h>

#include <iommu-groups/driver.h>

#include "ivrs.h"

/* How messages about ivmd= begin. */
#define AMD_IVMD_OPTION "AMD-Vi: ivmd"

/* (c) after amd_ivrs_detect(): what firmware and the administrator say. */
extern struct amd_ivrs amd_ivrs;

/*
 * Boot, before interrupts are set up and functions are learnt: reads the table
 * into amd_ivrs, with options and memory blocks, and has its aliases known to
 * the rules for groups.  Switches interrupt remapping off where the chipset
 * cannot.
 * -ENODEV: there is none; other errors: one message was printed, and amd_ivrs
 * is empty: -EINVAL; -EOPNOTSUPP: iommu=force, and a unit cannot be used;
 * -ENOMEM.
 */
int amd_ivrs_detect(void);

/* Boot, an error: as if there had been none. */
void amd_ivrs_forget(void);

/*
 * Boot, the table was parsed: ivrs_ioapic[] and ivrs_hpet[] overrule it.  What
 * they name and no unit translates is left out, with one line.  -ENOMEM.
 */
int amd_options_apply(struct amd_ivrs *ivrs);

/*
 * Boot, the table was parsed: which of its memory blocks, and of those of ivmd=
 * and Xen's own, devices may reach.  Where blocks overlap,
 * the rights of both count.  Those that cannot be used are left out, with one
 * line.  -ENOMEM.
 */
int amd_ivmd_init(struct amd_ivrs *ivrs);

/*
 * For direct_regions(): calls @fn for each region of a dev with @ids on segment
 * @sbdf.seg; stops at the first nonzero answer.
 */
int amd_ivmd_for_dev(pci_sbdf_t sbdf, const struct iommu_ids *ids,
                     iommu_region_fn *fn, void *arg);

/*
 * Blocks for devices on several buses: the hardware domain's table leads to
 * them, once it has one.  No lock held.  As iommu_direct_map().
 */
int amd_ivmd_for_hwdom(struct domain *d);

/* As iommu_get_reserved_device_memory(). */
int amd_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt);

/*
 * Boot.  NULL, or why interrupts cannot be remapped on this chipset (SP5100
 * erratum 28).
 */
const char *amd_chipset_no_intremap(void);

/*
 * Boot and resume, before the unit with function @unit is enabled: registers of
 * the chipset that firmware should have set (erratum 746, ATS write check).
 * Changes nothing on other hardware.
 */
void amd_chipset_prepare(pci_sbdf_t unit);

/*
 * RD890 comes back from a suspend with the unit switched off and its settings
 * lost.  What amd_chipset_save(), at boot, returns is for
 * amd_chipset_restore(), at resume before the unit is touched.  @cap: its
 * capability block. NULL: nothing has to be saved; ERR_PTR(-ENOMEM).
 */
struct amd_chipset_state *amd_chipset_save(pci_sbdf_t unit, uint16_t cap);
void amd_chipset_restore(pci_sbdf_t unit, uint16_t cap,
                       const struct amd_chipset_state *state);

#endif /* AMD_SETUP_H */
