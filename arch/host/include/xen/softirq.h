/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_SOFTIRQ_H
#define HOST_XEN_SOFTIRQ_H

#include <xen/preempt.h>
#include <xen/smp.h>

void process_pending_softirqs(void);

#endif
