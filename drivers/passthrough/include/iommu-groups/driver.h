/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border between the core and an IOMMU driver.  A driver includes this, and
 * contain.h, ats.h or ir.h for what it has of these, but not group.h, which is
 * for users of groups.
 *
 * Locks are numbered as in docs/locking.md: 1 pcidevs_lock, 3 group->lock,
 * 4a table->flush_lock, 4b table->lock, 5 unit->lock.
 *
 * Letters on fields: (c) constant after initialisation, (p) pcidevs_lock,
 * (g) group->lock, (t) table->lock, (u) unit->lock.
 */
#ifndef IOMMU_GROUPS_DRIVER_H
#define IOMMU_GROUPS_DRIVER_H

#include <xen/iommu.h>
#include <xen/kernel.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/spinlock.h>

#include <iommu-groups/dev.h>
#include <iommu-groups/table.h>

struct iommu_ir_ops;

/*
 * At the head of whatever walks a stage-2 table or may wait for hardware:
 * neither happens under pcidevs_lock.  During boot there is nobody to hold up,
 * and Xen's vPCI maps the BARs of an autotranslated hardware domain under it.
 */
#define assert_may_wait() \
    ASSERT(system_state < SYS_STATE_active || !pcidevs_mine())

/*
 * The device side.  @first is always iommu_group_first_dev(), whichever
 * device was named.
 */
struct iommu_dev_ops {
    /*
     * Mandatory.  pcidevs_lock held; must not wait for hardware.  Finds the
     * unit that translates @dev (by iommu_unit_of_fw(), where firmware names
     * it), fills unit, priv, and adds IDs that only the driver knows.  Leaves
     * hardware alone: the dev's DMA is blocked until the first attach.
     * -ENODEV: no unit of this driver serves it; -ENOMEM; -EINVAL: firmware
     * contradicts itself (one message was printed).
     */
    int (*probe)(struct iommu_dev *dev);

    /* Optional.  pcidevs_lock held.  @dev is blocked and in no group. */
    void (*release)(struct iommu_dev *dev);

    /*
     * Mandatory.  Group lock held.  What a table is like that uses all that
     * @first's unit can do; what other units can does not matter.  Constant:
     * groups for which it is the same share a table.  -EOPNOTSUPP: the unit
     * walks none.
     */
    int (*table_config)(const struct iommu_dev *first, struct pt_config *cfg);

    /*
     * Mandatory.  Group lock held.  A stage-2 domain of @type, S2_IDENTITY or
     * S2_PAGING, for the group; @table is NULL unless it is the latter.  The
     * identity domain is static in the unit and is returned without allocation.
     * Takes the table's TLB tag on the unit with s2_tag_get().
     * ERR_PTR: -EXDEV the unit cannot walk this table, -EOPNOTSUPP no such
     * type here, -ENOMEM, -ENOSPC no TLB tag left, -EIO the unit is dead.
     */
    struct s2_domain *(*domain_alloc)(struct iommu_dev *first,
                                      enum s2_type type,
                                      struct s2_table *table);

    /*
     * Optional: s2_domain_free().  Group lock held.  Nothing is attached to
     * @s2, a paging domain, any more.
     */
    void (*domain_free)(struct s2_domain *s2);

    /*
     * Mandatory.  Group lock held.  Makes all of @dev's IDs use @s2, which is
     * never the blocked domain, and waits (with a bound) until nothing of the
     * old one is cached.  On failure the dev is blocked, or as before; the core
     * attaches the old domain again, or blocks it.
     * -EIO: the hardware did not answer.  -ENOMEM.
     */
    int (*attach)(struct s2_domain *s2, struct iommu_dev *dev);

    /*
     * Mandatory.  Group lock held.  All DMA of @dev is aborted when this
     * returns, but for IDs that another attached dev has as well: those stay
     * with that one, and for_each_iommu_own_run() leaves them out.  Takes a
     * time that does not grow with the number of IDs but for the stores.
     * Cannot fail and does not allocate; if the hardware does not answer the
     * driver marks the unit failed, reports it, and leaves structures so that
     * the hardware finds nothing.
     */
    void (*block)(struct iommu_dev *dev);

