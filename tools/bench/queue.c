/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many CPUs on one unit's queue, simulated: what a flush costs each of them,
 * and how often it reads a register and holds the unit's lock.
 *
 * The drivers run on their models.  CPUs are coroutines with clocks of their
 * own, and the one that is furthest behind runs; so it is the same each time,
 * on any machine.  What takes time is below; all other instructions take none.
 * A tail register reaches the model when hardware is through with what it adds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <asm/io.h>

#include <iommu-groups/attach.h>

#include "host.h"

#include "queue.h"

/* ns.  An uncached read waits for the unit, a write is posted. */
#define READ_NS     500
#define WRITE_NS     50
#define LOCK_NS      20     /* a lock whose line this CPU had last */
#define LINE_NS      60     /* more where another CPU had it */
#define POLL_NS      20     /* a look at what hardware stores */
#define COMMAND_NS   40     /* hardware fetches one command after the other */
#define DONE_NS    1000     /* until it is carried out, and that is stored */

#define MAX_CPUS    16
#define FLUSHES     64      /* each */
#define STACK      (256 << 10)
#define EVENTS     1024
#define AIM        2.0      /* at 16 CPUs, of one alone */

struct cpu {
    ucontext_t ctx;
    char *stack;
    double now, flushes;
    bool waits, done;           /* for a lock; with its work */
    bool irqs_on;
    struct host_lock *for_lock;
    unsigned long ticket;
    struct s2_table *table;
    struct iommu_dev *dev;
    struct s2_domain *s2;
};

/* A lock's last holder, kept beside it. */
struct holder {
    const struct host_lock *lock;
    const struct cpu *last;
    double since;
};

static struct cpu cpus[MAX_CPUS], *me;
static unsigned int nr_cpus;
static ucontext_t scheduler;
static unsigned long tickets;
static struct holder holders[64];

static const struct queue_machine *machine;
static bool in_order;           /* a batch begins when the last one is done */
static struct event { double at; volatile void *reg; unsigned int size;
                      uint64_t val; } events[EVENTS];
static unsigned int first_event, last_event;
static double hardware_free;
static uint64_t last_tail;

/* The last registers mapped; addresses are not used twice. */
static struct map { const char *va; size_t len; } maps[16];
static unsigned int nr_maps;

static unsigned long reads, holds;
static double held_ns;

static void noreturn die(const char *what)
{
    fprintf(stderr, "queue: %s\n", what);
    exit(2);
}

/* ---- time ---- */

static void switch_out(void)
{
    struct cpu *self = me;

    swapcontext(&self->ctx, &scheduler);
}

static void spend(double ns)
{
    if ( !me )
        return;
    me->now += ns;
    switch_out();
}

void __real_host_mmio_write(volatile void *addr, unsigned int size,
                            uint64_t val, const char *site);
uint64_t __real_host_mmio_read(const volatile void *addr, unsigned int size,
                               const char *site);

/* What hardware has done by @now becomes visible. */
static void hardware(double now)
{
    while ( first_event != last_event && events[first_event].at <= now )
    {
        const struct event *e = &events[first_event];

        first_event = (first_event + 1) % EVENTS;
        __real_host_mmio_write(e->reg, e->size, e->val, "hardware");
    }
}

static struct cpu *furthest_behind(void)
{
    struct cpu *best = NULL;
    unsigned int i;

    for ( i = 0; i < nr_cpus; i++ )
        if ( !cpus[i].done && !cpus[i].waits &&
             (!best || cpus[i].now < best->now) )
            best = &cpus[i];

    return best;
}

static void run_all(void)
{
    struct cpu *cpu;

    while ( (cpu = furthest_behind()) != NULL )
    {
        hardware(cpu->now);
        me = cpu;
        host_irq_restore(cpu->irqs_on);
        swapcontext(&scheduler, &cpu->ctx);
        cpu->irqs_on = host_irq_save();
        host_irq_restore(true);
        me = NULL;
    }
}

/* ---- what takes the place of arch/host's ---- */

void __iomem *__real_ioremap(paddr_t pa, size_t len);
void __iomem *__wrap_ioremap(paddr_t pa, size_t len)
{
    void *va = __real_ioremap(pa, len);

    nr_maps = (nr_maps + 1) % ARRAY_SIZE(maps);
    maps[nr_maps] = (struct map){ va, len };

    return va;
}

static bool is_tail(const volatile void *addr)
{
    const char *a = (const char *)addr;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(maps); i++ )
        if ( a >= maps[i].va && a < maps[i].va + maps[i].len )
            return a - maps[i].va == machine->tail;

    return false;
}

