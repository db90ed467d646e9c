/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_PAGING_H
#define HOST_XEN_PAGING_H

#include <xen/sched.h>

#define paging_mode_log_dirty(d) ((d)->arch.log_dirty)
#define paging_mode_enabled(d)   paging_mode_log_dirty(d)

#endif
