/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_CPUMASK_H
#define HOST_XEN_CPUMASK_H

#include <xen/bitmap.h>
#include <xen/percpu.h>

typedef struct cpumask {
    DECLARE_BITMAP(bits, NR_CPUS);
} cpumask_t;

typedef cpumask_t cpumask_var_t[1];

extern cpumask_t cpu_online_map;
extern unsigned int nr_cpu_ids;
const cpumask_t *cpumask_of(unsigned int cpu);

#define cpumask_bits(m) ((m)->bits)
#define cpumask_set_cpu(cpu, m) set_bit(cpu, (m)->bits)
#define cpumask_clear_cpu(cpu, m) clear_bit(cpu, (m)->bits)
#define cpumask_test_cpu(cpu, m) test_bit(cpu, (m)->bits)
#define cpumask_first(m) find_first_bit((m)->bits, NR_CPUS)
#define cpumask_any(m) cpumask_first(m)
#define cpumask_next(cpu, m) find_next_bit((m)->bits, NR_CPUS, (cpu) + 1)
#define cpumask_empty(m) bitmap_empty((m)->bits, NR_CPUS)
#define cpumask_weight(m) bitmap_weight((m)->bits, NR_CPUS)
#define cpumask_clear(m) bitmap_zero((m)->bits, NR_CPUS)
#define cpumask_copy(d, s) bitmap_copy((d)->bits, (s)->bits, NR_CPUS)
#define cpumask_and(d, a, b) ((d)->bits[0] = (a)->bits[0] & (b)->bits[0])
#define cpumask_intersects(a, b) (!!((a)->bits[0] & (b)->bits[0]))
#define cpu_online(cpu) cpumask_test_cpu(cpu, &cpu_online_map)
#define num_online_cpus() cpumask_weight(&cpu_online_map)
#define for_each_cpu(cpu, m) \
    for ( (cpu) = cpumask_first(m); (cpu) < NR_CPUS; \
          (cpu) = cpumask_next(cpu, m) )
#define for_each_online_cpu(cpu) for_each_cpu(cpu, &cpu_online_map)

#endif
