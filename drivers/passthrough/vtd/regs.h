/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VT-d registers and in-memory structures, as hardware defines them.
 *
 * Intel Virtualization Technology for Directed I/O, architecture
 * specification, rev 4.1 ("VT-d rev 4.1"): registers are in §11.4, in the
 * order they have here, invalidation descriptors in §6.5.2, the structures
 * that translate in §9.  Only the legacy translation mode is described.
 */
#ifndef VTD_REGS_H
#define VTD_REGS_H

#include <xen/bitops.h>
#include <xen/lib.h>
#include <xen/types.h>

/* §11.4.1 Version */
#define VTD_VER                 0x00
#define  VER_MAX(v)             ((unsigned int)((v) >> 4) & 0xf)    /* [7:4] */
#define  VER_MIN(v)             ((unsigned int)(v) & 0xf)       /* [3:0] */

/* §11.4.2 Capability */
#define VTD_CAP                 0x08
#define  CAP_ND(c)              ((unsigned int)(c) & 7)         /* [2:0] */
/* 7 is reserved, and says no less than 6; entries have 16 bits for it. */
#define  CAP_NR_DOMAINS(c)      (1u << (4 + 2 * (CAP_ND(c) - CAP_ND(c) / 7)))
#define  CAP_RWBF(c)            (((c) >> 4) & 1)
#define  CAP_PLMR(c)            (((c) >> 5) & 1)
#define  CAP_PHMR(c)            (((c) >> 6) & 1)
#define  CAP_CM(c)              (((c) >> 7) & 1)
#define  CAP_SAGAW(c)           ((unsigned int)((c) >> 8) & 0x1f)   /* [12:8] */
#define  CAP_MGAW(c)            (((unsigned int)((c) >> 16) & 0x3f) + 1)
#define  CAP_FRO(c)             (((unsigned int)((c) >> 24) & 0x3ff) * 16)
#define  CAP_SLLPS_MASK         (0xfULL << 34)                  /* [37:34] */
#define  CAP_SLLPS_2M(c)        (((c) >> 34) & 1)
#define  CAP_SLLPS_1G(c)        (((c) >> 35) & 1)
#define  CAP_PSI(c)             (((c) >> 39) & 1)
#define  CAP_NFR(c)             (((unsigned int)((c) >> 40) & 0xff) + 1)
#define  CAP_MAMV(c)            ((unsigned int)((c) >> 48) & 0x3f) /* [53:48] */
#define  CAP_DWD(c)             (((c) >> 54) & 1)
#define  CAP_DRD(c)             (((c) >> 55) & 1)
#define  CAP_PI(c)              (((c) >> 59) & 1)

/* §11.4.3 Extended capability */
#define VTD_ECAP                0x10
#define  ECAP_C(e)              ((e) & 1)
#define  ECAP_QI(e)             (((e) >> 1) & 1)
#define  ECAP_DT(e)             (((e) >> 2) & 1)
#define  ECAP_IR(e)             (((e) >> 3) & 1)
#define  ECAP_EIM(e)            (((e) >> 4) & 1)
#define  ECAP_PT(e)             (((e) >> 6) & 1)
#define  ECAP_SC(e)             (((e) >> 7) & 1)
#define  ECAP_IRO(e)            (((unsigned int)((e) >> 8) & 0x3ff) * 16)
#define  ECAP_MHMV(e)           ((unsigned int)((e) >> 20) & 0xf)  /* [23:20] */
#define  ECAP_DIT(e)            (((e) >> 41) & 1)

/* §11.4.4 Global command and global status; the bits are the same */
#define VTD_GCMD                0x18
#define VTD_GSTS                0x1c
#define  GCMD_TE                (1u << 31)
#define  GCMD_SRTP              (1u << 30)  /* one shot */
#define  GCMD_SFL               (1u << 29)  /* one shot */
#define  GCMD_EAFL              (1u << 28)
#define  GCMD_WBF               (1u << 27)  /* one shot */
#define  GCMD_QIE               (1u << 26)
#define  GCMD_IRE               (1u << 25)
#define  GCMD_SIRTP             (1u << 24)  /* one shot */
#define  GCMD_CFI               (1u << 23)
/* What a write must repeat to leave it as it is. */
#define  GCMD_LASTING           (GCMD_TE | GCMD_EAFL | GCMD_QIE | GCMD_IRE | \
                                 GCMD_CFI)

