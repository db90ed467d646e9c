/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_PUBLIC_MEMORY_H
#define HOST_PUBLIC_MEMORY_H

#include <public/xen.h>

#endif
