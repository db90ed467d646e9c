/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds IORT tables (DEN0049 E.f) byte by byte, for tests. */
#ifndef TESTS_IORT_BUILD_H
#define TESTS_IORT_BUILD_H

#include <stdint.h>
#include <string.h>

struct iort_buf {
    uint8_t b[1 << 17];
    uint32_t len, node, nr;
};

static inline void iort_put(struct iort_buf *t, uint64_t val, unsigned int n)
{
    while ( n-- )
    {
        t->b[t->len++] = val;
        val >>= 8;
    }
}

static inline void iort_poke(struct iort_buf *t, uint32_t at, uint32_t val,
                             unsigned int n)
{
    for ( ; n--; val >>= 8 )
        t->b[at++] = val;
}

static inline void iort_begin(struct iort_buf *t)
{
    memset(t, 0, sizeof(*t));
    memcpy(t->b, "IORT", 4);
    t->len = 48;
    iort_poke(t, 40, 48, 4);
}

/* A node with @data bytes of its own so far; its offset. */
static inline uint32_t iort_open(struct iort_buf *t, uint8_t type)
{
    t->node = t->len;
    t->b[t->node] = type;
    t->b[t->node + 3] = 3;
    t->len += 16;
    iort_poke(t, 36, ++t->nr, 4);

    return t->node;
}

static inline void iort_close(struct iort_buf *t)
{
    while ( t->len & 3 )
        t->b[t->len++] = 0;
    iort_poke(t, t->node + 1, t->len - t->node, 2);
    iort_poke(t, 4, t->len, 4);
}

/* Appended to the open node, after its data. */
static inline void iort_map(struct iort_buf *t, uint32_t in, uint32_t nr,
                            uint32_t out, uint32_t ref, uint32_t flags)
{
    uint32_t n = t->b[t->node + 8];

    while ( !n && (t->len & 3) )
        t->b[t->len++] = 0;
    if ( !n )
        iort_poke(t, t->node + 12, t->len - t->node, 4);
    t->b[t->node + 8] = n + 1;
    iort_put(t, in, 4);
    iort_put(t, nr, 4);
    iort_put(t, out, 4);
    iort_put(t, ref, 4);
    iort_put(t, flags, 4);
}

static inline uint32_t iort_its(struct iort_buf *t)
{
    uint32_t at = iort_open(t, 0);

    iort_put(t, 1, 4);
    iort_put(t, 0, 4);
    iort_close(t);

    return at;
}

/* Left open: mappings may follow. */
static inline uint32_t iort_smmu_open(struct iort_buf *t, uint64_t base,
                                      uint32_t flags, uint32_t model)
{
    uint32_t at = iort_open(t, 4);

    iort_put(t, base, 8);
    iort_put(t, flags, 4);
    iort_put(t, 0, 4 + 8);
    iort_put(t, model, 4);
    iort_put(t, 74, 4);
    iort_put(t, 75, 4);
    iort_put(t, 77, 4);
    iort_put(t, 76, 4);
    iort_put(t, 0, 8);

    return at;
}

static inline uint32_t iort_smmu(struct iort_buf *t, uint64_t base,
                                 uint32_t flags, uint32_t model)
{
    uint32_t at = iort_smmu_open(t, base, flags, model);

    iort_close(t);

    return at;
}

/*
 * An SMMUv1 or v2 with two global interrupts, 80 (an edge) and 81, and @nr_ctx
 * of its banks, from 90 on.  Left open.
 */
static inline uint32_t iort_smmuv2_open(struct iort_buf *t, uint64_t base,
                                        uint64_t span, uint32_t model,
                                        uint32_t flags, uint32_t nr_ctx)
{
    uint32_t at = iort_open(t, 3), i;

    iort_put(t, base, 8);
    iort_put(t, span, 8);
    iort_put(t, model, 4);
    iort_put(t, flags, 4);
    iort_put(t, 60, 4);
    iort_put(t, nr_ctx, 4);
    iort_put(t, 76, 4);
    iort_put(t, 0, 8);
    iort_put(t, 80, 4);
    iort_put(t, 1, 4);
    iort_put(t, 81, 8);
    for ( i = 0; i < nr_ctx; i++ )
        iort_put(t, 90 + i, 8);

    return at;
}

static inline uint32_t iort_root(struct iort_buf *t, uint32_t seg)
{
    uint32_t at = iort_open(t, 2);

    iort_put(t, 1, 8);
    iort_put(t, 0, 4);
    iort_put(t, seg, 4);
    iort_put(t, 48, 8);

    return at;
}

static inline uint32_t iort_named(struct iort_buf *t, const char *name)
{
    uint32_t at = iort_open(t, 1);

    iort_put(t, 0, 4 + 8);
    iort_put(t, 48, 1);
    do
        iort_put(t, *name, 1);
    while ( *name++ );

    return at;
}

static inline uint32_t iort_rmr(struct iort_buf *t, uint64_t base, uint64_t len)
{
    uint32_t at = iort_open(t, 6);

    iort_put(t, 0, 4);
    iort_put(t, 1, 4);
    iort_put(t, 28, 4);
    iort_put(t, base, 8);
    iort_put(t, len, 8);
    iort_put(t, 0, 4);

    return at;
}

#endif /* TESTS_IORT_BUILD_H */
