/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RISC-V IOMMU's registers, in-memory structures, commands and fault
 * records.  Sections are those of "RISC-V IOMMU Architecture Specification",
 * version 1.0 (ratified).
 */
#ifndef RISCV_REGS_H
#define RISCV_REGS_H

#include <xen/bitops.h>
#include <xen/types.h>

#define RV_FIELD(val, hi, lo) \
    (((val) >> (lo)) & ((2ULL << ((hi) - (lo))) - 1))
#define RV_BIT(n)               (1ULL << (n))

/* Machine addresses have 56 bits; [53:10] hold bits [55:12] (§5.5, §2.1.1). */
#define RV_PPN(maddr)           ((uint64_t)(maddr) >> 12 << 10)
#define RV_PPN_ADDR(reg)        (RV_FIELD(reg, 53, 10) << 12)

/* ---- §5.1, register layout ---- */

#define RV_REGS_SIZE            0x1000
#define RV_CAPABILITIES         0x000   /* 64 */
#define RV_FCTL                 0x008   /* 32 */
#define RV_DDTP                 0x010   /* 64 */
#define RV_CQB                  0x018   /* 64 */
#define RV_CQH                  0x020   /* 32 */
#define RV_CQT                  0x024   /* 32 */
#define RV_FQB                  0x028   /* 64 */
#define RV_FQH                  0x030   /* 32 */
#define RV_FQT                  0x034   /* 32 */
#define RV_CQCSR                0x048   /* 32 */
#define RV_FQCSR                0x04c   /* 32 */
#define RV_PQCSR                0x050   /* 32 */
#define RV_IPSR                 0x054   /* 32 */
#define RV_IOCOUNTINH           0x05c   /* 32 */
#define RV_ICVEC                0x2f8   /* 64 */

/* §5.3, capabilities */
#define CAP_VERSION_MAJOR(c)    RV_FIELD(c, 7, 4)
#define CAP_VERSION_MINOR(c)    RV_FIELD(c, 3, 0)
#define CAP_SV39X4              RV_BIT(17)
#define CAP_SV48X4              RV_BIT(18)
#define CAP_SV57X4              RV_BIT(19)
#define CAP_SVNX4(c)            RV_FIELD(c, 19, 17)
#define CAP_MSI_FLAT            RV_BIT(22)  /* device contexts of 64 bytes */
#define CAP_ATS                 RV_BIT(25)
#define CAP_END                 RV_BIT(27)  /* fctl.BE can be changed */
#define CAP_IGS(c)              RV_FIELD(c, 29, 28)
#define CAP_IGS_MSI             0
#define CAP_IGS_WSI             1
#define CAP_IGS_BOTH            2
#define CAP_HPM                 RV_BIT(30)
#define CAP_PAS(c)              RV_FIELD(c, 37, 32)

/* §5.4, fctl: changed only while the unit is off and its queues are */
#define FCTL_BE                 (1u << 0)   /* structures are big-endian */
#define FCTL_WSI                (1u << 1)   /* interrupts by wire */
#define FCTL_GXL                (1u << 2)   /* Sv32x4 in place of the others */

/* §5.5, ddtp */
#define DDTP_MODE(r)            RV_FIELD(r, 3, 0)
#define DDTP_OFF                0           /* all transactions are refused */
#define DDTP_BARE               1           /* all pass */
#define DDTP_LEVELS(n)          ((n) + 1)
#define DDTP_BUSY               RV_BIT(4)

/* §5.6, §5.9: queue bases.  Queues of up to 4 KiB are page aligned. */
#define QUEUE_BASE(maddr, log2) (RV_PPN(maddr) | ((log2) - 1))

/* §5.15, §5.16, §5.17: queue control; errors are cleared by writing 1 */
#define QCSR_EN                 (1u << 0)
#define QCSR_IE                 (1u << 1)
#define QCSR_MF                 (1u << 8)   /* memory fault */
#define QCSR_ON                 (1u << 16)
#define QCSR_BUSY               (1u << 17)
#define CQCSR_TO                (1u << 9)   /* a command timed out */
#define CQCSR_ILL               (1u << 10)  /* illegal or unsupported command */
#define CQCSR_FENCE_W_IP        (1u << 11)
#define CQCSR_ERRORS            (QCSR_MF | CQCSR_TO | CQCSR_ILL)
#define FQCSR_OF                (1u << 9)   /* overflow */
#define FQCSR_ERRORS            (QCSR_MF | FQCSR_OF)

/* §5.18, ipsr, written 1 to clear */
#define IPSR_CIP                (1u << 0)
#define IPSR_FIP                (1u << 1)
#define IPSR_PMIP               (1u << 2)
#define IPSR_PIP                (1u << 3)
#define IPSR_ALL                (IPSR_CIP | IPSR_FIP | IPSR_PMIP | IPSR_PIP)

/* icvec: 4 bits for each source, in the order of ipsr's bits */
#define ICVEC(c, f, pm, p) \
    ((uint64_t)(c) | (f) << 4 | (pm) << 8 | (p) << 12)

/* ---- §2.1, device directory ---- */

#define RV_DIR_BITS             9           /* entries of non-leaf tables */
#define DDTE_V                  RV_BIT(0)   /* §2.1.1 */

/*
 * §2.1.2, device context, extended format; the base format is its first half.
 * The unit reads the fields in any order, so V is what makes them one.
 */
struct rv_dc {
    uint64_t tc;
    uint64_t iohgatp;
    uint64_t ta;
    uint64_t fsc;               /* first stage; 0: none */
    uint64_t msiptp;            /* MSI page table; 0: off */
    uint64_t msi_addr_mask;
    uint64_t msi_addr_pattern;
    uint64_t reserved;
};

