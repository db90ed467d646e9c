/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench list                        implementations, formats, rows
 * bench time IMPL FORMAT ROW        "ns-a-unit plain-stores-a-unit pages"
 * bench once IMPL FORMAT ROW        for callgrind: bench_measured() runs once
 * bench lengths IMPL FORMAT         "pages-a-call ns-map ns-unmap", a page
 * bench sizes IMPL FORMAT           "MiB ms-4k ms-2m pages-4k pages-2m"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define ROUNDS 15

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* What callgrind counts. */
__attribute__((noinline))
void bench_measured(const struct bench_row *row, const struct pt_impl *impl,
                    void *pt)
{
    row->work(impl, pt, row->arg);
}

/* One store an entry, into as many table pages as 1 GiB of 4 KiB needs. */
__attribute__((noinline))
static void store_loop(volatile uint64_t *table, unsigned long nr)
{
    uint64_t val = 3;
    unsigned long i;

    for ( i = 0; i < nr; i++, val += 4096 )
        table[i] = val;
}

static double plain_store(void)
{
    unsigned long nr = 1UL << 18;
    static uint64_t table[1UL << 18];
    double t = now();

    store_loop(table, nr);

    return (now() - t) / nr;
}

static double run(const struct bench_row *row, const struct pt_impl *impl,
                  const char *format, unsigned long *pages)
{
    struct bench_config cfg = row->cfg;
    unsigned long before = bench_heap_pages();
    double t;
    void *pt;

    cfg.format = format;
    pt = impl->init(&cfg);
    if ( row->prepare )
        row->prepare(impl, pt);
    t = now();
    bench_measured(row, impl, pt);
    t = now() - t;
    *pages = bench_heap_pages() - before;
    impl->destroy(pt);
    if ( bench_heap_pages() != before )
    {
        fprintf(stderr, "%s: pages leaked\n", row->id);
        exit(1);
    }

    return t / row->units;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/*
 * The quietest of many rounds: what the machine can do.  In stores, the median
 * round: each is held against stores just before and after it, so that a
 * machine that is slower for a while is so for both.
 */
static void time_row(const struct bench_row *row, const struct pt_impl *impl,
                     const char *format)
{
    double best = 1e30, ratio[ROUNDS];
    unsigned long pages;
    int i;

    plain_store();
    for ( i = 0; i < ROUNDS; i++ )
    {
        double before = plain_store();
        double t = run(row, impl, format, &pages);

        ratio[i] = t / ((before + plain_store()) / 2);
        best = t < best ? t : best;
    }
    qsort(ratio, ROUNDS, sizeof(ratio[0]), compare);
    printf("%.4f %.4f %lu\n", best, ratio[ROUNDS / 2], pages);
}

static const struct pt_impl *find_impl(const char *name)
{
    unsigned int i;

    for ( i = 0; i < bench_nr_impls; i++ )
        if ( !strcmp(bench_impls[i]->name, name) )
            return bench_impls[i];

    fprintf(stderr, "no implementation %s\n", name);
    exit(2);
}

static const struct bench_row *find_row(const char *id)
{
    unsigned int i;

    for ( i = 0; i < bench_nr_rows; i++ )
        if ( !strcmp(bench_rows[i].id, id) )
            return &bench_rows[i];

    fprintf(stderr, "no row %s\n", id);
    exit(2);
}

struct timing {
    double map, unmap;
    unsigned long pages;
};

/* @total frames in calls of @nr each, out of the same tables again. */
static struct timing sweep(const struct pt_impl *impl, const char *format,
                           unsigned long total, unsigned long nr, bool large)
{
    struct bench_config cfg = { .format = format, .superpages_2m = large,
                                .coherent = true };
    struct timing best = { 1e30, 1e30, 0 };
    unsigned long before = bench_heap_pages(), i;
    int round;

    for ( round = 0; round < 5; round++ )
    {
        void *pt = impl->init(&cfg);
        double t0 = now(), t1, t2;

        for ( i = 0; i < total; i += nr )
            impl->map_range(pt, i, (1UL << 20) + !large + i, nr);
        t1 = now();
        best.pages = bench_heap_pages() - before;
        t2 = now();
        for ( i = 0; i < total; i += nr )
            impl->unmap_range(pt, i, nr);
        t2 = now() - t2;
        impl->destroy(pt);
        best.map = t1 - t0 < best.map ? t1 - t0 : best.map;
        best.unmap = t2 < best.unmap ? t2 : best.unmap;
    }

    return best;
}

static int lengths(const struct pt_impl *impl, const char *format)
{
    unsigned long nr, total = 1UL << 18;

    for ( nr = 1; nr <= total; nr *= 2 )
    {
        struct timing t = sweep(impl, format, total, nr, false);

        printf("%lu %.4f %.4f\n", nr, t.map / total, t.unmap / total);
    }

    return 0;
}

static int sizes(const struct pt_impl *impl, const char *format)
{
    unsigned long mib;

    for ( mib = 64; mib <= 32768; mib *= 2 )
    {
        struct timing k = sweep(impl, format, mib << 8, mib << 8, false);
        struct timing m = sweep(impl, format, mib << 8, mib << 8, true);

        printf("%lu %.5f %.5f %lu %lu\n", mib, k.map / 1e6, m.map / 1e6,
               k.pages, m.pages);
    }

    return 0;
}

static int list(void)
{
    unsigned int i;

    for ( i = 0; i < bench_nr_impls; i++ )
        printf("impl\t%s\n", bench_impls[i]->name);
    for ( i = 0; i < bench_nr_formats; i++ )
        printf("format\t%s\n", bench_formats[i]);
    for ( i = 0; i < bench_nr_rows; i++ )
        printf("row\t%s\t%s\t%s\t%lu\t%g\t%g\n", bench_rows[i].id,
               bench_rows[i].title, bench_rows[i].unit, bench_rows[i].units,
               bench_rows[i].aim_ns, bench_rows[i].aim_insns);

    return 0;
}

int main(int argc, char **argv)
{
    const struct bench_row *row;
    const struct pt_impl *impl;
    unsigned long pages;

    if ( argc == 2 && !strcmp(argv[1], "list") )
        return list();

    if ( argc == 4 && !strcmp(argv[1], "lengths") )
        return lengths(find_impl(argv[2]), argv[3]);
    if ( argc == 4 && !strcmp(argv[1], "sizes") )
        return sizes(find_impl(argv[2]), argv[3]);

    if ( argc != 5 )
    {
        fprintf(stderr, "usage: bench list | time|once IMPL FORMAT ROW | "
                "lengths|sizes IMPL FORMAT\n");
        return 2;
    }

    impl = find_impl(argv[2]);
    row = find_row(argv[4]);

    if ( !strcmp(argv[1], "once") )
        run(row, impl, argv[3], &pages);
    else
        time_row(row, impl, argv[3]);

    return 0;
}
