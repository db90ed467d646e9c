/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping, as the other files of the driver see it.
 *
 * Each requester has a table of its own; IDs that one device uses, and devices
 * that share an ID, have one together.  What an ID may raise is decided by the
 * table that its device table entry leads to: an ID without one raises nothing
 * while remapping is on.
 */
#ifndef AMD_INTREMAP_H
#define AMD_INTREMAP_H

#include <xen/mm.h>

#include <iommu-groups/driver.h>
#include <iommu-groups/ids.h>
#include <iommu-groups/ir.h>

#include "ivrs.h"

/*
 * What interrupt remapping has to know of a unit.  The unit driver fills the
 * first part in before any of the functions below is called.
 */
struct amd_ir_unit {
    struct iommu_unit *unit;        /* (c) */
    const struct amd_ivrs *ivrs;    /* (c) */
    const struct amd_ivhd *ivhd;    /* (c) its own in it */
    uint64_t efr;                   /* (c) extended features, §3.4.1 */
    uint64_t *devtab;               /* (c) 65536 entries of four words */
    nodeid_t node;                  /* (c) or NUMA_NO_NODE */
    bool coherent;                  /* (c) it snoops the caches */

    bool ga, xt;                    /* (c) while it is on: amd_ir_choose() */
    struct amd_ir *ir;              /* (c) NULL: never was on */
};

/* A command, §2.4. */
struct amd_ir_cmd {
    uint64_t lo, hi;
};

/* ---- what the unit driver provides ---- */

struct amd_ir_unit *amd_ir_unit_of(struct iommu_unit *unit);

/*
 * Turns the unit on, with GAEn and XTEn as u->ga and u->xt say; all that it may
 * have cached is gone.  Nothing to do where it is on.  0, -ENOMEM, -EIO.
 */
int amd_ir_unit_start(struct amd_ir_unit *u);
bool amd_ir_unit_is_on(const struct amd_ir_unit *u);

/*
 * Carries @nr commands out, 16 at most, and waits, with a bound.  Any context.
 * -EIO: the unit does not answer, or did not before; it is marked so.
 */
int amd_ir_unit_run(struct amd_ir_unit *u, const struct amd_ir_cmd *cmd,
                    unsigned int nr);

/* The same without a wait: done before anything that is sent later. */
void amd_ir_unit_post(struct amd_ir_unit *u, const struct amd_ir_cmd *cmd,
                      unsigned int nr);

/* Everything that is cached goes; waits.  0, -EIO. */
int amd_ir_unit_flush_all(struct amd_ir_unit *u);

/* ---- what it calls ---- */

/* unit->ir of a unit that can remap. */
extern const struct iommu_ir_ops amd_ir_ops;

/* Hardware and command line allow it, with 32-bit destinations if @eim. */
bool amd_ir_usable(const struct amd_ir_unit *u, bool eim);

/*
 * The format of entries, u->ga and u->xt, while the unit is off: what control
 * has to say (GAEn, XTEn; §3.4.1) when it is turned on.
 */
void amd_ir_choose(struct amd_ir_unit *u, bool eim);

/*
 * Turns the unit on where it is off, and remapping with it: DMA of all devices
 * is blocked from then on until they are attached.  IO-APICs and HPETs have
 * their tables then.  Nothing to do where it is on.  After a suspend, with the
 * tables of before.
 * Boot or resume, other CPUs are idle.
 * 0, -EOPNOTSUPP, -ENOMEM, -EIO (remapping is off then); -EINVAL: the unit is
 * on with destinations of the other width.
 */
int amd_ir_enable(struct amd_ir_unit *u, bool eim);

/*
 * Interrupts pass unchecked; DMA is translated as before.  Boot error path:
 * entries that are in use are lost.  Nothing to do where it is off.
 */
void amd_ir_disable(struct amd_ir_unit *u);

/*
 * Power management: around the unit being off, which lets interrupts pass.
 * Tables stay in memory.  No other CPU runs, no lock is taken.
 */
void amd_ir_suspend(struct amd_ir_unit *u);
void amd_ir_resume(struct amd_ir_unit *u);

/* Bring-up's error path, the unit is off: gives all tables back. */
void amd_ir_free(struct amd_ir_unit *u);

/*
 * A device with @ids is there: from the next attach on, which invalidates
 * their device table entries, all of them lead to one table.  Not under
 * pcidevs_lock; allocates, does not wait.
 * -ENOMEM; -EBUSY: others have some of the IDs, with two different tables (one
 * message was printed).  Nothing changed then.
 */
int amd_ir_add(struct amd_ir_unit *u, const struct iommu_ids *ids);

/*
 * It goes.  IDs that no other device has raise nothing once the unit has done
 * what is queued here.  pcidevs_lock; does not wait.
 */
void amd_ir_remove(struct amd_ir_unit *u, const struct iommu_ids *ids);

#endif /* AMD_INTREMAP_H */
