/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's IOMMU state on Arm, and direct mapping in its p2m. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/sched.h>

#include <asm/p2m.h>

#include <iommu-arch.h>
#include <iommu-groups/setup.h>

/*
 * Without translation the hardware domain's devices reach what they ask for
 * only where its memory is mapped one to one.
 */
void __hwdom_init arch_iommu_check_autotranslated_hwdom(struct domain *d)
{
    if ( !iommu_hwdom_passthrough || is_domain_direct_mapped(d) )
        return;

    printk(XENLOG_WARNING
           "IOMMU: %pd is not mapped one to one: dom0-iommu=passthrough is ignored\n",
           d);
    iommu_hwdom_passthrough = false;
}

int arch_iommu_domain_init(struct domain *d)
{
    return iommu_dt_domain_init(d);
}

void arch_iommu_domain_destroy(struct domain *d)
{
}

void arch_iommu_domain_tables(struct domain *d, const struct s2_space *space)
{
}

/* Arm has no mem-sharing, paging or log-dirty behind a guest's back. */
bool arch_iommu_use_permitted(const struct domain *d)
{
    return true;
}

void arch_iommu_direct_unmap(struct domain *d, unsigned long first,
                             unsigned long last)
{
    unsigned long fn;

    for ( fn = first; fn <= last; fn++ )
    {
        p2m_type_t t;

        /* RAM that the domain has there anyway is its own. */
        if ( mfn_eq(p2m_lookup(d, _gfn(fn), &t), _mfn(fn)) && !p2m_is_ram(t) &&
             unmap_regions_p2mt(d, _gfn(fn), 1, _mfn(fn)) )
            printk(XENLOG_G_WARNING
                   "%pd: direct mapping of frame %lx cannot be removed\n",
                   d, fn);
    }
}

static int map_frame(struct domain *d, unsigned long fn, bool relaxed)
{
    mfn_t there = p2m_lookup(d, _gfn(fn), NULL);

    if ( mfn_eq(there, _mfn(fn)) )
        return 0;
    if ( !mfn_eq(there, INVALID_MFN) )
        return relaxed ? 0 : -EBUSY;

    return map_regions_p2mt(d, _gfn(fn), 1, _mfn(fn), p2m_mmio_direct_c);
}

int arch_iommu_direct_map(struct domain *d, const struct iommu_region *region,
                          bool relaxed)
{
    unsigned long fn;

    /* Neither device trees nor IORTs have regions with other rights. */
    if ( region->prot != IOMMU_REGION_RW )
        return -EOPNOTSUPP;

    for ( fn = region->first; fn <= region->last; fn++ )
    {
        int rc = map_frame(d, fn, relaxed);

        if ( !rc )
            continue;

        if ( fn > region->first )
            arch_iommu_direct_unmap(d, region->first, fn - 1);

        return rc;
    }

    return 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
