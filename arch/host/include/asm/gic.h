/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_GIC_H
#define HOST_ASM_GIC_H

#define NR_LOCAL_IRQS 32

#endif
