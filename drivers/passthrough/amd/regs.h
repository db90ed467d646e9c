/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers and structures of an AMD-Vi unit: AMD 48882, rev 3.x, in the order
 * of its chapters.  Fields are named as there, with their bits beside them.
 */
#ifndef AMD_REGS_H
#define AMD_REGS_H

#include <xen/types.h>

/* §3.4: MMIO registers, 64 bits each */
#define AMD_DEVTAB              0x0000
#define  DEVTAB_SIZE_ALL        511ULL          /* [8:0]: 65,536 entries */
#define AMD_CMDBUF              0x0008
#define AMD_EVTLOG              0x0010
#define  RING_LEN(order)        ((uint64_t)(order) << 56) /* [59:56] */
#define AMD_CONTROL             0x0018
#define  CTRL_IOMMU_EN          (1ULL << 0)
#define  CTRL_HT_TUN_EN         (1ULL << 1)
#define  CTRL_EVT_LOG_EN        (1ULL << 2)
#define  CTRL_EVT_INT_EN        (1ULL << 3)
#define  CTRL_WAIT_INT_EN       (1ULL << 4)
#define  CTRL_INV_TIMEOUT(n)    ((uint64_t)(n) << 5)      /* [7:5] */
#define   INV_TIMEOUT_MASK      (7ULL << 5)
#define  CTRL_PASS_PW           (1ULL << 8)
#define  CTRL_RES_PASS_PW       (1ULL << 9)
#define  CTRL_COHERENT          (1ULL << 10)
#define  CTRL_ISOC              (1ULL << 11)
#define  CTRL_CMD_EN            (1ULL << 12)
#define  CTRL_GA_EN             (1ULL << 17)
#define  CTRL_XT_EN             (1ULL << 50)
#define  CTRL_INTCAPXT_EN       (1ULL << 51)
#define AMD_EXCL_BASE           0x0020          /* with SNP: of stores */
#define AMD_EXCL_LIMIT          0x0028
#define AMD_EFR                 0x0030
#define  EFR_XT_SUP(e)          (((e) >> 2) & 1)
#define  EFR_IA_SUP(e)          (((e) >> 6) & 1)
#define  EFR_GA_SUP(e)          (((e) >> 7) & 1)
#define  EFR_PC_SUP(e)          (((e) >> 9) & 1)
#define  EFR_HATS(e)            (((e) >> 10) & 3)         /* [11:10] */
#define  EFR_SNP_SUP(e)         (((e) >> 63) & 1)
#define AMD_XT_EVENT            0x0170
#define  XT_DEST_MODE           (1ULL << 2)
#define  XT_DEST(d)             (((uint64_t)(d) & 0xffffff) << 8 | \
                                 (uint64_t)(d) >> 24 << 56)
#define  XT_VECTOR(v)           ((uint64_t)(v) << 32)     /* [39:32] */
#define AMD_EFR2                0x01a0
#define AMD_CMD_HEAD            0x2000
#define AMD_CMD_TAIL            0x2008
#define AMD_EVT_HEAD            0x2010
#define AMD_EVT_TAIL            0x2018
#define AMD_STATUS              0x2020
#define  STATUS_EVT_OVERFLOW    (1ULL << 0)
#define  STATUS_EVT_INT         (1ULL << 1)
#define  STATUS_WAIT_INT        (1ULL << 2)
#define  STATUS_EVT_RUN         (1ULL << 3)
#define  STATUS_CMD_RUN         (1ULL << 4)

/* [51:12] of bases, here and in entries */
#define BASE_MASK               0x000ffffffffff000ULL

/* §3.2: the capability block in configuration space */
#define CAP_IOTLB_SUP           (1u << 24)
#define CAP_NP_CACHE            (1u << 26)
#define CAP_EFR_SUP             (1u << 27)

