/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_BITOPS_H
#define HOST_XEN_BITOPS_H

#include <xen/types.h>
#include <xen/string.h>
#include <asm/system.h>

#define GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define BIT(pos, sfx) (PASTE(1, sfx) << (pos))
#define BIT_WORD(nr) ((nr) / BITS_PER_LONG)

/* As on x86 the bitmaps are arrays of 32-bit words for the atomic forms. */
#define HOST_BIT_OP_(nr, addr, op) \
    (op((volatile uint32_t *)(addr) + (unsigned int)(nr) / 32, \
        1u << ((unsigned int)(nr) % 32), __ATOMIC_SEQ_CST))
#define HOST_BIT_CLR_(nr, addr) \
    (__atomic_fetch_and((volatile uint32_t *)(addr) + (unsigned int)(nr) / 32, \
                        ~(1u << ((unsigned int)(nr) % 32)), __ATOMIC_SEQ_CST))

#define set_bit(nr, addr)   ((void)HOST_BIT_OP_(nr, addr, __atomic_fetch_or))
#define clear_bit(nr, addr) ((void)HOST_BIT_CLR_(nr, addr))
#define change_bit(nr, addr) ((void)HOST_BIT_OP_(nr, addr, __atomic_fetch_xor))
#define test_and_set_bit(nr, addr) \
    (!!(HOST_BIT_OP_(nr, addr, __atomic_fetch_or) & \
        (1u << ((unsigned int)(nr) % 32))))
#define test_and_clear_bit(nr, addr) \
    (!!(HOST_BIT_CLR_(nr, addr) & (1u << ((unsigned int)(nr) % 32))))
#define test_bit(nr, addr) \
    (!!(__atomic_load_n((const volatile uint32_t *)(addr) + \
                        (unsigned int)(nr) / 32, __ATOMIC_RELAXED) & \
        (1u << ((unsigned int)(nr) % 32))))

static inline void __set_bit(unsigned int nr, void *addr)
{
    ((uint32_t *)addr)[nr / 32] |= 1u << (nr % 32);
}

static inline void __clear_bit(unsigned int nr, void *addr)
{
    ((uint32_t *)addr)[nr / 32] &= ~(1u << (nr % 32));
}

static inline bool __test_and_set_bit(unsigned int nr, void *addr)
{
    bool old = test_bit(nr, addr);

    __set_bit(nr, addr);

    return old;
}

static inline bool __test_and_clear_bit(unsigned int nr, void *addr)
{
    bool old = test_bit(nr, addr);

    __clear_bit(nr, addr);

    return old;
}

/* First set bit counted from 1, or 0 (ffs), last likewise (fls). */
static inline unsigned int host_ffs64(uint64_t x)
{
    return x ? __builtin_ctzll(x) + 1 : 0;
}

static inline unsigned int host_fls64(uint64_t x)
{
    return x ? 64 - __builtin_clzll(x) : 0;
}

#define ffs(x)   host_ffs64((uint32_t)(x))
#define ffsl(x)  host_ffs64((unsigned long)(x))
#define ffs64(x) host_ffs64(x)
#define fls(x)   host_fls64((uint32_t)(x))
#define flsl(x)  host_fls64((unsigned long)(x))
#define fls64(x) host_fls64(x)
#define find_first_set_bit(x) ((unsigned int)__builtin_ctzl(x))

#define hweight8(x)  ((unsigned int)__builtin_popcount((uint8_t)(x)))
#define hweight16(x) ((unsigned int)__builtin_popcount((uint16_t)(x)))
#define hweight32(x) ((unsigned int)__builtin_popcount(x))
#define hweight64(x) ((unsigned int)__builtin_popcountll(x))
#define hweight_long(x) ((unsigned int)__builtin_popcountl(x))
#define hweightl(x)  ((unsigned int)__builtin_popcountl(x))
#define multiple_bits_set(x) (!!((x) & ((x) - 1)))

#define for_each_set_bit(iter, val)                                     \
    for ( typeof(val) fesb_v_ = (val), *fesb_once_ = &fesb_v_;          \
          fesb_once_; fesb_once_ = NULL )                               \
        for ( unsigned int iter;                                        \
              fesb_v_ && ((iter = __builtin_ctzll(fesb_v_)), true);     \
              fesb_v_ &= fesb_v_ - 1 )

static inline int get_count_order(unsigned int count)
{
    return count > 1 ? (int)fls(count - 1) : 0;
}

#define ilog2(x) ((int)fls64(x) - 1)

unsigned int find_next_bit(const unsigned long *addr, unsigned int size,
                           unsigned int offset);
unsigned int find_next_zero_bit(const unsigned long *addr, unsigned int size,
                                unsigned int offset);
#define find_first_bit(addr, size) find_next_bit(addr, size, 0)
#define find_first_zero_bit(addr, size) find_next_zero_bit(addr, size, 0)

#endif
