/* SPDX-License-Identifier: GPL-2.0-only */
/* The unit side: suspend, resume, crash. */

#include <xen/errno.h>
#include <xen/lib.h>

#include "smmuv2.h"

/* Nothing passes while the unit sleeps, and nothing is on its way. */
static int cf_check smmu2_suspend(struct iommu_unit *unit)
{
    struct smmu2_unit *u = to_smmu2(unit);
    unsigned long flags;

    if ( unit->failed )
        return 0;

    flags = smmu2_lock(u);
    smmu2_all_off(u);
    smmu2_write_cr0(u);
    smmu2_unlock(u, flags);

    return smmu2_forget(u);
}

/*
 * All registers anew, while all streams fault, and nothing cached.  Other CPUs
 * keep away.
 */
static int start(struct smmu2_unit *u)
{
    unsigned long flags;
    int rc;

    spin_lock_irqsave(&u->unit.lock, flags);
    smmu2_all_off(u);
    smmu2_program(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    rc = smmu2_forget(u);
    if ( rc )
        return rc;

    spin_lock_irqsave(&u->unit.lock, flags);
    smmu2_all_on(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return 0;
}

/* Registers may be as after a reset, or as suspend() left them. */
static void cf_check smmu2_resume(struct iommu_unit *unit)
{
    struct smmu2_unit *u = to_smmu2(unit);
    unsigned int n;

    if ( unit->failed )
        return;

    for ( n = 0; n < u->nr_banks; n++ )
        writel(FSR_ALL, smmu2_cb(u, n, CB_FSR));
    if ( start(u) )
        iommu_unit_fail(unit, "did not resume");
}

/* Faults that were recorded stay. */
static int cf_check smmu2_revive(struct iommu_unit *unit)
{
    return start(to_smmu2(unit));
}

/* The kernel that comes next expects units as firmware left them. */
static void cf_check smmu2_crash_shutdown(struct iommu_unit *unit)
{
    smmu2_restore(to_smmu2(unit));
}

static void cf_check smmu2_quiesce(struct iommu_unit *unit)
{
    const struct smmu2_unit *u = to_smmu2(unit);
    unsigned int n;

    writel(readl(smmu2_ns(u, GR0_CR0)) & ~(CR0_GFIE | CR0_GCFGFIE),
           smmu2_ns(u, GR0_CR0));
    for ( n = 0; n < u->nr_banks; n++ )
        if ( u->banks[n].on )
            writel(readl(smmu2_cb(u, n, CB_SCTLR)) & ~SCTLR_CFIE,
                   smmu2_cb(u, n, CB_SCTLR));
}

const struct iommu_unit_ops smmu2_unit_ops = {
    .suspend = smmu2_suspend,
    .resume = smmu2_resume,
    .crash_shutdown = smmu2_crash_shutdown,
    .quiesce = smmu2_quiesce,
    .poll_faults = smmu2_poll_faults,
    .revive = smmu2_revive,
    .shut = smmu2_shut,
    .dump = smmu2_dump,
    .look = smmu2_look,
};
