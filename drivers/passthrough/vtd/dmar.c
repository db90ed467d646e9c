/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DMAR parser: from firmware's bytes to struct vtd_dmar.
 *
 * The table is not trusted.  Every length is checked against what contains it
 * before anything behind it is read.  A bad entry costs what depends on it,
 * with one line that names its offset and the firmware's maker: an unreadable
 * length the rest of what contains it, a scope the device that it names, a
 * structure itself.  Who translates a device is never guessed: see
 * dmar-unit.c.
 *
 * VT-d architecture specification, rev 4.1, chapter 8.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "dmar-parse.h"

/*
 * More than any machine's table has, and little
 * enough to compare all with all.
 */
#define DMAR_MAX_LENGTH         0x10000

/* What physical addresses can have: where the table says nothing believable. */
#define DMAR_MAX_WIDTH          52
#define DMAR_MIN_WIDTH          12

static const struct {
    char name[5];
    uint8_t length;             /* smallest, without scopes or name */
    int (*parse)(struct dmar_parse *p, uint32_t off, uint32_t end);
} kinds[DMAR_NR_TYPES] __initconstrel = {
    [DMAR_TYPE_DRHD] = { "DRHD", sizeof(struct dmar_drhd), dmar_parse_drhd },
    [DMAR_TYPE_RMRR] = { "RMRR", sizeof(struct dmar_rmrr), dmar_parse_rmrr },
    [DMAR_TYPE_ATSR] = { "ATSR", sizeof(struct dmar_atsr), dmar_parse_atsr },
    [DMAR_TYPE_RHSA] = { "RHSA", sizeof(struct dmar_rhsa), dmar_parse_rhsa },
    [DMAR_TYPE_ANDD] = { "ANDD", sizeof(struct dmar_andd), dmar_parse_andd },
    [DMAR_TYPE_SATC] = { "SATC", sizeof(struct dmar_satc), dmar_parse_satc },
    [DMAR_TYPE_SIDP] = { "SIDP", sizeof(struct dmar_sidp), dmar_parse_sidp },
};

/* Firmware's words for people, with nothing in them that a terminal obeys. */
static void __init take_oem(char *to, const char *from, unsigned int len)
{
    unsigned int i;

    while ( len && (from[len - 1] == ' ' || !from[len - 1]) )
        len--;

    for ( i = 0; i < len; i++ )
        to[i] = from[i] > ' ' && from[i] <= '~' ? from[i] : '_';

    if ( !len )
        to[0] = '-';
}

/*
 * The ACPI header.  As Linux and Xen's ACPI code do, a checksum that is off is
 * reported and no more: firmware patches tables and forgets it, and what is
 * wrong inside is found by itself.
 */
static int __init check_header(const struct dmar_table *table, size_t len,
                               struct vtd_dmar *out)
{
    const uint8_t *bytes = (const void *)table;
    uint8_t sum = 0;
    uint32_t i;

    take_oem(out->oem_id, "", 0);
    take_oem(out->oem_table_id, "", 0);

    if ( len < sizeof(*table) || table->length < sizeof(*table) ||
         table->length > len )
    {
        dmar_error(out, 0, "table of %zu bytes is truncated", len);
        return -EINVAL;
    }

    take_oem(out->oem_id, table->oem_id, sizeof(table->oem_id));
    take_oem(out->oem_table_id, table->oem_table_id,
             sizeof(table->oem_table_id));

    if ( memcmp(table->signature, DMAR_SIGNATURE, sizeof(table->signature)) )
    {
        dmar_error(out, 0, "signature is not " DMAR_SIGNATURE);
        return -EINVAL;
    }

    if ( table->length > DMAR_MAX_LENGTH )
    {
        dmar_error(out, 0, "table of %u bytes: no machine has as many units",
                   table->length);
        return -EINVAL;
    }

    for ( i = 0; i < table->length; i++ )
        sum += bytes[i];
    if ( sum )
        dmar_warn(out, (uint32_t)offsetof(struct dmar_table, checksum),
                  "checksum is off by %#x", sum);

    out->width = table->width + 1;
    if ( table->width < DMAR_MIN_WIDTH - 1 || table->width >= DMAR_MAX_WIDTH )
    {
        dmar_warn(out, (uint32_t)offsetof(struct dmar_table, width),
                  "host address width of %u bits: taken as %u",
                  table->width + 1, DMAR_MAX_WIDTH);
        out->width = DMAR_MAX_WIDTH;
    }

