/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's IOMMU state on x86, and direct mapping in its p2m. */
#include <xen/errno.h>
#include <xen/grant_table.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/paging.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include <asm/p2m.h>
#include <asm/mem_paging.h>
#include <asm/mem_sharing.h>

#include <iommu-arch.h>
#include <iommu-groups/setup.h>

/* "dom0-iommu=" does not leave an autotranslated hardware domain a choice. */
void __hwdom_init arch_iommu_check_autotranslated_hwdom(struct domain *d)
{
    if ( !is_hvm_domain(d) )
        return;

    iommu_hwdom_passthrough = false;
    iommu_hwdom_strict = true;

    if ( !is_iommu_enabled(d) )
        panic("A PVH hardware domain needs an IOMMU, and there is none\n");
}

/* struct arch_iommu is stock Xen's; fields that are not named stay unused. */
int arch_iommu_domain_init(struct domain *d)
{
    struct domain_iommu *hd = dom_iommu(d);

    spin_lock_init(&hd->arch.mapping_lock);
    spin_lock_init(&hd->arch.pgtables.lock);
    INIT_PAGE_LIST_HEAD(&hd->arch.pgtables.list);
    INIT_LIST_HEAD(&hd->arch.identity_maps);

    return 0;
}

void arch_iommu_domain_destroy(struct domain *d)
{
}

/* tboot measures the first table before the machine sleeps. */
void arch_iommu_domain_tables(struct domain *d, const struct s2_space *space)
{
    struct arch_iommu *arch = &dom_iommu(d)->arch;
    const struct s2_table *table =
        space ? list_first_entry_or_null(&space->tables, struct s2_table, link)
              : NULL;

    arch->vtd.pgd_maddr = table ? s2_table_root(table) : 0;
    arch->vtd.agaw = table ? pt_levels(&table->pt) - 2 : 0;
}

bool arch_iommu_use_permitted(const struct domain *d)
{
    /*
     * What moves, traps or watches pages behind the guest's back excludes DMA.
     * A log of dirty pages is the p2m's where hardware walks that, or shadow
     * tables' (PV guests).
     */
    return d == dom_io ||
           !(mem_sharing_enabled(d) || mem_paging_enabled(d) ||
             p2m_pod_active(d) || p2m_is_global_logdirty(d) ||
             paging_mode_log_dirty(d));
}

/* Has the domain a device?  Then the console has which one, and why not. */
static bool device_forbids(struct domain *d, const char *what, const char *why)
{
    const struct pci_dev *pdev;

    pcidevs_lock();
    pdev = list_first_entry_or_null(&d->pdev_list, struct pci_dev, domain_list);
    if ( pdev && printk_ratelimit() )
        printk(XENLOG_WARNING
               "IOMMU: %pd cannot be %s: what %pp %s; detach it first\n",
               d, what, &pdev->sbdf, why);
    pcidevs_unlock();

    return pdev;
}

/* The toolstack gets -EINVAL, and says that "xl migrate" failed. */
void iommu_groups_explain_no_log(struct domain *d)
{
    device_forbids(d, "migrated while it runs, nor its dirty pages be logged",
                   "writes is not seen");
}

/* The toolstack gets -EBUSY, and resumes the domain that it has suspended. */
bool iommu_groups_forbid_save(struct domain *d)
{
    return !list_empty(&d->pdev_list) &&
           device_forbids(d, "saved", "is doing would be lost");
}

void arch_pci_init_pdev(struct pci_dev *pdev)
{
    pdev->arch.pseudo_domid = DOMID_INVALID;
}

void arch_iommu_direct_unmap(struct domain *d, unsigned long first,
                             unsigned long last)
{
    unsigned long pfn;

    for ( pfn = first; pfn <= last; pfn++ )
        if ( clear_identity_p2m_entry(d, pfn) )
            printk(XENLOG_G_WARNING
                   "%pd: direct mapping of frame %lx cannot be removed\n",
                   d, pfn);
}

static p2m_access_t access_of(const struct iommu_region *region)
{
    if ( !(region->prot & PT_PROT_W) )
        return p2m_access_r;

    return region->prot & PT_PROT_R ? p2m_access_rw : p2m_access_w;
}

int arch_iommu_direct_map(struct domain *d, const struct iommu_region *region,
                          bool relaxed)
{
    unsigned long pfn;

    for ( pfn = region->first; pfn <= region->last; pfn++ )
    {
        int rc = set_identity_p2m_entry(d, pfn, access_of(region),
                                        relaxed ? XEN_DOMCTL_DEV_RDM_RELAXED
                                                : 0);

        if ( !rc )
            continue;

        if ( pfn > region->first )
            arch_iommu_direct_unmap(d, region->first, pfn - 1);

        return rc;
    }

    return 0;
}

const char *arch_iommu_foreign_why(struct domain *d, uint64_t dfn, uint64_t mfn)
{
    p2m_type_t t;

    if ( !paging_mode_translate(d) )
        return gnttab_maps_frame(d, _mfn(mfn)) ? "grant" : NULL;

    if ( !mfn_eq(get_gfn_query_unlocked(d, dfn, &t), _mfn(mfn)) )
        return NULL;

    return p2m_is_grant(t) ? "grant" : p2m_is_foreign(t) ? "foreign" : NULL;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
