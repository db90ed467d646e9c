/* SPDX-License-Identifier: GPL-2.0-only */
/* What intremap.c (sources) and intremap-setup.c (units) share. */
#ifndef X86_INTREMAP_H
#define X86_INTREMAP_H

#include <iommu-groups/ir.h>

/* Units remap interrupts, all pins of IO-APICs have entries. */
extern bool ir_active;

/*
 * The unit that remaps the source, and as whom it sends; NULL: none does.  For
 * a PCI function see iommu_ir_pci_source().
 */
struct iommu_unit *ir_find_ioapic(unsigned int id, struct iommu_ir_source *src);
struct iommu_unit *ir_find_hpet(unsigned int id, struct iommu_ir_source *src);
struct iommu_unit *ir_find_pci(const struct pci_dev *pdev);

/*
 * Boot, units remap already.  Takes the entries of all pins; the pins
 * themselves are written later.  -ENOMEM, -ENODEV, -ENOSPC.
 */
int ir_setup_ioapics(void);

/* Boot error path, pins do not use them any more: gives the entries back. */
void ir_release_ioapics(void);

#endif /* X86_INTREMAP_H */