/* §2.2.2: device table entry, by 64-bit words */
#define DTE_WORDS               4
#define DTE_V                   (1ULL << 0)
#define DTE_TV                  (1ULL << 1)
#define DTE_MODE(levels)        ((uint64_t)(levels) << 9) /* [11:9] */
#define DTE_HAS_TABLE(w0)       (((w0) & DTE_TV) && (((w0) >> 9) & 7))
#define DTE_IR                  (1ULL << 61)
#define DTE_IW                  (1ULL << 62)
#define DTE_DOMAIN(w1)          ((uint16_t)(w1))          /* [79:64] */
#define DTE_I                   (1ULL << 32)              /* 96 */
#define DTE_SA                  (1ULL << 34)              /* 98 */
#define DTE_SYS_MGT(n)          ((uint64_t)(n) << 40)     /* [105:104] */

/* §2.4: commands */
struct amd_cmd {
    uint64_t lo, hi;
};

#define CMD_OP(cmd)             ((cmd)->lo >> 60)
#define CMD_WAIT                1
#define CMD_INV_IOTLB           4
#define CMD_INV_INTR            5
#define CMD_IOTLB_ID(cmd)       ((uint16_t)(cmd)->lo)

/* An address of commands that covers everything, with S set. */
#define CMD_ALL_PAGES           0x7ffffffffffff000ULL

static inline struct amd_cmd amd_cmd_wait(uint64_t maddr, uint64_t data)
{
    return (struct amd_cmd){ 1ULL << 60 | maddr | 1, data };
}

static inline struct amd_cmd cf_check amd_cmd_devtab(uint16_t id)
{
    return (struct amd_cmd){ 2ULL << 60 | id, 0 };
}

/*
 * 2^@order pages from @addr on, which is aligned to that; order 52: all.  With
 * @pde what is cached of tables, too.
 */
static inline uint64_t amd_cmd_range(uint64_t addr, unsigned int order)
{
    if ( !order )
        return addr;
    /* The lowest clear bit from 12 on tells the size. */
    return order < 51 ? addr | ((1ULL << (order + 11)) - (1ULL << 12)) | 1
                      : CMD_ALL_PAGES | 1;
}

static inline struct amd_cmd amd_cmd_pages(uint16_t domain, uint64_t addr,
                                           unsigned int order, bool pde)
{
    return (struct amd_cmd){
        3ULL << 60 | (uint64_t)domain << 32,
        amd_cmd_range(addr, order) | (pde ? 2 : 0),
    };
}

/* @depth: of the device's queue; 0 means the most that there can be. */
static inline struct amd_cmd amd_cmd_iotlb(uint16_t id, unsigned int depth,
                                           uint64_t addr, unsigned int order)
{
    return (struct amd_cmd){
        4ULL << 60 | (uint64_t)id << 32 | (uint64_t)(depth ?: 32) << 24 | id,
        amd_cmd_range(addr, order),
    };
}

static inline struct amd_cmd cf_check amd_cmd_intr(uint16_t id)
{
    return (struct amd_cmd){ 5ULL << 60 | id, 0 };
}

static inline struct amd_cmd amd_cmd_all(void)
{
    return (struct amd_cmd){ 8ULL << 60, 0 };
}

/* §2.5: events */
struct amd_event {
    uint64_t lo, hi;
};

#define EVENT_CODE(lo)          ((unsigned int)((lo) >> 60))
#define  EVENT_ILLEGAL_DTE      1
#define  EVENT_PAGE_FAULT       2
#define  EVENT_DEVTAB_HW        3
#define  EVENT_PAGETAB_HW       4
#define  EVENT_ILLEGAL_CMD      5
#define  EVENT_CMD_HW           6
#define  EVENT_IOTLB_TIMEOUT    7
#define  EVENT_INVALID_REQ      8
#define EVENT_ID(lo)            ((uint16_t)(lo))          /* [15:0] */
#define EVENT_I                 (1ULL << 51)
#define EVENT_PR                (1ULL << 52)
#define EVENT_RW                (1ULL << 53)
#define EVENT_PE                (1ULL << 54)
#define EVENT_RZ                (1ULL << 55)

#endif /* AMD_REGS_H */
