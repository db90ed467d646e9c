/* SPDX-License-Identifier: GPL-2.0-only */
/* The IOMMUs that the device tree has, and the drivers that serve them. */
#include <xen/device_tree.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/libfdt/libfdt.h>
#include <xen/xmalloc.h>

#include <asm/device.h>
#include <asm/p2m.h>
#include <asm/setup.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/smmuv2.h>
#include <iommu-groups/smmuv3.h>

#include "arm.h"

struct kind {
    const char *compatible;
    unsigned int version, quirks;  /* smmuv2.h; version 3 is SMMUv3 */
};

/*
 * Bindings iommu/arm,smmu-v3.yaml and arm,smmu.yaml; what says more of a unit
 * comes first.
 */
static const struct kind kinds[] __initconst = {
    { "arm,smmu-v3", 3 },
#ifdef CONFIG_ARM_SMMU
    { "marvell,ap806-smmu-500", 2, SMMUV2_MMU500 | SMMUV2_AP806 },
    { "qcom,smmu-500", 2, SMMUV2_MMU500 | SMMUV2_QCOM },
    { "qcom,smmu-v2", 2, SMMUV2_QCOM },
    { "cavium,smmu-v2", 2, SMMUV2_CAVIUM },
    { "arm,mmu-500", 2, SMMUV2_MMU500 },
    { "arm,mmu-401", 1 },
    { "arm,mmu-400", 1 },
    { "arm,smmu-v2", 2 },
    { "arm,smmu-v1", 1 },
#endif
};

/* Has domain_build.c keep these nodes, and what refers to them, from dom0. */
static const struct dt_device_match smmu_matches[] __initconst = {
    DT_MATCH_COMPATIBLE("arm,smmu-v3"),
#ifdef CONFIG_ARM_SMMU
    DT_MATCH_COMPATIBLE("qcom,smmu-500"),
    DT_MATCH_COMPATIBLE("qcom,smmu-v2"),
    DT_MATCH_COMPATIBLE("cavium,smmu-v2"),
    DT_MATCH_COMPATIBLE("arm,mmu-500"),
    DT_MATCH_COMPATIBLE("arm,mmu-401"),
    DT_MATCH_COMPATIBLE("arm,mmu-400"),
    DT_MATCH_COMPATIBLE("arm,smmu-v2"),
    DT_MATCH_COMPATIBLE("arm,smmu-v1"),
#endif
    {},
};

DT_DEVICE_START(smmu, "Arm SMMU", DEVICE_IOMMU)
    .dt_match = smmu_matches,
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

static int __init add_smmuv3(const struct iommu_dt_unit *u,
                             const struct dt_device_node *np)
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

    if ( !u->bad && np )
    {
        desc.irq_evtq = find_irq(np, "eventq");
        desc.irq_gerror = find_irq(np, "gerror");
        desc.irq_priq = find_irq(np, "priq");
        desc.irq_combined = find_irq(np, "combined");
    }

    return smmuv3_add(&desc);
}

#ifdef CONFIG_ARM_SMMU
/* Global ones, as many as it says, and one for each context bank. */
static int __init read_irqs(const struct iommu_dt_unit *u,
                            const struct dt_device_node *np,
                            struct smmuv2_desc *desc, int **irqs)
{
    uint32_t nr_global = 1;
    unsigned int nr = dt_number_of_irq(np), i;

    if ( !nr )
        return 0;

    *irqs = xzalloc_array(int, nr);
    if ( !*irqs )
        return -ENOMEM;

    for ( i = 0; i < nr; i++ )
        (*irqs)[i] = platform_get_irq(np, i);

    (void)iommu_dt_number(&iommu_dt, u->path, "#global-interrupts",
                          &nr_global);
    desc->irqs = *irqs;
    desc->nr_irqs = nr;
    desc->nr_global = min(nr_global, nr);

    return 0;
}

static int __init add_smmuv2(const struct iommu_dt_unit *u,
                             const struct dt_device_node *np,
                             const struct kind *kind)
{
    struct smmuv2_desc desc = {
        .base = u->base,
        .size = u->size,
        .phandle = u->bad ? 0 : u->phandle,
        .version = kind->version,
        .quirks = kind->quirks,
        .coherent = iommu_dt_flag(&iommu_dt, u->node, "dma-coherent"),
        .where = u->path,
    };
    int *irqs = NULL;
    int rc = !u->bad && np ? read_irqs(u, np, &desc, &irqs) : 0;

    if ( iommu_dt_flag(&iommu_dt, u->node,
                       "calxeda,smmu-secure-config-access") )
        desc.quirks |= SMMUV2_SECURE_ALIAS;

    rc = rc ?: smmuv2_add(&desc);
    xfree(irqs);

    return rc;
}
#else
static int __init add_smmuv2(const struct iommu_dt_unit *u,
                             const struct dt_device_node *np,
                             const struct kind *kind)
{
    return -EOPNOTSUPP;
}
#endif

/*
 * A unit that the tree contradicts itself about is brought up all the same, if
 * it is known where it is: nothing will be attached, so all DMA is blocked.
 */
static int __init add_unit(const struct iommu_dt_unit *u,
                           const struct kind *kind)
{
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

    if ( np )
        dt_device_set_used_by(np, DOMID_XEN);

    return kind->version == 3 ? add_smmuv3(u, np) : add_smmuv2(u, np, kind);
}

/* NULL: another architecture's. */
static const struct kind *__init kind_of(const struct iommu_dt_unit *u)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(kinds); i++ )
        if ( iommu_dt_compatible(&iommu_dt, u->node, kinds[i].compatible) )
            return &kinds[i];

    return NULL;
}

int __init arm_iommu_discover(void)
{
    const struct iommu_dt_unit *u;
    unsigned int nr = 0;

    if ( iommu_dt_read(&iommu_dt, device_tree_flattened,
                       fdt_totalsize(device_tree_flattened)) )
        return -ENODEV;

    list_for_each_entry ( u, &iommu_dt.units, list )
    {
        const struct kind *kind = kind_of(u);

        if ( u->served && kind )
            nr += !add_unit(u, kind);
    }

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
