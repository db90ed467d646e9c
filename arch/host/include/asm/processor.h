/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_PROCESSOR_H
#define HOST_ASM_PROCESSOR_H

/* Moves the clock; fatal under a lock below which nobody may wait. */
void cpu_relax(void);

#endif
