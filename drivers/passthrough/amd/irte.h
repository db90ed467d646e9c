/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping formats of AMD-Vi, as functions that return values.
 * References are to AMD's specification 48882, rev 3.08.
 */
#ifndef AMD_IRTE_H
#define AMD_IRTE_H

#include <xen/lib.h>
#include <xen/types.h>

#include <iommu-groups/ir.h>
#include <iommu-groups/ir-entry.h>

/*
 * Entries of one table.  The index is bits [10:0] of a message's data (§2.2.5),
 * of which [10:8] are the delivery mode to whoever looks at the message
 * before it is remapped: below 512 it reads as one of the two modes that are
 * remapped.
 */
#define AMD_IR_ENTRIES     512u

/* §2.2.5.1: 32 bits.  [7:0] are the same in both kinds of entry. */
#define IRTE_EN            (1U << 0)      /* RemapEn */
#define IRTE_SUP_IOPF      (1U << 1)      /* no event: never set */
#define IRTE_TYPE          (7U << 2)      /* IntType */
#define IRTE_RQ_EOI        (1U << 5)
#define IRTE_DM            (1U << 6)      /* logical destination */
#define IRTE_GUEST         (1U << 7)      /* GuestMode: never set */
#define IRTE32_DEST        (0xffU << 8)
#define IRTE32_VECTOR      (0xffU << 16)

/* §2.2.5.2: 128 bits, where GAEn is set. */
#define IRTE_DEST_23_0     (0xffffffULL << 8)   /* [15:8] alone without XTEn */
#define IRTE_VECTOR        0xffULL              /* [71:64] */
#define IRTE_DEST_31_24    (0xffULL << 56)      /* [127:120] */

/* Delivery modes that are remapped; all others pass or not as the device
   table entry says. */
#define AMD_MODE_FIXED     0
#define AMD_MODE_LOWEST    1
#define amd_mode_remapped(mode)  ((mode) <= AMD_MODE_LOWEST)

/* §2.2.2.1: device table entry, bits [191:128]. */
#define DTE_IV             (1ULL << 0)    /* the rest of this word is valid */
#define DTE_INT_TAB_LEN    (0xfULL << 1)  /* 2^n entries */
#define DTE_IG             (1ULL << 5)    /* no events: never set */
#define DTE_INT_TAB_ROOT   0x000fffffffffffc0ULL  /* 128-byte aligned */
#define DTE_INIT_PASS      (1ULL << 56)
#define DTE_EINT_PASS      (1ULL << 57)
#define DTE_NMI_PASS       (1ULL << 58)
#define DTE_INT_CTL        (3ULL << 60)
#define  INT_CTL_ABORT     0ULL
#define  INT_CTL_REMAP     2ULL
#define DTE_LINT0_PASS     (1ULL << 62)
#define DTE_LINT1_PASS     (1ULL << 63)

/* §3.4.1, extended features: entries of 128 bits; 32-bit destinations. */
#define AMD_EFR_XT_SUP(efr)  ((efr) & (1ULL << 2))
#define AMD_EFR_GA_SUP(efr)  ((efr) & (1ULL << 7))

/* §2.4: INVALIDATE_DEVTAB_ENTRY and INVALIDATE_INTERRUPT_TABLE. */
#define AMD_CMD_DEVTAB       (2ULL << 60)
#define AMD_CMD_INTR         (5ULL << 60)

/* §3.2, an MSI's address; a unit that remaps looks at no other part of it. */
#define AMD_MSI_ADDRESS    0xfee00000U

/* An IO-APIC's redirection entry: what stays, and where the index is. */
#define RTE_KEEP           0x1f000ULL     /* status, polarity, trigger, mask */
#define RTE_MODE           0x700ULL

/* Largest destination that entries can have. */
static inline uint32_t amd_irte_max_dest(bool xt)
{
    return xt ? UINT32_MAX : 0xff;
}

static inline uint32_t amd_irte_flags(const struct iommu_ir_irq *irq)
{
    return IRTE_EN | MASK_INSR(irq->mode, IRTE_TYPE) |
           (irq->logical ? IRTE_DM : 0);
}

/* The caller has checked irq->dest against amd_irte_max_dest(). */
static inline uint32_t amd_irte32(const struct iommu_ir_irq *irq)
{
    return amd_irte_flags(irq) | MASK_INSR(irq->dest, IRTE32_DEST) |
           MASK_INSR(irq->vector, IRTE32_VECTOR);
}

static inline struct iommu_ir_entry amd_irte128(const struct iommu_ir_irq *irq)
{
    uint64_t dest = irq->dest;

    return (struct iommu_ir_entry){
        .lo = amd_irte_flags(irq) | MASK_INSR(dest & 0xffffff, IRTE_DEST_23_0),
        .hi = MASK_INSR((uint64_t)irq->vector, IRTE_VECTOR) |
              MASK_INSR(dest >> 24, IRTE_DEST_31_24),
    };
}

static inline struct iommu_ir_irq amd_irte32_irq(uint32_t e)
{
    return (struct iommu_ir_irq){
        .dest = MASK_EXTR(e, IRTE32_DEST),
        .vector = MASK_EXTR(e, IRTE32_VECTOR),
        .mode = MASK_EXTR(e, IRTE_TYPE),
        .logical = e & IRTE_DM,
    };
}

static inline struct iommu_ir_irq amd_irte128_irq(struct iommu_ir_entry e)
{
    return (struct iommu_ir_irq){
        .dest = MASK_EXTR(e.lo, IRTE_DEST_23_0) |
                MASK_EXTR(e.hi, IRTE_DEST_31_24) << 24,
        .vector = MASK_EXTR(e.hi, IRTE_VECTOR),
        .mode = MASK_EXTR(e.lo, (uint64_t)IRTE_TYPE),
        .logical = e.lo & IRTE_DM,
    };
}

/*
 * The interrupt part of a device table entry: through the table at @root, or
 * @root 0: none.  @pass: DTE_*_PASS.
 */
static inline uint64_t amd_irte_dte(paddr_t root, uint64_t pass)
{
    if ( !root )
        return DTE_IV | MASK_INSR(INT_CTL_ABORT, DTE_INT_CTL) | pass;

    return DTE_IV | MASK_INSR((uint64_t)flsl(AMD_IR_ENTRIES) - 1,
                              DTE_INT_TAB_LEN) |
           root | MASK_INSR(INT_CTL_REMAP, DTE_INT_CTL) | pass;
}

/*
 * @rte refers to entry @slot.  Destination and its mode are 0, so that no
 * other entry that Xen writes, and none of firmware's that is in use with a
 * destination, looks like it.
 */
static inline uint64_t amd_irte_rte(unsigned int slot, uint64_t rte)
{
    return (rte & RTE_KEEP) | slot;
}

static inline bool amd_irte_is_rte(uint64_t rte)
{
    return !(rte >> 32) && amd_mode_remapped(MASK_EXTR(rte, RTE_MODE));
}

#endif /* AMD_IRTE_H */
