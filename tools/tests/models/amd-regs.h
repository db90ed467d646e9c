/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD-Vi model's view of registers and structures: AMD 48882, rev 3.x,
 * chapters 2 and 3.  Not shared with the driver.
 */

#ifndef TESTS_AMD_REGS_H
#define TESTS_AMD_REGS_H

#define BIT64(n)                (1ULL << (n))
/* Bits [hi:lo] of v. */
#define BITS(v, hi, lo)         (((v) >> (lo)) & \
                                 (~0ULL >> (63 - ((hi) - (lo)))))
#define MASK(hi, lo)            ((~0ULL >> (63 - ((hi) - (lo)))) << (lo))

/* §3.4: MMIO registers, all of 64 bits */
enum {
    R_DEVTAB = 0x00, R_CMDBUF = 0x08, R_EVTLOG = 0x10, R_CONTROL = 0x18,
    R_EXCL_BASE = 0x20, R_EXCL_LIMIT = 0x28, R_EFR = 0x30, R_PPRLOG = 0x38,
    R_HWEV_HI = 0x40, R_HWEV_LO = 0x48, R_HWEV_STATUS = 0x50,
    R_SMI_FIRST = 0x60, R_SMI_LAST = 0xd8, R_GALOG = 0xe0, R_GALOG_TAIL = 0xe8,
    R_PPRLOG_B = 0xf0, R_EVTLOG_B = 0xf8, R_DEVTAB_SEG = 0x100,
    R_DSFX = 0x138, R_DSSX = 0x148, R_MSI_VECTOR = 0x150, R_MSI_FIRST = 0x158,
    R_MSI_LAST = 0x168, R_XT_EVENT = 0x170, R_XT_PPR = 0x178, R_XT_GA = 0x180,
    R_EFR2 = 0x1a0,
    R_CMD_HEAD = 0x2000, R_CMD_TAIL = 0x2008, R_EVT_HEAD = 0x2010,
    R_EVT_TAIL = 0x2018, R_STATUS = 0x2020, R_PPR_HEAD = 0x2030,
    R_PPR_TAIL = 0x2038, R_GA_HEAD = 0x2040, R_GA_TAIL = 0x2048,
    R_LAST = 0x2098,
};

/* §3.4.1: a base is in [51:12] of each. */
#define BASE_MASK               MASK(51, 12)
#define DEVTAB_RSVD             (MASK(63, 52) | MASK(11, 9))
#define DEVTAB_SEG_RSVD         (MASK(63, 52) | MASK(11, 8))
/* Logs and the command buffer: 2^n entries of 16 bytes, n in [59:56], ≥ 8. */
#define RING_LEN(r)             BITS(r, 59, 56)
#define RING_RSVD               (MASK(63, 60) | MASK(55, 52) | MASK(11, 0))
#define PTR_MASK                MASK(18, 4)

/* §3.4.1: control */
#define C_IOMMU_EN              BIT64(0)
#define C_HT_TUN_EN             BIT64(1)
#define C_EVT_LOG_EN            BIT64(2)
#define C_EVT_INT_EN            BIT64(3)
#define C_WAIT_INT_EN           BIT64(4)
#define C_INV_TIMEOUT(c)        BITS(c, 7, 5)
#define C_COHERENT              BIT64(10)
#define C_CMD_EN                BIT64(12)
#define C_GA_EN                 BIT64(17)
#define C_SEG_EN(c)             BITS(c, 36, 34)
#define C_XT_EN                 BIT64(50)
#define C_INTCAPXT_EN           BIT64(51)
/* What drivers must leave alone: PPR, GT, SMI, GA logs, MARC, HAD, … */
#define C_MUST_BE_OFF           (MASK(16, 13) | BIT64(22) | BIT64(24) | \
                                 MASK(33, 25) | MASK(48, 37) | BIT64(54))
#define C_RSVD                  (MASK(63, 55) | MASK(53, 52) | BIT64(49) | \
                                 BIT64(44) | MASK(21, 18))

/* §3.4.1: extended features */
#define EFR_XT                  BIT64(2)
#define EFR_IA                  BIT64(6)
#define EFR_GA                  BIT64(7)
#define EFR_PC                  BIT64(9)
#define EFR_HATS(e)             BITS(e, 11, 10)
#define EFR_SEG(e)              BITS(e, 39, 38)
#define EFR_MSI_MMIO            BIT64(46)
#define EFR_SNP                 BIT64(63)

/* §3.4.13: status */
#define S_EVT_OVERFLOW          BIT64(0)
#define S_EVT_INT               BIT64(1)
#define S_WAIT_INT              BIT64(2)
#define S_EVT_RUN               BIT64(3)
#define S_CMD_RUN               BIT64(4)
#define S_W1C                   (S_EVT_OVERFLOW | S_EVT_INT | S_WAIT_INT | \
                                 MASK(6, 5) | MASK(10, 9) | BIT64(11) | \
                                 BIT64(15) | MASK(18, 17))

