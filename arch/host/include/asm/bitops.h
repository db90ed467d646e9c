/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_BITOPS_H
#define HOST_ASM_BITOPS_H

#include <xen/bitops.h>

#endif
