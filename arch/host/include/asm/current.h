/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_CURRENT_H
#define HOST_ASM_CURRENT_H

#include <xen/sched.h>

#endif
