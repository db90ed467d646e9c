/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_PROCESSOR_H
#define HOST_ASM_PROCESSOR_H

/* Moves the clock; fatal under a lock below which nobody may wait. */
void cpu_relax(void);

/* What quirks look at; set by tests. */
#define X86_VENDOR_INTEL 1
#define X86_VENDOR_AMD   2
extern struct cpuinfo_x86 {
    unsigned int x86_vendor, x86, x86_model;
} boot_cpu_data;

#endif
