/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of the probe as a PV guest, the notes by which Xen's toolstack finds it
 * (public/elfnote.h), and the page that Xen fills with hypercalls.
 */
#define __ASSEMBLY__
#include <elfnote.h>

.macro NOTE type, value:vararg
    .pushsection .note.Xen, "a", @note
    .p2align 2
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  \value
2:  .p2align 2
    .popsection
.endm

    NOTE XEN_ELFNOTE_GUEST_OS,       .asciz "probe"
    NOTE XEN_ELFNOTE_GUEST_VERSION,  .asciz "1"
    NOTE XEN_ELFNOTE_XEN_VERSION,    .asciz "xen-3.0"
    NOTE XEN_ELFNOTE_LOADER,         .asciz "generic"
    NOTE XEN_ELFNOTE_PAE_MODE,       .asciz "yes"
    NOTE XEN_ELFNOTE_VIRT_BASE,      .quad virt_base
    NOTE XEN_ELFNOTE_ENTRY,          .quad start
    NOTE XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page

    .section .text.start, "ax", @progbits
    .globl start
start:
    lea stack_end(%rip), %rsp
    xor %ebp, %ebp
    mov %rsi, %rdi                      /* struct start_info */
    call probe_main
    ud2

    .section .text.hypercall, "ax", @progbits
    .p2align 12
    .globl hypercall_page
hypercall_page:
    .skip 4096

    .bss
    .p2align 4
    .skip 16384
stack_end:

    .section .note.GNU-stack, "", @progbits
