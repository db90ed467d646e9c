/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_CPUFEATURE_H
#define HOST_ASM_CPUFEATURE_H

#include <xen/types.h>

/* A test may turn it off. */
extern bool host_cpu_has_cx16;
#define cpu_has_cx16 host_cpu_has_cx16

#endif
