/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XEN_SYSCTL_iommu_groups: what an administrator can see, as records; the
 * public header says what callers may rely on.
 *
 * They are gathered under locks, and copied without: copying takes p2m locks.
 * Nobody is waited for, since sysctls are one after the other.
 */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include <public/sysctl.h>

#include <iommu-groups/group.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/policy.h>

/* A call's; they are on the stack. */
#define MAX_RECORDS 16

static uint8_t domain_type(const struct s2_domain *s2)
{
    if ( !s2 || s2->type == S2_BLOCKED )
        return XEN_IOMMU_DOMAIN_BLOCKED;

    return s2->type == S2_IDENTITY ? XEN_IOMMU_DOMAIN_IDENTITY
                                   : XEN_IOMMU_DOMAIN_PAGING;
}

static uint8_t group_policy(const struct iommu_group *group)
{
    switch ( group->policy )
    {
    case IOMMU_POLICY_STRICT:
        return XEN_IOMMU_POLICY_STRICT;

    case IOMMU_POLICY_WARN:
        return XEN_IOMMU_POLICY_WARN;

    default:
        return XEN_IOMMU_POLICY_MACHINE;
    }
}

/* Both locks held. */
static void group_record(struct xen_iommu_group *r,
                         const struct iommu_group *group)
{
    *r = (struct xen_iommu_group){
        .id = group->id,
        .nr_devices = group->nr_devs,
        .owner = group->owner ? group->owner->domain_id : DOMID_INVALID,
        .domain = domain_type(group->s2),
        .policy = group_policy(group),
    };
    if ( group->broken )
        r->flags |= XEN_IOMMU_GROUP_BROKEN;
    if ( group->parted )
        r->flags |= XEN_IOMMU_GROUP_PARTED;
    if ( group->private )
        r->flags |= XEN_IOMMU_GROUP_PRIVATE;
}

/*
 * pcidevs_lock held.  Number of records; op->first is where to go on.
 * -ERESTART: the very first of them is locked.
 */
static int gather_groups(struct xen_sysctl_iommu_groups *op,
                         struct xen_iommu_group *r, unsigned int room)
{
    struct iommu_group *group;
    unsigned int nr = 0;

    list_for_each_entry ( group, &iommu_groups, list )
    {
        bool locked;

        if ( group->id < op->first )
            continue;

        locked = nr < room && iommu_group_trylock(group);
        if ( !locked )
        {
            if ( !nr && room )
                return -ERESTART;
            op->first = group->id;
            return nr;
        }
        group_record(&r[nr++], group);
        iommu_group_unlock(group);
    }
    op->first = XEN_SYSCTL_IOMMU_GROUPS_END;

    return nr;
}

static int read_groups(struct xen_sysctl_iommu_groups *op)
{
    struct xen_iommu_group r[MAX_RECORDS];
    int nr;

    if ( op->group )
        return -EINVAL;

    pcidevs_lock();
    op->generation = iommu_groups_generation;
    nr = gather_groups(op, r, min(op->nr, MAX_RECORDS + 0U));
    pcidevs_unlock();

    if ( nr < 0 )
        return nr;
    op->nr = nr;

    return nr && copy_to_guest_offset(op->u.groups, 0, r, nr) ? -EFAULT : 0;
}

static void device_flags(struct xen_iommu_device *r,
                         const struct iommu_dev *dev)
{
    if ( dev->bridge )
        r->flags |= XEN_IOMMU_DEVICE_BRIDGE;
    if ( dev->tainted )
        r->flags |= XEN_IOMMU_DEVICE_TAINTED;
    if ( dev->ats )
        r->flags |= XEN_IOMMU_DEVICE_ATS;
    if ( dev->nr_stops )
        r->flags |= XEN_IOMMU_DEVICE_STOPPED;
    if ( dev->func && dev->func->stated )
        r->flags |= XEN_IOMMU_DEVICE_STATED;
    if ( dev->func && dev->func->unsure )
        r->flags |= XEN_IOMMU_DEVICE_NO_PATH;
    if ( dev->hwdom_only )
        r->flags |= XEN_IOMMU_DEVICE_DOUBT;
    if ( iommu_dev_retired(dev) )
        r->flags |= XEN_IOMMU_DEVICE_LEAVING;
}

