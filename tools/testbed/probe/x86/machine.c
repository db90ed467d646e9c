/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PV guest: frames and time.
 *
 * Xen mapped everything that it built, from virt_base on, with one entry for
 * each page: mapping something else over a page changes that entry.
 */
#include "pv.h"

#define MAPS     16

struct shared_info *shared_info;
grant_entry_v1_t *grants;

extern char virt_base[];

static const struct start_info *start_info;
static uint8_t maps[MAPS][PAGE] __attribute__((aligned(PAGE)));
static unsigned int next_map;

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

/* A frame that the toolstack gave to the guest, which is mapped already. */
static void *mapped_frame(uint64_t mfn)
{
    return virt_base + machine_to_phys_mapping[mfn] * PAGE;
}

struct ring console_ring(void)
{
    return (struct ring){ mapped_frame(start_info->console.domU.mfn),
                          start_info->console.domU.evtchn };
}

struct ring store_ring(void)
{
    return (struct ring){ mapped_frame(start_info->store_mfn),
                          start_info->store_evtchn };
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

static void *map_memory(uint64_t mfn)
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

void machine_init(const void *handed_over)
{
    const struct start_info *si = handed_over;

    start_info = si;
    shared_info = map_memory(si->shared_info / PAGE);
    if ( !shared_info )
        die("no shared page");
    /* Where the toolstack finds the guest's frames, to save it. */
    shared_info->arch.max_pfn = si->nr_pages;
    shared_info->arch.p2m_vaddr = si->mfn_list;
    shared_info->arch.p2m_cr3 =
        xen_pfn_to_cr3(bus_of((void *)si->pt_base) / PAGE);
    grants_init();
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
