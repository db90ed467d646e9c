/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_SMP_H
#define HOST_XEN_SMP_H

#include <xen/cpumask.h>
#include <xen/percpu.h>

#define BAD_APICID (~0u)

#endif
