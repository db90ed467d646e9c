/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sees every single store to chosen pages of machine memory, without help of
 * the code that stores: the pages are read-only, a store faults, is executed
 * alone, and then the observer runs.
 */
#ifndef TESTS_PT_STORES_H
#define TESTS_PT_STORES_H

#include <stdbool.h>
#include <stdint.h>

/* @at: the word stored to, aligned to 8 bytes; @old: its value before. */
typedef void stores_fn(void *arg, const uint64_t *at, uint64_t old);

/* False: not on this machine, or not under this sanitizer. */
bool stores_possible(void);
/*
 * @observe runs after each store to a watched page until stores_end(). It must
 * not store to machine memory, but may watch more pages.
 */
void stores_begin(stores_fn *observe, void *arg);
/* False: already watched. */
bool stores_watch(void *page);
/* Returns the number of stores seen. */
unsigned long stores_end(void);

#endif /* TESTS_PT_STORES_H */
