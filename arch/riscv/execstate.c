/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasklets ask for this; the port has it from 4.22 on. */
#include <xen/sched.h>

/* No vCPU has state that is not saved. */
void sync_local_execstate(void)
{
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
