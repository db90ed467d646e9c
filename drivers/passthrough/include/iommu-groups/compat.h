/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces of Xen that differ between the versions that the layer is built
 * in: sources use what the newest has, and older ones get it from here. The
 * build's side is compat.mk; hooks differ in xen-patches/. Nothing else asks
 * for a version.
 */
#ifndef IOMMU_GROUPS_COMPAT_H
#define IOMMU_GROUPS_COMPAT_H

#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>

/* compat.mk says: 420 for 4.20, and so on. */
#ifndef IOMMU_GROUPS_XEN
#error IOMMU_GROUPS_XEN is not defined: include compat.mk
#endif

/* Nodes of a device tree may be given to domains. */
#if defined(CONFIG_HAS_DEVICE_TREE) || defined(CONFIG_HAS_DEVICE_TREE_DISCOVERY)
#define IOMMU_GROUPS_DT
#endif

/* bootinfo_get_mem() */
#if defined(CONFIG_ARM) || defined(CONFIG_RISCV)
#if IOMMU_GROUPS_XEN < 421
#include <xen/bootfdt.h>
#else
#include <xen/bootinfo.h>
#endif
#endif

/* Handlers of registers. */
#if defined(CONFIG_HAS_VPCI_GUEST_SUPPORT) && IOMMU_GROUPS_XEN >= 422
#include "../../../../vpci/private.h"
#endif

#if IOMMU_GROUPS_XEN < 423
static inline bool domain_shutting_down(const struct domain *d)
{
    return d->is_shutting_down;
}
#endif

/*
 * What iommu_update_ire_from_msi() returns for a message that the caller has to
 * write to the source. Up to 4.20 callers write every one, and take whatever is
 * not 0 for an error.
 */
#define COMPAT_MSI_WRITE (IOMMU_GROUPS_XEN >= 421)

/* The list of PCI segments, with segment 0 in it.  Boot, or panic. */
static inline void compat_pci_segments_init(void)
{
#if IOMMU_GROUPS_XEN < 421
    pci_segments_init();
#else
    if ( pci_add_segment(0) )
        panic("No memory for PCI segment 0\n");
#endif
}

#if defined(CONFIG_X86) && !defined(IOMMU_GROUPS_HOST)
#include <asm/msr.h>

/* 0; -EFAULT: the CPU has no such register. */
static inline int compat_rdmsr_safe(unsigned int msr, uint64_t *val)
{
#if IOMMU_GROUPS_XEN < 421
    return rdmsr_safe(msr, *val);
#else
    return rdmsr_safe(msr, val);
#endif
}
#endif

/* Whether start_xen() of the RISC-V port leaves this for the layer to do. */
#define COMPAT_RISCV_NO_TIMERS   (IOMMU_GROUPS_XEN < 421)
#define COMPAT_RISCV_NO_TASKLETS (IOMMU_GROUPS_XEN < 422)

#endif /* IOMMU_GROUPS_COMPAT_H */

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
