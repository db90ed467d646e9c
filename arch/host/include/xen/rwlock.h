/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_RWLOCK_H
#define HOST_XEN_RWLOCK_H

#include <xen/spinlock.h>

/* Readers and writers are tracked per thread like spin locks' holders. */
typedef struct rwlock {
    struct host_lock l;         /* class, name; owner when write-locked */
    pthread_rwlock_t rw;
} rwlock_t;

#define RW_LOCK_UNLOCKED { .l = { .name = "(rwlock)" }, \
                           .rw = PTHREAD_RWLOCK_INITIALIZER }
#define DEFINE_RWLOCK(n) rwlock_t n = { .l = { .name = #n }, \
                                        .rw = PTHREAD_RWLOCK_INITIALIZER }
#define rwlock_init(p) (*(p) = (rwlock_t){ .l = { .name = #p }, \
                                           .rw = PTHREAD_RWLOCK_INITIALIZER })

void host_rwlock_acquire(rwlock_t *lock, bool write, const char *site);
void host_rwlock_release(rwlock_t *lock, const char *site);
bool host_rwlock_try(rwlock_t *lock, bool write, const char *site);
bool host_rwlock_held(const rwlock_t *lock, bool write);

#define read_lock(p) host_rwlock_acquire(p, false, HOST_SITE)
#define read_unlock(p) host_rwlock_release(p, HOST_SITE)
#define read_trylock(p) host_rwlock_try(p, false, HOST_SITE)
#define write_lock(p) host_rwlock_acquire(p, true, HOST_SITE)
#define write_unlock(p) host_rwlock_release(p, HOST_SITE)
#define write_trylock(p) host_rwlock_try(p, true, HOST_SITE)
#define rw_is_locked(p) host_rwlock_held(p, false)
#define rw_is_write_locked(p) host_rwlock_held(p, true)
#define rw_is_write_locked_by_me(p) host_rwlock_held(p, true)

#endif
