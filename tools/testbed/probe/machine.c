/* SPDX-License-Identifier: GPL-2.0-only */
/* Events, grants and the end: what is the same for all guests of Xen. */
#include "probe.h"

#include <hypercall.h>
#include <sched.h>

#define SHARED   4
#define PORTS    8
/* The first ones belong to the toolstack (console, xenstore). */
#define FIRST_REF 8

static uint8_t shared[SHARED][PAGE] __attribute__((aligned(PAGE)));
static evtchn_port_t ports[PORTS];
static unsigned int nr_ports;

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
        barrier();
        *(volatile uint16_t *)&grant->flags = GTF_permit_access;
        *ref = FIRST_REF + i;
        return shared[i];
    }
    die("dom0 keeps every page that it was given");
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

    barrier();
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

void suspend(const void *handed_over)
{
    struct sched_shutdown how = { .reason = SHUTDOWN_suspend };

    hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&how,
              bus_of(handed_over) / PAGE, 0);
}
