/* SPDX-License-Identifier: GPL-2.0-only */
/* Domctls that give and take devices of the device tree by their path. */
#include <xen/device_tree.h>
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/sched.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/group.h>
#include <iommu-groups/xsm.h>

/* -ENODEV, with the reason. */
static int no_unit(const struct dt_device_node *np)
{
    printk(XENLOG_G_WARNING "IOMMU: %s is behind no IOMMU that is used and cannot be assigned\n",
           dt_node_full_name(np));

    return -ENODEV;
}

static int assign(struct domain *d, struct dt_device_node *np)
{
    int rc = iommu_add_dt_device(np);

    if ( rc )
        return rc < 0 ? rc : no_unit(np);

    if ( !s2_space_of(d) )
    {
        printk(XENLOG_G_WARNING
               "IOMMU: %s cannot be given to %pd: it was created without passthrough=\n",
               dt_node_full_name(np), d);
        return -EXDEV;
    }

    return iommu_assign_dt_device(d, np);
}

/* Is it free?  What was not added yet is, if there is who translates it. */
static int test_assign(const struct dt_device_node *np)
{
    const struct domain *owner = iommu_dt_owner(np) ?: dom_io;

    if ( !np->dev.iommu &&
         !iommu_dt_find_master(&iommu_dt, dt_node_full_name(np)) &&
         !dt_get_property(np, "iommus", NULL) )
        return no_unit(np);
    if ( owner == dom_io )
        return 0;

    printk(XENLOG_G_WARNING "IOMMU: %s belongs to %pd\n",
           dt_node_full_name(np), owner);

    return -EINVAL;
}

static int do_domctl(const struct xen_domctl *domctl, struct domain *d)
{
    const struct xen_domctl_assign_device *req = &domctl->u.assign_device;
    struct dt_device_node *np = req->u.dt.dev;
    int rc = 0;

    if ( req->dev != XEN_DOMCTL_DEV_DT )
        return -ENODEV;
    if ( req->flags || d == dom_io )
        return -EINVAL;

    if ( !np )
        rc = dt_find_node_by_gpath(req->u.dt.path, req->u.dt.size, &np);
    if ( rc )
        return rc;

    rc = domctl->cmd == XEN_DOMCTL_deassign_device
         ? iommu_xsm_deassign_dt(d, dt_node_full_name(np))
         : iommu_xsm_assign_dt(d, dt_node_full_name(np));
    if ( rc )
        return rc;

    switch ( domctl->cmd )
    {
    case XEN_DOMCTL_test_assign_device:
        return test_assign(np);

    case XEN_DOMCTL_assign_device:
        rc = d->is_dying ? -EINVAL : assign(d, np);
        break;

    default:
        rc = iommu_deassign_dt_device(d, np);
        break;
    }

    if ( rc && rc != -ERESTART )
        printk(XENLOG_G_WARNING "%pd: %sassign %s failed (%d)\n", d,
               domctl->cmd == XEN_DOMCTL_assign_device ? "" : "de",
               dt_node_full_name(np), rc);

    return rc;
}

int iommu_do_dt_domctl(struct xen_domctl *domctl, struct domain *d,
                       XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl)
{
    int rc;

    switch ( domctl->cmd )
    {
    case XEN_DOMCTL_assign_device:
    case XEN_DOMCTL_test_assign_device:
    case XEN_DOMCTL_deassign_device:
        break;

    default:
        return -ENOSYS;
    }

    read_lock(&dt_host_lock);
    rc = do_domctl(domctl, d);
    read_unlock(&dt_host_lock);

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
