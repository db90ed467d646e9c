/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_IOMMU_H
#define HOST_XEN_IOMMU_H

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/list.h>
#include <xen/mm.h>
#include <xen/mm-frame.h>
#include <xen/percpu.h>
#include <xen/bitops.h>
#include <xen/bootfdt.h>
#include <xen/pci.h>
#include <xen/spinlock.h>
#include <public/domctl.h>

TYPE_SAFE(uint64_t, dfn)
#define PRI_dfn PRIx64
#define INVALID_DFN _dfn(~0ULL)

static inline dfn_t __must_check dfn_add(dfn_t dfn, unsigned long i)
{
    return _dfn(dfn_x(dfn) + i);
}

static inline bool dfn_eq(dfn_t a, dfn_t b)
{
    return dfn_x(a) == dfn_x(b);
}

bool pcidevs_mine(void);

extern bool iommu_enable, iommu_enabled, force_iommu, iommu_verbose;
extern bool iommu_debug, iommu_snoop, iommu_qinval, iommu_igfx;
extern bool iommu_hwdom_strict, iommu_hwdom_passthrough, iommu_hwdom_inclusive;
extern bool iommu_hap_pt_share, iommu_non_coherent, untrusted_msi;
extern bool iommu_intpost;
extern int8_t iommu_hwdom_reserved;
extern uint8_t iommu_quarantine;
extern unsigned int iommu_dev_iotlb_timeout;
extern bool iommu_superpages;
extern enum iommu_intremap {
    iommu_intremap_off,
    iommu_intremap_restricted,
    iommu_intremap_full,
} iommu_intremap;
extern bool iommu_crash_disable;

#define IOMMUF_order(n)  ((n) & 0x3f)
#define _IOMMUF_readable 6
#define IOMMUF_readable  (1u << _IOMMUF_readable)
#define _IOMMUF_writable 7
#define IOMMUF_writable  (1u << _IOMMUF_writable)
#define IOMMUF_preempt   (1u << 8)

#define IOMMU_FLUSHF_added    (1u << 0)
#define IOMMU_FLUSHF_modified (1u << 1)
#define IOMMU_FLUSHF_all      (1u << 2)

typedef int iommu_grdm_t(xen_pfn_t start, xen_ulong_t nr, uint32_t id,
                         void *ctxt);

struct domain;
struct s2_space;
struct msi_desc;
struct msi_msg;

enum iommu_feature {
    IOMMU_FEAT_COHERENT_WALK,
    IOMMU_FEAT_count
};

/* x86's part of it. */
struct arch_iommu {
    spinlock_t mapping_lock;
    struct {
        struct page_list_head list;
        spinlock_t lock;
    } pgtables;
    struct list_head identity_maps;
    struct {
        uint64_t pgd_maddr;
        unsigned int agaw;
    } vtd;
};

/* struct domain's part, with what xen-patches/ adds to it. */
struct domain_iommu {
    struct arch_iommu arch;
    nodeid_t node;
    DECLARE_BITMAP(features, IOMMU_FEAT_count);
    bool hap_pt_share;
    bool need_sync;
    struct s2_space *space;
    struct list_head dt_devices;
};

#define dom_iommu(d) (&(d)->iommu)
#define iommu_set_feature(d, f)   set_bit(f, dom_iommu(d)->features)
#define iommu_clear_feature(d, f) clear_bit(f, dom_iommu(d)->features)
#define need_iommu_pt_sync(d) (dom_iommu(d)->need_sync)
#define iommu_use_hap_pt(d) (dom_iommu(d)->hap_pt_share)

int iommu_setup(void);
int iommu_domain_init(struct domain *d, unsigned int opts);
void iommu_hwdom_init(struct domain *d);
void iommu_domain_destroy(struct domain *d);
int __must_check iommu_free_pgtables(struct domain *d);
int __must_check iommu_suspend(void);
void iommu_resume(void);
void iommu_crash_shutdown(void);
void iommu_quiesce(void);
bool iommu_has_feature(struct domain *d, enum iommu_feature feature);

long __must_check iommu_map(struct domain *d, dfn_t dfn0, mfn_t mfn0,
                            unsigned long page_count, unsigned int flags,
                            unsigned int *flush_flags);
long __must_check iommu_unmap(struct domain *d, dfn_t dfn0,
                              unsigned long page_count, unsigned int flags,
                              unsigned int *flush_flags);
