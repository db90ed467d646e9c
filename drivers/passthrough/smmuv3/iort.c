/* SPDX-License-Identifier: GPL-2.0-only */
/* What the IORT says, as lists.  Numbers of things are bounded by its size. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/xmalloc.h>

#include <iommu-groups/iort.h>

#include "iort-node.h"

/* §3.1.1.5. */
#define RANGE_SIZE    20

/* Mappings are compared with each other: that has to end. */
#define MAX_ELEMENTS  4096

/* Every mapping has a copy. */
#define MAX_NAME      256U

#define MODEL_CAVIUM_CN99XX 2
#define SMMU_COHACC   (1u << 0)

/* One more element; NULL: no memory, or more of them than a machine has. */
static void *__init append(void *array, unsigned int nr, size_t each)
{
    void **pp = array, *p;

    if ( nr == MAX_ELEMENTS )
        return NULL;

    /* Powers of two, so that a long table costs linear time. */
    if ( nr & (nr - 1) )
        return (char *)*pp + nr * each;

    p = xzalloc_array(char, (nr ? 2 * nr : 1) * each);
    if ( !p )
        return NULL;

    if ( nr )
        memcpy(p, *pp, nr * each);
    xfree(*pp);
    *pp = p;

    return (char *)p + nr * each;
}

static int __init cf_check read_smmu(struct iort_reader *r,
                                     const struct iort_node *n, void *arg)
{
    struct iommu_iort *iort = arg;
    struct iort_smmu *s;
    unsigned int i;

    s = append(&iort->smmus, iort->nr_smmus, sizeof(*s));
    if ( !s )
        return -ENOMEM;

    s->offset = n->off;
    s->base = iort_le64(r, n->off + 16);
    s->coherent = iort_le32(r, n->off + 24) & SMMU_COHACC;
    s->page0_only = iort_le32(r, n->off + 40) == MODEL_CAVIUM_CN99XX;
    s->gsiv_event = iort_le32(r, n->off + 44);
    s->gsiv_pri = iort_le32(r, n->off + 48);
    s->gsiv_gerror = iort_le32(r, n->off + 52);
    snprintf(s->where, sizeof(s->where), "IORT node at %#x", n->off);

    if ( !s->base || (s->base & 0xffff) )
        return iort_bad(r, n->off, "SMMUv3 without a base address");
    for ( i = 0; i < iort->nr_smmus; i++ )
        if ( iort->smmus[i].base == s->base )
            return iort_bad(r, n->off, "two SMMUv3 at one address");

    iort->nr_smmus++;

    return 0;
}

static const struct iort_smmu *__init smmu_at(const struct iommu_iort *iort,
                                              uint32_t off)
{
    unsigned int i;

    for ( i = 0; i < iort->nr_smmus; i++ )
        if ( iort->smmus[i].offset == off )
            return &iort->smmus[i];

    return NULL;
}

/* §3.1.1.3: data 12 is the segment. */
static int __init cf_check read_root(struct iort_reader *r,
                                     const struct iort_node *n, void *arg)
{
    struct iommu_iort *iort = arg;
    uint32_t seg = iort_le32(r, n->off + 28), i, j;

    if ( seg > 0xffff )
        return iort_bad(r, n->off, "PCI segment of more than 16 bits");

    for ( i = 0; i < n->nr_maps; i++ )
    {
        struct iort_mapping m;
        struct iort_map *map;

        if ( iort_mapping_at(r, n, i, &m) )
            return -EINVAL;
        /* Straight to an interrupt controller: no SMMU on the way. */
        if ( m.type == IORT_ITS )
            continue;

        map = append(&iort->maps, iort->nr_maps, sizeof(*map));
        if ( !map )
            return -ENOMEM;

        *map = (struct iort_map){
            .seg = seg, .first = m.in, .last = m.in + (uint64_t)m.nr,
            .sid = m.out, .smmu = smmu_at(iort, m.ref),
        };
        if ( !map->smmu && m.type != IORT_SMMUV1V2 )
            return iort_bad(r, n->off, "ID mapping to what is no SMMU");
        for ( j = 0; j < iort->nr_maps; j++ )
            if ( iort->maps[j].seg == seg && iort->maps[j].first <= map->last &&
                 iort->maps[j].last >= map->first )
                return iort_bad(r, n->off, "two mappings of one requester ID");
        iort->nr_maps++;
    }

    return 0;
}

