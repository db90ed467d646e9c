/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMMUv3 driver's own header: its files see each other through it.
 *
 * Letters on fields: (c) constant after bring-up, (g) group->lock, (u)
 * unit->lock.  unit->lock is the innermost lock and is taken with interrupts
 * disabled.
 */
#ifndef SMMUV3_H
#define SMMUV3_H

#include <xen/list.h>
#include <xen/spinlock.h>
#include <xen/tasklet.h>
#include <xen/time.h>

#include <iommu-groups/driver.h>
#include <iommu-groups/fault.h>
#include <iommu-groups/smmuv3.h>

#include <asm/io.h>

#include "regs.h"

/* Longest wait for commands. */
#define SMMU_TIMEOUT        SECONDS(1)

/* log2 of the entries in each queue: a page of commands, four of events. */
#define SMMU_CMDQ_BITS      8
#define SMMU_EVENTQ_BITS    9

/* Most commands in one batch; the CMD_SYNC comes on top. */
#define SMMU_BATCH_MAX      32

/* log2 of the entries of one level 2 stream table. */
#define SMMU_SPLIT          8

/* Never handed out: entries of firmware's may still carry it. */
#define SMMU_VMID_NONE      0

struct smmu_cmdq {
    struct smmu_cmd *ring;    /* (c) */
    unsigned int bits;        /* (c) log2 of the entries */
    uint64_t prod;            /* (u) to write: counts; see queue.c */
    uint64_t cons;            /* by cmpxchg() */
    uint64_t seen;            /* (u) of cons: slots before it are free */
    unsigned int reading;     /* of those who wait, one reads the register */
    unsigned int epoch;       /* (u) to write: an error lost a batch */
    bool enabled;             /* (u) to write */
};

struct smmu_eventq {
    struct smmu_event *ring;  /* (c) */
    unsigned int bits;        /* (c) */
    uint32_t cons;            /* (u) index with wrap and overflow flag */
};

/* §3.3.2: linear, or level 1 descriptors and level 2 tables. */
struct smmu_strtab {
    struct smmu_ste *linear;  /* (c) NULL: two levels */
    uint64_t *l1;             /* (c) NULL: linear */
    struct smmu_ste **l2;     /* (u) to set, atomic to read */
    /* (c) all abort; where l1 leads for IDs that are not to be recorded */
    struct smmu_ste *silent;
    unsigned int order;       /* (c) pages of linear or l1 */
    unsigned int sid_bits;    /* (c) stream IDs that it covers */
};

struct smmu_unit {
    struct iommu_unit unit;
    struct list_head list;        /* (c) all units */
    struct smmuv3_desc desc;      /* (c) */
    void __iomem *regs;           /* (c) page 0 */
    void __iomem *page1;          /* (c) or page 0 again, by quirk */
    bool mapped;                  /* (c) regs are ours to unmap */
    uint32_t idr0, idr1, idr3, idr5;  /* (c) */
    bool coherent;                /* (c) */
    uint32_t gbpa;                /* (c) as firmware left it */
    struct smmu_strtab strtab;
    struct smmu_cmdq cmdq;
    struct smmu_eventq eventq;
    unsigned int nr_vmids;        /* (c) */
    struct tasklet tasklet;
    struct iommu_backoff backoff;
    int irq[2];                   /* (c) requested; 0: none */
    uint32_t irq_ctrl;            /* (c) what interrupts, IRQ_* */
    bool up;                      /* (c) registered with the core */
    bool stuck;                   /* (c) it came up half way, and stays on */
};

static inline struct smmu_unit *to_smmu(struct iommu_unit *unit)
{
    return container_of(unit, struct smmu_unit, unit);
}

static inline uint32_t smmu_readl(const struct smmu_unit *u, unsigned int reg)
{
    return readl(u->regs + reg);
}

static inline uint64_t smmu_readq(const struct smmu_unit *u, unsigned int reg)
{
    return readq(u->regs + reg);
}

static inline void smmu_writel(const struct smmu_unit *u, unsigned int reg,
                               uint32_t val)
{
    writel(val, u->regs + reg);
}

static inline void smmu_writeq(const struct smmu_unit *u, unsigned int reg,
                               uint64_t val)
{
    writeq_relaxed(val, u->regs + reg);
}

/* Makes stores to @size bytes at @p visible to a unit that does not snoop. */
void smmu_clean(const struct smmu_unit *u, const void *p, size_t size);

/* setup.c: all units, in the order in which they were added. */
extern struct list_head smmu_units;
extern struct iommu_driver smmu_driver;
#define for_each_smmu(u) list_for_each_entry ( u, &smmu_units, list )

/* unit.c */

/* As iommu_wait(). */
bool smmu_wait(const struct smmu_unit *u, unsigned int reg, uint32_t mask,
               uint32_t want);
/* Sets or clears bits of CR0 and waits for CR0ACK. */
bool smmu_cr0(const struct smmu_unit *u, uint32_t set, uint32_t clear);
/* Reads and checks capabilities.  0 or -EOPNOTSUPP, with a message. */
int smmu_check(struct smmu_unit *u);
/*
 * What passes while SMMUEN is 0: nothing, or as firmware had it.  False: the
 * unit does not answer.
 */
