/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command queue, RISC-V IOMMU 1.0, §3.1.
 *
 * Each batch ends in a fence that stores the batch's number in one status word.
 * Numbers rise in queue order, so a batch is done as soon as the word has
 * reached its number.  Hardware stops on an error, at the command in question
 * (§5.15), and may have aborted those before: whoever sees it first repairs the
 * queue, and a changed epoch tells the others to repeat their batches.
 */

#include <xen/lib.h>
#include <xen/mm.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/queue-look.h>

#include "rviommu.h"

#define NEXT(i, n)  (((i) + (n)) & (RV_CQ_ENTRIES - 1))

/* How often a batch is repeated before the unit is given up. */
#define MAX_TRIES 16

int rv_cmdq_alloc(struct rv_unit *u)
{
    BUILD_BUG_ON(RV_CQ_ENTRIES * sizeof(struct rv_cmd) != PAGE_SIZE);
    BUILD_BUG_ON(sizeof(struct rv_cmd) != 16);
    BUILD_BUG_ON(RV_BATCH_MAX + 1 >= RV_CQ_ENTRIES);

    u->cq.ring = alloc_xenheap_page();
    u->cq.status = alloc_xenheap_page();
    if ( !u->cq.ring || !u->cq.status )
        return -ENOMEM;

    clear_page(u->cq.ring);
    clear_page(u->cq.status);

    return 0;
}

void rv_cmdq_free(struct rv_unit *u)
{
    free_xenheap_page(u->cq.ring);
    u->cq.ring = NULL;
    free_xenheap_page(u->cq.status);
    u->cq.status = NULL;
}

/*
 * Unit locked, or nobody waits.  Numbers that are reached from now on prove
 * nothing to those who wait: who sees one sees the new epoch as well.
 */
static void new_epoch(struct rv_cmdq *q)
{
    write_atomic(&q->epoch, q->epoch + 1);
    smp_wmb();
}

bool rv_cmdq_on(struct rv_unit *u)
{
    struct rv_cmdq *q = &u->cq;

    q->head = q->tail = 0;
    new_epoch(q);
    write_atomic(q->status, q->seq);

    /* §6.2; cqh and the error bits become 0 by themselves. */
    rv_writeq(u, RV_CQB, QUEUE_BASE(virt_to_maddr(q->ring), RV_CQ_LOG2));
    rv_writel(u, RV_CQT, 0);
    rv_writel(u, RV_CQCSR, QCSR_EN | rv_irq_enable(u));
    write_atomic(&q->on, rv_wait(u, RV_CQCSR, QCSR_ON | QCSR_BUSY, QCSR_ON));

    return q->on;
}

static unsigned int room(const struct rv_cmdq *q)
{
    /* One entry stays empty: head == tail means an empty queue. */
    return NEXT(q->head - q->tail, RV_CQ_ENTRIES - 1);
}

/*
 * Unit locked.  Believes a head register only if it points to an entry between
 * the last known head and the tail: a unit that is gone reads as all ones.
 */
static bool read_head(struct rv_unit *u)
{
    struct rv_cmdq *q = &u->cq;
    uint32_t head = rv_readl(u, RV_CQH);

    if ( head >= RV_CQ_ENTRIES ||
         NEXT(head - q->head, 0) > NEXT(q->tail - q->head, 0) )
        return false;

    q->head = head;

    return true;
}

static void put(struct rv_cmdq *q, struct rv_cmd cmd)
{
    q->ring[q->tail] = cmd;
    q->tail = NEXT(q->tail, 1);
}

/* Unit locked.  Hardware stopped at the head: make it harmless. */
static void skip_bad(struct rv_unit *u)
{
    const struct rv_cmd nothing = rv_cmd_nothing();
    struct rv_cmd *bad;

    if ( !read_head(u) || u->cq.head == u->cq.tail )
        return;

    bad = &u->cq.ring[u->cq.head];
    /* During bring-up the caller has one line for all that goes wrong. */
    if ( u->up && iommu_lines_left(&u->unit.errors) )
        printk(XENLOG_ERR
               "%s: command %u (%016"PRIx64" %016"PRIx64") was refused\n",
               u->unit.name, u->cq.head, bad->hi, bad->lo);
    *bad = bad->lo == nothing.lo && !bad->hi ? rv_cmd_gvma_all() : nothing;
}

void rv_cmdq_check(struct rv_unit *u)
{
    uint32_t csr = rv_readl(u, RV_CQCSR);

    if ( csr == ~0u || !(csr & CQCSR_ERRORS) || iommu_unit_held(&u->unit) )
        return;

    if ( u->up && iommu_lines_left(&u->unit.errors) )
        printk(XENLOG_WARNING "%s: command queue:%s%s%s\n", u->unit.name,
               csr & QCSR_MF ? " memory fault" : "",
               csr & CQCSR_TO ? " time-out" : "",
               csr & CQCSR_ILL ? " illegal command" : "");

    if ( csr & (QCSR_MF | CQCSR_ILL) )
        skip_bad(u);

    new_epoch(&u->cq);

    /* Clearing the bits is what lets hardware go on. */
    if ( rv_wait(u, RV_CQCSR, QCSR_BUSY, 0) )
        rv_writel(u, RV_CQCSR,
                  QCSR_EN | rv_irq_enable(u) | (csr & CQCSR_ERRORS));
}

