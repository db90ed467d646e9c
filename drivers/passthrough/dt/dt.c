/* SPDX-License-Identifier: GPL-2.0-only */
/* Look-ups in what a device tree said about IOMMUs. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/pci.h>

#include <iommu-groups/dt.h>

struct iommu_dt iommu_dt = {
    .units = LIST_HEAD_INIT(iommu_dt.units),
    .bridges = LIST_HEAD_INIT(iommu_dt.bridges),
    .masters = LIST_HEAD_INIT(iommu_dt.masters),
};

static const struct iommu_dt_bridge *find_bridge(const struct iommu_dt *dt,
                                                 uint16_t seg, uint8_t bus)
{
    const struct iommu_dt_bridge *b;

    list_for_each_entry ( b, &dt->bridges, list )
        if ( b->seg == seg && bus >= b->first_bus && bus <= b->last_bus )
            return b;

    return NULL;
}

/* NULL: none with a driver. */
static const struct iommu_dt_unit *find_unit(const struct iommu_dt *dt,
                                             uint32_t phandle)
{
    const struct iommu_dt_unit *u;

    list_for_each_entry ( u, &dt->units, list )
        if ( u->phandle == phandle && u->served )
            return u;

    return NULL;
}

/* Can @phandle's IDs be resolved?  -ENODEV; -EINVAL. */
static int unit_usable(const struct iommu_dt *dt, uint32_t phandle)
{
    const struct iommu_dt_unit *u = find_unit(dt, phandle);

    return !u ? -ENODEV : u->bad ? -EINVAL : 0;
}

/* Bits of IDs there that do not tell requesters apart. */
static uint32_t ignored(const struct iommu_dt *dt, uint32_t phandle)
{
    const struct iommu_dt_unit *u = find_unit(dt, phandle);

    return u ? u->ignore : 0;
}

int iommu_dt_map_rid(const struct iommu_dt *dt, uint16_t seg, uint16_t rid,
                     uint32_t *unit, uint32_t *id)
{
    const struct iommu_dt_bridge *b = find_bridge(dt, seg, rid >> 8);
    bool found = false;
    unsigned int i;

    if ( !b )
        return -ENODEV;
    if ( b->bad )
        return -EINVAL;

    rid &= b->mask;
    for ( i = 0; i < b->nr_maps; i++ )
    {
        const struct iommu_dt_map *m = &b->maps[i];
        uint32_t at = m->id + (rid - m->rid);

        if ( rid < m->rid || rid - m->rid >= m->len )
            continue;
        if ( m->bad || (found && (m->unit != *unit || at != *id)) )
            return -EINVAL;

        *unit = m->unit;
        *id = at;
        found = true;
    }

    if ( !found )
        return b->doubt ? -EINVAL : -ENODEV;

    return unit_usable(dt, *unit);
}

const struct iommu_dt_master *iommu_dt_find_master(const struct iommu_dt *dt,
                                                   const char *path)
{
    const struct iommu_dt_master *m;

    list_for_each_entry ( m, &dt->masters, list )
        if ( !m->bridge && !strcmp(m->path, path) )
            return m;

    return NULL;
}

static const struct iommu_dt_master *find_pci_master(const struct iommu_dt *dt,
                                                     pci_sbdf_t sbdf)
{
    const struct iommu_dt_master *m;

    list_for_each_entry ( m, &dt->masters, list )
        if ( m->bridge && m->bridge->seg == sbdf.seg && m->bdf == sbdf.bdf )
            return m;

    return NULL;
}

static int cf_check map_rid(uint16_t seg, uint16_t rid, uint32_t *unit,
                            uint32_t *id)
{
    return iommu_dt_map_rid(&iommu_dt, seg, rid, unit, id);
}

static int resolve_pci(struct iommu_dev *dev)
{
    const struct iommu_dt_master *m = find_pci_master(&iommu_dt, dev->sbdf);
    const struct iommu_dt_bridge *b;
    int rc;

    if ( m && m->bad )
        return -EINVAL;

    rc = iommu_firmware_map(dev, map_rid);
    if ( rc == -ENODEV )
    {
        b = find_bridge(&iommu_dt, dev->sbdf.seg, dev->sbdf.bus);
        dev->told = b && b->elsewhere;
    }
    if ( rc )
        return rc;

    rc = iommu_ids_widen(&dev->ids, ignored(&iommu_dt, dev->fw_unit));
    if ( rc == -EINVAL )
        printk(XENLOG_ERR "IOMMU: device tree: %s: more IDs than any device has\n",
               dev->name);

    return rc;
}

static int resolve_node(struct iommu_dev *dev)
{
    const struct iommu_dt_master *m = iommu_dt_find_master(&iommu_dt,
                                                           dev->name);
    const struct iommu_id_range *r;
    int rc = 0;

    if ( !m )
        return -ENODEV;

    dev->fw_unit = m->unit;
    dev->partial = m->partial;
    if ( m->bad )
        return -EINVAL;

    for_each_iommu_id_range ( r, &m->ids )
        rc = rc ?: iommu_dev_add_ids(dev, r->first, r->last);
    dev->id = m->id;

    return rc;
}

static int cf_check dt_resolve(struct iommu_dev *dev)
{
    return dev->pdev ? resolve_pci(dev) : resolve_node(dev);
}

static int cf_check dt_direct_regions(const struct iommu_dev *dev,
                                      iommu_region_fn *fn, void *arg)
{
    const struct iommu_dt_master *m =
        dev->pdev ? find_pci_master(&iommu_dt, dev->sbdf)
                  : iommu_dt_find_master(&iommu_dt, dev->name);
    unsigned int i;
    int rc = 0;

    for ( i = 0; m && !rc && i < m->nr_regions; i++ )
        rc = fn(&m->regions[i], arg);

    return rc;
}

/* @id, and what differs from it in bits that @unit does not look at. */
static int busy_id(uint32_t unit, uint32_t id,
                   int (*fn)(uint32_t first, uint32_t last, void *arg),
                   void *arg)
{
    const struct iommu_id_range *r;
    struct iommu_ids ids = {};
    int rc = iommu_ids_add_masked(&ids, id, ignored(&iommu_dt, unit));

    for_each_iommu_id_range ( r, &ids )
        rc = rc ?: fn(r->first, r->last, arg);
    iommu_ids_free(&ids);

    return rc;
}

static int cf_check dt_busy_ids(uint32_t unit,
                                int (*fn)(uint32_t first, uint32_t last,
                                          void *arg), void *arg)
{
    const struct iommu_dt_master *m;
    int rc = 0;

    list_for_each_entry ( m, &iommu_dt.masters, list )
    {
        const struct iommu_id_range *r;
        uint32_t of, id;

        if ( m->bad || !m->nr_regions )
            continue;

        if ( m->bridge &&
             !iommu_dt_map_rid(&iommu_dt, m->bridge->seg, m->bdf, &of, &id) &&
             of == unit )
            rc = busy_id(unit, id, fn, arg);
        if ( m->unit == unit )
            for_each_iommu_id_range ( r, &m->ids )
                rc = rc ?: fn(r->first, r->last, arg);
        if ( rc )
            break;
    }

    return rc;
}

const struct iommu_firmware iommu_dt_firmware = {
    .name = "device tree",
    .resolve = dt_resolve,
    .direct_regions = dt_direct_regions,
    .busy_ids = dt_busy_ids,
};

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
