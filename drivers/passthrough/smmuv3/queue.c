/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command queue, §3.5 and §4.
 *
 * Each batch ends in a CMD_SYNC, which is consumed only when everything before
 * it has completed (§4.7).  Positions are counted in 64 bits and never wrap;
 * the registers have their low bits (§3.5.1: index and wrap bit).  So a batch
 * is done as soon as the consumer's count has reached its end.
 *
 * Hardware stops at a command that it cannot carry out (§7.1).  Whoever sees
 * that first repairs the queue; a changed epoch tells the others that their
 * batches may be incomplete, and they submit them again.
 */

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>

#include <iommu-arch.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/queue-look.h>

#include "smmuv3.h"

/* How often a batch is submitted before the unit counts as failed. */
#define TRIES 4

static uint64_t queue_size(const struct smmu_cmdq *q)
{
    return 1ULL << q->bits;
}

/* Index with wrap bit, as registers have it. */
static uint32_t queue_reg(const struct smmu_cmdq *q, uint64_t count)
{
    return count & (2 * queue_size(q) - 1);
}

static struct smmu_cmd *queue_slot(const struct smmu_cmdq *q, uint64_t count)
{
    return &q->ring[count & (queue_size(q) - 1)];
}

static uint64_t consumed(const struct smmu_cmdq *q)
{
    return read_atomic(&q->cons);
}

/*
 * Believes a consumer index only if it lies between the last known one and the
 * producer: a unit that is gone reads as all ones.  Without the lock as well:
 * the count never goes back, and is another one before the register starts from
 * 0, so that what was read before that is not believed after it.
 */
static void read_cons(struct smmu_unit *u)
{
    struct smmu_cmdq *q = &u->cmdq;
    uint64_t cons, ahead;

    do {
        uint32_t raw;

        cons = consumed(q);
        raw = smmu_readl(u, SMMU_CMDQ_CONS);
        ahead = queue_reg(q, raw - queue_reg(q, cons));
        if ( raw == ~0u || ahead > read_atomic(&q->prod) - cons )
            return;
        /* Another CPU may have read it earlier, and say so only now. */
    } while ( cmpxchg(&q->cons, cons, cons + ahead) != cons );
}

/*
 * Unit locked.  What is consumed from now on proves nothing to those who wait:
 * who sees the count sees the new epoch as well.
 */
static void new_epoch(struct smmu_cmdq *q)
{
    write_atomic(&q->epoch, q->epoch + 1);
    smp_wmb();
}

/*
 * Unit locked.  Slots that hardware has read may be written again: whoever it
 * was that read so in its register, that comes before.  Once in a round of the
 * ring, a count is taken that is ordered; what others write is not looked at.
 */
static bool has_room(struct smmu_unit *u, unsigned int nr)
{
    struct smmu_cmdq *q = &u->cmdq;

    if ( q->prod + nr - q->seen > queue_size(q) )
    {
        read_cons(u);
        q->seen = cmpxchg(&q->cons, 0, 0);
    }

    return q->prod + nr - q->seen <= queue_size(q);
}

static void put(struct smmu_unit *u, struct smmu_cmd cmd)
{
    struct smmu_cmd *slot = queue_slot(&u->cmdq, u->cmdq.prod);

    *slot = cmd;
    smmu_clean(u, slot, sizeof(*slot));
    write_atomic(&u->cmdq.prod, u->cmdq.prod + 1);
}

/* Unit locked.  The one place that tells hardware about new commands. */
static void ring_bell(struct smmu_unit *u)
{
    /* §3.21.2: commands must be in memory before hardware is told. */
    wmb();
    smmu_writel(u, SMMU_CMDQ_PROD, queue_reg(&u->cmdq, u->cmdq.prod));
}

/*
 * Unit locked.  §7.1: the consumer's index stays at the command in error,
 * which hardware fetches again.  A CMD_SYNC takes the place of what it refuses,
 * and of that one an invalidation that is more than anybody needs.
 */
static void skip_refused(struct smmu_unit *u)
{
    struct smmu_cmd *bad = queue_slot(&u->cmdq, consumed(&u->cmdq));

    if ( iommu_lines_left(&u->unit.errors) )
        printk(XENLOG_ERR "%s: command %016"PRIx64" %016"PRIx64" was refused\n",
               u->unit.name, bad->w[1], bad->w[0]);
    *bad = CMD_OP_OF(bad->w[0]) == CMD_SYNC ? smmu_cmd_tlbi_nsnh_all()
                                            : smmu_cmd_sync();
    smmu_clean(u, bad, sizeof(*bad));
    wmb();
}

