/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RISC-V IOMMU driver's own header: its files see each other through it.
 *
 * Letters on fields: (c) constant after bring-up, (g) group->lock, (u)
 * unit->lock, which is the innermost lock and taken with interrupts disabled.
 */
#ifndef RVIOMMU_H
#define RVIOMMU_H

#include <xen/iommu.h>
#include <xen/list.h>
#include <xen/spinlock.h>
#include <xen/time.h>

#include <iommu-groups/driver.h>
#include <iommu-groups/riscv.h>

#include <asm/io.h>
#include <asm/page.h>

#include "regs.h"

/* Longest wait for a fence. */
#define RV_TIMEOUT              SECONDS(1)

/* Never handed out, so that a context of zeroes has no tag of a table. */
#define RV_GSCID_NONE           0

/* The root of a G-stage is four pages, aligned to that. */
#define RV_GSTAGE_ORDER         2

/* One page each. */
#define RV_CQ_LOG2              8
#define RV_CQ_ENTRIES           (1u << RV_CQ_LOG2)
#define RV_FQ_LOG2              7
#define RV_FQ_ENTRIES           (1u << RV_FQ_LOG2)

/* Most commands in one batch; the fence comes on top. */
#define RV_BATCH_MAX            40

/* More pages than this are flushed by their tag. */
#define RV_FLUSH_PAGES          32

struct rv_cmdq {
    struct rv_cmd *ring;        /* (c) */
    uint32_t *status;           /* (c) hardware writes completed numbers */
    unsigned int head;          /* (u) as last read; entries before are free */
    unsigned int tail;          /* (u) next entry to fill */
    uint32_t seq;               /* (u) number of the newest batch */
    unsigned int epoch;         /* (u) to write: batches may be lost */
    bool on;                    /* (u) to write */
};

struct rv_unit {
    struct iommu_unit unit;
    struct riscv_iommu_desc desc;  /* (c) */
    struct list_head list;         /* (c) rv_units */
    uint64_t cap;                  /* (c) */
    unsigned int first_mode;       /* (c) ddtp's before us: off or bare */
    unsigned int levels;           /* (c) of the device directory, 1 to 3 */
    bool up;                       /* (c) registered with the core */

    uint64_t *root;                /* (c) directory; entries (u) */
    void *nothing;                 /* (c) a G-stage that maps nothing; once
                                      a device has to be silenced */
    struct rv_cmdq cq;
    struct rv_fault *fq;           /* (c) records */
    unsigned int fq_head;          /* (u) next one to read */
};

static inline struct rv_unit *to_rv_unit(struct iommu_unit *unit)
{
    return container_of(unit, struct rv_unit, unit);
}

static inline uint32_t rv_readl(const struct rv_unit *u, unsigned int reg)
{
    return readl(u->desc.regs + reg);
}

static inline void rv_writel(const struct rv_unit *u, unsigned int reg,
                             uint32_t val)
{
    writel(val, u->desc.regs + reg);
}

static inline uint64_t rv_readq(const struct rv_unit *u, unsigned int reg)
{
    return readq(u->desc.regs + reg);
}

static inline void rv_writeq(const struct rv_unit *u, unsigned int reg,
                             uint64_t val)
{
    writeq(val, u->desc.regs + reg);
}

/* As iommu_wait(). */
static inline bool rv_wait(const struct rv_unit *u, unsigned int reg,
                           uint32_t mask, uint32_t want)
{
    return iommu_wait(u->desc.regs + reg, mask, want);
}

/* setup.c: bring-up, options */

/* Constant after boot. */
extern struct list_head rv_units;
#define for_each_rv_unit(u) list_for_each_entry ( u, &rv_units, list )

extern struct iommu_driver rv_driver;

/* gstage=: NULL, or the one format that is to be used.  ddt=: 0, or levels. */
extern const struct pt_format *rv_opt_format;
extern unsigned int rv_opt_levels;

/* unit.c: registers, modes, capabilities */

/* NULL: it can be used; else why not, in words. */
const char *rv_unit_check(const struct rv_unit *u);


/*
 * Unit locked, or nobody else uses it.  ddtp is @mode from then on (DDTP_*),
 * with the directory's root if that is one of levels; goes through off, as
 * §5.5 asks.  False: the unit does not answer, or does not have that mode.
 */
bool rv_set_mode(struct rv_unit *u, unsigned int mode);

/* Unit locked, or crash: all queues off, no interrupt any more. */
bool rv_queues_off(struct rv_unit *u);

/*
 * Queues off, features as this driver needs them, queues on, nothing cached,
 * directory in use.  Bring-up and resume.  0, -EOPNOTSUPP or -EIO, with *@what
 * went wrong in words.
 */
int rv_unit_start(struct rv_unit *u, const char **what);

/* As iommu_unit_ops.shut. */
bool rv_shut(struct iommu_unit *unit);

/* As iommu_unit_ops.revive. */
int rv_revive(struct iommu_unit *unit);

void rv_dump(struct iommu_unit *unit);
int rv_look(struct iommu_unit *unit, uint32_t did, struct iommu_hw_entry *e);

