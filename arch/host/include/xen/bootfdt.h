/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory, as a test says it is. */
#ifndef HOST_XEN_BOOTFDT_H
#define HOST_XEN_BOOTFDT_H

#include <xen/types.h>

struct membank {
    paddr_t start, size;
};

struct membanks {
    unsigned int nr_banks;
    struct membank bank[4];
};

extern struct membanks host_ram;

static inline const struct membanks *bootinfo_get_mem(void)
{
    return &host_ram;
}

#endif
