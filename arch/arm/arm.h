/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of this directory. */
#ifndef IOMMU_GROUPS_ARM_H
#define IOMMU_GROUPS_ARM_H

/*
 * Boot.  Brings up the units that the device tree has and a driver knows, and
 * names those that none knows.  0: there is one at least; -ENODEV.
 */
int arm_iommu_discover(void);

/* The same of the IORT's, on a machine that boots from ACPI. */
int arm_acpi_discover(void);

/*
 * Boot, from ACPI: the host bridges of the MCFG; what of it makes no sense is
 * left out, with one message.  -ENOMEM.
 */
int arm_acpi_bridges(void);

/* Boot, groups of PCI functions are formed.  Nodes marked xen,passthrough. */
void arm_iommu_add_kept(void);

struct domain;
struct dt_device_node;
struct iommu_dev;

/*
 * Who has the node's device, dom_io: nobody.  NULL: it was never added.  The
 * domain may be gone at any time: to compare and to print.  No lock held.
 */
struct domain *arm_dt_owner(const struct dt_device_node *np);

/*
 * A device that is no PCI function, with the firmware's @name for it, which has
 * to stay.  Firmware that contradicts itself leaves it blocked, and must not
 * keep the hardware domain from being built: it is not an error here.
 * 0: *@new is in its group, blocked; 1: it is in none, and a line says why;
 * -ENOMEM.
 */
int arm_iommu_dev_add(const char *name, struct iommu_dev **new);

/* Boot.  Such a device, blocked so far, becomes @d's.  As set_owner. */
int arm_iommu_give(struct iommu_dev *dev, struct domain *d);

/* Boot, from ACPI.  Devices of the name space: into groups, and to dom0. */
void arm_acpi_add_named(void);
void arm_acpi_give_named(struct domain *d);

#endif /* IOMMU_GROUPS_ARM_H */
