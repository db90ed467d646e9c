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
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <xen/tasklet.h>
#include <xen/time.h>

#include <iommu-groups/attach.h>
#include <iommu-groups/contain.h>
#include <iommu-groups/fault.h>
#include <iommu-groups/handover.h>

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
 * half for as long again.  While a flood is read with pauses, those say nothing
 * of a requester that is in each round.  True: this one was too many; the count
 * starts anew then, for a driver that switches bus mastering on again.
 */
static bool count_fault(const struct iommu_unit *unit,
                        struct iommu_fault_rate *r, s_time_t now)
{
    unsigned int round = read_atomic(&unit->fault_round);
    bool steady = unit->flooded && round - r->round <= 1;

    if ( now < r->time || (now - r->time > MILLISECS(10) && !steady) )
        r->count >>= 1;
    r->time = now;
    r->round = round;

    if ( ++r->count < PT_FAULT_THRESHOLD )
        return false;

    r->count = 0;

    return true;
}

void iommu_fault_round(struct iommu_unit *unit)
{
    /* Two that drain at once may count as one. */
    write_atomic(&unit->fault_round, read_atomic(&unit->fault_round) + 1);
}

/*
 * pcidevs_lock held.  Was the fault recorded before the last stop took effect?
 * A round ends when the queue was read through once, so what it held then is
 * read in this round and the next.  A device that goes on without being a
 * master is heard of after that as well.
 */
static bool left_over(const struct iommu_unit *unit,
                      const struct iommu_dev *dev)
{
    return dev->pdev && dev->nr_stops &&
           read_atomic(&unit->fault_round) - dev->stop_round <= 1 &&
           !(pci_conf_read16(dev->sbdf, PCI_COMMAND) & PCI_COMMAND_MASTER);
}

/*
 * Does the table let pass by now what was refused?  Where a translation must
 * not be replaced at once, nothing is there for a moment, for other pages of a
 * block as well.  That is Xen's doing, and no reason to stop anybody.
 */
static bool passes_now(struct iommu_unit *unit, const struct iommu_fault *f)
{
    struct iommu_group *group;
    struct iommu_dev *dev;
    struct pt_leaf leaf;
    bool passes;

    pcidevs_lock();
    group = iommu_group_of_id(unit, f->id, &dev);
    pcidevs_unlock();
    if ( !group )
        return false;

    iommu_group_lock(group);
    passes = iommu_group_has(group, dev) && dev->attached->type == S2_PAGING &&
             !s2_table_lookup(dev->attached->table, f->addr >> PAGE_SHIFT,
                              &leaf) &&
             (leaf.prot & (f->write ? PT_PROT_W : PT_PROT_R));
    iommu_group_unlock(group);
    iommu_group_put(group);

    return passes;
}

/*
 * pcidevs_lock held.  Takes bus mastering from a device that keeps faulting:
 * its driver cannot be relied on to stop it.  The hardware domain's drivers may
 * try again, a guest's may not.  True: that was the last chance, or what it
 * does cannot be stopped that way.
 */
static bool stop(struct iommu_unit *unit, struct iommu_dev *dev)
{
    bool last = !dev->pdev || dev->nr_stops + 1 >= IOMMU_FAULT_STOPS;

    if ( dev->nr_stops >= IOMMU_FAULT_STOPS )
        return false;

    if ( dev->pdev )
    {
        iommu_pci_stop_master(dev->pdev,
                              last || iommu_is_guest(dev->pdev->domain));
        printk(XENLOG_WARNING
               "IOMMU %s: %s keeps faulting: its bus mastering is switched off\n",
               unit->name, dev->name);
    }
    dev->nr_stops = last ? IOMMU_FAULT_STOPS : dev->nr_stops + 1;
    dev->stop_round = read_atomic(&unit->fault_round);

    return last;
}

void iommu_fault_pardon(struct iommu_dev *dev)
{
    ASSERT(pcidevs_locked());

    dev->nr_stops = dev->faults.count = dev->lines = 0;
    if ( dev->pdev && !dev->unit->failed && !read_atomic(&dev->group->broken) )
        iommu_pci_allow_master(dev->pdev);
}

