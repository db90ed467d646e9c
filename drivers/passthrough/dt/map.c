/* SPDX-License-Identifier: GPL-2.0-only */
/* Host bridges' iommu-map: pci/pci-iommu.txt. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "read.h"

/* Requester ID, phandle, ID at the unit, length. */
#define ENTRY_CELLS 4

/* More entries than any bridge needs: they are compared with each other. */
#define MAX_ENTRIES 1024

#define NR_RIDS 0x10000u

static bool __init overlap(const struct iommu_dt_map *a,
                           const struct iommu_dt_map *b)
{
    return a->rid < b->rid + b->len && b->rid < a->rid + a->len;
}

/* Adds the entry.  False: a lie, one message was printed, or its unit is bad. */
static bool __init add(const struct iommu_dt *dt, struct iommu_dt_bridge *b,
                       struct iommu_dt_map m)
{
    const struct iommu_dt_unit *u = dt_unit(dt, m.unit);
    unsigned int i;

    /* QEMU writes one for what is before its IOMMU, though nothing may be. */
    if ( !m.len )
        return true;

    if ( m.rid >= NR_RIDS || m.len > NR_RIDS - m.rid || m.id + m.len - 1 < m.id )
    {
        dt_lie(b->path, "iommu-map: %#x IDs from %#x on do not fit", m.len,
               m.rid);
        return false;
    }

    if ( m.rid & ~b->mask )
    {
        dt_lie(b->path, "iommu-map: ID %#x is not within iommu-map-mask %#x",
               m.rid, b->mask);
        return false;
    }

    if ( !u )
    {
        dt_lie(b->path, "iommu-map names phandle %#x, which no IOMMU has",
               m.unit);
        return false;
    }

    for ( i = 0; i < b->nr_maps; i++ )
        if ( overlap(&b->maps[i], &m) )
        {
            dt_lie(b->path, "iommu-map: entries from %#x and %#x on overlap",
                   b->maps[i].rid, m.rid);
            return false;
        }

    b->maps[b->nr_maps++] = m;

    return true;
}

static bool __init read_mask(const struct iommu_dt *dt,
                             struct iommu_dt_bridge *b)
{
    int nr;
    const fdt32_t *p = dt_cells(dt->fdt, b->node, "iommu-map-mask", &nr);

    b->mask = nr == 1 ? fdt32_to_cpu(p[0]) : NR_RIDS - 1;
    if ( !nr || nr == 1 )
        return true;

    dt_lie(b->path, "its iommu-map-mask is not one cell");

    return false;
}

int __init dt_read_map(const struct iommu_dt *dt, struct iommu_dt_bridge *b)
{
    int nr, i;
    const fdt32_t *p = dt_cells(dt->fdt, b->node, "iommu-map", &nr);

    if ( b->bad || !read_mask(dt, b) )
    {
        b->bad = true;
        return 0;
    }
    if ( !nr )
        return 0;

    if ( nr < 0 || nr % ENTRY_CELLS || nr / ENTRY_CELLS > MAX_ENTRIES )
    {
        dt_lie(b->path, "its iommu-map is no list of up to %u entries",
               MAX_ENTRIES);
        b->bad = true;
        return 0;
    }

    b->maps = xzalloc_array(struct iommu_dt_map, nr / ENTRY_CELLS);
    if ( !b->maps )
        return -ENOMEM;

    for ( i = 0; !b->bad && i < nr; i += ENTRY_CELLS )
    {
        struct iommu_dt_map m = {
            .rid = fdt32_to_cpu(p[i]),
            .unit = fdt32_to_cpu(p[i + 1]),
            .id = fdt32_to_cpu(p[i + 2]),
            .len = fdt32_to_cpu(p[i + 3]),
        };

        b->bad = !add(dt, b, m);
    }

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
