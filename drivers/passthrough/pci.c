/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices: what Xen's pci.c and the domctls ask of the groups.
 *
 * Ownership is decided under the group lock and kept in the dev.  pci_dev's
 * domain and the domains' lists of devices are guarded by pcidevs_lock, which
 * comes before the group lock; they follow the dev's owner in publish().
 */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/msi.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/vpci.h>
#include <xen/xmalloc.h>
#include <xsm/xsm.h>

#include <iommu-groups/ir.h>
#include <iommu-groups/pci-groups.h>
#include <iommu-groups/policy.h>
#include <iommu-groups/reserved.h>

int iommu_groups_pci_add(struct pci_dev *pdev)
{
    struct iommu_dev *dev;
    int rc;

    ASSERT(pcidevs_locked());

    if ( list_empty(&iommu_units) || pdev->iommu )
        return 0;

    dev = xzalloc(struct iommu_dev);
    if ( !dev )
        return -ENOMEM;

    atomic_set(&dev->refs, 1);
    dev->pdev = pdev;
    dev->sbdf = pdev->sbdf;

    rc = iommu_dev_add(dev);
    if ( !rc )
    {
        pdev->iommu = dev;
        /* Hidden devices are Xen's own, whatever they are shown as later. */
        return pdev->domain == dom_xen ? iommu_dev_claim(dev, dom_xen) : 0;
    }

    xfree(dev);

    /* What is known of it stays: it is there, and others may depend on it. */
    if ( rc != -ENODEV )
        return rc;

    printk(XENLOG_INFO
           "IOMMU: no unit serves %pp: its DMA is not translated and it cannot be assigned\n",
           &pdev->sbdf);

    return 0;
}

/* The dev stays known by its address until dev_put().  pcidevs_lock held. */
static struct iommu_dev *dev_get(struct pci_dev *pdev)
{
    atomic_inc(&pdev->iommu->refs);

    return pdev->iommu;
}

static void dev_put(struct iommu_dev *dev)
{
    if ( atomic_dec_and_test(&dev->refs) )
        xfree(dev);
}

/* Ends a look-up: both references. */
static void drop(struct iommu_group *group, struct iommu_dev *dev)
{
    dev_put(dev);
    iommu_group_put(group);
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

/* First half of the look-up protocol.  NULL: no such device, or no group. */
static struct iommu_group *lookup(pci_sbdf_t sbdf, struct iommu_dev **dev,
                                  struct domain **owner)
{
    struct iommu_group *group = NULL;
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    if ( pdev && pdev->iommu )
    {
        *dev = dev_get(pdev);
        *owner = pdev->domain;
        group = iommu_group_get(*dev);
    }
    pcidevs_unlock();

    return group;
}

void iommu_groups_pci_retire(pci_sbdf_t sbdf)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev = NULL;
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    /* A PF that still has VFs stays; pci_remove_device() says so. */
    if ( pdev && pdev->iommu &&
         (pdev->info.is_virtfn || list_empty(&pdev->vf_list)) )
    {
        dev = dev_get(pdev);
        group = iommu_group_get(dev);
    }
    pcidevs_unlock();

    if ( !group )
        return;

    if ( iommu_dev_retire(group, dev) )
        printk(XENLOG_WARNING "IOMMU: %pp is being removed already\n", &sbdf);

    drop(group, dev);
}

/*
 * Makes pdev->domain and the lists say what the group decided, without its
 * lock, which somebody may hold while hardware works: who changes the owner
 * next publishes next.  pcidevs_lock held.  What vPCI answers is returned; the device has moved all the same.
 */
static int publish(struct pci_dev *pdev)
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
    pdev->fault.count = 0;
    pdev->iommu->nr_stops = 0;

    write_lock(&to->pci_lock);
    list_add(&pdev->domain_list, &to->pdev_list);
    rc = vpci_assign_device(pdev);
    write_unlock(&to->pci_lock);

    return rc;
}

/* The device by its dev, which may have gone since.  pcidevs_lock held. */
static struct pci_dev *still_there(pci_sbdf_t sbdf, const struct iommu_dev *dev)
{
    struct pci_dev *pdev = pci_get_pdev(NULL, sbdf);

    return pdev && pdev->iommu == dev ? pdev : NULL;
}

/*
 * Gives the device to @to and publishes it.  Reserved regions are mapped for
 * the new owner first, and unmapped for the old one last.  No lock held.
 */
