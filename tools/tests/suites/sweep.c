/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "sweep.h"

/* A scenario with more steps than this does not end. */
#define MAX_STEPS 20000

static void same_memory(const struct sweep *sweep, const char *when,
                        unsigned long nth, const struct host_memory *before)
{
    struct host_memory now = host_memory_now();

    if ( now.objects == before->objects && now.bytes == before->bytes &&
         now.pages == before->pages )
        return;

    host_leak_report(20);
    fail_msg("%s: step %lu failed, %s: %ld allocations, %ld bytes, %ld pages more",
             sweep->name ?: "sweep", nth, when,
             (long)(now.objects - before->objects),
             (long)(now.bytes - before->bytes),
             (long)(now.pages - before->pages));
}

unsigned long sweep_run(const struct sweep *sweep,
                        const struct sweep_kind *kind, void *arg)
{
    unsigned long nth;

    for ( nth = 1; nth < MAX_STEPS; nth++ )
    {
        struct host_memory outer = host_memory_now(), inner;
        bool reached;
        int rc;

        if ( sweep->setup )
            sweep->setup(arg);

        inner = host_memory_now();
        kind->arm(kind->arg, nth);
        rc = sweep->run(arg);
        reached = kind->reached(kind->arg);
        kind->arm(kind->arg, 0);

        if ( reached && !rc && !sweep->may_succeed )
            fail_msg("%s: succeeded although %s %lu failed",
                     sweep->name ?: "sweep", kind->name, nth);
        if ( !reached && rc )
            fail_msg("%s: %d although no %s failed", sweep->name ?: "sweep",
                     rc, kind->name);

        sweep->check(arg, rc, reached);
        if ( rc && !sweep->keeps_memory )
            same_memory(sweep, "after the run", nth, &inner);

        if ( sweep->teardown )
            sweep->teardown(arg);
        same_memory(sweep, "after teardown", nth, &outer);

        if ( !reached )
            return nth - 1;
    }

    fail_msg("%s: more than %u steps", sweep->name ?: "sweep", MAX_STEPS);

    return 0;
}

static void arm_nth(void *arg, unsigned long nth)
{
    host_fail_nth(nth);
}

static void arm_from(void *arg, unsigned long nth)
{
    host_fail_from(nth);
}

static bool reached(void *arg)
{
    return host_fail_reached();
}

unsigned long sweep_allocations(const struct sweep *sweep, void *arg)
{
    const struct sweep_kind kind = { "allocation", arm_nth, reached, NULL };

    return sweep_run(sweep, &kind, arg);
}

unsigned long sweep_allocations_from(const struct sweep *sweep, void *arg)
{
    const struct sweep_kind kind = { "allocation", arm_from, reached, NULL };

    return sweep_run(sweep, &kind, arg);
}
