/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU's stage 2 as the table that devices use.
 *
 * p2m.c writes it with the architecture's break-before-make, and ends each
 * change in iommu_iotlb_flush() under the p2m's lock, which comes before this
 * layer's table locks.
 */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/numa.h>
#include <xen/sched.h>

#include <asm/p2m.h>

#include <iommu-groups/borrow.h>
#include <iommu-groups/compat.h>
#include <iommu-groups/driver.h>
#include <iommu-groups/private-table.h>

#include "arm.h"

/* As setup_virt_paging() has programmed VTCR_EL2: DDI 0487 J.a, D17.2.157. */
bool arch_iommu_borrow(const struct domain *d, struct pt_config *cfg)
{
    *cfg = (struct pt_config){
        .fmt = &pt_arm_s2,
        .levels = 4 - P2M_ROOT_LEVEL,
        .in_bits = p2m_ipa_bits,
        .out_bits = p2m_ipa_bits,
        .leaf_orders = PT_LEAF_4K | PT_LEAF_2M | PT_LEAF_1G,
        .coherent = iommu_units_coherent(),
        .node = NUMA_NO_NODE,
    };

    return true;
}

paddr_t arch_iommu_borrowed_root(const struct domain *d)
{
    const struct page_info *root = d->arch.p2m.root;

    return root ? page_to_maddr(root) : 0;
}

/*
 * Who asks is the grant table, for frames that a domain which is mapped one to
 * one has mapped: a device is told their machine addresses.
 */
int arch_iommu_borrowed_map(struct domain *d, uint64_t dfn, uint64_t mfn,
                            unsigned long nr, unsigned int prot)
{
    unsigned long i;

    if ( !is_domain_direct_mapped(d) || dfn != mfn )
        return -EINVAL;

    for ( i = 0; i < nr; i++ )
    {
        int rc = guest_physmap_add_entry(d, _gfn(dfn + i), _mfn(mfn + i), 0,
                                         prot & PT_PROT_W ? p2m_iommu_map_rw
                                                          : p2m_iommu_map_ro);

        if ( !rc )
            continue;

        /* Nobody knows of the first ones; the error that counts is this. */
        if ( i && arch_iommu_borrowed_unmap(d, dfn, i) )
            printk(XENLOG_G_ERR "%pd: frames %"PRIx64" on stay mapped\n", d,
                   dfn);

        return rc;
    }

    return 0;
}

int arch_iommu_borrowed_unmap(struct domain *d, uint64_t dfn, unsigned long nr)
{
    unsigned long i;
    int rc = 0;

    if ( !is_domain_direct_mapped(d) )
        return -EINVAL;

    for ( i = 0; i < nr; i++ )
        rc = guest_physmap_remove_page(d, _gfn(dfn + i), _mfn(dfn + i), 0)
             ?: rc;

    return rc;
}

static unsigned int prot_of(p2m_type_t t)
{
    switch ( t )
    {
    case p2m_ram_ro:
    case p2m_map_foreign_ro:
    case p2m_grant_map_ro:
    case p2m_iommu_map_ro:
        return PT_PROT_R;

    case p2m_mmio_direct_dev:
    case p2m_mmio_direct_nc:
        return PT_PROT_R | PT_PROT_W | PT_PROT_DEV;

    default:
        return PT_PROT_R | PT_PROT_W;
    }
}

void arch_iommu_borrowed_lock(struct domain *d)
{
    p2m_read_lock(p2m_get_hostp2m(d));
}

void arch_iommu_borrowed_unlock(struct domain *d)
{
    p2m_read_unlock(p2m_get_hostp2m(d));
}

int arch_iommu_borrowed_lookup(struct domain *d, uint64_t dfn,
                               struct pt_leaf *leaf)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(d);
    p2m_type_t t;
    bool valid;
    mfn_t found;

    found = p2m_get_entry(p2m, _gfn(dfn), &t, NULL, &leaf->order, &valid);

    if ( mfn_eq(found, INVALID_MFN) || !valid )
        return -ENOENT;

    leaf->mfn = mfn_x(found);
    leaf->prot = prot_of(t);

    return 0;
}

const char *arch_iommu_foreign_why(struct domain *d, uint64_t dfn, uint64_t mfn)
{
    p2m_type_t t;

    if ( !mfn_eq(p2m_lookup(d, _gfn(dfn), &t), _mfn(mfn)) )
        return NULL;

    switch ( t )
    {
    case p2m_grant_map_rw:
    case p2m_grant_map_ro:
    case p2m_iommu_map_rw:
    case p2m_iommu_map_ro:
        return "grant";

    case p2m_map_foreign_rw:
    case p2m_map_foreign_ro:
        return "foreign";

    default:
        return is_hardware_domain(d) && arm_is_doorbell(mfn) ? "doorbell"
                                                             : NULL;
    }
}

/* DDI 0487 J.a, D8.14; IHI 0070, 3.21.1: nobody has both entries cached. */
void iommu_groups_p2m_broken(struct domain *d, gfn_t gfn, unsigned int order)
{
    ASSERT(p2m_is_write_locked(p2m_get_hostp2m(d)));

    /* A unit that does not answer is dealt with there. */
    if ( is_iommu_enabled(d) &&
         iommu_iotlb_flush(d, _dfn(gfn_x(gfn) & ~((1UL << order) - 1)),
                           1UL << order, IOMMU_FLUSHF_modified) )
        printk(XENLOG_G_ERR "%pd: frame %"PRI_gfn" was replaced without a flush\n",
               d, gfn_x(gfn));
}

void iommu_groups_p2m_changed(struct domain *d, gfn_t gfn, unsigned int order,
                              mfn_t mfn, unsigned int type)
{
    struct s2_space *space = s2_space_of(d);
    unsigned int changed = 0;
    int rc;

    ASSERT(p2m_is_write_locked(p2m_get_hostp2m(d)));

    if ( !space || !iommu_has_private(space) )
        return;

    rc = mfn_eq(mfn, INVALID_MFN)
         ? iommu_private_unmap(space, gfn_x(gfn), 1UL << order, &changed)
         : iommu_private_map(space, gfn_x(gfn), mfn_x(mfn), 1UL << order,
                             prot_of(type), &changed);
    if ( !rc )
        return;

    if ( !domain_shutting_down(d) && printk_ratelimit() )
        printk(XENLOG_G_ERR
               "%pd: a private IOMMU table cannot follow frame %"PRI_gfn" (%d)\n",
               d, gfn_x(gfn), rc);
    if ( !is_hardware_domain(d) )
        domain_crash(d);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
