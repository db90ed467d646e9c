/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invalidation queue, VT-d rev 4.1, §6.5.2.
 *
 * Each batch ends in a wait descriptor that fences and writes the batch's
 * number to one status word.  Numbers rise in queue order, so a batch is done
 * as soon as the status word has reached its number; there are no per-batch
 * slots.  Hardware stops on an error (§6.5.2.10): whoever sees it first
 * repairs the queue, and a changed epoch tells the others that their batches
 * may be lost.
 */

#include <xen/lib.h>
#include <xen/mm.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/queue-look.h>

#include "vtd.h"

#define RING_BYTES  (VTD_QI_ENTRIES * sizeof(struct vtd_desc))
#define RING_NEXT(i, n) (((i) + (n)) & (VTD_QI_ENTRIES - 1))

static unsigned int qi_free(const struct vtd_qi *qi)
{
    /* One entry stays empty: head == tail means an empty queue. */
    return RING_NEXT(qi->head - qi->tail, VTD_QI_ENTRIES - 1);
}

/*
 * Unit locked.  Believes a head register only if it points to an entry between
 * the last known head and the tail: a unit that is gone reads as all ones.
 */
static bool qi_read_head(struct vtd_unit *u)
{
    struct vtd_qi *qi = &u->qi;
    uint64_t raw = vtd_readq(u, VTD_IQH);
    unsigned int head = raw / sizeof(struct vtd_desc);

    if ( raw & ~(uint64_t)(RING_BYTES - sizeof(struct vtd_desc)) )
        return false;

    if ( RING_NEXT(head - qi->head, 0) > RING_NEXT(qi->tail - qi->head, 0) )
        return false;

    qi->head = head;

    return true;
}

static void qi_put(struct vtd_unit *u, struct vtd_desc desc)
{
    struct vtd_qi *qi = &u->qi;

    qi->ring[qi->tail] = desc;
    vtd_clean(u, &qi->ring[qi->tail], sizeof(desc));
    qi->tail = RING_NEXT(qi->tail, 1);
}

/*
 * Unit locked.  Numbers that are reached from now on prove nothing to those who
 * wait: who sees one sees the new epoch as well.
 */
static void qi_new_epoch(struct vtd_qi *qi)
{
    write_atomic(&qi->epoch, qi->epoch + 1);
    smp_wmb();
}

/* Unit locked.  The one place that tells hardware about new entries. */
static void qi_ring_bell(struct vtd_unit *u)
{
    /* Descriptors must be in memory before hardware is told. */
    smp_wmb();
    vtd_writel(u, VTD_IQT, u->qi.tail * sizeof(struct vtd_desc));
}

/*
 * What takes the place of a refused descriptor: an invalidation that is more
 * than anybody needs.  A wait descriptor that neither writes nor interrupts
 * would do less, but not every implementation takes it.  If the descriptor is
 * such a filler already, the other one.
 */
static struct vtd_desc filler(const struct vtd_desc *bad)
{
    struct vtd_desc iotlb = vtd_desc_iotlb_global(0);

    return bad->lo == iotlb.lo && bad->hi == iotlb.hi
           ? vtd_desc_context_global() : iotlb;
}

/* Unit locked.  Hardware stopped at the head: make it harmless and go on. */
static void qi_skip_bad(struct vtd_unit *u)
{
    struct vtd_qi *qi = &u->qi;
    struct vtd_desc *bad;

    if ( !qi_read_head(u) || qi->head == qi->tail )
        return;

    bad = &qi->ring[qi->head];
    if ( iommu_lines_left(&u->unit.errors) )
        printk(XENLOG_ERR
               "%s: descriptor %u (%016"PRIx64" %016"PRIx64") was refused\n",
               u->unit.name, qi->head, bad->hi, bad->lo);
    *bad = filler(bad);
    vtd_clean(u, bad, sizeof(*bad));
    smp_wmb();
}

/*
 * Unit locked.  Looks for queue errors and repairs the queue.  Status bits are
 * cleared last: that is what lets hardware go on.
 */
