/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads units, host bridges and masters from a flattened device tree.  The
 * first walk finds what can be referred to, the second what refers to it.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sizes.h>
#include <xen/xmalloc.h>

#include "read.h"

/* Registers of a unit: not less than a page, and no more than this. */
#define MAX_REGS MB(64)

/*
 * Bindings that there is a driver for, each on its architecture.  The specifier
 * is the ID (iommu/arm,smmu-v3.yaml, iommu/riscv,iommu.yaml), or that and a
 * mask (iommu/arm,smmu.yaml).
 */
static const struct binding {
    const char *compatible;
    uint32_t most_cells;
    bool masters;                  /* it may name those behind it */
} bindings[] __initconst = {
    { "arm,smmu-v3", 1 },
    { "riscv,iommu", 1 },
    { "riscv,pci-iommu", 1 },
#ifdef CONFIG_ARM_SMMU
    { "arm,smmu-v1", 2, true },
    { "arm,smmu-v2", 2, true },
    { "arm,mmu-400", 2, true },
    { "arm,mmu-401", 2, true },
    { "arm,mmu-500", 2, true },
    { "cavium,smmu-v2", 2 },
    { "qcom,smmu-v2", 2 },
    { "qcom,smmu-500", 2 },
#endif
};

/* NULL: there is no driver for it. */
static const struct binding *__init binding_of(const struct dt_walk *w)
{
    unsigned int i;

    /* What clocks a GPU's own unit is GPU's driver's, and off until then. */
    if ( !fdt_node_check_compatible(w->fdt, w->node, "qcom,adreno-smmu") )
        return NULL;

    for ( i = 0; i < ARRAY_SIZE(bindings); i++ )
        if ( !fdt_node_check_compatible(w->fdt, w->node,
                                        bindings[i].compatible) )
            return &bindings[i];

    return NULL;
}

static struct iommu_dt_bridge *__init bridge_at(const struct iommu_dt *dt,
                                                const struct dt_walk *w)
{
    struct iommu_dt_bridge *b;

    list_for_each_entry ( b, &dt->bridges, list )
        if ( w->depth && b->node == w->way[w->depth - 1] )
            return b;

    return NULL;
}

/*
 * Bus, device and function of a node below a host bridge: PCI Bus Binding to
 * Open Firmware 2.1, 2.2.1.1.
 */
static bool __init pci_address(const struct dt_walk *w, const char *path,
                               const struct iommu_dt_bridge *b, uint16_t *bdf)
{
    int nr;
    const fdt32_t *reg = dt_cells(w->fdt, w->node, "reg", &nr);
    uint32_t hi = nr >= 5 ? fdt32_to_cpu(reg[0]) : 0;

    *bdf = hi >> 8;
    if ( nr >= 5 && PCI_BUS(*bdf) >= b->first_bus &&
         PCI_BUS(*bdf) <= b->last_bus )
        return true;

    dt_lie(path, "its reg is no PCI function of the bridge above");

    return false;
}

static void __init read_unit_regs(struct iommu_dt_unit *u,
                                  const struct dt_walk *w)
{
    int rc = dt_reg(w, &u->base, &u->size);

    if ( !rc && !(u->base & ~PAGE_MASK) && u->size >= PAGE_SIZE &&
         u->size <= MAX_REGS )
        return;

    u->size = 0;
    u->bad = true;
    dt_lie(u->path, "an IOMMU whose registers are %s",
           rc == -ENOENT ? "missing" : rc ? "nowhere" : "of no possible size");
}

/* iommu/arm,smmu.yaml: bits that differ without making another requester. */
static void __init read_match_mask(struct iommu_dt_unit *u,
                                   const struct dt_walk *w)
{
    int nr;
    const fdt32_t *p = dt_cells(w->fdt, w->node, "stream-match-mask", &nr);

    if ( !nr )
        return;

    u->ignore = nr == 1 ? fdt32_to_cpu(p[0]) : ~0u;
    if ( u->ignore < IOMMU_IDS_MAX )
        return;

    dt_lie(u->path, "its stream-match-mask is no mask of %u bits",
           IOMMU_IDS_BITS);
    u->ignore = 0;
    u->bad = true;
}

