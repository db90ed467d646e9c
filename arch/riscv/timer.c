/* SPDX-License-Identifier: GPL-2.0-only */
/* 4.21 has timers, and nothing that makes hardware call; 4.22 has both. */
#include <xen/time.h>
#include <xen/timer.h>

/*
 * A timer goes off where softirqs are next looked at after its time. No port
 * before 4.22 has an idle loop, in which that would never be.
 */
int reprogram_timer(s_time_t timeout)
{
    return !timeout || timeout > NOW();
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
