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
#include <iommu-groups/attach.h>
#include <iommu-groups/setup.h>

int iommu_scratch_fill(struct s2_space *space)
{
    void *page = alloc_xenheap_page();
    struct s2_table *table;
    int rc = 0;

    if ( !page )
        return -ENOMEM;

    clear_page(page);

    list_for_each_entry ( table, &space->tables, link )
    {
        spin_lock(&table->lock);
        rc = pt_alias(&table->pt, virt_to_maddr(page) >> PAGE_SHIFT, PT_PROT_R);
        spin_unlock(&table->lock);

        if ( rc )
            return rc;
    }

    return 0;
}

bool iommu_scratch_ask(struct iommu_group *group)
{
    iommu_group_assert_locked(group);

    if ( group->broken || !group->s2 || group->owner != dom_io )
        return false;

    group->leave_scratch = true;

    return true;
}

static void cf_check leave(struct iommu_group *group)
{
    iommu_group_assert_locked(group);

    if ( group->leave_scratch && group->s2 && group->owner == dom_io )
    {
        iommu_group_park(group);
        group->left_scratch = true;
    }
    group->leave_scratch = false;
}

/* Of a group that cannot be attached again the devices stay blocked. */
static void cf_check come_back(struct iommu_group *group)
{
    iommu_group_assert_locked(group);

    if ( group->left_scratch && group->owner == dom_io &&
         iommu_group_first_dev(group) && iommu_group_retarget(group) )
        printk(XENLOG_WARNING
               "IOMMU group %u: its quarantined devices are blocked\n",
               group->id);
    group->left_scratch = false;
}

static void for_all(void (*fn)(struct iommu_group *group))
{
    struct iommu_group *group = NULL;

    if ( !s2_space_of(dom_io) )
        return;

    while ( (group = iommu_group_next(group)) != NULL )
    {
        iommu_group_lock(group);
        fn(group);
        iommu_group_unlock(group);
    }
}

void iommu_scratch_leave(void)
{
    for_all(leave);
}

void iommu_scratch_return(void)
{
    for_all(come_back);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
