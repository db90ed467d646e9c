/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_SPINLOCK_H
#define HOST_ASM_SPINLOCK_H

#include <xen/spinlock.h>

#endif
