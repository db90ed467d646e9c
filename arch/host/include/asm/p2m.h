/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's physical memory map, on Arm and on x86. A test that links what uses
 * it defines the functions. */
#ifndef HOST_ASM_P2M_H
#define HOST_ASM_P2M_H

#include <xen/device_tree.h>
#include <xen/mm-frame.h>
#include <xen/sched.h>
#include <asm/pci.h>

/* As VTCR_EL2 would say: 40 bits of address, from level 1 on. */
#define P2M_ROOT_LEVEL 1
extern unsigned int p2m_ipa_bits;

typedef enum {
    p2m_invalid,
    p2m_ram_rw,
    p2m_ram_ro,
    p2m_mmio_direct_dev,
    p2m_mmio_direct_nc,
    p2m_mmio_direct_c,
    p2m_map_foreign_rw,
    p2m_map_foreign_ro,
    p2m_grant_map_rw,
    p2m_grant_map_ro,
    p2m_iommu_map_rw,
    p2m_iommu_map_ro,
} p2m_type_t;

#define p2m_is_ram(t) ((t) == p2m_ram_rw || (t) == p2m_ram_ro)

#define is_domain_direct_mapped(d) ((d)->direct_mapped)

struct p2m_domain *p2m_get_hostp2m(struct domain *d);
void p2m_read_lock(struct p2m_domain *p2m);
void p2m_read_unlock(struct p2m_domain *p2m);
#define p2m_is_write_locked(p2m) rw_is_write_locked(&(p2m)->lock)
void p2m_restrict_ipa_bits(unsigned int ipa_bits);

/* INVALID_MFN where nothing is; @order: of the entry, or the hole's. */
mfn_t p2m_get_entry(struct p2m_domain *p2m, gfn_t gfn, p2m_type_t *t,
                    void *access, unsigned int *order, bool *valid);
mfn_t p2m_lookup(struct domain *d, gfn_t gfn, p2m_type_t *t);
int map_mmio_regions(struct domain *d, gfn_t gfn, unsigned long nr, mfn_t mfn);
int unmap_mmio_regions(struct domain *d, gfn_t gfn, unsigned long nr,
                       mfn_t mfn);
int map_regions_p2mt(struct domain *d, gfn_t gfn, unsigned long nr, mfn_t mfn,
                     p2m_type_t t);
int unmap_regions_p2mt(struct domain *d, gfn_t gfn, unsigned long nr,
                       mfn_t mfn);
int guest_physmap_add_entry(struct domain *d, gfn_t gfn, mfn_t mfn,
                            unsigned long order, p2m_type_t t);
int guest_physmap_remove_page(struct domain *d, gfn_t gfn, mfn_t mfn,
                              unsigned int order);

/* x86 */
typedef enum { p2m_access_n, p2m_access_r, p2m_access_w,
               p2m_access_rw } p2m_access_t;
int set_identity_p2m_entry(struct domain *d, unsigned long gfn,
                           p2m_access_t p2ma, unsigned int flag);
int clear_identity_p2m_entry(struct domain *d, unsigned long gfn);
mfn_t get_gfn_query_unlocked(struct domain *d, unsigned long gfn,
                             p2m_type_t *t);
#define p2m_is_grant(t) ((t) == p2m_grant_map_rw || (t) == p2m_grant_map_ro)
#define p2m_is_foreign(t) \
    ((t) == p2m_map_foreign_rw || (t) == p2m_map_foreign_ro)
#define p2m_pod_active(d) ((d)->arch.pod_active)
#define p2m_is_global_logdirty(d) ((d)->arch.global_logdirty)

#endif
