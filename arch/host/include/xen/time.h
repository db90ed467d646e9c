/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A clock of its own: it moves when it is read, in cpu_relax() and in
 * udelay(), so that every bounded wait ends at once in real time.
 */
#ifndef HOST_XEN_TIME_H
#define HOST_XEN_TIME_H

#include <inttypes.h>
#include <xen/types.h>

typedef int64_t s_time_t;
#define PRI_stime PRId64

s_time_t get_s_time(void);
#define NOW() get_s_time()
#define SECONDS(s)    ((s_time_t)((s) * 1000000000ULL))
#define MILLISECS(ms) ((s_time_t)((ms) * 1000000ULL))
#define MICROSECS(us) ((s_time_t)((us) * 1000ULL))
#define STIME_MAX     ((s_time_t)INT64_MAX)

#endif
