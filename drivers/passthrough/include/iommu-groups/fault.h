/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults: records with device, group, owner, address, access and reason. */
#ifndef IOMMU_GROUPS_FAULT_H
#define IOMMU_GROUPS_FAULT_H

#include <xen/tasklet.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <xen/types.h>
#include <public/xen.h>

struct iommu_dev;
struct iommu_unit;

struct iommu_fault {
    uint32_t id;           /* requester ID with its segment above, stream ID */
    uint64_t addr;         /* byte address; interrupt faults: IRTE index */
    unsigned int code;     /* the hardware's reason code */
    const char *reason;    /* in words, constant */
    bool write;
    bool exec;
    bool interrupt;        /* an interrupt request, not DMA */
    /* What the table had to say of addr then did not let it pass. */
    bool by_table;
};

/* How often of late: count, with half of what was more than 10 ms ago. */
struct iommu_fault_rate {
    unsigned int count;
    s_time_t time;         /* of the newest, ns since boot, ... */
    unsigned int round;    /* ... and its round */
};

/* A fault as it was recorded, with who was behind it then. */
struct iommu_fault_record {
    uint64_t seq;          /* counts all that were ever recorded */
    s_time_t time;         /* ns since boot */
    struct iommu_fault fault;
    unsigned int unit;
    bool known;            /* the requester is one of ours: */
    unsigned int group;
    domid_t owner;
    char dev[16];          /* cut off, if it is a node's path */
};

/*
 * How often bus mastering is switched off in a device that goes on faulting
 * (each time after PT_FAULT_THRESHOLD faults at less than 10 ms from one to
 * the next) before its group is blocked and broken.  A device that has no bus
 * mastering to be switched off is not left that many chances.
 */
#define IOMMU_FAULT_STOPS 3

/*
 * Records a fault, prints it (rate-limited), and contains a device that keeps
 * faulting.  One that its table lets pass by now does not count, as it was
 * refused while Xen changed the table; neither do those that were recorded
 * before the device was stopped.  Of an ID that no device of ours has, nothing
 * is recorded any more once such IDs keep faulting.  Tasklet or later context,
 * no lock held.
 */
void iommu_fault_report(struct iommu_unit *unit, const struct iommu_fault *f);

/*
 * A driver begins to read what hardware has recorded: as many as it can record
 * at once, at most, until the next call.  Any context, no lock needed.
 */
void iommu_fault_round(struct iommu_unit *unit);

/*
 * It changed hands, or the administrator says that it is over: counts start
 * anew, and the device may be a bus master, unless its group is broken or its
 * unit failed.  pcidevs_lock held.
 */
void iommu_fault_pardon(struct iommu_dev *dev);

/*
 * Between the rounds of a tasklet that drains a queue of faults: a device may
 * fault faster than that.  All of the tasklet's.
 */
struct iommu_backoff {
    struct timer timer;
    struct tasklet *tasklet;
    bool ready;            /* the timer is initialised */
    bool pausing;          /* atomic: the timer will schedule the tasklet */
    unsigned int ms;       /* the next pause */
};

/*
 * From the tasklet @t, at its end.  @more: the queue is not empty after a
 * round, and @t runs again, later each time, up to a second.
 */
void iommu_backoff(struct iommu_backoff *b, struct tasklet *t, bool more);
/* The interrupt: schedules @t, unless it runs after a pause anyway. */
void iommu_backoff_kick(struct iommu_backoff *b, struct tasklet *t);
/* @t is going, or starts anew. */
void iommu_backoff_stop(struct iommu_backoff *b);

/*
 * End of boot, once there are timers: from then on faults of units that have
 * "polled" set are looked for that often.  0.
 */
#define IOMMU_POLL_MS 100
int iommu_poll_start(void);

/* A queue or log of the unit overflowed: records were lost. */
void iommu_fault_overflow(struct iommu_unit *unit);

/*
 * Newest record of the requester @id behind @unit, for self-test and tools.
 * -ENOENT.  Copies under the fault lock; any context.
 */
int iommu_fault_last(const struct iommu_unit *unit, uint32_t id,
                     struct iommu_fault *f, uint64_t *seq);

/*
 * The oldest record that is still there with a number of @seq or more. -ENOENT
 */
int iommu_fault_next(uint64_t seq, struct iommu_fault_record *r);

/* "DMA read" and so on. */
const char *iommu_fault_access(const struct iommu_fault *f);

#endif /* IOMMU_GROUPS_FAULT_H */
