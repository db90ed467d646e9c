/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VT-d driver's own header: its files see each other through it.
 *
 * Letters on fields: (c) constant after bring-up, (g) group->lock, (u)
 * unit->lock.  unit->lock is the innermost lock and is taken with interrupts
 * disabled: interrupt set-up invalidates entries from interrupt context.
 */
#ifndef VTD_H
#define VTD_H

#include <xen/iommu.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/spinlock.h>
#include <xen/time.h>

#include <iommu-groups/ats.h>
#include <iommu-groups/driver.h>
#include <iommu-groups/unit-msi.h>

#include <asm/io.h>

#include "dmar.h"
#include "regs.h"

struct acpi_table_header;
struct vtd_ir;

/* Longest wait for a wait descriptor. */
#define VTD_TIMEOUT             SECONDS(1)

/* Domain IDs that are never handed out; CM tags non-present entries with 0. */
#define VTD_DID_NONE            0
#define VTD_DID_IDENTITY        1
#define VTD_DID_BUSY            2
#define VTD_NR_RESERVED_DIDS    3

/* Most descriptors in one batch; the wait descriptor comes on top. */
#define VTD_BATCH_MAX           30

/*
 * Context entries of more IDs than this are invalidated by domain ID, and of
 * more domain IDs than this together.
 */
#define VTD_CLEAR_IDS           16
#define VTD_CLEAR_DIDS          4

/* Invalidation queue, §6.5.2: one page. */
#define VTD_QI_ENTRIES          256

struct vtd_qi {
    struct vtd_desc *ring;      /* (c) NULL: registers are used instead */
    uint32_t *status;           /* (c) hardware writes completed numbers */
    unsigned int head;          /* (u) as last read; entries before are free */
    unsigned int tail;          /* (u) next entry to fill */
    uint32_t seq;               /* (u) number of the newest batch */
    unsigned int epoch;         /* (u) to write: batches were lost */
    bool enabled;               /* (u) to write */
    unsigned int ite_epoch;     /* (u) one that a device TLB's time-out began */
    uint16_t ite_sid;           /* (u) whose, where hardware says; else 0 */
};

struct vtd_unit {
    struct iommu_unit unit;
    const struct vtd_drhd *drhd;          /* (c) */
    void __iomem *regs;                   /* (c) */
    uint64_t cap, ecap;                   /* (c) quirks applied */
    struct pt_config table;               /* (c) what it walks best */
    nodeid_t node;                        /* (c) */
    bool skip;                            /* (c) not used: its devices are not
                                             translated */
    bool unwanted;                        /* (c) skip, as the user asked */
    bool igd;                             /* (c) serves integrated graphics */
    bool keep_te;                         /* (c) translation cannot be
                                             switched off, see
                                             vtd_graphics_keeps_te() */
    bool up;                              /* (c) registered with the core */

    bool hung;                            /* a command of GCMD timed out */
    bool te;                              /* (u) translation is to be on */
    struct vtd_root_entry *root;          /* (c) entries (u) */
    struct vtd_qi qi;
    struct pt *busy;                     /* (c) busy.c's, until it is settled */
    struct vtd_ir *ir;                    /* interrupt remapping's own */

    struct iommu_unit_msi msi;            /* fault event */
};

/* What dev->priv points to. */
struct vtd_dev {
    uint16_t pfsid;                       /* (c) see vtd_desc_dev_tlb() */
};

static inline struct vtd_unit *to_vtd_unit(struct iommu_unit *unit)
{
    return container_of(unit, struct vtd_unit, unit);
}

static inline uint32_t vtd_readl(const struct vtd_unit *u, unsigned int reg)
{
    return readl(u->regs + reg);
}

static inline void vtd_writel(const struct vtd_unit *u, unsigned int reg,
                              uint32_t val)
{
    writel(val, u->regs + reg);
}

static inline uint64_t vtd_readq(const struct vtd_unit *u, unsigned int reg)
{
    return readq(u->regs + reg);
}

static inline void vtd_writeq(const struct vtd_unit *u, unsigned int reg,
                              uint64_t val)
{
    writeq(val, u->regs + reg);
}

/* unit.c: discovery and registers */

