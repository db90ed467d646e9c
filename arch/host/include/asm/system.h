/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_SYSTEM_H
#define HOST_ASM_SYSTEM_H

#include <xen/compiler.h>

/*
 * Full barriers in every case. They are opaque to ThreadSanitizer on purpose:
 * code that relies on a barrier between threads must use atomics or a lock.
 */
#if defined(__x86_64__)
#define mb()  __asm__ __volatile__ ( "mfence" ::: "memory" )
#elif defined(__aarch64__)
#define mb()  __asm__ __volatile__ ( "dmb ish" ::: "memory" )
#else
#define mb()  __asm__ __volatile__ ( "fence" ::: "memory" )
#endif
#define rmb() mb()
#define wmb() barrier()
#define smp_mb()  mb()
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define smp_mb__before_atomic() barrier()
#define smp_mb__after_atomic()  barrier()

#define xchg(ptr, v) __atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST)
#define cmpxchg(ptr, o, n) ({                                           \
    typeof(*(ptr)) cx_old_ = (o);                                       \
    __atomic_compare_exchange_n(ptr, &cx_old_, n, false,                \
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
    cx_old_; })
#define cmpxchgptr(ptr, o, n) cmpxchg(ptr, o, n)

#if defined(__x86_64__)
/* As in Xen: returns what was there; see cpu_has_cx16 (asm/cpufeature.h). */
#define cmpxchg16b(ptr, o, n) ({                                        \
    union { struct { uint64_t lo, hi; } h; __uint128_t v; }             \
        cx_o_ = { .v = *(const __uint128_t *)(o) },                     \
        cx_n_ = { .v = *(const __uint128_t *)(n) };                     \
    __asm__ __volatile__ ( "lock cmpxchg16b %[p]"                       \
                           : [p] "+m" (*(__uint128_t *)(ptr)),          \
                             "+a" (cx_o_.h.lo), "+d" (cx_o_.h.hi)       \
                           : "b" (cx_n_.h.lo), "c" (cx_n_.h.hi)         \
                           : "memory", "cc" );                          \
    cx_o_.v; })
#endif

#endif
