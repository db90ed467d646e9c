/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event queue, §3.5.1, §7.2 and §7.3.  Hardware writes records and its
 * index; an interrupt comes when the queue is no longer empty, so whoever
 * reads goes on until it is.
 */

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>

#include <iommu-arch.h>
#include <iommu-groups/fault.h>

#include "smmuv3.h"

/* §7.3 */
static const struct {
    const char *reason;
    bool addr;                     /* InputAddr, RnW and InD are valid */
    bool table;                    /* the table said so */
} events[] = {
    [0x01] = { "unsupported upstream transaction", true },
    [0x02] = { "no stream table entry for its stream ID: it is blocked" },
    [0x03] = { "stream table entry not accessible" },
    [0x04] = { "invalid stream table entry" },
    [0x05] = { "translation request without permission", true },
    [0x06] = { "transaction without substream ID" },
    [0x07] = { "translated request without permission", true },
    [0x08] = { "unexpected substream ID" },
    [0x09] = { "context descriptor not accessible" },
    [0x0a] = { "invalid context descriptor" },
    [0x0b] = { "page table not accessible", true },
    [0x10] = { "no translation for the address", true, true },
    [0x11] = { "address beyond the address size", true },
    [0x12] = { "access flag not set", true },
    [0x13] = { "access without permission", true, true },
    [0x20] = { "conflicting TLB entries", true },
    [0x21] = { "conflicting cached configuration" },
    [0x24] = { "page request", true },
    [0x25] = { "structure of the virtual machine not accessible" },
};

static bool known(unsigned int code)
{
    return code < ARRAY_SIZE(events) && events[code].reason;
}

const char *smmu_event_reason(unsigned int code)
{
    return known(code) ? events[code].reason : "unknown reason";
}

static uint32_t index_mask(const struct smmu_eventq *q)
{
    return (2u << q->bits) - 1;
}

int smmu_eventq_alloc(struct smmu_unit *u)
{
    struct smmu_eventq *q = &u->eventq;
    size_t bytes;

    q->bits = min_t(unsigned int, SMMU_EVENTQ_BITS, IDR1_EVENTQS(u->idr1));
    bytes = sizeof(*q->ring) << q->bits;
    q->ring = alloc_xenheap_pages(get_order_from_bytes(bytes), 0);
    if ( !q->ring )
        return -ENOMEM;

    memset(q->ring, 0, bytes);
    smmu_clean(u, q->ring, bytes);

    return 0;
}

void smmu_eventq_free(struct smmu_unit *u)
{
    struct smmu_eventq *q = &u->eventq;

    free_xenheap_pages(q->ring,
                       get_order_from_bytes(sizeof(*q->ring) << q->bits));
    q->ring = NULL;
}

void smmu_eventq_reset(struct smmu_unit *u)
{
    struct smmu_eventq *q = &u->eventq;

    q->cons = 0;
    smmu_writeq(u, SMMU_EVENTQ_BASE, virt_to_maddr(q->ring) | q->bits |
                                     (u->coherent ? QUEUE_WA : 0));
    writel(0, u->page1 + SMMU_EVENTQ_PROD);
    writel(0, u->page1 + SMMU_EVENTQ_CONS);
}

enum fetched { FETCH_NONE, FETCH_EVENT, FETCH_OVERFLOW };

/*
 * Takes one record, in one go: the tasklet and a poll may both be at it.  An
 * overflow is acknowledged when the queue has been read, by giving the flag
 * back (§7.4).
 */
static enum fetched fetch(struct smmu_unit *u, struct smmu_event *ev)
{
    struct smmu_eventq *q = &u->eventq;
    enum fetched what = FETCH_NONE;
    unsigned long flags;
    uint32_t prod;

    spin_lock_irqsave(&u->unit.lock, flags);

    prod = readl(u->page1 + SMMU_EVENTQ_PROD);
    if ( prod == ~0u || !q->ring )
        ;                      /* it is gone, or was never there */
    else if ( (prod ^ q->cons) & index_mask(q) )
    {
        const struct smmu_event *slot =
            &q->ring[q->cons & (index_mask(q) >> 1)];

        if ( !u->coherent )
            arch_iommu_cache_invalidate(slot, sizeof(*slot));
        *ev = *slot;
        q->cons = (q->cons & EVENTQ_OVF) | ((q->cons + 1) & index_mask(q));
        what = FETCH_EVENT;
    }
    else if ( (prod ^ q->cons) & EVENTQ_OVF )
    {
        q->cons ^= EVENTQ_OVF;
        what = FETCH_OVERFLOW;
    }

    if ( what != FETCH_NONE )
    {
        /* The record has been read before hardware may write over it. */
        mb();
        writel(q->cons, u->page1 + SMMU_EVENTQ_CONS);
    }

    spin_unlock_irqrestore(&u->unit.lock, flags);

    return what;
}

static void report(struct smmu_unit *u, const struct smmu_event *ev)
{
    unsigned int code = EVENT_CODE(ev);
    struct iommu_fault f = {
        .id = EVENT_SID(ev),
        .code = code,
        .reason = smmu_event_reason(code),
    };

    if ( known(code) && events[code].addr )
    {
        f.addr = EVENT_ADDR(ev);
        f.write = !EVENT_RNW(ev);
        f.exec = EVENT_IND(ev);
        f.by_table = events[code].table;
    }

    iommu_fault_report(&u->unit, &f);
}

/*
 * True: there may be more.  It stops after one round, so that a device that
 * faults all the time does not keep it for ever.
 */
static bool drain(struct smmu_unit *u)
{
    unsigned int i;

    iommu_fault_round(&u->unit);

    /* What it holds, an overflow, and that there is nothing more. */
    for ( i = 0; i < (1u << u->eventq.bits) + 2; i++ )
    {
        struct smmu_event ev;

        switch ( fetch(u, &ev) )
        {
        case FETCH_NONE:
            return false;

        case FETCH_EVENT:
            report(u, &ev);
            break;

        case FETCH_OVERFLOW:
            iommu_fault_overflow(&u->unit);
            break;

        default:
            break;
        }
    }

    return true;
}

void cf_check smmu_poll_faults(struct iommu_unit *unit)
{
    struct smmu_unit *u = to_smmu(unit);

    smmu_gerror(u);
    drain(u);
}

/* From the interrupt's tasklet. */
void cf_check smmu_service(void *arg)
{
    struct smmu_unit *u = arg;

    smmu_gerror(u);
    u->unit.flooded = drain(u);
    iommu_backoff(&u->backoff, &u->tasklet, u->unit.flooded);
}
