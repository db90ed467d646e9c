/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of two words, of which hardware may read one after the other at any
 * time: after each single store, one that is present must be the entry from
 * before the change, or the one from after it, as a whole.
 */
#ifndef TESTS_ENTRY_STORES_H
#define TESTS_ENTRY_STORES_H

#include "test.h"
#include "pt-stores.h"

#define MAX_SEEN 64

static struct {
    const uint64_t *page;               /* 256 entries */
    uint64_t before[512];
    struct { unsigned int at; uint64_t lo, hi; } seen[MAX_SEEN];
    unsigned int nr;
} entries;

/* A signal handler: no assertions here. */
static inline void entries_observe(void *arg, const uint64_t *at, uint64_t old)
{
    unsigned int i = (at - entries.page) & ~1U;

    if ( at < entries.page || at >= entries.page + 512 ||
         !(entries.page[i] & 1) || entries.nr == MAX_SEEN )
        return;

    entries.seen[entries.nr].at = i;
    entries.seen[entries.nr].lo = entries.page[i];
    entries.seen[entries.nr++].hi = entries.page[i + 1];
}

static inline void entries_begin(void *page)
{
    entries.page = page;
    entries.nr = 0;
    memcpy(entries.before, page, sizeof(entries.before));
    stores_begin(entries_observe, NULL);
    stores_watch(page);
}

static inline bool entries_same(unsigned int seen, const uint64_t *entry)
{
    return entries.seen[seen].lo == entry[0] && entries.seen[seen].hi == entry[1];
}

/* The change is over; how many stores it took. */
static inline unsigned long entries_end(void)
{
    unsigned long stores = stores_end();
    unsigned int i;

    assert_true(entries.nr < MAX_SEEN);
    for ( i = 0; i < entries.nr; i++ )
        if ( !entries_same(i, &entries.before[entries.seen[i].at]) &&
             !entries_same(i, &entries.page[entries.seen[i].at]) )
            fail_msg("entry %u is %016lx %016lx for a moment",
                     entries.seen[i].at / 2, (long)entries.seen[i].hi,
                     (long)entries.seen[i].lo);

    return stores;
}

#endif /* TESTS_ENTRY_STORES_H */
