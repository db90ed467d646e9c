/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that are no PCI functions, as they come, go and change hands: nodes
 * of the device tree, and those of ACPI's name space, which are dom0's from its
 * creation on.  A node that is in no domain's list is quarantined.
 */
#include <xen/device_tree.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/fault.h>
#include <iommu-groups/handover.h>
#include <iommu-groups/setup.h>

int iommu_dt_domain_init(struct domain *d)
{
    INIT_LIST_HEAD(&dom_iommu(d)->dt_devices);

    return 0;
}

static struct iommu_dev *dev_of(const struct dt_device_node *np)
{
    return np->dev.iommu;
}

/* iommu_ref_get() of a node. */
static bool lookup(const struct dt_device_node *np, struct iommu_ref *ref)
{
    bool found;

    pcidevs_lock();
    found = iommu_ref_get(ref, dev_of(np));
    pcidevs_unlock();

    return found;
}

struct domain *iommu_dt_owner(const struct dt_device_node *np)
{
    struct domain *owner;

    pcidevs_lock();
    owner = dev_of(np) ? dev_of(np)->published : NULL;
    pcidevs_unlock();

    return owner;
}

/* Whoever hands a node over keeps it from going. */
static bool cf_check still_there(const struct iommu_dev *dev)
{
    return !dev->node || dev_of(dev->node) == dev;
}

static int cf_check publish(struct iommu_dev *dev)
{
    struct domain *to = read_atomic(&dev->owner);
    struct dt_device_node *np = dev->node;

    ASSERT(pcidevs_locked());

    dev->published = to;
    iommu_fault_pardon(dev);
    if ( !np )
        return 0;

    list_del_init(&np->domain_list);
    if ( to != dom_io )
        list_add(&np->domain_list, &dom_iommu(to)->dt_devices);
    dt_device_set_used_by(np, to->domain_id);

    return 0;
}

static const struct iommu_bus_ops node_bus = {
    .still_there = still_there,
    .publish = publish,
};

int iommu_assign_dt_device(struct domain *d, struct dt_device_node *np)
{
    struct iommu_ref ref;
    int rc;

    ASSERT(system_state < SYS_STATE_active || rw_is_locked(&dt_host_lock));

    if ( !is_iommu_enabled(d) || !lookup(np, &ref) )
        return -EINVAL;

    if ( ref.owner != dom_io )
    {
        printk(XENLOG_G_WARNING "IOMMU: %s belongs to %pd: detach it there first\n",
               dt_node_full_name(np), ref.owner);
        rc = -EBUSY;
    }
    else
    {
        do {
            rc = iommu_hand_over_or_back(&ref, dom_io, d,
                                         is_hardware_domain(d));
        } while ( rc == -ERESTART && system_state < SYS_STATE_active );
    }

    iommu_ref_put(&ref);

    return rc;
}

int iommu_deassign_dt_device(struct domain *d, struct dt_device_node *np)
{
    struct iommu_ref ref;
    int rc = -EINVAL;

    ASSERT(rw_is_locked(&dt_host_lock));

    if ( !is_iommu_enabled(d) || !lookup(np, &ref) )
        return -EINVAL;

    if ( ref.owner == d )
        rc = iommu_hand_over(&ref, d, dom_io, false);

    iommu_ref_put(&ref);

    return rc;
}

int iommu_release_dt_devices(struct domain *d)
{
    int rc = 0;

    if ( !is_iommu_enabled(d) )
        return 0;

    read_lock(&dt_host_lock);

    while ( !rc )
    {
        struct dt_device_node *np;

        pcidevs_lock();
        np = list_first_entry_or_null(&dom_iommu(d)->dt_devices,
                                      struct dt_device_node, domain_list);
        pcidevs_unlock();

        if ( !np )
            break;

        rc = iommu_deassign_dt_device(d, np);
        if ( rc )
            printk(XENLOG_ERR "%pd: %s cannot be taken away (%d)\n",
                   d, dt_node_full_name(np), rc);
    }

    read_unlock(&dt_host_lock);

    return rc;
}

int iommu_node_give(struct iommu_dev *dev, struct domain *d)
{
    struct iommu_ref ref;
    int rc;

    pcidevs_lock();
    iommu_ref_get(&ref, dev);
    pcidevs_unlock();
    if ( !ref.group )
        return -ENODEV;

    do {
        rc = iommu_hand_over(&ref, dom_io, d, is_hardware_domain(d));
    } while ( rc == -ERESTART );
    iommu_ref_put(&ref);

    return rc;
}

int iommu_node_add(const char *name, struct dt_device_node *np,
                   struct iommu_dev **new)
{
    struct iommu_dev *dev = xzalloc(struct iommu_dev);
    int rc;

    if ( !dev )
        return -ENOMEM;

    atomic_set(&dev->refs, 1);
    dev->bus = &node_bus;
    dev->node = np;
    dev->name = name;
    dev->published = dom_io;

