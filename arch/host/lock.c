/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks that know their owner, and the lock order: xen/spinlock.h. */
#include <sys/single_threaded.h>

#include <xen/lib.h>
#include <xen/rwlock.h>

#include "host.h"
#include "internal.h"

#define MAX_HELD 32

struct held {
    struct host_lock *lock;
    rwlock_t *rw;               /* NULL for spin locks */
    bool write;
    const char *site;
};

static __thread struct held held[MAX_HELD];
static __thread unsigned int nr_held;
static __thread bool irqs_off;
static unsigned int nr_threads;         /* that have taken a lock so far */

static bool check_order = true;

static const char *const class_name[] = {
    [LOCK_UNCLASSED] = "unclassed",
    [LOCK_PCIDEVS] = "pcidevs_lock",
    [LOCK_DOMAIN_PCI] = "d->pci_lock",
    [LOCK_GROUP] = "group->lock",
    [LOCK_OWNER] = "owner->lock",
    [LOCK_TABLE_FLUSH] = "table->flush_lock",
    [LOCK_TABLE] = "table->lock",
    [LOCK_TABLE_PRIVATE] = "private table->lock",
    [LOCK_UNIT] = "unit->lock",
};

unsigned long host_thread_id(void)
{
    return (unsigned long)pthread_self();
}

void host_lock_check(bool on)
{
    __atomic_store_n(&check_order, on, __ATOMIC_RELAXED);
}

void host_lock_class_set(struct host_lock *lock, enum lock_class class,
                         const char *name)
{
    lock->class = class;
    lock->name = name;
}

static const char *name_of(const struct host_lock *lock)
{
    return lock->name ?: "(zeroed lock)";
}

/* Xen: a lock is irq-safe or it is not (check_lock() of common/spinlock.c). */
static void check_irq(struct host_lock *lock, const char *site)
{
    unsigned char mode = irqs_off ? 2 : 1;
    unsigned char seen = __atomic_load_n(&lock->irq_mode, __ATOMIC_RELAXED);

    if ( !seen )
        __atomic_store_n(&lock->irq_mode, mode, __ATOMIC_RELAXED);
    else if ( seen != mode )
        host_fatal("lock irq state",
                   "%s taken at %s with interrupts %s, earlier %s",
                   name_of(lock), site, irqs_off ? "off" : "on",
                   seen == 2 ? "off" : "on");
}

static void check_acquire(const struct host_lock *lock, const char *site)
{
    unsigned int i;

    if ( !lock->class || !__atomic_load_n(&check_order, __ATOMIC_RELAXED) )
        return;

    for ( i = 0; i < nr_held; i++ )
        if ( held[i].lock->class >= lock->class )
            host_fatal("lock order",
                       "%s (%s) taken at %s while %s (%s) is held since %s",
                       name_of(lock), class_name[lock->class], site,
                       name_of(held[i].lock),
                       class_name[held[i].lock->class], held[i].site);
}

static void push(struct host_lock *lock, rwlock_t *rw, bool write,
                 const char *site)
{
    if ( nr_held == MAX_HELD )
        host_fatal("lock", "more than %u locks held at %s", MAX_HELD, site);

    held[nr_held++] = (struct held){ lock, rw, write, site };
}

static struct held *find(const struct host_lock *lock)
{
    unsigned int i;

    for ( i = nr_held; i--; )
        if ( held[i].lock == lock )
            return &held[i];

    return NULL;
}

static void pop(struct held *h)
{
    memmove(h, h + 1, (char *)&held[--nr_held] - (char *)h);
}

bool host_lock_held(const struct host_lock *lock)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == host_thread_id();
}

bool host_alone(void)
{
#ifdef __SANITIZE_THREAD__
    /* The sanitizer has a thread of its own, which takes no lock. */
    return __atomic_load_n(&nr_threads, __ATOMIC_RELAXED) <= 1;
#else
    return __libc_single_threaded;
#endif
}

static void count_thread(void)
{
    static __thread bool counted;

    if ( !counted )
        __atomic_fetch_add(&nr_threads, 1, __ATOMIC_RELAXED);
    counted = true;
}

