/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small allocations, and failure injection for all kinds. Each block has a
 * poisoned header before it, so AddressSanitizer sees under- and overruns.
 */
#include <pthread.h>
#include <stdlib.h>

#include <xen/lib.h>
#include <xen/preempt.h>
#include <xen/smp.h>

#include "asan.h"
#include "host.h"
#include "internal.h"

#define MAGIC_LIVE 0x6c6976656d656d21ULL
#define MAGIC_DEAD 0x6465616464656164ULL

/* Padded to keep the caller's part aligned to a cache line. */
struct block {
    struct block *next, *prev;
    uint64_t magic;
    size_t size;
    const char *site;
    unsigned char pad[64 - 40];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct block live = { .next = &live, .prev = &live };
static unsigned long nr_objects, nr_bytes;

static unsigned long fail_at, fail_count;
static bool fail_onwards, fail_reached;

static void fail_set(unsigned long nth, bool onwards)
{
    pthread_mutex_lock(&mutex);
    fail_at = nth;
    fail_onwards = onwards;
    fail_count = 0;
    fail_reached = false;
    pthread_mutex_unlock(&mutex);
}

void host_fail_nth(unsigned long nth)
{
    fail_set(nth, false);
}

void host_fail_from(unsigned long nth)
{
    fail_set(nth, true);
}

bool host_fail_reached(void)
{
    bool reached;

    pthread_mutex_lock(&mutex);
    reached = fail_reached;
    pthread_mutex_unlock(&mutex);

    return reached;
}

bool host_fail_now(void)
{
    bool fail = false;

    pthread_mutex_lock(&mutex);
    if ( fail_at )
    {
        fail_count++;
        fail = fail_onwards ? fail_count >= fail_at : fail_count == fail_at;
        fail_reached |= fail;
    }
    pthread_mutex_unlock(&mutex);

    return fail;
}

/* ASSERT_ALLOC_CONTEXT() of Xen's xmalloc() and alloc_heap_pages(). */
void host_alloc_context(const char *site)
{
    if ( in_irq() || (!local_irq_is_enabled() && num_online_cpus() > 1) )
        host_fatal("allocation", "with interrupts off or in an interrupt at %s",
                   site);
}

void *host_xmalloc(size_t size, size_t align, size_t num, bool zero,
                   const char *site)
{
    struct block *b;
    void *p;

    host_alloc_context(site);

    if ( align > 64 )
        host_fatal("allocation", "alignment %zu at %s", align, site);

    if ( host_fail_now() || (size && num > UINT_MAX / size) )
        return NULL;

    size *= num;
    b = aligned_alloc(64, ROUNDUP(sizeof(*b) + (size ?: 1), 64));
    if ( !b )
        host_fatal("allocation", "the host has no memory left at %s", site);

    b->magic = MAGIC_LIVE;
    b->size = size;
    b->site = site;

    pthread_mutex_lock(&mutex);
    b->next = live.next;
    b->prev = &live;
    live.next->prev = b;
    live.next = b;
    nr_objects++;
    nr_bytes += size;
    pthread_mutex_unlock(&mutex);

    p = b + 1;
    memset(p, zero ? 0 : 0xcc, size);
    host_asan_poison((char *)p + size, -size & 63);

    return p;
}

void xfree(void *p)
{
    struct block *b = p;

    if ( !p )
        return;

    b--;
    if ( ((unsigned long)p & 63) || b->magic != MAGIC_LIVE )
        host_fatal("xfree", "%p is not a live allocation", p);

    pthread_mutex_lock(&mutex);
    b->next->prev = b->prev;
    b->prev->next = b->next;
    nr_objects--;
    nr_bytes -= b->size;
    pthread_mutex_unlock(&mutex);

    b->magic = MAGIC_DEAD;
    host_asan_unpoison(p, ROUNDUP(b->size, 64));
    memset(p, 0xdd, b->size);
    free(b);
}

void *host_xrealloc(void *ptr, size_t size, size_t align, size_t num,
                    const char *site)
{
    void *p = host_xmalloc(size, align, num, false, site);

    if ( p && ptr )
    {
        memcpy(p, ptr, min(((struct block *)ptr - 1)->size, size * num));
        xfree(ptr);
    }

    return p;
}

void host_alloc_stats(struct host_memory *m)
{
    pthread_mutex_lock(&mutex);
    m->objects = nr_objects;
    m->bytes = nr_bytes;
    pthread_mutex_unlock(&mutex);
}

unsigned long host_alloc_report(unsigned long max)
{
    const struct block *b;
    unsigned long n = 0;

    pthread_mutex_lock(&mutex);
    for ( b = live.next; b != &live; b = b->next )
        if ( n++ < max )
            fprintf(stderr, "leak: %zu bytes allocated at %s\n", b->size,
                    b->site);
    pthread_mutex_unlock(&mutex);

    return n;
}

void host_alloc_reset(void)
{
    fail_set(0, false);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
