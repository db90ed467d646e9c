/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_PFN_H
#define HOST_XEN_PFN_H

#include <asm/page.h>

#endif
