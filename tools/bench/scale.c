/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two threads on two groups: throughput against one thread, and against the
 * same work under one global lock, which is what pcidevs_lock is in stock Xen.
 *
 * The layer's own sources, on the mock driver; both groups are behind one unit.
 * What the host build adds in order to find bugs is replaced by --wrap: locks
 * are spin locks without bookkeeping, allocations are malloc()'s, and waiting
 * for hardware takes WAIT_NS of a CPU's time.
 *
 * A run is short, so that on a busy machine some find both CPUs free; the best
 * of many counts.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include <xen/iommu.h>

#include "group-fixture.h"

#define WAIT_NS   1000     /* an invalidation and its wait */
#define OPS       40       /* a run: much less than a time slice of the host's */
#define SECONDS_A_ROW 0.5  /* as many runs as fit */
#define AIM       1.8

static double now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* ---- what takes the place of arch/host's ---- */

static __thread char me;

bool __wrap_host_lock_held(const struct host_lock *lock)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) ==
           (unsigned long)&me;
}

bool __wrap_host_lock_try(struct host_lock *lock, bool recursive,
                          const char *site)
{
    unsigned long expected = 0;

    if ( recursive && __wrap_host_lock_held(lock) )
        lock->depth++;
    else if ( __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) ||
              !__atomic_compare_exchange_n(&lock->owner, &expected,
                                           (unsigned long)&me, false,
                                           __ATOMIC_ACQUIRE,
                                           __ATOMIC_RELAXED) )
        return false;

    return true;
}

void __wrap_host_lock_acquire(struct host_lock *lock, bool recursive,
                              const char *site)
{
    while ( !__wrap_host_lock_try(lock, recursive, site) )
        __builtin_ia32_pause();
}

