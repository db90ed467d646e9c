/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_CACHE_H
#define HOST_ASM_CACHE_H

#include <xen/cache.h>

#endif
