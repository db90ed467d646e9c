/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command buffer (2.4).
 *
 * Each batch ends in a COMPLETION_WAIT that stores the batch's number to one
 * word.  Numbers rise in the buffer's order, so a batch is done as soon as the
 * word has reached its number.  Hardware stops at a command that it does not
 * like (2.5.6, 2.5.7): whoever sees that first starts the buffer anew, empty,
 * and a changed epoch tells the others that their batches may be lost.
 */

#include <xen/lib.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/queue-look.h>

#include "amd.h"

#define RING_NEXT(i, n) (((i) + (n)) & (AMD_RING_ENTRIES - 1))

/* One entry stays empty: head == tail means an empty buffer. */
static unsigned int room(const struct amd_unit *u)
{
    return RING_NEXT(u->head - u->tail, AMD_RING_ENTRIES - 1);
}

/*
 * Unit locked.  Believes a head only if it points to an entry between the last
 * known one and the tail: a unit that is gone reads as all ones.
 */
static bool read_head(struct amd_unit *u)
{
    uint64_t raw = amd_read(u, AMD_CMD_HEAD);
    unsigned int head = raw / sizeof(struct amd_cmd);

    if ( raw % sizeof(struct amd_cmd) || raw / sizeof(struct amd_cmd) != head ||
         head >= AMD_RING_ENTRIES ||
         RING_NEXT(head - u->head, 0) > RING_NEXT(u->tail - u->head, 0) )
        return false;

    u->head = head;

    return true;
}

/* Unit locked. */
static void put(struct amd_unit *u, struct amd_cmd cmd)
{
    u->cmds[u->tail] = cmd;
    amd_clean(u, &u->cmds[u->tail], sizeof(cmd));
    u->tail = RING_NEXT(u->tail, 1);
    u->unit.nr_commands++;
}

/* Unit locked.  Commands must be in memory before hardware is told. */
static void ring(struct amd_unit *u)
{
    smp_wmb();
    amd_write(u, AMD_CMD_TAIL, u->tail * sizeof(struct amd_cmd));
}

/* Unit locked. */
static void forget_later(struct amd_unit *u)
{
    u->forget = true;
    amd_event_kick();
}

int amd_queue_start(struct amd_unit *u)
{
    if ( !amd_control(u, 0, CTRL_CMD_EN, STATUS_CMD_RUN, 0) )
        return -EIO;

    u->head = u->tail = 0;
    /* Who sees the number that follows sees that it proves nothing. */
    write_atomic(&u->epoch, u->epoch + 1);
    smp_wmb();
    write_atomic(u->done, u->seq);
    amd_write(u, AMD_CMDBUF, virt_to_maddr(u->cmds) | RING_LEN(AMD_RING_ORDER));
    amd_write(u, AMD_CMD_HEAD, 0);
    amd_write(u, AMD_CMD_TAIL, 0);

    /* What nobody waits for may have been lost. */
    if ( u->posted && EFR_IA_SUP(u->efr) )
    {
        put(u, amd_cmd_all());
        ring(u);
    }
    else if ( u->posted )
        forget_later(u);

    /* It runs once the unit is enabled as well. */
    return amd_control(u, CTRL_CMD_EN, 0,
                       u->control & CTRL_IOMMU_EN ? STATUS_CMD_RUN : 0,
                       STATUS_CMD_RUN) ? 0 : -EIO;
}

/* Unit locked.  Has hardware stopped at a command?  Then it starts anew. */
static int check(struct amd_unit *u)
{
    uint64_t status = amd_read(u, AMD_STATUS);
    const struct amd_cmd *bad;

    if ( status == ~0ULL || (status & STATUS_CMD_RUN) )
        return 0;

    if ( read_head(u) && iommu_lines_left(&u->unit.errors) )
    {
        bad = &u->cmds[u->head];
        printk(XENLOG_ERR
               "%s: command %u (%016"PRIx64" %016"PRIx64") was refused\n",
               u->unit.name, u->head, bad->lo, bad->hi);
    }

    return amd_queue_start(u);
}

