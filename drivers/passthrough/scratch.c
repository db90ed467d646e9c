/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "iommu=quarantine=scratch-page": parked devices read zeroes wherever they
 * read, and are stopped when they write.  For machines that do not survive a
 * read which is not answered.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>

#include <iommu-arch.h>
#include <iommu-groups/setup.h>

int iommu_scratch_fill(struct iommu_owner *owner)
{
    void *page = alloc_xenheap_page();
    struct s2_table *table;
    int rc = 0;

    if ( !page )
        return -ENOMEM;

    clear_page(page);

    list_for_each_entry ( table, &owner->tables, link )
    {
        spin_lock(&table->lock);
        rc = pt_alias(&table->pt, virt_to_maddr(page) >> PAGE_SHIFT, PT_PROT_R);
        spin_unlock(&table->lock);

        if ( rc )
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