uint64_t __wrap_host_mmio_read(const volatile void *addr, unsigned int size,
                               const char *site)
{
    if ( me )
        reads++;
    spend(READ_NS);

    return __real_host_mmio_read(addr, size, site);
}

/* A tail register: when hardware is through with what it adds. */
static double done_at(double now, uint64_t val)
{
    unsigned int nr = (val / machine->step - last_tail / machine->step) &
                      (RING_ENTRIES - 1);

    last_tail = val;
    hardware_free = max(hardware_free, now) + nr * COMMAND_NS;
    if ( !in_order )
        return hardware_free + DONE_NS;

    return hardware_free += DONE_NS;
}

void __wrap_host_mmio_write(volatile void *addr, unsigned int size,
                            uint64_t val, const char *site)
{
    if ( !is_tail(addr) )
    {
        spend(WRITE_NS);
        __real_host_mmio_write(addr, size, val, site);
        return;
    }

    if ( !me )
    {
        last_tail = val;
        __real_host_mmio_write(addr, size, val, site);
        return;
    }

    spend(WRITE_NS);
    events[last_event] = (struct event){ done_at(me->now, val), addr, size,
                                         val };
    last_event = (last_event + 1) % EVENTS;
    if ( last_event == first_event )
        die("too many commands");
}

static struct holder *holder_of(const struct host_lock *lock)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(holders) && holders[i].lock &&
                 holders[i].lock != lock; i++ )
        ;
    if ( i == ARRAY_SIZE(holders) )
        die("too many locks");
    holders[i].lock = lock;

    return &holders[i];
}

static bool is_unit_lock(const struct host_lock *lock)
{
    return lock->class == LOCK_UNIT;
}

static void taken(struct host_lock *lock)
{
    struct holder *h = holder_of(lock);

    lock->owner = (unsigned long)me | 1;
    if ( !me )
        return;
    me->now += LOCK_NS + (h->last && h->last != me ? LINE_NS : 0);
    h->last = me;
    h->since = me->now;
    holds += is_unit_lock(lock);
    switch_out();
}

bool __wrap_host_lock_held(const struct host_lock *lock)
{
    return lock->owner == ((unsigned long)me | 1);
}

bool __wrap_host_lock_try(struct host_lock *lock, bool recursive,
                          const char *site)
{
    if ( recursive && __wrap_host_lock_held(lock) )
    {
        lock->depth++;
        return true;
    }
    spend(0);
    if ( lock->owner )
        return false;
    taken(lock);

    return true;
}

/* Tickets, as Xen's locks have them: who waits is handed the lock. */
void __wrap_host_lock_acquire(struct host_lock *lock, bool recursive,
                              const char *site)
{
    if ( __wrap_host_lock_try(lock, recursive, site) )
        return;
    if ( !me )
        die("a lock is held");

    me->waits = true;
    me->for_lock = lock;
    me->ticket = ++tickets;
    switch_out();
}

static struct cpu *next_waiter(const struct host_lock *lock)
{
    struct cpu *next = NULL;
    unsigned int i;

    for ( i = 0; i < nr_cpus; i++ )
        if ( cpus[i].waits && cpus[i].for_lock == lock &&
             (!next || cpus[i].ticket < next->ticket) )
            next = &cpus[i];

    return next;
}

void __wrap_host_lock_release(struct host_lock *lock, const char *site)
{
    struct holder *h = holder_of(lock);
    struct cpu *next;

    if ( lock->depth )
    {
        lock->depth--;
        return;
    }
    if ( me && is_unit_lock(lock) )
        held_ns += me->now - h->since;

    lock->owner = 0;
    next = next_waiter(lock);
    if ( !next )
        return;

    next->waits = false;
    next->now = max(next->now, me->now) + LOCK_NS + LINE_NS;
    lock->owner = (unsigned long)next | 1;
    h->last = next;
    h->since = next->now;
    holds += is_unit_lock(lock);
}

void __wrap_cpu_relax(void)
{
    spend(POLL_NS);
}

void (__wrap_iommu_lock_relax)(void)
{
    spend(POLL_NS);
}

s_time_t __wrap_get_s_time(void)
{
    return 1000000 + (me ? me->now : 0);
}

/* ---- the work ---- */