static void taken(struct host_lock *lock, const char *site)
{
    count_thread();
    __atomic_store_n(&lock->owner, host_thread_id(), __ATOMIC_RELAXED);
    lock->depth = 1;
    push(lock, NULL, false, site);
}

void host_lock_acquire(struct host_lock *lock, bool recursive,
                       const char *site)
{
    if ( host_lock_held(lock) )
    {
        if ( !recursive )
            host_fatal("lock", "%s taken at %s by its holder (since %s)",
                       name_of(lock), site, find(lock)->site);
        lock->depth++;
        return;
    }

    check_irq(lock, site);
    check_acquire(lock, site);
    pthread_mutex_lock(&lock->mutex);
    taken(lock, site);
}

bool host_lock_try(struct host_lock *lock, bool recursive, const char *site)
{
    if ( host_lock_held(lock) )
    {
        if ( recursive )
            lock->depth++;
        return recursive;
    }

    if ( pthread_mutex_trylock(&lock->mutex) )
        return false;
    taken(lock, site);

    return true;
}

void host_lock_release(struct host_lock *lock, const char *site)
{
    if ( !host_lock_held(lock) )
        host_fatal("lock", "%s released at %s by a thread that does not hold it",
                   name_of(lock), site);

    if ( --lock->depth )
        return;

    pop(find(lock));
    __atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock->mutex);
}

void host_rwlock_acquire(rwlock_t *lock, bool write, const char *site)
{
    const struct held *h = find(&lock->l);

    if ( h )
        host_fatal("lock", "%s taken at %s by its holder (since %s)",
                   name_of(&lock->l), site, h->site);

    check_irq(&lock->l, site);
    check_acquire(&lock->l, site);
    if ( write )
        pthread_rwlock_wrlock(&lock->rw);
    else
        pthread_rwlock_rdlock(&lock->rw);
    push(&lock->l, lock, write, site);
}

bool host_rwlock_try(rwlock_t *lock, bool write, const char *site)
{
    if ( find(&lock->l) ||
         (write ? pthread_rwlock_trywrlock(&lock->rw)
                : pthread_rwlock_tryrdlock(&lock->rw)) )
        return false;
    push(&lock->l, lock, write, site);

    return true;
}

void host_rwlock_release(rwlock_t *lock, const char *site)
{
    struct held *h = find(&lock->l);

    if ( !h )
        host_fatal("lock", "%s released at %s by a thread that does not hold it",
                   name_of(&lock->l), site);

    pop(h);
    pthread_rwlock_unlock(&lock->rw);
}

bool host_rwlock_held(const rwlock_t *lock, bool write)
{
    const struct held *h = find(&lock->l);

    return h && (!write || h->write);
}

unsigned long host_irq_save(void)
{
    unsigned long flags = !irqs_off;

    irqs_off = true;

    return flags;
}

void host_irq_restore(unsigned long flags)
{
    irqs_off = !flags;
}

bool local_irq_is_enabled(void)
{
    return !irqs_off;
}

void host_assert_may_wait(const char *what)
{
    unsigned int i;

    if ( !__atomic_load_n(&check_order, __ATOMIC_RELAXED) )
        return;

    for ( i = 0; i < nr_held; i++ )
        if ( held[i].lock->class == LOCK_PCIDEVS ||
             held[i].lock->class == LOCK_OWNER ||
             held[i].lock->class == LOCK_TABLE ||
             held[i].lock->class == LOCK_TABLE_PRIVATE )
            host_fatal("lock", "%s under %s, held since %s", what,
                       class_name[held[i].lock->class], held[i].site);
}

bool host_holds_class(enum lock_class class)
{
    unsigned int i;

    for ( i = 0; i < nr_held; i++ )
        if ( held[i].lock->class == class )
            return true;

    return false;
}

unsigned int host_locks_depth(void)
{
    return nr_held;
}

void host_locks_unwind(unsigned int depth)
{
    while ( nr_held > depth )
    {
        struct held h = held[nr_held - 1];

        if ( h.rw )
            host_rwlock_release(h.rw, "unwinding");
        else
        {
            h.lock->depth = 1;
            host_lock_release(h.lock, "unwinding");
        }
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
