/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DMAR table as firmware lays it out in memory.
 *
 * Intel Virtualization Technology for Directed I/O, architecture
 * specification, rev 4.1, chapter 8 "BIOS Considerations".  All fields are
 * little endian, nothing is aligned.
 */

#ifndef VTD_DMAR_DEFS_H
#define VTD_DMAR_DEFS_H

#include <xen/types.h>

#define DMAR_SIGNATURE          "DMAR"

/* §8.1: DMA remapping reporting structure, behind the ACPI header. */
struct dmar_table {
    char     signature[4];
    uint32_t length;            /* of the table with everything in it */
    uint8_t  revision;
    uint8_t  checksum;          /* all bytes of the table add up to 0 */
    char     oem_id[6];
    char     oem_table_id[8];
    uint32_t oem_revision;
    uint32_t creator_id;
    uint32_t creator_revision;
    uint8_t  width;             /* host address width is this plus one */
    uint8_t  flags;
#define DMAR_FLAG_INTR_REMAP            0x01
#define DMAR_FLAG_X2APIC_OPT_OUT        0x02
#define DMAR_FLAG_DMA_CTRL_OPT_IN       0x04
    uint8_t  reserved[10];
} __attribute__((packed));

/* §8.2: common start of every remapping structure. */
struct dmar_header {
    uint16_t type;
#define DMAR_TYPE_DRHD                  0
#define DMAR_TYPE_RMRR                  1
#define DMAR_TYPE_ATSR                  2
#define DMAR_TYPE_RHSA                  3
#define DMAR_TYPE_ANDD                  4
#define DMAR_TYPE_SATC                  5
#define DMAR_TYPE_SIDP                  6
#define DMAR_NR_TYPES                   7
    uint16_t length;
} __attribute__((packed));

/* §8.3: DMA remapping hardware unit definition. */
struct dmar_drhd {
    struct dmar_header hdr;
    uint8_t  flags;
#define DMAR_DRHD_INCLUDE_PCI_ALL       0x01
    uint8_t  size;              /* [3:0] N: 2^N pages of registers */
#define DMAR_DRHD_SIZE_MASK             0x0f
    uint16_t segment;
    uint64_t base;
} __attribute__((packed));

/* §8.4: reserved memory region reporting. */
struct dmar_rmrr {
    struct dmar_header hdr;
    uint16_t reserved;
    uint16_t segment;
    uint64_t base;
    uint64_t limit;             /* last byte */
} __attribute__((packed));

/* §8.5: root port ATS capability reporting. */
struct dmar_atsr {
    struct dmar_header hdr;
    uint8_t  flags;
#define DMAR_ATSR_ALL_PORTS             0x01
    uint8_t  reserved;
    uint16_t segment;
} __attribute__((packed));

/* §8.6: remapping hardware static affinity. */
struct dmar_rhsa {
    struct dmar_header hdr;
    uint32_t reserved;
    uint64_t base;
    uint32_t proximity;
} __attribute__((packed));

/* §8.7: ACPI name-space device declaration; a NUL-terminated name follows. */
struct dmar_andd {
    struct dmar_header hdr;
    uint8_t  reserved[3];
    uint8_t  number;
} __attribute__((packed));

/* §8.8: SoC integrated address translation cache reporting. */
struct dmar_satc {
    struct dmar_header hdr;
    uint8_t  flags;
#define DMAR_SATC_ATC_REQUIRED          0x01
    uint8_t  reserved;
    uint16_t segment;
} __attribute__((packed));

/* §8.9: SoC integrated device property reporting. */
struct dmar_sidp {
    struct dmar_header hdr;
    uint16_t reserved;
    uint16_t segment;
} __attribute__((packed));

/* §8.3.1: device scope; a path of (device, function) pairs follows. */
struct dmar_scope {
    uint8_t type;
#define DMAR_SCOPE_ENDPOINT             1
#define DMAR_SCOPE_SUB_HIERARCHY        2
#define DMAR_SCOPE_IOAPIC               3
#define DMAR_SCOPE_HPET                 4
#define DMAR_SCOPE_NAMESPACE            5
    uint8_t length;
    uint8_t flags;
    uint8_t reserved;
    uint8_t enum_id;
    uint8_t start_bus;
} __attribute__((packed));

struct dmar_path {
    uint8_t dev;
    uint8_t fn;
} __attribute__((packed));

#endif /* VTD_DMAR_DEFS_H */