/* Fills the number to wait for and the epoch it belongs to. */
static int submit(struct amd_unit *u, const struct amd_cmd *cmd,
                  unsigned int nr, s_time_t end, uint64_t *seq,
                  unsigned int *epoch)
{
    unsigned long flags;
    unsigned int i;

    ASSERT(nr <= AMD_BATCH_MAX);

    for ( ; ; )
    {
        int rc = 0;

        spin_lock_irqsave(&u->unit.lock, flags);
        if ( u->unit.failed || !u->is_on )
            rc = -EIO;
        else if ( room(u) > nr || (read_head(u) && room(u) > nr) )
            break;
        else
            rc = check(u) ?: iommu_now() > end ? -ETIMEDOUT : 0;
        spin_unlock_irqrestore(&u->unit.lock, flags);

        if ( rc )
            return rc;
        cpu_relax();
    }

    for ( i = 0; i < nr; i++ )
        put(u, cmd[i]);
    *seq = u->seq + 1;
    write_atomic(&u->seq, *seq);
    *epoch = u->epoch;
    put(u, amd_cmd_wait(virt_to_maddr(u->done), *seq));
    u->unit.nr_waits++;

    ring(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return 0;
}

static bool is_done(const struct amd_unit *u, uint64_t seq)
{
    uint64_t done = read_atomic(u->done);

    /*
     * Another number than one that was queued is not an answer.  Read after
     * the other one, which may be newer than what the caller has seen.
     */
    return (int64_t)(done - seq) >= 0 &&
           (int64_t)(read_atomic(&u->seq) - done) >= 0;
}

/*
 * The number was reached: was it by hardware, and after all of the batch?  No
 * lock, which others need for what they queue.
 */
static bool proven(const struct amd_unit *u, unsigned int epoch)
{
    smp_rmb();

    return read_atomic(&u->epoch) == epoch && !read_atomic(&u->unit.failed);
}

/* As amd_queue_run(), or -ERESTART: under way. */
static int state(struct amd_unit *u, uint64_t seq, unsigned int epoch,
                 bool look, bool late)
{
    unsigned long flags;
    int rc = 0;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( look && !u->unit.failed )
    {
        iommu_look_begin(&u->unit);
        rc = check(u);
    }

    if ( rc || u->unit.failed )
        rc = -EIO;
    else if ( u->epoch != epoch )
        rc = -EAGAIN;
    else if ( !is_done(u, seq) )
        rc = late ? -ETIMEDOUT : -ERESTART;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return rc;
}

int amd_queue_run(struct amd_unit *u, const struct amd_cmd *cmd,
                  unsigned int nr, s_time_t timeout)
{
    s_time_t start = iommu_now(), end = start + timeout;
    unsigned int epoch = 0;
    uint64_t seq = 0;
    int rc = submit(u, cmd, nr, end, &seq, &epoch);

    while ( !rc )
    {
        bool done = is_done(u, seq), late;
        s_time_t now;

        if ( done && proven(u, epoch) )
            return 0;

        now = iommu_now();
        late = !done && now > end;
        if ( done || late ||
             (iommu_waits_long(start, now) &&
              (read_atomic(&u->epoch) != epoch ||
               iommu_look_due(&u->unit, now))) )
        {
            rc = state(u, seq, epoch, !done, late);
            if ( rc != -ERESTART )
                return rc;
            rc = 0;
        }

        cpu_relax();
    }

    return rc;
}

void amd_queue_post(struct amd_unit *u, const struct amd_cmd *cmd,
                    unsigned int nr)
{
    unsigned long flags;
    unsigned int i;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( !u->is_on || u->unit.failed )
        ;                       /* nothing is cached, or nothing helps */
    else if ( room(u) >= nr || (read_head(u) && room(u) >= nr) )
    {
        for ( i = 0; i < nr; i++ )
            put(u, cmd[i]);
        u->posted = true;
        ring(u);
    }
    else
        forget_later(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);
}
