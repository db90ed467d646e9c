/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DMAR parser: from firmware's bytes to struct vtd_dmar.
 *
 * The table is not trusted.  Every length is checked against what contains it
 * before anything behind it is read, and what contradicts itself (two units
 * for one device, or at one address) refuses the whole table: half of a wrong
 * table would leave devices behind no unit at all.
 *
 * VT-d architecture specification, rev 4.1, chapter 8.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/inttypes.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "dmar.h"

#define dmar_error(off, fmt, args...) \
    printk(XENLOG_ERR "DMAR: offset %#x: " fmt "\n", off, ## args)
#define dmar_warn(off, fmt, args...) \
    printk(XENLOG_WARNING "DMAR: offset %#x: " fmt "\n", off, ## args)

/* Names, and smallest lengths without scopes or name. */
static const __initconst struct {
    char name[5];
    uint8_t length;
} structures[DMAR_NR_TYPES] = {
    [DMAR_TYPE_DRHD] = { "DRHD", sizeof(struct dmar_drhd) },
    [DMAR_TYPE_RMRR] = { "RMRR", sizeof(struct dmar_rmrr) },
    [DMAR_TYPE_ATSR] = { "ATSR", sizeof(struct dmar_atsr) },
    [DMAR_TYPE_RHSA] = { "RHSA", sizeof(struct dmar_rhsa) },
    [DMAR_TYPE_ANDD] = { "ANDD", sizeof(struct dmar_andd) },
    [DMAR_TYPE_SATC] = { "SATC", sizeof(struct dmar_satc) },
    [DMAR_TYPE_SIDP] = { "SIDP", sizeof(struct dmar_sidp) },
};

/* Length of the scope at @off of a structure that ends at @end, or -EINVAL. */
static int __init check_scope(const uint8_t *table, uint32_t off, uint32_t end)
{
    const struct dmar_scope *scope = (const void *)(table + off);
    const struct dmar_path *path = (const void *)(scope + 1);
    unsigned int i, nr;

    if ( end - off < sizeof(*scope) || scope->length < sizeof(*scope) ||
         scope->length > end - off )
    {
        dmar_error(off, "device scope does not fit into its structure");
        return -EINVAL;
    }

    if ( !scope->type || scope->type > DMAR_SCOPE_NAMESPACE )
    {
        dmar_warn(off, "device scope of unknown type %u ignored", scope->type);
        return scope->length;
    }

    nr = (scope->length - sizeof(*scope)) / sizeof(*path);
    if ( (scope->length - sizeof(*scope)) % sizeof(*path) || !nr ||
         nr > VTD_SCOPE_PATH_MAX )
    {
        dmar_error(off, "device scope with a path of %zu bytes",
                   scope->length - sizeof(*scope));
        return -EINVAL;
    }

    for ( i = 0; i < nr; i++ )
        if ( path[i].dev > 0x1f || path[i].fn > 7 )
        {
            dmar_error(off, "device scope with impossible path element %x.%x",
                       path[i].dev, path[i].fn);
            return -EINVAL;
        }

    return scope->length;
}

/* The scopes in [@off, @end). */
static int __init parse_scopes(const uint8_t *table, uint32_t off,
                               uint32_t end, struct vtd_scopes *scopes)
{
    unsigned int nr = 0;
    uint32_t pos;
    int len;

    for ( pos = off; pos < end; pos += len, nr++ )
    {
        len = check_scope(table, pos, end);
        if ( len < 0 )
            return len;
    }

    if ( !nr )
        return 0;

    scopes->scope = xzalloc_array(struct vtd_scope, nr);
    if ( !scopes->scope )
        return -ENOMEM;

    for ( pos = off; pos < end; )
    {
        const struct dmar_scope *from = (const void *)(table + pos);
        struct vtd_scope *to = &scopes->scope[scopes->nr];

        pos += from->length;
        if ( !from->type || from->type > DMAR_SCOPE_NAMESPACE )
            continue;

        to->type = from->type;
        to->enum_id = from->enum_id;
        to->start_bus = from->start_bus;
        to->nr_path = (from->length - sizeof(*from)) / sizeof(*to->path);
        memcpy(to->path, from + 1, to->nr_path * sizeof(*to->path));
        scopes->nr++;
    }

    return 0;
}

static bool __init is_pci_scope(const struct vtd_scope *scope)
{
    return scope->type == DMAR_SCOPE_ENDPOINT ||
           scope->type == DMAR_SCOPE_SUB_HIERARCHY;
}

/*
 * Do two scopes name one device?  The numbers of IO-APICs, HPETs and ACPI
 * devices are unique on the machine, PCI paths on their segment.
 */
static bool __init same_device(const struct vtd_scope *a, uint16_t seg_a,
                               const struct vtd_scope *b, uint16_t seg_b)
{
    if ( !is_pci_scope(a) )
        return a->type == b->type && a->enum_id == b->enum_id;

    return is_pci_scope(b) && seg_a == seg_b &&
           a->start_bus == b->start_bus && a->nr_path == b->nr_path &&
           !memcmp(a->path, b->path, a->nr_path * sizeof(*a->path));
}

/* Can @drhd, read from @off, exist beside the earlier unit @other? */
static int __init check_pair(uint32_t off, const struct vtd_drhd *drhd,
                             const struct vtd_drhd *other)
{
    unsigned int i, j;

    if ( drhd->base < other->base + other->size &&
         other->base < drhd->base + drhd->size )
    {
        dmar_error(off, "registers at %"PRIpaddr" overlap those of unit %u",
                   drhd->base, other->index);
        return -EINVAL;
    }

    if ( drhd->segment == other->segment && other->include_pci_all )
    {
        if ( drhd->include_pci_all )
        {
            dmar_error(off, "second INCLUDE_PCI_ALL unit on segment %04x",
                       drhd->segment);
            return -EINVAL;
        }
        dmar_warn(off, "unit behind the INCLUDE_PCI_ALL one of segment %04x",
                  drhd->segment);
    }

    for ( i = 0; i < drhd->scopes.nr; i++ )
        for ( j = 0; j < other->scopes.nr; j++ )
        {
            const struct vtd_scope *scope = &drhd->scopes.scope[i];

            if ( !same_device(scope, drhd->segment,
                              &other->scopes.scope[j], other->segment) )
                continue;

            dmar_error(off, "device (type %u, id %u, path %02x:%02x.%u...) belongs to unit %u already",
                       scope->type, scope->enum_id, scope->start_bus,
                       scope->path[0].dev, scope->path[0].fn, other->index);
            return -EINVAL;
        }

    return 0;
}

static int __init parse_drhd(const uint8_t *table, uint32_t off, uint32_t end,
                             struct vtd_dmar *out)
{
    const struct dmar_drhd *from = (const void *)(table + off);
    struct vtd_drhd *drhd = &out->drhd[out->nr_drhd];
    unsigned int i;
    int rc;

    drhd->index = out->nr_drhd++;
    drhd->segment = from->segment;
    drhd->include_pci_all = from->flags & DMAR_DRHD_INCLUDE_PCI_ALL;
    drhd->base = from->base;
    drhd->size = PAGE_SIZE << (from->size & DMAR_DRHD_SIZE_MASK);

    if ( !drhd->base || (drhd->base & (PAGE_SIZE - 1)) ||
         drhd->base + drhd->size < drhd->base )
    {
        dmar_error(off, "impossible register address %"PRIpaddr, drhd->base);
        return -EINVAL;
    }

    rc = parse_scopes(table, off + sizeof(*from), end, &drhd->scopes);
    if ( rc )
        return rc;

    if ( !drhd->scopes.nr && !drhd->include_pci_all )
        dmar_warn(off, "unit %u has no devices", drhd->index);

    for ( i = 0; i < drhd->index; i++ )
    {
        rc = check_pair(off, drhd, &out->drhd[i]);
        if ( rc )
            return rc;
    }

    return 0;
}

static int __init parse_rmrr(const uint8_t *table, uint32_t off, uint32_t end,
                             struct vtd_dmar *out)
{
    const struct dmar_rmrr *from = (const void *)(table + off);
    struct vtd_rmrr *rmrr = &out->rmrr[out->nr_rmrr];
    int rc = parse_scopes(table, off + sizeof(*from), end, &rmrr->scopes);

    if ( rc )
        return rc;

    rmrr->segment = from->segment;
    rmrr->base = from->base;
    rmrr->limit = from->limit;

    if ( rmrr->base > rmrr->limit || (rmrr->base & (PAGE_SIZE - 1)) ||
         (~rmrr->limit & (PAGE_SIZE - 1)) ||
         (out->width < 64 && (rmrr->limit >> out->width)) )
    {
        dmar_warn(off, "RMRR [%"PRIpaddr",%"PRIpaddr"] ignored: not a range of pages",
                  rmrr->base, rmrr->limit);
        XFREE(rmrr->scopes.scope);
        memset(rmrr, 0, sizeof(*rmrr));
        return 0;
    }

    out->nr_rmrr++;

    return 0;
}

static int __init parse_atsr(const uint8_t *table, uint32_t off, uint32_t end,
                             struct vtd_dmar *out)
{
    const struct dmar_atsr *from = (const void *)(table + off);
    struct vtd_atsr *atsr = &out->atsr[out->nr_atsr++];

    atsr->segment = from->segment;
    atsr->all_ports = from->flags & DMAR_ATSR_ALL_PORTS;

    return parse_scopes(table, off + sizeof(*from), end, &atsr->scopes);
}

static int __init parse_rhsa(const uint8_t *table, uint32_t off, uint32_t end,
                             struct vtd_dmar *out)
{
    const struct dmar_rhsa *from = (const void *)(table + off);
    struct vtd_rhsa *rhsa = &out->rhsa[out->nr_rhsa++];

    rhsa->base = from->base;
    rhsa->proximity = from->proximity;

    return 0;
}

static int __init parse_andd(const uint8_t *table, uint32_t off, uint32_t end,
                             struct vtd_dmar *out)
{
    const struct dmar_andd *from = (const void *)(table + off);
    struct vtd_andd *andd = &out->andd[out->nr_andd++];
    const char *name = (const char *)(from + 1);
    uint32_t i, len = end - off - sizeof(*from);

    for ( i = 0; i < len && name[i]; i++ )
    {
        if ( i == VTD_ANDD_NAME_MAX - 1 || name[i] <= ' ' || name[i] > '~' )
            break;
        andd->name[i] = name[i];
    }

    if ( i == len || name[i] || !i )
    {
        dmar_error(off, "ANDD without a usable device name");
        return -EINVAL;
    }

    andd->number = from->number;

    return 0;
}

static int __init parse_satc(const uint8_t *table, uint32_t off, uint32_t end,
                             struct vtd_dmar *out)
{
    const struct dmar_satc *from = (const void *)(table + off);
    struct vtd_satc *satc = &out->satc[out->nr_satc++];

    satc->segment = from->segment;
    satc->atc_required = from->flags & DMAR_SATC_ATC_REQUIRED;

    return parse_scopes(table, off + sizeof(*from), end, &satc->scopes);
}

static int __init parse_sidp(const uint8_t *table, uint32_t off, uint32_t end,
                             struct vtd_dmar *out)
{
    const struct dmar_sidp *from = (const void *)(table + off);
    struct vtd_sidp *sidp = &out->sidp[out->nr_sidp++];

    sidp->segment = from->segment;

    return parse_scopes(table, off + sizeof(*from), end, &sidp->scopes);
}

static int __init parse_structure(const uint8_t *table, uint32_t off,
                                  struct vtd_dmar *out)
{
    const struct dmar_header *hdr = (const void *)(table + off);
    uint32_t end = off + hdr->length;

    switch ( hdr->type )
    {
    case DMAR_TYPE_DRHD: return parse_drhd(table, off, end, out);
    case DMAR_TYPE_RMRR: return parse_rmrr(table, off, end, out);
    case DMAR_TYPE_ATSR: return parse_atsr(table, off, end, out);
    case DMAR_TYPE_RHSA: return parse_rhsa(table, off, end, out);
    case DMAR_TYPE_ANDD: return parse_andd(table, off, end, out);
    case DMAR_TYPE_SATC: return parse_satc(table, off, end, out);
    case DMAR_TYPE_SIDP: return parse_sidp(table, off, end, out);
    }

    /* §8.2: software skips what it does not know. */
    dmar_warn(off, "structure of unknown type %u ignored", hdr->type);

    return 0;
}

/* Check the ACPI header and the sum of all bytes. */
static int __init check_table(const struct dmar_table *table, size_t len)
{
    const uint8_t *bytes = (const void *)table;
    uint8_t sum = 0;
    uint32_t i;

    if ( len < sizeof(*table) || table->length < sizeof(*table) ||
         table->length > len )
    {
        dmar_error(0, "table of %zu bytes is truncated", len);
        return -EINVAL;
    }

    if ( memcmp(table->signature, DMAR_SIGNATURE, sizeof(table->signature)) )
    {
        dmar_error(0, "signature is not " DMAR_SIGNATURE);
        return -EINVAL;
    }

    for ( i = 0; i < table->length; i++ )
        sum += bytes[i];
    if ( sum )
    {
        dmar_error((uint32_t)offsetof(struct dmar_table, checksum),
                   "checksum is off by %#x", sum);
        return -EINVAL;
    }

    if ( !table->width || table->width >= 64 )
    {
        dmar_error((uint32_t)offsetof(struct dmar_table, width),
                   "host address width of %u bits", table->width + 1);
        return -EINVAL;
    }

    return 0;
}

/* Check that structures tile the table, and count them. */
static int __init count_structures(const uint8_t *table, uint32_t length,
                                   unsigned int nr[DMAR_NR_TYPES])
{
    uint32_t off;

    for ( off = sizeof(struct dmar_table); off < length; )
    {
        const struct dmar_header *hdr = (const void *)(table + off);

        if ( length - off < sizeof(*hdr) || hdr->length < sizeof(*hdr) ||
             hdr->length > length - off )
        {
            dmar_error(off, "structure does not fit into the table");
            return -EINVAL;
        }

        if ( hdr->type < DMAR_NR_TYPES )
        {
            if ( hdr->length < structures[hdr->type].length )
            {
                dmar_error(off, "%s of %u bytes is too short",
                           structures[hdr->type].name, hdr->length);
                return -EINVAL;
            }
            nr[hdr->type]++;
        }

        off += hdr->length;
    }

    if ( !nr[DMAR_TYPE_DRHD] )
    {
        dmar_error(length, "no remapping unit in the table");
        return -EINVAL;
    }

    return 0;
}

#define ALLOC_ARRAY(ptr, nr) \
    (!(nr) || ((ptr) = xzalloc_array(typeof(*(ptr)), nr)) != NULL)

int __init vtd_dmar_parse(const void *table, size_t len, struct vtd_dmar *out)
{
    const struct dmar_table *header = table;
    unsigned int nr[DMAR_NR_TYPES] = {};
    uint32_t off;
    int rc;

    memset(out, 0, sizeof(*out));

    rc = check_table(header, len);
    if ( rc )
        return rc;

    rc = count_structures(table, header->length, nr);
    if ( rc )
        return rc;

    if ( !ALLOC_ARRAY(out->drhd, nr[DMAR_TYPE_DRHD]) ||
         !ALLOC_ARRAY(out->rmrr, nr[DMAR_TYPE_RMRR]) ||
         !ALLOC_ARRAY(out->atsr, nr[DMAR_TYPE_ATSR]) ||
         !ALLOC_ARRAY(out->rhsa, nr[DMAR_TYPE_RHSA]) ||
         !ALLOC_ARRAY(out->andd, nr[DMAR_TYPE_ANDD]) ||
         !ALLOC_ARRAY(out->satc, nr[DMAR_TYPE_SATC]) ||
         !ALLOC_ARRAY(out->sidp, nr[DMAR_TYPE_SIDP]) )
        rc = -ENOMEM;

    out->width = header->width + 1;
    out->intr_remap = header->flags & DMAR_FLAG_INTR_REMAP;
    out->x2apic_opt_out = header->flags & DMAR_FLAG_X2APIC_OPT_OUT;
    out->dma_ctrl_opt_in = header->flags & DMAR_FLAG_DMA_CTRL_OPT_IN;

    for ( off = sizeof(*header); !rc && off < header->length;
          off += ((const struct dmar_header *)(table + off))->length )
        rc = parse_structure(table, off, out);

    if ( rc == -ENOMEM )
        dmar_error(off, "out of memory");
    if ( rc )
        vtd_dmar_free(out);

    return rc;
}

#define FREE_SCOPED(ptr, nr) do {                       \
    for ( i = 0; i < (nr); i++ )                        \
        xfree((ptr)[i].scopes.scope);                   \
    xfree(ptr);                                         \
} while ( 0 )

void vtd_dmar_free(struct vtd_dmar *dmar)
{
    unsigned int i;

    FREE_SCOPED(dmar->drhd, dmar->nr_drhd);
    FREE_SCOPED(dmar->rmrr, dmar->nr_rmrr);
    FREE_SCOPED(dmar->atsr, dmar->nr_atsr);
    FREE_SCOPED(dmar->satc, dmar->nr_satc);
    FREE_SCOPED(dmar->sidp, dmar->nr_sidp);
    xfree(dmar->rhsa);
    xfree(dmar->andd);

    memset(dmar, 0, sizeof(*dmar));
}
