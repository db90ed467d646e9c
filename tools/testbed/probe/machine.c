/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen's PV interface: frames, time, events, grants.
 *
 * Xen mapped everything that it built, from virt_base on, with one entry for
 * each page: mapping something else over a page changes that entry.
 */
#include "hypercall.h"

#include <grant_table.h>
#include <sched.h>

#define MAPS     16
#define SHARED   4
#define PORTS    8
/* The first ones belong to the toolstack (console, xenstore). */
#define FIRST_REF 8

const struct start_info *start_info;

static uint8_t maps[MAPS][PAGE] __attribute__((aligned(PAGE)));
static uint8_t shared[SHARED][PAGE] __attribute__((aligned(PAGE)));
static unsigned int next_map;
static struct shared_info *shared_info;
static grant_entry_v1_t *grants;
static evtchn_port_t ports[PORTS];
static unsigned int nr_ports;

uint64_t pfn_of(const volatile void *va)
{
    return ((uintptr_t)va - (uintptr_t)virt_base) / PAGE;
}

uint64_t bus_of(const volatile void *va)
{
    const xen_pfn_t *p2m = (const void *)start_info->mfn_list;

    return p2m[pfn_of(va)] * PAGE + (uintptr_t)va % PAGE;
}

void moved(const volatile void *va, uint64_t mfn)
{
    ((xen_pfn_t *)start_info->mfn_list)[pfn_of(va)] = mfn;
}

void *mapped_frame(uint64_t mfn)
{
    return virt_base + machine_to_phys_mapping[mfn] * PAGE;
}

int map_at(void *va, uint64_t mfn, uint64_t flags)
{
    return hypercall(__HYPERVISOR_update_va_mapping, (unsigned long)va,
                     flags ? mfn * PAGE | flags : 0, UVMF_INVLPG, 0);
}

static void *map_next(uint64_t mfn, uint64_t flags)
{
    void *va = maps[next_map];

    if ( next_map == MAPS )
        die("too many mappings");
    if ( map_at(va, mfn, flags) )
        return NULL;
    next_map++;
    return va;
}

/* A BAR that was mapped once stays mapped: the same device comes back. */
void *map_registers(uint64_t address)
{
    static struct {
        uint64_t address;
        void *va;
    } known[MAPS];
    unsigned int i;

    for ( i = 0; i < MAPS && known[i].va; i++ )
        if ( known[i].address == address )
            /* The right to it may have been taken and given again. */
            return map_at(known[i].va, address / PAGE, PTE_REGISTERS) ?
                   NULL : known[i].va;
    if ( i == MAPS )
        die("too many devices");
    known[i].va = map_next(address / PAGE, PTE_REGISTERS);
    if ( known[i].va )
        known[i].address = address;
    return known[i].va;
}

void *map_memory(uint64_t mfn)
{
    return map_next(mfn, PTE_MEMORY);
}

static void grants_init(void)
{
    xen_pfn_t frame = 0;
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };

    set_xen_guest_handle(setup.frame_list, &frame);
    if ( hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table,
                   (unsigned long)&setup, 1, 0) || setup.status )
        die("no grant table");
    grants = map_memory(frame);
}

void machine_init(const struct start_info *si)
{
    start_info = si;
    shared_info = map_memory(si->shared_info / PAGE);
    if ( !shared_info )
        die("no shared page");
    grants_init();
}

/* An entry that is still in use cannot be taken back: it is left to dom0. */
void unshare_page(uint32_t ref)
{
    uint16_t unused = GTF_permit_access;

    __atomic_compare_exchange_n(&grants[ref].flags, &unused, 0, false,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

void *share_page(uint32_t *ref)
{
    unsigned int i;

    for ( i = 0; i < SHARED; i++ )
    {
        grant_entry_v1_t *grant = &grants[FIRST_REF + i];

        /* One that dom0 has let go of since. */
        unshare_page(FIRST_REF + i);
        if ( *(volatile uint16_t *)&grant->flags )
            continue;
        memset(shared[i], 0, PAGE);
        grant->domid = 0;
        grant->frame = bus_of(shared[i]) / PAGE;
        asm volatile ( "" ::: "memory" );
        *(volatile uint16_t *)&grant->flags = GTF_permit_access;
        *ref = FIRST_REF + i;
        return shared[i];
    }
    die("dom0 keeps every page that it was given");
}

/* public/xen.h, struct vcpu_time_info */
uint64_t now(void)
{
    const volatile struct vcpu_time_info *t = &shared_info->vcpu_info[0].time;
    uint32_t version, low, high;
    uint64_t delta, ns;

    do {
        version = t->version;
        asm volatile ( "lfence; rdtsc" : "=a" (low), "=d" (high) :: "memory" );
        delta = ((uint64_t)high << 32 | low) - t->tsc_timestamp;
        delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift :
                                   delta << t->tsc_shift;
        ns = t->system_time +
             (uint64_t)((unsigned __int128)delta * t->tsc_to_system_mul >> 32);
        asm volatile ( "lfence" ::: "memory" );
    } while ( (version & 1) || version != t->version );
    return ns;
}

void listen(evtchn_port_t port)
{
    if ( nr_ports == PORTS )
        die("too many events");
    ports[nr_ports++] = port;
}

void unlisten(evtchn_port_t port)
{
    unsigned int i;

    for ( i = 0; i < nr_ports; i++ )
        if ( ports[i] == port )
            ports[i] = ports[--nr_ports];
}

bool had_event(evtchn_port_t port)
{
    unsigned long bit = 1ul << (port % 64);

    return __atomic_fetch_and(&shared_info->evtchn_pending[port / 64], ~bit,
                              __ATOMIC_SEQ_CST) & bit;
}

void notify(evtchn_port_t port)
{
    struct evtchn_send send = { .port = port };

    hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

void sleep_until(uint64_t when)
{
    struct sched_poll poll = { .nr_ports = nr_ports, .timeout = when };

    set_xen_guest_handle(poll.ports, ports);
    hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll);
}

void shutdown(unsigned int reason)
{
    struct sched_shutdown how = { .reason = reason };

    for ( ; ; )
        hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &how);
}
