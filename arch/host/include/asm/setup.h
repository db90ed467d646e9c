/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_SETUP_H
#define HOST_ASM_SETUP_H

#include <xen/bootfdt.h>
#include <asm/pci.h>

#endif
