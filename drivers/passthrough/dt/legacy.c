/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first binding of SMMUv1 and v2: an SMMU lists those behind it, with as
 * many stream IDs as each says in #stream-id-cells; for a PCI host bridge these
 * are the requester IDs.  Binding iommu/arm,smmu.txt, mmu-masters.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "read.h"

static const char *const __initconst by_mmu_masters[] = {
    "arm,smmu-v1",
    "arm,smmu-v2",
    "arm,mmu-400",
    "arm,mmu-401",
    "arm,mmu-500",
};

bool __init dt_is_legacy(const struct dt_walk *w)
{
    unsigned int i;
    int len;

    if ( fdt_getprop(w->fdt, w->node, "#iommu-cells", &len) )
        return false;

    for ( i = 0; i < ARRAY_SIZE(by_mmu_masters); i++ )
        if ( !fdt_node_check_compatible(w->fdt, w->node, by_mmu_masters[i]) )
            return true;

    return false;
}

bool __init dt_names_masters(const struct dt_walk *w)
{
    int len;

    return dt_is_legacy(w) &&
           fdt_getprop(w->fdt, w->node, "mmu-masters", &len);
}

int __init dt_name_unit(const struct iommu_dt *dt, struct iommu_dt_unit *u)
{
    const struct iommu_dt_unit *other;
    struct dt_walk w;
    uint32_t name;

    /* Not ~0: that is no phandle. */
    for ( name = ~0u - 1; !u->phandle && name; name-- )
    {
        bool taken = dt_find(dt->fdt, name, &w) != -ENOENT;

        list_for_each_entry ( other, &dt->units, list )
            taken |= other->phandle == name;
        if ( !taken )
            u->phandle = name;
    }

    return 0;
}

/* One that is listed: where it is, and its stream IDs. */
struct entry {
    struct dt_walk node;
    const fdt32_t *ids;
    unsigned int nr;
};

/*
 * The entry at cell *@at.  False: there is none, or it makes no sense, of which
 * there is a line unless @quiet.
 */
static bool __init next_entry(const struct iommu_dt_unit *u, const void *fdt,
                              bool quiet, int *at, struct entry *e)
{
    int nr, n;
    const fdt32_t *p = dt_cells(fdt, u->node, "mmu-masters", &nr);
    const fdt32_t *cells;
    const char *why = NULL;

    if ( !p || *at >= nr )
    {
        if ( nr < 0 && !quiet )
            dt_lie(u->path, "its mmu-masters is no list");
        return false;
    }

    e->node = (struct dt_walk)DT_WALK(fdt, true);
    if ( dt_find(fdt, fdt32_to_cpu(p[*at]), &e->node) )
        why = "which is no node's";
    else
    {
        cells = dt_cells(fdt, e->node.node, "#stream-id-cells", &n);
        e->nr = n == 1 ? fdt32_to_cpu(cells[0]) : ~0u;
        if ( e->nr > nr - *at - 1 )
            why = "whose #stream-id-cells is not so many";
    }

    if ( why && !quiet )
        dt_lie(u->path, "mmu-masters names phandle %#x, %s: the rest of it is not used",
               fdt32_to_cpu(p[*at]), why);
    if ( why )
        return false;

    e->ids = p + *at + 1;
    *at += 1 + e->nr;

    return true;
}

static struct iommu_dt_bridge *__init bridge_of(const struct iommu_dt *dt,
                                                const struct entry *e)
{
    struct iommu_dt_bridge *b;

    list_for_each_entry ( b, &dt->bridges, list )
        if ( b->node == e->node.node )
            return b;

    return NULL;
}

static struct iommu_dt_master *__init new_master(struct iommu_dt *dt,
                                                 const struct entry *e)
{
    struct iommu_dt_master *m = xzalloc(struct iommu_dt_master);

    if ( !m )
        return NULL;

    m->node = e->node.node;
    m->path = dt_path(e->node.fdt, m->node);
    if ( !m->path )
    {
        dt_master_free(m);
        return NULL;
    }

    dt_read_regions(&e->node, m);
    list_add_tail(&m->list, &dt->masters);

    return m;
}

static int __init add_master(struct iommu_dt *dt, const struct iommu_dt_unit *u,
                             const struct entry *e)
{
    struct iommu_dt_master *m, *known = NULL;
    unsigned int i;
    int rc = 0;

    list_for_each_entry ( m, &dt->masters, list )
        if ( !m->bridge && m->node == e->node.node )
            known = m;

    m = known ?: new_master(dt, e);
    if ( !m || m->no_memory )
        return -ENOMEM;

    if ( known && m->unit != u->phandle )
    {
        dt_lie(m->path, "mmu-masters: behind two units");
        m->bad = true;
        return 0;
    }

    m->unit = u->phandle;
    m->bad |= u->bad || !e->nr;
    if ( !known && e->nr )
        m->id = fdt32_to_cpu(e->ids[0]);
    for ( i = 0; !rc && i < e->nr; i++ )
    {
        uint32_t id = fdt32_to_cpu(e->ids[i]);

        rc = iommu_ids_add(&m->ids, id, id);
    }
    if ( rc != -EINVAL )
        return rc;

    dt_lie(m->path, "mmu-masters: more IDs than any device has");
    m->bad = true;

    return 0;
}

/* As the two below, for one of their kinds of entries. */
static int __init read_all(struct iommu_dt *dt, bool bridges)
{
    const struct iommu_dt_unit *u;
    int rc = 0;

    list_for_each_entry ( u, &dt->units, list )
    {
        struct entry e;
        int at = 0;

        if ( !u->legacy || !u->served )
            continue;

        while ( !rc && next_entry(u, dt->fdt, bridges, &at, &e) )
        {
            struct iommu_dt_bridge *b = bridge_of(dt, &e);

            if ( bridges && b )
                rc = dt_map_whole(dt, b, u);
            else if ( !bridges && !b && !dt_off(&e.node) )
                rc = add_master(dt, u, &e);
        }
    }

    return rc;
}

int __init dt_map_legacy(struct iommu_dt *dt)
{
    return read_all(dt, true);
}

int __init dt_read_legacy(struct iommu_dt *dt)
{
    return read_all(dt, false);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
