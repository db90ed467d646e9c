/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units whose faults no interrupt tells of: a timer looks, ten times a second.
 * That is a read of a register or two for each of them, and one round of what
 * they have recorded.
 */
#include <xen/init.h>
#include <xen/smp.h>
#include <xen/tasklet.h>
#include <xen/timer.h>

#include <iommu-groups/driver.h>
#include <iommu-groups/fault.h>

static struct timer timer;
static struct tasklet tasklet;

static void cf_check due(void *unused)
{
    tasklet_schedule(&tasklet);
}

static void cf_check look(void *unused)
{
    struct iommu_unit *unit;

    for_each_iommu_unit ( unit )
        if ( unit->polled && !unit->failed )
            unit->drv->unit->poll_faults(unit);

    set_timer(&timer, NOW() + MILLISECS(IOMMU_POLL_MS));
}

int __init iommu_poll_start(void)
{
    const struct iommu_unit *unit;
    bool any = false;

    for_each_iommu_unit ( unit )
        any |= unit->polled;
    if ( !any )
        return 0;

    softirq_tasklet_init(&tasklet, look, NULL);
    init_timer(&timer, due, NULL, smp_processor_id());
    set_timer(&timer, NOW() + MILLISECS(IOMMU_POLL_MS));

    return 0;
}
__initcall(iommu_poll_start);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
