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
    bool quiet;                    /* what is wrong was said before */
    bool checked;                  /* by iort_check() */
    bool doubt;                    /* mappings of PCI functions are lost */
};

struct iort_node {
    uint32_t off;
    uint8_t type;
    uint32_t len, nr_maps, maps;   /* the latter from the table's start */
    bool bad_maps;
};

struct iort_mapping {
    uint32_t in, nr, out, ref, flags;   /* nr: less one */
    int type;                           /* of the node at ref */
};

uint32_t iort_le32(const struct iort_reader *r, size_t off);
uint64_t iort_le64(const struct iort_reader *r, size_t off);

/* The one line about what is wrong at @at, of @level: table, place, OEM. */
void iort_say(const struct iort_reader *r, const char *level, uint32_t at,
              const char *why);

/* iort_say(), an error.  -EINVAL. */
int iort_bad(const struct iort_reader *r, uint32_t at, const char *why);

/* Are @nr things of @each bytes from @start on inside of [0, @end)? */
bool iort_inside(uint64_t start, uint64_t nr, uint64_t each, uint64_t end);

/*
 * Looks at the table's header and at all nodes, and says what is wrong with
 * them: those that come later know.  -EINVAL: there is no usable node.
 */
int iort_check(struct iort_reader *r);

/*
 * 0; -EINVAL: what begins at @off is no node, and nobody knows where the next
 * one is; -ENODATA: it is one that cannot be used, of @n->len bytes.  Mappings
 * that are not inside of their node: nr_maps is 0 and bad_maps set.
 */
int iort_read_node(const struct iort_reader *r, uint32_t off,
                   struct iort_node *n);

typedef int iort_node_fn(const struct iort_reader *r, const struct iort_node *n,
                         void *arg);

/*
 * Calls @fn for each usable node of the types in @types, bits 1 << IORT_*,
 * until one answers with something else than 0, which is the answer.  After
 * iort_check().
 */
int iort_for_each_node(const struct iort_reader *r, unsigned int types,
                       iort_node_fn *fn, void *arg);

/*
 * Mapping @i of @n.  0; -EINVAL: it leads to no node or has IDs that there
 * cannot be, one line was printed; in and nr are valid, as far as they go.
 */
int iort_mapping_at(const struct iort_reader *r, const struct iort_node *n,
                    uint32_t i, struct iort_mapping *m);

struct iommu_iort;
struct iort_smmu;

/*
 * *@p: one more element of @array, which has @nr.  -ENOMEM; -E2BIG: there are
 * more of them than a machine has, one message was printed.
 */
int iort_append(const struct iort_reader *r, uint32_t at, void *array,
                unsigned int nr, size_t each, void *p);

/*
 * @s, the new element of @iort->smmus, is listed; without its base, if that is
 * not on a boundary of @align or another's as well.
 */
void iort_add_smmu(const struct iort_reader *r, struct iommu_iort *iort,
                   struct iort_smmu *s, size_t align);

/* A node of SMMUv1 or v2: iort_node_fn of a struct iommu_iort. */
int iort_read_smmuv2(const struct iort_reader *r, const struct iort_node *n,
                     void *arg);

#endif /* IOMMU_GROUPS_IORT_NODE_H */
