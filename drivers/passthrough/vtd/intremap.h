/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping, as the other files of the driver see it. */
#ifndef VTD_INTREMAP_H
#define VTD_INTREMAP_H

#include <iommu-groups/ir.h>

#include "vtd.h"

/* §11.4.10: the largest table there is, 1 MiB. */
#define VTD_IR_ENTRIES          65536u

/* Registered by acpi_dmar_init() once the DMAR was accepted. */
extern struct iommu_ir_driver vtd_ir_driver;

/* unit->ir of a unit that can remap. */
extern const struct iommu_ir_ops vtd_ir_ops;

/* ECAP, DMAR and command line allow it, with 32-bit destinations if @eim. */
bool vtd_ir_usable(const struct vtd_unit *u, bool eim);

/*
 * Turns the invalidation queue and interrupt remapping on; allocates the table
 * on first use and keeps it from then on.  Nothing to do where it is on.
 * Boot or resume, other CPUs are idle; takes unit->lock.
 * 0, -EOPNOTSUPP, -ENOMEM, -EIO (remapping is off then); -EINVAL: entries of
 * the other destination format are in use.
 */
int vtd_ir_enable(struct vtd_unit *u, bool eim);

/*
 * Off, entries stay in memory.  Before the invalidation queue is turned off, in
 * the suspend, crash and error paths: no other CPU runs, no lock is taken.
 */
void vtd_ir_disable(struct vtd_unit *u);

/*
 * Power management: off, and on again if it was on, after vtd_qi_enable() and
 * with the entries of before.  As vtd_ir_disable() and vtd_ir_enable().
 */
void vtd_ir_suspend(struct vtd_unit *u);
int vtd_ir_resume(struct vtd_unit *u);

/* Bring-up's error path, after vtd_ir_disable(): gives the table back. */
void vtd_ir_free(struct vtd_unit *u);

#endif /* VTD_INTREMAP_H */