static void device_reason(struct xen_iommu_device *r,
                          const struct iommu_dev *dev)
{
    static const uint8_t reasons[] = {
        [PCI_SAME_ID]       = XEN_IOMMU_WHY_SAME_ID,
        [PCI_OPEN_PATH]     = XEN_IOMMU_WHY_OPEN_PATH,
        [PCI_OPEN_SWITCH]   = XEN_IOMMU_WHY_OPEN_SWITCH,
        [PCI_MULTIFUNCTION] = XEN_IOMMU_WHY_MULTIFUNCTION,
        [PCI_UNKNOWN_PATH]  = XEN_IOMMU_WHY_UNKNOWN_PATH,
        [PCI_SAME_BUSES]    = XEN_IOMMU_WHY_SAME_BUSES,
    };
    const struct pci_func *at = NULL;
    enum pci_why why = PCI_APART;
    const struct iommu_dev *other = iommu_pci_why(dev, &why, &at);

    r->why = XEN_IOMMU_WHY_NONE;
    r->with = r->at = XEN_IOMMU_NO_SBDF;
    if ( !other )
        return;

    r->why = reasons[why];
    r->with = other->sbdf.sbdf;
    if ( at )
        r->at = at->sbdf.sbdf;
}

/* Both locks held. */
static void device_record(struct xen_iommu_device *r,
                          const struct iommu_dev *dev)
{
    *r = (struct xen_iommu_device){
        .sbdf = dev->pdev ? dev->sbdf.sbdf : XEN_IOMMU_NO_SBDF,
        .unit = dev->unit->id,
        .owner = dev->next_owner->domain_id,
        .domain = domain_type(dev->attached),
        .faults = dev->nr_faults,
    };
    device_flags(r, dev);
    device_reason(r, dev);
}

/* Both locks held.  As gather_groups(). */
static unsigned int gather_devices(struct xen_sysctl_iommu_groups *op,
                                   const struct iommu_group *group,
                                   struct xen_iommu_device *r,
                                   unsigned int room)
{
    const struct iommu_dev *dev;
    unsigned int nr = 0, place = 0;

    list_for_each_entry ( dev, &group->all_devs, in_group )
    {
        if ( place++ < op->first )
            continue;
        if ( nr == room )
        {
            op->first = place - 1;
            return nr;
        }
        device_record(&r[nr++], dev);
    }
    op->first = XEN_SYSCTL_IOMMU_GROUPS_END;

    return nr;
}

static int read_devices(struct xen_sysctl_iommu_groups *op,
                        struct iommu_group *group)
{
    struct xen_iommu_device r[MAX_RECORDS];
    int rc = -ERESTART;

    pcidevs_lock();
    op->generation = iommu_groups_generation;
    if ( iommu_group_trylock(group) )
    {
        op->nr = gather_devices(op, group, r, min(op->nr, MAX_RECORDS + 0U));
        iommu_group_unlock(group);
        rc = 0;
    }
    pcidevs_unlock();

    if ( !rc && op->nr && copy_to_guest_offset(op->u.devices, 0, r, op->nr) )
        rc = -EFAULT;

    return rc;
}

/* pcidevs_lock held: a node's name may go with its device. */
static int copy_name(struct xen_sysctl_iommu_groups *op,
                     const struct iommu_group *group, char **name)
{
    const struct iommu_dev *dev;
    unsigned int place = 0, size;

    list_for_each_entry ( dev, &group->all_devs, in_group )
    {
        if ( place++ != op->first )
            continue;

        size = strlen(dev->name) + 1;
        if ( size > op->nr )
        {
            op->nr = size;
            return -ENOBUFS;
        }

        *name = xmalloc_array(char, size);
        if ( !*name )
            return -ENOMEM;
        memcpy(*name, dev->name, size);
        op->nr = size;

        return 0;
    }

    return -ENOENT;
}

static int read_name(struct xen_sysctl_iommu_groups *op,
                     const struct iommu_group *group)
{
    char *name = NULL;
    int rc;

    pcidevs_lock();
    op->generation = iommu_groups_generation;
    rc = copy_name(op, group, &name);
    pcidevs_unlock();

    if ( !rc && copy_to_guest_offset(op->u.name, 0, name, op->nr) )
        rc = -EFAULT;
    xfree(name);

    return rc;
}

int iommu_groups_sysctl(struct xen_sysctl_iommu_groups *op)
{
    struct iommu_group *group;
    int rc;

    if ( op->version != XEN_SYSCTL_IOMMU_GROUPS_VERSION )
        return -EOPNOTSUPP;
    if ( op->pad )
        return -EINVAL;
    if ( !iommu_enabled )
        return -ENODEV;

    if ( op->what == XEN_SYSCTL_IOMMU_GROUPS_GROUPS )
        return read_groups(op);
    if ( op->what != XEN_SYSCTL_IOMMU_GROUPS_DEVICES &&
         op->what != XEN_SYSCTL_IOMMU_GROUPS_NAME )
        return -EINVAL;

    group = iommu_group_by_id(op->group);
    if ( !group )
        return -ENOENT;
    rc = op->what == XEN_SYSCTL_IOMMU_GROUPS_NAME ? read_name(op, group)
                                                  : read_devices(op, group);
    iommu_group_put(group);

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
