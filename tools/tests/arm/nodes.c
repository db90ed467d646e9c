/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's nodes of a device tree: their properties stay in the flattened one. */
#include "arm-fixture.h"

#include <public/domctl.h>

DEFINE_RWLOCK(dt_host_lock);
const void *device_tree_flattened;
static LIST_HEAD(nodes);

void arm_nodes_add(const void *fdt)
{
    int node, depth = 0;

    for ( node = fdt_next_node(fdt, -1, &depth); node >= 0;
          node = fdt_next_node(fdt, node, &depth) )
    {
        struct dt_device_node *np = calloc(1, sizeof(*np));
        char path[256];

        assert_non_null(np);
        assert_int_equal(fdt_get_path(fdt, node, path, sizeof(path)), 0);
        np->full_name = strdup(path);
        np->name = fdt_get_name(fdt, node, NULL);
        np->host_fdt = fdt;
        np->host_node = node;
        INIT_LIST_HEAD(&np->domain_list);
        list_add_tail(&np->host_list, &nodes);
    }
}

void arm_nodes_free(void)
{
    struct dt_device_node *np, *tmp;

    list_for_each_entry_safe ( np, tmp, &nodes, host_list )
    {
        list_del(&np->host_list);
        free((char *)np->full_name);
        free(np);
    }
}

struct dt_device_node *arm_node(const char *path)
{
    struct dt_device_node *np = dt_find_node_by_path(path);

    assert_non_null(np);

    return np;
}

struct iommu_dev *arm_dev(const char *path)
{
    return arm_node(path)->dev.iommu;
}

int arm_domctl(unsigned int cmd, struct domain *d, const char *path)
{
    struct xen_domctl op = {
        .cmd = cmd,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_DT,
                             .u.dt = { .size = strlen(path),
                                       .path.p = (char *)path } },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };
    int rc;

    do {
        rc = iommu_do_dt_domctl(&op, d, handle);
    } while ( rc == -ERESTART );

    return rc;
}

/* ---- <xen/device_tree.h> ---- */

const void *dt_get_property(const struct dt_device_node *np, const char *name,
                            uint32_t *lenp)
{
    int len;
    const void *p = fdt_getprop(np->host_fdt, np->host_node, name, &len);

    if ( lenp )
        *lenp = p ? len : 0;

    return p;
}

bool dt_property_read_u32(const struct dt_device_node *np, const char *name,
                          uint32_t *out_value)
{
    uint32_t len;
    const fdt32_t *p = dt_get_property(np, name, &len);

    if ( !p || len < sizeof(*p) )
        return false;
    *out_value = fdt32_to_cpu(*p);

    return true;
}

struct dt_device_node *dt_find_node_by_path(const char *path)
{
    struct dt_device_node *np;

    list_for_each_entry ( np, &nodes, host_list )
        if ( !strcmp(np->full_name, path) )
            return np;

    return NULL;
}

struct dt_device_node *dt_find_node_by_phandle(uint32_t handle)
{
    struct dt_device_node *np;

    list_for_each_entry ( np, &nodes, host_list )
        if ( fdt_get_phandle(np->host_fdt, np->host_node) == handle )
            return np;

    return NULL;
}

int dt_find_node_by_gpath(XEN_GUEST_HANDLE(char) path, uint32_t size,
                          struct dt_device_node **np)
{
    char *copy = strndup(path.p, size);

    *np = dt_find_node_by_path(copy);
    free(copy);

    return *np ? 0 : -ESRCH;
}

struct dt_device_node *dt_parse_phandle(const struct dt_device_node *np,
                                        const char *name, int index)
{
    uint32_t len;
    const fdt32_t *p = dt_get_property(np, name, &len);

    return p && (index + 1) * sizeof(*p) <= len
           ? dt_find_node_by_phandle(fdt32_to_cpu(p[index])) : NULL;
}

bool dt_device_for_passthrough(const struct dt_device_node *np)
{
    return dt_get_property(np, "xen,passthrough", NULL);
}

int dt_irq_translate(const struct dt_raw_irq *raw, struct dt_irq *out_irq)
{
    return -EINVAL;
}

unsigned int dt_number_of_irq(const struct dt_device_node *np)
{
    return 2;
}

/* The units': smmu-fixture.c knows them. */
int platform_get_irq(const struct dt_device_node *np, int index)
{
    struct smmuv3_desc desc = sm_desc(strstr(np->full_name, "@1") != NULL);

    return index ? desc.irq_gerror : desc.irq_evtq;
}
