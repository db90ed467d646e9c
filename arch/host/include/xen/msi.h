/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_MSI_H
#define HOST_XEN_MSI_H

#include <asm/msi.h>

#endif
