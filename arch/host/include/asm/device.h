/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_DEVICE_H
#define HOST_ASM_DEVICE_H

#include <xen/pci.h>

#endif
