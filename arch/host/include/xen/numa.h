/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_NUMA_H
#define HOST_XEN_NUMA_H

#include <xen/types.h>

#define NUMA_NO_NODE ((nodeid_t)0xff)
#define MAX_NUMNODES 4

static inline nodeid_t pxm_to_node(unsigned int pxm)
{
    return pxm < MAX_NUMNODES ? pxm : NUMA_NO_NODE;
}

/* All of them, but for what host_node_set() says. */
bool node_online(nodeid_t node);

/* A node's one CPU has its number. */
#define node_to_cpumask(node) (*cpumask_of(node))
#define cpu_to_node(cpu) ((void)(cpu), (nodeid_t)0)

#endif
