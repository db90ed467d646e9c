/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_MEM_PAGING_H
#define HOST_ASM_MEM_PAGING_H

#include <xen/sched.h>

#define mem_paging_enabled(d) ((d)->arch.mem_paging)

#endif
