/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups: finding them, and what keeps them.  Which devs are in one is
 * member.c's, who owns it and what it is attached to owner.c's and attach.c's.
 *
 * A group lives while somebody has a reference: one for each member, one for
 * each path between its two locks.  It leaves the machine's list with its last
 * member; a path that then gets its lock finds it empty and gives up.
 */
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <xen/xmalloc.h>

#include <iommu-groups/group.h>

LIST_HEAD(iommu_groups);
LIST_HEAD(iommu_devs);
unsigned int iommu_groups_generation;

/* By the low bits of their IDs; pcidevs_lock. */
#define HASH_SIZE 1024
static struct iommu_group *by_id[HASH_SIZE];

void iommu_group_publish(struct iommu_group *group)
{
    struct iommu_group **head = &by_id[group->id % HASH_SIZE];

    /* IDs rise. */
    list_add_tail(&group->list, &iommu_groups);
    group->hashed = *head;
    *head = group;
}

void iommu_group_withdraw(struct iommu_group *group)
{
    struct iommu_group **at = &by_id[group->id % HASH_SIZE];

    list_del_init(&group->list);
    while ( *at != group )
        at = &(*at)->hashed;
    *at = group->hashed;
}

struct iommu_group *iommu_group_by_id(unsigned int id)
{
    struct iommu_group *group;

    pcidevs_lock();
    for ( group = by_id[id % HASH_SIZE]; group && group->id != id;
          group = group->hashed )
        ;
    if ( group )
        atomic_inc(&group->refs);
    pcidevs_unlock();

    return group;
}

struct iommu_group *iommu_group_get(struct iommu_dev *dev)
{
    ASSERT(pcidevs_locked());

    if ( dev->group )
        atomic_inc(&dev->group->refs);

    return dev->group;
}

void iommu_group_put(struct iommu_group *group)
{
    if ( atomic_dec_and_test(&group->refs) )
    {
        ASSERT(list_empty(&group->devs) && !group->s2);
        xfree(group);
    }
}

void iommu_group_lock(struct iommu_group *group)
{
    ASSERT(!pcidevs_mine());

    spin_lock(&group->lock);
}

bool iommu_group_trylock(struct iommu_group *group)
{
    return spin_trylock(&group->lock);
}

void iommu_group_unlock(struct iommu_group *group)
{
    spin_unlock(&group->lock);
}

bool iommu_group_has(const struct iommu_group *group,
                     const struct iommu_dev *dev)
{
    const struct iommu_dev *member;

    iommu_group_assert_locked(group);

    list_for_each_entry ( member, &group->devs, member )
        if ( member == dev )
            return true;

    return false;
}

struct iommu_dev *iommu_group_first_dev(const struct iommu_group *group)
{
    iommu_group_assert_locked(group);

    return list_first_entry_or_null(&group->devs, struct iommu_dev, member);
}

/* pcidevs_lock held.  The first group behind @unit from number @min_id on. */
static struct iommu_group *next_of_unit(const struct iommu_unit *unit,
                                        unsigned int min_id)
{
    struct iommu_group *group;
    const struct iommu_dev *dev;

    list_for_each_entry ( group, &iommu_groups, list )
        if ( group->id >= min_id )
            list_for_each_entry ( dev, &group->all_devs, in_group )
                if ( dev->unit == unit )
                {
                    atomic_inc(&group->refs);
                    return group;
                }

    return NULL;
}

struct iommu_group *iommu_unit_any_group_lock(const struct iommu_unit *unit)
{
    unsigned int min_id = 0;

    for ( ; ; )
    {
        struct iommu_dev *first;
        struct iommu_group *group;

        pcidevs_lock();
        group = next_of_unit(unit, min_id);
        pcidevs_unlock();

        if ( !group )
            return NULL;

        iommu_group_lock(group);
        first = iommu_group_first_dev(group);
        if ( first && first->unit == unit )
            return group;
        iommu_group_unlock(group);

        min_id = group->id + 1;
        iommu_group_put(group);
    }
}

/* pcidevs_lock held. */
static struct iommu_group *find_next(struct iommu_group *prev)
{
    struct iommu_group *group;

    /* The common case: it is still on the list. */
    if ( prev && !list_empty(&prev->list) )
        return list_is_last(&prev->list, &iommu_groups)
               ? NULL : list_next_entry(prev, list);

    list_for_each_entry ( group, &iommu_groups, list )
        if ( !prev || group->id > prev->id )
            return group;

    return NULL;
}

struct iommu_group *iommu_group_next(struct iommu_group *prev)
{
    struct iommu_group *best;

    pcidevs_lock();
    best = find_next(prev);
    if ( best )
        atomic_inc(&best->refs);
    pcidevs_unlock();

    if ( prev )
        iommu_group_put(prev);

    return best;
}

/* How likely it is that DMA is @dev's, of those that carry one ID. */
static unsigned int likely_sender(const struct iommu_dev *dev)
{
    /* It was blocked, but for the IDs that others have as well. */
    if ( iommu_dev_retired(dev) )
        return 0;

    if ( dev->bridge )
        return 1;

    return dev->pdev && dev->pdev->domain == dom_io ? 2 : 3;
}

struct iommu_group *iommu_group_of_id(const struct iommu_unit *unit,
                                      uint32_t id, struct iommu_dev **found)
{
    struct iommu_dev *dev, *best = NULL;

    ASSERT(pcidevs_locked());

    list_for_each_entry ( dev, &iommu_devs, all )
        if ( dev->unit == unit && iommu_dev_sends(dev, id) &&
             (!best || likely_sender(dev) > likely_sender(best)) )
            best = dev;

    if ( !best )
        return NULL;

    *found = best;

    return iommu_group_get(best);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
