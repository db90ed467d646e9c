/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns a group's members: what may change, and its consequences. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include <iommu-groups/attach.h>

/*
 * The member that keeps @dev from being given to @owner, NULL if none.  With
 * @owner dom_io nothing does: a device can always be parked.
 */
static struct iommu_dev *conflict(const struct iommu_group *group,
                                  const struct iommu_dev *dev,
                                  struct domain *owner)
{
    struct iommu_dev *other;

    if ( owner == dom_io || dev->bridge )
        return NULL;

    list_for_each_entry ( other, &group->devs, member )
    {
        if ( other == dev || !iommu_dev_counts(other) )
            continue;
        if ( other->next_owner == dom_xen && iommu_is_guest(owner) )
            return other;
        if ( iommu_on_behalf_of(other->next_owner) !=
             iommu_on_behalf_of(owner) )
            return other;
    }

    return NULL;
}

/*
 * Has the guest a table that the group's unit can walk, or that a copy of can
 * be made for it?  Group locked.
 */
static bool has_table(const struct iommu_group *group, const struct domain *d)
{
    const struct iommu_dev *first = iommu_group_first_dev(group);
    const struct s2_space *space = s2_space_of(d);
    struct pt_config cfg = {};

    return space && !first->unit->drv->dev->table_config(first, &cfg) &&
           s2_space_fullest(space);
}

/*
 * The checks of a change of owner.  Group locked.  -EBUSY: *@in_way is the
 * device that stands in the way, @dev itself if it is given to nobody.
 */
static int may_own(const struct iommu_group *group, struct iommu_dev *dev,
                   struct domain *owner, struct iommu_dev **in_way)
{
    if ( !iommu_group_has(group, dev) )
        return -ENODEV;

    if ( group->broken && iommu_is_guest(owner) )
        return -EBADF;

    if ( iommu_is_guest(owner) &&
         (dev->bridge || dev->partial || dev->next_owner == dom_xen) )
    {
        *in_way = dev;
        return -EBUSY;
    }

    *in_way = conflict(group, dev, owner);
    if ( *in_way )
        return -EBUSY;

    return iommu_is_guest(owner) && !has_table(group, owner) ? -EXDEV : 0;
}

/* One line, that an administrator can do something about. */
static void explain(const struct iommu_group *group,
                    const struct iommu_dev *dev, const struct domain *owner,
                    const struct iommu_dev *in_way, int rc)
{
    if ( in_way == dev )
        printk(XENLOG_WARNING
               "IOMMU group %u: %s is %s and cannot be given to %pd\n",
               group->id, dev->name,
               dev->bridge ? "a bridge"
                           : dev->partial ? "not translated in part"
                                          : "used by Xen", owner);
    else if ( in_way )
        printk(XENLOG_WARNING
               "IOMMU group %u: %s cannot be given to %pd: %s belongs to %pd; make it assignable or give it to %pd too\n",
               group->id, dev->name, owner, in_way->name, in_way->next_owner,
               owner);
    else if ( rc == -EBADF )
        printk(XENLOG_WARNING
               "IOMMU group %u: %s cannot be given to %pd: the group is broken: %s\n",
               group->id, dev->name, owner, group->broken_why);
    else if ( rc == -EXDEV )
        printk(XENLOG_WARNING
               "IOMMU group %u: %s cannot be given to %pd: it has no passthrough= or no table that %s can walk\n",
               group->id, dev->name, owner, dev->unit->name);
}

int iommu_group_may_own(struct iommu_group *group, struct iommu_dev *dev,
                        struct domain *owner, pci_sbdf_t *in_way,
                        struct domain **holder)
{
    struct iommu_dev *other = NULL;
    int rc;

    iommu_group_assert_locked(group);

    rc = may_own(group, dev, owner, &other);
    if ( other )
    {
        *in_way = other->sbdf;
        *holder = other->next_owner;
    }

    return rc;
}

int iommu_group_would_own(struct iommu_group *group, struct iommu_dev *dev,
                          struct domain *owner)
{
    struct iommu_dev *in_way = NULL;
    int rc;

    iommu_group_lock(group);
    rc = may_own(group, dev, owner, &in_way);
    if ( rc )
        explain(group, dev, owner, in_way, rc);
    iommu_group_unlock(group);

    return rc;
}

int iommu_group_set_owner(struct iommu_group *group, struct iommu_dev *dev,
                          struct domain *owner)
{
    struct iommu_dev *in_way = NULL;
    struct domain *before;
    bool tainted;
    int rc;

    iommu_group_lock(group);

    rc = may_own(group, dev, owner, &in_way);
    if ( rc )
    {
        explain(group, dev, owner, in_way, rc);
        goto out;
    }

    before = dev->next_owner;
    tainted = dev->tainted;
    dev->next_owner = owner;
    dev->tainted = iommu_on_behalf_of(owner) != hardware_domain &&
                   (tainted || iommu_is_guest(owner));

    rc = iommu_group_retarget(group);
    if ( rc && owner == dom_io )
    {
        /* Giving a device up always succeeds: what cannot be set up is cut. */
        iommu_group_park(group);
        rc = 0;
    }
    if ( rc )
    {
        dev->next_owner = before;
        dev->tainted = tainted;
        if ( rc == -EXDEV )
            explain(group, dev, owner, NULL, rc);
        goto out;
    }

    write_atomic(&dev->owner, owner);

 out:
    iommu_group_unlock(group);

    return rc;
}

int iommu_dev_claim(struct iommu_group *group, struct iommu_dev *dev,
                    struct domain *owner)
{
    iommu_group_assert_locked(group);

    if ( conflict(group, dev, owner) )
        return -EBUSY;

    dev->next_owner = owner;
    write_atomic(&dev->owner, owner);

    return 0;
}

int iommu_dev_retire(struct iommu_group *group, struct iommu_dev *dev,
                     struct domain **owner)
{
    int rc = 0;

    *owner = NULL;
    iommu_group_lock(group);

    if ( !iommu_group_has(group, dev) )
        rc = -ENODEV;
    else
    {
        iommu_dev_move(dev, NULL);
        list_del_init(&dev->member);
        /* It cannot go while a device is its. */
        if ( get_domain(dev->next_owner) )
            *owner = dev->next_owner;
        dev->next_owner = dom_io;
        write_atomic(&dev->owner, dom_io);

        /* With its last member a group leaves the scratch page as well. */
        if ( !iommu_group_first_dev(group) || iommu_group_retarget(group) )
            iommu_group_park(group);
    }

    iommu_group_unlock(group);

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
