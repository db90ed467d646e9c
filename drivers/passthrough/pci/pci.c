/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices that come and go, and what of pci_dev follows when they change
 * hands: its domain, and the domains' lists of devices.
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
#include <iommu-groups/direct.h>
#include <iommu-groups/fault.h>
#include <iommu-groups/pci.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/policy.h>
#include <iommu-groups/regions.h>
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
    dev->bus = &iommu_pci_bus;
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
    {
        pdev->iommu = dev;
        iommu_policy_note(dev);
    }

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

    /*
     * A virtual function has no ID of its own; its physical one is looked at.
     */
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
        iommu_dev_put(pdev->iommu);
        pdev->iommu = NULL;
    }
    iommu_pci_forget(pdev);
}

bool iommu_pci_lookup(pci_sbdf_t sbdf, struct iommu_ref *ref)
{
    const struct pci_dev *pdev;
    bool found;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    found = iommu_ref_get(ref, pdev ? pdev->iommu : NULL);
    pcidevs_unlock();

    return found;
}

void iommu_groups_pci_retire(pci_sbdf_t sbdf)
{
    const struct pci_dev *pdev;
    struct iommu_ref ref;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    /* A PF that still has VFs stays; pci_remove_device() says so. */
    if ( pdev && !pdev->info.is_virtfn && !list_empty(&pdev->vf_list) )
        pdev = NULL;
    iommu_ref_get(&ref, pdev ? pdev->iommu : NULL);
    pcidevs_unlock();

    if ( !ref.group )
        return;

    if ( iommu_hand_back(&ref) )
        printk(XENLOG_WARNING "IOMMU: %pp is being removed already\n", &sbdf);
    iommu_ref_put(&ref);
}

static bool cf_check still_there(const struct iommu_dev *dev)
{
    const struct pci_dev *pdev = pci_get_pdev(NULL, dev->sbdf);

    return pdev && pdev->iommu == dev;
}

/* What vPCI answers is returned; the device has moved all the same. */
static int cf_check publish(struct iommu_dev *dev)
{
    struct pci_dev *pdev = dev->pdev;
    struct domain *from = pdev->domain, *to = read_atomic(&dev->owner);
    int rc;

    ASSERT(pcidevs_locked());

    if ( from == to )
        return 0;

    write_lock(&from->pci_lock);
    vpci_deassign_device(pdev);
    list_del(&pdev->domain_list);
    write_unlock(&from->pci_lock);

    pdev->domain = to;
    iommu_fault_pardon(dev);

    write_lock(&to->pci_lock);
    list_add(&pdev->domain_list, &to->pdev_list);
    rc = vpci_assign_device(pdev);
    write_unlock(&to->pci_lock);

    return rc;
}

static void cf_check withdraw(struct domain *d, const struct iommu_dev *dev)
{
    if ( IS_ENABLED(CONFIG_HAS_VPCI_GUEST_SUPPORT) )
        iommu_groups_vpci_withdraw(d, dev->sbdf);
}

const struct iommu_bus_ops iommu_pci_bus = {
    .still_there = still_there,
    .publish = publish,
    .withdraw = withdraw,
};

int iommu_pci_look_again(struct pci_dev *pdev)
{
    if ( !pdev || !pdev->iommu )
        return 0;

    if ( iommu_pci_refresh(pdev) )
        pdev->iommu->regroup = true;

    return pdev->iommu->regroup ? iommu_dev_regroup(pdev->iommu) : 0;
}

int iommu_pci_may_share(const struct iommu_dev *dev, const struct domain *d,
                        const struct domain *from, bool relaxed)
{
    const struct iommu_dev *other = NULL;
    unsigned int len = 0;
    char names[128];

    if ( d == dom_io )
        return 0;

    while ( (other = iommu_regions_next_sharer(dev, other)) != NULL )
    {
        const struct domain *holder = read_atomic(&other->owner);

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

/* Settles a device that was added, or is added again, for its owner. */
int iommu_groups_pci_settle(pci_sbdf_t sbdf)
{
    struct iommu_ref ref;
    int rc = take_in(sbdf);
    bool settled;

    if ( rc )
        return rc;

    if ( !iommu_pci_lookup(sbdf, &ref) )
        return 0;

    iommu_group_lock(ref.group);
    /* What changes hands meanwhile is for whoever does that to publish. */
    settled = iommu_group_has(ref.group, ref.dev) &&
              (ref.dev->next_owner != dom_io || ref.owner == dom_io ||
               iommu_is_guest(ref.owner));
    iommu_group_unlock(ref.group);

    if ( !settled && ref.dev->nr_regions )
    {
        pcidevs_lock();
        rc = iommu_pci_may_share(ref.dev, ref.owner, NULL, false);
        pcidevs_unlock();
    }

    if ( !rc && !settled )
        rc = iommu_hand_in(&ref, ref.owner);

    iommu_ref_put(&ref);

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
         dev->next_owner == dom_io && iommu_dev_claim(group, dev, d) )
        printk(XENLOG_ERR "IOMMU group %u: %s stays blocked: %pd has the group\n",
               group->id, dev->name, group->owner);
    parked = dev->next_owner == dom_io;
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
                 iommu_direct_map(d, dev->regions, dev->nr_regions, true) )
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
