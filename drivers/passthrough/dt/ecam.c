/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host bridges with the enhanced configuration access mechanism, for
 * architectures where Xen knows none: pci/host-generic-pci.yaml; PCI Bus
 * Binding to Open Firmware 2.1, 2.2.1.1 (the first cell of an address) and
 * 2.2.2 (ranges).
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/sizes.h>

#include "node.h"

#define SPACE(hi)   (((hi) >> 24) & 3)
#define SPACE_MEM32 2
#define PREFETCH    (1u << 30)

/* Address (3 cells), address above, size (2 cells). */
static bool __init read_windows(const struct dt_walk *w,
                                struct iommu_dt_ecam *e)
{
    int nr, i, na = fdt_address_cells(w->fdt, w->way[w->depth - 1]);
    const fdt32_t *r = dt_cells(w->fdt, w->node, "ranges", &nr);
    int len = 3 + na + 2;

    if ( na < 1 || na > 2 || nr < 0 || nr % len )
        return false;

    for ( i = 0; i < nr; i += len )
    {
        uint32_t hi = fdt32_to_cpu(r[i]);
        uint64_t pci = dt_number(r + i + 1, 2);
        uint64_t cpu = dt_number(r + i + 3, na);
        uint64_t size = dt_number(r + i + 3 + na, 2);

        if ( SPACE(hi) != SPACE_MEM32 || (hi & PREFETCH) || e->mem_size )
            continue;
        /* BARs of 32 bits must be able to hold it. */
        if ( pci != cpu || !size || pci >= GB(4) || size > GB(4) - pci )
            return false;

        e->mem_base = pci;
        e->mem_size = size;
    }

    return true;
}

int __init iommu_dt_ecam(const struct iommu_dt *dt,
                         const struct iommu_dt_bridge *b,
                         struct iommu_dt_ecam *e)
{
    struct dt_walk w = DT_WALK(dt->fdt, false);
    unsigned int buses = b->last_bus - b->first_bus + 1;

    *e = (struct iommu_dt_ecam){};

    while ( dt_step(&w) && w.node != b->node )
        continue;

    if ( !iommu_dt_compatible(dt, b->node, "pci-host-ecam-generic") )
    {
        dt_lie(b->path, "a PCI host bridge without ECAM: not supported");
        return -EOPNOTSUPP;
    }

    if ( w.node != b->node || dt_reg(&w, &e->base, &e->size) ||
         (e->base & (MB(1) - 1)) || e->size < buses * MB(1) )
    {
        dt_lie(b->path, "its reg has no room for the configuration space of %u buses",
               buses);
        return -EINVAL;
    }

    if ( !read_windows(&w, e) )
    {
        dt_lie(b->path, "its ranges cannot be used");
        return -EINVAL;
    }

    return 0;
}

int __init iommu_dt_number(const struct iommu_dt *dt, const char *path,
                           const char *name, uint32_t *val)
{
    int nr, node = fdt_path_offset(dt->fdt, path);
    const fdt32_t *p = node < 0 ? NULL : dt_cells(dt->fdt, node, name, &nr);

    if ( !p || nr != 1 )
        return -ENOENT;

    *val = fdt32_to_cpu(p[0]);

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
