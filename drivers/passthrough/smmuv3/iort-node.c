/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/errno.h>
#include <xen/init.h>

#include "iort-node.h"

uint32_t __init iort_le32(const struct iort_reader *r, size_t off)
{
    const uint8_t *p = r->table + off;

    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t __init iort_le64(const struct iort_reader *r, size_t off)
{
    return iort_le32(r, off) | (uint64_t)iort_le32(r, off + 4) << 32;
}

int __init iort_bad(struct iort_reader *r, uint32_t at, const char *why)
{
    if ( !r->why )
    {
        r->why = why;
        r->at = at;
    }

    return -EINVAL;
}

bool __init iort_inside(uint64_t start, uint64_t nr, uint64_t each,
                        uint64_t end)
{
    return start <= end && nr * each <= end - start;
}

/* Least length of a node's data that is read here; 0: it is not read. */
static unsigned int __init data_size(uint8_t type)
{
    switch ( type )
    {
    case IORT_NAMED:        return 14;
    case IORT_ROOT_COMPLEX: return 16;
    case IORT_SMMUV3:       return 44;
    case IORT_RMR:          return 12;
    }

    return 0;
}

int __init iort_read_node(struct iort_reader *r, uint32_t off,
                          struct iort_node *n)
{
    uint32_t maps;

    if ( !iort_inside(off, 1, IORT_NODE_SIZE, r->size) )
        return iort_bad(r, off, "node beyond the end of the table");

    n->off = off;
    n->type = r->table[off];
    n->len = r->table[off + 1] | r->table[off + 2] << 8;
    n->nr_maps = iort_le32(r, off + 8);
    maps = iort_le32(r, off + 12);

    if ( n->len < IORT_NODE_SIZE + data_size(n->type) ||
         !iort_inside(off, 1, n->len, r->size) )
        return iort_bad(r, off, "node of a wrong length");
    if ( n->nr_maps && (maps < IORT_NODE_SIZE ||
                        !iort_inside(maps, n->nr_maps, IORT_MAPPING_SIZE,
                                     n->len)) )
        return iort_bad(r, off, "ID mappings outside of their node");
    n->maps = off + maps;

    return 0;
}

int __init iort_for_each_node(struct iort_reader *r, unsigned int types,
                              iort_node_fn *fn, void *arg)
{
    uint32_t nr, off, i;
    struct iort_node n;
    int rc = 0;

    if ( r->size < IORT_HEADER_SIZE )
        return iort_bad(r, 0, "table shorter than its header");

    nr = iort_le32(r, 36);
    off = iort_le32(r, 40);
    if ( off < IORT_HEADER_SIZE ||
         !iort_inside(off, nr, IORT_NODE_SIZE, r->size) )
        return iort_bad(r, 0, "nodes outside of the table");

    for ( i = 0; !rc && i < nr; i++, off += n.len )
    {
        rc = iort_read_node(r, off, &n);
        if ( !rc && n.type < 32 && (types & (1u << n.type)) )
            rc = fn(r, &n, arg);
    }

    return rc;
}

/* The type of the node that begins at @ref; < 0: none does. */
static int __init type_at(const struct iort_reader *r, uint32_t ref)
{
    uint32_t nr = iort_le32(r, 36), off = iort_le32(r, 40);

    /* All nodes have been read once: they are inside of the table. */
    for ( ; nr-- && off <= ref; off += r->table[off + 1] |
                                       r->table[off + 2] << 8 )
        if ( off == ref )
            return r->table[off];

    return -1;
}

int __init iort_mapping_at(struct iort_reader *r, const struct iort_node *n,
                           uint32_t i, struct iort_mapping *m)
{
    size_t off = n->maps + (size_t)i * IORT_MAPPING_SIZE;

    *m = (struct iort_mapping){
        .in = iort_le32(r, off),
        .nr = iort_le32(r, off + 4),
        .out = iort_le32(r, off + 8),
        .ref = iort_le32(r, off + 12),
        .flags = iort_le32(r, off + 16),
    };
    if ( m->flags & IORT_MAPPING_SINGLE )
        m->nr = 0;

    m->type = type_at(r, m->ref);
    if ( m->type < 0 )
        return iort_bad(r, n->off, "ID mapping to what is no node");
    if ( m->out + (uint64_t)m->nr > ~0u || m->in + (uint64_t)m->nr > ~0u )
        return iort_bad(r, n->off, "ID mapping of too many IDs");

    return 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
