/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine memory: the arena and its page allocator. */
#include <pthread.h>
#include <sys/mman.h>

#include <xen/lib.h>
#include <xen/mm.h>

#include "asan.h"
#include "host.h"
#include "internal.h"

enum { PAGE_FREE, PAGE_HEAD, PAGE_TAIL };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long nr_pages, cursor;
static bool fast;

unsigned char *host_arena;
struct page_info *host_frame_table;
unsigned long max_page = (HOST_ARENA_BASE >> PAGE_SHIFT) + HOST_ARENA_PAGES;

static void __attribute__((__constructor__(101))) arena_init(void)
{
    void *p = mmap(NULL,
                   HOST_ARENA_PAGES * (PAGE_SIZE + sizeof(struct page_info)),
                   PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if ( p == MAP_FAILED )
    {
        perror("machine memory");
        exit(1);
    }

    host_arena = p;
    host_frame_table = p + HOST_ARENA_PAGES * PAGE_SIZE;
}

void host_bad_address(const char *what, unsigned long addr, const char *site)
{
    host_fatal("memory", "%s %#lx is outside of memory, at %s", what, addr,
               site);
}

/* A freed page is not used again before that many others were. */
#define WINDOW 4096UL

/* First fit from the cursor on, which goes round in the first @limit pages. */
static struct page_info *take_below(unsigned int order, unsigned long limit)
{
    unsigned long n = 1UL << order, tries;
    unsigned long pfn = ROUNDUP(cursor, n);

    if ( n > limit )
        return NULL;

    for ( tries = 0; tries <= 2 * limit / n; tries++, pfn += n )
    {
        unsigned long i;

        if ( pfn + n > limit )
            pfn = 0;
        for ( i = 0; i < n; i++ )
            if ( host_frame_table[pfn + i].host_state != PAGE_FREE )
                break;
        if ( i < n )
            continue;
        for ( i = 0; i < n; i++ )
            host_frame_table[pfn + i].host_state = i ? PAGE_TAIL : PAGE_HEAD;
        cursor = pfn + n;
        nr_pages += n;
        return &host_frame_table[pfn];
    }

    return NULL;
}

/*
 * Memory that was never touched costs page faults, sixfold with
 * ThreadSanitizer's shadow, so no more of it is used than it takes.
 */
static struct page_info *take(unsigned int order)
{
    unsigned long limit = min(2 * (nr_pages + (1UL << order)) + WINDOW,
                              HOST_ARENA_PAGES);

    return take_below(order, limit) ?: take_below(order, HOST_ARENA_PAGES);
}

void *host_alloc_pages(unsigned int order, unsigned int memflags,
                       unsigned long count_info, struct domain *d,
                       const char *site)
{
    struct page_info *pg;
    unsigned long i;
    void *va;

    host_alloc_context(site);
    if ( host_holds_class(LOCK_PCIDEVS) )
        host_assert_may_wait("page allocation");

    if ( host_fail_now() )
        return NULL;

    pthread_mutex_lock(&mutex);
    pg = take(order);
    pthread_mutex_unlock(&mutex);
    if ( !pg )
        return NULL;

    for ( i = 0; i < 1UL << order; i++ )
    {
        pg[i].count_info = count_info | PGC_allocated | 1;
        pg[i].u.inuse.type_info = 0;
        pg[i].v.inuse._domain = d;
    }
    pg->host_order = order;
    pg->host_site = site;

    va = page_to_virt(pg);
    host_asan_unpoison(va, PAGE_SIZE << order);
    if ( !fast )
        memset(va, 0x5a, PAGE_SIZE << order);

    return va;
}

void (*host_watch_free)(struct page_info *pg);

void host_free_pages(void *va, unsigned int order, const char *site)
{
    struct page_info *pg;
    unsigned long i;

    if ( !va )
        return;

    pg = host_frame_table + ((host_virt_to_maddr((unsigned long)va, site) -
                              HOST_ARENA_BASE) >> PAGE_SHIFT);
    if ( PAGE_OFFSET(va) || pg->host_state != PAGE_HEAD ||
         pg->host_order != order )
        host_fatal("memory", "%p, order %u, freed at %s is not such a block",
                   va, order, site);

    /* As free_heap_pages() would find: nobody counts on the page any more. */
    if ( pg->u.inuse.type_info )
        host_fatal("memory", "page freed at %s has type_info %lx", site,
                   pg->u.inuse.type_info);

    if ( host_watch_free )
        host_watch_free(pg);

    if ( !fast )
        memset(va, 0xf5, PAGE_SIZE << order);
    host_asan_poison(va, PAGE_SIZE << order);

    pthread_mutex_lock(&mutex);
    for ( i = 0; i < 1UL << order; i++ )
        pg[i].host_state = PAGE_FREE;
    nr_pages -= 1UL << order;
    if ( fast )
        cursor = pg - host_frame_table;
    pthread_mutex_unlock(&mutex);
}

unsigned long avail_domheap_pages(void)
{
    unsigned long nr;

    pthread_mutex_lock(&mutex);
    nr = HOST_ARENA_PAGES - nr_pages;
    pthread_mutex_unlock(&mutex);

    return nr;
}

void host_mem_fast(bool on)
{
    fast = on;
}

struct host_memory host_memory_now(void)
{
    struct host_memory m;

    host_alloc_stats(&m);
    m.pages = HOST_ARENA_PAGES - avail_domheap_pages();

    return m;
}

unsigned long host_leak_report(unsigned long max)
{
    unsigned long n = host_alloc_report(max), pfn;

    if ( avail_domheap_pages() == HOST_ARENA_PAGES )
        return n;

    for ( pfn = 0; pfn < HOST_ARENA_PAGES; pfn++ )
        if ( host_frame_table[pfn].host_state == PAGE_HEAD && n++ < max )
            fprintf(stderr, "leak: %lu pages allocated at %s\n",
                    1UL << host_frame_table[pfn].host_order,
                    host_frame_table[pfn].host_site);

    return n;
}

/* False: no memory there. Fatal: there is, but nobody owns it. */
static bool model_may(uint64_t ma, size_t len, const char *what)
{
    uint64_t at;

    if ( !HOST_IN_ARENA_(ma) || !HOST_IN_ARENA_(ma + (len ?: 1) - 1) )
        return false;

    pthread_mutex_lock(&mutex);
    for ( at = ma & PAGE_MASK; at < ma + len; at += PAGE_SIZE )
        if ( host_frame_table[(at - HOST_ARENA_BASE) >> PAGE_SHIFT].host_state
             == PAGE_FREE )
        {
            pthread_mutex_unlock(&mutex);
            if ( !what )
                return false;
            host_fatal("memory", "hardware %s a freed page: address %#lx",
                       what, (unsigned long)ma);
        }
    pthread_mutex_unlock(&mutex);

    return true;
}

bool host_mem_valid(uint64_t ma, size_t len)
{
    return model_may(ma, len, NULL);
}

bool host_mem_read(uint64_t ma, void *buf, size_t len)
{
    const unsigned char *src = host_arena + (ma - HOST_ARENA_BASE);
    unsigned char *dst = buf;

    if ( !model_may(ma, len, "reads") )
        return false;

    while ( len )
        if ( !((unsigned long)src & 7) && len >= 8 )
        {
            uint64_t v = __atomic_load_n((const uint64_t *)src,
                                         __ATOMIC_RELAXED);

            memcpy(dst, &v, 8);
            src += 8, dst += 8, len -= 8;
        }
        else
        {
            *dst++ = __atomic_load_n(src++, __ATOMIC_RELAXED);
            len--;
        }

    return true;
}

bool host_mem_write(uint64_t ma, const void *buf, size_t len)
{
    unsigned char *dst = host_arena + (ma - HOST_ARENA_BASE);
    const unsigned char *src = buf;

    if ( !model_may(ma, len, "writes") )
        return false;

    while ( len )
        if ( !((unsigned long)dst & 7) && len >= 8 )
        {
            uint64_t v;

            memcpy(&v, src, 8);
            __atomic_store_n((uint64_t *)dst, v, __ATOMIC_RELAXED);
            src += 8, dst += 8, len -= 8;
        }
        else
        {
            __atomic_store_n(dst++, *src++, __ATOMIC_RELAXED);
            len--;
        }

    return true;
}

bool host_mem_read64(uint64_t ma, uint64_t *val)
{
    return host_mem_read(ma, val, sizeof(*val));
}

void host_mm_reset(void)
{
    fast = false;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
