/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks that know their owner.
 *
 * - Taking a lock one holds, or releasing one that another thread holds, is
 *   fatal.
 * - spin_is_locked() and friends mean "held by the caller", which is what an
 *   assertion wants to know.
 * - A lock with a class (lock_class_set(), iommu-arch.h) is checked against
 *   the lock order at each acquisition; trylock is exempt, as it cannot
 *   deadlock.
 * - As in Xen's debug builds a lock is taken either always with interrupts
 *   enabled or always with them disabled.
 */
#ifndef HOST_XEN_SPINLOCK_H
#define HOST_XEN_SPINLOCK_H

#include <pthread.h>
#include <xen/bug.h>
#include <xen/nospec.h>
#include <xen/time.h>
#include <xen/types.h>
#include <asm/atomic.h>
#include <asm/processor.h>
#include <asm/system.h>

/* Zeroed memory is an unlocked lock without a class. */
struct host_lock {
    pthread_mutex_t mutex;
    unsigned long owner;        /* host_thread_id() of the holder, or 0 */
    unsigned int depth;         /* recursion */
    unsigned char class;        /* enum lock_class */
    unsigned char irq_mode;     /* 0 unseen, 1 interrupts on, 2 off */
    const char *name;
};

typedef struct spinlock {
    struct host_lock l;
} spinlock_t;

typedef struct rspinlock {
    struct host_lock l;
} rspinlock_t;

#define HOST_LOCK_INIT_(n) { .l = { .mutex = PTHREAD_MUTEX_INITIALIZER, \
                                    .name = (n) } }
#define SPIN_LOCK_UNLOCKED HOST_LOCK_INIT_("(unnamed)")
#define RSPIN_LOCK_UNLOCKED HOST_LOCK_INIT_("(unnamed)")
#define DEFINE_SPINLOCK(n) spinlock_t n = HOST_LOCK_INIT_(#n)
#define DEFINE_RSPINLOCK(n) rspinlock_t n = HOST_LOCK_INIT_(#n)
#define spin_lock_init(p) (*(p) = (spinlock_t)HOST_LOCK_INIT_(#p))
#define rspin_lock_init(p) (*(p) = (rspinlock_t)HOST_LOCK_INIT_(#p))

void host_lock_acquire(struct host_lock *lock, bool recursive,
                       const char *site);
bool host_lock_try(struct host_lock *lock, bool recursive, const char *site);
void host_lock_release(struct host_lock *lock, const char *site);
bool host_lock_held(const struct host_lock *lock);

/* Interrupt enable flag of the calling thread ("CPU"). */
unsigned long host_irq_save(void);
void host_irq_restore(unsigned long flags);
bool local_irq_is_enabled(void);
#define local_irq_save(f) ((f) = host_irq_save())
#define local_irq_restore(f) host_irq_restore(f)
#define local_irq_disable() ((void)host_irq_save())
#define local_irq_enable() host_irq_restore(1)

static inline struct host_lock *host_spin(const spinlock_t *l)
{
    return (struct host_lock *)&l->l;
}

static inline struct host_lock *host_rspin(const rspinlock_t *l)
{
    return (struct host_lock *)&l->l;
}

#define spin_lock(p)    host_lock_acquire(host_spin(p), false, HOST_SITE)
#define spin_unlock(p)  host_lock_release(host_spin(p), HOST_SITE)
#define spin_trylock(p) host_lock_try(host_spin(p), false, HOST_SITE)
#define spin_is_locked(p) host_lock_held(host_spin(p))
#define spin_lock_irq(p) (local_irq_disable(), spin_lock(p))
#define spin_unlock_irq(p) (spin_unlock(p), local_irq_enable())
#define spin_lock_irqsave(p, f) ({ local_irq_save(f); spin_lock(p); })
#define spin_unlock_irqrestore(p, f) \
    ({ spin_unlock(p); local_irq_restore(f); })
#define spin_trylock_irqsave(p, f) ({ \
    bool taken_; \
    local_irq_save(f); \
    taken_ = spin_trylock(p); \
    if ( !taken_ ) \
        local_irq_restore(f); \
    taken_; })
#define spin_barrier(p) ({ spin_lock(p); spin_unlock(p); })

#define rspin_lock(p)    host_lock_acquire(host_rspin(p), true, HOST_SITE)
#define rspin_unlock(p)  host_lock_release(host_rspin(p), HOST_SITE)
#define rspin_trylock(p) host_lock_try(host_rspin(p), true, HOST_SITE)
#define rspin_is_locked(p) host_lock_held(host_rspin(p))
#define nrspin_lock(p)   host_lock_acquire(host_rspin(p), false, HOST_SITE)
#define nrspin_unlock(p) host_lock_release(host_rspin(p), HOST_SITE)
#define nrspin_trylock(p) host_lock_try(host_rspin(p), false, HOST_SITE)
#define rspin_lock_irqsave(p, f) ({ local_irq_save(f); rspin_lock(p); })
#define rspin_unlock_irqrestore(p, f) \
    ({ rspin_unlock(p); local_irq_restore(f); })

#endif
