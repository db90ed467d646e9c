/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_SECTIONS_H
#define HOST_XEN_SECTIONS_H

#include <xen/init.h>

#endif
