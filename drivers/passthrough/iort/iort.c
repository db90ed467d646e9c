/* SPDX-License-Identifier: GPL-2.0-only */
/* What the IORT says, as lists.  Numbers of things are bounded by its size. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/xmalloc.h>

#include <iommu-groups/iort.h>

#include "node.h"

/* §3.1.1.5. */
#define RANGE_SIZE    20

/* Mappings are compared with each other: that has to end. */
#define MAX_ELEMENTS  4096

/* Every mapping has a copy. */
#define MAX_NAME      256U

#define MODEL_CAVIUM_CN99XX 2
#define SMMU_COHACC   (1u << 0)

int __init iort_append(const struct iort_reader *r, uint32_t at, void *array,
                       unsigned int nr, size_t each, void *p)
{
    void **pp = array, *more;

    if ( nr == MAX_ELEMENTS )
    {
        iort_bad(r, at, "more entries than a machine has: this one is not used");
        return -E2BIG;
    }

    /* Powers of two, so that a long table costs linear time. */
    if ( !(nr & (nr - 1)) )
    {
        more = xzalloc_array(char, (nr ? 2 * nr : 1) * each);
        if ( !more )
            return -ENOMEM;

        if ( nr )
            memcpy(more, *pp, nr * each);
        xfree(*pp);
        *pp = more;
    }

    *(void **)p = (char *)*pp + nr * each;

    return 0;
}

void __init iort_add_smmu(const struct iort_reader *r, struct iommu_iort *iort,
                          struct iort_smmu *s, size_t align)
{
    unsigned int i;

    if ( !s->base || (s->base & (align - 1)) )
    {
        iort_bad(r, s->offset, "SMMU without a base address: it is not used");
        s->base = 0;
        s->bad = true;
    }

    /* Whose streams are whose is unknown; one of them is made to block. */
    for ( i = 0; s->base && i < iort->nr_smmus; i++ )
        if ( iort->smmus[i].base == s->base )
        {
            iort_bad(r, s->offset, "two SMMUs at one address: what is behind them stays blocked");
            s->base = 0;
            s->bad = iort->smmus[i].bad = true;
        }

    iort->nr_smmus++;
}

static int __init cf_check read_smmu(const struct iort_reader *r,
                                     const struct iort_node *n, void *arg)
{
    struct iommu_iort *iort = arg;
    struct iort_smmu *s;
    int rc = iort_append(r, n->off, &iort->smmus, iort->nr_smmus, sizeof(*s),
                         &s);

    if ( rc )
        return rc;

    s->offset = n->off;
    s->version = 3;
    s->base = iort_le64(r, n->off + 16);
    s->coherent = iort_le32(r, n->off + 24) & SMMU_COHACC;
    s->page0_only = iort_le32(r, n->off + 40) == MODEL_CAVIUM_CN99XX;
    s->gsiv_event = iort_le32(r, n->off + 44);
    s->gsiv_pri = iort_le32(r, n->off + 48);
    s->gsiv_gerror = iort_le32(r, n->off + 52);
    snprintf(s->where, sizeof(s->where), "IORT node at %#x", n->off);

    s->size = s->page0_only ? 0x10000 : 0x20000;
    iort_add_smmu(r, iort, s, 0x10000);

    return 0;
}

static struct iort_smmu *__init smmu_at(const struct iommu_iort *iort,
                                        uint32_t off)
{
    unsigned int i;

    for ( i = 0; i < iort->nr_smmus; i++ )
        if ( iort->smmus[i].offset == off )
            return &iort->smmus[i];

    return NULL;
}

/*
 * The specification has the number of IDs less one; some firmware wrote the
 * number, so that ranges end where the next begins: that ID is the next one's.
 * A range of one ID has no such end.  True: they do not overlap any more.
 */
static bool __init untouch(struct iort_map *a, struct iort_map *b)
{
    if ( a->first < a->last && a->last == b->first )
        a->last--;
    else if ( b->first < b->last && b->last == a->first )
        b->last--;
    else
        return false;

    return true;
}

/* What @iort has of the segment and @map, the new one, must not contradict. */
static void __init check_map(const struct iort_reader *r, uint32_t at,
                             struct iommu_iort *iort, struct iort_map *map)
{
    bool overlap = false;
    unsigned int i;

