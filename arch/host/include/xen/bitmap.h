/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_BITMAP_H
#define HOST_XEN_BITMAP_H

#include <xen/bitops.h>
#include <xen/string.h>
#include <xen/types.h>

#define bitmap_bytes(nbits) (BITS_TO_LONGS(nbits) * sizeof(unsigned long))

static inline void bitmap_zero(unsigned long *dst, unsigned int nbits)
{
    memset(dst, 0, bitmap_bytes(nbits));
}

static inline void bitmap_set(unsigned long *map, unsigned int start,
                              unsigned int len)
{
    for ( ; len; start++, len-- )
        __set_bit(start, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned int start,
                                unsigned int len)
{
    for ( ; len; start++, len-- )
        __clear_bit(start, map);
}

static inline void bitmap_fill(unsigned long *dst, unsigned int nbits)
{
    bitmap_zero(dst, nbits);
    bitmap_set(dst, 0, nbits);
}

static inline void bitmap_copy(unsigned long *dst, const unsigned long *src,
                               unsigned int nbits)
{
    memcpy(dst, src, bitmap_bytes(nbits));
}

static inline bool bitmap_empty(const unsigned long *src, unsigned int nbits)
{
    return find_first_bit(src, nbits) >= nbits;
}

static inline bool bitmap_full(const unsigned long *src, unsigned int nbits)
{
    return find_first_zero_bit(src, nbits) >= nbits;
}

static inline unsigned int bitmap_weight(const unsigned long *src,
                                         unsigned int nbits)
{
    unsigned int bit, n = 0;

    for ( bit = find_first_bit(src, nbits); bit < nbits;
          bit = find_next_bit(src, nbits, bit + 1) )
        n++;

    return n;
}

#define bitmap_for_each(bit, addr, size)                \
    for ( (bit) = find_first_bit(addr, size);           \
          (bit) < (size);                               \
          (bit) = find_next_bit(addr, size, (bit) + 1) )

#endif