/* What a driver of @binding needs to be true of @u. */
static void __init judge_unit(struct iommu_dt_unit *u, const struct dt_walk *w,
                              const struct binding *binding)
{
    int nr;

    if ( u->bridge )
        u->bad = !pci_address(w, u->path, u->bridge, &u->bdf);
    else
        read_unit_regs(u, w);

    if ( !u->legacy && (!u->cells || u->cells > binding->most_cells) )
    {
        dt_lie(u->path, "its #iommu-cells is not <%s>, which is its binding's",
               binding->most_cells == 1 ? "1" : "1> or <2");
        u->bad = true;
    }

    /* With two cells each has a mask of its own. */
    if ( binding->most_cells > 1 && u->cells == 1 )
        read_match_mask(u, w);

    if ( dt_cells(w->fdt, w->node, "iommus", &nr) || nr )
    {
        dt_lie(u->path, "an IOMMU behind an IOMMU");
        u->bad = true;
    }
}

static int __init read_unit(struct iommu_dt *dt, const struct dt_walk *w)
{
    struct iommu_dt_unit *u = xzalloc(struct iommu_dt_unit);
    const struct binding *binding = binding_of(w);
    const fdt32_t *cells;
    int nr;

    if ( !u )
        return -ENOMEM;

    list_add_tail(&u->list, &dt->units);
    u->node = w->node;
    u->phandle = fdt_get_phandle(w->fdt, w->node);
    u->off = dt_off(w);
    u->legacy = dt_names_masters(w);
    u->served = !u->off && binding && (!u->legacy || binding->masters);
    u->bridge = bridge_at(dt, w);
    u->path = dt_path(w->fdt, w->node);
    if ( !u->path )
        return -ENOMEM;

    /* No specifier is as long as what cannot be read. */
    cells = dt_cells(w->fdt, w->node, "#iommu-cells", &nr);
    u->cells = nr == 1 ? fdt32_to_cpu(cells[0]) : ~0u;

    if ( u->served )
        judge_unit(u, w, binding);

    return u->served && u->legacy ? dt_name_unit(dt, u) : 0;
}

/* pci/pci.txt: linux,pci-domain, bus-range. */
static int __init read_bridge(struct iommu_dt *dt, const struct dt_walk *w)
{
    struct iommu_dt_bridge *b = xzalloc(struct iommu_dt_bridge);
    const fdt32_t *p;
    int nr;

    if ( !b )
        return -ENOMEM;

    list_add_tail(&b->list, &dt->bridges);
    b->node = w->node;
    b->last_bus = 0xff;
    b->path = dt_path(w->fdt, w->node);
    if ( !b->path )
        return -ENOMEM;

    p = dt_cells(w->fdt, w->node, "bus-range", &nr);
    if ( p && nr == 2 && fdt32_to_cpu(p[0]) <= fdt32_to_cpu(p[1]) &&
         fdt32_to_cpu(p[1]) <= 0xff )
    {
        b->first_bus = fdt32_to_cpu(p[0]);
        b->last_bus = fdt32_to_cpu(p[1]);
    }
    else if ( nr )
    {
        dt_lie(b->path, "its bus-range is no range of buses");
        b->bad = true;
    }

    p = dt_cells(w->fdt, w->node, "linux,pci-domain", &nr);
    if ( p && nr == 1 && fdt32_to_cpu(p[0]) <= 0xffff )
        b->seg = fdt32_to_cpu(p[0]);
    else if ( nr )
    {
        dt_lie(b->path, "its linux,pci-domain is no segment number");
        b->bad = true;
    }
    else
        dt_number_segment(dt, b);

    return 0;
}

/* Below another PCI node it is a bridge of that one's, not a host bridge. */
static bool __init is_host_bridge(const struct dt_walk *w)
{
    return dt_is(w->fdt, w->node, "device_type", "pci") && w->depth &&
           !dt_is(w->fdt, w->way[w->depth - 1], "device_type", "pci");
}

