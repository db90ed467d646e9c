/* SPDX-License-Identifier: GPL-2.0-only */
/* Host shim: nodes, see numa.h. */
#ifndef HOST_XEN_NODEMASK_H
#define HOST_XEN_NODEMASK_H

#include <xen/numa.h>

#endif /* HOST_XEN_NODEMASK_H */
