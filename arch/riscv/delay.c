/* SPDX-License-Identifier: GPL-2.0-only */
/* udelay(), which the port does not have. */
#include <xen/delay.h>
#include <xen/lib.h>
#include <xen/time.h>

void udelay(unsigned long usecs)
{
    s_time_t end = get_s_time() + MICROSECS(usecs);

    /* Time stands still. */
    BUG_ON(!cpu_khz);
    while ( get_s_time() < end )
        continue;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
