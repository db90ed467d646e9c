/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock, waiting, CPU numbers. */
#include <sched.h>

#include <xen/delay.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/time.h>

#include "host.h"
#include "internal.h"

static s_time_t now, step;
static unsigned long waits;
static bool unknown;
/*
 * How often this thread has relaxed since it last did something to hardware:
 * who waits for long is helped on, or a time-out of a second takes a million
 * steps.
 */
#define PATIENT 64
#define MAX_STEP MILLISECS(1)
static __thread unsigned int relaxed;
static void (*wait_fn)(void *arg);
static void *wait_arg;

cpumask_t cpu_online_map;
unsigned int nr_cpu_ids = NR_CPUS;

s_time_t get_s_time(void)
{
    if ( unknown )
        return 0;

    return __atomic_add_fetch(&now, 10, __ATOMIC_RELAXED);
}

void host_time_advance(s_time_t ns)
{
    __atomic_add_fetch(&now, ns, __ATOMIC_RELAXED);
}

void host_time_unknown(bool on)
{
    unknown = on;
}

void host_time_step(s_time_t ns)
{
    step = ns;
}

unsigned long host_waits(void)
{
    return __atomic_load_n(&waits, __ATOMIC_RELAXED);
}

void host_on_wait(void (*fn)(void *arg), void *arg)
{
    __atomic_store_n(&wait_arg, arg, __ATOMIC_RELAXED);
    __atomic_store_n(&wait_fn, fn, __ATOMIC_RELEASE);
}

static void waited(s_time_t ns)
{
    void (*fn)(void *arg) = __atomic_load_n(&wait_fn, __ATOMIC_ACQUIRE);

    host_assert_may_wait("waiting for hardware");
    __atomic_add_fetch(&waits, 1, __ATOMIC_RELAXED);
    host_time_advance(ns);
    if ( fn )
        fn(__atomic_load_n(&wait_arg, __ATOMIC_RELAXED));
    /*
     * Others are let in, if there are any: a system call costs more than the
     * whole rest, and on a machine that is busy it costs a turn of each of
     * those that keep it busy.
     */
    if ( !(++relaxed % 16) && !unknown && !host_alone() )
        sched_yield();
}

void (iommu_lock_relax)(void)
{
    sched_yield();
}

void cpu_relax(void)
{
    s_time_t ns = step;

    if ( relaxed > PATIENT )
        ns = max(ns, min((s_time_t)(ns << min(relaxed - PATIENT, 20u)),
                         MAX_STEP));
    waited(ns);
}

void host_clock_impatient(void)
{
    relaxed = 0;
}

void udelay(unsigned long usecs)
{
    waited(MICROSECS(usecs));
}

unsigned int smp_processor_id(void)
{
    static unsigned int next;
    static __thread unsigned int mine;

    if ( !mine )
        mine = 1 + __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % NR_CPUS;

    return mine - 1;
}

const cpumask_t *cpumask_of(unsigned int cpu)
{
    static cpumask_t mask[NR_CPUS];

    mask[cpu].bits[0] = 1UL << cpu;

    return &mask[cpu];
}

void host_cpus_online(unsigned int nr)
{
    bitmap_zero(cpu_online_map.bits, NR_CPUS);
    bitmap_set(cpu_online_map.bits, 0, nr);
}

void host_clock_reset(void)
{
    __atomic_store_n(&now, SECONDS(1), __ATOMIC_RELAXED);
    step = MICROSECS(1);
    unknown = false;
    __atomic_store_n(&waits, 0, __ATOMIC_RELAXED);
    wait_fn = NULL;
    host_cpus_online(2);
}

static void __attribute__((__constructor__)) init(void)
{
    host_clock_reset();
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
