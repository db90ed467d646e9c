/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a group is attached to, given its members' owners, and how it gets
 * there.
 *
 * The rule: all members that are not parked in dom_io have one owner, and the
 * group is attached to that owner's domain.  Bridges do not count.  A parked
 * member is blocked on its own where its requester IDs are its own; where it
 * shares one, the hardware cannot tell it apart and it follows the sharer.
 */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include <iommu-groups/attach.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/private-table.h>

/* Whose domain the group belongs in, by its members' owners. */
static struct domain *effective_owner(const struct iommu_group *group)
{
    const struct iommu_dev *dev;
    struct domain *by_bridge = NULL;

    list_for_each_entry ( dev, &group->devs, member )
    {
        if ( iommu_dev_counts(dev) )
            return iommu_on_behalf_of(dev->next_owner) ?: dom_io;
        if ( dev->bridge && dev->next_owner != dom_io )
            by_bridge = iommu_on_behalf_of(dev->next_owner);
    }

    return by_bridge ?: dom_io;
}

/*
 * A guest drove @dev, it was not reset, and its DMA carries an ID that members
 * of the hardware domain use as well: what it still sends would reach them.
 */
static bool taints(const struct iommu_group *group, const struct iommu_dev *dev)
{
    const struct iommu_dev *other;

    if ( !dev->tainted || dev->next_owner != dom_io )
        return false;

    list_for_each_entry ( other, &group->devs, member )
        if ( other != dev && iommu_dev_counts(other) &&
             iommu_dev_share_id(dev, other) )
            return true;

    return false;
}

/* Should @dev be attached, given that the group belongs to @owner? */
static bool wants_attach(const struct iommu_group *group,
                         const struct iommu_dev *dev,
                         const struct domain *owner)
{
    const struct iommu_dev *other;

    if ( owner == dom_io || iommu_dev_counts(dev) ||
         (dev->bridge && !iommu_is_guest(owner)) )
        return true;

    list_for_each_entry ( other, &group->devs, member )
        if ( other != dev && iommu_dev_counts(other) &&
             iommu_dev_share_id(dev, other) )
            return true;

    return false;
}

static void free_domain(struct s2_domain *s2)
{
    /* The identity domain is its unit's. */
    if ( !s2 || s2->type != S2_PAGING )
        return;

    if ( s2->unit->drv->dev->domain_free )
        s2->unit->drv->dev->domain_free(s2);
    else
        s2_domain_free(s2);
}

/* Would every other member use @s2 as the first device does?  Else broken. */
static int check_members(struct iommu_group *group, struct s2_domain *s2)
{
    const struct iommu_dev *first = iommu_group_first_dev(group), *dev;

    list_for_each_entry ( dev, &group->devs, member )
        if ( dev != first && !iommu_dev_compatible(s2, dev) )
        {
            printk(XENLOG_ERR
                   "IOMMU group %u: %s and %s cannot use one domain\n",
                   group->id, first->name, dev->name);
            free_domain(s2);
            iommu_group_break(group, "its devices need different domains");
            return -EBADF;
        }

    if ( s2->type == S2_PAGING )
        s2->group = group;

    return 0;
}

/*
 * What was made for units like @first's, else whichever of @space's tables that
 * can walk as well.
 */
static struct s2_domain *alloc_shared(struct s2_space *space,
                                      struct iommu_dev *first)
{
    const struct iommu_dev_ops *ops = first->unit->drv->dev;
    struct s2_domain *s2 = ERR_PTR(-EXDEV);
    struct s2_table *table;
    struct pt_config cfg = {};

    table = ops->table_config(first, &cfg) ? NULL : s2_space_table(space, &cfg);
    if ( table )
        s2 = ops->domain_alloc(first, S2_PAGING, table);
    if ( !IS_ERR(s2) || PTR_ERR(s2) != -EXDEV )
        return s2;

    list_for_each_entry ( table, &space->tables, link )
    {
        s2 = ops->domain_alloc(first, S2_PAGING, table);
        if ( !IS_ERR(s2) || PTR_ERR(s2) != -EXDEV )
            break;
    }

    return s2;
}

/* Is there a member that firmware does not want to see memory as it is? */
static bool must_translate(const struct iommu_group *group)
{
    const struct iommu_dev *dev;

    list_for_each_entry ( dev, &group->devs, member )
        if ( dev->outward && dev->unit->translate_outward )
            return true;

    return false;
}

