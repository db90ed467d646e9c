/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_LIBFDT_LIBFDT_H
#define HOST_XEN_LIBFDT_LIBFDT_H

#include <libfdt.h>

#endif
