/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes and properties of a flattened device tree. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "node.h"

bool __init dt_is(const void *fdt, int node, const char *name,
                  const char *value)
{
    int len;
    const char *p = fdt_getprop(fdt, node, name, &len);

    return p && len == strlen(value) + 1 && !memcmp(p, value, len);
}

/* Devicetree Specification 0.4, 2.3.4. */
static bool __init enabled(const void *fdt, int node)
{
    int len;

    return !fdt_getprop(fdt, node, "status", &len) ||
           dt_is(fdt, node, "status", "okay") ||
           dt_is(fdt, node, "status", "ok");
}

bool __init dt_step(struct dt_walk *w)
{
    for ( ; ; )
    {
        /* The root is the first, at depth 0. */
        w->node = fdt_next_node(w->fdt, w->node, &w->depth);
        if ( w->node < 0 || w->depth < 0 )
            return false;

        if ( w->depth >= DT_MAX_DEPTH )
        {
            printk(XENLOG_ERR
                   "IOMMU: device tree: nodes deeper than %u below each other\n",
                   DT_MAX_DEPTH);
            w->rc = -EINVAL;
            return false;
        }

        w->way[w->depth] = w->node;

        if ( w->off < 0 || w->depth <= w->off )
            w->off = enabled(w->fdt, w->node) ? -1 : w->depth;
        if ( w->off < 0 || w->disabled_too )
            return true;
    }
}

char *__init dt_path(const void *fdt, int node)
{
    char buf[DT_MAX_PATH], *path;

    /* It is told apart by its offset then: good enough for a message. */
    if ( fdt_get_path(fdt, node, buf, sizeof(buf)) )
        snprintf(buf, sizeof(buf), "(node at %#x)", node);

    path = xmalloc_array(char, strlen(buf) + 1);
    if ( path )
        memcpy(path, buf, strlen(buf) + 1);

    return path;
}

const fdt32_t *__init dt_cells(const void *fdt, int node, const char *name,
                               int *nr)
{
    int len;
    const fdt32_t *p = fdt_getprop(fdt, node, name, &len);

    *nr = !p ? 0 : len % sizeof(*p) ? -1 : len / (int)sizeof(*p);

    return *nr < 0 ? NULL : p;
}

uint64_t __init dt_number(const fdt32_t *cells, unsigned int nr)
{
    uint64_t val = fdt32_to_cpu(cells[0]);

    return nr == 1 ? val : (val << 32) | fdt32_to_cpu(cells[1]);
}

static bool __init wraps(uint64_t base, uint64_t size)
{
    return !size || base + size - 1 < base;
}

/*
 * One step up: an address on @bus becomes one of the bus above.  Devicetree
 * Specification 0.4, 2.3.8.
 */
static int __init translate(const void *fdt, int bus, int above,
                            uint64_t *base, uint64_t size)
{
    int nr, i;
    const fdt32_t *r = dt_cells(fdt, bus, "ranges", &nr);
    int na = fdt_address_cells(fdt, bus), ns = fdt_size_cells(fdt, bus);
    int na_above = fdt_address_cells(fdt, above);
    int len = na + na_above + ns;

    if ( !r )
        return -EINVAL;
    /* An empty one says that nothing changes. */
    if ( !nr )
        return 0;

    if ( na < 1 || na > 2 || ns < 1 || ns > 2 || na_above < 1 ||
         na_above > 2 || nr % len )
        return -EINVAL;

    for ( i = 0; i < nr; i += len )
    {
        uint64_t child = dt_number(r + i, na);
        uint64_t parent = dt_number(r + i + na, na_above);
        uint64_t window = dt_number(r + i + na + na_above, ns);

        if ( wraps(child, window) || wraps(parent, window) )
            return -EINVAL;
        if ( *base < child || *base - child > window - 1 ||
             size > window - (*base - child) )
            continue;

        *base = parent + (*base - child);
        return 0;
    }

    return -EINVAL;
}

int __init dt_reg(const struct dt_walk *w, paddr_t *base, paddr_t *size)
{
    int nr, na, ns, d, bus = w->depth ? w->way[w->depth - 1] : -1;
    const fdt32_t *reg = dt_cells(w->fdt, w->node, "reg", &nr);
    uint64_t b, s;

    if ( bus < 0 || (!reg && !nr) )
        return -ENOENT;

    na = fdt_address_cells(w->fdt, bus);
    ns = fdt_size_cells(w->fdt, bus);
    if ( na < 1 || na > 2 || ns < 1 || ns > 2 || nr < na + ns ||
         nr % (na + ns) )
        return -EINVAL;

    b = dt_number(reg, na);
    s = dt_number(reg + na, ns);
    if ( wraps(b, s) )
        return -EINVAL;

    for ( d = w->depth - 1; d > 0; d-- )
        if ( translate(w->fdt, w->way[d], w->way[d - 1], &b, s) )
            return -EINVAL;

    *base = b;
    *size = s;

    return *base == b && *size == s ? 0 : -EINVAL;
}

int __init dt_find(const void *fdt, uint32_t phandle, struct dt_walk *w)
{
    struct dt_walk all = DT_WALK(fdt, true);
    int rc = -ENOENT;

    while ( dt_step(&all) )
    {
        if ( fdt_get_phandle(fdt, all.node) != phandle )
            continue;
        if ( !rc )
            return -EEXIST;
        *w = all;
        rc = 0;
    }

    return rc;
}

bool __init iommu_dt_compatible(const struct iommu_dt *dt, int node,
                                const char *name)
{
    return !fdt_node_check_compatible(dt->fdt, node, name);
}

bool __init iommu_dt_flag(const struct iommu_dt *dt, int node,
                          const char *name)
{
    int len;

    return fdt_getprop(dt->fdt, node, name, &len);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
