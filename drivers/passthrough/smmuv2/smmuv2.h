/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMMUv2 driver's own header: its files see each other through it.
 *
 * Letters on fields: (c) constant after bring-up, (p) pcidevs_lock, (g)
 * group->lock, (u) unit->lock.  unit->lock is the innermost lock and is taken
 * with interrupts disabled.
 */
#ifndef SMMUV2_H
#define SMMUV2_H

#include <xen/list.h>
#include <xen/spinlock.h>
#include <xen/tasklet.h>
#include <xen/time.h>

#include <iommu-groups/driver.h>
#include <iommu-groups/fault.h>
#include <iommu-groups/smmuv2.h>

#include <asm/io.h>

#include "regs.h"

/* Stream IDs: with EXIDS, and the width that all have. */
#define SMMU2_SID_BITS  16

/* The IDs that are @id but for the bits in @mask; @id has none of these. */
struct smmu2_cube {
    uint16_t id, mask;
};

/*
 * Stream IDs that nothing tells apart: each device has all of them or none.
 * Those of several devices are taken apart when a device comes, so that
 * blocking one needs no new entry in hardware.
 */
struct smmu2_entry {
    struct list_head list;        /* (p, u) unit->entries; one to read */
    struct smmu2_cube cube;       /* (p, u) likewise */
    int slot;                     /* (u) the SMR and S2CR; -1: none */
    bool busy;                    /* (u) bypasses since firmware's days */
};

/* An SMR and its S2CR. */
struct smmu2_slot {
    bool used;                    /* (u) an entry has it */
    uint32_t smr, s2cr;           /* (u) as hardware has them */
    uint32_t fw_smr, fw_s2cr;     /* (c) as firmware left them */
};

/* A context bank.  Its index is the TLB tag of the table that it leads to. */
struct smmu2_bank {
    bool on;                      /* (u) it was set up for a table */
    bool muted;                   /* (u) no interrupt until it was read */
    uint64_t ttbr;                /* (u) */
    uint32_t tcr;                 /* (u) */
    uint32_t fw_sctlr, fw_actlr;  /* (c) as firmware left them */
};

struct smmu2_unit {
    struct iommu_unit unit;
    struct list_head list;        /* (c) all units */
    struct smmuv2_desc desc;      /* (c) */
    void __iomem *regs;           /* (c) */
    bool mapped;                  /* (c) regs are ours to unmap */
    uint32_t idr0, idr1, idr2, idr7;  /* (c) */
    unsigned int page_shift;      /* (c) of register pages */
    unsigned int cb_base;         /* (c) where the banks' pages begin */
    unsigned int sid_bits;        /* (c) */
    uint16_t mask_bits;           /* (c) that an SMR can ignore */
    bool indexed;                 /* (c) no SMRs: the ID is the index */
    bool exid;                    /* (c) EXIDENABLE */
    bool lpae;                    /* (c) tables as ARMv7 has them: 40 bits */
    bool coherent;                /* (c) */
    /* (c) what to write to an S2CR: firmware may make something else of it */
    uint32_t s2cr_fault, s2cr_bypass;
    uint32_t fw_cr0, fw_acr;      /* (c) as firmware left them */
    unsigned int nr_slots, nr_banks;  /* (c) */
    struct smmu2_slot *slots;     /* (u) */
    struct smmu2_bank *banks;     /* (u) */
    unsigned int vmid_base;       /* (c) VMID of bank 0 */
    struct list_head entries;     /* (p, u) struct smmu2_entry */
    struct list_head devs;        /* (u) struct smmu2_dev */
    struct tasklet tasklet;
    struct iommu_backoff backoff;
    int *irqs;                    /* (c) different from each other */
    unsigned int nr_irqs;         /* (c) requested */
    bool wired;                   /* (c) faults interrupt */
    s_time_t fault_time;          /* the tasklet's: of the newest fault */
    unsigned int burst;           /* the tasklet's: in quick succession */
    bool muted;                   /* (u) global ones not until they were read */
    struct iommu_fault kept;      /* (u) read by the interrupt already, ... */
    uint32_t kept_fsr;            /* (u) ... if this is not 0 */
    bool up;                      /* (c) registered with the core */
    bool off;                    /* (u) all streams fault, whatever slots say */
};

