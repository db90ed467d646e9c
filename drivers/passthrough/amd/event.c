/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event log (2.5).  Hardware appends events and sends one interrupt when
 * the first one arrives; a tasklet drains them.  It returns after one round,
 * so that a device that faults all the time does not keep it for ever.
 */

#include <xen/delay.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/tasklet.h>

#include <iommu-groups/ats.h>
#include <iommu-groups/contain.h>
#include <iommu-groups/fault.h>

#include "amd.h"

/* Errata 732, 733: how long an event may come after the tail, in us. */
#define LATE_US 20

/* A code that hardware does not use: what was dealt with in its place. */
#define EVENT_SEEN (15ULL << 60)

#define LOG_BYTES (AMD_LOG_ENTRIES * sizeof(struct amd_event))

static struct tasklet event_tasklet;
static struct iommu_backoff backoff;

/*
 * I says so, and the address is where interrupts are written to: QEMU sets I
 * for DMA as well.
 */
static bool is_interrupt(const struct amd_event *ev)
{
    return (ev->lo & EVENT_I) && ev->hi >> 20 == 0xfee;
}

static const char *reason(const struct amd_event *ev)
{
    uint64_t lo = ev->lo;

    switch ( EVENT_CODE(lo) )
    {
    case EVENT_ILLEGAL_DTE:
        return lo & EVENT_RZ ? "reserved bits set in device table entry"
                             : "invalid device table entry";
    case EVENT_PAGE_FAULT:
        if ( is_interrupt(ev) )
            return lo & EVENT_RZ ? "reserved bits set in interrupt entry"
                                 : "interrupt entry not present";
        if ( lo & EVENT_RZ )
            return "reserved bits set in page-table entry";
        if ( lo & EVENT_PE )
            return lo & EVENT_RW ? "write without permission"
                                 : "read without permission";
        return lo & EVENT_PR ? "invalid level in page-table entry"
                             : "not mapped, or blocked";
    case EVENT_DEVTAB_HW:
        return "device table not accessible";
    case EVENT_PAGETAB_HW:
        return "page table not accessible";
    case EVENT_INVALID_REQ:
        return "request of a kind that it may not make";

    default:
        break;
    }

    return "unknown reason";
}

/* Errata 732, 733: the tail may come before the event.  Unit locked. */
static void await(const struct amd_event *e)
{
    unsigned int wait;

    for ( wait = 0; !EVENT_CODE(read_atomic(&e->lo)) && wait < LATE_US; wait++ )
        udelay(1);
    smp_rmb();
}

/* Unit locked.  Bytes into the log.  False: it is empty, or the unit gone. */
static bool bounds(const struct amd_unit *u, uint64_t *head, uint64_t *tail)
{
    *head = amd_read(u, AMD_EVT_HEAD);
    *tail = amd_read(u, AMD_EVT_TAIL);

    return *head != *tail && *head < LOG_BYTES && *tail < LOG_BYTES;
}

/*
 * Takes the oldest event and gives its place back, in one go: the tasklet and a
 * poll may both be at it.  False: there is none.
 */
