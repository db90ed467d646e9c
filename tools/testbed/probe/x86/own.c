/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Orders of a PV guest: `interrupts N', message interrupts of which each is to
 * be seen once, and `hostile WORD'.
 */
#include "pv.h"

#include <physdev.h>

#define EDU_IRQ     0x60
#define EDU_ACK     0x64

/* Each of n interrupts is seen, and none that was not asked for. */
static int interrupts(struct edu *edu, uint64_t n)
{
    struct physdev_eoi eoi;
    uint64_t i, seen = 0, end;
    evtchn_port_t port = pci_msi_on(&edu->pci, &eoi.irq);
    bool stray = false;

    if ( !port )
    {
        say("no message interrupt (pirq %u)\n", eoi.irq);
        return NO_TEST;
    }
    for ( i = 0; i < n; i++ )
    {
        stray |= had_event(port);
        *(volatile uint32_t *)(edu->bar + EDU_IRQ) = 1;
        for ( end = now() + 30 * SECOND; now() < end; idle(20 * MS) )
            if ( had_event(port) )
            {
                seen++;
                break;
            }
        *(volatile uint32_t *)(edu->bar + EDU_ACK) = 1;
        hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_eoi, &eoi);
    }
    pci_msi_off(&edu->pci, port);
    say("%lu interrupts of %lu by pirq %u%s\n", seen, n, eoi.irq,
        stray ? ", and some that nobody asked for" : "");
    return seen == n && !stray ? DONE : NOT_MOVED;
}

static int interrupts_command(const char *words)
{
    struct edu edu;
    uint64_t n;

    return number(&words, &n) && edu_first(&edu) ? interrupts(&edu, n) :
                                                   NO_TEST;
}

static int hostile_command(const char *words)
{
    struct edu edu;

    return edu_first(&edu) ? hostile(&edu, words) : NO_TEST;
}

const struct command own_commands[] = {
    { "interrupts", interrupts_command, NULL },
    { "hostile",    hostile_command,    NULL },
    { }
};
