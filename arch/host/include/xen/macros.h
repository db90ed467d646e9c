/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_MACROS_H
#define HOST_XEN_MACROS_H

#include <xen/compiler.h>

#define ROUNDUP(x, a)      (((x) + (a) - 1) & ~((a) - 1))
#define ROUNDDOWN(x, a)    ((x) & ~((a) - 1))
#define IS_ALIGNED(val, a) (!((val) & ((a) - 1)))
#define DIV_ROUND(n, d)    (((n) + (d) / 2) / (d))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ISOLATE_LSB(x)     ((x) & -(x))
#define MASK_EXTR(v, m)    (((v) & (m)) / ISOLATE_LSB(m))
#define MASK_INSR(v, m)    (((v) * ISOLATE_LSB(m)) & (m))

#define count_args_(dot, a1, a2, a3, a4, a5, a6, a7, a8, x, ...) x
#define count_args(args...) count_args_(., ## args, 8, 7, 6, 5, 4, 3, 2, 1, 0)

#define PASTE_(a, b) a ## b
#define PASTE(a, b)  PASTE_(a, b)
#define __STR(...)   #__VA_ARGS__
#define STR(...)     __STR(__VA_ARGS__)

#define BUILD_BUG_ON(cond) ({ _Static_assert(!(cond), "!(" #cond ")"); })
#define BUILD_BUG_ON_ZERO(cond) \
    (sizeof(struct { char c; _Static_assert(!(cond), "!(" #cond ")"); }) & 0)

#define ABS(x) ({ typeof(x) abs_x_ = (x); (abs_x_ < 0) ? -abs_x_ : abs_x_; })
#define SWAP(a, b) do { typeof(a) t_ = (a); (a) = (b); (b) = t_; } while ( 0 )
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]) + __must_be_array(x))
#define typeof_field(type, member) typeof(((type *)NULL)->member)
#define sizeof_field(type, member) sizeof(((type *)NULL)->member)
#define _p(x) ((void *)(unsigned long)(x))

/* As in Xen, both sides must have one type. */
#ifndef CPPCHECK
#define min(x, y) ({                                            \
    const typeof(x) min_x_ = (x);                               \
    const typeof(y) min_y_ = (y);                               \
    (void)(&min_x_ == &min_y_);                                 \
    min_x_ < min_y_ ? min_x_ : min_y_; })
#define max(x, y) ({                                            \
    const typeof(x) max_x_ = (x);                               \
    const typeof(y) max_y_ = (y);                               \
    (void)(&max_x_ == &max_y_);                                 \
    max_x_ > max_y_ ? max_x_ : max_y_; })
#else /* It cannot read these in an initialiser. */
#define min(x, y) ((x) < (y) ? (x) : (y))
#define max(x, y) ((x) > (y) ? (x) : (y))
#endif
#define min_t(type, x, y) ({                                    \
    type mint_x_ = (x); type mint_y_ = (y);                     \
    mint_x_ < mint_y_ ? mint_x_ : mint_y_; })
#define max_t(type, x, y) ({                                    \
    type maxt_x_ = (x); type maxt_y_ = (y);                     \
    maxt_x_ > maxt_y_ ? maxt_x_ : maxt_y_; })
#define MIN(x, y) ((x) < (y) ? (x) : (y))
#define MAX(x, y) ((x) > (y) ? (x) : (y))

#define container_of(ptr, type, member) ({                      \
    typeof_field(type, member) *co_ptr_ = (ptr);                \
    (type *)((char *)co_ptr_ - offsetof(type, member)); })

#endif