    /* Its group may be locked: waited for without pcidevs_lock. */
    for ( ; ; )
    {
        pcidevs_lock();
        rc = iommu_dev_add(dev);
        pcidevs_unlock();

        if ( rc != -ERESTART )
            break;
        iommu_scratch_leave();
        cpu_relax();
    }
    iommu_scratch_return();

    if ( !rc )
    {
        *new = dev;
        return 0;
    }

    if ( rc == -ENODEV )
        printk(XENLOG_INFO "IOMMU: no unit serves %s: its DMA is not translated and it cannot be assigned\n",
               name);
    else if ( rc != -ENOMEM && !dev->fw_unit )
        printk(XENLOG_ERR "IOMMU: %s cannot be assigned: nobody knows who translates its DMA\n",
               name);
    else if ( rc != -ENOMEM )
        printk(XENLOG_ERR "IOMMU: %s stays blocked: %d\n", name, rc);
    iommu_dev_free(dev);

    return rc == -ENOMEM ? rc : 1;
}

/* Reserved memory is read at boot only.  Is there any that @np needs? */
static bool has_reserved(const struct dt_device_node *np)
{
    const struct dt_device_node *region;
    unsigned int i;

    for ( i = 0; (region = dt_parse_phandle(np, "memory-region", i)); i++ )
        if ( dt_get_property(region, "iommu-addresses", NULL) )
            return true;

    return false;
}

/*
 * Is @np behind a unit?  One that an overlay brought is looked at now.  0; 1:
 * it is not; -ENOMEM.
 */
static int find_master(const struct dt_device_node *np)
{
    const char *path = dt_node_full_name(np);
    const void *iommus;
    uint32_t len = 0;
    int rc;

    if ( iommu_dt_find_master(&iommu_dt, path) )
        return 0;

    iommus = dt_get_property(np, "iommus", &len);
    if ( !iommus )
        return 1;

    if ( has_reserved(np) )
    {
        printk(XENLOG_ERR "IOMMU: %s needs reserved memory, which has to be known at boot: it stays blocked\n",
               path);
        return 1;
    }

    pcidevs_lock();
    rc = iommu_dt_add_master(&iommu_dt, path, iommus, len);
    pcidevs_unlock();

    return rc == -ENODEV ? 1 : rc;
}

/*
 * The node is gone, or was never used: what an overlay says of it may change.
 */
static void forget_master(const struct dt_device_node *np)
{
    pcidevs_lock();
    iommu_dt_del_master(&iommu_dt, dt_node_full_name(np));
    pcidevs_unlock();
}

int iommu_add_dt_device(struct dt_device_node *np)
{
    struct iommu_dev *dev = NULL;
    int rc;

    ASSERT(system_state < SYS_STATE_active || rw_is_locked(&dt_host_lock));

    if ( !iommu_enabled )
        return 1;
    if ( dev_of(np) )
        return 0;

    rc = find_master(np);
    if ( rc )
        return rc;

    rc = iommu_node_add(dt_node_full_name(np), np, &dev);
    if ( rc )
    {
        forget_master(np);
        return rc;
    }

    pcidevs_lock();
    np->dev.iommu = dev;
    dt_device_set_protected(np);
    pcidevs_unlock();

    return 0;
}

/*
 * Those that are kept for guests: nobody else names them before a guest does,
 * and an administrator should see what they are a group with.
 */
void __init iommu_dt_add_kept(void)
{
    const struct iommu_dt_master *m;

    list_for_each_entry ( m, &iommu_dt.masters, list )
    {
        struct dt_device_node *np = m->bridge
                                    ? NULL : dt_find_node_by_path(m->path);

        if ( np && dt_device_for_passthrough(np) &&
             iommu_add_dt_device(np) == -ENOMEM )
            printk(XENLOG_ERR "IOMMU: no memory for %s\n", m->path);
    }
}

int iommu_remove_dt_device(struct dt_device_node *np)
{
    struct iommu_dev *dev = dev_of(np);
    struct iommu_ref ref;
    int rc = 0;

    ASSERT(rw_is_locked(&dt_host_lock));

    if ( !iommu_enabled )
        return 1;

    if ( !lookup(np, &ref) )
        return 1;

    /* Whoever removes a node of the hardware domain's asked it before. */
    if ( is_hardware_domain(ref.owner) )
        rc = iommu_hand_over(&ref, ref.owner, dom_io, false);
    else if ( ref.owner != dom_io )
        rc = -EBUSY;
    rc = rc ?: iommu_hand_back(&ref);
    iommu_ref_put(&ref);
    if ( rc )
        return rc;

    pcidevs_lock();
    iommu_dev_remove(dev);
    np->dev.iommu = NULL;
    np->is_protected = false;
    pcidevs_unlock();
    iommu_dev_put(dev);
    forget_master(np);

    return 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