static void flush_often(void)
{
    unsigned int i, changed = 0;

    for ( i = 0; i < FLUSHES; i++ )
    {
        uint64_t dfn = 0x1001 + (me - cpus) * FLUSHES + i;

        double start;

        if ( s2_table_map(me->table, dfn, 0x2000, 1, PT_PROT_R | PT_PROT_W,
                          &changed) ||
             s2_table_unmap(me->table, dfn, 1, &changed) )
            die("map");
        start = me->now;
        if ( s2_table_flush(me->table) )
            die("flush");
        me->flushes += me->now - start;
    }
    me->done = true;
    switch_out();
    die("a CPU that was done went on");
}

static void cpu_up(unsigned int i, struct s2_table *shared)
{
    struct cpu *cpu = &cpus[i];
    unsigned int changed = 0;
    char *stack = cpu->stack ?: malloc(STACK);

    *cpu = (struct cpu){ .stack = stack, .now = i, .irqs_on = true };
    cpu->dev = machine->dev(i);
    cpu->table = shared ?: machine->table(cpu->dev);
    cpu->s2 = machine->domain(cpu->dev, cpu->table);
    /* The leaf table stays: what is flushed is a page. */
    if ( iommu_dev_move(cpu->dev, cpu->s2) ||
         s2_table_map(cpu->table, 0x1000, 0x2000, 1, PT_PROT_R, &changed) ||
         s2_table_flush(cpu->table) )
        die("attach");

    getcontext(&cpu->ctx);
    cpu->ctx.uc_stack.ss_sp = stack;
    cpu->ctx.uc_stack.ss_size = STACK;
    makecontext(&cpu->ctx, flush_often, 0);
}

static void cpu_down(unsigned int i, bool shared)
{
    struct cpu *cpu = &cpus[i];

    iommu_dev_move(cpu->dev, NULL);
    s2_domain_free(cpu->s2);
    if ( !shared || !i )
        machine->table_free(cpu->table);
    machine->dev_del(cpu->dev);
}

/* The mean time of one flush with @nr CPUs. */
static double simulate(unsigned int nr, bool shared)
{
    double sum = 0;
    unsigned int i;

    machine->up();
    nr_cpus = 0;
    for ( i = 0; i < nr; i++ )
        cpu_up(i, shared && i ? cpus[0].table : NULL);
    nr_cpus = nr;
    memset(holders, 0, sizeof(holders));
    hardware_free = held_ns = 0;
    reads = holds = 0;

    run_all();
    hardware(1e18);
    for ( i = 0; i < nr; i++ )
    {
        if ( !cpus[i].done )
            die("a CPU waits for ever");
        sum += cpus[i].flushes;
    }
    nr_cpus = 0;
    for ( i = nr; i--; )
        cpu_down(i, shared);
    machine->down();

    return sum / nr / FLUSHES;
}

static bool row(bool shared, bool judged)
{
    static const unsigned int nrs[] = { 1, 2, 4, 8, 16 };
    double ns[ARRAY_SIZE(nrs)];
    unsigned int i;
    bool ok;

    printf("%-7s %-6s %-9s", machine->name, shared ? "one" : "own",
           in_order ? "in order" : "overlaps");
    for ( i = 0; i < ARRAY_SIZE(nrs); i++ )
    {
        ns[i] = simulate(nrs[i], shared);
        printf(" %6.0f", ns[i]);
    }
    i--;
    ok = ns[i] <= AIM * ns[0];
    printf(" %7.2f %s %7.2f %7.2f %8.0f%s\n", ns[i] / ns[0],
           judged ? "(<=2)" : "     ",
           (double)reads / nrs[i] / FLUSHES, (double)holds / nrs[i] / FLUSHES,
           held_ns / nrs[i] / FLUSHES, judged && !ok ? "  MISSED" : "");

    return ok || !judged;
}

int main(void)
{
    unsigned int i, kind;
    bool ok = true;

    printf("%-7s %-6s %-9s %34s %13s %23s\n", "", "", "", "ns a flush, CPUs:",
           "", "16 CPUs, a flush:");
    printf("%-7s %-6s %-9s %6s %6s %6s %6s %6s %13s %7s %7s %8s\n", "unit",
           "tables", "batches", "1", "2", "4", "8", "16", "16/1", "reads",
           "holds", "held, ns");
    for ( i = 0; i < nr_queue_machines; i++ )
        for ( kind = 0; kind < 4; kind++ )
        {
            machine = &queue_machines[i];
            in_order = kind & 2;
            /* One batch after the other takes its time, whoever queues them. */
            ok = row(kind & 1, !in_order || (kind & 1)) && ok;
        }

    return !ok;
}