/* cmdq.c: the command queue */

int rv_cmdq_alloc(struct rv_unit *u);
void rv_cmdq_free(struct rv_unit *u);

/* Unit locked.  Turns the (empty) queue on.  False: it does not come up. */
bool rv_cmdq_on(struct rv_unit *u);

/* Unit locked.  Looks for errors of the queue and repairs it. */
void rv_cmdq_check(struct rv_unit *u);

/*
 * Runs a batch and a fence, and waits until all is done.  Batches that an error
 * may have discarded are repeated.  No unit lock held, any interrupt state.
 * 0; -EIO: the unit has failed, or just did and is reported.
 */
int rv_cmdq_run(struct rv_unit *u, const struct rv_cmd *cmd, unsigned int nr);

/*
 * Bring-up, resume and suspend: whatever is cached.  Nobody else uses the unit,
 * and the caller reports.  0, -ETIMEDOUT, -EIO, -EOPNOTSUPP (it refuses to).
 */
int rv_invalidate_all(struct rv_unit *u);

/* ddt.c: the device directory */

/* 0 or -ENOMEM: an empty root. */
int rv_ddt_alloc(struct rv_unit *u);
/* u->levels was chosen; nothing was attached yet. */
void rv_ddt_settle(struct rv_unit *u);
void rv_ddt_free(struct rv_unit *u);

/* Is @did within what the directory can hold? */
bool rv_ddt_holds(const struct rv_unit *u, uint32_t did);

/*
 * The leaf tables of @first to @last exist from then on.  Takes unit->lock.
 * -ENOMEM.
 */
int rv_ddt_tables(struct rv_unit *u, uint32_t first, uint32_t last);

/*
 * Unit locked.  Set makes a context valid that was not; clear makes it invalid
 * again, and says in *@iohgatp what it was (false: it was not valid).
 */
void rv_ddt_set(struct rv_unit *u, uint32_t did, uint64_t iohgatp);
bool rv_ddt_clear(struct rv_unit *u, uint32_t did, uint64_t *iohgatp);
/* 0, u->nothing is there from then on; or -ENOMEM.  Takes unit->lock. */
int rv_ddt_nothing(struct rv_unit *u);
/*
 * Unit locked.  @did's DMA is blocked, and of that nothing is recorded; false:
 * there is no table for it, or its context is valid.
 */
bool rv_ddt_silence(struct rv_unit *u, uint32_t did, uint64_t iohgatp);
bool rv_ddt_silent(const struct rv_unit *u, uint32_t did);

/*
 * Bring-up, directory not on: devices that firmware may have left at work
 * (firmware.h) have contexts that let everything pass, until they are attached
 * or blocked.  -ENOMEM.
 */
int rv_ddt_keep_busy(struct rv_unit *u);
/* The same: an empty root, levels not chosen.  False: no memory. */
bool rv_ddt_again(struct rv_unit *u);

/* device.c, domain.c, tlb.c, power.c: the hooks */

int rv_table_config(const struct iommu_dev *first, struct pt_config *cfg);
struct s2_domain *rv_domain_alloc(struct iommu_dev *first, enum s2_type type,
                                  struct s2_table *table);
/* The second stage of a device that is attached to @s2. */
uint64_t rv_iohgatp(const struct s2_domain *s2);
/* What a context says that translates nothing. */
uint64_t rv_iohgatp_nothing(const struct rv_unit *u);
/* As iommu_unit_ops.silence. */
int rv_silence(struct iommu_unit *unit, uint32_t did);
/* Does the unit have the format that the command line asks for, or any? */
bool rv_has_format(const struct rv_unit *u);
/* What may be used of what the unit has, in words. */
const char *rv_format_names(const struct rv_unit *u);

extern const struct iommu_dev_ops rv_dev_ops;
extern const struct iommu_tlb_ops rv_tlb_ops;
extern const struct iommu_unit_ops rv_unit_ops;

/* fault.c: the fault queue */

int rv_faultq_alloc(struct rv_unit *u);
void rv_faultq_free(struct rv_unit *u);
/* Unit locked.  Turns the (empty) queue on.  False: it does not come up. */
bool rv_faultq_on(struct rv_unit *u);
/* Unit locked.  No interrupt until it was drained. */
void rv_faultq_mask(struct rv_unit *u);
/* Drains it.  No lock held. */
void rv_fault_poll(struct iommu_unit *unit);
/* Any context: queues are drained soon. */
void rv_fault_kick(void);
void rv_fault_init(void);

/* irq.c */

/* Are interrupts delivered? */
static inline bool rv_irq_wired(const struct rv_unit *u)
{
    return u->desc.irq[0] != RISCV_IOMMU_NONE &&
           CAP_IGS(u->cap) != CAP_IGS_MSI;
}

/* QCSR_IE, if they are. */
static inline uint32_t rv_irq_enable(const struct rv_unit *u)
{
    return rv_irq_wired(u) ? QCSR_IE : 0;
}

/* Boot and resume: which wire each source uses. */
void rv_irq_program(struct rv_unit *u);

#endif /* RVIOMMU_H */
