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

/*
 * Is this an ITS' page for messages, which dom0's devices reach and dom0 cannot
 * give away?  No lock held: after boot the list of them stays as it is.
 */
bool arm_is_doorbell(unsigned long mfn);

struct domain;

/* Boot, from ACPI.  Devices of the name space: into groups, and to dom0. */
void arm_acpi_add_named(void);
void arm_acpi_give_named(struct domain *d);

#endif /* IOMMU_GROUPS_ARM_H */
