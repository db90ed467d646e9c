/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the IORT.  Nothing in it is believed: every offset and length is
 * checked against the table, every number of things against the length.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/xmalloc.h>

#include <iommu-groups/iort.h>

/* §3, table 1 and 2: what comes before the nodes, and before their data. */
#define HEADER_SIZE   48
#define NODE_SIZE     16
#define MAPPING_SIZE  20
#define RANGE_SIZE    20

/* §3.1.1, node types. */
enum {
    NODE_ITS, NODE_NAMED, NODE_ROOT_COMPLEX, NODE_SMMUV1V2, NODE_SMMUV3,
    NODE_PMCG, NODE_RMR,
};

/* Mappings are compared with each other: that has to end. */
#define MAX_ELEMENTS  4096

#define MODEL_CAVIUM_CN99XX 2
#define SMMU_COHACC         (1u << 0)
#define MAPPING_SINGLE      (1u << 0)

struct reader {
    const uint8_t *table;
    size_t size;
    const char *why;               /* what is wrong, if something is */
    uint32_t at;                   /* the node where */
};

struct node {
    uint32_t off;
    uint8_t type;
    uint32_t len, nr_maps, maps;   /* the latter from the table's start */
};

struct mapping {
    uint32_t in, nr, out, ref, flags;   /* nr: less one */
    int type;                           /* of the node at ref */
};

