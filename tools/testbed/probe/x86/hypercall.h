/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hypercall is a call into the page that Xen filled, 32 bytes for each; up to
 * four arguments in rdi, rsi, rdx and r10 (public/arch-x86/xen-x86_64.h).
 */
#ifndef HYPERCALL_H
#define HYPERCALL_H

/* What was written is seen by others before what comes later. */
static inline void barrier(void)
{
    asm volatile ( "" ::: "memory" );
}

extern char hypercall_page[];

static inline long hypercall(unsigned int nr, unsigned long a, unsigned long b,
                             unsigned long c, unsigned long d)
{
    register unsigned long a4 asm ("r10") = d;
    long result;

    asm volatile ( "call *%[entry]"
                   : "=a" (result), "+D" (a), "+S" (b), "+d" (c), "+r" (a4)
                   : [entry] "r" (hypercall_page + nr * 32)
                   : "memory", "rcx", "r8", "r9", "r11" );
    return result;
}

static inline long hypercall2(unsigned int nr, unsigned long a, const void *b)
{
    return hypercall(nr, a, (unsigned long)b, 0, 0);
}

#endif