static int hand_over(struct iommu_group *group, struct iommu_dev *dev,
                     pci_sbdf_t sbdf, struct domain *from, struct domain *to,
                     bool relaxed)
{
    struct iommu_region regions[IOMMU_MAX_REGIONS];
    struct pci_dev *pdev;
    int nr, rc;

    iommu_group_lock(group);
    nr = iommu_group_has(group, dev) ? iommu_reserved_get(dev, regions)
                                     : -ENODEV;
    iommu_group_unlock(group);
    if ( nr < 0 )
        return nr;

    rc = iommu_reserved_map(to, regions, nr, relaxed);
    if ( rc )
        return rc;

    rc = iommu_group_set_owner(group, dev, to);
    if ( rc )
    {
        iommu_reserved_unmap(to, regions, nr);
        return rc;
    }

    pcidevs_lock();
    pdev = still_there(sbdf, dev);
    if ( !pdev )
        rc = -ENODEV;
    else
    {
        rc = publish(pdev);
        /* pci_release_devices() either sees the device, or is seen here. */
        if ( !rc && to->is_dying && to != dom_io )
            rc = -EINVAL;
    }
    pcidevs_unlock();

    iommu_reserved_unmap(from, regions, nr);

    return rc;
}

/*
 * A reset, or whoever added the device again, may have changed what its group
 * was formed by.  pcidevs_lock held.  -EBUSY: groups in use would have to
 * become one.
 */
static int look_again(struct pci_dev *pdev)
{
    if ( !pdev || !pdev->iommu || !iommu_pci_refresh(pdev) )
        return 0;

    return iommu_dev_regroup(pdev->iommu);
}

/* Settles a device that was added, or is added again, for its owner. */
int iommu_groups_pci_settle(pci_sbdf_t sbdf)
{
    struct iommu_region regions[IOMMU_MAX_REGIONS];
    struct iommu_dev *dev;
    struct domain *owner;
    struct iommu_group *group;
    int nr, rc = 0;
    bool settled;

    pcidevs_lock();
    look_again(pci_get_pdev(NULL, sbdf));
    pcidevs_unlock();

    group = lookup(sbdf, &dev, &owner);
    if ( !group )
        return 0;

    iommu_group_lock(group);
    settled = iommu_group_has(group, dev) && dev->owner == owner;
    nr = settled ? 0 : iommu_reserved_get(dev, regions);
    iommu_group_unlock(group);

    if ( nr < 0 )
        rc = nr;
    else if ( !settled )
    {
        rc = iommu_reserved_map(owner, regions, nr, true);
        if ( !rc )
            rc = iommu_group_set_owner(group, dev, owner);
    }

    drop(group, dev);

    return rc;
}

static int __hwdom_init cf_check claim(uint8_t devfn, struct pci_dev *pdev)
{
    struct iommu_dev *dev = pdev->iommu;

    /*
     * Phantom functions are IDs of the same dev.  Hidden devices are shown
     * here as the hardware domain's; they are dom_xen's.
     */
    if ( !dev || devfn != pdev->devfn || dev->owner == dom_xen )
        return 0;

    return iommu_dev_claim(dev, pdev->domain);
}

/* What firmware wants the members to reach, but those that are parked. */
static void __hwdom_init map_reserved(struct iommu_group *group,
                                      struct domain *d)
{
    struct iommu_region regions[IOMMU_MAX_REGIONS];
    unsigned int i;

    for ( i = 0; ; i++ )
    {
        const struct iommu_dev *dev;
        unsigned int at = 0;
        int nr = 0;

        iommu_group_lock(group);
        list_for_each_entry ( dev, &group->devs, member )
            if ( at++ == i )
            {
                nr = dev->owner == dom_io ? 0 : iommu_reserved_get(dev, regions);
                break;
            }
        iommu_group_unlock(group);

        if ( at <= i )
            return;
        if ( nr > 0 && iommu_reserved_map(d, regions, nr, true) )
            printk(XENLOG_ERR "IOMMU group %u: reserved regions are missing\n",
                   group->id);
    }
}

void __hwdom_init iommu_groups_hwdom_devices(struct domain *d)
{
    struct iommu_group *group = NULL;

    setup_hwdom_pci_devices(d, claim);

    while ( (group = iommu_group_next(group)) != NULL )
    {
        int rc;

        map_reserved(group, d);
        rc = iommu_group_settle(group);
        if ( rc )
            printk(XENLOG_ERR
                   "IOMMU group %u cannot be attached to %pd (%d): its devices stay blocked\n",
                   group->id, d, rc);
        process_pending_softirqs();
    }
}

/* Checks that need no group.  pcidevs_lock held. */
static int may_assign(const struct pci_dev *pdev, const struct domain *d,
                      pci_sbdf_t sbdf)
{
    if ( !pdev )
    {
        printk(XENLOG_G_WARNING "IOMMU: there is no device %pp\n", &sbdf);
        return -ENODEV;
    }

    if ( pdev->domain != hardware_domain && pdev->domain != dom_io )
    {
        printk(XENLOG_G_WARNING
               "IOMMU: %pp belongs to %pd: detach it there first\n",
               &sbdf, pdev->domain);
        return -EBUSY;
    }

    if ( !pdev->iommu )
    {
        printk(XENLOG_G_WARNING
               "IOMMU: %pp is behind no IOMMU and cannot be assigned\n",
               &sbdf);
        return -ENODEV;
    }

    if ( pdev->broken && d != dom_io )
    {
        printk(XENLOG_G_WARNING
               "IOMMU: %pp misbehaved and is not assigned before it is removed and added again\n",
               &sbdf);
        return -EBADF;
    }

    return 0;
}

