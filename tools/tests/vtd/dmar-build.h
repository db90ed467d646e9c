/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds DMAR tables byte by byte, right and wrong ones, for the tests. */

#ifndef TESTS_DMAR_BUILD_H
#define TESTS_DMAR_BUILD_H

#include <stdint.h>
#include <string.h>

struct dmar_buf {
    uint8_t b[4096];
    size_t len;
    size_t open;                /* where the structure being built starts */
};

static inline void put(struct dmar_buf *d, uint64_t val, unsigned int bytes)
{
    while ( bytes-- )
    {
        d->b[d->len++] = val;
        val >>= 8;
    }
}

static inline void put_at(struct dmar_buf *d, size_t off, uint64_t val,
                          unsigned int bytes)
{
    size_t len = d->len;

    d->len = off;
    put(d, val, bytes);
    d->len = len;
}

/* Length and checksum of the whole table; again after each manipulation. */
static inline void dmar_sum(struct dmar_buf *d)
{
    uint8_t sum = 0;
    size_t i;

    d->b[9] = 0;
    for ( i = 0; i < d->len; i++ )
        sum += d->b[i];
    d->b[9] = -sum;
}

static inline void dmar_end(struct dmar_buf *d)
{
    put_at(d, 4, d->len, 4);
    dmar_sum(d);
}

static inline void dmar_begin(struct dmar_buf *d, uint8_t width, uint8_t flags)
{
    memset(d, 0, sizeof(*d));
    memcpy(d->b, "DMAR\0\0\0\0\1\0TESTS TESTS   ", 24);
    d->len = 36;
    put(d, width - 1, 1);
    put(d, flags, 1);
    put(d, 0, 10);
}

static inline void dmar_open(struct dmar_buf *d, uint16_t type)
{
    d->open = d->len;
    put(d, type, 2);
    put(d, 0, 2);
}

static inline void dmar_close(struct dmar_buf *d)
{
    put_at(d, d->open + 2, d->len - d->open, 2);
}

/* A scope with a path of one element; returns its offset. */
static inline size_t dmar_scope(struct dmar_buf *d, uint8_t type, uint8_t id,
                                uint8_t bus, uint8_t dev, uint8_t fn)
{
    size_t off = d->len;

    put(d, type, 1);
    put(d, 8, 1);
    put(d, 0, 2);
    put(d, id, 1);
    put(d, bus, 1);
    put(d, dev, 1);
    put(d, fn, 1);

    return off;
}

/* One more hop for the scope at @off, which is the last thing built. */
static inline void dmar_hop(struct dmar_buf *d, size_t off, uint8_t dev,
                            uint8_t fn)
{
    put(d, dev, 1);
    put(d, fn, 1);
    d->b[off + 1] += 2;
}

static inline void dmar_drhd(struct dmar_buf *d, uint16_t seg, uint64_t base,
                             uint8_t flags, uint8_t size)
{
    dmar_open(d, 0);
    put(d, flags, 1);
    put(d, size, 1);
    put(d, seg, 2);
    put(d, base, 8);
}

static inline void dmar_rmrr(struct dmar_buf *d, uint16_t seg, uint64_t base,
                             uint64_t limit)
{
    dmar_open(d, 1);
    put(d, 0, 2);
    put(d, seg, 2);
    put(d, base, 8);
    put(d, limit, 8);
}

static inline void dmar_flagged(struct dmar_buf *d, uint16_t type,
                                uint8_t flags, uint16_t seg)
{
    dmar_open(d, type);
    put(d, flags, 1);
    put(d, 0, 1);
    put(d, seg, 2);
}

#endif /* TESTS_DMAR_BUILD_H */
