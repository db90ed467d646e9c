/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device tree must not say twice. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>

#include "read.h"

/* Phandles are unique in the whole tree, in disabled nodes as well. */
static void __init check_phandle(const struct iommu_dt *dt,
                                 struct iommu_dt_unit *u)
{
    struct dt_walk w = DT_WALK(dt->fdt, true);

    if ( !u->phandle || dt_find(dt->fdt, u->phandle, &w) != -EEXIST )
        return;

    dt_lie(u->path, "its phandle %#x is another node's as well", u->phandle);
    u->bad = true;
}

static bool __init overlap(paddr_t a, paddr_t size_a, paddr_t b,
                           paddr_t size_b)
{
    return size_a && size_b && a <= b + (size_b - 1) && b <= a + (size_a - 1);
}

void __init dt_check_units(struct iommu_dt *dt)
{
    struct iommu_dt_unit *u, *other;

    list_for_each_entry ( u, &dt->units, list )
    {
        if ( !u->served )
            continue;
        check_phandle(dt, u);

        list_for_each_entry ( other, &dt->units, list )
        {
            if ( other == u )
                break;
            if ( !other->served )
                continue;
            if ( u->bridge || other->bridge
                 ? u->bridge != other->bridge || u->bdf != other->bdf
                 : !overlap(u->base, u->size, other->base, other->size) )
                continue;

            dt_lie(u->path, "its registers are those of %s", other->path);
            u->bad = other->bad = true;
            /*
             * Whoever owns them, one driver instance is enough to block; but
             * nobody may write to what are registers of something else.
             */
            if ( u->base != other->base )
                other->size = 0;
            u->size = 0;
            break;
        }
    }
}

void __init dt_number_segment(struct iommu_dt *dt, struct iommu_dt_bridge *b)
{
    const struct iommu_dt_bridge *other;

    list_for_each_entry ( other, &dt->bridges, list )
        if ( other != b && other->seg >= b->seg )
            b->seg = other->seg + 1;
}

void __init dt_check_bridges(struct iommu_dt *dt)
{
    struct iommu_dt_bridge *b, *other;

    list_for_each_entry ( b, &dt->bridges, list )
        list_for_each_entry ( other, &dt->bridges, list )
        {
            if ( other == b )
                break;
            if ( other->seg != b->seg || other->first_bus > b->last_bus ||
                 b->first_bus > other->last_bus )
                continue;

            dt_lie(b->path, "has buses of segment %04x that %s has too",
                   b->seg, other->path);
            b->bad = other->bad = true;
            break;
        }
}

/*
 * Whoever asks for the unit's interrupts follows its interrupt parents:
 * Devicetree Specification 0.4, 2.4.1.  Xen's own code does so for ever.
 */
static bool __init irq_parents_loop(const void *fdt, int node)
{
    unsigned int i;

    for ( i = 0; i < DT_MAX_DEPTH; i++ )
    {
        int nr;
        const fdt32_t *p = dt_cells(fdt, node, "interrupt-parent", &nr);

        node = p && nr ? fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(p[0]))
                       : fdt_parent_offset(fdt, node);
        if ( node < 0 || fdt_getprop(fdt, node, "#interrupt-cells", &nr) )
            return false;
    }

    return true;
}

void __init dt_check_loops(struct iommu_dt *dt)
{
    struct iommu_dt_unit *u;
    uint32_t unit, id;

    list_for_each_entry ( u, &dt->units, list )
    {
        if ( !u->served )
            continue;
        if ( irq_parents_loop(dt->fdt, u->node) )
        {
            dt_lie(u->path, "its interrupt-parent leads in a circle");
            u->bad = true;
        }

        if ( !u->bridge || u->bridge->bad || u->bad ||
             iommu_dt_map_rid(dt, u->bridge->seg, u->bdf, &unit, &id) ==
             -ENODEV )
            continue;

        dt_lie(u->path, "an IOMMU behind an IOMMU, by its bridge's iommu-map");
        u->bad = true;
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
