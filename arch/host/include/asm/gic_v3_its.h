/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_GIC_V3_ITS_H
#define HOST_ASM_GIC_V3_ITS_H

#include <xen/list.h>
#include <xen/types.h>

#define ITS_DOORBELL_OFFSET 0x10040
struct host_its {
    struct list_head entry;
    paddr_t addr;
};

/* A test's. */
extern struct list_head host_its_list;
bool gicv3_its_host_has_its(void);

#endif
