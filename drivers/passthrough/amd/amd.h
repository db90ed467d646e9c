/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD-Vi driver's own header: its files see each other through it.
 *
 * Letters on fields: (c) constant after bring-up, (g) group->lock, (u)
 * unit->lock, which is the innermost lock and is taken with interrupts off.
 *
 * References are to AMD's specification 48882, rev 3.x.
 */
#ifndef AMD_AMD_H
#define AMD_AMD_H

#include <xen/mm.h>
#include <xen/numa.h>

#include <asm/io.h>

#include <iommu-arch.h>
#include <iommu-groups/driver.h>
#include <iommu-groups/unit-msi.h>

#include "intremap.h"
#include "ivrs.h"
#include "regs.h"

struct amd_chipset_state;

/* How long a unit may take for a batch of commands. */
#define AMD_TIMEOUT             MILLISECS(1000)

#define AMD_RING_ORDER          8               /* 256 commands */
#define AMD_RING_ENTRIES        (1u << AMD_RING_ORDER)
#define AMD_LOG_ORDER           12              /* 4,096 events */
#define AMD_LOG_ENTRIES         (1u << AMD_LOG_ORDER)
#define AMD_BATCH_MAX           48u

#define AMD_NR_DOMAINS          65536u
#define AMD_DOMAIN_NONE         0u              /* of what has no table */

struct amd_unit {
    struct iommu_unit unit;

    struct amd_ivhd *ivhd;                /* (c) */
    void __iomem *regs;                   /* (c) NULL: not used */
    pci_sbdf_t sbdf;                      /* (c) its own function */
    nodeid_t node;                        /* (c) */
    uint32_t cap;                         /* (c) its capability's header */
    uint64_t efr, efr2;                   /* (c) 0: there are none */
    bool skip;                            /* (c) not used, which was said */
    bool coherent;                        /* (c) walks snoop */
    bool snp;                             /* (c) nothing passes untranslated */
    bool up;                              /* (c) the core knows it */
    bool is_on;                           /* boot, resume */

    uint64_t *devtab;                     /* (u) to write */
    struct amd_cmd *cmds;                 /* (u) */
    struct amd_event *log;
    uint64_t *done;                       /* number of the last batch */
    unsigned int head, tail;              /* (u) of the commands */
    uint64_t seq;                         /* (u) of the last batch queued */
    unsigned int epoch;                  /* (u) to write: it was started anew */
    bool forget;                          /* (u) all, as soon as one may wait */
    bool posted;                          /* (u) commands that nobody waits
                                             for were sent */
    unsigned int cuts;                    /* (u) devices that were cut off */
    uint64_t control;                     /* (u) as last written */

    struct pt_config table;               /* (c) */

    struct amd_ir_unit ir;                /* interrupt remapping's own */
    struct amd_chipset_state *saved;      /* (c) for resume, or NULL */
    bool irq_wanted;                      /* once the log is drained */
    struct iommu_unit_msi msi;            /* of events */
};

/* What dev->priv points to. */
struct amd_dev {
    bool remapped;                        /* (g) it has an interrupt table */
};

static inline struct amd_unit *to_amd_unit(struct iommu_unit *unit)
{
    return container_of(unit, struct amd_unit, unit);
}

static inline uint64_t amd_read(const struct amd_unit *u, unsigned int reg)
{
    return readq(u->regs + reg);
}

static inline void amd_write(const struct amd_unit *u, unsigned int reg,
                             uint64_t val)
{
    writeq(val, u->regs + reg);
}

/* Makes stores to @size bytes at @p visible to a walker that does not snoop. */
static inline void amd_clean(const struct amd_unit *u, const void *p,
                             size_t size)
{
    if ( !u->coherent )
        arch_iommu_cache_clean(p, size);
}

/* unit.c: discovery and registers */

/* One for each IVHD, those to skip included. */
extern struct amd_unit *amd_units;
extern unsigned int amd_nr_units;
#define for_each_amd_unit(u)                                            \
    for ( (u) = amd_units; (u) < amd_units + amd_nr_units; (u)++ )      \
        if ( (u)->skip ) {} else

/*
 * Boot, or once more at any time: maps registers, reads features, allocates
 * what units need; one that cannot be used is skipped, which is said.  0,
 * -ENODEV, -ENOMEM, -EOPNOTSUPP (none is left, or iommu=force and one is
 * missing; said).
 */
int amd_unit_map_all(void);
void amd_unit_unmap_all(void);
/* Boot: @u is skipped from now on, because of @why, which is said. */
void amd_unit_lose(struct amd_unit *u, const char *why);
/* NULL: there is none, or it is skipped. */
struct amd_unit *amd_unit_of(const struct amd_ivhd *ivhd);

/*
 * Sets and clears bits of the control register, and waits until the status is
 * (@status & @mask), which are bits of its lower half.  Unit locked, or no
 * other CPU runs.  False: it did not become so, as iommu_wait().
 */
bool amd_control(struct amd_unit *u, uint64_t set, uint64_t clear,
                 uint32_t mask, uint32_t status);

/*
 * Boot and resume: the device table as it is, an empty command buffer and an
 * empty log, then everything on.  A unit that firmware left on never passes
 * what its table blocked.  0, or -EIO.
 */