/*
 * Queues the batch, waiting for room if need be.  Fills the number to wait for
 * and the epoch it belongs to.
 */
static int submit(struct rv_unit *u, const struct rv_cmd *cmd, unsigned int nr,
                  s_time_t end, uint32_t *seq, unsigned int *epoch)
{
    struct rv_cmdq *q = &u->cq;
    unsigned long flags;
    unsigned int i;

    for ( ; ; )
    {
        spin_lock_irqsave(&u->unit.lock, flags);

        if ( iommu_unit_held(&u->unit) )
        {
            spin_unlock_irqrestore(&u->unit.lock, flags);
            cpu_relax();
            continue;
        }

        if ( u->unit.failed || !q->on )
        {
            spin_unlock_irqrestore(&u->unit.lock, flags);
            return -EIO;
        }

        if ( room(q) > nr || (read_head(u) && room(q) > nr) )
            break;

        rv_cmdq_check(u);
        spin_unlock_irqrestore(&u->unit.lock, flags);

        if ( iommu_now() > end )
            return -ETIMEDOUT;
        cpu_relax();
    }

    for ( i = 0; i < nr; i++ )
        put(q, cmd[i]);

    *seq = ++q->seq;
    *epoch = q->epoch;
    put(q, rv_cmd_fence(virt_to_maddr(q->status), *seq));
    u->unit.nr_commands += nr + 1;
    u->unit.nr_waits++;

    /* Commands, and what they are about, are in memory before the bell. */
    wmb();
    rv_writel(u, RV_CQT, q->tail);

    spin_unlock_irqrestore(&u->unit.lock, flags);

    return 0;
}

/* Whether the batch @seq is done (0), lost (-EAGAIN) or neither (-ERESTART). */
static int state(struct rv_unit *u, uint32_t seq, unsigned int epoch, bool done)
{
    unsigned long flags;
    int rc;

    spin_lock_irqsave(&u->unit.lock, flags);

    if ( !done && u->cq.on )
    {
        iommu_look_begin(&u->unit);
        rv_cmdq_check(u);
    }

    if ( iommu_unit_held(&u->unit) )
        rc = -ERESTART;        /* the number was reached without the work */
    else if ( !u->cq.on || u->unit.failed )
        rc = -EIO;
    else if ( u->cq.epoch != epoch )
        rc = -EAGAIN;
    else
        rc = done ? 0 : -ERESTART;

    spin_unlock_irqrestore(&u->unit.lock, flags);

    return rc;
}

/*
 * The number was reached: was it by hardware, and after all of the batch?  No
 * lock, which others need for what they queue.
 */
static bool proven(const struct rv_unit *u, unsigned int epoch)
{
    smp_rmb();

    return read_atomic(&u->cq.epoch) == epoch && read_atomic(&u->cq.on) &&
           !read_atomic(&u->unit.failed) && !iommu_unit_held(&u->unit);
}

static int await(struct rv_unit *u, uint32_t seq, unsigned int epoch,
                 s_time_t end)
{
    s_time_t start = iommu_now();

    for ( ; ; )
    {
        bool done = (int32_t)(read_atomic(u->cq.status) - seq) >= 0, late;
        s_time_t now;

        if ( done && proven(u, epoch) )
            return 0;

        now = iommu_now();
        late = !done && now > end && !iommu_unit_held(&u->unit);
        if ( done || late ||
             (iommu_waits_long(start, now) && !iommu_unit_held(&u->unit) &&
              (read_atomic(&u->cq.epoch) != epoch ||
               iommu_look_due(&u->unit, now))) )
        {
            int rc = state(u, seq, epoch, done);

            if ( rc != -ERESTART )
                return rc;
        }
        if ( late )
            return -ETIMEDOUT;

        cpu_relax();
    }
}

/* -ETIMEDOUT, -EIO, or -EOPNOTSUPP: there was an error each time. */
static int run(struct rv_unit *u, const struct rv_cmd *cmd, unsigned int nr)
{
    s_time_t end = iommu_now() + RV_TIMEOUT;
    unsigned int tries;

    ASSERT(nr <= RV_BATCH_MAX);

    for ( tries = 0; tries < MAX_TRIES; tries++ )
    {
        unsigned int epoch = 0;
        uint32_t seq = 0;
        int rc = submit(u, cmd, nr, end, &seq, &epoch) ?:
                 await(u, seq, epoch, end);

        if ( rc != -EAGAIN )
            return rc;
    }

    return -EOPNOTSUPP;
}

int rv_cmdq_run(struct rv_unit *u, const struct rv_cmd *cmd, unsigned int nr)
{
    while ( !u->unit.failed )
    {
        unsigned int seen = read_atomic(&u->unit.nr_revived);
        int rc = run(u, cmd, nr);
        const char *what = rc == -EOPNOTSUPP
                           ? "refused the same commands again and again"
                           : "did not complete a command";

        if ( !rc )
            return 0;
        /* Off, or it failed meanwhile: there is nothing to revive. */
        if ( rc == -EIO || !iommu_unit_revive(&u->unit, seen, what) )
        {
            iommu_unit_fail(&u->unit, what);
            break;
        }
    }

    return -EIO;
}

int rv_invalidate_all(struct rv_unit *u)
{
    const struct rv_cmd cmd[] = {
        rv_cmd_ddt_all(), rv_cmd_vma_all(), rv_cmd_gvma_all(),
    };

    return run(u, cmd, ARRAY_SIZE(cmd));
}
