/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_STDINT_H
#define HOST_XEN_STDINT_H

#include <stdint.h>

#endif
