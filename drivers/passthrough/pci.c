/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices that come, go and change hands.
 *
 * Ownership is decided under the group lock and kept in the dev.  pci_dev's
 * domain and the domains' lists of devices are guarded by pcidevs_lock, which
 * comes before the group lock; they follow the dev's owner in
 * iommu_pci_publish().
 */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/vpci.h>
#include <xen/xmalloc.h>

#include <iommu-groups/attach.h>
#include <iommu-groups/fault.h>
#include <iommu-groups/pci.h>
#include <iommu-groups/pci-groups.h>
#include <iommu-groups/private.h>
#include <iommu-groups/setup.h>

/* As iommu_dev_add().  pcidevs_lock held. */
static int add(struct pci_dev *pdev)
{
    struct iommu_dev *dev;
    int rc;

    if ( list_empty(&iommu_units) || pdev->iommu )
        return 0;

    dev = xzalloc(struct iommu_dev);
    if ( !dev )
        return -ENOMEM;

    atomic_set(&dev->refs, 1);
    dev->pdev = pdev;
    dev->sbdf = pdev->sbdf;

    /* What is known of it stays: it is there, and others may depend on it. */
    rc = iommu_dev_add(dev);
    if ( rc == -ENODEV && !dev->told )
        printk(XENLOG_INFO
               "IOMMU: no unit serves %pp: its DMA is not translated and it cannot be assigned\n",
               &pdev->sbdf);
    if ( rc )
        iommu_dev_free(dev);
    else
        pdev->iommu = dev;

    return rc;
}

int iommu_groups_pci_add(struct pci_dev *pdev)
{
    int rc;

    ASSERT(pcidevs_locked());

    rc = add(pdev);

    /* -ERESTART: iommu_groups_pci_settle() goes on, blocked until then. */
    return rc == -ENODEV || rc == -ERESTART ? 0 : rc;
}

bool iommu_groups_pci_ghost(pci_sbdf_t sbdf, const struct pci_dev_info *info)
{
    bool known;

    /* A virtual function has no ID of its own; its physical one is looked at. */
    if ( (info && info->is_virtfn) ||
         pci_conf_read16(sbdf, PCI_VENDOR_ID) != 0xffff )
        return false;

    pcidevs_lock();
    known = pci_get_pdev(NULL, sbdf);
    pcidevs_unlock();

    if ( !known )
        printk(XENLOG_WARNING
               "IOMMU: there is no function %pp: not added (dom0 may have cut its segment to 16 bits)\n",
               &sbdf);

    return !known;
}

struct iommu_dev *iommu_pci_dev_get(struct pci_dev *pdev)
{
    atomic_inc(&pdev->iommu->refs);

    return pdev->iommu;
}

static void dev_put(struct iommu_dev *dev)
{
    if ( atomic_dec_and_test(&dev->refs) )
        iommu_dev_free(dev);
}

void iommu_pci_drop(struct iommu_group *group, struct iommu_dev *dev)
{
    dev_put(dev);
    iommu_group_put(group);
}

int iommu_groups_pci_may_remove(const struct pci_dev *pdev)
{
    ASSERT(pcidevs_locked());

    if ( !pdev->iommu || iommu_dev_retired(pdev->iommu) )
        return 0;

    printk(XENLOG_WARNING
           "IOMMU: %pp is not blocked yet and stays: remove it again\n",
           &pdev->sbdf);

    return -EBUSY;
}

void iommu_groups_pci_remove(struct pci_dev *pdev)
{
    ASSERT(pcidevs_locked());

    if ( pdev->iommu )
    {
        iommu_dev_remove(pdev->iommu);
        dev_put(pdev->iommu);
        pdev->iommu = NULL;
    }
    iommu_pci_forget(pdev);
}

struct iommu_group *iommu_pci_lookup(pci_sbdf_t sbdf, struct iommu_dev **dev,
                                     struct domain **owner)
{
    struct iommu_group *group = NULL;
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    if ( pdev && pdev->iommu )
    {
        *dev = iommu_pci_dev_get(pdev);
        *owner = pdev->domain;
        group = iommu_group_get(*dev);
    }
    pcidevs_unlock();

    return group;
}

/* What @dev requires, and was set up for @d, goes with it.  No lock held. */
static void drop_regions(struct iommu_group *group, const struct iommu_dev *dev,
                         struct domain *d)
{
    iommu_reserved_unmap(d, dev->regions, dev->nr_regions);
    iommu_private_put(d, group, dev);
}

/* A guest's mappings of the device end here, not under pcidevs_lock. */
static void withdraw(struct domain *d, pci_sbdf_t sbdf)
{
    if ( IS_ENABLED(CONFIG_HAS_VPCI_GUEST_SUPPORT) )
        iommu_groups_vpci_withdraw(d, sbdf);
}