int iommu_group_mend(struct iommu_group *group)
{
    struct iommu_dev *first, *dev;
    int rc = -ENODEV;

    iommu_group_lock(group);
    first = iommu_group_first_dev(group);
    if ( first && first->unit->failed )
        rc = -EIO;
    else if ( first )
    {
        group->broken = false;
        group->broken_why = NULL;
        rc = iommu_group_retarget(group);
        if ( rc )
            iommu_group_break(group, "it could not be attached again");
    }
    iommu_group_unlock(group);

    if ( rc )
        return rc;

    pcidevs_lock();
    list_for_each_entry ( dev, &group->all_devs, in_group )
        iommu_fault_pardon(dev);
    pcidevs_unlock();

    return 0;
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

/* A device that nothing else stops is not left a chance. */
static void cut_off(struct iommu_group *group, struct iommu_dev *dev)
{
    iommu_group_lock(group);
    if ( iommu_group_has(group, dev) )
    {
        if ( dev->pdev )
            printk(XENLOG_ERR "IOMMU group %u: %s faulted on after %u stops\n",
                   group->id, dev->name, IOMMU_FAULT_STOPS);
        else
            printk(XENLOG_ERR "IOMMU group %u: %s goes on faulting\n",
                   group->id, dev->name);
        iommu_dev_contain(dev, "a device keeps faulting");
    }
    iommu_group_unlock(group);
}

/*
 * Nobody has the ID: its DMA is blocked, and nothing ends it.  That goes unseen
 * from here on, so that the faults of others are seen.
 */
static void ignore_id(struct iommu_unit *unit, uint32_t id)
{
    if ( !unit->drv->unit->silence || unit->failed ||
         unit->drv->unit->silence(unit, id) )
        return;

    if ( iommu_lines_left(&unit->overflows) )
        printk(XENLOG_WARNING
               "IOMMU %s: unknown device %#x floods it: its faults are not recorded any more\n",
               unit->name, id);
}

void iommu_fault_report(struct iommu_unit *unit, const struct iommu_fault *f)
{
    struct iommu_fault_record r = { .fault = *f, .time = NOW(),
                                    .unit = unit->id,
                                    .owner = DOMID_INVALID };
    struct iommu_dev *dev = NULL;
    struct iommu_group *group;
    struct domain *owner = NULL;
    bool cut = false, flood, counts = !f->by_table || !passes_now(unit, f);

    pcidevs_lock();

    unit->nr_faults++;
    group = iommu_group_of_id(unit, f->id, &dev);
    if ( group )
    {
        /* What pcidevs_lock guards: a domain does not go while it is there. */
        owner = iommu_dev_published(dev);
        dev->nr_faults++;
        r.known = true;
        r.group = group->id;
        r.owner = owner->domain_id;
        snprintf(r.dev, sizeof(r.dev), "%s", dev->name);
    }

    log_fault(&r);

    /* Under the lock: the device, and its owner, stay until it is printed. */
    if ( printk_ratelimit() &&
         iommu_lines_left(dev ? &dev->lines : &unit->lines) )
        print_fault(unit, f, dev, group ? group->id : 0, owner);
    counts = counts && !(dev && left_over(unit, dev));
    flood = counts && count_fault(unit, dev ? &dev->faults : &unit->unknown,
                                  r.time);
    if ( dev && flood )
        cut = stop(unit, dev);

    pcidevs_unlock();

    if ( cut )
        cut_off(group, dev);
    else if ( !group && (flood || unit->flooded) && !f->interrupt )
        ignore_id(unit, f->id);

    if ( group )
        iommu_group_put(group);
}

/* In ms: the first pause, and the longest. */
#define BACKOFF_FIRST 1
#define BACKOFF_MOST  1000

static void cf_check backoff_over(void *arg)
{
    struct iommu_backoff *b = arg;

    write_atomic(&b->pausing, false);
    tasklet_schedule(b->tasklet);
}

void iommu_backoff(struct iommu_backoff *b, struct tasklet *t, bool more)
{
    if ( !more )
    {
        b->ms = 0;
        return;
    }

    /* Not before: where nothing interrupts there may be no timers either. */
    if ( !b->ready )
        init_timer(&b->timer, backoff_over, b, smp_processor_id());
    b->ready = true;
    b->tasklet = t;
    b->ms = b->ms ? min(2 * b->ms, BACKOFF_MOST + 0U) : BACKOFF_FIRST;
    write_atomic(&b->pausing, true);
    set_timer(&b->timer, NOW() + MILLISECS(b->ms));
}

void iommu_backoff_kick(struct iommu_backoff *b, struct tasklet *t)
{
    if ( !read_atomic(&b->pausing) )
        tasklet_schedule(t);
}

void iommu_backoff_stop(struct iommu_backoff *b)
{
    if ( b->ready )
        kill_timer(&b->timer);
    b->ready = false;
    write_atomic(&b->pausing, false);
    b->ms = 0;
}

void iommu_fault_overflow(struct iommu_unit *unit)
{
    if ( printk_ratelimit() && iommu_lines_left(&unit->overflows) )
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
        struct iommu_dev *dev;
        bool failed = false;

        iommu_group_lock(group);
        list_for_each_entry ( dev, &group->devs, member )
        {
            if ( !dev->unit->failed )
                continue;
            failed = true;
            if ( dev->pdev && !dev->bridge )
                iommu_pci_stop_master(dev->pdev, true);
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
    if ( unit->drv->unit->shut )
        printk(XENLOG_ERR "IOMMU %s %s\n", unit->name,
               unit->drv->unit->shut(unit)
               ? "aborts all DMA from now on"
               : "cannot be told to block everything");
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