#define RV_DC_BASE_SIZE         32
#define RV_DC_EXT_SIZE          64
#define RV_DDI0_BASE_BITS       7           /* device IDs in a leaf table */
#define RV_DDI0_EXT_BITS        6

/* §2.1.3.1 */
#define TC_V                    RV_BIT(0)
#define TC_DTF                  RV_BIT(4)   /* translation faults unreported */

/* §2.1.3.2 */
#define IOHGATP_MODE(m)         ((uint64_t)(m) << 60)
#define IOHGATP_MODE_OF(r)      RV_FIELD(r, 63, 60)
#define IOHGATP_GSCID(id)       ((uint64_t)(id) << 44)
#define IOHGATP_GSCID_OF(r)     ((uint16_t)RV_FIELD(r, 59, 44))
#define IOHGATP_ROOT(r)         (RV_FIELD(r, 43, 0) << 12)
#define IOHGATP_BARE            0
#define IOHGATP_SV39X4          8
#define IOHGATP_SV48X4          9
#define IOHGATP_SV57X4          10
#define IOHGATP_RESERVED        15          /* misconfigured: cause 259 */
#define RV_GSCID_BITS           16

/* ---- §3.1, commands ---- */

struct rv_cmd {
    uint64_t lo, hi;
};

#define CMD_OPCODE(c)           RV_FIELD((c)->lo, 6, 0)
#define CMD_IOTINVAL            1
#define CMD_IOFENCE             2
#define CMD_IODIR               3
#define CMD_FUNC3(n)            ((uint64_t)(n) << 7)

/* §3.1.1 */
#define IOTINVAL_VMA            CMD_FUNC3(0)
#define IOTINVAL_GVMA           CMD_FUNC3(1)
#define IOTINVAL_AV             RV_BIT(10)
#define IOTINVAL_GV             RV_BIT(33)
#define IOTINVAL_GSCID(id)      ((uint64_t)(id) << 44)
#define IOTINVAL_ADDR(addr)     ((addr) >> 12 << 10)

/* §3.1.2 */
#define IOFENCE_AV              RV_BIT(10)
#define IOFENCE_PR              RV_BIT(12)
#define IOFENCE_PW              RV_BIT(13)
#define IOFENCE_DATA(d)         ((uint64_t)(d) << 32)
#define IOFENCE_ADDR(maddr)     ((uint64_t)(maddr) >> 2)

/* §3.1.3 */
#define IODIR_DV                RV_BIT(33)
#define IODIR_DID(id)           ((uint64_t)(id) << 40)

/* First stage, of all tables of one address space. */
static inline struct rv_cmd rv_cmd_vma(uint16_t gscid)
{
    return (struct rv_cmd){
        .lo = CMD_IOTINVAL | IOTINVAL_VMA | IOTINVAL_GV | IOTINVAL_GSCID(gscid),
    };
}

/* Second stage: leaves and pointers of all levels. */
static inline struct rv_cmd rv_cmd_gvma(uint16_t gscid)
{
    return (struct rv_cmd){
        .lo = CMD_IOTINVAL | IOTINVAL_GVMA | IOTINVAL_GV |
              IOTINVAL_GSCID(gscid),
    };
}

/* Second stage: the leaf that translates @addr. */
static inline struct rv_cmd rv_cmd_gvma_page(uint16_t gscid, uint64_t addr)
{
    struct rv_cmd cmd = rv_cmd_gvma(gscid);

    cmd.lo |= IOTINVAL_AV;
    cmd.hi = IOTINVAL_ADDR(addr);

    return cmd;
}

/* Second stage, and first stage with none behind it, everything. */
static inline struct rv_cmd rv_cmd_gvma_all(void)
{
    return (struct rv_cmd){ .lo = CMD_IOTINVAL | IOTINVAL_GVMA };
}

static inline struct rv_cmd rv_cmd_vma_all(void)
{
    return (struct rv_cmd){ .lo = CMD_IOTINVAL | IOTINVAL_VMA };
}

static inline struct rv_cmd rv_cmd_ddt(uint32_t did)
{
    return (struct rv_cmd){ .lo = CMD_IODIR | IODIR_DV | IODIR_DID(did) };
}

static inline struct rv_cmd rv_cmd_ddt_all(void)
{
    return (struct rv_cmd){ .lo = CMD_IODIR };
}

/*
 * Completes after all commands before it, when what devices read and wrote
 * with the old translations is done, and then stores @data.
 */
static inline struct rv_cmd rv_cmd_fence(uint64_t maddr, uint32_t data)
{
    return (struct rv_cmd){
        .lo = CMD_IOFENCE | IOFENCE_AV | IOFENCE_PR | IOFENCE_PW |
              IOFENCE_DATA(data),
        .hi = IOFENCE_ADDR(maddr),
    };
}

/* A fence that says nothing to anybody. */
static inline struct rv_cmd rv_cmd_nothing(void)
{
    return (struct rv_cmd){ .lo = CMD_IOFENCE };
}

/* ---- §3.2, fault records ---- */

struct rv_fault {
    uint64_t head;
    uint64_t custom;
    uint64_t iotval;            /* I/O virtual address */
    uint64_t iotval2;           /* guest physical address, guest-page faults */
};

#define FAULT_CAUSE(h)          ((unsigned int)RV_FIELD(h, 11, 0))
#define FAULT_TTYP(h)           ((unsigned int)RV_FIELD(h, 39, 34))
#define FAULT_DID(h)            ((uint32_t)RV_FIELD(h, 63, 40))
#define TTYP_NONE               0           /* not about a transaction */
#define TTYP_EXEC               1           /* + 4: translated requests */
#define TTYP_READ               2
#define TTYP_WRITE              3
#define TTYP_TRANSLATED         4

#endif /* RISCV_REGS_H */
