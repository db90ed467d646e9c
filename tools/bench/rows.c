/* SPDX-License-Identifier: GPL-2.0-only */
/* The workloads, one row of the table each. */
#include <stddef.h>
#include <stdlib.h>

#include "bench.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define GIB   (1UL << 18)          /* in frames */
#define DFN   (4 * GIB)
#define MFN   (8 * GIB)
#define SKEW  (MFN + 1)            /* never aligned for a larger leaf */

uint64_t bench_sink;

static uint64_t scatter(uint64_t i)
{
    return MFN + (i ^ 0x2a555);
}

static void map_once(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    impl->map_range(pt, DFN, SKEW, nr);
}

static void map_pages(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
        impl->map_range(pt, DFN + i, SKEW + i, 1);
}

static void map_aligned(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    impl->map_range(pt, 0, MFN, nr);
}

static void map_scattered(const struct pt_impl *impl, void *pt,
                          unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
        impl->map_range(pt, DFN + i, scatter(i), 1);
}

static void map_merging(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
        impl->map_range(pt, DFN + i, MFN + i, 1);
}

static void full(const struct pt_impl *impl, void *pt)
{
    impl->map_range(pt, DFN, SKEW, GIB);
}

static void unmap_once(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    impl->unmap_range(pt, DFN, nr);
}

static uint32_t next_dfn(uint32_t at)
{
    return at * 1664525 + 1013904223;
}

/* What is looked up in the measured part is checked before. */
static void full_checked(const struct pt_impl *impl, void *pt)
{
    unsigned long i;
    uint32_t at = 0;

    full(impl, pt);
    for ( i = 0; i < GIB; i++ )
    {
        at = next_dfn(at);
        if ( impl->lookup(pt, DFN + (at >> 14)) != SKEW + (at >> 14) )
            abort();
    }
}

static void lookups(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    uint64_t sum = 0;
    uint32_t at = 0;

    for ( ; nr; nr-- )
    {
        at = next_dfn(at);
        sum += impl->lookup(pt, DFN + (at >> 14));
    }
    bench_sink = sum;
}

/* 512 leaves of 2 MiB. */
static void large(const struct pt_impl *impl, void *pt)
{
    impl->map_range(pt, DFN, MFN, GIB);
}

static void holes(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
        impl->unmap_range(pt, DFN + 512 * i + 77, 1);
}

/* ---- single pages, each with a gather of its own: what a grant does ---- */

static void map_singles(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
    {
        impl->map_range(pt, DFN + i, SKEW + i, 1);
        impl->done(pt);
    }
}

static void merge_singles(const struct pt_impl *impl, void *pt,
                          unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
    {
        impl->map_range(pt, DFN + i, MFN + i, 1);
        impl->done(pt);
    }
}

static void unmap_singles(const struct pt_impl *impl, void *pt,
                          unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
        impl->unmap_range(pt, DFN + i, 1);
}

/* ---- scattered over 64 GiB ---- */

#define FAR_BITS  24               /* 64 GiB, in frames */
#define NR_FAR    100000UL         /* pages */

/* All numbers of FAR_BITS bits, each once. */
static uint32_t next_far(uint32_t at)
{
    return (at * 1664525 + 1013904223) & ((1U << FAR_BITS) - 1);
}

static void far_map(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    unsigned long i;
    uint32_t at = 0;

    for ( i = 0; i < nr; i++ )
    {
        at = next_far(at);
        impl->map_range(pt, at, SKEW + i, 1);
        impl->done(pt);
    }
}

static void far_full(const struct pt_impl *impl, void *pt)
{
    far_map(impl, pt, NR_FAR);
}

static void far_unmap(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    uint32_t at = 0;

    for ( ; nr; nr-- )
    {
        at = next_far(at);
        impl->unmap_range(pt, at, 1);
    }
}

static void far_full_checked(const struct pt_impl *impl, void *pt)
{
    unsigned long i;
    uint32_t at = 0;

    far_full(impl, pt);
    for ( i = 0; i < NR_FAR; i++ )
    {
        at = next_far(at);
        if ( impl->lookup(pt, at) != SKEW + i )
            abort();
    }
}

static void far_lookups(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    uint64_t sum = 0;
    uint32_t at = 0;

    for ( ; nr; nr-- )
    {
        at = next_far(at);
        sum += impl->lookup(pt, at);
    }
    bench_sink = sum;
}

/* ---- leaves of several sizes ---- */