/* (c) after acpi_dmar_init(); nr_drhd is 0 without a usable DMAR. */
extern struct vtd_dmar vtd_dmar;

/* One per DRHD, in the table's order, those to skip included.  NULL: none. */
extern struct vtd_unit *vtd_units;
struct vtd_unit *vtd_unit_next(const struct vtd_unit *u);
#define for_each_vtd_unit(u) \
    for ( (u) = vtd_unit_next(NULL); (u); (u) = vtd_unit_next(u) )

/*
 * Boot, or once more at any time: maps every unit's registers, reads and checks
 * capabilities, and turns off interrupt remapping and queued invalidation that
 * firmware left on.  A unit that cannot be used is skipped, which is said.  0,
 * -ENODEV (no DMAR), -ENOMEM, -EOPNOTSUPP (no unit is left, or iommu=force and
 * one is missing; said); the first answer is final.
 */
int vtd_unit_map_all(void);

/* Boot: @u is skipped from now on, because of @why, which is said. */
void vtd_unit_lose(struct vtd_unit *u, const char *why);

/* Boot: are there units enough?  0 or -EOPNOTSUPP, said. */
int vtd_unit_check_all(void);

/* Boot: gives registers and units back. */
void vtd_unit_unmap_all(void);

/* The unit of a DRHD; NULL if there is none (or @drhd is NULL) or skipped. */
struct vtd_unit *vtd_unit_of(const struct vtd_drhd *drhd);

/*
 * Switches lasting GCMD bits, one at a time as §11.4.4 asks, and waits until
 * GSTS follows.  Unit locked (or no other CPU runs).  False: it did not; the
 * caller reports.
 */
bool vtd_gcmd_set(struct vtd_unit *u, uint32_t bit);
bool vtd_gcmd_clear(struct vtd_unit *u, uint32_t bit);

/* One-shot commands (SRTP, SIRTP): waits until the status is set. */
bool vtd_gcmd_pulse(struct vtd_unit *u, uint32_t bit);

/*
 * Where the unit has a write buffer to flush (CAP.RWBF), flushes it: stores to
 * structures become visible to hardware.  Takes unit->lock.  0 or -EIO.
 */
int vtd_write_buffer_flush(struct vtd_unit *u);
bool vtd_needs_wbf(const struct vtd_unit *u);

/* Makes stores to @size bytes at @p visible to a walker that does not snoop. */
void vtd_clean(const struct vtd_unit *u, const void *p, size_t size);

/* Prints registers and queue state. */
void vtd_dump(struct iommu_unit *unit);
int vtd_look(struct iommu_unit *unit, uint32_t id, struct iommu_hw_entry *e);

/* qi.c: the invalidation queue */

/*
 * Allocates the queue on first use and turns it on; nothing to do where it is
 * on.  Takes unit->lock.  0, -ENOMEM, -EOPNOTSUPP (no queue, or iommu=no-qinval
 * and registers can be used instead), -EIO.
 */
int vtd_qi_enable(struct vtd_unit *u);

/* Unit locked, or crash.  Turns the queue off; its memory stays. */
void vtd_qi_disable(struct vtd_unit *u);
void vtd_qi_free(struct vtd_unit *u);

/*
 * Off and on: nothing is queued or under way, and who waits sees -EAGAIN.
 * Takes unit->lock.  0; -EIO: it does not obey, or was off.
 */
int vtd_qi_restart(struct vtd_unit *u);

/*
 * Appends @nr descriptors and a wait descriptor, and waits for it.  No unit
 * lock held.  0; -EAGAIN: an error discarded the batch, submit it again;
 * -ENXIO: likewise, and a device TLB timed out meanwhile (*@sid: whose, 0 if
 * not known); -ETIMEDOUT: not done after @timeout, the queue was emptied (other
 * batches under way see -EAGAIN); -EIO: the queue is off or the unit failed.
 */
int vtd_qi_run(struct vtd_unit *u, const struct vtd_desc *desc, unsigned int nr,
               s_time_t timeout, uint16_t *sid);

/* inval.c: invalidation, whatever way the unit does it */

/*
 * Runs a batch and waits until it has taken effect.  No unit lock held, any
 * interrupt state.  Device TLBs that do not answer are contained (ats.c) and
 * count as done.  0; -EIO: the unit has failed, or just did and is reported.
 * This is what interrupt remapping uses for vtd_desc_iec().
 */