/* What dev->priv points to. */
struct smmu2_dev {
    struct list_head list;        /* (u) unit->devs */
    struct iommu_dev *dev;        /* (c) */
};

static inline struct smmu2_unit *to_smmu2(struct iommu_unit *unit)
{
    return container_of(unit, struct smmu2_unit, unit);
}

/* Registers of global space 0, of space 1, and of bank @n. */
static inline void __iomem *smmu2_gr0(const struct smmu2_unit *u,
                                      unsigned int reg)
{
    return u->regs + reg;
}

static inline void __iomem *smmu2_gr1(const struct smmu2_unit *u,
                                      unsigned int reg)
{
    return u->regs + (1u << u->page_shift) + reg;
}

static inline void __iomem *smmu2_cb(const struct smmu2_unit *u,
                                     unsigned int n, unsigned int reg)
{
    return u->regs + u->cb_base + (n << u->page_shift) + reg;
}

/* Of space 0, one of those that are banked by security. */
static inline void __iomem *smmu2_ns(const struct smmu2_unit *u,
                                     unsigned int reg)
{
    return u->regs + reg +
           (u->desc.quirks & SMMUV2_SECURE_ALIAS ? GR0_NS_ALIAS : 0);
}

/* In two halves: not every interconnect passes 64 bits on. */
static inline uint64_t smmu2_read64(const void __iomem *p)
{
    uint64_t low = readl(p);

    return low | (uint64_t)readl(p + 4) << 32;
}

static inline void smmu2_write64(void __iomem *p, uint64_t val)
{
    writel(val >> 32, p + 4);
    writel(val, p);
}

static inline uint16_t smmu2_vmid(const struct smmu2_unit *u, unsigned int bank)
{
    return u->vmid_base + bank;
}

/*
 * unit->lock, once no other CPU starts the unit anew: what it does to it then
 * is not undone meanwhile.
 */
unsigned long smmu2_lock(struct smmu2_unit *u);
static inline void smmu2_unlock(struct smmu2_unit *u, unsigned long flags)
{
    spin_unlock_irqrestore(&u->unit.lock, flags);
}

/* setup.c: all units, in the order in which they were added. */
extern struct list_head smmu2_units;
extern struct iommu_driver smmu2_driver;
#define for_each_smmu2(u) list_for_each_entry ( u, &smmu2_units, list )

/* The unit translates nothing of ours, and is on no list. */
void smmu2_unit_free(struct smmu2_unit *u);

/* cover.c */

/* A map of all stream IDs that there can be. */
#define SMMU2_SET_WORDS (1u << (SMMU2_SID_BITS - 6))

/*
 * @set as cubes that do not overlap and have masks of @mask_bits: not always as
 * few as there could be.  @scratch has room for two sets.  How many; -ENOSPC:
 * more than @max.
 */
int smmu2_cover(const uint64_t *set, uint16_t mask_bits, uint64_t *scratch,
                struct smmu2_cube *out, unsigned int max);

static inline void smmu2_set_put(uint64_t *set, uint32_t id, bool in)
{
    if ( in )
        set[id / 64] |= 1ULL << (id % 64);
    else
        set[id / 64] &= ~(1ULL << (id % 64));
}

static inline bool smmu2_set_has(const uint64_t *set, uint32_t id)
{
    return set[id / 64] & (1ULL << (id % 64));
}

/* All IDs of cube @c in turn: @some is what of its mask is set. */
#define for_each_smmu2_id(sid, some, c)                                      \
    for ( (some) = 0, (sid) = (c)->id; (some) <= (c)->mask;                  \
          (some) = (some) == (c)->mask ? (c)->mask + 1U                      \
                                       : ((some) - (c)->mask) & (c)->mask,   \
          (sid) = (c)->id | (some) )

/* unit.c */

/* Reads and checks capabilities.  0 or -EOPNOTSUPP, with a message. */
int smmu2_check(struct smmu2_unit *u);
/*
 * Writes all of our registers but the S2CRs, which say fault meanwhile; unit
 * locked.  What is cached stays.
 */