/* A page goes and comes back, in one superpage after the other. */
static void storm(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
    {
        uint64_t at = 512 * i + (i * 77) % 512;

        impl->unmap_range(pt, DFN + at, 1);
        impl->map_range(pt, DFN + at, MFN + at, 1);
        impl->done(pt);
    }
}

#define MIX (32 * GIB)

/* 32 leaves of 1 GiB: 16 ... */
static void giants(const struct pt_impl *impl, void *pt)
{
    impl->map_range(pt, 0, MFN, MIX / 2);
}

/*
 * ... of which each loses 2 MiB, and 16 GiB in runs that begin and end with
 * 2 MiB leaves around one of 1 GiB.
 */
static void mixture(const struct pt_impl *impl, void *pt, unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr / 2; i++ )
        impl->unmap_range(pt, i * GIB + 512 * i, 512);
    for ( ; i < nr; i += 2 )
    {
        impl->map_range(pt, i * GIB + GIB / 2, MFN + i * GIB + GIB / 2,
                        GIB + GIB / 2);
        impl->done(pt);
    }
}

#define C4K   { .coherent = true }
#define C2M   { .coherent = true, .superpages_2m = true }
#define C1G   { .coherent = true, .superpages_2m = true, .superpages_1g = true }
#define NC4K  { .coherent = false }
#define NC2M  { .coherent = false, .superpages_2m = true }

const struct bench_row bench_rows[] = {
    { "map-range", "map 1 GiB of 4 KiB pages, one call", "page", GIB,
      C4K, NULL, map_once, GIB, 1.0, 15 },
    { "map-pages", "the same page by page", "page", GIB,
      C4K, NULL, map_pages, GIB, 5, 80 },
    { "map-2m", "map 64 GiB in 2 MiB leaves, one call", "leaf", 64 * 512,
      C2M, NULL, map_aligned, 64 * GIB, 1.0, 16 },
    { "map-scattered", "scattered frames, page by page", "page", GIB,
      C2M, NULL, map_scattered, GIB, 5, 80 },
    { "unmap-range", "unmap 1 GiB, one call", "page", GIB,
      C4K, full, unmap_once, GIB, 0.5, 6 },
    { "lookup", "random look-up in 1 GiB", "look-up", GIB,
      C4K, full_checked, lookups, GIB, 12, 85 },
    { "merge", "512 single maps that make a superpage", "page", 64 * 512,
      C2M, NULL, map_merging, 64 * 512, 6, 0 },
    { "hole", "hole in a superpage", "hole", 512,
      C2M, large, holes, 512, 300, 3300 },
    { "map-range-nc", "map 1 GiB, one call, walker does not snoop", "page",
      GIB, NC4K, NULL, map_once, GIB, 4, 0 },
    { "map-2m-nc", "map 64 GiB in 2 MiB leaves, not snooped", "leaf", 64 * 512,
      NC2M, NULL, map_aligned, 64 * GIB, 4, 0 },
    { "map-pages-nc", "256 MiB page by page, not snooped", "page", GIB / 4,
      NC4K, NULL, map_pages, GIB / 4, 0, 0 },
    { "unmap-range-nc", "unmap 1 GiB, one call, not snooped", "page", GIB,
      NC4K, full, unmap_once, GIB, 0.5, 0 },
    { "hole-nc", "hole in a superpage, not snooped", "hole", 512,
      NC2M, large, holes, 512, 0, 0 },
    { "map-single", "page by page, each flushed", "page", GIB,
      C4K, NULL, map_singles, GIB, 0, 85 },
    { "unmap-single", "unmap 1 GiB page by page, each flushed", "page", GIB,
      C4K, full, unmap_singles, GIB, 0, 80 },
    { "merge-single", "512 flushed maps that make a superpage", "page",
      64 * 512, C2M, NULL, merge_singles, 64 * 512, 0, 95 },
    { "far-map", "pages scattered over 64 GiB, each flushed", "page", NR_FAR,
      C2M, NULL, far_map, NR_FAR, 0, 450 },
    { "far-unmap", "unmap them", "page", NR_FAR,
      C2M, far_full, far_unmap, NR_FAR, 0, 300 },
    { "far-lookup", "look them up", "look-up", NR_FAR,
      C2M, far_full_checked, far_lookups, NR_FAR, 0, 85 },
    { "storm", "a page leaves its superpage, and comes back", "pair", 512,
      C2M, large, storm, 512, 0, 0 },
    { "mixture", "1 GiB leaves cut, and framed by 2 MiB ones", "GiB", 32,
      C1G, giants, mixture, 32, 0, 0 },
};

const unsigned int bench_nr_rows = ARRAY_SIZE(bench_rows);
