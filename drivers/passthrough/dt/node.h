/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes and properties, read with care.  All of it runs at boot only: Xen
 * keeps libfdt in its init sections.
 */
#ifndef IOMMU_GROUPS_DT_NODE_H
#define IOMMU_GROUPS_DT_NODE_H

#include <xen/libfdt/libfdt.h>

#include <iommu-groups/dt.h>

/* Deeper, or longer, than any machine's: such a tree is refused. */
#define DT_MAX_DEPTH 16
#define DT_MAX_PATH  256

/* Where a walk over the tree is. */
struct dt_walk {
    const void *fdt;
    bool disabled_too;          /* visit nodes that status switches off */
    int rc;                     /* why the walk ended: 0, or -EINVAL */
    int node, depth;            /* -1 before the first step */
    int off;                    /* depth of the disabled node above; or -1 */
    int way[DT_MAX_DEPTH];      /* way[0] is the root, way[depth] the node */
};

#define DT_WALK(tree, all) { .fdt = (tree), .disabled_too = (all), \
                             .node = -1, .depth = -1, .off = -1 }

/* Is the walk's node disabled, itself or by one above? */
static inline bool dt_off(const struct dt_walk *w)
{
    return w->off >= 0;
}

/* To the next node in the tree's order.  False: that was all, or see rc. */
bool dt_step(struct dt_walk *w);

/* NULL: no IOMMU has this phandle.  One with a driver comes first. */
struct iommu_dt_unit *dt_unit(const struct iommu_dt *dt, uint32_t phandle);

/* The one line about @u, which is disabled, and what is behind it. */
void dt_say_off(struct iommu_dt_unit *u);

/*
 * iommu/iommu.txt: the @nr cells of @m's iommus.  0; -ENOMEM; -ENODEV: nothing
 * of it is behind a unit that has a driver.  @m is bad if it cannot be
 * resolved: one message was printed, here or where its unit was read.
 */
int dt_parse_iommus(const struct iommu_dt *dt, struct iommu_dt_master *m,
                    const fdt32_t *cells, int nr);

/* @m is on no list. */
void dt_master_free(struct iommu_dt_master *m);

/* The one line about a lie. */
#define dt_lie(path, fmt, args...) \
    printk(XENLOG_ERR "IOMMU: device tree: %s: " fmt "\n", path, ## args)

/* On the heap; NULL: no memory. */
char *dt_path(const void *fdt, int node);

/* Is the property a string that equals @value? */
bool dt_is(const void *fdt, int node, const char *name, const char *value);

/*
 * The property as an array of @nr cells.  NULL: it is not there (*@nr is 0),
 * or is no array of cells (*@nr is -1).
 */
const fdt32_t *dt_cells(const void *fdt, int node, const char *name, int *nr);

/* A number of 1 or 2 cells. */
uint64_t dt_number(const fdt32_t *cells, unsigned int nr);

/*
 * The first reg of the walk's node, as the CPU sees it.  -ENOENT: it has none;
 * -EINVAL: it is malformed, empty, wraps around, or does not get through the
 * ranges of the buses above.
 */
int dt_reg(const struct dt_walk *w, paddr_t *base, paddr_t *size);

/* The one node with this phandle.  -ENOENT: none; -EEXIST: more than one. */
int dt_find(const void *fdt, uint32_t phandle, struct dt_walk *w);

/*
 * The reserved memory that the walk's node names, for @m.  What is wrong is
 * left out, with one message.
 */
void dt_read_regions(const struct dt_walk *w, struct iommu_dt_master *m);

#endif /* IOMMU_GROUPS_DT_NODE_H */
