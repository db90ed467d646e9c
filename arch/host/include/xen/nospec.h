/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_NOSPEC_H
#define HOST_XEN_NOSPEC_H

#include <xen/types.h>

#define block_speculation() ((void)0)
#define block_lock_speculation() ((void)0)
#define lock_evaluate_nospec(c) (c)
#define evaluate_nospec(c) (c)
#define array_index_nospec(i, n) (i)
#define array_access_nospec(a, i) ((a)[i])

#endif
