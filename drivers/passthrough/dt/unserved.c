/* SPDX-License-Identifier: GPL-2.0-only */
/* IOMMUs that no driver serves. */
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "read.h"

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
        if ( dt_is_legacy(&w) && !dt_names_masters(&w) )
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
