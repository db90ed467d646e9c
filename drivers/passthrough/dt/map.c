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

/* Do the two, for IDs that both have, say different things? */
static bool __init contradict(const struct iommu_dt_map *a,
                              const struct iommu_dt_map *b)
{
    return a->rid < b->rid + b->len && b->rid < a->rid + a->len &&
           (a->unit != b->unit || a->id - a->rid != b->id - b->rid);
}

static bool __init is_served(const struct iommu_dt *dt, uint32_t phandle)
{
    const struct iommu_dt_unit *u = dt_unit(dt, phandle);

    return u && u->served;
}

/* Of two that contradict each other IDs are blocked, by iommu_dt_map_rid(). */
static void __init check_others(const struct iommu_dt *dt,
                                const struct iommu_dt_bridge *b,
                                const struct iommu_dt_map *m)
{
    unsigned int i;

    for ( i = 0; !m->bad && i < b->nr_maps; i++ )
    {
        const struct iommu_dt_map *other = &b->maps[i];

        if ( other->bad || !contradict(other, m) ||
             (!is_served(dt, m->unit) && !is_served(dt, other->unit)) )
            continue;

        dt_lie(b->path, "iommu-map: entries from %#x and %#x on overlap: the IDs that both have stay blocked",
               other->rid, m->rid);
        return;
    }
}

/*
 * Adds the entry, or what of it is certain: that its IDs, as far as there are
 * such, are in doubt.
 */
static void __init add(const struct iommu_dt *dt, struct iommu_dt_bridge *b,
                       struct iommu_dt_map m)
{
    struct iommu_dt_unit *u = dt_unit(dt, m.unit);

    /* QEMU writes one for what is before its IOMMU, though nothing may be. */
    if ( !m.len )
        return;

    b->elsewhere |= u && !u->served;
    if ( u && u->off )
    {
        dt_say_off(u);
        return;
    }

    if ( !u )
    {
        dt_lie(b->path, "iommu-map names phandle %#x, which no IOMMU has",
               m.unit);
        m.bad = true;
    }
    else if ( m.rid >= NR_RIDS || m.len > NR_RIDS - m.rid ||
              m.id + m.len - 1 < m.id )
    {
        if ( u->served )
            dt_lie(b->path, "iommu-map: %#x IDs from %#x on do not fit", m.len,
                   m.rid);
        m.bad = u->served;
    }
    else if ( u->served && (m.rid & ~b->mask) )
    {
        dt_lie(b->path, "iommu-map: ID %#x is not within iommu-map-mask %#x",
               m.rid, b->mask);
        m.bad = true;
    }

    if ( m.rid >= NR_RIDS )
        return;
    m.len = min(m.len, NR_RIDS - m.rid);

    check_others(dt, b, &m);
    b->maps[b->nr_maps++] = m;
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

int __init dt_map_whole(const struct iommu_dt *dt, struct iommu_dt_bridge *b,
                        const struct iommu_dt_unit *u)
{
    struct iommu_dt_map *maps = xrealloc_array(b->maps, b->nr_maps + 1);

    if ( !maps )
        return -ENOMEM;

    b->maps = maps;
    add(dt, b, (struct iommu_dt_map){ .len = NR_RIDS, .unit = u->phandle });

    return 0;
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

    if ( nr < 0 || nr / ENTRY_CELLS > MAX_ENTRIES )
    {
        dt_lie(b->path, "its iommu-map is no list of up to %u entries",
               MAX_ENTRIES);
        b->bad = true;
        return 0;
    }

    if ( nr % ENTRY_CELLS )
    {
        dt_lie(b->path, "its iommu-map ends within an entry: IDs of no other entry stay blocked");
        b->doubt = true;
        nr -= nr % ENTRY_CELLS;
    }

    b->maps = xzalloc_array(struct iommu_dt_map, nr / ENTRY_CELLS);
    if ( nr && !b->maps )
        return -ENOMEM;

    for ( i = 0; i < nr; i += ENTRY_CELLS )
        add(dt, b, (struct iommu_dt_map){
            .rid = fdt32_to_cpu(p[i]),
            .unit = fdt32_to_cpu(p[i + 1]),
            .id = fdt32_to_cpu(p[i + 2]),
            .len = fdt32_to_cpu(p[i + 3]),
        });

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
