/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_MEM_SHARING_H
#define HOST_ASM_MEM_SHARING_H

#include <xen/sched.h>

#define mem_sharing_enabled(d) ((d)->arch.mem_sharing)

#endif
