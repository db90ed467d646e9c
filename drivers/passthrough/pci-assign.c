/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the domctls and a dying domain ask for: giving devices and taking them.
 */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/msi.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include <iommu-groups/ir.h>
#include <iommu-groups/pci.h>
#include <iommu-groups/pci-groups.h>
#include <iommu-groups/policy.h>
#include <iommu-groups/private.h>
#include <iommu-groups/setup.h>
#include <iommu-groups/xsm.h>

/* What it takes to be given any device.  @d is no system domain but dom_io. */
static int may_receive(struct domain *d, pci_sbdf_t sbdf)
{
    if ( !iommu_owner_of(d) && d != dom_io )
    {
        printk(XENLOG_G_WARNING
               "IOMMU: %pp cannot be given to %pd: it was created without passthrough=\n",
               &sbdf, d);
        return -EXDEV;
    }

    if ( !arch_iommu_use_permitted(d) )
    {
        printk(XENLOG_G_WARNING
               "IOMMU: %pp cannot be given to %pd: its memory is logged, paged, shared or populated on demand\n",
               &sbdf, d);
        return -EXDEV;
    }

    return 0;
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

    if ( pdev->iommu->hwdom_only )
    {
        printk(XENLOG_G_WARNING
               "IOMMU: firmware leaves in doubt which unit translates %pp: it cannot be assigned\n",
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

/*
 * Looks again at the device, and at what is above it: without an answer from
 * there nobody knows what its DMA can reach.  pcidevs_lock held.
 */
static int look_again(struct pci_dev *pdev)
{
    int rc = iommu_pci_look_again(pdev);

    if ( rc || iommu_pci_path_known(pdev->iommu) )
        return rc;

    printk(XENLOG_G_WARNING
           "IOMMU: %pp, or a bridge above it, does not answer or has bus numbers that contradict others': not assigned before it is removed and added again\n",
           &pdev->sbdf);

    return -EBADF;
}

int iommu_pci_may_share(const struct iommu_dev *dev, const struct domain *d,
                        const struct domain *from, bool relaxed)
{
    const struct iommu_dev *other = NULL;
    unsigned int len = 0;
    char names[128];

    if ( d == dom_io )
        return 0;

    while ( (other = iommu_reserved_next_sharer(dev, other)) != NULL )
    {
        const struct domain *holder = read_atomic(&other->holder);

        if ( other->bridge || holder == d || holder == dom_io ||
             holder == from ||
             (is_hardware_domain(d) && other->rdm_relaxed) )
            continue;
        len += scnprintf(names + len, sizeof(names) - len, "%s%s (%pd)",
                         len ? ", " : "", other->name, holder);
    }
    if ( !len )
        return 0;

    printk(XENLOG_G_WARNING
           "IOMMU: %s requires a reserved region that %s requires too%s\n",
           dev->name, names,
           relaxed ? ": they can use it for reaching each other"
                   : ": not assigned (rdm policy strict) until all are one domain's or made assignable");

    return relaxed ? 0 : -EPERM;
}

static int do_assign(struct domain *d, pci_sbdf_t sbdf, bool relaxed)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev = NULL;
    struct domain *from = NULL;
    struct pci_dev *pdev;
    int rc;

    rc = may_receive(d, sbdf);
    if ( rc )
        return rc;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    rc = may_assign(pdev, d, sbdf);
    if ( !rc && d != dom_io )
        rc = look_again(pdev);
    if ( !rc )
        rc = iommu_pci_may_share(pdev->iommu, d, NULL, relaxed);
    if ( !rc )
        rc = iommu_policy_apply(pdev->iommu, d, false);
    if ( rc >= 0 )
        rc = pdev_msix_assign(d, pdev);
    if ( !rc )
    {
        from = pdev->domain;
        dev = iommu_pci_dev_get(pdev);
        group = iommu_group_get(dev);
    }
    else if ( rc != -ERESTART && pdev && pdev->iommu && pdev->domain != d )
    {
        dev = iommu_pci_dev_get(pdev);
        group = iommu_group_get(dev);
    }
    pcidevs_unlock();

    if ( rc == -ERESTART )
        iommu_scratch_leave();
    if ( rc )
    {
        /* What an earlier call has made ready, before -ERESTART. */
        if ( group )
        {
            iommu_private_put(d, group, dev);
            iommu_pci_drop(group, dev);
        }
        return rc;
    }

    iommu_ir_note_owner(d);

    rc = iommu_pci_hand_over(group, dev, sbdf, from, d, relaxed);
    if ( rc && rc != -ENODEV && rc != -ERESTART )
    {
        /* It may have moved before the failure showed: take it back. */
        struct domain *owner = NULL;

        pcidevs_lock();
        pdev = iommu_pci_still_there(sbdf, dev);
        if ( pdev )
            owner = pdev->domain;
        pcidevs_unlock();

        if ( owner == d )
            iommu_pci_hand_over(group, dev, sbdf, d, from, false);
    }

    if ( !rc )
    {
        pcidevs_lock();
        pdev = iommu_pci_still_there(sbdf, dev);
        if ( pdev )
        {
            dev->rdm_relaxed = relaxed;
            if ( d == dom_io )
                pdev->quarantine = true;
        }
        pcidevs_unlock();
    }

    iommu_pci_drop(group, dev);

    if ( rc && rc != -ERESTART )
        printk(XENLOG_G_WARNING "%pd: assign %pp failed (%d)\n", d, &sbdf, rc);

    return rc;
}

static int assign(struct domain *d, pci_sbdf_t sbdf, bool relaxed)
{
    int rc = do_assign(d, sbdf, relaxed);

    if ( rc != -ERESTART )
        iommu_scratch_return();

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
    int rc = 0;

    pcidevs_lock();
    pdev = pci_get_pdev(d, sbdf);
    if ( pdev && pdev->iommu )
    {
        dev = iommu_pci_dev_get(pdev);
        group = iommu_group_get(dev);
        if ( (pdev->quarantine || iommu_quarantine) && d != dom_io )
            to = dom_io;
        rc = iommu_pci_may_share(dev, to, d->is_dying ? d : NULL, false);
    }
    pcidevs_unlock();

    if ( !group )
        return -ENODEV;

    rc = rc ?: iommu_pci_hand_over(group, dev, sbdf, d, to, true);
    if ( rc && d != dom_io && to != dom_io )
        rc = iommu_pci_hand_over(group, dev, sbdf, d, dom_io, true);

    pcidevs_lock();
    pdev = iommu_pci_still_there(sbdf, dev);
    if ( pdev )
    {
        /* A device that is leaving is dom_io's, whoever asked. */
        if ( rc == -ENODEV )
            iommu_pci_publish(pdev);
        if ( pdev->domain == hardware_domain )
            pdev->quarantine = false;
        if ( pdev->domain != d )
            dev->rdm_relaxed = false;
    }
    pcidevs_unlock();

    iommu_pci_drop(group, dev);

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
    struct iommu_group *group = iommu_pci_lookup(sbdf, &dev, &owner);
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
            iommu_pci_drop(group, dev);
            return -EFAULT;
        }
        n++;
    }

    iommu_pci_drop(group, dev);

    return n;
}