static int __init find_targets(struct iommu_dt *dt)
{
    struct dt_walk w = DT_WALK(dt->fdt, true);
    int len, rc = 0;

    while ( !rc && dt_step(&w) )
    {
        if ( !dt_off(&w) && is_host_bridge(&w) )
            rc = read_bridge(dt, &w);
        if ( !rc && (fdt_getprop(w.fdt, w.node, "#iommu-cells", &len) ||
                     dt_names_masters(&w)) )
            rc = read_unit(dt, &w);
    }

    return rc ?: w.rc;
}

/* What is behind no unit that has a driver is not listed. */
static int __init read_master(struct iommu_dt *dt, const struct dt_walk *w,
                              const struct iommu_dt_bridge *b)
{
    struct iommu_dt_master *m = xzalloc(struct iommu_dt_master);
    const fdt32_t *cells;
    int nr, rc = -ENOMEM;

    if ( !m )
        return rc;

    m->node = w->node;
    m->bridge = b;
    m->path = dt_path(w->fdt, w->node);
    if ( !m->path )
        goto fail;

    rc = 0;
    if ( b )
        m->bad = !pci_address(w, m->path, b, &m->bdf);
    else
    {
        cells = dt_cells(w->fdt, w->node, "iommus", &nr);
        rc = dt_parse_iommus(dt, m, cells, nr);
    }
    if ( rc )
        goto fail;

    dt_read_regions(w, m);
    rc = m->no_memory ? -ENOMEM : 0;
    if ( rc )
        goto fail;

    list_add_tail(&m->list, &dt->masters);

    return 0;

 fail:
    dt_master_free(m);

    return rc == -ENODEV ? 0 : rc;
}

static int __init find_masters(struct iommu_dt *dt)
{
    struct dt_walk w = DT_WALK(dt->fdt, false);
    int len, rc = 0;

    while ( !rc && dt_step(&w) )
    {
        const struct iommu_dt_bridge *b = bridge_at(dt, &w);

        /* What IOMMUs and PCI functions need to have was said above. */
        if ( !w.depth || fdt_getprop(w.fdt, w.node, "#iommu-cells", &len) )
            continue;
        if ( fdt_getprop(w.fdt, w.node, b ? "memory-region" : "iommus", &len) )
            rc = read_master(dt, &w, b);
    }

    return rc ?: w.rc;
}

static void __init free_unit(struct iommu_dt_unit *u)
{
    list_del(&u->list);
    xfree(u->path);
    xfree(u);
}

void __init iommu_dt_free(struct iommu_dt *dt)
{
    struct iommu_dt_unit *u, *next_u;
    struct iommu_dt_bridge *b, *next_b;
    struct iommu_dt_master *m, *next_m;

    list_for_each_entry_safe ( u, next_u, &dt->units, list )
        free_unit(u);

    list_for_each_entry_safe ( b, next_b, &dt->bridges, list )
    {
        list_del(&b->list);
        xfree(b->maps);
        xfree(b->path);
        xfree(b);
    }

    list_for_each_entry_safe ( m, next_m, &dt->masters, list )
    {
        list_del(&m->list);
        dt_master_free(m);
    }
}

int __init iommu_dt_read(struct iommu_dt *dt, const void *fdt, size_t size)
{
    struct iommu_dt_bridge *b;
    int rc = fdt_check_full(fdt, size);

    INIT_LIST_HEAD(&dt->units);
    INIT_LIST_HEAD(&dt->bridges);
    INIT_LIST_HEAD(&dt->masters);
    dt->fdt = fdt;

    if ( rc )
    {
        printk(XENLOG_ERR "IOMMU: no valid device tree (libfdt: %d)\n", rc);
        return -EINVAL;
    }

    rc = find_targets(dt);
    if ( !rc )
    {
        dt_check_units(dt);
        dt_check_bridges(dt);
        list_for_each_entry ( b, &dt->bridges, list )
            rc = rc ?: dt_read_map(dt, b);
        rc = rc ?: dt_map_legacy(dt);
        dt_check_loops(dt);
    }
    rc = rc ?: find_masters(dt);
    rc = rc ?: dt_read_legacy(dt);

    if ( rc )
        iommu_dt_free(dt);

    return rc;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