    /*
     * Optional: whether both are of one unit.  Group lock held.  Would attach()
     * of @dev, a member of the same group, use @s2 just as its first device
     * does?
     */
    bool (*compatible)(const struct s2_domain *s2,
                       const struct iommu_dev *dev);

    /*
     * Optional.  pcidevs_lock or group lock held.  Calls @fn for every
     * direct-mapped region that firmware requires for @dev; stops at and
     * returns the first nonzero answer.
     */
    int (*direct_regions)(const struct iommu_dev *dev, iommu_region_fn *fn,
                          void *arg);
};

/*
 * The TLB side: called by the core for a table's tag (domain ID, VMID, GSCID)
 * on one unit.  Which tags are in use is the core's to know.
 */
struct iommu_tlb_ops {
    /*
     * Mandatory.  No table lock held.  Invalidates everything tagged @tag,
     * device TLBs included, and waits with a bound.  -EIO: not done, the unit
     * is marked failed, and the tag is never used again.
     */
    int (*flush_tag)(struct iommu_unit *unit, uint32_t tag);

    /*
     * Mandatory.  table->flush_lock held, table->lock not held.  Invalidates
     * what @gather covers for @tag, device TLBs included, and waits with a
     * bound.  -EIO: not done, the unit is marked failed.
     */
    int (*flush)(struct iommu_unit *unit, uint32_t tag,
                 const struct pt_gather *gather);
};

/* What hardware makes of the DMA of an ID: iommu_unit_ops.look(). */
enum iommu_hw_state {
    HW_BLOCKED,
    HW_IDENTITY,
    HW_PAGING,
    HW_UNKNOWN,     /* the unit is not as the driver has set it up */
};

struct iommu_hw_entry {
    enum iommu_hw_state state;
    paddr_t root;   /* HW_PAGING: of its table ... */
    uint32_t tag;   /* ... and the TLB tag */
    uint32_t last;  /* the same holds for the IDs up to here */
};

/* The unit side: the machine's power and crash paths, and debugging. */
struct iommu_unit_ops {
    int (*suspend)(struct iommu_unit *unit);          /* mandatory */
    void (*resume)(struct iommu_unit *unit);          /* mandatory */
    /* Crash path: interrupts off, other CPUs stopped, no locks taken. */
    void (*crash_shutdown)(struct iommu_unit *unit);  /* mandatory */
    /* No interrupt may be generated by the unit itself any more. */
    void (*quiesce)(struct iommu_unit *unit);         /* mandatory */
    /*
     * Optional.  Reports the faults that hardware has recorded, as the
     * interrupt would; for boot code, and where there are no interrupts, which
     * "polled" says of a unit.  Tasklet or boot, no lock held; has an end.
     */
    void (*poll_faults)(struct iommu_unit *unit);
    /*
     * Optional.  DMA with @id, as iommu_dev_fault_id() has it, is blocked, and
     * nothing is recorded of it any more, until a dev that has the ID is
     * attached.  For IDs of contained devs, and those of which nobody knows
     * whose they are.  No lock but the group's held; may allocate, and waits
     * with a bound.  -EBUSY: a dev that has the ID is attached; -EOPNOTSUPP:
     * hardware cannot be kept from recording; -ENOMEM; -EIO.
     */
    int (*silence)(struct iommu_unit *unit, uint32_t id);
    /*
     * Optional.  The unit does not complete what it was given.  Has it abort
     * all DMA if it can be told that, switches its queue off, which drains it,
     * and on again with the same tables and nothing cached; what was queued is
     * lost, and who waits for it is to see that and repeat it.  One CPU at a
     * time, no unit lock held, any interrupt state; other CPUs may come with
     * work, which waits while iommu_unit_held().  Waits with a bound.  0: it
     * completes work again; -EIO: it does not, and is in whatever state.
     */
    int (*revive)(struct iommu_unit *unit);
    /*
     * Optional.  The unit has failed.  What does not carry out commands may
     * still listen to its registers: has it abort all DMA.  Called once, by
     * iommu_unit_fail().  No unit lock held, any interrupt state; waits with a
     * bound.  False: it cannot be told.
     */
    bool (*shut)(struct iommu_unit *unit);
    /* Optional.  Prints registers and queue state. */
    void (*dump)(struct iommu_unit *unit);
    /*
     * Optional.  No lock held.  Reads from registers and from memory, not from
     * what the driver remembers, what hardware does with @id, which is as the
     * driver's own tables are indexed (no segment).  What is being changed may
     * show as it was or as it is.  Bounded, changes nothing.  -ENOENT: the unit
     * knows no ID from there on.
     */
    int (*look)(struct iommu_unit *unit, uint32_t id,
                struct iommu_hw_entry *e);
};

