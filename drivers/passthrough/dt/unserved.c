/* SPDX-License-Identifier: GPL-2.0-only */
/* IOMMUs that no driver serves. */
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "node.h"

/*
 * The first binding of SMMUv1 and v2 has no #iommu-cells: their masters are
 * listed in the SMMU's own node.  Binding iommu/arm,smmu.yaml, mmu-masters.
 */
static const char *const __initconst by_mmu_masters[] = {
    "arm,smmu-v1",
    "arm,smmu-v2",
    "arm,mmu-400",
    "arm,mmu-401",
    "arm,mmu-500",
};

static bool __init has_mmu_masters(const struct iommu_dt *dt, int node)
{
    unsigned int i;

    if ( iommu_dt_flag(dt, node, "#iommu-cells") )
        return false;

    for ( i = 0; i < ARRAY_SIZE(by_mmu_masters); i++ )
        if ( iommu_dt_compatible(dt, node, by_mmu_masters[i]) )
            return true;

    return false;
}

static void __init say(const char *path)
{
    printk(XENLOG_WARNING
           "IOMMU: no driver for %s: its devices cannot be assigned\n", path);
}

unsigned int __init iommu_dt_unserved(const struct iommu_dt *dt)
{
    struct dt_walk w = DT_WALK(dt->fdt, false);
    const struct iommu_dt_unit *u;
    unsigned int nr = 0;

    list_for_each_entry ( u, &dt->units, list )
        if ( !u->served && !u->off )
        {
            say(u->path);
            nr++;
        }

    while ( dt_step(&w) )
        if ( has_mmu_masters(dt, w.node) )
        {
            char *path = dt_path(w.fdt, w.node);

            say(path ?: "an SMMU");
            xfree(path);
            nr++;
        }

    return nr;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
