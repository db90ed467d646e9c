/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_TIMER_H
#define HOST_XEN_TIMER_H

#include <xen/list.h>
#include <xen/time.h>

/* Due timers run when a test calls host_timers_run(). */
struct timer {
    struct list_head list;
    s_time_t expires;
    bool active;
    void (*function)(void *data);
    void *data;
};

void init_timer(struct timer *t, void (*fn)(void *data), void *data,
                unsigned int cpu);
void set_timer(struct timer *t, s_time_t expires);
void stop_timer(struct timer *t);
void kill_timer(struct timer *t);

#endif