/* pcidevs_lock held. */
static int may_share(const struct iommu_dev *dev, const struct domain *d,
                     bool relaxed)
{
    const struct iommu_dev *sharer =
        d == dom_io ? NULL : iommu_reserved_sharer(dev);

    if ( !sharer )
        return 0;

    printk(XENLOG_G_WARNING
           "IOMMU: %s requires a reserved region that %s requires too%s\n",
           dev->name, sharer->name,
           relaxed ? ": both can use it for reaching each other"
                   : ": not assigned (rdm policy strict)");

    return relaxed ? 0 : -EPERM;
}

static int assign(struct domain *d, pci_sbdf_t sbdf, bool relaxed)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev = NULL;
    struct domain *from = NULL;
    struct pci_dev *pdev;
    int rc;

    if ( !iommu_owner_of(d) && d != dom_io )
    {
        printk(XENLOG_G_WARNING
               "IOMMU: %pp cannot be given to %pd: it was created without passthrough=\n",
               &sbdf, d);
        return -EXDEV;
    }

    if ( !arch_iommu_use_permitted(d) )
        return -EXDEV;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    rc = may_assign(pdev, d, sbdf);
    if ( !rc && d != dom_io )
        rc = look_again(pdev);
    if ( !rc )
        rc = may_share(pdev->iommu, d, relaxed);
    if ( !rc )
        rc = iommu_policy_apply(pdev->iommu, d, false);
    if ( rc >= 0 )
        rc = pdev_msix_assign(d, pdev);
    if ( !rc )
    {
        from = pdev->domain;
        dev = dev_get(pdev);
        group = iommu_group_get(dev);
    }
    pcidevs_unlock();

    if ( rc )
        return rc;

    iommu_ir_note_owner(d);

    rc = hand_over(group, dev, sbdf, from, d, relaxed);
    if ( rc && rc != -ENODEV )
    {
        /* It may have moved before the failure showed: take it back. */
        struct domain *owner = NULL;

        pcidevs_lock();
        pdev = still_there(sbdf, dev);
        if ( pdev )
            owner = pdev->domain;
        pcidevs_unlock();

        if ( owner == d )
            hand_over(group, dev, sbdf, d, from, false);
    }

    if ( !rc && d == dom_io )
    {
        pcidevs_lock();
        pdev = still_there(sbdf, dev);
        if ( pdev )
            pdev->quarantine = true;
        pcidevs_unlock();
    }

    drop(group, dev);

    if ( rc )
        printk(XENLOG_G_WARNING "%pd: assign %pp failed (%d)\n", d, &sbdf, rc);

    return rc;
}

/*
 * Takes a device from @d: to quarantine, or to the hardware domain if it was
 * there or if quarantine is off.  Cannot fail for a guest's device: what the
 * hardware domain cannot have is quarantined.
 */
static int deassign(struct domain *d, pci_sbdf_t sbdf)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev = NULL;
    struct domain *to = hardware_domain;
    struct pci_dev *pdev;
    int rc;

    pcidevs_lock();
    pdev = pci_get_pdev(d, sbdf);
    if ( pdev && pdev->iommu )
    {
        dev = dev_get(pdev);
        group = iommu_group_get(dev);
        if ( (pdev->quarantine || iommu_quarantine) && d != dom_io )
            to = dom_io;
    }
    pcidevs_unlock();

    if ( !group )
        return -ENODEV;

    rc = hand_over(group, dev, sbdf, d, to, true);
    if ( rc && d != dom_io && to != dom_io )
        rc = hand_over(group, dev, sbdf, d, dom_io, true);

    pcidevs_lock();
    pdev = still_there(sbdf, dev);
    if ( pdev )
    {
        /* A device that is leaving is dom_io's, whoever asked. */
        if ( rc == -ENODEV )
            publish(pdev);
        if ( pdev->domain == hardware_domain )
            pdev->quarantine = false;
    }
    pcidevs_unlock();

    drop(group, dev);

    if ( rc )
        printk(XENLOG_G_ERR "%pd: deassign %pp failed (%d)\n", d, &sbdf, rc);

    return rc;
}