/* Unit locked.  The queue stopped with an error. */
static void repair(struct smmu_unit *u)
{
    unsigned int err = CMDQ_CONS_ERR(smmu_readl(u, SMMU_CMDQ_CONS));

    read_cons(u);
    new_epoch(&u->cmdq);

    switch ( err )
    {
    case CERROR_ILL:
        if ( consumed(&u->cmdq) != u->cmdq.prod )
            skip_refused(u);
        break;

    case CERROR_ABT:
        if ( iommu_lines_left(&u->unit.errors) )
            printk(XENLOG_ERR "%s: commands could not be fetched\n",
                   u->unit.name);
        break;

    case CERROR_ATC_INV:
        if ( iommu_lines_left(&u->unit.errors) )
            printk(XENLOG_ERR "%s: a device TLB did not answer\n",
                   u->unit.name);
        break;

    default:
        if ( iommu_lines_left(&u->unit.errors) )
            printk(XENLOG_ERR "%s: command queue error %u\n", u->unit.name, err);
        break;
    }
}

static void say_errors(struct smmu_unit *u, uint32_t active)
{
    if ( (active & GERR_EVENTQ_ABT) && iommu_lines_left(&u->unit.errors) )
        printk(XENLOG_ERR "%s: events could not be written and are lost\n",
               u->unit.name);
    if ( (active & (GERR_MSI_CMDQ_ABT | GERR_MSI_EVENTQ_ABT |
                    GERR_MSI_GERROR_ABT)) && iommu_lines_left(&u->unit.errors) )
        printk(XENLOG_ERR "%s: an interrupt message could not be written\n",
               u->unit.name);
}

/*
 * Unit locked.  §7.5: an error is active while its bit differs between GERROR
 * and GERRORN; making them equal lets hardware go on.  True: the unit has
 * given up (service failure mode) and needs to be reported.
 */
static bool check_errors(struct smmu_unit *u)
{
    uint32_t errors = smmu_readl(u, SMMU_GERROR);
    uint32_t active;

    /* Who starts the unit anew forgets old errors. */
    if ( errors == ~0u || iommu_unit_held(&u->unit) )
        return false;

    active = (errors ^ smmu_readl(u, SMMU_GERRORN)) & GERR_KNOWN;
    if ( !active )
        return false;

    if ( (active & GERR_CMDQ) && u->cmdq.enabled )
        repair(u);
    say_errors(u, active);
    smmu_writel(u, SMMU_GERRORN, errors);

    return active & GERR_SFM;
}

