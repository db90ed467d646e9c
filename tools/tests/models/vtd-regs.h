/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VT-d model's view of registers and descriptors: architecture
 * specification, rev 4.1, chapters 6, 9 and 11.  Not shared with the driver.
 */

#ifndef TESTS_VTD_REGS_H
#define TESTS_VTD_REGS_H

#define BIT64(n)                (1ULL << (n))
/* Bits [hi:lo] of v. */
#define BITS(v, hi, lo)         (((v) >> (lo)) & \
                                 (~0ULL >> (63 - ((hi) - (lo)))))
#define MASK(hi, lo)            ((~0ULL >> (63 - ((hi) - (lo)))) << (lo))

/* §11.4: register offsets */
enum {
    R_VER = 0x000, R_CAP = 0x008, R_ECAP = 0x010, R_GCMD = 0x018,
    R_GSTS = 0x01c, R_RTADDR = 0x020, R_CCMD = 0x028, R_FSTS = 0x034,
    R_FECTL = 0x038, R_FEDATA = 0x03c, R_FEADDR = 0x040, R_FEUADDR = 0x044,
    R_PMEN = 0x064, R_PLMBASE = 0x068, R_PLMLIMIT = 0x06c, R_PHMBASE = 0x070,
    R_PHMLIMIT = 0x078, R_IQH = 0x080, R_IQT = 0x088, R_IQA = 0x090,
    R_ICS = 0x09c, R_IECTL = 0x0a0, R_IEDATA = 0x0a4, R_IEADDR = 0x0a8,
    R_IEUADDR = 0x0ac, R_IQERCD = 0x0b0, R_IRTA = 0x0b8,
    /* Where they are unless the configuration says otherwise: FRO, IRO. */
    R_FRCD = 0x200, R_IVA = 0x0f0, R_IOTLB = 0x0f8,
    R_NONE = ~0xfU,             /* no register is there */
};

/* §11.4.4.1, §11.4.4.2: the command and status bits have the same places. */
#define G_TE                    BIT64(31)
#define G_SRTP                  BIT64(30)
#define G_SFL                   BIT64(29)
#define G_EAFL                  BIT64(28)
#define G_WBF                   BIT64(27)
#define G_QIE                   BIT64(26)
#define G_IRE                   BIT64(25)
#define G_SIRTP                 BIT64(24)
#define G_CFI                   BIT64(23)
#define G_ONE_SHOT              (G_SRTP | G_SFL | G_WBF | G_SIRTP)
#define G_TOGGLES               (G_TE | G_EAFL | G_QIE | G_IRE | G_CFI)

/* §11.4.7.1 */
#define CCMD_ICC                BIT64(63)
/* §11.4.7.2.1 */
#define IOTLB_IVT               BIT64(63)
#define IVA_IH                  BIT64(6)

/* §11.4.7.3 */
#define FSTS_PFO                BIT64(0)
#define FSTS_PPF                BIT64(1)
#define FSTS_IQE                BIT64(4)
#define FSTS_ICE                BIT64(5)
#define FSTS_ITE                BIT64(6)
#define FSTS_RW1CS              (FSTS_PFO | FSTS_IQE | FSTS_ICE | FSTS_ITE)
#define FSTS_EVENTS             (FSTS_RW1CS | FSTS_PPF)

/* §11.4.7.4, §11.4.9.6: event control */
#define CTL_IM                  BIT64(31)
#define CTL_IP                  BIT64(30)

/* §11.4.9.5 */
#define ICS_IWC                 BIT64(0)

/* §11.4.7.6, high half */
#define FRCD_F                  BIT64(63)
#define FRCD_READ               BIT64(62)

/* §11.4.8.1 */
#define PMEN_EPM                BIT64(31)
#define PMEN_PRS                BIT64(0)

/* §11.4.9.3 */
#define IQA_DW                  BIT64(11)
/* §11.4.11 */
#define IRTA_EIME               BIT64(11)

/* §11.4.9.8: IQERCD.IQEI */
enum {
    IQEI_TAIL = 1, IQEI_FETCH = 2, IQEI_TYPE = 3, IQEI_RESERVED = 4,
    IQEI_WIDTH = 5, IQEI_ALIGN = 6,
};

/* §6.5.2: descriptor types */
enum {
    QI_CONTEXT = 1, QI_IOTLB = 2, QI_DEVTLB = 3, QI_IEC = 4, QI_WAIT = 5,
};

/* Granularity of context-cache and IOTLB invalidations */
enum { GRAN_GLOBAL = 1, GRAN_DOMAIN = 2, GRAN_FINE = 3 };

/* §7.1.3: fault reasons */
enum {
    FR_ROOT_P = 0x1, FR_CTX_P = 0x2, FR_CTX_INVALID = 0x3, FR_ADDR = 0x4,
    FR_WRITE = 0x5, FR_READ = 0x6, FR_PTE_ACCESS = 0x7, FR_ROOT_ACCESS = 0x8,
    FR_CTX_ACCESS = 0x9, FR_ROOT_RSVD = 0xa, FR_CTX_RSVD = 0xb,
    FR_PTE_RSVD = 0xc, FR_ATS = 0xd,
    FR_IR_REQ_RSVD = 0x20, FR_IR_INDEX = 0x21, FR_IR_P = 0x22,
    FR_IR_ACCESS = 0x23, FR_IR_RSVD = 0x24, FR_IR_COMPAT = 0x25,
    FR_IR_SID = 0x26,
};

/* §9.1, §9.3 */
#define ENTRY_P                 BIT64(0)
#define CTX_FPD                 BIT64(1)
enum { TT_UNTRANSLATED = 0, TT_DEVTLB = 1, TT_PASS = 2 };

/* §9.8 */
#define PTE_R                   BIT64(0)
#define PTE_W                   BIT64(1)
#define PTE_PS                  BIT64(7)
#define PTE_SNP                 BIT64(11)

#endif /* TESTS_VTD_REGS_H */