static void qi_check(struct vtd_unit *u)
{
    struct vtd_qi *qi = &u->qi;
    uint32_t status = vtd_readl(u, VTD_FSTS);

    if ( status == ~0u || !(status & FSTS_QUEUE) )
        return;

    if ( iommu_lines_left(&u->unit.errors) )
        printk(XENLOG_WARNING "%s: invalidation queue:%s%s%s\n", u->unit.name,
               status & FSTS_IQE ? " descriptor error" : "",
               status & FSTS_ICE ? " completion error" : "",
               status & FSTS_ITE ? " device TLB time-out" : "");

    if ( status & FSTS_IQE )
        qi_skip_bad(u);

    if ( status & FSTS_ITE )
    {
        qi->ite_epoch = qi->epoch + 1;
        qi->ite_sid = IQERCD_ITESID(vtd_readq(u, VTD_IQERCD));
    }
    qi_new_epoch(qi);

    vtd_writel(u, VTD_FSTS, status & FSTS_QUEUE);
}

/* Unit locked.  Programs the empty ring and switches the queue on. */
static int qi_start(struct vtd_unit *u)
{
    struct vtd_qi *qi = &u->qi;

    /* One that did not turn off has the ring, and what it was told of it. */
    if ( vtd_readl(u, VTD_GSTS) & GCMD_QIE )
        return -EIO;

    qi->head = qi->tail = 0;
    qi_new_epoch(qi);
    write_atomic(qi->status, qi->seq);

    /* §6.5.2: the tail is 0 before the queue is enabled. */
    vtd_writel(u, VTD_IQT, 0);
    vtd_writeq(u, VTD_IQA, virt_to_maddr(qi->ring));

    if ( !vtd_gcmd_set(u, GCMD_QIE) )
        return -EIO;

    write_atomic(&qi->enabled, true);

    return 0;
}