    for ( i = 0; i < iort->nr_maps; i++ )
    {
        struct iort_map *other = &iort->maps[i];

        if ( other->seg != map->seg || other->first > map->last ||
             other->last < map->first || other->bad || map->bad ||
             iort_maps_agree(other, map) )
            continue;
        if ( !untouch(other, map) )
            overlap = true;
        else if ( !iort->off_by_one )
        {
            iort_say(r, XENLOG_WARNING, at,
                     "ID counts are one too large: the last ID of a range is the next range's");
            iort->off_by_one = true;
        }
    }

    if ( overlap )
        iort_bad(r, at, "two mappings of one requester ID: it stays blocked");
}

/* Mapping @i of the root complex @n of segment @seg. */
static int __init read_root_map(const struct iort_reader *r,
                                const struct iort_node *n, uint32_t i,
                                uint32_t seg, struct iommu_iort *iort)
{
    uint32_t at = n->maps + i * IORT_MAPPING_SIZE;
    struct iort_mapping m;
    struct iort_map *map;
    bool bad = iort_mapping_at(r, n, i, &m);
    int rc;

    /* Straight to an interrupt controller: no SMMU on the way. */
    if ( m.type == IORT_ITS )
        return 0;

    rc = iort_append(r, at, &iort->maps, iort->nr_maps, sizeof(*map), &map);
    if ( rc )
    {
        iort->doubt = true;
        return rc;
    }

    *map = (struct iort_map){
        .seg = seg, .first = m.in, .last = m.in + (uint64_t)m.nr,
        .sid = m.out, .ref = m.ref, .smmu = smmu_at(iort, m.ref), .bad = bad,
    };
    if ( !bad && !map->smmu &&
         (IS_ENABLED(CONFIG_ARM_SMMU) || m.type != IORT_SMMUV1V2) )
    {
        iort_bad(r, at, "ID mapping to what is no SMMU that can be used: its IDs stay blocked");
        map->bad = true;
    }
    check_map(r, at, iort, map);
    iort->nr_maps++;

    return 0;
}

/* §3.1.1.3: data 12 is the segment. */
static int __init cf_check read_root(const struct iort_reader *r,
                                     const struct iort_node *n, void *arg)
{
    struct iommu_iort *iort = arg;
    uint32_t seg = iort_le32(r, n->off + 28), i;
    int rc = 0;

    if ( seg > 0xffff )
    {
        iort_bad(r, n->off, "PCI segment of more than 16 bits: it is not used");
        iort->doubt = true;
        return 0;
    }

    for ( i = 0; !rc && i < n->nr_maps; i++ )
        rc = read_root_map(r, n, i, seg, iort);

    return rc;
}

/* The hardware domain can write to the table, and does not have to end it. */
static char *__init copy_of(const char *name)
{
    char *copy = xmalloc_array(char, strlen(name) + 1);

    if ( copy )
        memcpy(copy, name, strlen(name) + 1);

    return copy;
}

/* Stream IDs @m of the device @name; @m NULL: nobody knows which. */
static int __init add_named(const struct iort_reader *r, uint32_t at,
                            const char *name, const struct iort_mapping *m,
                            struct iommu_iort *iort)
{
    struct iort_named *named;
    int rc = iort_append(r, at, &iort->named, iort->nr_named, sizeof(*named),
                    &named);

    if ( rc )
        return rc;

    *named = (struct iort_named){ .name = copy_of(name), .bad = !m };
    if ( !named->name )
        return -ENOMEM;
    if ( m )
    {
        named->smmu = smmu_at(iort, m->ref);
        named->sid = m->out;
        named->nr = min(m->nr, ~0u - 1) + 1;
        named->bad = named->smmu->bad;
    }
    iort->nr_named++;

    return 0;
}

/* §3.1.1.4: data 13 is a name that ends with the string. */
static int __init cf_check read_named(const struct iort_reader *r,
                                      const struct iort_node *n, void *arg)
{
    const char *name = (const char *)r->table + n->off + 29;
    uint32_t most = min(n->len - 29, MAX_NAME);
    uint32_t i;
    int rc = 0;

    if ( strnlen(name, most) == most )
    {
        iort_bad(r, n->off, "name without an end: its device stays blocked");
        return 0;
    }

    if ( n->bad_maps )
        return add_named(r, n->off, name, NULL, arg);

    for ( i = 0; !rc && i < n->nr_maps; i++ )
    {
        uint32_t at = n->maps + i * IORT_MAPPING_SIZE;
        struct iort_mapping m;

        if ( iort_mapping_at(r, n, i, &m) )
            rc = add_named(r, at, name, NULL, arg);
        else if ( smmu_at(arg, m.ref) || m.type == IORT_SMMUV3 ||
                  (IS_ENABLED(CONFIG_ARM_SMMU) && m.type == IORT_SMMUV1V2) )
            rc = add_named(r, at, name, smmu_at(arg, m.ref) ? &m : NULL, arg);
    }

    return rc;
}

