/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains on RISC-V: the port makes none, so that nothing here is asked for
 * more than the state of dom_io.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/vmap.h>

#include <iommu-arch.h>
#include <iommu-groups/ir.h>
#include <iommu-groups/setup.h>

int arch_iommu_domain_init(struct domain *d)
{
    return 0;
}

void arch_iommu_domain_destroy(struct domain *d)
{
}

void arch_iommu_domain_tables(struct domain *d, const struct s2_space *space)
{
}

bool arch_iommu_use_permitted(const struct domain *d)
{
    return true;
}

void __hwdom_init arch_iommu_check_autotranslated_hwdom(struct domain *d)
{
}

void __hwdom_init arch_iommu_hwdom_init(struct domain *d)
{
}

void __hwdom_init arch_iommu_hwdom_ready(struct domain *d)
{
}

void iommu_ir_note_owner(const struct domain *d)
{
}

/* Regions of the device tree are in the dev's own lists. */
int iommu_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt)
{
    return 0;
}

/* No node is given to a domain. */
int iommu_do_dt_domctl(struct xen_domctl *domctl, struct domain *d,
                       XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl)
{
    return -ENODEV;
}

int arch_iommu_direct_map(struct domain *d, const struct iommu_region *region,
                          bool relaxed)
{
    return -EOPNOTSUPP;
}

void arch_iommu_direct_unmap(struct domain *d, unsigned long first,
                             unsigned long last)
{
}

void *arch_iommu_map_regs(paddr_t base, size_t size)
{
    mfn_t mfn = maddr_to_mfn(base);
    void *va = __vmap(&mfn, PFN_UP((base & ~PAGE_MASK) + size), 1, 1,
                      PAGE_HYPERVISOR_RW, VMAP_DEFAULT);

    return va ? va + (base & ~PAGE_MASK) : NULL;
}

void arch_iommu_unmap_regs(void *regs, size_t size)
{
    vunmap((void *)((unsigned long)regs & PAGE_MASK));
}

/* There are no guests, and so nobody else's memory. */
const char *arch_iommu_foreign_why(struct domain *d, uint64_t dfn, uint64_t mfn)
{
    return NULL;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
