/* SPDX-License-Identifier: GPL-2.0-only */
/* The IOMMUs that the device tree has, and the drivers that serve them. */
#include <xen/device_tree.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/libfdt/libfdt.h>

#include <asm/device.h>
#include <asm/p2m.h>
#include <asm/setup.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/smmuv3.h>

#include "arm.h"

/* Binding iommu/arm,smmu-v3.yaml. */
#define COMPATIBLE_SMMUV3 "arm,smmu-v3"

/* Has domain_build.c keep these nodes, and what refers to them, from dom0. */
static const struct dt_device_match smmuv3_matches[] __initconst = {
    DT_MATCH_COMPATIBLE(COMPATIBLE_SMMUV3),
    {},
};

DT_DEVICE_START(smmuv3, "Arm SMMUv3", DEVICE_IOMMU)
    .dt_match = smmuv3_matches,
DT_DEVICE_END

/* A wired interrupt by its name; 0: there is none. */
static int __init find_irq(const struct dt_device_node *np, const char *name)
{
    const char *names;
    uint32_t len, at;
    unsigned int index = 0;
    int irq;

    names = dt_get_property(np, "interrupt-names", &len);
    for ( at = 0; names && at < len; index++ )
    {
        size_t left = len - at, n = strnlen(names + at, left);

        if ( n < left && !strcmp(names + at, name) )
        {
            irq = platform_get_irq(np, index);
            return irq > 0 ? irq : 0;
        }
        at += n + 1;
    }

    return 0;
}

/*
 * A unit that the tree contradicts itself about is brought up all the same, if
 * it is known where it is: nothing will be attached, so all DMA is aborted.
 */
static int __init add_smmuv3(const struct iommu_dt_unit *u)
{
    struct smmuv3_desc desc = {
        .base = u->base,
        .size = u->size,
        .phandle = u->bad ? 0 : u->phandle,
        .coherent = iommu_dt_flag(&iommu_dt, u->node, "dma-coherent"),
        .page0_only = iommu_dt_flag(&iommu_dt, u->node,
                                    "cavium,cn9900-broken-page1-regspace"),
        .where = u->path,
    };
    struct dt_device_node *np = dt_find_node_by_path(u->path);

    if ( !u->size )
    {
        printk(XENLOG_ERR "IOMMU: %s is not used: its node makes no sense\n",
               u->path);
        return -EINVAL;
    }

    if ( iommu_dt_is_ram(u->base, u->size) )
    {
        printk(XENLOG_ERR "IOMMU: %s: its registers are RAM\n", u->path);
        return -EINVAL;
    }

    if ( u->bad )
        printk(XENLOG_ERR "IOMMU: %s: all DMA through it is blocked\n",
               u->path);
    else if ( np )
    {
        desc.irq_evtq = find_irq(np, "eventq");
        desc.irq_gerror = find_irq(np, "gerror");
        desc.irq_priq = find_irq(np, "priq");
        desc.irq_combined = find_irq(np, "combined");
    }

    if ( np )
        dt_device_set_used_by(np, DOMID_XEN);

    return smmuv3_add(&desc);
}

int __init arm_iommu_discover(void)
{
    const struct iommu_dt_unit *u;
    unsigned int nr = 0;

    if ( iommu_dt_read(&iommu_dt, device_tree_flattened,
                       fdt_totalsize(device_tree_flattened)) )
        return -ENODEV;

    list_for_each_entry ( u, &iommu_dt.units, list )
        if ( u->served )
            nr += !add_smmuv3(u);

    iommu_dt_unserved(&iommu_dt);

    return nr ? 0 : -ENODEV;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