static bool fetch(struct amd_unit *u, struct amd_event *ev)
{
    unsigned long flags;
    uint64_t head, tail;
    bool found;

    spin_lock_irqsave(&u->unit.lock, flags);
    found = bounds(u, &head, &tail);
    if ( found )
    {
        struct amd_event *e = &u->log[head / sizeof(*e)];

        await(e);
        *ev = *e;
        /* So that the next one here is not taken for this one. */
        memset(e, 0, sizeof(*e));
        smp_wmb();
        amd_write(u, AMD_EVT_HEAD, (head + sizeof(*e)) & (LOG_BYTES - 1));
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return found;
}

/* The next time-out that nobody has seen; it is as if it was drained. */
static bool next_timeout(struct amd_unit *u, uint16_t *id)
{
    unsigned long flags;
    uint64_t at, tail;
    bool found = false;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( bounds(u, &at, &tail) )
        for ( ; !found && at != tail;
              at = (at + sizeof(*u->log)) & (LOG_BYTES - 1) )
        {
            struct amd_event *e = &u->log[at / sizeof(*e)];

            await(e);
            found = EVENT_CODE(e->lo) == EVENT_IOTLB_TIMEOUT;
            if ( found )
            {
                *id = EVENT_ID(e->lo);
                e->lo = EVENT_SEEN;
            }
        }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return found;
}

void amd_event_timeouts(struct amd_unit *u)
{
    unsigned int i;
    uint16_t id;

    for ( i = 0; i < AMD_LOG_ENTRIES && next_timeout(u, &id); i++ )
        iommu_ats_contain(&u->unit, id, amd_dev_cut);
}

bool amd_event_lost(const struct amd_unit *u)
{
    return !(amd_read(u, AMD_STATUS) & STATUS_EVT_RUN);
}

static void report(struct amd_unit *u, const struct amd_event *ev)
{
    struct iommu_fault f = {
        .id = PCI_SBDF(u->ivhd->segment, EVENT_ID(ev->lo)).sbdf,
        .addr = ev->hi,
        .code = EVENT_CODE(ev->lo),
        .reason = reason(ev),
        .write = ev->lo & EVENT_RW,
        .interrupt = is_interrupt(ev),
        .by_table = EVENT_CODE(ev->lo) == EVENT_PAGE_FAULT &&
                    !(ev->lo & EVENT_RZ) && !is_interrupt(ev),
    };

    switch ( f.code )
    {
    case 0:
        /* It never came. */
    case EVENT_CODE(EVENT_SEEN):
        return;

    case EVENT_IOTLB_TIMEOUT:
        iommu_ats_contain(&u->unit, EVENT_ID(ev->lo), amd_dev_cut);
        return;

    case EVENT_ILLEGAL_CMD:
    case EVENT_CMD_HW:
        /* Whoever waits for a command finds that out and says it. */
        return;

    default:
        break;
    }

    iommu_fault_report(&u->unit, &f);
}

/* 2.5.2: logging stopped as the log was full; on again. */
static void restart(struct amd_unit *u)
{
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( amd_control(u, 0, CTRL_EVT_LOG_EN, STATUS_EVT_RUN, 0) )
    {
        amd_write(u, AMD_STATUS, STATUS_EVT_OVERFLOW);
        amd_control(u, CTRL_EVT_LOG_EN, 0, STATUS_EVT_RUN, STATUS_EVT_RUN);
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);
}

bool amd_event_drain(struct amd_unit *u)
{
    uint64_t status = amd_read(u, AMD_STATUS);
    struct amd_event ev;
    unsigned int i;

    if ( status == ~0ULL )
        return false;

    iommu_fault_round(&u->unit);

    /* Erratum 787: what is cleared may come back at once, so read again. */
    for ( i = 0; (status & STATUS_EVT_INT) && i < 8; i++ )
    {
        amd_write(u, AMD_STATUS, STATUS_EVT_INT);
        status = amd_read(u, AMD_STATUS);
    }

    if ( amd_read(u, AMD_STATUS) & STATUS_EVT_OVERFLOW )
        iommu_fault_overflow(&u->unit);

    for ( i = 0; i < AMD_LOG_ENTRIES && fetch(u, &ev); i++ )
        report(u, &ev);

    status = amd_read(u, AMD_STATUS);
    if ( (status & STATUS_EVT_OVERFLOW) && status != ~0ULL )
        restart(u);

    amd_irq_unmask(u);

    return i == AMD_LOG_ENTRIES;
}

/* For commands that nobody could wait for: see amd_queue_post(). */
static void forget_late(struct amd_unit *u)
{
    unsigned long flags;
    bool late;

    spin_lock_irqsave(&u->unit.lock, flags);
    late = u->forget;
    u->forget = false;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( late && !u->unit.failed )
        (void)amd_invalidate_all(u);
}

static void cf_check drain_all(void *unused)
{
    struct amd_unit *u;
    bool more = false;

    for_each_amd_unit ( u )
        if ( u->up )
        {
            u->unit.flooded = amd_event_drain(u);
            more |= u->unit.flooded;
            forget_late(u);
        }

    iommu_backoff(&backoff, &event_tasklet, more);
}

void cf_check amd_event_poll(struct iommu_unit *unit)
{
    struct amd_unit *u = to_amd_unit(unit);
    unsigned int rounds;

    for ( rounds = 0; rounds < 16 && amd_event_drain(u); rounds++ )
        continue;
}

void cf_check amd_event_kick(void)
{
    iommu_backoff_kick(&backoff, &event_tasklet);
}

void __init amd_event_init(void)
{
    iommu_backoff_stop(&backoff);
    softirq_tasklet_init(&event_tasklet, drain_all, NULL);
}
