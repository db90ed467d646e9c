/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_TASKLET_H
#define HOST_XEN_TASKLET_H

#include <xen/list.h>
#include <xen/types.h>

/* Scheduled tasklets run when a test calls host_tasklets_run(). */
struct tasklet {
    struct list_head list;
    bool scheduled;
    bool is_dead;
    void (*func)(void *data);
    void *data;
};

#define DECLARE_TASKLET(name, fn, arg) \
    struct tasklet name = { LIST_HEAD_INIT((name).list), false, false, fn, arg }
#define DECLARE_SOFTIRQ_TASKLET(name, fn, arg) DECLARE_TASKLET(name, fn, arg)

void tasklet_init(struct tasklet *t, void (*func)(void *data), void *data);
#define softirq_tasklet_init(t, func, data) tasklet_init(t, func, data)
void tasklet_schedule(struct tasklet *t);
#define tasklet_schedule_on_cpu(t, cpu) ((void)(cpu), tasklet_schedule(t))
void tasklet_kill(struct tasklet *t);

#endif