bool iommu_group_has_table(struct iommu_group *group, struct s2_space *space)
{
    struct iommu_dev *first = iommu_group_first_dev(group);
    struct pt_config cfg = {};
    struct s2_domain *s2;

    iommu_group_assert_locked(group);

    if ( !first->unit->drv->dev->table_config(first, &cfg) &&
         s2_space_table(space, &cfg) )
        return true;

    s2 = alloc_shared(space, first);
    if ( !IS_ERR(s2) )
        free_domain(s2);

    return !IS_ERR(s2) || PTR_ERR(s2) != -EXDEV;
}

/* The group's private table, or one that all the owner's groups may use. */
static struct s2_domain *alloc_paging(struct s2_space *space,
                                      struct iommu_group *group,
                                      struct iommu_dev *first)
{
    struct iommu_private *p = iommu_private_pin(space, group->id);
    struct s2_domain *s2;

    if ( !p )
        return alloc_shared(space, first);

    s2 = first->unit->drv->dev->domain_alloc(first, S2_PAGING, p->table);
    iommu_private_unpin(space, p);

    return s2;
}

/* A domain for @owner, allocated through the group's first device. */
static struct s2_domain *alloc_domain(struct iommu_group *group,
                                      const struct domain *owner)
{
    struct iommu_dev *first = iommu_group_first_dev(group);
    struct s2_space *space = s2_space_of(owner);
    struct s2_domain *s2 = ERR_PTR(-EOPNOTSUPP);
    int rc;

    iommu_group_assert_locked(group);

    if ( !space || !first )
        return ERR_PTR(-EXDEV);

    if ( space->identity && !must_translate(group) )
        s2 = first->unit->drv->dev->domain_alloc(first, S2_IDENTITY, NULL);
    if ( IS_ERR(s2) && PTR_ERR(s2) == -EOPNOTSUPP )
        s2 = alloc_paging(space, group, first);

    if ( IS_ERR(s2) )
        return s2;

    rc = check_members(group, s2);

    return rc ? ERR_PTR(rc) : s2;
}

/* Is there a private table now that @s2, of the same owner, does not use? */
static bool outdated(const struct s2_domain *s2, unsigned int group,
                     const struct domain *owner)
{
    struct s2_space *space = s2_space_of(owner);
    struct iommu_private *p;
    bool other;

    if ( !space || s2->type != S2_PAGING )
        return false;

    p = iommu_private_pin(space, group);
    if ( !p )
        return false;

    other = p->table != s2->table;
    iommu_private_unpin(space, p);

    return other;
}

/* Moves one member; NULL blocks. */
int iommu_dev_move(struct iommu_dev *dev, struct s2_domain *s2)
{
    const struct iommu_dev_ops *ops = dev->unit->drv->dev;
    int rc = 0;

    assert_may_wait();
    if ( dev->group )
        iommu_group_assert_locked(dev->group);

    if ( !s2 )
    {
        ops->block(dev);
        dev->attached = &dev->unit->blocked;
        return 0;
    }

    /*
     * After an error it may be blocked.  So it is, for the others: an ID of
     * theirs that it has as well is not kept for it.
     */
    rc = ops->attach(s2, dev);
    dev->attached = rc ? &dev->unit->blocked : s2;

    return rc;
}

/*
 * Attaches the members that want it to @s2 and blocks the others; those to be
 * blocked go first, so that no ID reaches the new domain with a device behind
 * it that must not.  On failure all are back where they were, or the group is
 * broken.
 */
static int move_all(struct iommu_group *group, struct s2_domain *s2,
                    const struct domain *owner)
{
    struct iommu_dev *dev;
    int rc = 0;

    list_for_each_entry ( dev, &group->devs, member )
    {
        dev->before = dev->attached;
        if ( (!s2 || !wants_attach(group, dev, owner)) &&
             dev->attached->type != S2_BLOCKED )
            iommu_dev_move(dev, NULL);
    }

    list_for_each_entry ( dev, &group->devs, member )
        if ( s2 && wants_attach(group, dev, owner) && dev->attached != s2 )
        {
            rc = iommu_dev_move(dev, s2);
            if ( rc )
                break;
        }

    if ( !rc )
        return 0;

    printk(XENLOG_ERR "IOMMU group %u: attaching %s failed (%d)\n",
           group->id, dev->name, rc);

    /* The failing one may be half way: it goes back as the others do. */
    list_for_each_entry ( dev, &group->devs, member )
        if ( dev->before->type == S2_BLOCKED )
            iommu_dev_move(dev, NULL);
    list_for_each_entry ( dev, &group->devs, member )
        if ( dev->before->type != S2_BLOCKED &&
             iommu_dev_move(dev, dev->before) )
        {
            iommu_group_break(group, "its old domain could not be restored");
            break;
        }

    return rc;
}

