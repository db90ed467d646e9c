/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of the probe on arm64: the header that Xen's toolstack looks for (that
 * of Linux' Image), tables that map each address to itself, and what becomes of
 * an exception.
 */
#define BLOCK       0x401               /* valid, accessed */
#define MEMORY      (BLOCK | 3 << 8)    /* attribute 0, inner shareable */
#define REGISTERS   (BLOCK | 1 << 2)    /* attribute 1 */

#define MAIR        0x00ff              /* 0: write-back; 1: device, nGnRnE */
/* 39 bits, pages of 4K; walks write-back and shareable; IPS 40 bits. */
#define TCR         (25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2 << 32)
/* The bits that are one in ARMv8.0; MMU, caches. */
#define SCTLR       (0x30d00800 | 1 << 12 | 1 << 3 | 1 << 2 | 1 << 0)

#define DATA_ABORT  0x25                /* ESR_EL1.EC: from the same level */

    .section .text.start, "ax", @progbits
    .globl start
start:
    b 1f
    .long 0
    .quad 0x80000                       /* from where memory begins */
    .quad image_size
    .quad 0, 0, 0, 0
    .ascii "ARM\x64"
    .long 0

1:  adrp x0, bss_start
    add x0, x0, #:lo12:bss_start
    adrp x1, bss_end
    add x1, x1, #:lo12:bss_end
2:  str xzr, [x0], #8
    cmp x0, x1
    b.lo 2b
    mov sp, x1                          /* the end of .bss is the stack */
    ldr x0, =vectors
    msr vbar_el1, x0
    ldr x0, =MAIR
    msr mair_el1, x0
    ldr x0, =TCR
    msr tcr_el1, x0
    ldr x0, =level1
    msr ttbr0_el1, x0
    dsb sy
    tlbi vmalle1
    ic iallu
    dsb sy
    isb
    ldr x0, =SCTLR
    msr sctlr_el1, x0
    isb
    mov x29, xzr
    mov x30, xzr
    mov x0, xzr                         /* what Xen hands over is asked for */
    b probe_main
    .ltorg

/* bool reads(va, value) */
    .globl reads
reads:
    ldr w2, [x0]
    str w2, [x1]
    mov w0, #1
    ret
nothing_there:
    mov w0, #0
    ret

/* Of the vectors the one for what this level does with a stack of its own. */
    .p2align 11
vectors:
    .rept 4
    b unexpected
    .p2align 7
    .endr
    mrs x3, esr_el1
    lsr x3, x3, #26
    cmp x3, #DATA_ABORT
    b.ne unexpected
    mrs x3, elr_el1
    adr x4, reads
    cmp x3, x4
    b.ne unexpected
    adr x4, nothing_there
    msr elr_el1, x4
    eret
    .p2align 7
    .rept 11
    b unexpected
    .p2align 7
    .endr

    .data
    .p2align 12
level1:
    .quad level2 + 3
    .quad 0x40000000 + MEMORY
    .quad 0, 0
    .quad 0x100000000 + REGISTERS       /* GUEST_VPCI_PREFETCH_MEM_ADDR */
    .skip 4096 - 5 * 8
/* What is shared with Xen and dom0 is memory, from grants' frames on. */
level2:
    .set at, 0
    .rept 448
    .quad at + REGISTERS
    .set at, at + 0x200000
    .endr
    .rept 16
    .quad at + MEMORY
    .set at, at + 0x200000
    .endr
    .rept 48
    .quad at + REGISTERS
    .set at, at + 0x200000
    .endr

    .section .note.GNU-stack, "", %progbits
