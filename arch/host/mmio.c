/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of hardware models behind ioremap(). */
#include <pthread.h>
#include <sys/mman.h>

#include <xen/lib.h>
#include <asm/io.h>
#include <asm/page.h>

#include "host.h"
#include "internal.h"

#define WINDOW_SIZE MB(256)
#define MAX_REGIONS 64
#define MAX_MAPS    256

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *window;
static size_t window_used;

static struct region {
    uint64_t base;
    size_t size;
    const struct host_mmio_ops *ops;
    void *arg;
} regions[MAX_REGIONS];

static struct map {
    unsigned char *va;
    size_t len;
    uint64_t pa;
} maps[MAX_MAPS];

void host_mmio_register(uint64_t base, size_t size,
                        const struct host_mmio_ops *ops, void *arg)
{
    unsigned int i;

    pthread_mutex_lock(&mutex);
    for ( i = 0; i < MAX_REGIONS && regions[i].ops; i++ )
        continue;
    if ( i < MAX_REGIONS )
        regions[i] = (struct region){ base, size, ops, arg };
    pthread_mutex_unlock(&mutex);

    if ( i == MAX_REGIONS )
        host_fatal("registers", "too many models");
}

void host_mmio_unregister(uint64_t base)
{
    unsigned int i;

    pthread_mutex_lock(&mutex);
    for ( i = 0; i < MAX_REGIONS; i++ )
        if ( regions[i].ops && regions[i].base == base )
            regions[i] = (struct region){ .ops = NULL };
    pthread_mutex_unlock(&mutex);
}

void __iomem *ioremap(paddr_t pa, size_t len)
{
    void *va = NULL;
    unsigned int i;

    if ( host_fail_now() )
        return NULL;

    pthread_mutex_lock(&mutex);
    if ( !window )
    {
        window = mmap(NULL, WINDOW_SIZE, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if ( window == MAP_FAILED )
            window = NULL;
    }
    for ( i = 0; i < MAX_MAPS && maps[i].va; i++ )
        continue;
    if ( window && i < MAX_MAPS && len )
    {
        size_t span = ROUNDUP(PAGE_OFFSET(pa) + len, PAGE_SIZE) + PAGE_SIZE;

        /* Handles are not used twice until the window is full. */
        if ( window_used + span > WINDOW_SIZE )
            window_used = 0;
        maps[i] = (struct map){ window + window_used + PAGE_OFFSET(pa), len,
                                pa };
        window_used += span;
        va = maps[i].va;
    }
    pthread_mutex_unlock(&mutex);

    return va;
}

void iounmap(void __iomem *va)
{
    unsigned int i;

    pthread_mutex_lock(&mutex);
    for ( i = 0; i < MAX_MAPS; i++ )
        if ( maps[i].va && maps[i].va == va )
            break;
    if ( i < MAX_MAPS )
        maps[i].va = NULL;
    pthread_mutex_unlock(&mutex);

    if ( i == MAX_MAPS && va )
        host_fatal("registers", "iounmap(%p): no such mapping", va);
}

unsigned int host_mmio_mapped(void)
{
    unsigned int i, n = 0;

    pthread_mutex_lock(&mutex);
    for ( i = 0; i < MAX_MAPS; i++ )
        n += !!maps[i].va;
    pthread_mutex_unlock(&mutex);

    return n;
}

/* The model behind an access; ops NULL where nothing answers. */
static struct region find(const volatile void *addr, unsigned int size,
                          unsigned int *off, const char *site)
{
    const unsigned char *a = (const void *)addr;
    struct region r = { .ops = NULL };
    unsigned int i;
    uint64_t pa = 0;

    pthread_mutex_lock(&mutex);
    for ( i = 0; i < MAX_MAPS; i++ )
        if ( maps[i].va && a >= maps[i].va &&
             a + size <= maps[i].va + maps[i].len )
        {
            pa = maps[i].pa + (a - maps[i].va);
            break;
        }
    if ( i < MAX_MAPS )
    {
        unsigned int j;

        for ( j = 0; j < MAX_REGIONS; j++ )
            if ( regions[j].ops && pa >= regions[j].base &&
                 pa + size <= regions[j].base + regions[j].size )
            {
                r = regions[j];
                *off = pa - r.base;
            }
    }
    pthread_mutex_unlock(&mutex);

    if ( i == MAX_MAPS )
        host_fatal("registers", "access to unmapped %p at %s", a, site);
    if ( pa % size )
        host_fatal("registers", "misaligned access to %#lx at %s",
                   (unsigned long)pa, site);

    return r;
}

uint64_t host_mmio_read(const volatile void *addr, unsigned int size,
                        const char *site)
{
    unsigned int off = 0;
    struct region r = find(addr, size, &off, site);

    return r.ops ? r.ops->read(r.arg, off, size) : ~0ULL >> (64 - 8 * size);
}

static void (*after_write)(void *arg);
static void *after_write_arg;

void host_on_mmio_write(void (*fn)(void *arg), void *arg)
{
    after_write = fn;
    after_write_arg = arg;
}

void host_mmio_write(volatile void *addr, unsigned int size, uint64_t val,
                     const char *site)
{
    unsigned int off = 0;
    struct region r = find(addr, size, &off, site);

    host_clock_impatient();
    if ( r.ops )
        r.ops->write(r.arg, off, size, val);
    if ( after_write )
        after_write(after_write_arg);
}

void host_mmio_reset(void)
{
    pthread_mutex_lock(&mutex);
    memset(regions, 0, sizeof(regions));
    memset(maps, 0, sizeof(maps));
    pthread_mutex_unlock(&mutex);
    after_write = NULL;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