/* §11.4.5 Root table address; TTM [11:10] = 0 is the legacy mode */
#define VTD_RTADDR              0x20

/* §11.4.6 Context command */
#define VTD_CCMD                0x28
#define  CCMD_ICC               (1ULL << 63)
#define  CCMD_CIRG(g)           ((uint64_t)(g) << 61)           /* [62:61] */
#define  CCMD_CAIG(v)           ((unsigned int)((v) >> 59) & 3) /* [60:59] */
#define  CCMD_FM(fm)            ((uint64_t)(fm) << 32)          /* [33:32] */
#define  CCMD_SID(sid)          ((uint64_t)(sid) << 16)         /* [31:16] */
#define  CCMD_DID(did)          ((uint64_t)(did))               /* [15:0] */

/* §11.4.7 Fault status, control and event message */
#define VTD_FSTS                0x34
#define  FSTS_PFO               (1u << 0)   /* RW1C */
#define  FSTS_PPF               (1u << 1)
#define  FSTS_AFO               (1u << 2)   /* RW1C */
#define  FSTS_APF               (1u << 3)   /* RW1C */
#define  FSTS_IQE               (1u << 4)   /* RW1C */
#define  FSTS_ICE               (1u << 5)   /* RW1C */
#define  FSTS_ITE               (1u << 6)   /* RW1C */
#define  FSTS_QUEUE             (FSTS_IQE | FSTS_ICE | FSTS_ITE)
#define  FSTS_W1C               (FSTS_PFO | FSTS_AFO | FSTS_APF | FSTS_QUEUE)
#define  FSTS_FRI(s)            (((s) >> 8) & 0xff)             /* [15:8] */
#define VTD_FECTL               0x38
#define  FECTL_IM               (1u << 31)
#define VTD_FEDATA              0x3c
#define VTD_FEADDR              0x40
#define VTD_FEUADDR             0x44

/* §11.4.8 Protected memory */
#define VTD_PMEN                0x64
#define  PMEN_EPM               (1u << 31)
#define  PMEN_PRS               (1u << 0)

/* §11.4.9 Invalidation queue */
#define VTD_IQH                 0x80        /* QH [18:4] */
#define VTD_IQT                 0x88        /* QT [18:4] */
#define VTD_IQA                 0x90        /* IQA [63:12], DW [11], QS [2:0] */
#define VTD_ICS                 0x9c
#define VTD_IECTL               0xa0
#define  IECTL_IM               (1u << 31)
#define VTD_IQERCD              0xb0
#define  IQERCD_ITESID(v)       ((uint32_t)((v) >> 32) & 0xffff) /* [47:32] */
#define  IQERCD_ICESID(v)       ((uint32_t)((v) >> 48) & 0xffff) /* [63:48] */

/* §11.4.10 Interrupt remapping table address */
#define VTD_IRTA                0xb8
#define  IRTA_EIME              (1ULL << 11)

/* §11.4.6 IOTLB registers, at ECAP.IRO */
#define VTD_IVA(iro)            (iro)
#define  IVA_AM(am)             ((uint64_t)(am))                /* [5:0] */
#define  IVA_IH                 (1ULL << 6)
#define VTD_IOTLB(iro)          ((iro) + 8)
#define  IOTLB_IVT              (1ULL << 63)
#define  IOTLB_IIRG(g)          ((uint64_t)(g) << 60)           /* [61:60] */
#define  IOTLB_IAIG(v)          ((unsigned int)((v) >> 57) & 3) /* [58:57] */
#define  IOTLB_DR               (1ULL << 49)
#define  IOTLB_DW               (1ULL << 48)
#define  IOTLB_DID(did)         ((uint64_t)(did) << 32)         /* [47:32] */

