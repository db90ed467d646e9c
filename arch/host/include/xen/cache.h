/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_CACHE_H
#define HOST_XEN_CACHE_H

#include <xen/sections.h>

#define SMP_CACHE_BYTES 64
#define __cacheline_aligned __attribute__((__aligned__(SMP_CACHE_BYTES)))

#endif