int pci_release_devices(struct domain *d)
{
    pci_sbdf_t last = { .sbdf = ~0U };
    int rc;

    pcidevs_lock();
    rc = arch_pci_clean_pirqs(d);
    pcidevs_unlock();
    if ( rc )
        return rc;

    for ( ; ; )
    {
        const struct pci_dev *pdev;
        pci_sbdf_t sbdf;

        pcidevs_lock();
        pdev = list_first_entry_or_null(&d->pdev_list, struct pci_dev,
                                        domain_list);
        if ( pdev )
            sbdf = pdev->sbdf;
        pcidevs_unlock();

        if ( !pdev )
            return 0;

        /* An error is deassign()'s to report; no progress ends the loop. */
        if ( rc && sbdf.sbdf == last.sbdf )
            return rc;

        last = sbdf;
        rc = deassign(d, sbdf);
    }
}

static int get_group(pci_sbdf_t sbdf, XEN_GUEST_HANDLE_64(uint32) buf,
                     unsigned int max)
{
    struct iommu_dev *dev;
    struct domain *owner;
    struct iommu_group *group = lookup(sbdf, &dev, &owner);
    const struct iommu_dev *member;
    unsigned int n = 0, at;

    if ( !group )
        return 0;

    for ( at = 0; n < max; at++ )
    {
        uint32_t id = 0;
        unsigned int i = 0;
        bool found = false, self = false;

        iommu_group_lock(group);
        list_for_each_entry ( member, &group->devs, member )
            if ( i++ == at )
            {
                found = true;
                self = member == dev;
                id = member->sbdf.sbdf;
            }
        iommu_group_unlock(group);

        if ( !found )
            break;
        if ( self || xsm_get_device_group(XSM_PRIV, id) )
            continue;

        /* The interface has bus and function one byte up, no segment. */
        id = (id & 0xffff) << 8;
        if ( copy_to_guest_offset(buf, n, &id, 1) )
        {
            drop(group, dev);
            return -EFAULT;
        }
        n++;
    }

    drop(group, dev);

    return n;
}

static int test_assign(struct domain *d, pci_sbdf_t sbdf)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev = NULL;
    struct domain *holder = NULL;
    pci_sbdf_t in_way;
    struct pci_dev *pdev;
    int rc;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    rc = may_assign(pdev, d, sbdf);
    if ( !rc && d )
        rc = iommu_policy_apply(pdev->iommu, d, true);
    if ( rc >= 0 )
    {
        dev = dev_get(pdev);
        group = iommu_group_get(dev);
    }
    pcidevs_unlock();

    /* 1: its group would not stand in the way. */
    if ( rc || !d )
    {
        rc = min(rc, 0);
        goto out;
    }

    rc = iommu_group_may_own(group, dev, d, &in_way, &holder);
    if ( holder )
        printk(XENLOG_G_WARNING
               "IOMMU: %pp cannot be given to %pd: %pp belongs to %pd\n",
               &sbdf, d, &in_way, holder);

 out:
    if ( group )
        drop(group, dev);

    return rc;
}

int iommu_do_pci_domctl(struct xen_domctl *domctl, struct domain *d,
                        XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl)
{
    const struct xen_domctl_assign_device *req = &domctl->u.assign_device;
    pci_sbdf_t sbdf;
    int rc;

    if ( domctl->cmd == XEN_DOMCTL_get_device_group )
    {
        struct xen_domctl_get_device_group *group =
            &domctl->u.get_device_group;

        rc = xsm_get_device_group(XSM_PRIV, group->machine_sbdf);
        if ( rc )
            return rc;

        sbdf.sbdf = group->machine_sbdf;
        rc = get_group(sbdf, group->sdev_array, group->max_sdevs);
        group->num_sdevs = max(rc, 0);
        if ( __copy_field_to_guest(u_domctl, domctl, u.get_device_group) )
            rc = -EFAULT;

        return min(rc, 0);
    }

    switch ( domctl->cmd )
    {
    case XEN_DOMCTL_assign_device:
    case XEN_DOMCTL_test_assign_device:
    case XEN_DOMCTL_deassign_device:
        break;

    default:
        return -ENOSYS;
    }

    /* A domain does not give devices to, or take them from, itself. */
    if ( d == current->domain )
        return -EINVAL;
    if ( req->dev != XEN_DOMCTL_DEV_PCI )
        return -ENODEV;

    sbdf.sbdf = req->u.pci.machine_sbdf;

    switch ( domctl->cmd )
    {
    case XEN_DOMCTL_assign_device:
        if ( d->is_dying || (req->flags & ~XEN_DOMCTL_DEV_RDM_RELAXED) )
            return -EINVAL;
        return assign(d, sbdf, req->flags & XEN_DOMCTL_DEV_RDM_RELAXED);

    case XEN_DOMCTL_test_assign_device:
        return req->flags ? -EINVAL : test_assign(d, sbdf);

    default:
        return req->flags ? -EINVAL : deassign(d, sbdf);
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
