/* SPDX-License-Identifier: GPL-2.0-only */
/* The unit side: suspend, resume, crash. */

#include <xen/lib.h>

#include "rviommu.h"

static void cf_check rv_resume(struct iommu_unit *unit)
{
    struct rv_unit *u = to_rv_unit(unit);
    const char *what;

    if ( unit->failed || !rv_unit_start(u, &what) )
        return;

    if ( force_iommu )
        panic("%s: did not resume: %s\n", unit->name, what);
    iommu_unit_fail(&u->unit, what);
}

static int cf_check rv_suspend(struct iommu_unit *unit)
{
    struct rv_unit *u = to_rv_unit(unit);
    unsigned long flags;
    bool ok;

    if ( unit->failed )
        return 0;

    /* Nothing passes while it is off; what was under way is done (§5.5). */
    spin_lock_irqsave(&unit->lock, flags);
    ok = rv_set_mode(u, DDTP_OFF) && rv_queues_off(u);
    spin_unlock_irqrestore(&unit->lock, flags);

    if ( ok )
        return 0;

    /* Nobody resumes what was not suspended. */
    rv_resume(unit);

    return -EIO;
}

/*
 * The kernel that comes next expects units as they were before this one.  Off
 * comes first: §5.5 allows nothing else.
 */
static void cf_check rv_crash_shutdown(struct iommu_unit *unit)
{
    struct rv_unit *u = to_rv_unit(unit);

    if ( !rv_set_mode(u, DDTP_OFF) || !rv_queues_off(u) ||
         (u->first_mode == DDTP_BARE && !rv_set_mode(u, DDTP_BARE)) )
        printk(XENLOG_ERR "%s: ddtp stays %016"PRIx64"\n", unit->name,
               rv_readq(u, RV_DDTP));
}

static void cf_check rv_quiesce(struct iommu_unit *unit)
{
    const struct rv_unit *u = to_rv_unit(unit);
    static const unsigned int csr[] = { RV_CQCSR, RV_FQCSR };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(csr); i++ )
    {
        if ( !rv_wait(u, csr[i], QCSR_BUSY, 0) )
            continue;
        rv_writel(u, csr[i], rv_readl(u, csr[i]) & QCSR_EN);
        rv_wait(u, csr[i], QCSR_BUSY, 0);
    }
}

const struct iommu_unit_ops rv_unit_ops = {
    .suspend = rv_suspend,
    .resume = rv_resume,
    .crash_shutdown = rv_crash_shutdown,
    .poll_faults = rv_fault_poll,
    .quiesce = rv_quiesce,
    .silence = rv_silence,
    .revive = rv_revive,
    .shut = rv_shut,
    .dump = rv_dump,
    .look = rv_look,
};
