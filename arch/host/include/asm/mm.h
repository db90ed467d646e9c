/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_MM_H
#define HOST_ASM_MM_H

#include <xen/mm.h>

#endif
