/* SPDX-License-Identifier: GPL-2.0-only */
/* How a device changes hands: see handover.h. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/softirq.h>

#include <iommu-groups/attach.h>
#include <iommu-groups/direct.h>
#include <iommu-groups/handover.h>
#include <iommu-groups/private-table.h>

struct domain *iommu_dev_published(const struct iommu_dev *dev)
{
    ASSERT(pcidevs_locked());

    return (dev->pdev ? dev->pdev->domain : dev->published) ?: dom_io;
}

bool iommu_ref_get(struct iommu_ref *ref, struct iommu_dev *dev)
{
    *ref = (struct iommu_ref){ .group = dev ? iommu_group_get(dev) : NULL };
    if ( !ref->group )
        return false;

    atomic_inc(&dev->refs);
    ref->dev = dev;
    ref->owner = iommu_dev_published(dev);

    return true;
}

void iommu_ref_put(struct iommu_ref *ref)
{
    if ( !ref->group )
        return;

    iommu_dev_put(ref->dev);
    iommu_group_put(ref->group);
    ref->group = NULL;
}

static bool is_member(const struct iommu_ref *ref)
{
    bool member;

    iommu_group_lock(ref->group);
    member = iommu_group_has(ref->group, ref->dev);
    iommu_group_unlock(ref->group);

    return member;
}

/* The private table that @to needs for it; as iommu_private_get(). */
static int prepare(const struct iommu_ref *ref, struct domain *to)
{
    struct iommu_dev *dev = ref->dev;
    int rc = iommu_private_get(to, ref->group, dev, dev->regions,
                               dev->nr_regions);

    if ( rc != -ERESTART || is_member(ref) )
        return rc;

    /* Nobody will call again, and whoever took it out may be through. */
    iommu_private_put(to, ref->group, dev);

    return -ENODEV;
}

/* Prepared.  What it requires, and then the device; on an error nothing. */
static int move(const struct iommu_ref *ref, struct domain *to, bool relaxed)
{
    struct iommu_dev *dev = ref->dev;
    int rc = iommu_direct_map(to, dev->regions, dev->nr_regions, relaxed);

    if ( !rc )
    {
        rc = iommu_group_set_owner(ref->group, dev, to);
        if ( rc )
            iommu_direct_unmap(to, dev->regions, dev->nr_regions);
    }
    if ( rc )
        iommu_private_put(to, ref->group, dev);

    return rc;
}

/* What @dev requires, and was set up for @d, goes with it. */
static void drop(const struct iommu_ref *ref, struct domain *d)
{
    iommu_direct_unmap(d, ref->dev->regions, ref->dev->nr_regions);
    iommu_private_put(d, ref->group, ref->dev);
}

/* A guest's mappings of the device end here, not under pcidevs_lock. */
static void withdraw(const struct iommu_dev *dev, struct domain *d)
{
    if ( dev->bus->withdraw )
        dev->bus->withdraw(d, dev);
}

int iommu_hand_over(const struct iommu_ref *ref, struct domain *from,
                    struct domain *to, bool relaxed)
{
    struct iommu_dev *dev = ref->dev;
    int rc = is_member(ref) ? prepare(ref, to) ?: move(ref, to, relaxed)
                            : -ENODEV;

    if ( rc )
        return rc;

    withdraw(dev, from);

    pcidevs_lock();
    rc = dev->bus->still_there(dev) ? dev->bus->publish(dev) : -ENODEV;
    dev->rdm_relaxed = relaxed && iommu_is_guest(to);
    /* Who takes a dying domain's devices sees it, or is seen here. */
    if ( !rc && to->is_dying && to != dom_io )
        rc = -EINVAL;
    pcidevs_unlock();

    drop(ref, from);

    return rc;
}

int iommu_hand_over_or_back(const struct iommu_ref *ref, struct domain *from,
                            struct domain *to, bool relaxed)
{
    struct iommu_dev *dev = ref->dev;
    int rc = iommu_hand_over(ref, from, to, relaxed);
    bool moved;

    if ( !rc || rc == -ENODEV || rc == -ERESTART )
        return rc;

    pcidevs_lock();
    moved = dev->bus->still_there(dev) && iommu_dev_published(dev) == to;
    pcidevs_unlock();

    if ( moved )
        iommu_hand_over(ref, to, from, false);

    return rc;
}

int iommu_hand_in(const struct iommu_ref *ref, struct domain *owner)
{
    int rc;

    do {
        rc = prepare(ref, owner);
        process_pending_softirqs();
    } while ( rc == -ERESTART );

    return rc ?: move(ref, owner, true);
}

int iommu_hand_back(const struct iommu_ref *ref)
{
    struct domain *owner;
    int rc = iommu_dev_retire(ref->group, ref->dev, &owner);

    if ( owner )
    {
        withdraw(ref->dev, owner);
        drop(ref, owner);
        put_domain(owner);
    }
    iommu_private_forget(ref->group, ref->dev);

    return rc;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
