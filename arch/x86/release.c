/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that a domain gives back, many with one flush.
 *
 * Devices reach a page until its translation is flushed.  While this CPU has a
 * batch open, what the domain gives up is kept:
 * - a page of a PV domain, which is unmapped when its last reference goes, as
 *   it is, without one: nobody can get it;
 * - a page of a translated domain, which is unmapped when it leaves the p2m,
 *   by a reference: others may have theirs, and drop them at any time.
 * When the batch is full, and when it ends, one flush comes before all of them
 * go.  If it fails they stay where they are, for good: the flush is owed, and
 * nobody says when it was made up for.
 */
#include <xen/domain.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/sched.h>

#include <asm/page.h>

/* A guest's balloon driver gives 512 in a hypercall. */
#define RELEASE_PAGES 128

struct release {
    struct domain *d;       /* NULL: no batch is open */
    unsigned int nr;
    struct page_info *page[RELEASE_PAGES];
};

static DEFINE_PER_CPU(struct release, release);

static void let_go(struct release *r)
{
    struct domain *d = r->d;
    unsigned int i, nr = r->nr;

    r->nr = 0;
    if ( !nr )
        return;

    if ( iommu_iotlb_flush_all(d, IOMMU_FLUSHF_modified) )
    {
        printk(XENLOG_G_ERR
               "%pd: %u pages are lost, devices may still reach them\n", d, nr);
        return;
    }

    for ( i = 0; i < nr; i++ )
    {
        if ( is_pv_domain(d) )
            free_domheap_page(r->page[i]);
        else
            put_page(r->page[i]);
    }
}

static void keep(struct release *r, struct page_info *page)
{
    if ( r->nr == ARRAY_SIZE(r->page) )
        let_go(r);
    r->page[r->nr++] = page;
}

void iommu_groups_release_begin(struct domain *d)
{
    struct release *r = &this_cpu(release);

    ASSERT(!r->d && !this_cpu(iommu_dont_flush_iotlb));

    if ( !need_iommu_pt_sync(d) )
        return;

    r->d = d;
    this_cpu(iommu_dont_flush_iotlb) = is_pv_domain(d);
}

void iommu_groups_release_end(void)
{
    struct release *r = &this_cpu(release);

    if ( !r->d )
        return;

    let_go(r);
    this_cpu(iommu_dont_flush_iotlb) = false;
    r->d = NULL;
}

bool iommu_groups_release_hold(struct page_info *page)
{
    struct release *r = &this_cpu(release);

    if ( !r->d || is_pv_domain(r->d) || !get_page(page, r->d) )
        return false;

    keep(r, page);

    return true;
}

bool iommu_groups_release_later(struct page_info *page)
{
    struct release *r = &this_cpu(release);
    struct domain *owner = page_get_owner(page);

    if ( likely(!r->d) || !is_pv_domain(r->d) )
        return false;

    ASSERT(!in_irq());

    if ( likely(owner == r->d) )
    {
        keep(r, page);
        return true;
    }

    /* Not the batch's: what it was spared is made up for, or it stays. */
    return owner && iommu_iotlb_flush_all(owner, IOMMU_FLUSHF_modified);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