/* §3.4.10: IntCapXT */
#define XT_RSVD                 (MASK(1, 0) | MASK(7, 3) | MASK(55, 41))

/* §2.4: commands; the opcode is in [63:60] of the first half. */
enum {
    CMD_COMPLETION_WAIT = 1, CMD_INV_DEVTAB, CMD_INV_PAGES, CMD_INV_IOTLB,
    CMD_INV_INTR, CMD_PREFETCH, CMD_COMPLETE_PPR, CMD_INV_ALL,
};

/* §2.5: events; the code is in [63:60] of the first half. */
enum {
    EV_ILLEGAL_DTE = 1, EV_PAGE_FAULT, EV_DEVTAB_HW, EV_PAGETAB_HW,
    EV_ILLEGAL_CMD, EV_CMD_HW, EV_IOTLB_TIMEOUT, EV_INVALID_REQ,
};
#define EV_CODE(c)              ((uint64_t)(c) << 60)
#define EV_DOMAIN(d)            ((uint64_t)(d) << 32)
#define EV_I                    BIT64(51)
#define EV_PR                   BIT64(52)
#define EV_RW                   BIT64(53)
#define EV_PE                   BIT64(54)
#define EV_RZ                   BIT64(55)
#define EV_TR                   BIT64(56)
#define EV_HW_MASTER_ABORT      (1ULL << 57)
#define EV_REQ_TYPE(t)          ((uint64_t)(t) << 57)

/* §2.2.2: device table entry, by its 64-bit words */
#define DTE_V                   BIT64(0)
#define DTE_TV                  BIT64(1)
#define DTE_MODE(w0)            BITS(w0, 11, 9)
#define DTE_ROOT(w0)            ((w0) & MASK(51, 12))
#define DTE_DOMAIN(w1)          BITS(w1, 15, 0)
#define DTE_I                   BIT64(32)       /* of word 1 */
#define DTE_SE                  BIT64(33)
#define DTE_SA                  BIT64(34)
#define DTE_IOCTL(w1)           BITS(w1, 36, 35)
#define DTE_EX                  BIT64(39)
#define DTE_SYSMGT(w1)          BITS(w1, 41, 40)
#define DTE_IV                  BIT64(0)        /* of word 2 */
#define DTE_INTLEN(w2)          BITS(w2, 4, 1)
#define DTE_IG                  BIT64(5)
#define DTE_INTROOT(w2)         ((w2) & MASK(51, 6))
#define DTE_INIT_PASS           BIT64(56)
#define DTE_EINT_PASS           BIT64(57)
#define DTE_NMI_PASS            BIT64(58)
#define DTE_INTCTL(w2)          BITS(w2, 61, 60)
#define DTE_LINT0_PASS          BIT64(62)
#define DTE_LINT1_PASS          BIT64(63)
/* Reserved, or of features that are off (guest translation, PPR, HAD). */
#define DTE_RSVD0               (BIT64(63) | MASK(60, 52) | MASK(8, 2))
#define DTE_RSVD1               (MASK(63, 42) | MASK(31, 16))
#define DTE_RSVD2               (BIT64(59) | MASK(55, 52))
enum { INTCTL_ABORT, INTCTL_FORWARD, INTCTL_REMAP };

/* §2.2.3: page table entries */
#define PTE_PR                  BIT64(0)
#define PTE_NEXT(e)             BITS(e, 11, 9)
#define PTE_ADDR                MASK(51, 12)
#define PTE_FC                  BIT64(60)
#define PTE_IR                  BIT64(61)
#define PTE_IW                  BIT64(62)
#define PTE_RSVD                MASK(58, 52)
#define PDE_RSVD                MASK(60, 52)

/* §2.2.5: interrupt remapping entries */
#define IRTE_EN                 BIT64(0)
#define IRTE_SUP_IOPF           BIT64(1)
#define IRTE_TYPE(e)            BITS(e, 4, 2)
#define IRTE_RQ_EOI             BIT64(5)
#define IRTE_DM                 BIT64(6)
#define IRTE_GUEST              BIT64(7)

/* §3.2: the capability in configuration space, and what follows it here */
#define CAP_POS                 0x40
#define CAP_HEADER              0x0f            /* ID; [18:16] type 3 */
#define CAP_IOTLB               BIT64(24)
#define CAP_NP_CACHE            BIT64(26)
#define CAP_EFR                 BIT64(27)
#define CAP_EXT                 BIT64(28)
#define MSI_POS                 0x64
#define MSI_MAP_POS             0x74

#endif /* TESTS_AMD_REGS_H */
