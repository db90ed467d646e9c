/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_GIC_V3_ITS_H
#define HOST_ASM_GIC_V3_ITS_H

#include <xen/types.h>

/* A test's. */
bool gicv3_its_host_has_its(void);

#endif