void smmu_gerror(struct smmu_unit *u)
{
    unsigned long flags;
    bool gone;

    spin_lock_irqsave(&u->unit.lock, flags);
    gone = check_errors(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( gone )
        iommu_unit_fail(&u->unit, "is in service failure mode");
}

int smmu_cmdq_alloc(struct smmu_unit *u)
{
    struct smmu_cmdq *q = &u->cmdq;

    BUILD_BUG_ON((sizeof(struct smmu_cmd) << SMMU_CMDQ_BITS) != PAGE_SIZE);

    q->bits = min_t(unsigned int, SMMU_CMDQ_BITS, IDR1_CMDQS(u->idr1));
    q->ring = alloc_xenheap_page();
    if ( !q->ring )
        return -ENOMEM;

    clear_page(q->ring);

    return 0;
}

void smmu_cmdq_free(struct smmu_unit *u)
{
    free_xenheap_page(u->cmdq.ring);
    u->cmdq.ring = NULL;
}

void smmu_cmdq_reset(struct smmu_unit *u)
{
    struct smmu_cmdq *q = &u->cmdq;

    /* The counts go on: nobody waits for what was never consumed. */
    new_epoch(q);
    write_atomic(&q->prod, ROUNDUP(q->prod, 2 * queue_size(q)));
    write_atomic(&q->cons, q->prod);
    q->seen = q->prod;

    smmu_writeq(u, SMMU_CMDQ_BASE, virt_to_maddr(q->ring) | q->bits |
                                   (u->coherent ? QUEUE_RA : 0));
    smmu_writel(u, SMMU_CMDQ_PROD, 0);
    smmu_writel(u, SMMU_CMDQ_CONS, 0);
}

bool smmu_cmdq_enable(struct smmu_unit *u)
{
    write_atomic(&u->cmdq.enabled, smmu_cr0(u, CR0_CMDQEN, 0));

    return u->cmdq.enabled;
}

/*
 * Queues the batch, waiting for room if need be; its end and epoch are what to
 * wait for.  0, -EIO, -ETIMEDOUT.
 */
static int submit(struct smmu_unit *u, const struct smmu_cmd *cmd,
                  unsigned int nr, s_time_t end, uint64_t *target,
                  unsigned int *epoch)
{
    struct smmu_cmdq *q = &u->cmdq;
    unsigned long flags;
    unsigned int i;

    for ( ; ; )
    {
        bool gone;

        spin_lock_irqsave(&u->unit.lock, flags);

        if ( iommu_unit_held(&u->unit) )
        {
            spin_unlock_irqrestore(&u->unit.lock, flags);
            cpu_relax();
            continue;
        }

        if ( u->unit.failed || !q->enabled )
        {
            spin_unlock_irqrestore(&u->unit.lock, flags);
            return -EIO;
        }

        if ( has_room(u, nr + 1) )
            break;

        gone = check_errors(u);
        spin_unlock_irqrestore(&u->unit.lock, flags);

        if ( gone || iommu_now() > end )
            return -ETIMEDOUT;
        cpu_relax();
    }

    for ( i = 0; i < nr; i++ )
        put(u, cmd[i]);
    put(u, smmu_cmd_sync());
    *target = q->prod;
    *epoch = q->epoch;
    u->unit.nr_commands += nr + 1;
    u->unit.nr_waits++;
    ring_bell(u);

    spin_unlock_irqrestore(&u->unit.lock, flags);

    return 0;
}

/*
 * Whether the batch that ends at @target is done (0), under way (-ERESTART),
 * lost (-EAGAIN), or will never be (-EIO).  Sees if hardware reports errors.
 */
static int state(struct smmu_unit *u, uint64_t target, unsigned int epoch)
{
    struct smmu_cmdq *q = &u->cmdq;
    unsigned long flags;
    bool gone = false;
    int rc = -ERESTART;

    spin_lock_irqsave(&u->unit.lock, flags);

    if ( iommu_unit_held(&u->unit) )
        ;                      /* nothing is counted, and it is lost */
    else if ( u->unit.failed || !q->enabled )
        rc = -EIO;
    else
    {
        iommu_look_begin(&u->unit);
        /* Nothing passes an error but by repair(), which changes the epoch. */
        read_cons(u);
        gone = check_errors(u);

        if ( gone )
            rc = -EIO;
        else if ( q->epoch != epoch )
            rc = -EAGAIN;
        else if ( consumed(q) >= target )
            rc = 0;
    }

    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( gone )
        iommu_unit_fail(&u->unit, "is in service failure mode");

    return rc;
}

/*
 * Whether the batch that ends at @target is done, by what is known of the
 * consumer, of whose register one of those who wait reads at a time: the others
 * do not wait for it.  Where that is not clear, state() says more.
 */
static bool is_done(struct smmu_unit *u, uint64_t target, unsigned int epoch)
{
    struct smmu_cmdq *q = &u->cmdq;

    if ( consumed(q) < target && !cmpxchg(&q->reading, 0, 1) )
    {
        if ( read_atomic(&q->enabled) && !read_atomic(&u->unit.failed) &&
             !iommu_unit_held(&u->unit) )
            read_cons(u);
        smp_wmb();
        write_atomic(&q->reading, 0);
    }

    if ( consumed(q) < target )
        return false;
    smp_rmb();

    return read_atomic(&q->epoch) == epoch && read_atomic(&q->enabled) &&
           !read_atomic(&u->unit.failed) && !iommu_unit_held(&u->unit);
}

/* 0, -EAGAIN, -EIO, -ETIMEDOUT. */
static int run_once(struct smmu_unit *u, const struct smmu_cmd *cmd,
                    unsigned int nr)
{
    s_time_t start = iommu_now(), end = start + SMMU_TIMEOUT;
    unsigned int epoch = 0;
    uint64_t target = 0;
    int rc = submit(u, cmd, nr, end, &target, &epoch);

    if ( rc )
        return rc;

    for ( ; ; )
    {
        s_time_t now = iommu_now();
        bool late = now > end && !iommu_unit_held(&u->unit);

        if ( is_done(u, target, epoch) )
            return 0;

        if ( late ||
             (iommu_waits_long(start, now) &&
              (read_atomic(&u->cmdq.epoch) != epoch ||
               iommu_look_due(&u->unit, now))) )
        {
            rc = state(u, target, epoch);
            if ( rc != -ERESTART )
                return rc;
        }
        if ( late )
            return -ETIMEDOUT;
        cpu_relax();
    }
}

/* As run_once(), again where errors discarded it: -EAGAIN: each time. */
static int run_part(struct smmu_unit *u, const struct smmu_cmd *cmd,
                    unsigned int nr)
{
    unsigned int tries;
    int rc = -EAGAIN;

    for ( tries = 0; rc == -EAGAIN && tries < TRIES; tries++ )
        rc = run_once(u, cmd, nr);

    return rc;
}

int smmu_run(struct smmu_unit *u, const struct smmu_cmd *cmd, unsigned int nr)
{
    unsigned int room = queue_size(&u->cmdq) - 1;

    ASSERT(nr <= SMMU_BATCH_MAX);

    do {
        unsigned int seen = read_atomic(&u->unit.nr_revived);
        unsigned int part = min(nr, room);
        int rc = run_part(u, cmd, part);

        if ( rc )
        {
            const char *what = rc == -EAGAIN
                               ? "refused commands again and again"
                               : "did not carry out commands";

            /* During bring-up the caller says so. */
            if ( rc == -EIO || !u->up )
                return -EIO;
            if ( iommu_unit_revive(&u->unit, seen, what) )
                continue;
            iommu_unit_fail(&u->unit, what);
            return -EIO;
        }
        cmd += part;
        nr -= part;
    } while ( nr );

    return 0;
}
