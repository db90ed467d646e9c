/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IORT's nodes, as bytes: Arm DEN0049, E.f.  Nothing in the table is
 * believed: every offset and length is checked against it.  Boot only.
 */
#ifndef IOMMU_GROUPS_IORT_NODE_H
#define IOMMU_GROUPS_IORT_NODE_H

#include <xen/types.h>

/* §3, table 1 and 2: what comes before the nodes, and before their data. */
#define IORT_HEADER_SIZE   48
#define IORT_NODE_SIZE     16
#define IORT_MAPPING_SIZE  20

/* §3.1.1, node types. */
enum {
    IORT_ITS, IORT_NAMED, IORT_ROOT_COMPLEX, IORT_SMMUV1V2, IORT_SMMUV3,
    IORT_PMCG, IORT_RMR,
};

#define IORT_MAPPING_SINGLE (1u << 0)

struct iort_reader {
    const uint8_t *table;
    size_t size;
    const char *why;               /* what is wrong, if something is */
    uint32_t at;                   /* the node where */
};

struct iort_node {
    uint32_t off;
    uint8_t type;
    uint32_t len, nr_maps, maps;   /* the latter from the table's start */
};

struct iort_mapping {
    uint32_t in, nr, out, ref, flags;   /* nr: less one */
    int type;                           /* of the node at ref */
};

uint32_t iort_le32(const struct iort_reader *r, size_t off);
uint64_t iort_le64(const struct iort_reader *r, size_t off);

/* Notes the first thing that is wrong.  -EINVAL. */
int iort_bad(struct iort_reader *r, uint32_t at, const char *why);

/* Are @nr things of @each bytes from @start on inside of [0, @end)? */
bool iort_inside(uint64_t start, uint64_t nr, uint64_t each, uint64_t end);

/* 0; -EINVAL: what begins at @off is no node. */
int iort_read_node(struct iort_reader *r, uint32_t off, struct iort_node *n);

typedef int iort_node_fn(struct iort_reader *r, const struct iort_node *n,
                         void *arg);

/*
 * Calls @fn for each node of the types in @types, bits 1 << IORT_*, until one
 * answers with something else than 0, which is the answer.  -EINVAL.
 */
int iort_for_each_node(struct iort_reader *r, unsigned int types,
                       iort_node_fn *fn, void *arg);

/*
 * Mapping @i of @n, its reference checked; only once iort_for_each_node() went
 * through the table.  0; -EINVAL.
 */
int iort_mapping_at(struct iort_reader *r, const struct iort_node *n,
                    uint32_t i, struct iort_mapping *m);

#endif /* IOMMU_GROUPS_IORT_NODE_H */
