/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware domain's IORT: Arm DEN0049, E.f.  Xen has the SMMUs, so what
 * went through one goes straight to the interrupt controller behind it, with
 * the ID that comes out there.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>

#include <iommu-groups/iort.h>

#include "node.h"

/* §3: offsets in the header, and in a node's. */
#define HEADER_LENGTH    4
#define HEADER_CHECKSUM  9
#define HEADER_NR_NODES  36
#define NODE_LENGTH      1
#define NODE_NR_MAPS     8
#define NODE_MAPS        12

#define NODE_MAX_LENGTH  0xffffu

struct out {
    uint8_t *table;                /* NULL: only its length is wanted */
    size_t room, len;
    uint32_t nr_nodes;
};

static void __init put(struct out *o, const void *data, size_t n)
{
    if ( o->table && o->len <= o->room && n <= o->room - o->len )
        memcpy(o->table + o->len, data, n);
    o->len += n;
}

static void __init put32(struct out *o, uint32_t val)
{
    const uint8_t b[] = { val, val >> 8, val >> 16, val >> 24 };

    put(o, b, sizeof(b));
}

/* @n bytes of what was put before. */
static void __init poke(struct out *o, size_t at, uint32_t val, unsigned int n)
{
    if ( o->table && at <= o->room && n <= o->room - at )
        for ( ; n--; val >>= 8 )
            o->table[at++] = val;
}

struct search {
    uint32_t ref, at;
};

static int __init cf_check count_its(const struct iort_reader *r,
                                     const struct iort_node *n, void *arg)
{
    struct search *s = arg;

    if ( n->off < s->ref )
        s->at += n->len;

    return 0;
}

/* ITS groups come first, in their order: where the one from @ref is now. */
static uint32_t __init its_at(const struct iort_reader *r, uint32_t ref)
{
    struct search s = { .ref = ref, .at = IORT_HEADER_SIZE };

    iort_for_each_node(r, 1u << IORT_ITS, count_its, &s);

    return s.at;
}

static void __init put_mapping(const struct iort_reader *r, struct out *o,
                               const struct iort_mapping *m)
{
    put32(o, m->in);
    put32(o, m->nr);
    put32(o, m->out);
    put32(o, its_at(r, m->ref));
    put32(o, m->flags & IORT_MAPPING_SINGLE);
}

/*
 * Where the IDs that @m gives to an SMMU come out of it.  A single mapping of
 * an SMMU is for its own interrupts.
 */
static void __init put_through(const struct iort_reader *r, struct out *o,
                               const struct iort_mapping *m, size_t limit)
{
    struct iort_node smmu;
    uint32_t i;

    if ( iort_read_node(r, m->ref, &smmu) )
        return;

    for ( i = 0; i < smmu.nr_maps && o->len <= limit; i++ )
    {
        struct iort_mapping s;
        uint32_t lo, hi;

        if ( iort_mapping_at(r, &smmu, i, &s) || s.type != IORT_ITS ||
             (s.flags & IORT_MAPPING_SINGLE) )
            continue;

        lo = max(m->out, s.in);
        hi = min(m->out + m->nr, s.in + s.nr);
        if ( lo > hi )
            continue;

        s.out += lo - s.in;
        s.in = m->in + (lo - m->out);
        s.nr = hi - lo;
        s.flags = m->flags;
        put_mapping(r, o, &s);
    }
}

static void __init too_long(const struct iort_reader *r, uint32_t at)
{
    struct iort_reader loud = *r;

    loud.quiet = false;
    iort_bad(&loud, at, "too long without its SMMU: the hardware domain does not get it");
}

/* The node as it is, with other mappings behind it. */
static int __init cf_check put_device(const struct iort_reader *r,
                                      const struct iort_node *n, void *arg)
{
    struct out *o = arg;
    size_t start = o->len, maps, limit = start + NODE_MAX_LENGTH;
    uint32_t i;

    put(o, r->table + n->off, n->len);
    while ( o->len % 4 )
        put(o, "", 1);
    maps = o->len;

    for ( i = 0; i < n->nr_maps && o->len <= limit; i++ )
    {
        struct iort_mapping m;

        if ( iort_mapping_at(r, n, i, &m) )
            continue;
        if ( m.type == IORT_ITS )
            put_mapping(r, o, &m);
        else if ( m.type == IORT_SMMUV3 || m.type == IORT_SMMUV1V2 )
            put_through(r, o, &m, limit);
    }

    if ( o->len > limit )
    {
        if ( o->table )
            too_long(r, n->off);
        o->len = start;
        return 0;
    }

    poke(o, start + NODE_LENGTH, o->len - start, 2);
    poke(o, start + NODE_NR_MAPS, (o->len - maps) / IORT_MAPPING_SIZE, 4);
    poke(o, start + NODE_MAPS, o->len > maps ? maps - start : 0, 4);
    o->nr_nodes++;

    return 0;
}

static int __init cf_check put_its(const struct iort_reader *r,
                                   const struct iort_node *n, void *arg)
{
    struct out *o = arg;

    put(o, r->table + n->off, n->len);
    o->nr_nodes++;

    return 0;
}

static void __init put_header(const struct iort_reader *r, struct out *o)
{
    put(o, r->table, HEADER_NR_NODES);
    put32(o, 0);
    put32(o, IORT_HEADER_SIZE);
    put32(o, 0);
}

size_t __init iommu_iort_hwdom(const void *table, size_t size, void *buf,
                               size_t room)
{
    /* What is wrong was said when the table was parsed. */
    struct iort_reader r = { .table = table, .size = size, .quiet = true };
    struct out o = { .table = buf, .room = room };
    uint8_t sum = 0;
    size_t i;

    if ( size < IORT_HEADER_SIZE )
        return 0;

    put_header(&r, &o);
    if ( !iort_check(&r) )
    {
        iort_for_each_node(&r, 1u << IORT_ITS, put_its, &o);
        iort_for_each_node(&r, 1u << IORT_ROOT_COMPLEX | 1u << IORT_NAMED,
                           put_device, &o);
    }

    poke(&o, HEADER_LENGTH, o.len, 4);
    poke(&o, HEADER_NR_NODES, o.nr_nodes, 4);
    poke(&o, HEADER_CHECKSUM, 0, 1);
    for ( i = 0; buf && i < o.len && o.len <= room; i++ )
        sum += ((const uint8_t *)buf)[i];
    poke(&o, HEADER_CHECKSUM, 256 - sum, 1);

    return o.len;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
