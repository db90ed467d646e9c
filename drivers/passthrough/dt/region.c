/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved memory that a device reaches at its machine address:
 * reserved-memory/reserved-memory.yaml, iommu-addresses.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pfn.h>
#include <xen/xmalloc.h>

#include "node.h"

/* How a device's bus writes addresses; a PCI address' first cell is flags. */
struct format {
    int na, ns, skip;
};

/* The format of the bus above @w's node.  False: none that can be read. */
static bool __init bus_format(const struct dt_walk *w, struct format *f)
{
    int bus = w->depth ? w->way[w->depth - 1] : -1;

    if ( bus < 0 )
        return false;

    f->na = fdt_address_cells(w->fdt, bus);
    f->ns = fdt_size_cells(w->fdt, bus);
    f->skip = f->na == 3;

    return f->na - f->skip >= 1 && f->na - f->skip <= 2 && f->ns >= 1 &&
           f->ns <= 2;
}

/* @size bytes from @start on, outwards to whole pages. */
static void __init add_region(struct iommu_dt_master *m, const char *where,
                              uint64_t start, uint64_t size)
{
    struct iommu_region *regions;
    uint64_t end = start + size - 1;

    regions = xrealloc_array(m->regions, m->nr_regions + 1);
    if ( !regions )
    {
        m->no_memory = true;
        return;
    }

    if ( (start | size) & ~PAGE_MASK )
        printk(XENLOG_WARNING
               "IOMMU: device tree: %s: iommu-addresses: %#"PRIx64" bytes at %#"PRIx64" are no whole pages: they are made larger\n",
               where, size, start);

    regions[m->nr_regions++] = (struct iommu_region){
        .first = PFN_DOWN(start),
        .last = PFN_DOWN(end),
        .prot = IOMMU_REGION_RW,
    };
    m->regions = regions;
}

/* One that is not where the memory is would need a mapping of its own. */
static bool __init check_direct(const struct dt_walk *r, const char *where,
                                uint64_t start, uint64_t size)
{
    uint64_t end = start + size - 1;
    paddr_t base, len;

    if ( size && end >= start && !(end >> PADDR_BITS) &&
         !dt_reg(r, &base, &len) && start >= base && end <= base + len - 1 )
        return true;

    dt_lie(where, "iommu-addresses: %#"PRIx64" is not where the memory is: it is not used",
           start);

    return false;
}

/*
 * The entries of region @r that are for the device with @phandle.  Those for
 * devices on buses of other formats, which are in the same list, have another
 * length.
 */
static void __init read_entries(const struct dt_walk *r, const char *where,
                                uint32_t phandle, struct iommu_dt_master *m)
{
    int nr, i, nr_reg, len;
    const fdt32_t *p = dt_cells(r->fdt, r->node, "iommu-addresses", &nr);

    for ( i = 0; i < nr; i += len )
    {
        struct dt_walk dev = DT_WALK(r->fdt, true);
        struct format f;
        uint64_t start, size;

        if ( dt_find(r->fdt, fdt32_to_cpu(p[i]), &dev) ||
             !bus_format(&dev, &f) || nr - i < 1 + f.na + f.ns )
        {
            nr = -1;
            break;
        }

        len = 1 + f.na + f.ns;
        start = dt_number(p + i + 1 + f.skip, f.na - f.skip);
        size = dt_number(p + i + 1 + f.na, f.ns);

        /* Without reg nothing is to be mapped: addresses not to be used. */
        if ( fdt32_to_cpu(p[i]) != phandle ||
             (!dt_cells(r->fdt, r->node, "reg", &nr_reg) && !nr_reg) )
            continue;

        if ( check_direct(r, where, start, size) )
            add_region(m, where, start, size);
    }

    if ( nr < 0 )
        dt_lie(where, "iommu-addresses is not a list of devices and their addresses: the rest of it is not used");
}

void __init dt_read_regions(const struct dt_walk *w, struct iommu_dt_master *m)
{
    int nr, i;
    const fdt32_t *p = dt_cells(w->fdt, w->node, "memory-region", &nr);

    if ( nr < 0 )
        dt_lie(m->path, "its memory-region cannot be read");

    for ( i = 0; i < nr; i++ )
    {
        struct dt_walk r = DT_WALK(w->fdt, true);
        uint32_t region = fdt32_to_cpu(p[i]);
        int rc = dt_find(w->fdt, region, &r);
        char where[32];

        if ( rc )
        {
            dt_lie(m->path, "memory-region names phandle %#x, which %s", region,
                   rc == -EEXIST ? "two nodes have" : "no node has");
            continue;
        }

        snprintf(where, sizeof(where), "%s",
                 fdt_get_name(w->fdt, r.node, NULL));
        read_entries(&r, where, fdt_get_phandle(w->fdt, w->node), m);
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
