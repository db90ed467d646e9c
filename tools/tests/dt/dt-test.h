/* SPDX-License-Identifier: GPL-2.0-only */
/* What the device-tree tests share: trees from files, and trees made here. */
#ifndef TESTS_DT_TEST_H
#define TESTS_DT_TEST_H

#include "test.h"

#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <iommu-groups/dt.h>

#define DT_ROOM 32768

struct dt_tree {
    char b[DT_ROOM];
};

/* A recorded one, with room for changes. */
static inline void dt_load(struct dt_tree *t, const char *name)
{
    const char *dir = getenv("TEST_DATA");
    static char raw[DT_ROOM];
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/dt/%s.dtb", dir ? dir : "data", name);
    f = fopen(path, "rb");
    assert_non_null(f);
    assert_true(fread(raw, 1, sizeof(raw), f) > 0);
    fclose(f);
    assert_int_equal(fdt_open_into(raw, t->b, DT_ROOM), 0);
}

static inline void dt_empty(struct dt_tree *t)
{
    assert_int_equal(fdt_create_empty_tree(t->b, DT_ROOM), 0);
}

/* The node at @path, made if it is not there. */
static inline int dt_node(struct dt_tree *t, const char *path)
{
    const char *name = path + 1;
    int node = 0;

    while ( *name )
    {
        const char *end = strchrnul(name, '/');
        int sub = fdt_subnode_offset_namelen(t->b, node, name, end - name);

        if ( sub < 0 )
            sub = fdt_add_subnode_namelen(t->b, node, name, end - name);
        assert_true(sub >= 0);
        node = sub;
        name = *end ? end + 1 : end;
    }

    return node;
}

static inline void dt_bytes(struct dt_tree *t, const char *path,
                            const char *name, const void *val, int len)
{
    assert_int_equal(fdt_setprop(t->b, dt_node(t, path), name, val, len), 0);
}

static inline void dt_string(struct dt_tree *t, const char *path,
                             const char *name, const char *val)
{
    dt_bytes(t, path, name, val, strlen(val) + 1);
}

static inline void dt_drop(struct dt_tree *t, const char *path,
                           const char *name)
{
    assert_int_equal(fdt_delprop(t->b, dt_node(t, path), name), 0);
}

static inline void dt_set_cells(struct dt_tree *t, const char *path,
                                const char *name, const uint32_t *val, int nr)
{
    fdt32_t cells[64];
    int i;

    for ( i = 0; i < nr; i++ )
        cells[i] = cpu_to_fdt32(val[i]);
    dt_bytes(t, path, name, cells, nr * sizeof(*cells));
}

/* dt_set(t, "/soc/x", "reg", 0, 0x1000, 0, 0x1000) */
#define dt_set(t, path, name, cells...)                              \
    dt_set_cells(t, path, name, (const uint32_t[]){ cells },         \
                 sizeof((const uint32_t[]){ cells }) / sizeof(uint32_t))

/* Reads from memory of the exact size, so that ASan sees one byte too far. */
static inline int dt_read_exact(struct iommu_dt *dt, const void *b, size_t len,
                                void **copy)
{
    *copy = malloc(len ? len : 1);
    assert_non_null(*copy);
    memcpy(*copy, b, len);

    return iommu_dt_read(dt, *copy, len);
}

static inline struct iommu_dt_unit *dt_find_unit(const struct iommu_dt *dt,
                                                 const char *path)
{
    struct iommu_dt_unit *u;

    list_for_each_entry ( u, &dt->units, list )
        if ( !strcmp(u->path, path) )
            return u;

    return NULL;
}

/*
 * A tree with one of everything: two units below a bus that moves addresses, a
 * host bridge behind them, one whose IOMMU is a function of its own, a device
 * behind the first unit, one with reserved memory.
 */
void dt_build(struct dt_tree *t);

#define DT_SMMU0 "/soc/smmu@1000"
#define DT_SMMU1 "/soc/smmu@9000"
#define DT_PCI0  "/soc/pci@10000000"
#define DT_PCI1  "/soc/pci@20000000"
#define DT_FUNC  DT_PCI1 "/iommu@10"
#define DT_NIC   DT_PCI1 "/nic@18"
#define DT_DISP  "/soc/display@5000"
#define DT_UART  "/soc/uart@6000"
#define DT_FB    "/reserved-memory/fb@80000000"

#endif /* TESTS_DT_TEST_H */
