/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which devs are in which group: as they come and go, and where one ties groups
 * together or is parted from its own.
 */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#include <iommu-groups/attach.h>
#include <iommu-groups/by-id.h>
#include <iommu-groups/firmware.h>
#include <iommu-groups/group.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/regions.h>
#include <iommu-groups/setup.h>

static struct iommu_group *group_alloc(void)
{
    static unsigned int next_id;
    struct iommu_group *group = xzalloc(struct iommu_group);

    if ( !group )
        return NULL;

    group->id = next_id++;
    spin_lock_init(&group->lock);
    lock_class_set(&group->lock, LOCK_GROUP);
    INIT_LIST_HEAD(&group->devs);
    INIT_LIST_HEAD(&group->all_devs);
    atomic_set(&group->refs, 0);
    group->owner = dom_io;
    iommu_group_publish(group);

    return group;
}

/* Both locks held, unless nobody else knows the group yet. */
static void group_add(struct iommu_group *group, struct iommu_dev *dev)
{
    atomic_inc(&group->refs);
    list_add_tail(&dev->member, &group->devs);
    list_add_tail(&dev->in_group, &group->all_devs);
    group->nr_devs++;
    iommu_groups_generation++;
    dev->group = group;
}

/* pcidevs_lock held.  @dev is no member of its group any more. */
static void group_forget(struct iommu_dev *dev)
{
    struct iommu_group *group = dev->group;

    dev->group = NULL;
    list_del(&dev->in_group);
    iommu_groups_generation++;
    if ( !--group->nr_devs )
        iommu_group_withdraw(group);
    iommu_group_put(group);
}

/* Both groups locked, and pcidevs_lock; a reference to the old one is held. */
static void group_move(struct iommu_dev *dev, struct iommu_group *to)
{
    list_del(&dev->member);
    group_forget(dev);
    group_add(to, dev);
}

static bool nobodys(const struct iommu_group *group, bool or_xens)
{
    const struct iommu_dev *dev;

    iommu_group_assert_locked(group);

    list_for_each_entry ( dev, &group->devs, member )
        if ( dev->next_owner != dom_io &&
             (dev->next_owner != dom_xen || !or_xens) )
            return false;

    return true;
}

/*
 * Both groups locked.  May the members of @from become those of @into?  That it
 * has no domain is not enough: a group may be blocked while its members have
 * owners.  Xen's own devices have theirs before anything is attached.
 */
static bool unused(const struct iommu_group *from,
                   const struct iommu_group *into)
{
    return !from->broken && nobodys(from, !into->s2 && nobodys(into, true));
}

/*
 * Moves all members of @from to @into.  -EBUSY: @from is in use; -ERESTART: one
 * of them is locked.
 */
static int group_absorb(struct iommu_group *into, struct iommu_group *from)
{
    struct iommu_dev *dev, *tmp;
    int rc = -ERESTART;

    if ( !iommu_group_trylock(into) )
        return rc;

    if ( iommu_group_trylock(from) )
    {
        atomic_inc(&from->refs);
        rc = !unused(from, into) ? -EBUSY
             : !from->s2 ? 0 : iommu_scratch_ask(from) ? -ERESTART : -EBUSY;
        if ( !rc )
        {
            into->left_scratch |= from->left_scratch;
            write_atomic(&into->policy, into->policy ?: from->policy);
        }
        if ( !rc )
            list_for_each_entry_safe ( dev, tmp, &from->devs, member )
                group_move(dev, into);
        iommu_group_unlock(from);
        iommu_group_put(from);
    }

    iommu_group_unlock(into);

    return rc;
}

/* Whichever member of the two is given away next is looked at again first. */
static void not_done(const struct iommu_group *a, const struct iommu_group *b)
{
    struct iommu_dev *dev;

    list_for_each_entry ( dev, &a->all_devs, in_group )
        dev->regroup = true;
    list_for_each_entry ( dev, &b->all_devs, in_group )
        dev->regroup = true;
}

/* Devs with IDs beside those that the rules know of; pcidevs_lock. */
static unsigned int nr_odd;

/* Where next_candidate() is; empty at first. */
struct candidates {
    struct iommu_dev *tied;
    bool by_id;
    struct iommu_by_id_iter it;
};

/*
 * The next dev that may be inseparable from @dev: those that the rules tie to
 * it, and where they do not know all IDs there are, those that may have one of
 * its own.
 */
static struct iommu_dev *next_candidate(const struct iommu_dev *dev,
                                        struct candidates *c)
{
    if ( !c->by_id && dev->func )
    {
        c->tied = iommu_pci_next_tied(dev, c->tied);
        if ( c->tied || (!nr_odd && !dev->odd_ids) )
            return c->tied;
    }
    c->by_id = true;

    return iommu_by_id_next(dev, &c->it);
}

/*
 * The group that @dev must join, NULL for a new one.  A dev can tie groups
 * together that were apart until now; that is done where the others are not in
 * use, since a group in use neither splits nor merges.
 */
static struct iommu_group *find_group(const struct iommu_dev *dev)
{
    struct iommu_group *group = dev->group;
    struct candidates candidates = {};
    struct iommu_dev *other;

