/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest on Arm: what Xen shares, where the probe puts it, and time. */
#include "guest.h"

#include <hypercall.h>
#include <hvm/hvm_op.h>
#include <hvm/params.h>
#include <memory.h>
#include <vcpu.h>

/* Addresses where a guest has no memory, and Xen nothing else. */
#define GRANTS      GUEST_GNTTAB_BASE
#define SHARED_INFO (GUEST_GNTTAB_BASE + GUEST_GNTTAB_SIZE / 2)

struct shared_info *shared_info;
grant_entry_v1_t *grants;

static volatile struct vcpu_runstate_info runstate __attribute__((aligned(64)));

uint64_t bus_of(const volatile void *va)
{
    return (uintptr_t)va;
}

void *map_registers(uint64_t address)
{
    return (void *)address;
}

static void *share(unsigned int space, uint64_t address)
{
    struct xen_add_to_physmap add = {
        .domid = DOMID_SELF, .space = space, .gpfn = address / PAGE,
    };

    if ( hypercall2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &add) )
        die("Xen does not share what it shares with others");
    return (void *)address;
}

static uint64_t parameter(uint32_t index)
{
    struct xen_hvm_param param = { .domid = DOMID_SELF, .index = index };

    if ( hypercall2(__HYPERVISOR_hvm_op, HVMOP_get_param, &param) )
        die("Xen does not say where the toolstack's pages are");
    return param.value;
}

struct ring console_ring(void)
{
    return (struct ring){ (void *)(parameter(HVM_PARAM_CONSOLE_PFN) * PAGE),
                          parameter(HVM_PARAM_CONSOLE_EVTCHN) };
}

struct ring store_ring(void)
{
    return (struct ring){ (void *)(parameter(HVM_PARAM_STORE_PFN) * PAGE),
                          parameter(HVM_PARAM_STORE_EVTCHN) };
}

void machine_init(const void *handed_over)
{
    struct vcpu_register_runstate_memory_area area = {
        .addr.p = (uintptr_t)&runstate,
    };

    (void)handed_over;
    shared_info = share(XENMAPSPACE_shared_info, SHARED_INFO);
    grants = share(XENMAPSPACE_grant_table, GRANTS);
    if ( hypercall(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area,
                   0, (uintptr_t)&area, 0) )
        die("Xen does not say since when it runs");
}

static uint64_t counter(void)
{
    uint64_t count, hz;

    asm volatile ( "isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0"
                   : "=r" (count), "=r" (hz) :: "memory" );
    return count / hz * SECOND + count % hz * SECOND / hz;
}

/*
 * Time-outs are in Xen's time, which no counter of a guest has. Its own is
 * ahead by at most what it shows beyond the moment at which Xen last let the
 * CPU run.
 */
uint64_t now(void)
{
    static int64_t ahead = INT64_MAX;
    int64_t ns = counter(), most = ns - (int64_t)runstate.state_entry_time;

    if ( most < ahead )
        ahead = most;
    return ns - ahead;
}

void __attribute__((noreturn)) unexpected(void);
void unexpected(void)
{
    die("an exception");
}