/* Brings the hardware to what the members' owners ask for. */
int iommu_group_retarget(struct iommu_group *group)
{
    struct s2_domain *old = group->s2, *new = NULL;
    struct domain *owner = effective_owner(group);
    struct iommu_dev *dev;
    int rc;

    iommu_group_assert_locked(group);

    if ( owner == hardware_domain )
        list_for_each_entry ( dev, &group->devs, member )
            if ( taints(group, dev) )
            {
                printk(XENLOG_WARNING
                       "IOMMU group %u: blocked: %s shares its requester ID and was a guest's; return it to %pd as well\n",
                       group->id, dev->name, owner);
                owner = dom_io;
                break;
            }

    if ( group->broken )
        return owner == dom_io ? 0 : -EBADF;

    if ( old && group->owner == owner && !outdated(old, group->id, owner) )
        new = old;
    else if ( owner != dom_io || s2_space_of(dom_io) )
    {
        new = alloc_domain(group, owner);
        if ( IS_ERR(new) )
            return PTR_ERR(new);
    }

    rc = move_all(group, new, owner);
    if ( rc )
    {
        if ( new != old )
            free_domain(new);
        return rc;
    }

    group->s2 = new;
    group->owner = owner;
    if ( old != new )
        free_domain(old);

    return 0;
}

/* Blocks all members.  Cannot fail, whatever state the group is in. */
void iommu_group_park(struct iommu_group *group)
{
    struct s2_domain *s2 = group->s2;
    struct iommu_dev *dev;

    iommu_group_assert_locked(group);

    list_for_each_entry ( dev, &group->devs, member )
        iommu_dev_move(dev, NULL);

    group->s2 = NULL;
    group->owner = dom_io;
    free_domain(s2);
}

void iommu_group_break(struct iommu_group *group, const char *why)
{
    iommu_group_assert_locked(group);

    if ( !group->broken )
        printk(XENLOG_ERR "IOMMU group %u is broken and blocked: %s\n",
               group->id, why);

    group->broken = true;
    group->broken_why = why;
    iommu_group_park(group);
}

int iommu_group_attach_table(struct iommu_group *group, struct s2_table *table)
{
    struct iommu_dev *first;
    struct s2_domain *s2, *old;
    int rc = -ENODEV;

    iommu_group_lock(group);

    first = iommu_group_first_dev(group);
    if ( !first )
        goto out;

    /* A parked group may be attached to the scratch page. */
    old = group->s2;
    rc = group->broken ? -EBADF : old && group->owner != dom_io ? -EBUSY : 0;
    if ( rc )
        goto out;

    s2 = first->unit->drv->dev->domain_alloc(first, S2_PAGING, table);
    rc = IS_ERR(s2) ? PTR_ERR(s2) : check_members(group, s2);
    if ( rc )
        goto out;

    rc = move_all(group, s2, dom_io);
    if ( rc )
        free_domain(s2);
    else
    {
        group->s2 = s2;
        group->owner = NULL;
        free_domain(old);
    }

 out:
    iommu_group_unlock(group);

    return rc;
}

void iommu_groups_end_busy(void)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev;

    while ( (group = iommu_group_next(group)) != NULL )
    {
        iommu_group_lock(group);
        list_for_each_entry ( dev, &group->devs, member )
            if ( dev->unit->busy && dev->attached->type == S2_BLOCKED )
                iommu_dev_move(dev, NULL);
        iommu_group_unlock(group);
    }
}

int iommu_group_settle(struct iommu_group *group)
{
    int rc = 0;

    iommu_group_lock(group);
    if ( iommu_group_first_dev(group) )
        rc = iommu_group_retarget(group);
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