int vtd_invalidate(struct vtd_unit *u, const struct vtd_desc *desc,
                   unsigned int nr);

/* As iommu_unit_ops.revive. */
int vtd_revive(struct iommu_unit *unit);

/* Drain flags for IOTLB descriptors, by capability. */
uint64_t vtd_drain(const struct vtd_unit *u);

/* Context cache and IOTLB, global.  0 or -EIO. */
int vtd_invalidate_all(struct vtd_unit *u);

/* Are there registers for it, or only the queue? */
bool vtd_has_reg_invalidate(const struct vtd_unit *u);
/* Is it the queue that is to be used? */
bool vtd_wants_queue(const struct vtd_unit *u);

/* context.c: root and context tables */

/* 0 or -ENOMEM: an empty root table. */
int vtd_root_alloc(struct vtd_unit *u);
void vtd_root_free(struct vtd_unit *u);

/* The context table of @bus exists from then on.  Takes unit->lock. */
int vtd_context_table(struct vtd_unit *u, uint8_t bus);

/*
 * Unit locked.  Set stores an entry that was not present; clear returns what
 * was there (lo 0: it was not present) and stores not-present.
 */
void vtd_context_set(struct vtd_unit *u, uint16_t id,
                     struct vtd_context_entry ce);
struct vtd_context_entry vtd_context_clear(struct vtd_unit *u, uint16_t id);
/* Nothing is recorded of @id's requests.  False: the entry is present. */
bool vtd_context_silence(struct vtd_unit *u, uint16_t id);
struct vtd_context_entry vtd_context_get(const struct vtd_unit *u, uint16_t id);

/* Entries as values.  @levels of the table, or the most the unit can walk. */
struct vtd_context_entry vtd_context_table_entry(paddr_t root,
                                                 unsigned int levels,
                                                 uint16_t did, bool ats);
struct vtd_context_entry vtd_context_pass_entry(unsigned int levels);

/*
 * device.c, shared with ats.c.  Unit locked.  Clears the context entries of
 * all of @dev's IDs, but for those that another attached dev uses too unless
 * @all; fills @desc with what has to be invalidated for that, device TLB
 * included, and returns how many those are (VTD_BATCH_MAX at most).
 */
unsigned int vtd_dev_clear(struct vtd_unit *u, struct iommu_dev *dev, bool all,
                           struct vtd_desc *desc);

/* domain.c, device.c, tlb.c, power.c: the hooks */
int vtd_table_config(const struct iommu_dev *first, struct pt_config *cfg);
struct s2_domain *vtd_domain_alloc(struct iommu_dev *first, enum s2_type type,
                                   struct s2_table *table);
int vtd_silence(struct iommu_unit *unit, uint32_t id);

extern const struct iommu_dev_ops vtd_dev_ops;
extern const struct iommu_tlb_ops vtd_tlb_ops;
extern const struct iommu_unit_ops vtd_unit_ops;
extern struct iommu_driver vtd_driver;

/* Boot: settles what the tables of @u are like.  @snoop: as far as it can. */
void vtd_config_init(struct vtd_unit *u, bool snoop);
/* Deepest table that this unit can walk. */
unsigned int vtd_unit_levels(const struct vtd_unit *u);

/* ats.c: device TLBs, as far as they are not the same for all units */

/* Fills dev_tlb and pfsid of a dev that is being probed. */
void vtd_ats_probe(struct vtd_unit *u, struct iommu_dev *dev,
                   struct vtd_dev *vd);

/*
 * Adds descriptors for the device TLBs that use @did, of devices whose serial
 * is above *@serial, which moves on; returns how many were added to @desc (at
 * most @room).  2^@order pages from @addr on, everything with @order 52.
 * *@twice is set where one wants the batch a second time.  Takes unit->lock.
 */
unsigned int vtd_ats_collect(struct vtd_unit *u, uint16_t did, uint64_t addr,
                             unsigned int order, uint32_t *serial,
                             struct vtd_desc *desc, unsigned int room,
                             bool *twice);

