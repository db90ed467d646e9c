/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time, which the port has from 4.21 on and every bounded wait needs: the time
 * CSR counts at the rate that the device tree gives (Unprivileged
 * Architecture, Zicntr; Devicetree Specification 0.4, 3.8.1).
 */
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/time.h>

#include <asm/time.h>

#include "riscv.h"

static uint32_t __read_mostly timebase;   /* ticks a second */
static uint64_t __read_mostly first_tick;

void __init riscv_time_init(uint32_t frequency)
{
    timebase = frequency;
    cpu_khz = frequency / 1000;
    first_tick = get_cycles();
}

s_time_t get_s_time(void)
{
    /* Before it is known there is no time. */
    if ( !timebase )
        return 0;

    return muldiv64(get_cycles() - first_tick, SECONDS(1), timebase);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