void iommu_groups_pci_retire(pci_sbdf_t sbdf)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev = NULL;
    struct domain *owner;
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    /* A PF that still has VFs stays; pci_remove_device() says so. */
    if ( pdev && pdev->iommu &&
         (pdev->info.is_virtfn || list_empty(&pdev->vf_list)) )
    {
        dev = iommu_pci_dev_get(pdev);
        group = iommu_group_get(dev);
    }
    pcidevs_unlock();

    if ( !group )
        return;

    if ( iommu_dev_retire(group, dev, &owner) )
        printk(XENLOG_WARNING "IOMMU: %pp is being removed already\n", &sbdf);
    if ( owner )
    {
        withdraw(owner, sbdf);
        drop_regions(group, dev, owner);
        put_domain(owner);
    }
    iommu_private_forget(group, dev);

    iommu_pci_drop(group, dev);
}

int iommu_pci_publish(struct pci_dev *pdev)
{
    struct domain *from = pdev->domain, *to = read_atomic(&pdev->iommu->holder);
    int rc;

    ASSERT(pcidevs_locked());

    if ( from == to )
        return 0;

    write_lock(&from->pci_lock);
    vpci_deassign_device(pdev);
    list_del(&pdev->domain_list);
    write_unlock(&from->pci_lock);

    pdev->domain = to;
    iommu_fault_pardon(pdev->iommu);

    write_lock(&to->pci_lock);
    list_add(&pdev->domain_list, &to->pdev_list);
    rc = vpci_assign_device(pdev);
    write_unlock(&to->pci_lock);

    return rc;
}

struct pci_dev *iommu_pci_still_there(pci_sbdf_t sbdf,
                                      const struct iommu_dev *dev)
{
    struct pci_dev *pdev = pci_get_pdev(NULL, sbdf);

    return pdev && pdev->iommu == dev ? pdev : NULL;
}

static bool is_member(struct iommu_group *group, const struct iommu_dev *dev)
{
    bool member;

    iommu_group_lock(group);
    member = iommu_group_has(group, dev);
    iommu_group_unlock(group);

    return member;
}

int iommu_pci_hand_over(struct iommu_group *group, struct iommu_dev *dev,
                        pci_sbdf_t sbdf, struct domain *from,
                        struct domain *to, bool relaxed)
{
    struct pci_dev *pdev;
    int rc;

    if ( !is_member(group, dev) )
        return -ENODEV;

    rc = iommu_private_get(to, group, dev, dev->regions, dev->nr_regions);
    if ( rc == -ERESTART && !is_member(group, dev) )
    {
        /* Nobody will call again, and whoever took it out may be through. */
        iommu_private_put(to, group, dev);
        rc = -ENODEV;
    }
    if ( rc )
        return rc;

    rc = iommu_reserved_map(to, dev->regions, dev->nr_regions, relaxed);
    if ( !rc )
    {
        rc = iommu_group_set_owner(group, dev, to);
        if ( rc )
            iommu_reserved_unmap(to, dev->regions, dev->nr_regions);
    }
    if ( rc )
    {
        iommu_private_put(to, group, dev);
        return rc;
    }

    withdraw(from, sbdf);

    pcidevs_lock();
    pdev = iommu_pci_still_there(sbdf, dev);
    if ( !pdev )
        rc = -ENODEV;
    else
    {
        rc = iommu_pci_publish(pdev);
        /* pci_release_devices() either sees the device, or is seen here. */
        if ( !rc && to->is_dying && to != dom_io )
            rc = -EINVAL;
    }
    pcidevs_unlock();

    iommu_reserved_unmap(from, dev->regions, dev->nr_regions);
    iommu_private_put(from, group, dev);

    return rc;
}

int iommu_pci_look_again(struct pci_dev *pdev)
{
    if ( !pdev || !pdev->iommu )
        return 0;

    if ( iommu_pci_refresh(pdev) )
        pdev->iommu->regroup = true;

    return pdev->iommu->regroup ? iommu_dev_regroup(pdev->iommu) : 0;
}

/*
 * Takes the device in, if iommu_groups_pci_add() could not, or looks at it
 * again.  Waits for locked groups, without pcidevs_lock.
 */
