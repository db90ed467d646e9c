/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_ATOMIC_H
#define HOST_ASM_ATOMIC_H

#include <asm/system.h>
#include <xen/types.h>

typedef struct {
    int counter;
} atomic_t;

#define ATOMIC_INIT(i) { (i) }

/* One access of the object's own size, never torn or repeated. */
#define read_atomic(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define write_atomic(p, x) __atomic_store_n(p, x, __ATOMIC_RELAXED)
#define add_sized(p, x) \
    ((void)__atomic_store_n(p, __atomic_load_n(p, __ATOMIC_RELAXED) + (x), \
                            __ATOMIC_RELAXED))

static inline int atomic_read(const atomic_t *v)
{
    return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic_set(atomic_t *v, int i)
{
    __atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_cmpxchg(atomic_t *v, int old, int new)
{
    return cmpxchg(&v->counter, old, new);
}

static inline int atomic_add_return(int i, atomic_t *v)
{
    return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline int atomic_sub_return(int i, atomic_t *v)
{
    return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

#define atomic_add(i, v) ((void)atomic_add_return(i, v))
#define atomic_sub(i, v) ((void)atomic_sub_return(i, v))
#define atomic_inc(v) atomic_add(1, v)
#define atomic_dec(v) atomic_sub(1, v)
#define atomic_inc_return(v) atomic_add_return(1, v)
#define atomic_dec_return(v) atomic_sub_return(1, v)
#define atomic_inc_and_test(v) (atomic_add_return(1, v) == 0)
#define atomic_dec_and_test(v) (atomic_sub_return(1, v) == 0)
#define atomic_sub_and_test(i, v) (atomic_sub_return(i, v) == 0)

static inline int atomic_add_unless(atomic_t *v, int a, int u)
{
    int seen = atomic_read(v);

    while ( seen != u )
    {
        int old = atomic_cmpxchg(v, seen, seen + a);

        if ( old == seen )
            break;
        seen = old;
    }

    return seen;
}

#endif
