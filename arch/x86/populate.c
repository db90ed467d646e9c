/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a PV domain is given, an extent at a time.
 *
 * Devices reach a page of a PV domain while its type is "writable".  What has
 * no owner yet, nobody can make anything else of: it is mapped and has that
 * type before it is the domain's, which takes no reference to a page or to its
 * type.
 *
 * That is under the domain's page_alloc_lock, where hardware is waited for only
 * if the mapping fails.  Units that remember what is not present are told when
 * the caller gives the extent its place in the guest.
 */
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/paging.h>
#include <xen/percpu.h>
#include <xen/sched.h>

/* The last extent of this CPU's that was mapped early; @nr is 0: none. */
struct populated {
    const struct domain *d;
    mfn_t mfn;
    unsigned int nr, flush_flags;
};

static DEFINE_PER_CPU(struct populated, populated);

unsigned int iommu_groups_memflags(const struct domain *d)
{
    return is_pv_domain(d) && need_iommu_pt_sync(d) ? MEMF_iommu_groups : 0;
}

void iommu_groups_pv_assign(struct domain *d, struct page_info *page,
                            unsigned int nr)
{
    struct populated *p = &this_cpu(populated);
    mfn_t mfn = page_to_mfn(page);
    unsigned int i;

    ASSERT(is_pv_domain(d));

    /* Until something else is mapped. */
    p->nr = 0;
    p->flush_flags = 0;

    if ( paging_mode_enabled(d) ||
         iommu_map(d, _dfn(mfn_x(mfn)), mfn, nr,
                   IOMMUF_readable | IOMMUF_writable, &p->flush_flags) )
        return;

    for ( i = 0; i < nr; i++ )
    {
        ASSERT(!page_get_owner(page + i) && !page[i].u.inuse.type_info);
        page[i].u.inuse.type_info = PGT_writable_page | PGT_validated;
    }

    p->d = d;
    p->mfn = mfn;
    p->nr = nr;
}

int iommu_groups_pv_populate(struct domain *d, mfn_t mfn, unsigned int order)
{
    struct populated *p = &this_cpu(populated);

    if ( !p->nr || p->d != d || !mfn_eq(p->mfn, mfn) || p->nr != 1U << order )
        return 0;

    p->nr = 0;

    return iommu_iotlb_flush(d, _dfn(mfn_x(mfn)), 1UL << order,
                             p->flush_flags) ?: 1;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