void smmu2_program(struct smmu2_unit *u);
/* Unit locked: all S2CRs say fault, or as they should. */
void smmu2_all_off(struct smmu2_unit *u);
void smmu2_all_on(struct smmu2_unit *u);
/* Unit locked: CR0 as it is to be. */
void smmu2_write_cr0(const struct smmu2_unit *u);
/* What of the MMU-500 is its own. */
void smmu2_write_acr(const struct smmu2_unit *u);
/* As firmware had it.  Interrupts of the unit are off. */
void smmu2_restore(struct smmu2_unit *u);
/* As iommu_unit_ops.shut: all streams fault. */
bool smmu2_shut(struct iommu_unit *unit);
void smmu2_dump(struct iommu_unit *unit);

/* takeover.c */

/*
 * Bring-up: streams that firmware may have left at work (firmware.h) bypass
 * from then on, all others fault; nothing that faulted before passes meanwhile.
 * 0, -ENOMEM; or -EIO, with hardware as it was.
 */
int smmu2_take_over(struct smmu2_unit *u);

/* stream.c: stream IDs, SMRs and S2CRs */

/*
 * pcidevs_lock held.  From then on each entry is @dev's or is not, and all of
 * its IDs are in one.  -ENOMEM; -ENOSPC: that takes more SMRs than are left or
 * than there are, one message was printed.
 */
int smmu2_entries_add(struct smmu2_unit *u, const struct iommu_dev *dev);
/* pcidevs_lock held: frees those that are nobody's.  @dev is not listed. */
void smmu2_entries_prune(struct smmu2_unit *u);
/* Boot, a new entry of the unit's. NULL: no memory. */
struct smmu2_entry *smmu2_entry_new(struct smmu2_unit *u,
                                    struct smmu2_cube cube);
static inline bool smmu2_entry_is(const struct smmu2_entry *e,
                                  const struct iommu_dev *dev)
{
    return iommu_dev_has_id(dev, e->cube.id);
}

/* Unit locked.  A slot for @e, which does @s2cr.  False: there is none. */
bool smmu2_slot_claim(struct smmu2_unit *u, struct smmu2_entry *e,
                      uint32_t s2cr);
/* Unit locked.  @e, which has one, faults, and has none. */
void smmu2_slot_release(struct smmu2_unit *u, struct smmu2_entry *e);
/* Unit locked.  What @e's streams are to do. */
void smmu2_slot_set(struct smmu2_unit *u, const struct smmu2_entry *e,
                    uint32_t s2cr);
/* An SMR's value for @cube. */
uint32_t smmu2_smr(const struct smmu2_unit *u, struct smmu2_cube cube);

/* look.c: as iommu_unit_ops.look. */
int smmu2_look(struct iommu_unit *unit, uint32_t sid, struct iommu_hw_entry *e);

/* domain.c */

int smmu2_table_config(const struct iommu_dev *first, struct pt_config *cfg);
struct s2_domain *smmu2_domain_alloc(struct iommu_dev *first,
                                     enum s2_type type,
                                     struct s2_table *table);
/* Unit locked.  The S2CR for @s2, whose bank is set up then. */
uint32_t smmu2_s2cr_for(struct smmu2_unit *u, const struct s2_domain *s2);
/* Unit locked: registers of bank @n, on or off; faults in it stay. */
void smmu2_bank_write(const struct smmu2_unit *u, unsigned int n);
/* Bring-up: @n is nobody's, and no stream leads to it. */
void smmu2_bank_off(struct smmu2_unit *u, unsigned int n);
/* Unit locked: SCTLR alone. */
void smmu2_bank_sctlr(const struct smmu2_unit *u, unsigned int n);

extern const struct iommu_dev_ops smmu2_dev_ops;
extern const struct iommu_tlb_ops smmu2_tlb_ops;
extern const struct iommu_unit_ops smmu2_unit_ops;

/* tlb.c */

/*
 * Nothing that was cached, of streams or of translations, is used any more,
 * and what was on its way has arrived.  No unit lock held.  0; -EIO: the unit
 * has failed, or just did and is reported.
 */
int smmu2_forget(struct smmu2_unit *u);

/* fault.c */

void smmu2_poll_faults(struct iommu_unit *unit);
/* The tasklet of interrupts; @arg is the unit. */
void smmu2_service(void *arg);
/* From the interrupt: whatever is at it is quiet until it was read. */
bool smmu2_mute(struct smmu2_unit *u);

/* irq.c */

/* 0, or what request_irq() returned. */
int smmu2_irq_setup(struct smmu2_unit *u);
void smmu2_irq_free(struct smmu2_unit *u);

#endif /* SMMUV2_H */
