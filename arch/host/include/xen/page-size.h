/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_PAGE_SIZE_H
#define HOST_XEN_PAGE_SIZE_H

#include <asm/page.h>

#endif
