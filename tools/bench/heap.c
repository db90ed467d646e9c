/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine memory of arch/host's headers without its checks: a stack of
 * pages, so that the benchmark measures page tables and not an allocator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <xen/mm.h>

#include <iommu-arch.h>

#include "bench.h"

#define NR_PAGES 49152UL

struct page_info *host_frame_table;
unsigned long max_page;
static void **stack;
static unsigned long nr_used;

static void __attribute__((__constructor__)) heap_init(void)
{
    unsigned long i;

    void *p = mmap(host_arena, NR_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE |
                   MAP_FIXED_NOREPLACE, -1, 0);

    host_frame_table = calloc(NR_PAGES, sizeof(*host_frame_table));
    if ( p != host_arena || !host_frame_table )
        abort();

    /* The first 16 KiB blocks serve roots; the rest is handed out singly. */
    for ( i = NR_PAGES; i-- > 256; )
    {
        void **page = (void **)(host_arena + i * PAGE_SIZE);

        *page = stack;
        stack = page;
    }
}

void *host_alloc_pages(unsigned int order, unsigned int memflags,
                       unsigned long count_info, struct domain *d,
                       const char *site)
{
    static unsigned int next;
    void **page = stack;

    nr_used += 1UL << order;
    if ( order )
    {
        next = (next + 16) % 256;
        return host_arena + next * PAGE_SIZE;
    }

    if ( !page )
        abort();
    stack = *page;

    return page;
}

void host_free_pages(void *va, unsigned int order, const char *site)
{
    void **page = va;

    nr_used -= 1UL << order;
    if ( order )
        return;

    *page = stack;
    stack = page;
}

unsigned long bench_heap_pages(void)
{
    return nr_used;
}

void host_bad_address(const char *what, unsigned long addr, const char *site)
{
    fprintf(stderr, "%s %#lx at %s\n", what, addr, site);
    abort();
}

void host_fatal(const char *kind, const char *fmt, ...)
{
    fprintf(stderr, "%s: %s\n", kind, fmt);
    abort();
}

/* As Xen's cache_writeback(): every line, then one fence. */
void arch_iommu_cache_clean(const void *addr, size_t size)
{
    const char *p = (const char *)((unsigned long)addr & ~63UL);

    for ( ; p < (const char *)addr + size; p += 64 )
#ifdef __x86_64__
        asm volatile ( "clflushopt %0" : "+m" (*(volatile char *)p) );
    asm volatile ( "sfence" ::: "memory" );
#else
        asm volatile ( "" :: "r" (p) : "memory" );
#endif
}
