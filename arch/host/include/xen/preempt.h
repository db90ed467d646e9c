/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_PREEMPT_H
#define HOST_XEN_PREEMPT_H

#include <xen/types.h>

/* True every n-th time it is asked, n from host_preempt_every() (0: never). */
bool host_preempt_check(void);
#define hypercall_preempt_check() host_preempt_check()
#define general_preempt_check() host_preempt_check()
bool in_irq(void);

#endif