int __must_check iommu_legacy_map(struct domain *d, dfn_t dfn, mfn_t mfn,
                                  unsigned long page_count,
                                  unsigned int flags);
int __must_check iommu_legacy_unmap(struct domain *d, dfn_t dfn,
                                    unsigned long page_count);
int __must_check iommu_lookup_page(struct domain *d, dfn_t dfn, mfn_t *mfn,
                                   unsigned int *flags);
int __must_check iommu_iotlb_flush(struct domain *d, dfn_t dfn,
                                   unsigned long page_count,
                                   unsigned int flush_flags);
int __must_check iommu_iotlb_flush_all(struct domain *d,
                                       unsigned int flush_flags);
DECLARE_PER_CPU(bool, iommu_dont_flush_iotlb);

int iommu_add_extra_reserved_device_memory(unsigned long start,
                                           unsigned long nr, pci_sbdf_t sbdf,
                                           const char *name);
int iommu_get_extra_reserved_device_memory(iommu_grdm_t *func, void *ctxt);
int iommu_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt);

int iommu_do_domctl(struct xen_domctl *domctl, struct domain *d,
                    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl);
int iommu_do_pci_domctl(struct xen_domctl *domctl, struct domain *d,
                        XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl);

/* What xen-patches/ declares for pci.c and x86. */
int iommu_groups_pci_add(struct pci_dev *pdev);
void iommu_groups_pci_remove(struct pci_dev *pdev);
int iommu_groups_pci_settle(pci_sbdf_t sbdf);
uint16_t iommu_groups_pci_command(const struct pci_dev *pdev, uint16_t cmd);
void iommu_groups_pci_retire(pci_sbdf_t sbdf);
bool iommu_groups_pci_ghost(pci_sbdf_t sbdf, const struct pci_dev_info *info);
void iommu_groups_explain_no_log(struct domain *d);
bool iommu_groups_forbid_save(struct domain *d);
struct xen_sysctl_iommu_groups;
int iommu_groups_sysctl(struct xen_sysctl_iommu_groups *op);
int iommu_groups_pci_may_remove(const struct pci_dev *pdev);
int iommu_update_ire_from_msi(struct msi_desc *msi_desc, struct msi_msg *msg);
void iommu_update_ire_from_apic(unsigned int apic, unsigned int pin,
                                uint64_t rte);
unsigned int iommu_read_apic_from_ire(unsigned int apic, unsigned int reg);
int iommu_setup_hpet_msi(struct msi_desc *msi);
bool iommu_supports_x2apic(void);
int iommu_enable_x2apic(void);
void iommu_disable_x2apic(void);
void iommu_adjust_irq_affinities(void);

unsigned int iommu_groups_memflags(const struct domain *d);
int iommu_groups_pv_populate(struct domain *d, mfn_t mfn, unsigned int order);
void iommu_groups_release_begin(struct domain *d);
void iommu_groups_release_end(void);
bool iommu_groups_release_hold(struct page_info *page);
bool iommu_groups_release_later(struct page_info *page);
static inline bool iommu_groups_release(struct page_info *page)
{
    return this_cpu(iommu_dont_flush_iotlb) && iommu_groups_release_later(page);
}

/* What xen-patches/ declares for Arm. */
void iommu_groups_p2m_changed(struct domain *d, gfn_t gfn, unsigned int order,
                              mfn_t mfn, unsigned int type);
void iommu_groups_p2m_broken(struct domain *d, gfn_t gfn, unsigned int order);
bool iommu_groups_intx_for_guests(void);
size_t iommu_hwdom_iort_size(void);
void iommu_hwdom_iort_add(struct domain *d, struct membank tbl_add[]);
int iommu_hwdom_deny(struct domain *d);
bool iommu_acpi_bar_ok(paddr_t first, paddr_t last);

/* The architecture's part, on the host in arch.c. */
int arch_iommu_domain_init(struct domain *d);
void arch_iommu_domain_destroy(struct domain *d);
void arch_iommu_check_autotranslated_hwdom(struct domain *d);
void arch_iommu_hwdom_init(struct domain *d);
bool iommu_unity_region_ok(const char *prefix, mfn_t start, mfn_t end);
bool arch_iommu_use_permitted(const struct domain *d);
bool arch_iommu_reserve_ram(unsigned long start, unsigned long nr,
                            const char *name);

#endif