static int take_in(pci_sbdf_t sbdf)
{
    int rc;

    for ( ; ; )
    {
        struct pci_dev *pdev;

        pcidevs_lock();
        pdev = pci_get_pdev(NULL, sbdf);
        if ( pdev && pdev->iommu )
            /* Groups that stay apart were reported. */
            rc = iommu_pci_look_again(pdev) == -ERESTART ? -ERESTART : 0;
        else
            rc = pdev ? add(pdev) : 0;
        pcidevs_unlock();

        if ( rc != -ERESTART )
            break;
        iommu_scratch_leave();
        cpu_relax();
    }
    iommu_scratch_return();

    return rc == -ENODEV ? 0 : rc;
}

/* Nobody continues a hypercall here: a copy of a table is waited for. */
static int settle(struct iommu_group *group, struct iommu_dev *dev,
                  struct domain *owner)
{
    int rc;

    do {
        rc = iommu_private_get(owner, group, dev, dev->regions,
                               dev->nr_regions);
        process_pending_softirqs();
    } while ( rc == -ERESTART );
    if ( rc )
        return rc;

    rc = iommu_reserved_map(owner, dev->regions, dev->nr_regions, true);
    if ( !rc )
    {
        rc = iommu_group_set_owner(group, dev, owner);
        if ( rc )
            iommu_reserved_unmap(owner, dev->regions, dev->nr_regions);
    }
    if ( rc )
        iommu_private_put(owner, group, dev);

    return rc;
}

/* Settles a device that was added, or is added again, for its owner. */
int iommu_groups_pci_settle(pci_sbdf_t sbdf)
{
    struct iommu_dev *dev;
    struct domain *owner;
    struct iommu_group *group;
    int rc = take_in(sbdf);
    bool settled;

    if ( rc )
        return rc;

    group = iommu_pci_lookup(sbdf, &dev, &owner);
    if ( !group )
        return 0;

    iommu_group_lock(group);
    /* What changes hands meanwhile is for whoever does that to publish. */
    settled = iommu_group_has(group, dev) &&
              (dev->owner != dom_io || owner == dom_io ||
               iommu_is_guest(owner));
    iommu_group_unlock(group);

    if ( !settled && dev->nr_regions )
    {
        pcidevs_lock();
        rc = iommu_pci_may_share(dev, owner, NULL, false);
        pcidevs_unlock();
    }

    if ( !rc && !settled )
        rc = settle(group, dev, owner);

    iommu_pci_drop(group, dev);

    return rc;
}

/* Groups are locked without pcidevs_lock: claim() does what there is to do. */
static int __hwdom_init cf_check listed(uint8_t devfn, struct pci_dev *pdev)
{
    return 0;
}

/* NULL: there are fewer.  Members do not leave while Xen boots. */
static struct iommu_dev *__hwdom_init member_at(struct iommu_group *group,
                                                unsigned int at)
{
    struct iommu_dev *dev, *found = NULL;

    iommu_group_lock(group);
    list_for_each_entry ( dev, &group->devs, member )
        if ( !at-- )
        {
            found = dev;
            break;
        }
    iommu_group_unlock(group);

    return found;
}

/* What pci.c has listed as @d's becomes @d's.  False: it is parked. */
static bool __hwdom_init claim(struct iommu_group *group,
                               struct iommu_dev *dev, struct domain *d)
{
    bool parked;

    iommu_group_lock(group);
    if ( dev->pdev && read_atomic(&dev->pdev->domain) == d &&
         dev->owner == dom_io && iommu_dev_claim(group, dev, d) )
        printk(XENLOG_ERR "IOMMU group %u: %s stays blocked: %pd has the group\n",
               group->id, dev->name, group->owner);
    parked = dev->owner == dom_io;
    iommu_group_unlock(group);

    return !parked;
}

/* The other way: without its regions it is not attached. */
static void __hwdom_init park(struct iommu_group *group, struct iommu_dev *dev)
{
    printk(XENLOG_ERR
           "IOMMU group %u: %s stays blocked: its reserved regions cannot be mapped\n",
           group->id, dev->name);

    iommu_group_lock(group);
    if ( iommu_dev_claim(group, dev, dom_io) )
        ASSERT_UNREACHABLE();
    iommu_group_unlock(group);
}

void __hwdom_init iommu_groups_hwdom_devices(struct domain *d)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev;
    unsigned int i;

    setup_hwdom_pci_devices(d, listed);

    while ( (group = iommu_group_next(group)) != NULL )
    {
        int rc;

        for ( i = 0; (dev = member_at(group, i)) != NULL; i++ )
            if ( claim(group, dev, d) &&
                 iommu_reserved_map(d, dev->regions, dev->nr_regions, true) )
                park(group, dev);

        rc = iommu_group_settle(group);
        if ( rc )
            printk(XENLOG_ERR
                   "IOMMU group %u cannot be attached to %pd (%d): its devices stay blocked\n",
                   group->id, d, rc);
        process_pending_softirqs();
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
