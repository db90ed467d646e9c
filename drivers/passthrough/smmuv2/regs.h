/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of SMMUv1 and v2: Arm IHI 0062 D.c.  Names are its own, without
 * their SMMU_ and, of those that are banked by security, as Non-secure software
 * finds them.  Those of the MMU-500 that are its own: Arm DDI 0517.
 */
#ifndef SMMUV2_REGS_H
#define SMMUV2_REGS_H

#define FIELD_OF(v, hi, lo) \
    (((v) >> (lo)) & ((2u << ((hi) - (lo))) - 1))

/* ---- global address space 0: page 0 ---- */

#define GR0_CR0             0x000
#define CR0_CLIENTPD        (1u << 0)   /* everything bypasses */
#define CR0_GFRE            (1u << 1)   /* global faults are answered as such */
#define CR0_GFIE            (1u << 2)
#define CR0_EXIDENABLE      (1u << 3)   /* stream IDs of 16 bits */
#define CR0_GCFGFRE         (1u << 4)
#define CR0_GCFGFIE         (1u << 5)
#define CR0_USFCFG          (1u << 10)  /* unmatched streams fault */
#define CR0_VMIDPNE         (1u << 11)  /* VMIDs are private: no broadcast */
#define CR0_PTM             (1u << 12)  /* TLB maintenance is private as well */
#define CR0_SMCFCFG         (1u << 21)  /* streams that match twice fault */
#define CR0_VMID16EN        (1u << 31)

#define GR0_ACR             0x010
#define ACR_SMTNMB_TLBEN    (1u << 8)   /* MMU-500: unmatched streams, ... */
#define ACR_MMUDISB_TLBEN   (1u << 9)   /* ... those of disabled banks, ... */
#define ACR_S2CRB_TLBEN     (1u << 10)  /* ... those that bypass are cached */
#define ACR_CACHE_LOCK      (1u << 26)  /* MMU-500: ACTLRs are read-only */

#define GR0_IDR0            0x020
#define IDR0_NUMSMRG(v)     FIELD_OF(v, 7, 0)
#define IDR0_EXIDS(v)       FIELD_OF(v, 8, 8)
#define IDR0_NUMSIDB(v)     FIELD_OF(v, 12, 9)
#define IDR0_CTTW(v)        FIELD_OF(v, 14, 14)
#define IDR0_PTFS(v)        FIELD_OF(v, 25, 24)
#define PTFS_NO_AARCH32     (1u << 1)
#define IDR0_SMS(v)         FIELD_OF(v, 27, 27)
#define IDR0_S2TS(v)        FIELD_OF(v, 29, 29)

#define GR0_IDR1            0x024
#define IDR1_NUMCB(v)       FIELD_OF(v, 7, 0)
#define IDR1_NUMPAGENDXB(v) FIELD_OF(v, 30, 28)
#define IDR1_PAGESIZE(v)    FIELD_OF(v, 31, 31)

#define GR0_IDR2            0x028
#define IDR2_IAS(v)         FIELD_OF(v, 3, 0)
#define IDR2_OAS(v)         FIELD_OF(v, 7, 4)
#define IDR2_PTFSV8_4K(v)   FIELD_OF(v, 12, 12)
#define IDR2_VMID16S(v)     FIELD_OF(v, 15, 15)

#define GR0_IDR7            0x03c
#define IDR7_MINOR(v)       FIELD_OF(v, 3, 0)
#define IDR7_MAJOR(v)       FIELD_OF(v, 7, 4)

#define GR0_GFAR            0x040
#define GR0_GFSR            0x048
#define GFSR_ICF            (1u << 0)
#define GFSR_USF            (1u << 1)
#define GFSR_SMCF           (1u << 2)
#define GFSR_UCBF           (1u << 3)
#define GFSR_UCIF           (1u << 4)
#define GFSR_CAF            (1u << 5)
#define GFSR_EF             (1u << 6)
#define GFSR_PF             (1u << 7)
#define GFSR_UUT            (1u << 8)
#define GFSR_MULTI          (1u << 31)
#define GR0_GFSYNR0         0x050
#define GFSYNR0_WNR         (1u << 1)
#define GFSYNR0_IND         (1u << 3)
#define GR0_GFSYNR1         0x054
#define GFSYNR1_SID(v)      FIELD_OF(v, 15, 0)

