/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: any bytes as a device tree.  What is read is looked up;
 * nothing may be found behind a unit that is bad, or by two entries of a map,
 * and all memory has to come back.
 */
#include <libfdt.h>

#include <host.h>
#include <xen/errno.h>
#include <xen/lib.h>

#include <iommu-groups/dt.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct iommu_dt_unit *unit_of(uint32_t phandle)
{
    const struct iommu_dt_unit *u, *found = NULL;

    list_for_each_entry ( u, &iommu_dt.units, list )
        if ( u->phandle == phandle && u->served )
        {
            if ( found )
                __builtin_trap();
            found = u;
        }

    return found;
}

static bool off(uint32_t phandle)
{
    const struct iommu_dt_unit *u;
    bool any = false;

    list_for_each_entry ( u, &iommu_dt.units, list )
        if ( u->phandle == phandle )
        {
            if ( !u->off )
                return false;
            any = true;
        }

    return any;
}

/* Straight from the property, as pci-iommu.txt puts it. */
static bool in_map(const struct iommu_dt_bridge *b, uint32_t rid,
                   uint32_t unit, uint32_t id)
{
    const fdt32_t *p, *mask;
    unsigned int found = 0;
    int len, i;

    mask = fdt_getprop(iommu_dt.fdt, b->node, "iommu-map-mask", &len);
    if ( mask )
        rid &= fdt32_to_cpu(*mask);

    p = fdt_getprop(iommu_dt.fdt, b->node, "iommu-map", &len);
    for ( i = 0; p && i + 3 < len / 4; i += 4 )
    {
        uint64_t first = fdt32_to_cpu(p[i]);

        if ( rid < first || rid >= first + fdt32_to_cpu(p[i + 3]) ||
             off(fdt32_to_cpu(p[i + 1])) )
            continue;
        if ( fdt32_to_cpu(p[i + 1]) != unit ||
             fdt32_to_cpu(p[i + 2]) + (rid - first) != id )
            return false;
        found++;
    }

    return found;
}

static void look_up(void)
{
    const struct iommu_dt_bridge *b;
    const struct iommu_dt_master *m;
    uint32_t i, rid, unit, id;

    list_for_each_entry ( b, &iommu_dt.bridges, list )
        for ( i = 0; i < 64; i++ )
        {
            rid = (b->first_bus << 8) + i * 0x35;
            if ( rid > 0xffff ||
                 iommu_dt_map_rid(&iommu_dt, b->seg, rid, &unit, &id) )
                continue;
            if ( rid >> 8 <= b->last_bus && !in_map(b, rid, unit, id) )
                __builtin_trap();
            if ( unit_of(unit)->bad )
                __builtin_trap();
        }

    list_for_each_entry ( m, &iommu_dt.masters, list )
    {
        if ( m->bad || m->bridge )
            continue;
        if ( !m->ids.nr || m->ids.nr_ids > IOMMU_IDS_MAX ||
             !iommu_ids_has(&m->ids, m->id) || unit_of(m->unit)->bad )
            __builtin_trap();
        for ( i = 0; i < m->nr_regions; i++ )
            if ( m->regions[i].first > m->regions[i].last )
                __builtin_trap();
    }
}

static bool any_bad(void)
{
    const struct iommu_dt_unit *u;
    const struct iommu_dt_bridge *b;

    list_for_each_entry ( u, &iommu_dt.units, list )
        if ( u->bad )
            return true;
    list_for_each_entry ( b, &iommu_dt.bridges, list )
        if ( b->bad )
            return true;

    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned long before = host_memory_now().bytes;
    uint8_t *tree;
    int rc;

    host_log_clear();

    /* Own memory of the exact size, so that ASan sees one byte too far. */
    tree = malloc(size + 1);
    if ( !tree )
        return 0;
    memcpy(tree, data, size);

    rc = iommu_dt_read(&iommu_dt, tree, size);
    if ( !rc )
        look_up();
    else if ( host_log_lines(XENLOG_ERR) < 1 )
        __builtin_trap();
    /* Nothing is refused without a word. */
    if ( !rc && any_bad() && !host_log_lines(XENLOG_ERR) )
        __builtin_trap();

    iommu_dt_free(&iommu_dt);
    free(tree);

    if ( host_memory_now().bytes != before )
        __builtin_trap();

    return 0;
}
