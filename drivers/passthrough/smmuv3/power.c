/* SPDX-License-Identifier: GPL-2.0-only */
/* The unit side: suspend, resume, crash. */

#include <xen/errno.h>
#include <xen/lib.h>

#include "smmuv3.h"

/* Nothing passes while the unit sleeps. */
static int cf_check smmu_suspend(struct iommu_unit *unit)
{
    struct smmu_unit *u = to_smmu(unit);
    unsigned long flags;
    bool ok;

    if ( unit->failed )
        return 0;

    spin_lock_irqsave(&unit->lock, flags);
    ok = smmu_gbpa_abort(u) && smmu_stop(u);
    spin_unlock_irqrestore(&unit->lock, flags);

    return ok ? 0 : -EIO;
}

/*
 * Registers may be as after a reset, or as suspend() left them.  No other CPU
 * runs, so nobody uses the queue meanwhile.
 */
static void cf_check smmu_resume(struct iommu_unit *unit)
{
    struct smmu_unit *u = to_smmu(unit);

    if ( unit->failed )
        return;

    if ( !smmu_gbpa_abort(u) || !smmu_stop(u) || smmu_start(u) )
        iommu_unit_fail(&u->unit, "did not resume");
}

/* §6.3.14, GBPA: nothing passes meanwhile.  Events that were recorded stay. */
static int cf_check smmu_revive(struct iommu_unit *unit)
{
    struct smmu_unit *u = to_smmu(unit);

    return smmu_gbpa_abort(u) && smmu_stop(u) && !smmu_start(u) ? 0 : -EIO;
}

/* The kernel that comes next expects units as firmware left them. */
static void cf_check smmu_crash_shutdown(struct iommu_unit *unit)
{
    struct smmu_unit *u = to_smmu(unit);

    if ( !smmu_stop(u) || !smmu_gbpa_restore(u) )
        printk(XENLOG_ERR "%s: CR0ACK stays %08x\n", unit->name,
               smmu_readl(u, SMMU_CR0ACK));
}

static void cf_check smmu_quiesce(struct iommu_unit *unit)
{
    smmu_writel(to_smmu(unit), SMMU_IRQ_CTRL, 0);
}

const struct iommu_unit_ops smmu_unit_ops = {
    .suspend = smmu_suspend,
    .resume = smmu_resume,
    .crash_shutdown = smmu_crash_shutdown,
    .quiesce = smmu_quiesce,
    .poll_faults = smmu_poll_faults,
    .silence = smmu_silence,
    .revive = smmu_revive,
    .shut = smmu_shut,
    .dump = smmu_dump,
    .look = smmu_look,
};