    out->intr_remap = table->flags & DMAR_FLAG_INTR_REMAP;
    out->x2apic_opt_out = table->flags & DMAR_FLAG_X2APIC_OPT_OUT;
    out->dma_ctrl_opt_in = table->flags & DMAR_FLAG_DMA_CTRL_OPT_IN;

    return 0;
}

static const struct dmar_header *__init header_at(const struct dmar_parse *p,
                                                  uint32_t off)
{
    const struct dmar_header *hdr = (const void *)(p->table + off);

    return p->length - off < sizeof(*hdr) || hdr->length < sizeof(*hdr) ||
           hdr->length > p->length - off ? NULL : hdr;
}

#define ALLOC_ARRAY(ptr, nr) \
    (!(nr) || ((ptr) = xzalloc_array(typeof(*(ptr)), nr)) != NULL)

/* Room for all structures that can be reached. */
static int __init make_room(const struct dmar_parse *p)
{
    struct vtd_dmar *out = p->out;
    unsigned int nr[DMAR_NR_TYPES] = {};
    const struct dmar_header *hdr;
    uint32_t off;

    for ( off = sizeof(struct dmar_table);
          off < p->length && (hdr = header_at(p, off)) != NULL;
          off += hdr->length )
        if ( hdr->type < DMAR_NR_TYPES )
            nr[hdr->type]++;

    if ( ALLOC_ARRAY(out->drhd, nr[DMAR_TYPE_DRHD]) &&
         ALLOC_ARRAY(out->rmrr, nr[DMAR_TYPE_RMRR]) &&
         ALLOC_ARRAY(out->atsr, nr[DMAR_TYPE_ATSR]) &&
         ALLOC_ARRAY(out->rhsa, nr[DMAR_TYPE_RHSA]) &&
         ALLOC_ARRAY(out->andd, nr[DMAR_TYPE_ANDD]) &&
         ALLOC_ARRAY(out->satc, nr[DMAR_TYPE_SATC]) &&
         ALLOC_ARRAY(out->sidp, nr[DMAR_TYPE_SIDP]) )
        return 0;

    return -ENOMEM;
}

static int __init parse_structure(struct dmar_parse *p, uint32_t off,
                                  const struct dmar_header *hdr)
{
    /* §8.2: software skips what it does not know. */
    if ( hdr->type >= DMAR_NR_TYPES )
    {
        dmar_warn(p->out, off, "structure of unknown type %u ignored",
                  hdr->type);
        return 0;
    }

    if ( hdr->length < kinds[hdr->type].length )
    {
        dmar_warn(p->out, off, "%s of %u bytes is too short: ignored",
                  kinds[hdr->type].name, hdr->length);
        p->units_missing |= hdr->type == DMAR_TYPE_DRHD;
        return 0;
    }

    return kinds[hdr->type].parse(p, off, off + hdr->length);
}

/*
 * §8.2 orders structures by type, so that units are missing behind one that
 * does not end only where nothing but units came before.
 */
static int __init parse_structures(struct dmar_parse *p)
{
    bool only_units = true;
    uint32_t off = sizeof(struct dmar_table);

    while ( off < p->length )
    {
        const struct dmar_header *hdr = header_at(p, off);
        int rc;

        if ( !hdr )
        {
            dmar_warn(p->out, off,
                      "structure does not fit into the table: the rest is lost");
            p->units_missing |= only_units;
            break;
        }

        rc = parse_structure(p, off, hdr);
        if ( rc )
            return rc;

        only_units &= hdr->type == DMAR_TYPE_DRHD;
        off += hdr->length;
    }

    return 0;
}

int __init vtd_dmar_parse(const void *table, size_t len, struct vtd_dmar *out)
{
    const struct dmar_table *header = table;
    struct dmar_parse p = { .table = table, .out = out };
    int rc;

    memset(out, 0, sizeof(*out));

    rc = check_header(header, len, out);
    if ( !rc )
    {
        p.length = header->length;
        rc = make_room(&p) ?: parse_structures(&p);
    }

    if ( rc == -ENOMEM )
        dmar_error(out, 0, "out of memory");
    else if ( !rc && !dmar_settle_units(&p) )
        rc = -EINVAL;

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