static uint32_t le32(const struct reader *r, size_t off)
{
    const uint8_t *p = r->table + off;

    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t le64(const struct reader *r, size_t off)
{
    return le32(r, off) | (uint64_t)le32(r, off + 4) << 32;
}

static int __init bad(struct reader *r, uint32_t at, const char *why)
{
    if ( !r->why )
    {
        r->why = why;
        r->at = at;
    }

    return -EINVAL;
}

/* Are @nr things of @each bytes from @start on inside of [0, @end)? */
static bool __init inside(uint64_t start, uint64_t nr, uint64_t each,
                          uint64_t end)
{
    return start <= end && nr * each <= end - start;
}

/* Least length of a node's data that is read here; 0: it is not read. */
static unsigned int __init data_size(uint8_t type)
{
    switch ( type )
    {
    case NODE_NAMED:        return 14;
    case NODE_ROOT_COMPLEX: return 16;
    case NODE_SMMUV3:       return 44;
    case NODE_RMR:          return 12;
    }

    return 0;
}

static int __init read_node(struct reader *r, uint32_t off, struct node *n)
{
    uint32_t maps;

    if ( !inside(off, 1, NODE_SIZE, r->size) )
        return bad(r, off, "node beyond the end of the table");

    n->off = off;
    n->type = r->table[off];
    n->len = r->table[off + 1] | r->table[off + 2] << 8;
    n->nr_maps = le32(r, off + 8);
    maps = le32(r, off + 12);

    if ( n->len < NODE_SIZE + data_size(n->type) ||
         !inside(off, 1, n->len, r->size) )
        return bad(r, off, "node of a wrong length");
    if ( n->nr_maps && (maps < NODE_SIZE ||
                        !inside(maps, n->nr_maps, MAPPING_SIZE, n->len)) )
        return bad(r, off, "ID mappings outside of their node");
    n->maps = off + maps;

    return 0;
}

typedef int node_fn(struct reader *r, const struct node *n,
                    struct iommu_iort *iort);

/* Calls @fn for each node of the types in @types. */
static int __init for_each_node(struct reader *r, unsigned int types,
                                node_fn *fn, struct iommu_iort *iort)
{
    uint32_t nr, off, i;
    struct node n;
    int rc = 0;

    if ( r->size < HEADER_SIZE )
        return bad(r, 0, "table shorter than its header");

    nr = le32(r, 36);
    off = le32(r, 40);
    if ( off < HEADER_SIZE || !inside(off, nr, NODE_SIZE, r->size) )
        return bad(r, 0, "nodes outside of the table");

    for ( i = 0; !rc && i < nr; i++, off += n.len )
    {
        rc = read_node(r, off, &n);
        if ( !rc && n.type < 32 && (types & (1u << n.type)) )
            rc = fn(r, &n, iort);
    }

    return rc;
}

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

static int __init cf_check read_smmu(struct reader *r, const struct node *n,
                                     struct iommu_iort *iort)
{
    struct iort_smmu *s;
    unsigned int i;

    s = append(&iort->smmus, iort->nr_smmus, sizeof(*s));
    if ( !s )
        return -ENOMEM;

    s->offset = n->off;
    s->base = le64(r, n->off + 16);
    s->coherent = le32(r, n->off + 24) & SMMU_COHACC;
    s->page0_only = le32(r, n->off + 40) == MODEL_CAVIUM_CN99XX;
    s->gsiv_event = le32(r, n->off + 44);
    s->gsiv_pri = le32(r, n->off + 48);
    s->gsiv_gerror = le32(r, n->off + 52);
    snprintf(s->where, sizeof(s->where), "IORT node at %#x", n->off);

    if ( !s->base || (s->base & 0xffff) )
        return bad(r, n->off, "SMMUv3 without a base address");
    for ( i = 0; i < iort->nr_smmus; i++ )
        if ( iort->smmus[i].base == s->base )
            return bad(r, n->off, "two SMMUv3 at one address");

    iort->nr_smmus++;

    return 0;
}

static const struct iort_smmu *smmu_at(const struct iommu_iort *iort,
                                       uint32_t off)
{
    unsigned int i;

    for ( i = 0; i < iort->nr_smmus; i++ )
        if ( iort->smmus[i].offset == off )
            return &iort->smmus[i];

    return NULL;
}

static struct mapping __init mapping_at(const struct reader *r,
                                        const struct node *n, uint32_t i)
{
    size_t off = n->maps + (size_t)i * MAPPING_SIZE;
    struct mapping m = {
        .in = le32(r, off), .nr = le32(r, off + 4), .out = le32(r, off + 8),
        .ref = le32(r, off + 12), .flags = le32(r, off + 16),
    };

    if ( m.flags & MAPPING_SINGLE )
        m.nr = 0;

    return m;
}

/* The type of the node that begins at @ref; < 0: none does. */
static int __init type_at(const struct reader *r, uint32_t ref)
{
    uint32_t nr = le32(r, 36), off = le32(r, 40);

    /* All nodes have been read once: they are inside of the table. */
    for ( ; nr-- && off <= ref; off += r->table[off + 1] |
                                       r->table[off + 2] << 8 )
        if ( off == ref )
            return r->table[off];

    return -1;
}

static int __init check_mapping(struct reader *r, const struct node *n,
                                struct mapping *m)
{
    m->type = type_at(r, m->ref);
    if ( m->type < 0 )
        return bad(r, n->off, "ID mapping to what is no node");
    if ( m->out + (uint64_t)m->nr > ~0u || m->in + (uint64_t)m->nr > ~0u )
        return bad(r, n->off, "ID mapping of too many IDs");

    return 0;
}

/* §3.1.1.3: data 12 is the segment. */
static int __init cf_check read_root(struct reader *r, const struct node *n,
                                     struct iommu_iort *iort)
{
    uint32_t seg = le32(r, n->off + 28), i, j;

    if ( seg > 0xffff )
        return bad(r, n->off, "PCI segment of more than 16 bits");

    for ( i = 0; i < n->nr_maps; i++ )
    {
        struct mapping m = mapping_at(r, n, i);
        struct iort_map *map;

        if ( check_mapping(r, n, &m) )
            return -EINVAL;
        /* Straight to an interrupt controller: no SMMU on the way. */
        if ( m.type == NODE_ITS )
            continue;

        map = append(&iort->maps, iort->nr_maps, sizeof(*map));
        if ( !map )
            return -ENOMEM;

        *map = (struct iort_map){
            .seg = seg, .first = m.in, .last = m.in + (uint64_t)m.nr,
            .sid = m.out, .smmu = smmu_at(iort, m.ref),
        };
        if ( !map->smmu && m.type != NODE_SMMUV1V2 )
            return bad(r, n->off, "ID mapping to what is no SMMU");
        for ( j = 0; j < iort->nr_maps; j++ )
            if ( iort->maps[j].seg == seg && iort->maps[j].first <= map->last &&
                 iort->maps[j].last >= map->first )
                return bad(r, n->off, "two mappings of one requester ID");
        iort->nr_maps++;
    }

    return 0;
}

/* §3.1.1.4: data 13 is a name that ends with the string. */
static int __init cf_check read_named(struct reader *r, const struct node *n,
                                      struct iommu_iort *iort)
{
    const char *name = (const char *)r->table + n->off + 29;
    uint32_t i;

    if ( strnlen(name, n->len - 29) == n->len - 29 )
        return bad(r, n->off, "name without an end");

    for ( i = 0; i < n->nr_maps; i++ )
    {
        struct mapping m = mapping_at(r, n, i);
        struct iort_named *named;

        if ( check_mapping(r, n, &m) )
            return -EINVAL;
        if ( !smmu_at(iort, m.ref) )
            continue;

        named = append(&iort->named, iort->nr_named, sizeof(*named));
        if ( !named )
            return -ENOMEM;
        *named = (struct iort_named){
            .name = name, .smmu = smmu_at(iort, m.ref), .sid = m.out,
            .nr = m.nr + 1,
        };
        iort->nr_named++;
    }

    return 0;
}

/* §3.1.1.5: one range of memory for all streams of the node. */
static int __init read_range(struct reader *r, const struct node *n,
                             size_t off, struct iommu_iort *iort)
{
    uint64_t base = le64(r, off), len = le64(r, off + 8);
    uint32_t i;

    if ( (base | len) & (PAGE_SIZE - 1) || !len || base + len < base )
        return bad(r, n->off, "reserved memory that is not in pages");

    for ( i = 0; i < n->nr_maps; i++ )
    {
        struct mapping m = mapping_at(r, n, i);
        struct iort_rmr *rmr;

        if ( check_mapping(r, n, &m) )
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

static int __init cf_check read_rmr(struct reader *r, const struct node *n,
                                    struct iommu_iort *iort)
{
    uint32_t nr = le32(r, n->off + 20), off = le32(r, n->off + 24), i;
    int rc = 0;

    if ( off < NODE_SIZE || !inside(off, nr, RANGE_SIZE, n->len) )
        return bad(r, n->off, "memory ranges outside of their node");

    for ( i = 0; !rc && i < nr; i++ )
        rc = read_range(r, n, n->off + off + (size_t)i * RANGE_SIZE, iort);

    return rc;
}

void iommu_iort_free(struct iommu_iort *iort)
{
    XFREE(iort->smmus);
    XFREE(iort->maps);
    XFREE(iort->named);
    XFREE(iort->rmrs);
    *iort = (struct iommu_iort){};
}

int __init iommu_iort_parse(const void *table, size_t size,
                            struct iommu_iort *iort)
{
    struct reader r = { .table = table, .size = size };
    int rc;

    *iort = (struct iommu_iort){};

    /* SMMUs first: the others refer to them. */
    rc = for_each_node(&r, 1u << NODE_SMMUV3, read_smmu, iort) ?:
         for_each_node(&r, 1u << NODE_ROOT_COMPLEX, read_root, iort) ?:
         for_each_node(&r, 1u << NODE_NAMED, read_named, iort) ?:
         for_each_node(&r, 1u << NODE_RMR, read_rmr, iort);
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
