/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_KERNEL_H
#define HOST_XEN_KERNEL_H

#include <xen/macros.h>
#include <xen/types.h>

extern enum system_state {
    SYS_STATE_early_boot,
    SYS_STATE_boot,
    SYS_STATE_smp_boot,
    SYS_STATE_active,
    SYS_STATE_suspend,
    SYS_STATE_resume
} system_state;

#endif
