/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two threads on two groups: throughput against one thread, against two
 * processes that share nothing, and against the same work under one global
 * lock, which is what pcidevs_lock is in stock Xen.
 *
 * The layer's own sources, on the mock driver; both groups are behind one unit.
 * What the host build adds in order to find bugs is replaced by --wrap: locks
 * are spin locks without bookkeeping, allocations are malloc()'s, and waiting
 * for hardware takes WAIT_NS of a CPU's time.
 *
 * Two CPUs may be one core's threads, or a busy host's: two processes, each
 * with a machine of its own, show what they give at most.  The kinds of run
 * alternate, so that they see the same host.  A run is short, so that some find
 * both CPUs free; the best of many counts.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xen/iommu.h>

#include "group-fixture.h"

#define WAIT_NS   1000     /* an invalidation and its wait */
#define OPS       40       /* a run: much less than a time slice of the host's */
#define SECONDS_A_ROW 2    /* as many runs as fit */
#define AIM       1.8      /* of the 2 that two whole CPUs give */
#define BUSY      1.25     /* two processes reach less: nothing can be judged */
#define PATIENCE  10e9     /* ns, until a helper counts as dead */

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
};

static DEFINE_RSPINLOCK(global_lock);

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

static void work(const struct worker *w, bool global)
{
    unsigned int i;

    for ( i = 0; i < OPS; i++ )
    {
        if ( global )
            rspin_lock(&global_lock);
        w->op(w);
        if ( global )
            rspin_unlock(&global_lock);
    }
}

/* ---- a second worker, in a thread or in a process of its own ---- */

enum state { ASLEEP, READY, GO, DONE };

struct helper {
    sem_t wake;
    bool global, quit;
    enum state state;
    const struct worker *w;
} __attribute__((aligned(128)));

/* The other side may be waiting for a CPU. */
static void wait_for(struct helper *h, enum state state)
{
    double end = now_ns() + PATIENCE;
    unsigned int rounds = 0;

    while ( __atomic_load_n(&h->state, __ATOMIC_ACQUIRE) != state )
    {
        __builtin_ia32_pause();
        if ( ++rounds % 4096 )
            continue;
        sched_yield();
        if ( now_ns() > end )
            must(-ETIMEDOUT, "the other worker");
    }
}

static void enter(struct helper *h, enum state state)
{
    __atomic_store_n(&h->state, state, __ATOMIC_RELEASE);
}

/* Asleep between runs: what spins takes from the other thread of its core. */
static void *helper_main(void *arg)
{
    struct helper *h = arg;

    for ( ; ; )
    {
        while ( sem_wait(&h->wake) )
            ;
        if ( h->quit )
            return NULL;
        enter(h, READY);
        wait_for(h, GO);
        work(h->w, h->global);
        enter(h, DONE);
    }
}

/* The time of one run, in ns; alone without @h. */
static double one_run(const struct worker *w, struct helper *h, bool global)
{
    double start;

    if ( h )
    {
        h->global = global;
        enter(h, ASLEEP);
        sem_post(&h->wake);
        wait_for(h, READY);
    }
    start = now_ns();
    if ( h )
        enter(h, GO);
    work(w, global);
    if ( h )
        wait_for(h, DONE);

    return now_ns() - start;
}

static void end_helper(struct helper *h)
{
    h->quit = true;
    sem_post(&h->wake);
}

static pid_t start_twin(struct helper *h)
{
    pid_t pid = fork();

    if ( pid )
        return pid;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    helper_main(h);
    _exit(0);
}

