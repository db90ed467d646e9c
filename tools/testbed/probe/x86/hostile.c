/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that a PV guest must not write any more, because Xen took them into
 * use or because they are not the guest's, while its device is about to write
 * to them: between the order and the transfer the device waits 100 ms, in which
 * the frame changes (on a busy host the CPU may come too late: then it is tried
 * again). Each is written once more when it is the guest's again, so
 * that a device that moves nothing is not taken for a frame that is protected.
 */
#include "pv.h"

#include <memory.h>

#define WORDS  (PAGE / 4)
#define WORD   0xbad0da7au
#define TRIES  10

static volatile struct {
    uint32_t word[WORDS];
} __attribute__((aligned(PAGE))) victim, source;

static uint64_t victim_mfn(void)
{
    return bus_of(&victim) / PAGE;
}

/* The device holds WORD, and the frame nothing. */
static bool prepare(struct edu *edu)
{
    source.word[0] = WORD;
    memset((void *)&victim, 0, sizeof(victim));
    edu_start(edu, bus_of(&source), 4, false);
    return edu_wait(edu);
}

static int too_late(void)
{
    say("the device was always faster\n");
    return NO_TEST;
}

static void aim(struct edu *edu)
{
    edu_start(edu, bus_of(&victim), 4, true);
}

/* The frame is the guest's again, and as it was; what it is now worth. */
static int verdict(struct edu *edu, const char *what, bool untouched)
{
    aim(edu);
    if ( !edu_wait(edu) || victim.word[0] != WORD )
    {
        say("the device does not reach the frame when it may\n");
        return NO_TEST;
    }
    say("frame %#lx was %s: %s\n", victim_mfn(), what,
        untouched ? "not written" : "WRITTEN by the device");
    return untouched ? DONE : NOT_MOVED;
}

static int pin(unsigned int cmd)
{
    struct mmuext_op op = { .cmd = cmd, .arg1.mfn = victim_mfn() };

    return hypercall(__HYPERVISOR_mmuext_op, (unsigned long)&op, 1, 0,
                     DOMID_SELF);
}

static int descriptors(unsigned int entries)
{
    xen_pfn_t frame = victim_mfn();

    return hypercall(__HYPERVISOR_set_gdt, (unsigned long)&frame, entries, 0,
                     0);
}

static int as_page_table(bool on)
{
    return pin(on ? MMUEXT_PIN_L1_TABLE : MMUEXT_UNPIN_TABLE);
}

static int as_descriptors(bool on)
{
    return descriptors(on ? WORDS / 2 : 0);
}

/* Xen takes the frame, which the guest may only read then. */
static int typed(struct edu *edu, const char *what, int (*take)(bool on))
{
    bool untouched, in_time;
    unsigned int i;
    int rc;

    for ( i = 0; i < TRIES; i++ )
    {
        if ( !prepare(edu) )
            return NO_TEST;
        if ( map_at((void *)&victim, victim_mfn(), PTE_READ_ONLY) )
            die("a page of its own cannot be read-only");
        aim(edu);
        rc = take(true);
        in_time = edu_busy(edu);
        if ( !edu_wait(edu) )
            return NO_TEST;
        untouched = !victim.word[0];
        if ( rc || take(false) ||
             map_at((void *)&victim, victim_mfn(), PTE_MEMORY) )
        {
            say("Xen does not take the frame as %s (%d)\n", what, rc);
            return NO_TEST;
        }
        if ( in_time )
            return verdict(edu, what, untouched);
    }
    return too_late();
}

static long reservation(unsigned int cmd, xen_pfn_t *extent)
{
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, extent);
    return hypercall2(__HYPERVISOR_memory_op, cmd, &r);
}

/* The frame goes to Xen, and another one comes: was it gone IN TIME? */
static bool give(struct edu *edu, bool *in_time)
{
    xen_pfn_t extent = victim_mfn();
    bool gone;

    aim(edu);
    map_at((void *)&victim, 0, 0);
    gone = reservation(XENMEM_decrease_reservation, &extent) == 1;
    *in_time = edu_busy(edu);
    if ( !edu_wait(edu) )
        return false;
    extent = pfn_of(&victim);
    if ( !gone || reservation(XENMEM_populate_physmap, &extent) != 1 )
    {
        say("Xen does not take the frame, or gives none\n");
        return false;
    }
    moved(&victim, extent);
    if ( map_at((void *)&victim, extent, PTE_MEMORY) )
        die("a frame that Xen gave cannot be mapped");
    memset((void *)&victim, 0, sizeof(victim));
    return true;
}

/* What the device writes to the frame that is gone is in Xen's log. */
static int given_back(struct edu *edu)
{
    unsigned int i;

    for ( i = 0; i < TRIES; i++ )
    {
        uint64_t old = victim_mfn();
        bool in_time;

        if ( !prepare(edu) || !give(edu, &in_time) )
            return NO_TEST;
        if ( !in_time )
            continue;
        say("GAVE %#lx\n", old * PAGE);
        return verdict(edu, "given anew", true);
    }
    return too_late();
}

int hostile(struct edu *edu, const char *words)
{
    if ( !strcmp(words, "page-table") )
        return typed(edu, "a page table", as_page_table);
    if ( !strcmp(words, "descriptors") )
        return typed(edu, "a descriptor table", as_descriptors);
    if ( !strcmp(words, "give-back") )
        return given_back(edu);
    say("hostile: what is '%s'?\n", words);
    return NO_TEST;
}