int vtd_qi_enable(struct vtd_unit *u)
{
    struct vtd_qi *qi = &u->qi;
    unsigned long flags;
    int rc = 0;

    if ( !vtd_wants_queue(u) )
        return -EOPNOTSUPP;

    if ( !qi->ring )
    {
        struct vtd_desc *ring = alloc_xenheap_page();
        uint32_t *status;

        BUILD_BUG_ON(RING_BYTES != PAGE_SIZE);

        if ( !ring )
            return -ENOMEM;

        status = alloc_xenheap_page();
        if ( !status )
        {
            free_xenheap_page(ring);
            return -ENOMEM;
        }

        clear_page(ring);
        clear_page(status);
        qi->ring = ring;
        qi->status = status;
    }

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( !qi->enabled )
        rc = qi_start(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return rc;
}

void vtd_qi_disable(struct vtd_unit *u)
{
    write_atomic(&u->qi.enabled, false);
    vtd_gcmd_clear(u, GCMD_QIE);
}

void vtd_qi_free(struct vtd_unit *u)
{
    free_xenheap_page(u->qi.ring);
    u->qi.ring = NULL;
    free_xenheap_page(u->qi.status);
    u->qi.status = NULL;
}

/* Unit locked.  Drops all that is queued.  0 or -EIO. */
static int qi_restart(struct vtd_unit *u)
{
    vtd_qi_disable(u);
    if ( vtd_readl(u, VTD_GSTS) & GCMD_QIE )
        return -EIO;

    /* Error bits of what was dropped must not hit the new queue. */
    vtd_writel(u, VTD_FSTS, FSTS_QUEUE);

    return qi_start(u);
}

int vtd_qi_restart(struct vtd_unit *u)
{
    unsigned long flags;
    int rc = -EIO;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( u->qi.enabled )
        rc = qi_restart(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return rc;
}

/*
 * Queues the batch, waiting for room if need be.  Fills the number to wait for
 * and the epoch it belongs to.
 */
static int qi_submit(struct vtd_unit *u, const struct vtd_desc *desc,
                     unsigned int nr, s_time_t end,
                     uint32_t *seq, unsigned int *epoch)
{
    struct vtd_qi *qi = &u->qi;
    unsigned long flags;
    unsigned int i;

    ASSERT(nr <= VTD_BATCH_MAX);

    for ( ; ; )
    {
        spin_lock_irqsave(&u->unit.lock, flags);

        if ( u->unit.failed || !qi->enabled )
        {
            spin_unlock_irqrestore(&u->unit.lock, flags);
            return -EIO;
        }

        if ( qi_free(qi) > nr || (qi_read_head(u) && qi_free(qi) > nr) )
            break;

        qi_check(u);
        if ( iommu_now() > end )
        {
            int rc = qi_restart(u) ?: -ETIMEDOUT;

            spin_unlock_irqrestore(&u->unit.lock, flags);
            return rc;
        }
        spin_unlock_irqrestore(&u->unit.lock, flags);

        cpu_relax();
    }

    for ( i = 0; i < nr; i++ )
        qi_put(u, desc[i]);

    *seq = ++qi->seq;
    *epoch = qi->epoch;
    qi_put(u, vtd_desc_wait(virt_to_maddr(qi->status), *seq));
    u->unit.nr_commands += nr + 1;
    u->unit.nr_waits++;
    qi_ring_bell(u);

    spin_unlock_irqrestore(&u->unit.lock, flags);

    return 0;
}

static bool qi_done(const struct vtd_unit *u, uint32_t seq)
{
    return (int32_t)(read_atomic(u->qi.status) - seq) >= 0;
}

/*
 * The number was reached: was it by hardware, and after all of the batch?  No
 * lock, which others need for what they queue.
 */
static bool qi_proven(const struct vtd_unit *u, unsigned int epoch)
{
    smp_rmb();

    return read_atomic(&u->qi.epoch) == epoch &&
           read_atomic(&u->qi.enabled) &&
           !read_atomic(&u->unit.failed);
}

/*
 * Whether the batch @seq of @epoch is done (0), under way (-ERESTART), or
 * what else vtd_qi_run() says.  @look: see if hardware reports errors; @late:
 * its time is up.
 */
static int qi_state(struct vtd_unit *u, uint32_t seq, unsigned int epoch,
                    bool look, bool late, uint16_t *sid)
{
    struct vtd_qi *qi = &u->qi;
    unsigned long flags;
    int rc;

    spin_lock_irqsave(&u->unit.lock, flags);

    if ( look && qi->enabled )
    {
        iommu_look_begin(&u->unit);
        qi_check(u);
    }

    if ( !qi->enabled || u->unit.failed )
        rc = -EIO;
    else if ( (int)(qi->ite_epoch - epoch) > 0 )
    {
        /* Even if the number was reached: it may be a later batch's. */
        *sid = qi->ite_sid;
        rc = -ENXIO;
    }
    else if ( qi->epoch != epoch )
        rc = -EAGAIN;
    else if ( qi_done(u, seq) )
        rc = 0;
    else if ( late )
        rc = qi_restart(u) ?: -ETIMEDOUT;
    else
        rc = -ERESTART;

    spin_unlock_irqrestore(&u->unit.lock, flags);

    return rc;
}

int vtd_qi_run(struct vtd_unit *u, const struct vtd_desc *desc, unsigned int nr,
               s_time_t timeout, uint16_t *sid)
{
    s_time_t start = iommu_now(), end = start + timeout;
    unsigned int epoch = 0;
    uint32_t seq = 0;
    int rc = qi_submit(u, desc, nr, end, &seq, &epoch);

    while ( !rc )
    {
        bool done = qi_done(u, seq), late;
        s_time_t now;

        if ( done && qi_proven(u, epoch) )
            return 0;

        now = iommu_now();
        late = !done && now > end;
        if ( done || late ||
             (iommu_waits_long(start, now) &&
              (read_atomic(&u->qi.epoch) != epoch ||
               iommu_look_due(&u->unit, now))) )
        {
            rc = qi_state(u, seq, epoch, !done, late, sid);
            if ( rc != -ERESTART )
                return rc;
            rc = 0;
        }

        cpu_relax();
    }

    return rc;
}
