/* SPDX-License-Identifier: GPL-2.0-only */
/* Its number is in x16, arguments are from x0 on (public/arch-arm.h). */
#ifndef HYPERCALL_H
#define HYPERCALL_H

/* What was written is seen by others, devices too, before what comes later. */
static inline void barrier(void)
{
    asm volatile ( "dmb sy" ::: "memory" );
}

static inline long hypercall(unsigned int nr, unsigned long a, unsigned long b,
                             unsigned long c, unsigned long d)
{
    register unsigned long x0 asm ("x0") = a;
    register unsigned long x1 asm ("x1") = b;
    register unsigned long x2 asm ("x2") = c;
    register unsigned long x3 asm ("x3") = d;
    register unsigned long x16 asm ("x16") = nr;

    asm volatile ( "hvc %[tag]"
                   : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3), "+r" (x16)
                   : [tag] "i" (XEN_HYPERCALL_TAG)
                   : "memory", "x4", "x17" );
    return x0;
}

static inline long hypercall2(unsigned int nr, unsigned long a, const void *b)
{
    return hypercall(nr, a, (unsigned long)b, 0, 0);
}

#endif