#define GR0_TLBIVMID        0x064
#define GR0_TLBIALLNSNH     0x068
#define GR0_TLBGSYNC        0x070
#define GR0_TLBGSTATUS      0x074
#define TLBGSTATUS_ACTIVE   (1u << 0)

/* Banked registers, by the addresses that secure software finds them at. */
#define GR0_NS_ALIAS        0x400

#define GR0_SMR(n)          (0x800 + (n) * 4)
#define SMR_VALID           (1u << 31)  /* without EXIDENABLE */
#define SMR_ID(v)           FIELD_OF(v, 15, 0)
#define SMR_MASK(v)         FIELD_OF(v, 31, 16)

#define GR0_S2CR(n)         (0xc00 + (n) * 4)
#define S2CR_CBNDX(v)       FIELD_OF(v, 7, 0)
#define S2CR_EXIDVALID      (1u << 10)
#define S2CR_TYPE(v)        ((uint32_t)(v) << 16)
#define S2CR_TYPE_OF(v)     FIELD_OF(v, 17, 16)
#define S2CR_TRANS          0
#define S2CR_BYPASS         1
#define S2CR_FAULT          2

#define GR0_MAX_SMRS        128

/* ---- global address space 1: page 1 ---- */

#define GR1_CBAR(n)         (0x000 + (n) * 4)
#define CBAR_VMID(v)        ((v) & 0xffu)
#define CBAR_TYPE(v)        ((uint32_t)(v) << 16)
#define CBAR_S2             0
#define CBAR_S1_S2_BYPASS   1
#define CBAR_IRPTNDX(v)     ((uint32_t)(v) << 24)  /* version 1 */
#define GR1_CBFRSYNRA(n)    (0x400 + (n) * 4)
#define CBFRSYNRA_SID(v)    FIELD_OF(v, 15, 0)
#define GR1_CBA2R(n)        (0x800 + (n) * 4)      /* version 2 */
#define CBA2R_VA64          (1u << 0)
#define CBA2R_VMID16(v)     ((uint32_t)(v) << 16)

/* ---- context banks: a page each in the upper half ---- */

#define CB_SCTLR            0x000
#define SCTLR_M             (1u << 0)
#define SCTLR_CFRE          (1u << 5)   /* faults are answered as such */
#define SCTLR_CFIE          (1u << 6)
#define SCTLR_CFCFG         (1u << 7)   /* they stall */
#define SCTLR_HUPCF         (1u << 8)   /* and do not hold others up */
#define CB_ACTLR            0x004
#define ACTLR_CPRE          (1u << 1)   /* MMU-500: prefetch */
#define CB_RESUME           0x008
#define RESUME_TERMINATE    (1u << 0)
#define CB_TTBR0            0x020
#define CB_TCR              0x030       /* of stage 2 */
#define CB_TCR_T0SZ(v)         ((v) & 0x3fu)
#define CB_TCR_SL0(v)          ((uint32_t)(v) << 6)
#define CB_TCR_WBWA            (1u << 8 | 1u << 10)   /* IRGN0, ORGN0 */
#define CB_TCR_SH0_OUTER       (2u << 12)
#define CB_TCR_SH0_INNER       (3u << 12)
#define CB_TCR_PASIZE(v)       ((uint32_t)(v) << 16)
#define CB_TCR_RES1            (1u << 31)  /* EAE, where that is a choice */
#define CB_FSR              0x058
#define FSR_TF              (1u << 1)
#define FSR_AFF             (1u << 2)
#define FSR_PF              (1u << 3)
#define FSR_EF              (1u << 4)
#define FSR_TLBMCF          (1u << 5)
#define FSR_TLBLKF          (1u << 6)
#define FSR_ASF             (1u << 7)
#define FSR_UUT             (1u << 8)
#define FSR_SS              (1u << 30)
#define FSR_MULTI           (1u << 31)
#define FSR_ALL             0xc00001feu
#define CB_FAR              0x060
#define CB_FSYNR0           0x068
#define FSYNR0_WNR          (1u << 4)
#define FSYNR0_IND          (1u << 6)
#define CB_TLBIIPAS2        0x630       /* version 2 */
#define CB_TLBSYNC          0x7f0
#define CB_TLBSTATUS        0x7f4
#define TLBSTATUS_ACTIVE    (1u << 0)

#endif /* SMMUV2_REGS_H */
