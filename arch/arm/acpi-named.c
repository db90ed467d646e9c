/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of ACPI's name space that the IORT names (Arm DEN0049, E.f,
 * §3.1.1.4).  Only the hardware domain can find them, so they are its own.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>

#include "arm.h"

/* By index in iommu_iort.named: the device; NULL: an entry of a known one. */
static struct iommu_dev **__initdata named_devs;

static bool __init is_first(unsigned int index)
{
    const struct iort_named *named = iommu_iort.named;
    unsigned int i;

    for ( i = 0; i < index; i++ )
        if ( !strcmp(named[i].name, named[index].name) )
            return false;

    return true;
}

void __init arm_acpi_add_named(void)
{
    unsigned int i;

    if ( !iommu_iort.nr_named )
        return;

    named_devs = xzalloc_array(struct iommu_dev *, iommu_iort.nr_named);
    for ( i = 0; i < iommu_iort.nr_named; i++ )
        if ( !named_devs ||
             (is_first(i) &&
              iommu_node_add(iommu_iort.named[i].name, NULL,
                             &named_devs[i]) == -ENOMEM) )
            printk(XENLOG_ERR "IOMMU: no memory for %s\n",
                   iommu_iort.named[i].name);
}

void __init arm_acpi_give_named(struct domain *d)
{
    unsigned int i;

    for ( i = 0; named_devs && i < iommu_iort.nr_named; i++ )
    {
        int rc = named_devs[i] ? iommu_node_give(named_devs[i], d) : 0;

        if ( rc )
            printk(XENLOG_ERR "IOMMU: %s stays blocked: %d\n",
                   iommu_iort.named[i].name, rc);
    }

    XFREE(named_devs);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
