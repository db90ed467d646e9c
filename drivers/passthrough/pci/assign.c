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
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/policy.h>
#include <iommu-groups/private-table.h>
#include <iommu-groups/setup.h>
#include <iommu-groups/xsm.h>

/* What it takes to be given any device.  @d is no system domain but dom_io. */
static int may_receive(struct domain *d, pci_sbdf_t sbdf)
{
    if ( !s2_space_of(d) && d != dom_io )
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

/*
 * What takes pcidevs_lock: all checks, and what has to be right before the
 * device moves.  *@ref is filled as well if an earlier call, before -ERESTART,
 * may have made something ready.
 */
static int begin_assign(struct domain *d, pci_sbdf_t sbdf, bool relaxed,
                        struct iommu_ref *ref)
{
    struct pci_dev *pdev;
    int rc;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    rc = may_assign(pdev, d, sbdf);
    if ( !rc && d != dom_io )
        rc = look_again(pdev);
    if ( !rc && !relaxed )
        rc = iommu_pci_may_share(pdev->iommu, d, NULL, false);
    if ( !rc )
        rc = iommu_policy_apply(pdev->iommu, d, false);
    if ( rc >= 0 )
        rc = pdev_msix_assign(d, pdev);
    if ( rc != -ERESTART && pdev && (!rc || pdev->domain != d) )
        iommu_ref_get(ref, pdev->iommu);
    pcidevs_unlock();

    return rc;
}

/* It is @d's now, who was warned of nothing yet, or keeps it in quarantine. */
static void end_assign(struct iommu_dev *dev, const struct domain *d,
                       bool relaxed)
{
    pcidevs_lock();
    if ( iommu_pci_bus.still_there(dev) )
    {
        /* A warning, once it is so: the command may come many times. */
        if ( relaxed )
            (void)iommu_pci_may_share(dev, d, NULL, true);
        if ( d == dom_io )
            dev->pdev->quarantine = true;
    }
    pcidevs_unlock();
}

static int do_assign(struct domain *d, pci_sbdf_t sbdf, bool relaxed)
{
    struct iommu_ref ref = {};
    int rc;

    rc = may_receive(d, sbdf);
    if ( rc )
        return rc;

    rc = begin_assign(d, sbdf, relaxed, &ref);
    if ( rc == -ERESTART )
        iommu_scratch_leave();
    if ( rc )
    {
        if ( ref.group )
            iommu_private_put(d, ref.group, ref.dev);
        iommu_ref_put(&ref);
        return rc;
    }

    iommu_ir_note_owner(d);

    rc = iommu_hand_over_or_back(&ref, ref.owner, d, relaxed);
    if ( !rc && (relaxed || d == dom_io) )
        end_assign(ref.dev, d, relaxed);

    iommu_ref_put(&ref);

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

/* The hardware domain has it, or it is leaving. */
static void end_deassign(struct iommu_dev *dev, bool leaving)
{
    pcidevs_lock();
    if ( iommu_pci_bus.still_there(dev) )
    {
        /* Then it is dom_io's, whoever asked. */
        if ( leaving )
            iommu_pci_bus.publish(dev);
        if ( dev->pdev->domain == hardware_domain )
            dev->pdev->quarantine = false;
    }
    pcidevs_unlock();
}

/*
 * Takes a device from @d: to quarantine, or to the hardware domain if it was
 * there or if quarantine is off.  Cannot fail for a guest's device: what the
 * hardware domain cannot have is quarantined.
 */
static int deassign(struct domain *d, pci_sbdf_t sbdf)
{
    struct domain *to = hardware_domain;
    struct iommu_ref ref = {};
    struct pci_dev *pdev;
    int rc = 0;

    pcidevs_lock();
    pdev = pci_get_pdev(d, sbdf);
    if ( pdev && iommu_ref_get(&ref, pdev->iommu) )
    {
        if ( (pdev->quarantine || iommu_quarantine) && d != dom_io )
            to = dom_io;
        rc = iommu_pci_may_share(ref.dev, to, d->is_dying ? d : NULL, false);
    }
    pcidevs_unlock();

    if ( !ref.group )
        return -ENODEV;

    rc = rc ?: iommu_hand_over(&ref, d, to, true);
    if ( rc && d != dom_io && to != dom_io )
        rc = iommu_hand_over(&ref, d, dom_io, true);

    if ( rc == -ENODEV || to == hardware_domain )
        end_deassign(ref.dev, rc == -ENODEV);

    iommu_ref_put(&ref);

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

/* The SBDF of the group's member number @at, *@self if it is @ref's own. */
static bool member_at(const struct iommu_ref *ref, unsigned int at,
                      uint32_t *sbdf, bool *self)
{
    const struct iommu_dev *member;
    bool found = false;

    iommu_group_lock(ref->group);
    list_for_each_entry ( member, &ref->group->devs, member )
        if ( !at-- )
        {
            found = true;
            *self = member == ref->dev;
            *sbdf = member->sbdf.sbdf;
            break;
        }
    iommu_group_unlock(ref->group);

    return found;
}

static int get_group(pci_sbdf_t sbdf, XEN_GUEST_HANDLE_64(uint32) buf,
                     unsigned int max)
{
    unsigned int n = 0, at;
    struct iommu_ref ref;
    uint32_t id = 0;
    bool self;

    if ( !iommu_pci_lookup(sbdf, &ref) )
        return 0;

    for ( at = 0; n < max && member_at(&ref, at, &id, &self); at++ )
    {
        if ( self || xsm_get_device_group(XSM_PRIV, id) )
            continue;

        /* The interface has bus and function one byte up, no segment. */
        id = (id & 0xffff) << 8;
        if ( copy_to_guest_offset(buf, n, &id, 1) )
        {
            iommu_ref_put(&ref);
            return -EFAULT;
        }
        n++;
    }

    iommu_ref_put(&ref);

    return n;
}

/*
 * What assign() would say, with as few messages as it takes to say why.  It is
 * asked without a policy for reserved regions and answers as for relaxed ones.
 * @d is NULL if it is asked for no domain in particular.
 */
static int test_assign(struct domain *d, pci_sbdf_t sbdf)
{
    struct iommu_ref ref = {};
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
        rc = iommu_policy_apply(pdev->iommu, d, true);
    if ( rc >= 0 )
        iommu_ref_get(&ref, pdev->iommu);
    pcidevs_unlock();

    /* 1: its group would not stand in the way. */
    if ( rc || !d )
        rc = min(rc, 0);
    else
        rc = iommu_group_would_own(ref.group, ref.dev, d);
    iommu_ref_put(&ref);

    return rc;
}

static int do_get_group(struct xen_domctl *domctl,
                        XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl)
{
    struct xen_domctl_get_device_group *group = &domctl->u.get_device_group;
    pci_sbdf_t sbdf = { .sbdf = group->machine_sbdf };
    int rc = xsm_get_device_group(XSM_PRIV, sbdf.sbdf);

    if ( rc )
        return rc;

    rc = get_group(sbdf, group->sdev_array, group->max_sdevs);
    group->num_sdevs = max(rc, 0);
    if ( __copy_field_to_guest(u_domctl, domctl, u.get_device_group) )
        rc = -EFAULT;

    return min(rc, 0);
}

int iommu_do_pci_domctl(struct xen_domctl *domctl, struct domain *d,
                        XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl)
{
    const struct xen_domctl_assign_device *req = &domctl->u.assign_device;
    pci_sbdf_t sbdf;
    int rc;

    switch ( domctl->cmd )
    {
    case XEN_DOMCTL_get_device_group:
        return do_get_group(domctl, u_domctl);

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
