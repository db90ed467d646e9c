/* SPDX-License-Identifier: GPL-2.0-only */
/* The PV console (public/io/console.h): lines in, text out. */
#include "probe.h"

#include <hypercall.h>
#include <io/console.h>

static volatile struct xencons_interface *ring;
static evtchn_port_t port;
static char line[512];
static size_t len;

void console_init(void)
{
    struct ring theirs = console_ring();

    ring = theirs.page;
    port = theirs.port;
    listen(port);
}

void console_put(const char *s, size_t size)
{
    XENCONS_RING_IDX prod = ring->out_prod;

    while ( size-- )
    {
        while ( prod - ring->out_cons >= sizeof(ring->out) )
        {
            notify(port);
            sleep_until(now() + 10 * MS);
            had_event(port);
        }
        ring->out[MASK_XENCONS_IDX(prod++, ring->out)] = *s++;
        barrier();
        ring->out_prod = prod;
    }
    notify(port);
}

bool console_waits(void)
{
    had_event(port);
    return ring->in_cons != ring->in_prod;
}

/* A line that is too long is cut: no order is. */
const char *console_line(void)
{
    XENCONS_RING_IDX cons = ring->in_cons;
    bool complete = false;
    char c;

    had_event(port);
    while ( !complete && cons != ring->in_prod )
    {
        c = ring->in[MASK_XENCONS_IDX(cons++, ring->in)];
        if ( c == '\n' || c == '\r' )
            complete = len > 0;
        else if ( len + 1 < sizeof(line) )
            line[len++] = c;
    }
    barrier();
    ring->in_cons = cons;
    if ( !complete )
        return NULL;
    notify(port);
    line[len] = 0;
    len = 0;
    return line;
}
