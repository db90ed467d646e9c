/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_STDBOOL_H
#define HOST_XEN_STDBOOL_H

#include <stdbool.h>

#endif
