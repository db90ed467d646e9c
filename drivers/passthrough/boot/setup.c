/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot, power and crash paths, and domains: where the rest of Xen meets the
 * layer.  Prototypes and contracts are in <xen/iommu.h>.
 */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/keyhandler.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include <iommu-groups/compat.h>
#include <iommu-groups/group.h>
#include <iommu-groups/pci-topology.h>
#include "selftest.h"
#include <iommu-groups/setup.h>

static int __init cf_check take_in(struct pci_dev *pdev, void *arg)
{
    int rc = iommu_groups_pci_add(pdev);

    /* One that cannot be taken in must not keep the others out. */
    if ( rc )
        printk(XENLOG_ERR "IOMMU: %pp stays blocked: %d\n", &pdev->sbdf, rc);

    return 0;
}

static unsigned int __init count_groups(void)
{
    struct iommu_group *group = NULL;
    unsigned int nr = 0;

    while ( (group = iommu_group_next(group)) )
        nr++;

    return nr;
}

static unsigned int __init count_units(void)
{
    const struct iommu_unit *unit;
    unsigned int nr = 0;

    for_each_iommu_unit ( unit )
        nr++;

    return nr;
}

/* Units are up and everything is blocked: forms the groups. */
static void __init form_groups(void)
{
    pcidevs_lock();
    iommu_pci_scan(take_in);
    pcidevs_unlock();
}

/* dom_io has tables only where parked devices are to read a scratch page. */
static int __init quarantine_init(void)
{
    dom_io->options |= XEN_DOMCTL_CDF_iommu;

    return iommu_domain_init(dom_io, 0);
}

int __init iommu_setup(void)
{
    bool force_intremap = force_iommu && iommu_intremap;
    int rc = -ENODEV;

    if ( iommu_hwdom_strict )
        iommu_hwdom_passthrough = false;

    if ( iommu_enable )
    {
        rc = arch_iommu_setup();
        iommu_enabled = !rc;
    }

    if ( iommu_enabled )
    {
        form_groups();
        arch_iommu_late_setup();
    }

#ifndef iommu_intremap
    if ( !iommu_enabled )
        iommu_intremap = iommu_intremap_off;
#endif

    if ( (force_iommu && !iommu_enabled) ||
         (force_intremap && !iommu_intremap) )
        panic("Couldn't enable %s and iommu=required/force\n",
              iommu_enabled ? "Interrupt Remapping" : "IOMMU");

    printk("I/O virtualisation %sabled\n", iommu_enabled ? "en" : "dis");

    if ( !iommu_enabled )
    {
        iommu_hwdom_passthrough = false;
        iommu_hwdom_strict = false;
        return rc;
    }

    if ( quarantine_init() )
        panic("Could not set up quarantine\n");

    printk(" - Dom0 mode: %s\n",
           iommu_hwdom_passthrough ? "Passthrough" :
           iommu_hwdom_strict ? "Strict" : "Relaxed");
#ifndef iommu_intremap
    printk("Interrupt remapping %sabled\n", iommu_intremap ? "en" : "dis");
#endif
    printk("IOMMU groups: %u units, %u groups\n",
           count_units(), count_groups());
    if ( iommu_verbose )
        iommu_groups_list();

    iommu_selftest();

    register_keyhandler('o', iommu_groups_dump, "dump iommu groups and tables",
                        0);

    return 0;
}

int iommu_suspend(void)
{
    struct iommu_unit *unit, *done;

    if ( !iommu_enabled )
        return 0;

    for_each_iommu_unit ( unit )
    {
        int rc = unit->drv->unit->suspend(unit);

        if ( !rc )
            continue;

        printk(XENLOG_ERR "IOMMU: %s cannot be suspended: %d\n",
               unit->name, rc);
        for_each_iommu_unit ( done )
        {
            if ( done == unit )
                break;
            done->drv->unit->resume(done);
        }

        return rc;
    }

    return 0;
}

void iommu_resume(void)
{
    struct iommu_unit *unit;

    if ( !iommu_enabled )
        return;

    for_each_iommu_unit ( unit )
        unit->drv->unit->resume(unit);
    if ( IS_ENABLED(CONFIG_HAS_PCI) )
        iommu_pci_resume();
}

void iommu_crash_shutdown(void)
{
    struct iommu_unit *unit;

    if ( !iommu_crash_disable )
        return;

    if ( iommu_enabled )
        for_each_iommu_unit ( unit )
            unit->drv->unit->crash_shutdown(unit);

    iommu_enabled = false;
#ifndef iommu_intremap
    iommu_intremap = iommu_intremap_off;
#endif
}

void iommu_quiesce(void)
{
    struct iommu_unit *unit;

    if ( iommu_enabled )
        for_each_iommu_unit ( unit )
            unit->drv->unit->quiesce(unit);
}

int iommu_do_domctl(struct xen_domctl *domctl, struct domain *d,
                    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) u_domctl)
{
    int rc = -ENODEV;

    /* That @d has no passthrough= is for the command to say. */
    if ( !iommu_enabled )
        return -EOPNOTSUPP;

#ifdef CONFIG_HAS_PCI
    rc = iommu_do_pci_domctl(domctl, d, u_domctl);
#endif
#ifdef IOMMU_GROUPS_DT
    if ( rc == -ENODEV )
        rc = iommu_do_dt_domctl(domctl, d, u_domctl);
#endif

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
