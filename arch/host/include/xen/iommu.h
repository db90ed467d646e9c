/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_IOMMU_H
#define HOST_XEN_IOMMU_H

#include <xen/errno.h>
#include <xen/mm-frame.h>
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

extern bool iommu_enable, iommu_enabled, force_iommu, iommu_verbose;
extern bool iommu_debug, iommu_snoop, iommu_qinval, iommu_igfx;
extern bool iommu_hwdom_strict, iommu_hwdom_passthrough, iommu_hwdom_inclusive;
extern bool iommu_hap_pt_share;
extern int8_t iommu_hwdom_reserved;
extern uint8_t iommu_quarantine;
extern unsigned int iommu_dev_iotlb_timeout;
extern bool iommu_superpages;
extern enum iommu_intremap {
    iommu_intremap_off,
    iommu_intremap_restricted,
    iommu_intremap_full,
} iommu_intremap;
#define iommu_intpost false

#define IOMMU_quarantine_none         0
#define IOMMU_quarantine_basic        1
#define IOMMU_quarantine_scratch_page 2

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

struct iommu_owner;

/* struct domain's part, with what xen-patches/ adds to it. */
struct domain_iommu {
    nodeid_t node;
    bool hap_pt_share;
    bool need_sync;
    struct iommu_owner *owner;
};

#define dom_iommu(d) (&(d)->iommu)
#define need_iommu_pt_sync(d) (dom_iommu(d)->need_sync)
#define iommu_use_hap_pt(d) (dom_iommu(d)->hap_pt_share)

#endif