int amd_unit_start(struct amd_unit *u);
/* Rings off, what is blocked stays so.  As amd_unit_stop(). */
int amd_unit_pause(struct amd_unit *u);
/* All off: the unit passes everything.  -EIO: it is still on. */
int amd_unit_stop(struct amd_unit *u);
static inline bool amd_unit_is_on(const struct amd_unit *u)
{
    return u->is_on;
}
void amd_dump(struct iommu_unit *unit);

/* queue.c: the command buffer */

/* Unit locked.  Forgets what is queued and starts with an empty ring. */
int amd_queue_start(struct amd_unit *u);
/*
 * Queues a batch and waits for it.  0; -EAGAIN: an error discarded it, submit
 * it again; -ETIMEDOUT; -EIO: the unit failed.  No unit lock held.
 */
int amd_queue_run(struct amd_unit *u, const struct amd_cmd *cmd,
                  unsigned int nr, s_time_t timeout);

/*
 * Queues commands without a wait: done before anything that is sent later.
 * Where there is no room for them, or the buffer has to start anew on a unit
 * without INVALIDATE_IOMMU_ALL, the unit is made to forget everything by the
 * tasklet.  Of a unit that is off: does nothing.  Any context, any lock.
 */
void amd_queue_post(struct amd_unit *u, const struct amd_cmd *cmd,
                    unsigned int nr);

/* inval.c */

/*
 * Runs a batch and waits until it has taken effect.  No unit lock held, any
 * interrupt state.  Devices whose TLB does not answer are cut off and count as
 * done.  0; -EIO: the unit has failed, or just did and is reported.
 */
int amd_invalidate(struct amd_unit *u, const struct amd_cmd *cmd,
                   unsigned int nr);
/* All that the unit has cached: entries, pages, interrupts. */
int amd_invalidate_all(struct amd_unit *u);
/* As iommu_unit_ops.revive. */
int amd_revive(struct iommu_unit *unit);

/* dte.c: the device table */

static inline uint64_t *amd_dte(struct amd_unit *u, uint16_t id)
{
    return u->devtab + (size_t)id * DTE_WORDS;
}

struct amd_dte_half {
    uint64_t w[2];
};

/* Entries as values, for DMA. */
struct amd_dte_half amd_dte_blocked(void);
struct amd_dte_half amd_dte_pass(void);
struct amd_dte_half amd_dte_table(const struct s2_domain *s2, bool ats);
/* Unit locked.  Stores the half for DMA at once; returns what was there. */
struct amd_dte_half amd_dte_set(struct amd_unit *u, uint16_t id,
                                struct amd_dte_half half);
int amd_look(struct iommu_unit *unit, uint32_t id, struct iommu_hw_entry *e);
/* All blocked, in a new table.  -ENOMEM. */
int amd_devtab_alloc(struct amd_unit *u);

/* device.c, domain.c, tlb.c, power.c: the hooks */
int amd_table_config(const struct iommu_dev *first, struct pt_config *cfg);
struct s2_domain *amd_domain_alloc(struct iommu_dev *first, enum s2_type type,
                                   struct s2_table *table);
int amd_silence(struct iommu_unit *unit, uint32_t id);
extern const struct iommu_dev_ops amd_dev_ops;
extern const struct iommu_tlb_ops amd_tlb_ops;
extern const struct iommu_unit_ops amd_unit_ops;
extern struct iommu_driver amd_driver;

/*
 * Unit locked.  Blocks all of @dev's IDs, whoever else has them: for a device
 * that does not answer.
 */
void cf_check amd_dev_cut(struct iommu_dev *dev);

/* Boot: settles what the tables of @u are like. */
void amd_config_init(struct amd_unit *u);

/* event.c */

/* Takes events out of the log.  True: there may be more.  No lock held. */
bool amd_event_drain(struct amd_unit *u);
void amd_event_poll(struct iommu_unit *unit);
/*
 * Cuts off devices whose TLBs did not answer, as the log says; what else it
 * says stays in it.  No unit lock held.
 */
void amd_event_timeouts(struct amd_unit *u);
/* Is nothing recorded at the moment, for want of room? */
bool amd_event_lost(const struct amd_unit *u);
/* Any context: the log is drained soon. */
void cf_check amd_event_kick(void);
void amd_event_init(void);

/* irq.c: the unit's own interrupt.  As iommu_unit_msi_setup(); -EPERM: none. */
int amd_irq_setup(struct amd_unit *u);
void amd_irq_free(struct amd_unit *u);
/* Writes the message and unmasks: after bring-up and resume. */
void amd_irq_start(struct amd_unit *u);
void cf_check amd_adjust_irq_affinities(void);
/* The log was drained: the next event may interrupt. */
void amd_irq_unmask(struct amd_unit *u);

/* acpi.c: Does firmware say that messages are delivered as interrupts? */
bool amd_acpi_has_msi(void);
/* Is SNP enabled, so that nothing passes a unit untranslated? */
bool amd_snp_enabled(void);

/* intremap-find.c; registered once the IVRS was accepted. */
extern struct iommu_ir_driver amd_ir_driver;

/* setup.c: everything back, for tests and failed bring-up. */
void cf_check amd_tear_down_all(void);

#endif /* AMD_AMD_H */
