/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers, structures, commands and events of the Arm System Memory
 * Management Unit version 3: Arm IHI 0070, revision G.a; section numbers are
 * of that document.  Only what is used, in the order of the manual.
 */
#ifndef SMMUV3_REGS_H
#define SMMUV3_REGS_H

#include <xen/types.h>

/* Field [hi:lo] of a register or of a 64-bit word. */
#define SMMU_GET(val, hi, lo) \
    (((val) >> (lo)) & (~0ULL >> (63 - (hi) + (lo))))
#define SMMU_PUT(val, lo) ((uint64_t)(val) << (lo))

/* §6.2 register map, §6.3 registers: page 0 */

#define SMMU_PAGE              0x10000

#define SMMU_IDR0              0x00
#define   IDR0_S2P(r)          SMMU_GET(r, 0, 0)
#define   IDR0_TTF_AA64(r)     SMMU_GET(r, 3, 3)
#define   IDR0_COHACC(r)       SMMU_GET(r, 4, 4)
#define   IDR0_BTM(r)          SMMU_GET(r, 5, 5)
#define   IDR0_HYP(r)          SMMU_GET(r, 9, 9)
#define   IDR0_ATS(r)          SMMU_GET(r, 10, 10)
#define   IDR0_MSI(r)          SMMU_GET(r, 13, 13)
#define   IDR0_VMID16(r)       SMMU_GET(r, 18, 18)
#define   IDR0_TTENDIAN(r)     SMMU_GET(r, 22, 21)
#define     TTENDIAN_BIG       3
#define   IDR0_STALL_MODEL(r)  SMMU_GET(r, 25, 24)
#define     STALL_FORCED       2
#define   IDR0_ST_LEVEL(r)     SMMU_GET(r, 28, 27)
#define     ST_LEVEL_TWO       1
#define SMMU_IDR1              0x04
#define   IDR1_SIDSIZE(r)      SMMU_GET(r, 5, 0)
#define   IDR1_EVENTQS(r)      SMMU_GET(r, 20, 16)
#define   IDR1_CMDQS(r)        SMMU_GET(r, 25, 21)
#define   IDR1_QUEUES_PRESET(r) SMMU_GET(r, 29, 29)
#define   IDR1_TABLES_PRESET(r) SMMU_GET(r, 30, 30)
#define SMMU_IDR3              0x0c
#define   IDR3_RIL(r)          SMMU_GET(r, 10, 10)
#define   IDR3_BBML(r)         SMMU_GET(r, 12, 11)
#define SMMU_IDR5              0x14
#define   IDR5_OAS(r)          SMMU_GET(r, 2, 0)
#define   IDR5_GRAN4K(r)       SMMU_GET(r, 4, 4)
#define SMMU_IIDR              0x18
#define SMMU_AIDR              0x1c
#define SMMU_CR0               0x20
#define SMMU_CR0ACK            0x24
#define   CR0_SMMUEN           (1u << 0)
#define   CR0_EVENTQEN         (1u << 2)
#define   CR0_CMDQEN           (1u << 3)
#define   CR0_ATSCHK           (1u << 4)
#define   CR0_ALL              0x1dfu
#define SMMU_CR1               0x28
/* §6.3.11: queues and tables write-back, inner shareable; or not cached. */
#define   CR1_CACHED           0x00000d75u
#define   CR1_UNCACHED         0x00000000u
#define SMMU_CR2               0x2c
#define   CR2_RECINVSID        (1u << 1)
#define   CR2_PTM              (1u << 2)
#define SMMU_GBPA              0x44
#define   GBPA_ABORT           (1u << 20)
#define   GBPA_UPDATE          (1u << 31)
#define SMMU_IRQ_CTRL          0x50
#define SMMU_IRQ_CTRLACK       0x54
#define   IRQ_GERROR           (1u << 0)
#define   IRQ_EVENTQ           (1u << 2)
#define SMMU_GERROR            0x60
#define SMMU_GERRORN           0x64
#define   GERR_CMDQ            (1u << 0)
#define   GERR_EVENTQ_ABT      (1u << 2)
#define   GERR_MSI_CMDQ_ABT    (1u << 4)
#define   GERR_MSI_EVENTQ_ABT  (1u << 5)
#define   GERR_MSI_GERROR_ABT  (1u << 7)
#define   GERR_SFM             (1u << 8)
#define   GERR_KNOWN           0x1fdu
/* IRQ_CFG0 (64 bits), CFG1 and CFG2 follow each other. */
#define SMMU_GERROR_IRQ_CFG0   0x68
#define SMMU_STRTAB_BASE       0x80
#define   STRTAB_ADDR          0x000fffffffffffc0ULL
#define   STRTAB_RA            (1ULL << 62)
#define SMMU_STRTAB_BASE_CFG   0x88
#define   STRTAB_CFG(fmt, split, log2) ((fmt) << 16 | (split) << 6 | (log2))
#define     STRTAB_FMT_LINEAR  0u
#define     STRTAB_FMT_TWO     1u
#define SMMU_CMDQ_BASE         0x90
#define   QUEUE_RA             (1ULL << 62)
#define   QUEUE_WA             (1ULL << 62)
#define SMMU_CMDQ_PROD         0x98
#define SMMU_CMDQ_CONS         0x9c
#define   CMDQ_CONS_ERR(r)     SMMU_GET(r, 30, 24)
#define     CERROR_ILL         1
#define     CERROR_ABT         2
#define     CERROR_ATC_INV     3
#define SMMU_EVENTQ_BASE       0xa0
#define SMMU_EVENTQ_IRQ_CFG0   0xb0
#define   IRQ_CFG1             0x8    /* from CFG0: data */
#define   IRQ_CFG2             0xc    /* memory type: 1 is Device-nGnRE */
#define     IRQ_CFG2_DEVICE    1u
#define     IRQ_CFG0_ADDR      0x000ffffffffffffcULL