/* §11.4.14 Fault recording registers, 16 bytes each at CAP.FRO */
#define VTD_FRCD_SIZE           16
#define  FRCD_FI(lo)            ((lo) & ~0xfffULL)              /* [63:12] */
#define  FRCD_INDEX(lo)         ((unsigned int)((lo) >> 48))    /* [63:48] */
#define  FRCD_SID(hi)           ((unsigned int)(hi) & 0xffff)   /* [79:64] */
#define  FRCD_EXE(hi)           (((hi) >> 30) & 1)              /* [94] */
#define  FRCD_FR(hi)            ((uint32_t)((hi) >> 32) & 0xff) /* [103:96] */
#define  FRCD_T(hi)             (((hi) >> 62) & 1)              /* [126] read */
#define  FRCD_F(hi)             ((hi) >> 63)                    /* [127] RW1C */
#define  FRCD_F_WORD            12          /* the 32 bits that hold F */
#define  FRCD_F_BIT             (1u << 31)

/* §9.1 Root entry */
struct vtd_root_entry {
    uint64_t lo;                /* P [0], CTP [63:12] */
    uint64_t hi;                /* reserved */
};
#define ROOT_P                  1ULL
#define ROOT_CTP                GENMASK_ULL(63, 12)

/* §9.3 Context entry */
struct vtd_context_entry {
    uint64_t lo;                /* P [0], FPD [1], T [3:2], SLPTPTR [63:12] */
    uint64_t hi;                /* AW [66:64], DID [87:72] */
};
#define CONTEXT_P               1ULL
#define CONTEXT_FPD             (1ULL << 1)
#define CONTEXT_T(t)            ((uint64_t)(t) << 2)
#define  CONTEXT_T_TABLE        0           /* ATS requests are blocked */
#define  CONTEXT_T_ATS          1
#define  CONTEXT_T_PASS         2
#define CONTEXT_SLPTPTR         GENMASK_ULL(63, 12)
#define CONTEXT_T_OF(lo)        ((unsigned int)((lo) >> 2) & 3)
#define CONTEXT_AW(levels)      ((uint64_t)((levels) - 2))
#define CONTEXT_DID(did)        ((uint64_t)(did) << 8)
#define CONTEXT_DID_OF(hi)      ((unsigned int)((hi) >> 8) & 0xffff)

#define VTD_ENTRIES_PER_TABLE   256         /* root and context tables */

/* §6.5.2 Invalidation descriptors, 128 bits */
struct vtd_desc {
    uint64_t lo, hi;
};

/* Type is [11:9] and [3:0]; the types below have [11:9] clear. */
#define DESC_TYPE(d)            ((unsigned int)(d)->lo & 0xf)
#define DESC_CONTEXT            1           /* §6.5.2.1 */
#define DESC_IOTLB              2           /* §6.5.2.3 */
#define DESC_DEV_TLB            3           /* §6.5.2.5 */
#define DESC_IEC                4           /* §6.5.2.7 */
#define DESC_WAIT               5           /* §6.5.2.8 */

/* Granularity of context and IOTLB invalidations, [5:4] */
#define DESC_GRANU(d)           ((unsigned int)((d)->lo >> 4) & 3)
#define GRANU_GLOBAL            1u
#define GRANU_DOMAIN            2u
#define GRANU_DEVICE            3u          /* context cache */
#define GRANU_PAGE              3u          /* IOTLB */

#define DESC_DID(d)             ((unsigned int)((d)->lo >> 16) & 0xffff)
#define DESC_CONTEXT_SID(d)     ((unsigned int)((d)->lo >> 32) & 0xffff)

#define DESC_IOTLB_DW           (1ULL << 6)
#define DESC_IOTLB_DR           (1ULL << 7)
#define DESC_IOTLB_AM(d)        ((unsigned int)(d)->hi & 0x3f)
#define DESC_IOTLB_IH           (1ULL << 6)
#define DESC_ADDR_MASK          GENMASK_ULL(63, 12)

#define DESC_DEV_TLB_SID(d)     ((unsigned int)((d)->lo >> 32) & 0xffff)
#define DESC_DEV_TLB_S          1ULL

