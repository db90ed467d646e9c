/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IVRS table as firmware lays it out in memory.
 *
 * AMD I/O Virtualization Technology (IOMMU) specification, publication 48882,
 * §5.2 "I/O Virtualization ACPI Table".  All fields are little endian, nothing
 * is aligned.
 */

#ifndef AMD_IVRS_DEFS_H
#define AMD_IVRS_DEFS_H

#include <xen/types.h>

#define IVRS_SIGNATURE          "IVRS"

/* The table; blocks follow. */
struct ivrs_table {
    char     signature[4];
    uint32_t length;            /* of the table with everything in it */
    uint8_t  revision;
    uint8_t  checksum;          /* all bytes of the table add up to 0 */
    char     oem_id[6];
    char     oem_table_id[8];
    uint32_t oem_revision;
    uint32_t creator_id;
    uint32_t creator_revision;
    uint32_t info;              /* IVinfo */
#define IVRS_INFO_EFR_SUP               0x00000001
#define IVRS_INFO_PA_SIZE(info)         (((info) >> 8) & 0x7f)
    uint8_t  reserved[8];
} __attribute__((packed));

/* Common start of every block. */
struct ivrs_header {
    uint8_t  type;
#define IVRS_IVHD_10H                   0x10
#define IVRS_IVHD_11H                   0x11
#define IVRS_IVHD_40H                   0x40
#define IVRS_IVMD_ALL                   0x20
#define IVRS_IVMD_SELECT                0x21
#define IVRS_IVMD_RANGE                 0x22
#define IVRS_IVMD_UNIT                  0x23    /* revisions before 2.00 */
    uint8_t  flags;
    uint16_t length;
    uint16_t devid;
} __attribute__((packed));

/* I/O virtualization hardware definition: one unit; device entries follow. */
struct ivrs_ivhd {
    struct ivrs_header hdr;     /* devid: the unit's own function */
#define IVHD_FLAG_HT_TUN                0x01
#define IVHD_FLAG_PASS_PW               0x02
#define IVHD_FLAG_RES_PASS_PW           0x04
#define IVHD_FLAG_ISOC                  0x08
#define IVHD_FLAG_IOTLB_SUP             0x10
#define IVHD_FLAG_COHERENT              0x20
    uint16_t cap;               /* its capability block, in its space */
    uint64_t base;              /* of its registers */
    uint16_t segment;
    uint16_t info;              /* [4:0] MSI number, [12:8] unit ID */
    uint32_t features;          /* 10h: what EFR has; else counters */
    /* 11h and 40h only */
    uint64_t efr;               /* image of the extended feature register */
    uint64_t efr2;
} __attribute__((packed));
#define IVHD_10H_SIZE                   24

/* What device table entries have to say, in each device entry. */
#define IVHD_DTE_INIT_PASS              0x01
#define IVHD_DTE_EXTINT_PASS            0x02
#define IVHD_DTE_NMI_PASS               0x04
#define IVHD_DTE_SYS_MGT                0x30
#define IVHD_DTE_LINT0_PASS             0x40
#define IVHD_DTE_LINT1_PASS             0x80

struct ivrs_entry4 {
    uint8_t  type;
#define IVHD_DEV_PAD4                   0x00
#define IVHD_DEV_ALL                    0x01
#define IVHD_DEV_SELECT                 0x02
#define IVHD_DEV_RANGE                  0x03
#define IVHD_DEV_RANGE_END              0x04
    uint16_t devid;
    uint8_t  dte;
} __attribute__((packed));

struct ivrs_entry8 {
    uint8_t  type;
#define IVHD_DEV_PAD8                   0x40
#define IVHD_DEV_ALIAS                  0x42
#define IVHD_DEV_ALIAS_RANGE            0x43
#define IVHD_DEV_EXT                    0x46
#define IVHD_DEV_EXT_RANGE              0x47
#define IVHD_DEV_SPECIAL                0x48
    uint16_t devid;
    uint8_t  dte;
    union {
        uint32_t ext;           /* 46h, 47h */
#define IVHD_EXT_ATS_DISABLED           0x80000000U
        struct {                /* 42h, 43h, 48h */
            uint8_t  handle;    /* 48h: of the IO-APIC or HPET */
            uint16_t source;    /* ID that requests carry */
            uint8_t  variety;   /* 48h */
#define IVHD_SPECIAL_IOAPIC             1
#define IVHD_SPECIAL_HPET               2
        } __attribute__((packed));
    };
} __attribute__((packed));

/* An ACPI device; its unique ID follows. */
#define IVHD_DEV_ACPI                   0xf0
#define IVHD_DEV_ACPI_SIZE              22
#define IVHD_DEV_ACPI_UID_LEN           21      /* offset of a byte */

/* I/O virtualization memory definition. */
struct ivrs_ivmd {
    struct ivrs_header hdr;
#define IVMD_FLAG_UNITY                 0x01
#define IVMD_FLAG_READ                  0x02
#define IVMD_FLAG_WRITE                 0x04
#define IVMD_FLAG_EXCLUSION             0x08
    uint16_t last;              /* 22h: last device ID */
    uint16_t segment;
    uint8_t  reserved[6];
    uint64_t base;
    uint64_t bytes;
} __attribute__((packed));

#endif /* AMD_IVRS_DEFS_H */
