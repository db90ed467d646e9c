/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XenStore over its ring (public/io/xs_wire.h): one request at a time. Of a
 * watch that fires only this is kept: something changed.
 */
#include "probe.h"

#include <hypercall.h>
#include <io/xs_wire.h>

#define WATCHERS 4

static volatile struct xenstore_domain_interface *ring;
static evtchn_port_t port;
static bool changed;
static void (*watchers[WATCHERS])(void);

void store_init(void)
{
    struct ring theirs = store_ring();

    ring = theirs.page;
    port = theirs.port;
    listen(port);
}

static void put(const void *from, size_t size)
{
    const char *s = from;

    while ( size-- )
    {
        while ( ring->req_prod - ring->req_cons == XENSTORE_RING_SIZE )
        {
            notify(port);
            sleep_until(now() + 10 * MS);
            had_event(port);
        }
        ring->req[MASK_XENSTORE_IDX(ring->req_prod)] = *s++;
        barrier();
        ring->req_prod++;
    }
}

/* Into a buffer, or nowhere. */
static void get(void *to, size_t size)
{
    char *s = to;

    for ( ; size; size-- )
    {
        while ( ring->rsp_cons == ring->rsp_prod )
        {
            had_event(port);
            if ( ring->rsp_cons == ring->rsp_prod )
                sleep_until(now() + 100 * MS);
        }
        barrier();
        if ( s )
            *s++ = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons)];
        barrier();
        ring->rsp_cons++;
    }
    notify(port);
}

/* The answer; what else arrives meanwhile is a watch that fires. */
static uint32_t answer(struct xsd_sockmsg *msg)
{
    for ( ; ; )
    {
        get(msg, sizeof(*msg));
        if ( msg->type != XS_WATCH_EVENT )
            return msg->type;
        get(NULL, msg->len);
        changed = true;
    }
}

/* Two strings, of which the second one is sent with its zero or without. */
static struct xsd_sockmsg ask(uint32_t type, const char *a, const char *b,
                              size_t b_len)
{
    struct xsd_sockmsg msg = { .type = type, .len = strlen(a) + 1 + b_len };

    put(&msg, sizeof(msg));
    put(a, strlen(a) + 1);
    put(b, b_len);
    notify(port);
    answer(&msg);
    return msg;
}

bool store_read(const char *path, char *value, size_t size)
{
    struct xsd_sockmsg msg = ask(XS_READ, path, NULL, 0);
    size_t taken = msg.len < size ? msg.len : size - 1;

    get(value, taken);
    value[taken] = 0;
    get(NULL, msg.len - taken);
    return msg.type == XS_READ;
}

void store_write(const char *path, const char *value)
{
    struct xsd_sockmsg msg = ask(XS_WRITE, path, value, strlen(value));

    get(NULL, msg.len);
}

void store_watch(const char *path, void (*watcher)(void))
{
    struct xsd_sockmsg msg = ask(XS_WATCH, path, "probe", sizeof("probe"));
    unsigned int i = 0;

    get(NULL, msg.len);
    while ( watchers[i] && watchers[i] != watcher )
        if ( ++i == WATCHERS )
            die("too many watchers");
    watchers[i] = watcher;
}

bool store_step(void)
{
    struct xsd_sockmsg msg;
    unsigned int i;

    had_event(port);
    /* Nothing was asked for: this is a watch. */
    while ( ring->rsp_cons != ring->rsp_prod )
    {
        get(&msg, sizeof(msg));
        get(NULL, msg.len);
        changed = true;
    }
    if ( !changed )
        return false;
    changed = false;
    for ( i = 0; i < WATCHERS && watchers[i]; i++ )
        watchers[i]();
    return true;
}
