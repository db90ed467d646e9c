/* SPDX-License-Identifier: GPL-2.0-only */
/* The unit side: suspend, resume, crash. */

#include <xen/lib.h>

#include "amd.h"
#include "setup.h"

static int cf_check amd_suspend(struct iommu_unit *unit)
{
    struct amd_unit *u = to_amd_unit(unit);
    unsigned long flags;
    int rc;

    if ( unit->failed )
        return 0;
    if ( amd_invalidate_all(u) )
        return -EIO;

    amd_ir_suspend(&u->ir);

    /* "force": firmware, too, has to live with translation; rings stop. */
    spin_lock_irqsave(&unit->lock, flags);
    rc = force_iommu ? amd_unit_pause(u) : amd_unit_stop(u);
    spin_unlock_irqrestore(&unit->lock, flags);

    return rc;
}

static void cf_check amd_resume(struct iommu_unit *unit)
{
    struct amd_unit *u = to_amd_unit(unit);

    if ( unit->failed )
        return;

    /* Interrupt remapping may have started it before. */
    if ( amd_unit_is_on(u) || !amd_unit_start(u) )
    {
        amd_ir_resume(&u->ir);
        amd_irq_start(u);
        return;
    }

    if ( force_iommu )
        panic("%s: did not resume\n", unit->name);
    iommu_unit_fail(unit, "did not resume");
}

/* The kernel that comes next expects units as after a reset. */
static void cf_check amd_crash_shutdown(struct iommu_unit *unit)
{
    struct amd_unit *u = to_amd_unit(unit);

    if ( amd_unit_stop(u) )
        printk(XENLOG_ERR "%s: does not turn off\n", unit->name);
}

static void cf_check amd_quiesce(struct iommu_unit *unit)
{
    struct amd_unit *u = to_amd_unit(unit);

    u->irq_wanted = false;
    amd_control(u, 0, CTRL_EVT_INT_EN, 0, 0);
}

const struct iommu_unit_ops amd_unit_ops = {
    .suspend = amd_suspend,
    .resume = amd_resume,
    .crash_shutdown = amd_crash_shutdown,
    .quiesce = amd_quiesce,
    .poll_faults = amd_event_poll,
    .silence = amd_silence,
    .revive = amd_revive,
    .dump = amd_dump,
    .look = amd_look,
};
