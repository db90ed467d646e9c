/* SPDX-License-Identifier: GPL-2.0-only */
/* What of Xen arch/x86 looks at, as a test says it is. */
#ifndef TESTS_X86_XEN_H
#define TESTS_X86_XEN_H

#include <xen/sched.h>

#include <asm/e820.h>
#include <asm/p2m.h>
#include <asm/setup.h>

/* Xen's own frames, which remove_xen_ranges() takes out. */
extern unsigned long x86_xen_first, x86_xen_last;
/* Its rc, if not 0. */
extern int x86_xen_rc;

/* The nth set_identity_p2m_entry() fails, -ENOMEM; 0: none. */
extern unsigned int x86_identity_fail;
/* The flag of the last one. */
extern unsigned int x86_identity_flag;
/* map_mmio_regions() does so many frames a call, 0: all; and fails at this. */
extern unsigned long x86_mmio_chunk, x86_mmio_fail;

/* The frame that gnttab_maps_frame() knows; get_gfn_query_unlocked()'s. */
extern unsigned long x86_granted;
extern struct x86_query {
    unsigned long mfn;
    p2m_type_t t;
} x86_query;

/* A page of @d's memory leaves it, as by XENMEM_decrease_reservation. */
int x86_remove_page(struct domain *d, struct page_info *page);

/* Empty map, no faults. */
void x86_reset(void);
void x86_e820(unsigned long first, unsigned long last, uint32_t type);

#endif /* TESTS_X86_XEN_H */