/* (c) One IOMMU driver.  All mandatory hooks are checked at registration. */
struct iommu_driver {
    const char *name;
    const struct iommu_dev_ops *dev;
    const struct iommu_tlb_ops *tlb;
    const struct iommu_unit_ops *unit;
    struct list_head list;
};

/* One piece of remapping hardware. */
struct iommu_unit {
    struct list_head list;           /* (c) */
    struct iommu_driver *drv;        /* (c) */
    const struct iommu_ir_ops *ir;   /* (c) NULL: no interrupt remapping */
    unsigned int id;                 /* (c) */
    char name[24];                   /* (c) "vtd0", "smmu1" */
    paddr_t base;                    /* (c) registers ... */
    unsigned int regs_size;          /* (c) ... their bytes; 0: one page */
    /* What firmware calls it: a phandle, an IORT offset; 0: nothing. */
    uint32_t fw_handle;              /* (c) */
    /* A not-present entry becoming present needs an invalidation as well. */
    bool flush_on_map;               /* (c) */
    /* Firmware: "outward" devs do not see memory as it is, whoever has them. */
    bool translate_outward;          /* (c) */
    /*
     * Devices that firmware left at work (firmware.h) pass until they are
     * attached or blocked: iommu_groups_end_busy().
     */
    bool busy;                       /* (c) */
    /* It has nothing to tell of a blocked dev's DMA, not its address. */
    bool silent_block;               /* (c) */
    /* It may record another fault without its address. */
    bool vague_faults;               /* (c) */
    /* No interrupt tells of its faults: poll_faults() is called by a timer. */
    bool polled;                     /* (c) */
    bool failed;                     /* once set, stays: stopped answering */
    /* Faults come faster than they are drained.  Of its drain alone. */
    bool flooded;
    unsigned int fault_round;        /* atomic: iommu_fault_round() */
    struct iommu_fault_rate unknown; /* (p) of no dev of ours */
    spinlock_t lock;                 /* queue, tags, device tables */
    s_time_t next_look;              /* (u) to write: queue-look.h */
    unsigned long *tags;             /* (u) bitmap; those to be left out set */
    unsigned int nr_tags;            /* (c) */
    struct list_head dev_tlbs;       /* (u) struct iommu_dev: ats.h */
    uint32_t dev_tlb_serial;         /* (u) to write; 0: there was none yet */
    struct s2_domain blocked;        /* (c) */
    struct s2_domain identity;       /* (c) */
    /* Messages printed: faults of no dev of ours, overflows, queue errors. */
    unsigned int lines, overflows, errors;
    /* revive.c */
    unsigned int reviver;            /* atomic: CPU number + 1; 0: nobody */
    unsigned int nr_revived;        /* atomic to read, the reviver's to write */
    unsigned int nr_tries;           /* the reviver's: of late */
    s_time_t revive_time;            /* the reviver's: of the newest try */
    /* (u) for hypfs and xen-iommu metrics */
    uint64_t nr_commands, nr_waits, nr_faults;
};

/* Boot only.  Panics on a missing mandatory hook: that is a bug in Xen. */
void iommu_driver_register(struct iommu_driver *drv);

/*
 * The unit of @drv whose fw_handle is @dev's fw_unit.  NULL: none, which is
 * probe()'s -ENODEV.
 */
struct iommu_unit *iommu_unit_of_fw(const struct iommu_driver *drv,
                                    const struct iommu_dev *dev);

/*
 * Bring-up, before anything else is done with @unit: its driver, its lock, and
 * until it is registered the name that messages have for it, with the number
 * @nr.
 */
void iommu_unit_init(struct iommu_unit *unit, struct iommu_driver *drv,
                     unsigned int nr);

/*
 * Bring-up.  TLB tags from @first to @nr - 1 are there to be handed out; those
 * below are the driver's.  -ENOMEM.  Free: the unit is not used after all.
 */
