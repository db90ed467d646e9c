/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From start_xen(), once there is a heap: what the layer needs of Xen and the
 * port does not set up, and then the layer.
 */
#include <xen/cpumask.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/rcupdate.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/tasklet.h>
#include <xen/timer.h>
#include <xen/xmalloc.h>

#include <asm/setup.h>
#include <asm/system.h>

#include <iommu-groups/compat.h>
#include <iommu-groups/dt.h>

#include "riscv.h"

/*
 * Owners of what no guest has.  setup_system_domains() makes them elsewhere; it
 * needs an architecture that can create a domain.
 */
static struct domain *__init system_domain(domid_t id)
{
    struct domain *d = xzalloc(struct domain);

    if ( !d )
        panic("No memory for domain %u\n", id);

    d->domain_id = id;
    INIT_LIST_HEAD(&d->pdev_list);
    rwlock_init(&d->pci_lock);

    return d;
}

/* There is no idle loop that would run them. */
static void __init run_tasklets(void)
{
    unsigned long *work = &this_cpu(tasklet_work_to_do);

    while ( test_bit(_TASKLET_enqueued, work) )
    {
        set_bit(_TASKLET_scheduled, work);
        do_tasklet();
    }
}

void __init riscv_iommu_boot(const void *fdt, size_t size)
{
    uint32_t frequency = 0;
    unsigned long flags;

    cpumask_set_cpu(smp_processor_id(), &cpu_online_map);
    dom_xen = system_domain(DOMID_XEN);
    dom_io = system_domain(DOMID_IO);

    /*
     * Softirqs run where a long loop lets them, and want these to be there.
     * Timers are not set by anything that runs before the port's end.
     */
    if ( COMPAT_RISCV_NO_TASKLETS )
        tasklet_subsys_init();
    if ( COMPAT_RISCV_NO_TIMERS )
        timer_init();
    rcu_init();
    /* Some code asserts that interrupts may come. */
    local_irq_save(flags);
    local_irq_enable();

    if ( iommu_enable && iommu_dt_read(&iommu_dt, fdt, size) )
        iommu_enable = false;
    iommu_firmware = &iommu_dt_firmware;

    if ( iommu_enable &&
         (iommu_dt_number(&iommu_dt, "/cpus", "timebase-frequency",
                          &frequency) || !frequency) )
    {
        printk(XENLOG_ERR
               "IOMMU: device tree: /cpus: no timebase-frequency: time is unknown\n");
        iommu_enable = false;
    }
    if ( COMPAT_RISCV_NO_TIMERS )
        riscv_time_init(frequency);

    iommu_setup();
    run_tasklets();
    local_irq_restore(flags);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
