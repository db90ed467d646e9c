/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping formats of VT-d, as functions that return values.
 * References are to the VT-d architecture specification, rev 4.1.
 */
#ifndef VTD_IRTE_H
#define VTD_IRTE_H

#include <xen/lib.h>
#include <xen/types.h>

#include <iommu-groups/ir.h>
#include <iommu-groups/ir-entry.h>

/* §9.10: interrupt remapping table entry, remapped format. */
#define IRTE_P             (1ULL << 0)    /* present */
#define IRTE_FPD           (1ULL << 1)    /* fault processing disable */
#define IRTE_DM            (1ULL << 2)    /* logical destination */
#define IRTE_RH            (1ULL << 3)    /* redirection hint */
#define IRTE_TM            (1ULL << 4)    /* level triggered */
#define IRTE_DLM           0xe0ULL        /* [7:5] delivery mode */
#define IRTE_IM            (1ULL << 15)   /* posted format: never set */
#define IRTE_VECTOR        0xff0000ULL    /* [23:16] */
#define IRTE_DST           (0xffffffffULL << 32)  /* [63:32] with EIME */
#define IRTE_DST_XAPIC     (0xffULL << 40)        /* [47:40] without */

#define IRTE_SID           0xffffULL      /* [79:64] */
#define IRTE_SQ            (3ULL << 16)   /* [81:80] */
#define  SQ_ALL            0              /* all 16 bits are compared */
#define  SQ_IGNORE_FN2     1              /* all but [2] */
#define  SQ_IGNORE_FN21    2              /* all but [2:1] */
#define  SQ_IGNORE_FN      3              /* all but [2:0] */
#define IRTE_SVT           (3ULL << 18)   /* [83:82] */
#define  SVT_SID           1              /* compare SID as SQ says */
#define  SVT_BUS           2              /* SID[15:8] <= bus <= SID[7:0] */

/* §5.1.3: delivery modes. */
#define VTD_DLM_FIXED      0
#define VTD_DLM_LOWEST     1

/* §11.4.10, IRTA [3:0]: 2^(S+1) entries. */
#define IRTA_S(entries)    ((uint64_t)(flsl(entries) - 2))

/* §5.1.2.2, table 5: redirection entry in remappable format. */
#define RTE_KEEP           0x000000000001f0ffULL  /* vector, status, trigger,
                                                     polarity, mask */
#define RTE_INDEX_15       (1ULL << 11)
#define RTE_FORMAT         (1ULL << 48)
#define RTE_INDEX_14_0     (0x7fffULL << 49)

/* §5.1.2.1, table 4: address of an MSI in remappable format. */
#define MSI_ADDRESS        0xfee00000U
#define MSI_INDEX_15       (1U << 2)
#define MSI_SHV            (1U << 3)      /* data[15:0] is added to the index */
#define MSI_FORMAT         (1U << 4)
#define MSI_INDEX_14_0     (0x7fffU << 5)

/* Largest destination that a unit can address. */
static inline uint32_t vtd_irte_max_dest(bool eime)
{
    return eime ? UINT32_MAX : 0xff;
}

/* The caller has checked irq->dest against vtd_irte_max_dest(). */
static inline uint64_t vtd_irte_lo(const struct iommu_ir_irq *irq, bool eime)
{
    uint64_t lo = IRTE_P | MASK_INSR(irq->vector, IRTE_VECTOR) |
                  MASK_INSR(irq->mode, IRTE_DLM);

    if ( irq->logical )
        lo |= IRTE_DM;
    if ( irq->level )
        lo |= IRTE_TM;
    /* §9.10, RH: has to be set with the lowest-priority mode. */
    if ( irq->mode == VTD_DLM_LOWEST )
        lo |= IRTE_RH;

    return lo | (eime ? MASK_INSR((uint64_t)irq->dest, IRTE_DST)
                      : MASK_INSR((uint64_t)irq->dest, IRTE_DST_XAPIC));
}

static inline uint64_t vtd_irte_hi(const struct iommu_ir_source *src)
{
    unsigned int sq;

    switch ( src->ignore_fn )
    {
    case 7:  sq = SQ_IGNORE_FN; break;
    case 6:  sq = SQ_IGNORE_FN21; break;
    case 4:  sq = SQ_IGNORE_FN2; break;
    default: sq = SQ_ALL; break;
    }

    return src->sid |
           (src->bus_range ? MASK_INSR((uint64_t)SVT_BUS, IRTE_SVT)
                           : MASK_INSR((uint64_t)SVT_SID, IRTE_SVT) |
                             MASK_INSR((uint64_t)sq, IRTE_SQ));
}

static inline struct iommu_ir_irq vtd_irte_irq(uint64_t lo, bool eime)
{
    return (struct iommu_ir_irq){
        .dest = eime ? MASK_EXTR(lo, IRTE_DST) : MASK_EXTR(lo, IRTE_DST_XAPIC),
        .vector = MASK_EXTR(lo, IRTE_VECTOR),
        .mode = MASK_EXTR(lo, IRTE_DLM),
        .logical = lo & IRTE_DM,
        .level = lo & IRTE_TM,
    };
}

static inline uint64_t vtd_irte_rte(unsigned int index, uint64_t rte)
{
    return (rte & RTE_KEEP) | RTE_FORMAT |
           ((index & 0x8000) ? RTE_INDEX_15 : 0) |
           MASK_INSR((uint64_t)(index & 0x7fff), RTE_INDEX_14_0);
}

static inline uint32_t vtd_irte_msi_address(unsigned int index)
{
    return MSI_ADDRESS | MSI_SHV | MSI_FORMAT |
           ((index & 0x8000) ? MSI_INDEX_15 : 0) |
           MASK_INSR(index & 0x7fff, MSI_INDEX_14_0);
}

#endif /* VTD_IRTE_H */
