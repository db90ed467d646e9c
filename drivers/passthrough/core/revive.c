/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that do not complete their work are started anew before they are given
 * up: dom0's disks may be behind them.  One CPU does it, those that wait for
 * the unit meanwhile repeat what they had asked of it.
 */
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/time.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/driver.h>

/*
 * The reviver's.  So many times; each minute gives half of them back.  Whoever
 * is able to bring it to that again and again has DMA aborted each time, for
 * all devices of the unit.
 */
static bool may_try(struct iommu_unit *unit)
{
    s_time_t now = NOW();

    if ( now - unit->revive_time > SECONDS(60) )
        unit->nr_tries >>= 1;
    unit->revive_time = now;

    return ++unit->nr_tries <= IOMMU_REVIVES;
}

static bool revive(struct iommu_unit *unit, const char *what)
{
    bool told = iommu_lines_left(&unit->errors);

    if ( !unit->drv->unit->revive || !may_try(unit) )
        return false;

    if ( told )
        printk(XENLOG_ERR
               "IOMMU %s at %#"PRIpaddr" %s: it is started anew\n",
               unit->name, unit->base, what);
    if ( unit->drv->unit->revive(unit) )
        return false;

    write_atomic(&unit->nr_revived, unit->nr_revived + 1);
    if ( told )
        printk(XENLOG_WARNING "IOMMU %s works again\n", unit->name);

    return true;
}

/* From then on all that have the lock see it. */
static void set_reviver(struct iommu_unit *unit, unsigned int who)
{
    unsigned long flags;

    spin_lock_irqsave(&unit->lock, flags);
    write_atomic(&unit->reviver, who);
    spin_unlock_irqrestore(&unit->lock, flags);
}

bool iommu_unit_revive(struct iommu_unit *unit, unsigned int seen,
                       const char *what)
{
    unsigned int me = smp_processor_id() + 1;
    bool ok;

    /* What the hook itself asks of the unit is not tried a second time. */
    if ( read_atomic(&unit->reviver) == me )
        return false;

    /* The hook has a bound, and so does this. */
    while ( cmpxchg(&unit->reviver, 0U, me) )
        cpu_relax();
    set_reviver(unit, me);

    if ( read_atomic(&unit->failed) )
        ok = false;
    else
        ok = read_atomic(&unit->nr_revived) != seen || revive(unit, what);

    set_reviver(unit, 0);

    return ok;
}

bool iommu_unit_held(const struct iommu_unit *unit)
{
    unsigned int reviver = read_atomic(&unit->reviver);

    return reviver && reviver != smp_processor_id() + 1;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
