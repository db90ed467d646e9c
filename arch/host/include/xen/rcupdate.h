/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_RCUPDATE_H
#define HOST_XEN_RCUPDATE_H

#include <xen/spinlock.h>
#include <xen/percpu.h>

struct rcu_head {
    struct rcu_head *next;
    void (*func)(struct rcu_head *head);
};

typedef struct { } rcu_read_lock_t;
#define DEFINE_RCU_READ_LOCK(x) rcu_read_lock_t x
#define rcu_read_lock(l) ((void)(l))
#define rcu_read_unlock(l) ((void)(l))
#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)

/* Callbacks wait for host_rcu_run(): a test chooses the grace period. */
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void host_rcu_run(void);

#endif
