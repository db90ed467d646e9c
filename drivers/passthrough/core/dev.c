/* SPDX-License-Identifier: GPL-2.0-only */
/* One requester: the IDs that its DMA carries, and who else has them. */
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/xmalloc.h>

#include <iommu-groups/group.h>

int iommu_dev_add_ids(struct iommu_dev *dev, uint32_t first, uint32_t last)
{
    bool own = !dev->ids.nr;
    int rc = iommu_ids_add(&dev->ids, first, last);

    if ( !rc && own )
        dev->id = first;

    return rc;
}

void iommu_dev_forget(struct iommu_dev *dev)
{
    iommu_ids_free(&dev->ids);
    XFREE(dev->regions);
    dev->nr_regions = 0;
}

void iommu_dev_free(struct iommu_dev *dev)
{
    if ( dev )
        iommu_dev_forget(dev);
    xfree(dev);
}

void iommu_dev_put(struct iommu_dev *dev)
{
    if ( atomic_dec_and_test(&dev->refs) )
        iommu_dev_free(dev);
}

/* A requester ID stands for itself in its segment, others in their unit. */
static uint32_t fault_base(const struct iommu_dev *dev)
{
    return dev->fw_unit ? 0 : (uint32_t)dev->sbdf.seg << 16;
}

uint32_t iommu_dev_fault_id(const struct iommu_dev *dev, uint32_t id)
{
    return fault_base(dev) | id;
}

bool iommu_dev_sends(const struct iommu_dev *dev, uint32_t fault_id)
{
    if ( dev->fw_unit )
        return iommu_ids_has(&dev->ids, fault_id);

    return fault_id >> 16 == dev->sbdf.seg &&
           iommu_ids_has(&dev->ids, fault_id & 0xffff);
}

/* Is an ID the same for both? */
static bool same_space(const struct iommu_dev *a, const struct iommu_dev *b)
{
    return a->unit == b->unit && fault_base(a) == fault_base(b);
}

bool iommu_dev_share_id(const struct iommu_dev *a, const struct iommu_dev *b)
{
    return same_space(a, b) && iommu_ids_overlap(&a->ids, &b->ids);
}

/*
 * Has another attached member @id as well?  Whoever shares one is in the same
 * group.  *@last is lowered to where the answer may change.
 */
static bool in_use(const struct iommu_dev *dev, uint32_t id, uint32_t *last)
{
    const struct iommu_dev *other;
    bool used = false;

    if ( !dev->group )
        return false;

    iommu_group_assert_locked(dev->group);

    list_for_each_entry ( other, &dev->group->devs, member )
        if ( other != dev && other->attached->type != S2_BLOCKED &&
             same_space(dev, other) && iommu_ids_run(&other->ids, id, last) )
            used = true;

    return used;
}

bool iommu_dev_next_run(const struct iommu_dev *dev, bool all,
                        struct iommu_id_run *run)
{
    for ( ; run->at < dev->ids.nr; run->at++ )
    {
        const struct iommu_id_range *r = &dev->ids.range[run->at];
        /* IDs may go up to the largest number. */
        uint64_t id = max(run->next, (uint64_t)r->first);

        for ( ; id <= r->last; id = run->next )
        {
            uint32_t last = min(r->last, (uint32_t)id | (IOMMU_RUN_MAX - 1));
            bool other = !all && in_use(dev, id, &last);

            run->next = last + 1ULL;
            if ( other )
                continue;

            run->first = id;
            run->last = last;
            return true;
        }
    }

    return false;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