void __wrap_host_lock_release(struct host_lock *lock, const char *site)
{
    if ( lock->depth )
        lock->depth--;
    else
        __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

void *__wrap_host_xmalloc(size_t size, size_t align, size_t num, bool zero,
                          const char *site)
{
    return zero ? calloc(num, size) : malloc(num * size);
}

void __wrap_xfree(void *p)
{
    free(p);
}

void __wrap_cpu_relax(void)
{
    double end = now_ns() + WAIT_NS;

    while ( now_ns() < end )
        __builtin_ia32_pause();
}

/* ---- the work ---- */

struct worker {
    pci_sbdf_t sbdf;
    struct domain *guest;
    void (*op)(const struct worker *w);
    bool global;
    pthread_t thread;
};

static DEFINE_RSPINLOCK(global_lock);
static unsigned int nr_workers, nr_ready, nr_done;
static bool quit;
static unsigned int turn;

static void must(int rc, const char *what)
{
    if ( !rc )
        return;

    fprintf(stderr, "scale: %s: %d\n", what, rc);
    exit(2);
}

static void set_owner(pci_sbdf_t sbdf, struct domain *d)
{
    struct iommu_group *group;
    struct iommu_dev *dev;

    pcidevs_lock();
    dev = pci_get_pdev(NULL, sbdf)->iommu;
    group = iommu_group_get(dev);
    pcidevs_unlock();
    must(iommu_group_set_owner(group, dev, d), "set owner");
    iommu_group_put(group);
}

static void attach_detach(const struct worker *w)
{
    set_owner(w->sbdf, w->guest);
    set_owner(w->sbdf, dom_io);
}

static void map_unmap(const struct worker *w)
{
    must(iommu_legacy_map(w->guest, _dfn(0x1001), _mfn(0x2000), 64,
                          IOMMUF_readable | IOMMUF_writable), "map");
    must(iommu_legacy_unmap(w->guest, _dfn(0x1001), 64), "unmap");
}

/* Shares nothing: what the machine gives at best, at this moment. */
static void compute(const struct worker *w)
{
    volatile uint64_t x[8] = {};
    unsigned int i;

    for ( i = 0; i < 1000; i++ )
        x[i % 8] += i * x[(i + 3) % 8];
}

static void work(const struct worker *w)
{
    unsigned int i;

    for ( i = 0; i < OPS; i++ )
    {
        if ( w->global )
            rspin_lock(&global_lock);
        w->op(w);
        if ( w->global )
            rspin_unlock(&global_lock);
    }
}

/* The other thread may be waiting for a CPU. */
static void be_patient(unsigned int *rounds)
{
    __builtin_ia32_pause();
    if ( !(++*rounds % 4096) )
        sched_yield();
}

/* Every worker starts a turn at the same time. */
static void *worker_main(void *arg)
{
    const struct worker *w = arg;
    unsigned int seen = 0, rounds = 0;

    for ( ; ; )
    {
        __atomic_add_fetch(&nr_ready, 1, __ATOMIC_SEQ_CST);
        while ( __atomic_load_n(&turn, __ATOMIC_ACQUIRE) == seen )
            be_patient(&rounds);
        seen++;
        if ( quit )
            return NULL;
        work(w);
        __atomic_add_fetch(&nr_done, 1, __ATOMIC_SEQ_CST);
    }
}

/* The first worker is the main thread's. */
static double one_run(const struct worker *w)
{
    unsigned int rounds = 0;
    double t;

    while ( __atomic_load_n(&nr_ready, __ATOMIC_SEQ_CST) < nr_workers - 1 )
        be_patient(&rounds);
    nr_ready = nr_done = 0;
    t = now_ns();
    __atomic_add_fetch(&turn, 1, __ATOMIC_RELEASE);
    work(w);
    while ( __atomic_load_n(&nr_done, __ATOMIC_SEQ_CST) < nr_workers - 1 )
        be_patient(&rounds);

    return now_ns() - t;
}

/* Operations a second. */
static double throughput(struct worker *w, unsigned int nr)
{
    double best = 1e30, t, end = now_ns() + SECONDS_A_ROW * 1e9;
    unsigned int i;

    nr_workers = nr;
    turn = nr_ready = 0;
    quit = false;
    for ( i = 1; i < nr; i++ )
        pthread_create(&w[i].thread, NULL, worker_main, &w[i]);
    do {
        t = one_run(&w[0]);
        best = t < best ? t : best;
    } while ( now_ns() < end );
    quit = true;
    __atomic_add_fetch(&turn, 1, __ATOMIC_RELEASE);
    for ( i = 1; i < nr; i++ )
        pthread_join(w[i].thread, NULL);

    return nr * OPS * 1e9 / best;
}

static bool measure(const char *name, void (*op)(const struct worker *w),
                    pci_sbdf_t second, double aim)
{
    struct worker w[2] = {
        { .sbdf = SINGLE, .guest = machine.guest, .op = op },
        { .sbdf = second, .guest = machine.guest2, .op = op },
    };
    double one, two, global;

    one = throughput(w, 1);
    two = throughput(w, 2);
    w[0].global = w[1].global = true;
    global = throughput(w, 2);
    printf("%-28s %9.0f %9.0f %9.0f %8.2f (>=%.1f) %8.2f%s\n", name, one, two,
           global, two / one, aim, two / global,
           two / one < aim ? "  MISSED" : "");

    return two / one >= aim;
}

int main(void)
{
    bool ok;

    machine_up(NULL);
    /* Equal groups, of one device each. */
    unplug(F2);
    unplug(F1);
    set_owner(SINGLE, machine.guest);
    set_owner(F0, machine.guest2);
    /* A guest has memory: its table does not come and go. */
    must(iommu_legacy_map(machine.guest, _dfn(0x1000), _mfn(1), 1,
                          IOMMUF_readable), "map");
    must(iommu_legacy_map(machine.guest2, _dfn(0x1000), _mfn(2), 1,
                          IOMMUF_readable), "map");

    printf("%-28s %9s %9s %9s %15s %8s\n", "operations a second", "one",
           "two", "one lock", "two/one", "gain");
    measure("nothing shared", compute, F0, 0);
    ok = measure("map, unmap, flush: one unit", map_unmap, F0, AIM);
    set_owner(SINGLE, dom_io);
    set_owner(F0, dom_io);
    ok = measure("attach, detach: one unit", attach_detach, F0, AIM) && ok;
    ok = measure("attach, detach: two units", attach_detach, SEG1, AIM) && ok;

    return !ok;
}
