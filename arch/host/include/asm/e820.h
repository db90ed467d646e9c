/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory map on x86, as a test says it is. */
#ifndef HOST_ASM_E820_H
#define HOST_ASM_E820_H

#include <xen/types.h>

#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3
#define E820_NVS      4
#define E820_UNUSABLE 5

struct e820map {
    unsigned int nr_map;
    struct {
        uint64_t addr, size;
        uint32_t type;
    } map[16];
};

extern struct e820map e820;

bool e820_all_mapped(uint64_t start, uint64_t end, unsigned int type);
int e820_add_range(uint64_t start, uint64_t end, uint32_t type);
int reserve_e820_ram(struct e820map *map, uint64_t start, uint64_t end);

#endif
