/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table benchmarks. Another engine joins by a struct pt_impl of its own
 * in bench_impls[].
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

struct bench_config {
    const char *format;      /* "vtd-4" ... : see impl-engine.c */
    bool superpages_2m, superpages_1g;
    bool coherent;
};

/*
 * All functions end the program when something goes wrong. Frames are of
 * 4 KiB. Each mapping is readable and writable.
 */
struct pt_impl {
    const char *name;
    void *(*init)(const struct bench_config *cfg);
    void (*map_range)(void *pt, uint64_t dfn, uint64_t mfn, unsigned long nr);
    /* What changed is flushed: pages that became free are freed. */
    void (*done)(void *pt);
    /* With done(). */
    void (*unmap_range)(void *pt, uint64_t dfn, unsigned long nr);
    uint64_t (*lookup)(void *pt, uint64_t dfn);
    void (*destroy)(void *pt);
};

extern const struct pt_impl *const bench_impls[];
extern const unsigned int bench_nr_impls;
extern const char *const bench_formats[];
extern const unsigned int bench_nr_formats;

/* One row of the table. */
struct bench_row {
    const char *id, *title, *unit;
    unsigned long units;          /* in one run */
    struct bench_config cfg;
    void (*prepare)(const struct pt_impl *impl, void *pt);
    void (*work)(const struct pt_impl *impl, void *pt, unsigned long arg);
    unsigned long arg;
    double aim_ns, aim_insns;     /* a unit; 0: none */
};

extern const struct bench_row bench_rows[];
extern const unsigned int bench_nr_rows;
extern uint64_t bench_sink;

/* bench-heap.c: pages handed out, and in total, for "memory used". */
unsigned long bench_heap_pages(void);

#endif /* BENCH_H */
