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

#include "node.h"

/* How the device's bus writes addresses; a PCI address' first cell is flags. */
struct format {
    int na, ns, skip;
};

static bool __init add_region(struct iommu_dt_master *m, const char *where,
                              uint64_t start, uint64_t size)
{
    if ( !size || start + size - 1 < start || (start & ~PAGE_MASK) ||
         (size & ~PAGE_MASK) || (start + size - 1) >> PADDR_BITS )
    {
        dt_lie(where, "iommu-addresses: %#"PRIx64" bytes at %#"PRIx64" are no whole pages",
               size, start);
        return false;
    }

    if ( m->nr_regions == IOMMU_DT_MAX_REGIONS )
    {
        dt_lie(m->path, "more than %u reserved regions", IOMMU_DT_MAX_REGIONS);
        return false;
    }

    m->regions[m->nr_regions].first = PFN_DOWN(start);
    m->regions[m->nr_regions].last = PFN_DOWN(start + size - 1);
    m->nr_regions++;

    return true;
}

/* One that is not where the memory is would need a mapping of its own. */
static bool __init check_direct(const struct dt_walk *r, const char *where,
                                uint64_t start, uint64_t size)
{
    paddr_t base, len;
    int rc = dt_reg(r, &base, &len);

    if ( !rc && base == start && len == size )
        return true;

    dt_lie(where, "iommu-addresses: %#"PRIx64" is not where the memory is",
           start);

    return false;
}

/* The entries of region @r that are for the device with @phandle. */
static bool __init read_entries(const struct dt_walk *r, const char *where,
                                uint32_t phandle, const struct format *f,
                                struct iommu_dt_master *m)
{
    int nr, i, nr_reg, len = 1 + f->na + f->ns;
    const fdt32_t *p = dt_cells(r->fdt, r->node, "iommu-addresses", &nr);

    if ( !nr )
        return true;

    /* Devices on other kinds of buses are in the same list: not told apart. */
    if ( nr < 0 || nr % len )
    {
        dt_lie(where, "iommu-addresses has no entries of %d cells", len);
        return false;
    }

    for ( i = 0; i < nr; i += len )
    {
        uint64_t start = dt_number(p + i + 1 + f->skip, f->na - f->skip);
        uint64_t size = dt_number(p + i + 1 + f->na, f->ns);

        if ( fdt32_to_cpu(p[i]) != phandle )
            continue;

        /* Without reg nothing is to be mapped: addresses not to be used. */
        if ( !dt_cells(r->fdt, r->node, "reg", &nr_reg) && !nr_reg )
            continue;

        if ( !check_direct(r, where, start, size) ||
             !add_region(m, where, start, size) )
            return false;
    }

    return true;
}

static bool __init read_one(const struct dt_walk *w, uint32_t region,
                            const struct format *f, struct iommu_dt_master *m)
{
    struct dt_walk r = DT_WALK(w->fdt, true);
    int rc = dt_find(w->fdt, region, &r);
    char where[32];

    if ( rc )
    {
        dt_lie(m->path, "memory-region names phandle %#x, which %s", region,
               rc == -EEXIST ? "two nodes have" : "no node has");
        return false;
    }

    snprintf(where, sizeof(where), "%s", fdt_get_name(w->fdt, r.node, NULL));

    return read_entries(&r, where, fdt_get_phandle(w->fdt, w->node), f, m);
}

bool __init dt_read_regions(const struct dt_walk *w, struct iommu_dt_master *m)
{
    int nr, i, bus = w->way[w->depth - 1];
    const fdt32_t *p = dt_cells(w->fdt, w->node, "memory-region", &nr);
    struct format f = {
        .na = fdt_address_cells(w->fdt, bus),
        .ns = fdt_size_cells(w->fdt, bus),
        .skip = m->bridge != NULL,
    };

    if ( !nr )
        return true;

    if ( nr < 0 || f.na - f.skip < 1 || f.na - f.skip > 2 || f.ns < 1 ||
         f.ns > 2 )
    {
        dt_lie(m->path, "its memory-region cannot be read");
        return false;
    }

    for ( i = 0; i < nr; i++ )
        if ( !read_one(w, fdt32_to_cpu(p[i]), &f, m) )
            return false;

    return true;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