/* The same for @dev's device TLB alone.  Unit locked. */
struct vtd_desc vtd_ats_desc(const struct vtd_unit *u,
                             const struct iommu_dev *dev, uint64_t addr,
                             unsigned int order);

/* iommu_ats_contain() of the device with requester ID @sid. */
bool vtd_ats_contain(struct vtd_unit *u, uint16_t sid);

/* fault.c: fault records */

/* Boot and resume: forgets old faults. */
void vtd_fault_clear(struct vtd_unit *u);
/* Any context: records are drained soon. */
void cf_check vtd_fault_kick(void);
/* Drains now.  No lock held. */
void vtd_fault_poll(struct iommu_unit *unit);
const char *vtd_fault_reason(unsigned int code, bool *interrupt);
void vtd_fault_init(void);

/* acpi.c.  NULL: there is no DMAR. */
struct acpi_table_header *vtd_acpi_find_dmar(void);
int vtd_acpi_parse_dmar(int (*handler)(struct acpi_table_header *table));
bool vtd_acpi_has_msi(void);

/* fault-irq.c: the fault event interrupt */
/* As iommu_unit_msi_setup(); -EPERM: no MSI here. */
int vtd_fault_irq_setup(struct vtd_unit *u);
/* Interrupts go to the CPUs of the units' nodes. */
void vtd_adjust_irq_affinities(void);

/* busy.c: units that translate when they are taken over */

/*
 * Bring-up, the root table is not in use yet: devices with reserved regions
 * reach these, if the unit translates.  0 or -ENOMEM.
 */
int vtd_busy_keep(struct vtd_unit *u);
/*
 * The hardware domain has its devices: what none was attached for is blocked.
 * Waits for hardware.
 */
void vtd_busy_end(struct vtd_unit *u);
/* The same, of a unit that is off. */
void vtd_busy_free(struct vtd_unit *u);

/* setup.c, power.c: bring-up, as iommu-groups/x86.h has it */

int vtd_setup(void);
void vtd_enable_translation_all(void);

/* What it shares with resume. */

/* Error path of bring-up: off, and all memory back; nothing is attached. */
void cf_check vtd_tear_down_all(void);

/* Sets the root table, forgets old faults and cached entries.  0 or -EIO. */
int vtd_unit_start(struct vtd_unit *u);
/* Translation on, protected memory regions off.  0 or -EIO. */
int vtd_translation_on(struct vtd_unit *u);
/*
 * Boot: leaves a unit that is not used as if there was none, translation and
 * protected memory regions off, whatever firmware left.
 */
void vtd_switch_off(struct vtd_unit *u);

/* quirks.c */

/* Boot.  -ENODEV: the chipset's remapping is too broken to be used. */
int vtd_quirks_init(void);
/* Capabilities that a unit should not have claimed. */
void vtd_quirks_caps(struct vtd_unit *u);
extern bool vtd_quirk_rwbf;
/* NULL: the unit can be used; else why not, in words. */
const char *vtd_quirks_refuse(const struct vtd_unit *u);
/*
 * quirks-pci.c: once for each function, when it is found.  pcidevs_lock held.
 */
void vtd_quirks_pci(const struct pci_dev *pdev);
/* Around IOTLB invalidation and switching translation. */
void vtd_quirks_begin(const struct vtd_unit *u);
void vtd_quirks_end(const struct vtd_unit *u);

/* igd.c: units for graphics */

/* Does @drhd name the integrated graphics device? */
bool vtd_serves_igd(const struct vtd_drhd *drhd);
/* Is every function that @drhd names and that exists a display controller? */
bool vtd_graphics_only(const struct vtd_drhd *drhd);
/* Would switching the translation of this graphics unit off not complete? */
bool vtd_graphics_keeps_te(const struct vtd_unit *u);

/* rmrr.c: reserved memory regions of the DMAR, and those of unity.h */

/* As iommu_get_reserved_device_memory(). */
int vtd_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt);

/* Boot: looks at the DMAR's, takes the others in.  0 or -ENOMEM. */
int vtd_rmrr_init(void);
/* Calls @fn for each region of @sbdf; stops at the first nonzero answer. */
int vtd_rmrr_for_dev(pci_sbdf_t sbdf, iommu_region_fn *fn, void *arg);

#endif /* VTD_H */