/*
 * What assign() would say, with as few messages as it takes to say why.  It is
 * asked without a policy for reserved regions and answers as for relaxed ones.
 * @d is NULL if it is asked for no domain in particular.
 */
static int test_assign(struct domain *d, pci_sbdf_t sbdf)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev = NULL;
    struct pci_dev *pdev;
    int rc = d ? may_receive(d, sbdf) : 0;

    if ( rc )
        return rc;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    rc = may_assign(pdev, d, sbdf);
    if ( !rc && d && d != dom_io )
        rc = look_again(pdev);
    if ( !rc && d )
        rc = iommu_pci_may_share(pdev->iommu, d, NULL, true) ?:
             iommu_policy_apply(pdev->iommu, d, true);
    if ( rc >= 0 )
    {
        dev = iommu_pci_dev_get(pdev);
        group = iommu_group_get(dev);
    }
    pcidevs_unlock();

    /* 1: its group would not stand in the way. */
    if ( rc || !d )
    {
        rc = min(rc, 0);
        goto out;
    }

    rc = iommu_group_would_own(group, dev, d);

 out:
    if ( group )
        iommu_pci_drop(group, dev);

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

    rc = domctl->cmd == XEN_DOMCTL_deassign_device
         ? iommu_xsm_deassign(d, sbdf.sbdf) : iommu_xsm_assign(d, sbdf.sbdf);
    if ( rc )
        return rc;

    switch ( domctl->cmd )
    {
    case XEN_DOMCTL_assign_device:
        if ( d->is_dying || (req->flags & ~XEN_DOMCTL_DEV_RDM_RELAXED) )
            return -EINVAL;
        /* -ERESTART is domctl.c's to continue. */
        return assign(d, sbdf, req->flags & XEN_DOMCTL_DEV_RDM_RELAXED);

    case XEN_DOMCTL_test_assign_device:
        if ( (d && d->is_dying) || req->flags )
            return -EINVAL;
        return test_assign(d, sbdf);

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