/* Frames of a range of memory.  False: it is none, one message was printed. */
static bool __init range_frames(const struct iort_reader *r, size_t off,
                                unsigned long *first, unsigned long *last)
{
    uint64_t base = iort_le64(r, off), len = iort_le64(r, off + 8);

    if ( !len || base + len - 1 < base || (base + len - 1) >> PADDR_BITS )
    {
        iort_bad(r, off, "reserved memory that is empty or nowhere: it is not used");
        return false;
    }

    if ( (base | len) & (PAGE_SIZE - 1) )
        iort_say(r, XENLOG_WARNING, off,
                 "reserved memory that is not in pages: it is made larger");

    *first = base >> PAGE_SHIFT;
    *last = (base + len - 1) >> PAGE_SHIFT;

    return true;
}

/* §3.1.1.5: stream IDs @m of the node have all of its ranges. */
static int __init read_rmr_map(const struct iort_reader *r,
                               const struct iort_node *n,
                               const struct iort_mapping *m,
                               struct iommu_iort *iort)
{
    uint32_t nr = iort_le32(r, n->off + 20), off = iort_le32(r, n->off + 24), i;
    const struct iort_smmu *smmu = smmu_at(iort, m->ref);
    int rc = 0;

    for ( i = 0; !rc && smmu && i < nr; i++ )
    {
        size_t at = n->off + off + (size_t)i * RANGE_SIZE;
        struct iort_rmr *rmr, new = {
            .smmu = smmu, .sid = m->out, .sid_last = m->out + m->nr,
        };

        if ( !range_frames(r, at, &new.first, &new.last) )
            continue;

        rc = iort_append(r, at, &iort->rmrs, iort->nr_rmrs, sizeof(*rmr), &rmr);
        if ( !rc )
        {
            *rmr = new;
            iort->nr_rmrs++;
        }
    }

    return rc;
}

static int __init cf_check read_rmr(const struct iort_reader *r,
                                    const struct iort_node *n, void *arg)
{
    struct iort_reader once = *r;
    uint32_t nr = iort_le32(r, n->off + 20), off = iort_le32(r, n->off + 24), i;
    int rc = 0;

    if ( off < IORT_NODE_SIZE || !iort_inside(off, nr, RANGE_SIZE, n->len) )
    {
        iort_bad(r, n->off, "memory ranges outside of their node: they are not used");
        return 0;
    }

    for ( i = 0; !rc && i < n->nr_maps; i++ )
    {
        struct iort_mapping m;

        if ( iort_mapping_at(r, n, i, &m) || !smmu_at(arg, m.ref) )
            continue;
        rc = read_rmr_map(&once, n, &m, arg);
        /* The ranges of the next one are the same. */
        once.quiet = true;
    }

    return rc;
}

void __init iommu_iort_free(struct iommu_iort *iort)
{
    unsigned int i;

    for ( i = 0; i < iort->nr_named; i++ )
        xfree(iort->named[i].name);
    for ( i = 0; i < iort->nr_smmus; i++ )
        xfree(iort->smmus[i].irqs);
    XFREE(iort->smmus);
    XFREE(iort->maps);
    XFREE(iort->named);
    XFREE(iort->rmrs);
    *iort = (struct iommu_iort){};
}

/* All nodes of one type; too many of something are as far as they go. */
static int __init read_all(const struct iort_reader *r, unsigned int type,
                           iort_node_fn *fn, struct iommu_iort *iort)
{
    int rc = iort_for_each_node(r, 1u << type, fn, iort);

    return rc == -E2BIG ? 0 : rc;
}

int __init iommu_iort_parse(const void *table, size_t size,
                            struct iommu_iort *iort)
{
    struct iort_reader r = { .table = table, .size = size };
    int rc;

    *iort = (struct iommu_iort){};

    /* SMMUs first: the others refer to them. */
    rc = iort_check(&r);
    iort->doubt = r.doubt;
    rc = rc ?: read_all(&r, IORT_SMMUV3, read_smmu, iort) ?:
#ifdef CONFIG_ARM_SMMU
         read_all(&r, IORT_SMMUV1V2, iort_read_smmuv2, iort) ?:
#endif
         read_all(&r, IORT_ROOT_COMPLEX, read_root, iort) ?:
         read_all(&r, IORT_NAMED, read_named, iort) ?:
         read_all(&r, IORT_RMR, read_rmr, iort);

    if ( rc )
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