/* The hardware domain can write to the table, and does not have to end it. */
static char *__init copy_of(const char *name)
{
    char *copy = xmalloc_array(char, strlen(name) + 1);

    if ( copy )
        memcpy(copy, name, strlen(name) + 1);

    return copy;
}

/* §3.1.1.4: data 13 is a name that ends with the string. */
static int __init cf_check read_named(struct iort_reader *r,
                                      const struct iort_node *n, void *arg)
{
    struct iommu_iort *iort = arg;
    const char *name = (const char *)r->table + n->off + 29;
    uint32_t most = min(n->len - 29, MAX_NAME);
    uint32_t i;

    if ( strnlen(name, most) == most )
        return iort_bad(r, n->off, "name without an end");

    for ( i = 0; i < n->nr_maps; i++ )
    {
        struct iort_mapping m;
        struct iort_named *named;

        if ( iort_mapping_at(r, n, i, &m) )
            return -EINVAL;
        if ( !smmu_at(iort, m.ref) )
            continue;

        named = append(&iort->named, iort->nr_named, sizeof(*named));
        if ( !named )
            return -ENOMEM;
        *named = (struct iort_named){
            .name = copy_of(name), .smmu = smmu_at(iort, m.ref), .sid = m.out,
            .nr = min(m.nr, ~0u - 1) + 1,
        };
        if ( !named->name )
            return -ENOMEM;
        iort->nr_named++;
    }

    return 0;
}

/* §3.1.1.5: one range of memory for all streams of the node. */
static int __init read_range(struct iort_reader *r, const struct iort_node *n,
                             size_t off, struct iommu_iort *iort)
{
    uint64_t base = iort_le64(r, off), len = iort_le64(r, off + 8);
    uint32_t i;

    if ( (base | len) & (PAGE_SIZE - 1) || !len || base + len < base )
        return iort_bad(r, n->off, "reserved memory that is not in pages");

    for ( i = 0; i < n->nr_maps; i++ )
    {
        struct iort_mapping m;
        struct iort_rmr *rmr;

        if ( iort_mapping_at(r, n, i, &m) )
            return -EINVAL;
        if ( !smmu_at(iort, m.ref) )
            continue;

        rmr = append(&iort->rmrs, iort->nr_rmrs, sizeof(*rmr));
        if ( !rmr )
            return -ENOMEM;
        *rmr = (struct iort_rmr){
            .first = base >> PAGE_SHIFT,
            .last = (base + len - 1) >> PAGE_SHIFT,
            .smmu = smmu_at(iort, m.ref),
            .sid = m.out, .sid_last = m.out + m.nr,
        };
        iort->nr_rmrs++;
    }

    return 0;
}

static int __init cf_check read_rmr(struct iort_reader *r,
                                    const struct iort_node *n, void *arg)
{
    struct iommu_iort *iort = arg;
    uint32_t nr = iort_le32(r, n->off + 20), off = iort_le32(r, n->off + 24), i;
    int rc = 0;

    if ( off < IORT_NODE_SIZE || !iort_inside(off, nr, RANGE_SIZE, n->len) )
        return iort_bad(r, n->off, "memory ranges outside of their node");

    for ( i = 0; !rc && i < nr; i++ )
        rc = read_range(r, n, n->off + off + (size_t)i * RANGE_SIZE, iort);

    return rc;
}

void __init iommu_iort_free(struct iommu_iort *iort)
{
    unsigned int i;

    for ( i = 0; i < iort->nr_named; i++ )
        xfree(iort->named[i].name);
    XFREE(iort->smmus);
    XFREE(iort->maps);
    XFREE(iort->named);
    XFREE(iort->rmrs);
    *iort = (struct iommu_iort){};
}

int __init iommu_iort_parse(const void *table, size_t size,
                            struct iommu_iort *iort)
{
    struct iort_reader r = { .table = table, .size = size };
    int rc;

    *iort = (struct iommu_iort){};

    /* SMMUs first: the others refer to them. */
    rc = iort_for_each_node(&r, 1u << IORT_SMMUV3, read_smmu, iort) ?:
         iort_for_each_node(&r, 1u << IORT_ROOT_COMPLEX, read_root, iort) ?:
         iort_for_each_node(&r, 1u << IORT_NAMED, read_named, iort) ?:
         iort_for_each_node(&r, 1u << IORT_RMR, read_rmr, iort);
    if ( !rc )
        return 0;

    if ( rc == -EINVAL )
        printk(XENLOG_ERR "IORT is not used: %s (at %#x)\n", r.why, r.at);
    iommu_iort_free(iort);

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
