/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_PERCPU_H
#define HOST_XEN_PERCPU_H

#include <xen/types.h>

/* Each thread is a CPU; numbers are handed out at first use. */
unsigned int smp_processor_id(void);

#define DECLARE_PER_CPU(type, name) \
    extern __typeof__(type) per_cpu__##name[NR_CPUS]
#define DEFINE_PER_CPU(type, name) __typeof__(type) per_cpu__##name[NR_CPUS]
#define DEFINE_PER_CPU_READ_MOSTLY(type, name) DEFINE_PER_CPU(type, name)
#define per_cpu(name, cpu) (per_cpu__##name[cpu])
#define this_cpu(name) (per_cpu__##name[smp_processor_id()])

#endif
