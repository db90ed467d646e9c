/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>

#include "node.h"

/* §3, table 1: who made the table. */
#define HEADER_OEM_ID        10
#define HEADER_OEM_TABLE_ID  16
#define HEADER_NR_NODES      36
#define HEADER_NODES         40

uint32_t __init iort_le32(const struct iort_reader *r, size_t off)
{
    const uint8_t *p = r->table + off;

    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t __init iort_le64(const struct iort_reader *r, size_t off)
{
    return iort_le32(r, off) | (uint64_t)iort_le32(r, off + 4) << 32;
}

/* @nr characters of the header, without what a console may not be sent. */
static const char *__init header_text(const struct iort_reader *r,
                                      unsigned int off, unsigned int nr,
                                      char *buf)
{
    unsigned int i;

    for ( i = 0; i < nr && r->size >= IORT_HEADER_SIZE && r->table[off + i];
          i++ )
    {
        uint8_t c = r->table[off + i];

        buf[i] = c >= ' ' && c < 0x7f ? c : '?';
    }
    buf[i] = '\0';

    return buf;
}

void __init iort_say(const struct iort_reader *r, const char *level,
                     uint32_t at, const char *why)
{
    char oem[7], id[9];

    if ( !r->quiet )
        printk("%sIORT of \"%s\" \"%s\": at %#x: %s\n", level,
               header_text(r, HEADER_OEM_ID, 6, oem),
               header_text(r, HEADER_OEM_TABLE_ID, 8, id), at, why);
}

int __init iort_bad(const struct iort_reader *r, uint32_t at, const char *why)
{
    iort_say(r, XENLOG_ERR, at, why);

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
    case IORT_SMMUV1V2:     return 44;
    case IORT_SMMUV3:       return 44;
    case IORT_RMR:          return 12;

    default:
        break;
    }

    return 0;
}

/* Type and length.  False: there is no node, and nothing behind it. */
static bool __init peek(const struct iort_reader *r, uint32_t off,
                        struct iort_node *n)
{
    *n = (struct iort_node){ .off = off };
    if ( !iort_inside(off, 1, IORT_NODE_SIZE, r->size) )
        return false;

    n->type = r->table[off];
    n->len = r->table[off + 1] | r->table[off + 2] << 8;

    return n->len >= IORT_NODE_SIZE && iort_inside(off, 1, n->len, r->size);
}

int __init iort_read_node(const struct iort_reader *r, uint32_t off,
                          struct iort_node *n)
{
    uint32_t nr, maps;

    if ( !peek(r, off, n) )
        return r->checked ? -EINVAL
                          : iort_bad(r, off, "node of a wrong length: the rest of the table is not used");

    if ( n->len < IORT_NODE_SIZE + data_size(n->type) )
    {
        if ( !r->checked )
            iort_bad(r, off, "node too short for its type: it is not used");
        return -ENODATA;
    }

    nr = iort_le32(r, off + 8);
    maps = iort_le32(r, off + 12);
    n->bad_maps = nr && (maps < IORT_NODE_SIZE ||
                         !iort_inside(maps, nr, IORT_MAPPING_SIZE, n->len));
    if ( n->bad_maps )
    {
        /* Of kinds that nobody asks for mappings, nothing is said. */
        if ( !r->checked && data_size(n->type) )
            iort_bad(r, off, "ID mappings outside of their node: they are not used");
        return 0;
    }

    n->nr_maps = nr;
    n->maps = off + maps;

    return 0;
}

int __init iort_check(struct iort_reader *r)
{
    uint32_t nr, off, i;
    struct iort_node n;
    int rc = 0;

    if ( r->size < IORT_HEADER_SIZE )
        return iort_bad(r, 0, "not used: the table is shorter than its header");

    nr = iort_le32(r, HEADER_NR_NODES);
    off = iort_le32(r, HEADER_NODES);
    if ( nr && (off < IORT_HEADER_SIZE ||
                !iort_inside(off, 1, IORT_NODE_SIZE, r->size)) )
        return iort_bad(r, off, "not used: no node is inside of the table");

    for ( i = 0; i < nr && rc != -EINVAL; i++, off += n.len )
    {
        rc = iort_read_node(r, off, &n);
        r->doubt |= rc == -EINVAL ||
                    (n.type == IORT_ROOT_COMPLEX && (rc || n.bad_maps));
    }

    /* Whoever had no first node has none at all. */
    if ( rc == -EINVAL && i == 1 )
        return -EINVAL;

    r->checked = true;

    return 0;
}

int __init iort_for_each_node(const struct iort_reader *r, unsigned int types,
                              iort_node_fn *fn, void *arg)
{
    uint32_t nr = iort_le32(r, HEADER_NR_NODES);
    uint32_t off = iort_le32(r, HEADER_NODES), i;
    struct iort_node n;
    int rc = 0;

    for ( i = 0; !rc && i < nr; i++, off += n.len )
    {
        int found = iort_read_node(r, off, &n);

        if ( found == -EINVAL )
            break;
        if ( !found && n.type < 32 && (types & (1u << n.type)) )
            rc = fn(r, &n, arg);
    }

    return rc;
}

/* The type of the node that begins at @ref; < 0: none does. */
static int __init type_at(const struct iort_reader *r, uint32_t ref)
{
    uint32_t nr = iort_le32(r, HEADER_NR_NODES);
    uint32_t off = iort_le32(r, HEADER_NODES);
    struct iort_node n;

    for ( ; nr-- && off <= ref && peek(r, off, &n); off += n.len )
        if ( off == ref )
            return n.type;

    return -1;
}

int __init iort_mapping_at(const struct iort_reader *r,
                           const struct iort_node *n, uint32_t i,
                           struct iort_mapping *m)
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
        return iort_bad(r, off, "ID mapping to what is no node: its IDs stay blocked");
    if ( m->out + (uint64_t)m->nr > ~0u || m->in + (uint64_t)m->nr > ~0u )
        return iort_bad(r, off, "ID mapping of too many IDs: they stay blocked");

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
