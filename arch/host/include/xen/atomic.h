/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_ATOMIC_H
#define HOST_XEN_ATOMIC_H

#include <asm/atomic.h>

#endif
