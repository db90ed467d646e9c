/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of a domain's tables, from creation to destruction, and the
 * hardware domain's way to its devices.
 */
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include <iommu-groups/attach.h>
#include <iommu-groups/regions.h>
#include <iommu-groups/setup.h>

/* Pages that iommu_free_pgtables() frees between two looks at preemption. */
#define FREE_BUDGET 256

static bool all_coherent(const struct s2_space *space)
{
    const struct s2_table *table;

    list_for_each_entry ( table, &space->tables, link )
        if ( !table->pt.cfg.coherent )
            return false;

    return true;
}

int iommu_domain_init(struct domain *d, unsigned int opts)
{
    struct domain_iommu *hd = dom_iommu(d);
    struct s2_space *space;
    int rc;

    if ( is_hardware_domain(d) && !iommu_hwdom_none )
        arch_iommu_check_autotranslated_hwdom(d);

    if ( !is_iommu_enabled(d) )
        return 0;

#ifdef CONFIG_NUMA
    hd->node = NUMA_NO_NODE;
#endif

    rc = arch_iommu_domain_init(d);
    if ( rc )
        return rc;

    /* Parked devices are blocked, which takes no table. */
    if ( d == dom_io && iommu_quarantine != IOMMU_QUARANTINE_SCRATCH )
        return 0;

    space = xzalloc(struct s2_space);
    if ( !space )
        return -ENOMEM;

    rc = s2_space_init(space, d,
                       is_hardware_domain(d) && iommu_hwdom_passthrough);
    if ( !rc && d == dom_io )
        rc = iommu_scratch_fill(space);
    if ( rc )
    {
        xfree(space);
        return rc;
    }

    hd->space = space;
    arch_iommu_domain_tables(d, space);
    if ( all_coherent(space) )
        iommu_set_feature(d, IOMMU_FEAT_COHERENT_WALK);

    /* A relaxed hardware domain has all RAM mapped, once and for all. */
    hd->need_sync = !is_system_domain(d) && !space->lent &&
                    (!is_hardware_domain(d) || iommu_hwdom_strict);
    hd->hap_pt_share = space->lent;

    return 0;
}

void iommu_domain_destroy(struct domain *d)
{
    struct s2_space *space = s2_space_of(d);

    if ( !is_iommu_enabled(d) )
        return;

    if ( space )
    {
        arch_iommu_domain_tables(d, NULL);
        dom_iommu(d)->space = NULL;
        s2_space_destroy(space);
        xfree(space);
    }

    arch_iommu_domain_destroy(d);
}

bool iommu_has_feature(struct domain *d, enum iommu_feature feature)
{
    return is_iommu_enabled(d) && test_bit(feature, dom_iommu(d)->features);
}

int iommu_free_pgtables(struct domain *d)
{
    struct s2_space *space = s2_space_of(d);
    long rc;

    if ( !space )
        return 0;

    arch_iommu_domain_tables(d, NULL);

    while ( (rc = s2_space_clear(space, FREE_BUDGET)) == -ERESTART )
        if ( general_preempt_check() )
            return -ERESTART;

    /*
     * A guest's memory, which follows page by page, has nothing to leave: Xen
     * need not even ask.
     */
    if ( !rc )
    {
        write_atomic(&space->over, true);
        write_atomic(&dom_iommu(d)->need_sync, false);
    }

    return rc;
}

void __hwdom_init iommu_hwdom_init(struct domain *d)
{
    if ( !is_iommu_enabled(d) )
        return;

    /* Mappings first: a device that is in use faults from its attach on. */
    arch_iommu_hwdom_init(d);
    iommu_groups_hwdom_devices(d);
    arch_iommu_hwdom_ready(d);
    iommu_groups_end_busy();
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
