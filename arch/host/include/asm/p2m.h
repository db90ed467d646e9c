/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's physical memory map on Arm, as far as BARs need it. A test that
 * links the code which maps BARs defines the functions. */
#ifndef HOST_ASM_P2M_H
#define HOST_ASM_P2M_H

#include <xen/mm-frame.h>
#include <xen/sched.h>

typedef enum {
    p2m_invalid,
    p2m_ram_rw,
    p2m_mmio_direct_dev,
} p2m_type_t;

struct p2m_domain;
struct p2m_domain *p2m_get_hostp2m(struct domain *d);
void p2m_read_lock(struct p2m_domain *p2m);
void p2m_read_unlock(struct p2m_domain *p2m);
/* INVALID_MFN where nothing is; @order: of the entry, or the hole's. */
mfn_t p2m_get_entry(struct p2m_domain *p2m, gfn_t gfn, p2m_type_t *t,
                    void *access, unsigned int *order, bool *valid);
int map_mmio_regions(struct domain *d, gfn_t gfn, unsigned long nr, mfn_t mfn);
int unmap_mmio_regions(struct domain *d, gfn_t gfn, unsigned long nr,
                       mfn_t mfn);

#endif