/* Page 1 */
#define SMMU_EVENTQ_PROD       0xa8
#define SMMU_EVENTQ_CONS       0xac
#define   EVENTQ_OVF           (1u << 31)

/* §5.1 level 1 stream table descriptor */
#define L1STD_SPAN(n)          (uint64_t)(n)  /* 2^(n - 1) entries; 0: none */

/* §5.2 stream table entry: bit numbers within each 64-bit word */
struct smmu_ste {
    uint64_t w[8];
};

/* word 0 */
#define STE_V                  (1ULL << 0)
#define STE_CONFIG(c)          SMMU_PUT(c, 1)
#define STE_CONFIG_OF(w)       SMMU_GET(w, 3, 1)
#define   STE_ABORT            0
#define   STE_BYPASS           4
#define   STE_S2               6
/* word 1, STE[127:64] */
#define STE_SHCFG_INCOMING     SMMU_PUT(1, 44)
/* word 2, STE[191:128] */
#define STE_S2VMID(v)          SMMU_PUT(v, 0)
#define STE_S2VMID_OF(w)       SMMU_GET(w, 15, 0)
#define STE_S2T0SZ(v)          SMMU_PUT(v, 32)
#define STE_S2SL0(v)           SMMU_PUT(v, 38)
#define STE_S2IR0_WBWA         SMMU_PUT(1, 40)
#define STE_S2OR0_WBWA         SMMU_PUT(1, 42)
#define STE_S2SH0_OUTER        SMMU_PUT(2, 44)
#define STE_S2SH0_INNER        SMMU_PUT(3, 44)
#define STE_S2TG_4K            SMMU_PUT(0, 46)
#define STE_S2PS(v)            SMMU_PUT(v, 48)
#define STE_S2AA64             (1ULL << 51)
#define STE_S2R                (1ULL << 58)
/* word 3, STE[255:192] */
#define STE_S2TTB              0x000ffffffffffff0ULL

/* §4.1 commands: 16 bytes, the opcode in bits [7:0] */
struct smmu_cmd {
    uint64_t w[2];
};

#define CMD_CFGI_STE           0x03
#define CMD_CFGI_ALL           0x04   /* CFGI_STE_RANGE with Range 31 */
#define CMD_TLBI_EL2_ALL       0x20
#define CMD_TLBI_S12_VMALL     0x28
#define CMD_TLBI_S2_IPA        0x2a
#define CMD_TLBI_NSNH_ALL      0x30
#define CMD_SYNC               0x46
#define   CMD_OP_OF(w)         ((unsigned int)SMMU_GET(w, 7, 0))

/* §4.3: not only a leaf, so that a level 1 descriptor goes as well. */
static inline struct smmu_cmd smmu_cmd_cfgi_ste(uint32_t sid)
{
    return (struct smmu_cmd){ { CMD_CFGI_STE | SMMU_PUT(sid, 32), 0 } };
}

static inline struct smmu_cmd smmu_cmd_cfgi_all(void)
{
    return (struct smmu_cmd){ { CMD_CFGI_ALL, 31 } };
}

/* §4.4 */
static inline struct smmu_cmd smmu_cmd_tlbi_el2_all(void)
{
    return (struct smmu_cmd){ { CMD_TLBI_EL2_ALL, 0 } };
}

static inline struct smmu_cmd smmu_cmd_tlbi_nsnh_all(void)
{
    return (struct smmu_cmd){ { CMD_TLBI_NSNH_ALL, 0 } };
}

static inline struct smmu_cmd smmu_cmd_tlbi_vmid(uint16_t vmid)
{
    return (struct smmu_cmd){ { CMD_TLBI_S12_VMALL | SMMU_PUT(vmid, 32), 0 } };
}

/* One page and the tables on the way to it (Leaf 0, TTL 0). */
static inline struct smmu_cmd smmu_cmd_tlbi_page(uint16_t vmid, uint64_t ipa)
{
    return (struct smmu_cmd){ { CMD_TLBI_S2_IPA | SMMU_PUT(vmid, 32), ipa } };
}

/*
 * With SMMU_IDR3.RIL: (@num + 1) * 2^@scale pages of 4 KiB from @ipa on.  Both
 * 0 is reserved: use smmu_cmd_tlbi_page().
 */
static inline struct smmu_cmd smmu_cmd_tlbi_range(uint16_t vmid, uint64_t ipa,
                                                  unsigned int num,
                                                  unsigned int scale)
{
    return (struct smmu_cmd){ {
        CMD_TLBI_S2_IPA | SMMU_PUT(vmid, 32) | SMMU_PUT(num, 12) |
        SMMU_PUT(scale, 20),
        ipa | SMMU_PUT(1, 10),
    } };
}

/* §4.7: completion is seen by the queue's consumer index alone. */
static inline struct smmu_cmd smmu_cmd_sync(void)
{
    return (struct smmu_cmd){ { CMD_SYNC, 0 } };
}

/* §7.3 event records: 32 bytes */
struct smmu_event {
    uint64_t w[4];
};

#define EVENT_CODE(e)          ((unsigned int)SMMU_GET((e)->w[0], 7, 0))
#define EVENT_SID(e)           ((uint32_t)SMMU_GET((e)->w[0], 63, 32))
#define EVENT_IND(e)           SMMU_GET((e)->w[1], 34, 34)
#define EVENT_RNW(e)           SMMU_GET((e)->w[1], 35, 35)
#define EVENT_ADDR(e)          ((e)->w[2])

#endif /* SMMUV3_REGS_H */