#define DESC_WAIT_SW            (1ULL << 5)
#define DESC_WAIT_FN            (1ULL << 6)

static inline struct vtd_desc vtd_desc_context_global(void)
{
    return (struct vtd_desc){ .lo = DESC_CONTEXT | (GRANU_GLOBAL << 4) };
}

static inline struct vtd_desc vtd_desc_context_domain(uint16_t did)
{
    return (struct vtd_desc){
        .lo = DESC_CONTEXT | (GRANU_DOMAIN << 4) | ((uint64_t)did << 16),
    };
}

static inline struct vtd_desc vtd_desc_context_device(uint16_t did,
                                                      uint16_t sid)
{
    return (struct vtd_desc){
        .lo = DESC_CONTEXT | (GRANU_DEVICE << 4) | ((uint64_t)did << 16) |
              ((uint64_t)sid << 32),
    };
}

/* @drain: DESC_IOTLB_DR, DESC_IOTLB_DW as far as CAP.DRD and DWD allow. */
static inline struct vtd_desc vtd_desc_iotlb_global(uint64_t drain)
{
    return (struct vtd_desc){
        .lo = DESC_IOTLB | (GRANU_GLOBAL << 4) | drain,
    };
}

static inline struct vtd_desc vtd_desc_iotlb_domain(uint64_t drain,
                                                    uint16_t did)
{
    return (struct vtd_desc){
        .lo = DESC_IOTLB | (GRANU_DOMAIN << 4) | drain | ((uint64_t)did << 16),
    };
}

/* 2^@am pages from @addr on, aligned likewise; @leaf: only leaves changed. */
static inline struct vtd_desc vtd_desc_iotlb_pages(uint64_t drain, uint16_t did,
                                                   uint64_t addr,
                                                   unsigned int am, bool leaf)
{
    return (struct vtd_desc){
        .lo = DESC_IOTLB | (GRANU_PAGE << 4) | drain | ((uint64_t)did << 16),
        .hi = addr | (leaf ? DESC_IOTLB_IH : 0) | am,
    };
}

/*
 * 2^@order pages from @addr on, aligned likewise; everything with @order 52.
 * A range is coded by the lowest clear bit from 12 on, with S set.
 * @mip is the device's queue depth, [20:16]; @pfsid the physical function's
 * requester ID, [15:12] and [63:52], where ECAP.DIT asks for it.
 */
static inline struct vtd_desc vtd_desc_dev_tlb(uint16_t sid, uint16_t pfsid,
                                               unsigned int mip, uint64_t addr,
                                               unsigned int order)
{
    uint64_t hi = addr;

    if ( order >= 52 )
        hi = GENMASK_ULL(62, 12) | DESC_DEV_TLB_S;
    else if ( order )
        hi |= (((1ULL << (order - 1)) - 1) << 12) | DESC_DEV_TLB_S;

    return (struct vtd_desc){
        .lo = DESC_DEV_TLB | ((uint64_t)(pfsid & 0xf) << 12) |
              ((uint64_t)(mip & 0x1f) << 16) | ((uint64_t)sid << 32) |
              ((uint64_t)(pfsid >> 4) << 52),
        .hi = hi,
    };
}

static inline struct vtd_desc vtd_desc_iec_global(void)
{
    return (struct vtd_desc){ .lo = DESC_IEC };
}

/* 2^@im entries from @index on; @im at most ECAP.MHMV. */
static inline struct vtd_desc vtd_desc_iec(uint16_t index, unsigned int im)
{
    return (struct vtd_desc){
        .lo = DESC_IEC | (1ULL << 4) | ((uint64_t)im << 27) |
              ((uint64_t)index << 32),
    };
}

/* Writes @data to @addr (4-byte aligned) once all before it is done. */
static inline struct vtd_desc vtd_desc_wait(uint64_t addr, uint32_t data)
{
    return (struct vtd_desc){
        .lo = DESC_WAIT | DESC_WAIT_SW | DESC_WAIT_FN | ((uint64_t)data << 32),
        .hi = addr,
    };
}

#endif /* VTD_REGS_H */
