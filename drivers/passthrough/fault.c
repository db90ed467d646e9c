/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults: a log of the newest ones, one line each as long as there are few,
 * and an end to devices that go on.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <xen/tasklet.h>
#include <xen/time.h>

#include <iommu-groups/fault.h>
#include <iommu-groups/group.h>

#define LOG_SIZE 256

static DEFINE_SPINLOCK(log_lock);
static struct iommu_fault_record log[LOG_SIZE];  /* log_lock */
static uint64_t nr_logged;                       /* log_lock; next seq */

static void log_fault(struct iommu_fault_record *r)
{
    unsigned long flags;

    spin_lock_irqsave(&log_lock, flags);
    r->seq = nr_logged;
    log[nr_logged++ % LOG_SIZE] = *r;
    spin_unlock_irqrestore(&log_lock, flags);
}

int iommu_fault_next(uint64_t seq, struct iommu_fault_record *r)
{
    unsigned long flags;
    int rc = -ENOENT;

    spin_lock_irqsave(&log_lock, flags);
    if ( seq + LOG_SIZE < nr_logged )
        seq = nr_logged - LOG_SIZE;
    if ( seq < nr_logged )
    {
        *r = log[seq % LOG_SIZE];
        rc = 0;
    }
    spin_unlock_irqrestore(&log_lock, flags);

    return rc;
}

int iommu_fault_last(const struct iommu_unit *unit, uint32_t id,
                     struct iommu_fault *f, uint64_t *seq)
{
    unsigned long flags;
    uint64_t i;
    int rc = -ENOENT;

    spin_lock_irqsave(&log_lock, flags);
    for ( i = nr_logged; i && i + LOG_SIZE > nr_logged; i-- )
    {
        const struct iommu_fault_record *r = &log[(i - 1) % LOG_SIZE];

        if ( r->unit == unit->id && r->fault.id == id )
        {
            *f = r->fault;
            *seq = r->seq;
            rc = 0;
            break;
        }
    }
    spin_unlock_irqrestore(&log_lock, flags);

    return rc;
}

/*
 * The same measure as Xen's own: one fault counts for ten milliseconds and
 * half for as long again.  True: this one was too many; the count starts
 * anew then, for a driver that switches bus mastering on again.
 */
static bool count_fault(struct pci_dev *pdev, s_time_t now)
{
    if ( now < pdev->fault.time || now - pdev->fault.time > MILLISECS(10) )
        pdev->fault.count >>= 1;
    pdev->fault.time = now;

    if ( ++pdev->fault.count < PT_FAULT_THRESHOLD )
        return false;

    pdev->fault.count = 0;

    return true;
}

/*
 * pcidevs_lock or its group's lock held.  Its driver cannot be relied on to
 * stop it.
 */
static void stop_dma(const struct pci_dev *pdev)
{
    uint16_t cmd = pci_conf_read16(pdev->sbdf, PCI_COMMAND);

    pci_conf_write16(pdev->sbdf, PCI_COMMAND, cmd & ~PCI_COMMAND_MASTER);
}

const char *iommu_fault_access(const struct iommu_fault *f)
{
    return f->interrupt ? "interrupt request"
           : f->exec ? "DMA execute"
           : f->write ? "DMA write" : "DMA read";
}

static void print_fault(const struct iommu_unit *unit,
                        const struct iommu_fault *f,
                        const struct iommu_dev *dev, unsigned int group,
                        const struct domain *owner)
{
    const char *what = iommu_fault_access(f);
    const char *where = f->interrupt ? "entry" : "address";

    if ( dev )
        printk(XENLOG_WARNING
               "IOMMU %s: %s of %s (ID %#x, group %u, %pd) %s %#"PRIx64" refused: %s (%#x)\n",
               unit->name, what, dev->name, f->id, group, owner, where, f->addr,
               f->reason, f->code);
    else
        printk(XENLOG_WARNING
               "IOMMU %s: %s of unknown device %#x %s %#"PRIx64" refused: %s (%#x)\n",
               unit->name, what, f->id, where, f->addr, f->reason, f->code);
}

/* A device that was stopped so often, and went on, is not left a chance. */
static void cut_off(struct iommu_group *group, const struct iommu_dev *dev)
{
    iommu_group_lock(group);
    if ( iommu_group_has(group, dev) && !group->broken )
    {
        printk(XENLOG_ERR "IOMMU group %u: %s faulted on after %u stops\n",
               group->id, dev->name, IOMMU_FAULT_STOPS);
        iommu_group_break(group, "a device keeps faulting");
    }
    iommu_group_unlock(group);
}

void iommu_fault_report(struct iommu_unit *unit, const struct iommu_fault *f)
{
    struct iommu_fault_record r = { .fault = *f, .time = NOW(),
                                    .unit = unit->id,
                                    .owner = DOMID_INVALID };
    struct iommu_dev *dev = NULL;
    struct iommu_group *group;
    struct domain *owner = NULL;
    bool stop = false, cut = false;

    pcidevs_lock();

    unit->nr_faults++;
    group = iommu_group_of_id(unit, f->id, &dev);
    if ( group )
    {
        /* What pcidevs_lock guards: a domain does not go while it is there. */
        owner = (dev->pdev ? dev->pdev->domain : dev->published) ?: dom_io;
        dev->nr_faults++;
        r.known = true;
        r.group = group->id;
        r.owner = owner->domain_id;
        snprintf(r.dev, sizeof(r.dev), "%s", dev->name);
    }

    if ( dev && dev->pdev && count_fault(dev->pdev, r.time) )
    {
        stop = true;
        stop_dma(dev->pdev);
        cut = ++dev->nr_stops >= IOMMU_FAULT_STOPS;
    }

    log_fault(&r);

    /* Under the lock: the device, and its owner, stay until it is printed. */
    if ( printk_ratelimit() )
        print_fault(unit, f, dev, group ? group->id : 0, owner);
    if ( stop )
        printk(XENLOG_WARNING
               "IOMMU %s: %s keeps faulting: its bus mastering is switched off\n",
               unit->name, dev->name);

    pcidevs_unlock();

    if ( cut )
        cut_off(group, dev);

    if ( group )
        iommu_group_put(group);
}

void iommu_fault_overflow(struct iommu_unit *unit)
{
    if ( printk_ratelimit() )
        printk(XENLOG_WARNING "IOMMU %s: more faults than it can record\n",
               unit->name);
}

/*
 * Blocks the groups of units that stopped answering.  What such a unit has
 * cached stays in use whatever its tables say, hence the devices are stopped.
 */
static void cf_check block_failed(void *unused)
{
    struct iommu_group *group = NULL;

    while ( (group = iommu_group_next(group)) != NULL )
    {
        const struct iommu_dev *dev;
        bool failed = false;

        iommu_group_lock(group);
        list_for_each_entry ( dev, &group->devs, member )
        {
            if ( !dev->unit->failed )
                continue;
            failed = true;
            if ( dev->pdev && !dev->bridge )
                stop_dma(dev->pdev);
        }
        if ( failed && !group->broken )
            iommu_group_break(group, "its IOMMU does not answer");
        iommu_group_unlock(group);
    }
}

static DECLARE_TASKLET(block_tasklet, block_failed, NULL);

void iommu_unit_fail(struct iommu_unit *unit, const char *what)
{
    if ( test_and_set_bool(unit->failed) )
        return;

    printk(XENLOG_ERR
           "IOMMU %s at %#"PRIpaddr" stopped answering (%s): its groups are blocked\n",
           unit->name, unit->base, what);
    tasklet_schedule(&block_tasklet);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
