/* SPDX-License-Identifier: GPL-2.0-only */
/* Work for later: tasklets, timers, RCU callbacks. Tests say when. */
#include <xen/lib.h>
#include <xen/rcupdate.h>
#include <xen/softirq.h>
#include <xen/tasklet.h>
#include <xen/timer.h>

#include "host.h"
#include "internal.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(tasklets);
static LIST_HEAD(timers);
static struct rcu_head *callbacks;
static unsigned int preempt_every, preempt_asked;

void tasklet_init(struct tasklet *t, void (*func)(void *data), void *data)
{
    *t = (struct tasklet){ .func = func, .data = data };
    INIT_LIST_HEAD(&t->list);
}

void tasklet_schedule(struct tasklet *t)
{
    pthread_mutex_lock(&mutex);
    if ( !t->scheduled && !t->is_dead )
    {
        t->scheduled = true;
        list_add_tail(&t->list, &tasklets);
    }
    pthread_mutex_unlock(&mutex);
}

void tasklet_kill(struct tasklet *t)
{
    pthread_mutex_lock(&mutex);
    if ( t->scheduled )
        list_del_init(&t->list);
    t->scheduled = false;
    t->is_dead = true;
    pthread_mutex_unlock(&mutex);
}

unsigned int host_tasklets_run(void)
{
    unsigned int n;

    for ( n = 0; ; n++ )
    {
        struct tasklet *t;

        pthread_mutex_lock(&mutex);
        t = list_first_entry_or_null(&tasklets, struct tasklet, list);
        if ( t )
        {
            list_del_init(&t->list);
            t->scheduled = false;
        }
        pthread_mutex_unlock(&mutex);
        if ( !t )
            return n;
        t->func(t->data);
    }
}

void init_timer(struct timer *t, void (*fn)(void *data), void *data,
                unsigned int cpu)
{
    *t = (struct timer){ .function = fn, .data = data };
    INIT_LIST_HEAD(&t->list);
}

void set_timer(struct timer *t, s_time_t expires)
{
    ASSERT(t->function);        /* init_timer() was called */
    pthread_mutex_lock(&mutex);
    if ( !t->active )
        list_add_tail(&t->list, &timers);
    t->active = true;
    t->expires = expires;
    pthread_mutex_unlock(&mutex);
}

void stop_timer(struct timer *t)
{
    pthread_mutex_lock(&mutex);
    if ( t->active )
        list_del_init(&t->list);
    t->active = false;
    pthread_mutex_unlock(&mutex);
}

void kill_timer(struct timer *t)
{
    stop_timer(t);
}

unsigned int host_timers_run(void)
{
    unsigned int n = 0;
    struct timer *t;

    do {
        s_time_t now = NOW();
        bool due = false;

        pthread_mutex_lock(&mutex);
        list_for_each_entry ( t, &timers, list )
            if ( t->expires <= now )
            {
                list_del_init(&t->list);
                t->active = false;
                due = true;
                break;
            }
        pthread_mutex_unlock(&mutex);
        if ( !due )
            return n;
        n++;
        t->function(t->data);
    } while ( true );
}

void host_timers_forget(void)
{
    pthread_mutex_lock(&mutex);
    INIT_LIST_HEAD(&timers);
    pthread_mutex_unlock(&mutex);
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
    pthread_mutex_lock(&mutex);
    head->func = func;
    head->next = callbacks;
    callbacks = head;
    pthread_mutex_unlock(&mutex);
}

void host_rcu_run(void)
{
    struct rcu_head *head, *next;

    pthread_mutex_lock(&mutex);
    head = callbacks;
    callbacks = NULL;
    pthread_mutex_unlock(&mutex);

    for ( ; head; head = next )
    {
        next = head->next;
        head->func(head);
    }
}

void host_preempt_every(unsigned int n)
{
    preempt_every = n;
    preempt_asked = 0;
}

bool host_preempt_check(void)
{
    return preempt_every && !(++preempt_asked % preempt_every);
}

void process_pending_softirqs(void)
{
    ASSERT(!in_irq() && local_irq_is_enabled() && !host_locks_depth());
}

void host_defer_reset(void)
{
    host_preempt_every(0);
    pthread_mutex_lock(&mutex);
    INIT_LIST_HEAD(&tasklets);
    INIT_LIST_HEAD(&timers);
    callbacks = NULL;
    pthread_mutex_unlock(&mutex);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
