/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_KCONFIG_H
#define HOST_XEN_KCONFIG_H

#include <xen/config.h>

#endif