int iommu_unit_alloc_tags(struct iommu_unit *unit, unsigned int first,
                          unsigned int nr);
void iommu_unit_free_tags(struct iommu_unit *unit);

/*
 * Boot only.  @unit was brought up, and has base, ir, flush_on_map, fw_handle
 * set; the core gives it its number and name and prepares the static domains.
 */
void iommu_unit_register(struct iommu_unit *unit, struct iommu_driver *drv);

/*
 * Where the function has an extended capability @id, behind the one at @after
 * (0: the first); 0: nowhere.  PCIe 6.0, 7.6.3.
 */
unsigned int iommu_pci_ext_cap(pci_sbdf_t sbdf, unsigned int after,
                               unsigned int id);

/*
 * Boot only, after the last unit: the widest device address, in bits, that all
 * units translate, and whether all walks see what is in the CPUs' caches.  A
 * CPU's stage 2 that they are to walk must not be wider.  0: there is no unit.
 */
unsigned int iommu_units_in_bits(void);
bool iommu_units_coherent(void);

/* Constant after boot. */
extern struct list_head iommu_drivers;

/* Walks units; the list is constant after boot, no lock needed. */
extern struct list_head iommu_units;
#define for_each_iommu_unit(u) list_for_each_entry ( u, &iommu_units, list )

/*
 * How often in succession a unit is started anew before it is given up; half
 * of that is forgotten in a minute.
 */
#define IOMMU_REVIVES 4

/*
 * A driver's wait has timed out, and no single device is to blame: the unit is
 * started anew, by this CPU or, if nr_revived is not @seen any more, it was by
 * another one.  @seen: nr_revived before the work was begun.  @what the unit
 * did not do, in words.  True: the caller repeats its work.  False: it is time
 * for iommu_unit_fail().  No unit lock held; waits, with a bound.
 */
bool iommu_unit_revive(struct iommu_unit *unit, unsigned int seen,
                       const char *what);
/* Another CPU is at that: leave the unit alone, and do not count the time. */
bool iommu_unit_held(const struct iommu_unit *unit);

/*
 * The time in ns, for waits that have to end.  x2APIC set-up comes before Xen
 * knows it, and NOW() stays 0: it passes by being asked for then, such that a
 * wait takes no longer than a few times what it should.
 */
s_time_t iommu_now(void);

/*
 * Waits until the bits of the 32-bit register at @reg in @mask are @want.
 * False: they were not within a second.  A unit that is gone reads as all ones,
 * which is no answer.
 */
bool iommu_wait(const volatile void __iomem *reg, uint32_t mask, uint32_t want);

/*
 * Marks a unit as having stopped answering, once, with one message that names
 * it and @what it did not do, and has the driver shut it.  No unit lock held,
 * any interrupt state.  Groups behind the unit are blocked by a tasklet.
 */
void iommu_unit_fail(struct iommu_unit *unit, const char *what);

/*
 * A TLB tag of @unit that nobody has.  Takes unit->lock.  -ENOSPC.  Free:
 * flushes everything under it first, and where that fails (the flush's error)
 * it is never used again: the unit may still walk the table that had it.  No
 * table lock held.
 */
int iommu_tag_alloc(struct iommu_unit *unit, uint32_t *tag);
int iommu_tag_free(struct iommu_unit *unit, uint32_t tag);

/*
 * The tag of @table on @unit, allocated on first use and counted.  Group lock
 * held.  ERR_PTR(-ENOMEM), ERR_PTR(-ENOSPC), ERR_PTR(-ESRCH): @table is dying.
 */
struct s2_tag *s2_tag_get(struct s2_table *table, struct iommu_unit *unit);
void s2_tag_put(struct s2_table *table, struct s2_tag *tag);

/*
 * domain_alloc() and domain_free() of a driver that has nothing of its own in a
 * domain; that the unit can do @type and walk the table, the driver has seen.
 * Group lock held.
 */
struct s2_domain *s2_domain_alloc(struct iommu_unit *unit, enum s2_type type,
                                  struct s2_table *table);
void cf_check s2_domain_free(struct s2_domain *s2);

#endif /* IOMMU_GROUPS_DRIVER_H */