    while ( (other = next_candidate(dev, &candidates)) != NULL )
    {
        struct iommu_group *used = other->group;
        int rc;

        if ( !used || used == group || !iommu_pci_inseparable(dev, other) )
            continue;
        /* What the administrator took apart stays so, if hardware can. */
        if ( used->parted && !iommu_dev_share_id(dev, other) )
            continue;

        if ( !group )
        {
            group = used;
            continue;
        }

        rc = group_absorb(group, used);
        if ( rc == -EBUSY )
        {
            rc = group_absorb(used, group);
            if ( !rc )
                group = used;
        }
        if ( rc == -EBUSY )
        {
            printk(XENLOG_ERR
                   "IOMMU: %s ties groups %u and %u together, which are in use: %s\n",
                   dev->name, group->id, used->id,
                   dev->group ? "release both; until then their devices are not isolated"
                              : "it stays blocked until both are released");
            not_done(group, used);
        }
        if ( rc )
            return ERR_PTR(rc);
    }

    return group;
}

int iommu_group_part(struct iommu_group *group)
{
    struct iommu_group *to;
    struct iommu_dev *dev, *tmp;

    ASSERT(pcidevs_locked());
    iommu_group_assert_locked(group);

    to = group_alloc();
    if ( !to )
        return -ENOMEM;

    to->parted = true;
    to->policy = group->policy;
    list_for_each_entry_safe ( dev, tmp, &group->devs, member )
        if ( dev->parting )
            group_move(dev, to);

    return 0;
}

/*
 * Group locked.  May @dev, probed and blocked, become a member?  -EXDEV: it
 * would not use the group's domain as the first device does (one message).
 */
static int may_join(const struct iommu_group *group,
                    const struct iommu_dev *dev)
{
    const struct iommu_dev *first = iommu_group_first_dev(group);

    if ( first && group->s2 &&
         (dev->unit->drv != first->unit->drv ||
          !iommu_dev_compatible(group->s2, dev)) )
    {
        printk(XENLOG_ERR
               "IOMMU group %u: %s cannot use the domain of %s: it stays blocked\n",
               group->id, dev->name, first->name);
        return -EXDEV;
    }

    return 0;
}

/* As may_join(); -ERESTART: the group is locked. */
static int join(struct iommu_group *group, struct iommu_dev *dev)
{
    int rc;

    if ( !iommu_group_trylock(group) )
        return -ERESTART;

    rc = may_join(group, dev);
    if ( !rc )
        group_add(group, dev);
    iommu_group_unlock(group);

    return rc;
}

static int probe(struct iommu_dev *dev)
{
    struct iommu_driver *drv;
    int rc = -ENODEV;

    list_for_each_entry ( drv, &iommu_drivers, list )
    {
        rc = drv->dev->probe(dev);
        if ( rc != -ENODEV )
            break;
    }

    return rc;
}

static void release(struct iommu_dev *dev)
{
    if ( dev->unit->drv->dev->release )
        dev->unit->drv->dev->release(dev);
}

/* IDs, unit and regions; errors of iommu_dev_add(). */
static int find_out(struct iommu_dev *dev)
{
    uint64_t nr_ids;
    int rc = 0;

    if ( dev->pdev )
    {
        snprintf(dev->sbdf_name, sizeof(dev->sbdf_name), "%pp", &dev->sbdf);
        dev->name = dev->sbdf_name;
        rc = iommu_pci_fill_ids(dev);
    }

    nr_ids = dev->ids.nr_ids;
    if ( !rc && iommu_firmware )
        rc = iommu_firmware->resolve(dev);
    if ( !rc )
        rc = probe(dev);
    if ( rc )
        return rc;

    dev->odd_ids = !dev->func || dev->fw_unit || dev->ids.nr_ids != nr_ids;

    rc = iommu_regions_read(dev);
    if ( rc )
        release(dev);

    return rc;
}

static int enter_group(struct iommu_dev *dev)
{
    struct iommu_group *group = find_group(dev);

    if ( !group )
        group = group_alloc() ?: ERR_PTR(-ENOMEM);

    return IS_ERR(group) ? PTR_ERR(group) : join(group, dev);
}

int iommu_dev_add(struct iommu_dev *dev)
{
    int rc;

    ASSERT(pcidevs_locked());

    INIT_LIST_HEAD(&dev->all);
    INIT_LIST_HEAD(&dev->member);
    dev->next_owner = dev->owner = dom_io;
    /* Hidden devices are Xen's own, whatever they are shown as later. */
    if ( dev->pdev && dev->pdev->domain == dom_xen )
        dev->next_owner = dev->owner = dom_xen;

    rc = find_out(dev);
    if ( !rc )
    {
        dev->attached = &dev->unit->blocked;
        rc = enter_group(dev);
        if ( rc )
            release(dev);
    }
    if ( rc )
    {
        iommu_dev_forget(dev);
        return rc;
    }

    list_add_tail(&dev->all, &iommu_devs);
    iommu_by_id_add(dev);
    nr_odd += dev->odd_ids;
    if ( dev->func )
        dev->func->dev = dev;

    return 0;
}

int iommu_dev_regroup(struct iommu_dev *dev)
{
    struct iommu_group *group;

    ASSERT(pcidevs_locked());

    group = dev->group ? find_group(dev) : NULL;
    dev->regroup = IS_ERR(group);

    return IS_ERR(group) ? PTR_ERR(group) : 0;
}

void iommu_dev_remove(struct iommu_dev *dev)
{
    ASSERT(pcidevs_locked());

    if ( !dev->group )
        return;

    ASSERT(iommu_dev_retired(dev) && dev->attached == &dev->unit->blocked);

    list_del_init(&dev->all);
    iommu_by_id_remove(dev);
    nr_odd -= dev->odd_ids;
    if ( dev->func )
        dev->func->dev = NULL;
    group_forget(dev);
    release(dev);
    if ( dev->pdev )
        iommu_pci_forget(dev->pdev);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
