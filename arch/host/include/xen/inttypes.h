/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_INTTYPES_H
#define HOST_XEN_INTTYPES_H

#include <inttypes.h>

#endif