static bool measure(const char *name, void (*op)(const struct worker *w),
                    pci_sbdf_t second)
{
    enum { ONE, TWO, APART, LOCKED, KINDS };
    const struct worker w[2] = {
        { .sbdf = SINGLE, .guest = machine.guest, .op = op },
        { .sbdf = second, .guest = machine.guest2, .op = op },
    };
    /* helpers[0] is a thread, helpers[1] a process with copies of all. */
    struct helper *helpers = mmap(NULL, 2 * sizeof(*helpers),
                                  PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct helper *with[KINDS] = { NULL, helpers, helpers + 1, helpers };
    double best[KINDS], rate[KINDS], gives, limit, end;
    bool busy, ok;
    unsigned int i;
    pthread_t thread;
    pid_t twin;

    must(helpers == MAP_FAILED ? -ENOMEM : 0, "mmap");
    for ( i = 0; i < 2; i++ )
    {
        must(sem_init(&helpers[i].wake, 1, 0), "sem_init");
        helpers[i].w = &w[1];
    }
    fflush(stdout);
    twin = start_twin(&helpers[1]);
    must(twin < 0 ? -EAGAIN : 0, "fork");
    must(-pthread_create(&thread, NULL, helper_main, &helpers[0]), "thread");

    for ( i = 0; i < KINDS; i++ )
        best[i] = 1e30;
    end = now_ns() + SECONDS_A_ROW * 1e9;
    do {
        for ( i = 0; i < KINDS; i++ )
            best[i] = min(best[i], one_run(w, with[i], i == LOCKED));
    } while ( now_ns() < end );

    end_helper(&helpers[0]);
    end_helper(&helpers[1]);
    pthread_join(thread, NULL);
    waitpid(twin, NULL, 0);
    munmap(helpers, 2 * sizeof(*helpers));

    for ( i = 0; i < KINDS; i++ )
        rate[i] = (i == ONE ? 1 : 2) * OPS * 1e9 / best[i];
    /* What the machine gives, up to two CPUs, and AIM's part of it. */
    gives = min(2.0, rate[APART] / rate[ONE]);
    limit = gives * AIM / 2;
    busy = gives < BUSY;
    ok = !busy && rate[TWO] / rate[ONE] >= limit;
    printf("%-28s %9.0f %9.0f %9.0f %9.0f %8.2f (>=%.2f) %8.2f%s\n", name,
           rate[ONE], rate[TWO], rate[APART], rate[LOCKED],
           rate[TWO] / rate[ONE], limit, rate[TWO] / rate[LOCKED],
           busy ? "  BUSY: not judged" : ok ? "" : "  MISSED");

    return ok;
}

/* ---- which cache lines the two have in common: lines.py ---- */

static volatile unsigned long mark;

static void name_object(const char *name, const void *at, size_t size)
{
    printf("object %s %#lx %zu\n", name, (unsigned long)at, size);
}

static void name_device(const char *name, pci_sbdf_t sbdf)
{
    struct iommu_dev *dev = pci_get_pdev(NULL, sbdf)->iommu;
    char text[32];

    snprintf(text, sizeof(text), "%s-group", name);
    name_object(text, dev->group, sizeof(*dev->group));
    snprintf(text, sizeof(text), "%s-dev", name);
    name_object(text, dev, sizeof(*dev));
    snprintf(text, sizeof(text), "%s-pdev", name);
    name_object(text, dev->pdev, sizeof(*dev->pdev));
}

/* One after the other, between stores to @mark: memory is traced. */
static void trace(void (*op)(const struct worker *w), pci_sbdf_t second)
{
    const struct worker w[2] = {
        { .sbdf = SINGLE, .guest = machine.guest, .op = op },
        { .sbdf = second, .guest = machine.guest2, .op = op },
    };
    unsigned int i;

    for ( i = 0; i < 4; i++ )
    {
        mark = i;
        op(&w[i & 1]);
    }
    mark = 4;
}

static int lines(pci_sbdf_t second)
{
    name_object("mark", (const void *)&mark, sizeof(mark));
    name_object("unit-a", &mock_a0, sizeof(mock_a0));
    name_object("unit-b", &mock_b0, sizeof(mock_b0));
    name_object("unit-a1", &mock_a1, sizeof(mock_a1));
    name_object("dom_io", dom_io, sizeof(*dom_io));
    name_object("guest", machine.guest, sizeof(*machine.guest));
    name_object("guest2", machine.guest2, sizeof(*machine.guest2));
    pcidevs_lock();
    name_device("one", SINGLE);
    name_device("two", second);
    pcidevs_unlock();
    fflush(stdout);
    trace(attach_detach, second);

    return 0;
}

int main(int argc, char **argv)
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

    printf("%-28s %9s %9s %9s %9s %17s %8s\n", "operations a second", "one",
           "two", "apart", "one lock", "two/one", "gain");
    if ( argc > 1 )
    {
        set_owner(SINGLE, dom_io);
        set_owner(F0, dom_io);
        return lines(strcmp(argv[1], "two") ? F0 : SEG1);
    }

    ok = measure("map, unmap, flush: one unit", map_unmap, F0);
    set_owner(SINGLE, dom_io);
    set_owner(F0, dom_io);
    ok = measure("attach, detach: one unit", attach_detach, F0) && ok;
    ok = measure("attach, detach: two units", attach_detach, SEG1) && ok;

    return !ok;
}