bool smmu_gbpa_abort(const struct smmu_unit *u);
bool smmu_gbpa_restore(const struct smmu_unit *u);
/*
 * Programs tables and queues, which exist, into the stopped unit, forgets all
 * that it has cached, and switches translation on.  Other CPUs keep away from
 * it.  0 or -EIO.
 */
int smmu_start(struct smmu_unit *u);
/* Translation, queues and interrupts off.  False: it does not answer. */
bool smmu_stop(struct smmu_unit *u);
/* As iommu_unit_ops.shut. */
bool smmu_shut(struct iommu_unit *unit);
void smmu_dump(struct iommu_unit *unit);
int smmu_look(struct iommu_unit *unit, uint32_t sid, struct iommu_hw_entry *e);

/* queue.c: the command queue */

/* 0 or -ENOMEM. */
int smmu_cmdq_alloc(struct smmu_unit *u);
void smmu_cmdq_free(struct smmu_unit *u);
/* Unit stopped, or about to: the ring is empty and registers say so. */
void smmu_cmdq_reset(struct smmu_unit *u);
bool smmu_cmdq_enable(struct smmu_unit *u);

/*
 * Carries out @nr commands, SMMU_BATCH_MAX at most, and waits until they have
 * taken effect.  No unit lock held, any interrupt state.  0; -EIO: the unit
 * has failed, or just did and is reported.
 */
int smmu_run(struct smmu_unit *u, const struct smmu_cmd *cmd, unsigned int nr);

/* Handles what SMMU_GERROR says.  Takes unit->lock. */
void smmu_gerror(struct smmu_unit *u);

/* strtab.c: the stream table */

int smmu_strtab_alloc(struct smmu_unit *u);
void smmu_strtab_free(struct smmu_unit *u);
/* As iommu_unit_ops.silence. */
int smmu_silence(struct iommu_unit *unit, uint32_t sid);
/* Writes STRTAB_BASE and _CFG. */
void smmu_strtab_program(const struct smmu_unit *u);
/* Is @sid one that the unit can have? */
bool smmu_sid_valid(const struct smmu_unit *u, uint32_t sid);
/*
 * The level 2 tables of @first to @last exist from then on, all abort.  Takes
 * unit->lock; hardware sees them after a CMD_CFGI_STE.  0 or -ENOMEM.
 */
int smmu_strtab_populate(struct smmu_unit *u, uint32_t first, uint32_t last);
/*
 * The three steps of a change (§3.21.3.1), each of which has to be followed by
 * CMD_CFGI_STE and CMD_SYNC before the next.  Unit locked.
 */
void cf_check smmu_ste_abort(struct smmu_unit *u, uint32_t sid,
                             const struct smmu_ste *unused);
void cf_check smmu_ste_fill(struct smmu_unit *u, uint32_t sid,
                            const struct smmu_ste *s);
void cf_check smmu_ste_go(struct smmu_unit *u, uint32_t sid,
                          const struct smmu_ste *s);
/*
 * Bring-up, unit off: streams that firmware may have left at work
 * (firmware.h) bypass, until a dev that has them is attached or blocked.  Sets
 * busy.  -ENOMEM.
 */
int smmu_strtab_keep_busy(struct smmu_unit *u);
/* NULL: there is no table for it. */
struct smmu_ste *smmu_ste_of(const struct smmu_unit *u, uint32_t sid);

/* domain.c */

int smmu_table_config(const struct iommu_dev *first, struct pt_config *cfg);
struct s2_domain *smmu_domain_alloc(struct iommu_dev *first, enum s2_type type,
                                    struct s2_table *table);
/* The entry for @s2, which is not the blocked one. */
struct smmu_ste smmu_ste_for(const struct smmu_unit *u,
                             const struct s2_domain *s2);

extern const struct iommu_dev_ops smmu_dev_ops;
extern const struct iommu_tlb_ops smmu_tlb_ops;
extern const struct iommu_unit_ops smmu_unit_ops;

/* event.c: the event queue */

int smmu_eventq_alloc(struct smmu_unit *u);
void smmu_eventq_free(struct smmu_unit *u);
void smmu_eventq_reset(struct smmu_unit *u);
/* Drains now.  No lock held. */
void smmu_poll_faults(struct iommu_unit *unit);
/* The tasklet of interrupts; @arg is the unit. */
void smmu_service(void *arg);
/* In words; never NULL. */
const char *smmu_event_reason(unsigned int code);

/* irq.c */

/* 0, or what request_irq() returned. */
int smmu_irq_setup(struct smmu_unit *u);
void smmu_irq_free(struct smmu_unit *u);
/* Programs messages and switches interrupts on.  False: no answer. */
bool smmu_irq_enable(struct smmu_unit *u);

/* setup.c */

/* The unit is stopped, and on no list. */
void smmu_unit_free(struct smmu_unit *u);

#endif /* SMMUV3_H */
