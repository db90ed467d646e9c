/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IVRS parser: from firmware's bytes to struct amd_ivrs.
 *
 * The table is not trusted.  Every length is checked against what contains it
 * before anything behind it is read.  A bad entry costs what depends on it,
 * with one line that names its offset and the firmware's maker: an unreadable
 * length the rest of what contains it, a device entry the devices that it
 * names, a block itself.
 *
 * AMD's specification 48882, §5.2.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "ivrs-parse.h"

/*
 * More than any machine's table has, and little
 * enough to compare all with all.
 */
#define IVRS_MAX_LENGTH         0x10000

/* What physical addresses can have: where the table says nothing believable. */
#define IVRS_MAX_WIDTH          52
#define IVRS_MIN_WIDTH          32

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

static void __init take_info(const struct ivrs_table *table,
                             struct ivrs_parse *p)
{
    unsigned int width = IVRS_INFO_PA_SIZE(table->info);

    p->efr_sup = table->info & IVRS_INFO_EFR_SUP;
    p->out->width = width;
    if ( width >= IVRS_MIN_WIDTH && width <= IVRS_MAX_WIDTH )
        return;

    ivrs_warn(p->out, (uint32_t)offsetof(struct ivrs_table, info),
              "physical addresses of %u bits: taken as %u", width,
              IVRS_MAX_WIDTH);
    p->out->width = IVRS_MAX_WIDTH;
}

/*
 * The ACPI header.  As Linux and Xen's ACPI code do, a checksum that is off is
 * reported and no more: firmware patches tables and forgets it, and what is
 * wrong inside is found by itself.
 */
static int __init check_header(const struct ivrs_table *table, size_t len,
                               struct ivrs_parse *p)
{
    struct amd_ivrs *out = p->out;
    uint8_t sum = 0;
    uint32_t i;

    take_oem(out->oem_id, "", 0);
    take_oem(out->oem_table_id, "", 0);

    if ( len < sizeof(*table) || table->length < sizeof(*table) ||
         table->length > len )
    {
        ivrs_error(out, 0, "table of %zu bytes is truncated", len);
        return -EINVAL;
    }

    take_oem(out->oem_id, table->oem_id, sizeof(table->oem_id));
    take_oem(out->oem_table_id, table->oem_table_id,
             sizeof(table->oem_table_id));

    if ( memcmp(table->signature, IVRS_SIGNATURE, sizeof(table->signature)) )
    {
        ivrs_error(out, 0, "signature is not " IVRS_SIGNATURE);
        return -EINVAL;
    }

    if ( table->length > IVRS_MAX_LENGTH )
    {
        ivrs_error(out, 0, "table of %u bytes: no machine has as many units",
                   table->length);
        return -EINVAL;
    }

    for ( i = 0; i < table->length; i++ )
        sum += p->table[i];
    if ( sum )
        ivrs_warn(out, (uint32_t)offsetof(struct ivrs_table, checksum),
                  "checksum is off by %#x", sum);

    p->length = table->length;
    take_info(table, p);

    return 0;
}

const struct ivrs_header *__init ivrs_block_at(const struct ivrs_parse *p,
                                               uint32_t off)
{
    const struct ivrs_header *hdr = (const void *)(p->table + off);

    return p->length - off < sizeof(*hdr) || hdr->length < sizeof(*hdr) ||
           hdr->length > p->length - off ? NULL : hdr;
}

/* Room for all blocks that can be reached. */
static int __init make_room(const struct ivrs_parse *p)
{
    struct amd_ivrs *out = p->out;
    unsigned int nr_ivhd = 0, nr_ivmd = 0;
    const struct ivrs_header *hdr;
    uint32_t off;

    for ( off = sizeof(struct ivrs_table);
          off < p->length && (hdr = ivrs_block_at(p, off)) != NULL;
          off += hdr->length )
    {
        nr_ivhd += ivhd_header_size(hdr->type) != 0;
        nr_ivmd += ivrs_is_ivmd(hdr->type);
    }

    /* One more than are kept: whatever is read has a place. */
    nr_ivmd = min(nr_ivmd, AMD_IVMD_MAX_BLOCKS + 1U);

    if ( (nr_ivhd && !(out->ivhd = xzalloc_array(struct amd_ivhd, nr_ivhd))) ||
         (nr_ivmd && !(out->ivmd = xzalloc_array(struct amd_ivmd, nr_ivmd))) )
        return -ENOMEM;

    return 0;
}

static int __init parse_block(const struct ivrs_parse *p, uint32_t off,
                              const struct ivrs_header *hdr)
{
    unsigned int size = ivrs_is_ivmd(hdr->type) ? sizeof(struct ivrs_ivmd)
                                                : ivhd_header_size(hdr->type);

    /* Software skips what it does not know. */
    if ( !size )
    {
        ivrs_warn(p->out, off, "block of unknown type %#x ignored", hdr->type);
        return 0;
    }

    if ( hdr->length < size )
    {
        ivrs_warn(p->out, off, "block %#x of %u bytes is too short: ignored",
                  hdr->type, hdr->length);
        p->out->units_missing |= !ivrs_is_ivmd(hdr->type);
        return 0;
    }

    if ( !ivrs_is_ivmd(hdr->type) )
        return ivrs_parse_ivhd(p, off);

    ivrs_parse_ivmd(p, off);

    return 0;
}

/* Room that firmware did not use. */
static bool __init zeroes_from(const struct ivrs_parse *p, uint32_t off)
{
    while ( off < p->length && !p->table[off] )
        off++;

    return off == p->length;
}

/*
 * Units may be missing behind a block that does not end: blocks come in any
 * order, an IVMD before the 40h block of the same unit among them.
 */
static int __init parse_blocks(const struct ivrs_parse *p)
{
    uint32_t off = sizeof(struct ivrs_table);

    while ( off < p->length )
    {
        const struct ivrs_header *hdr = ivrs_block_at(p, off);
        int rc;

        if ( !hdr && zeroes_from(p, off) )
            break;

        if ( !hdr )
        {
            ivrs_warn(p->out, off,
                      "block does not fit into the table: the rest is lost");
            p->out->units_missing = true;
            break;
        }

        rc = parse_block(p, off, hdr);
        if ( rc )
            return rc;

        off += hdr->length;
    }

    return 0;
}

int __init amd_ivrs_parse(const void *table, size_t len, struct amd_ivrs *out)
{
    struct ivrs_parse p = { .table = table, .out = out };
    int rc;

    memset(out, 0, sizeof(*out));

    rc = check_header(table, len, &p) ?: make_room(&p) ?: parse_blocks(&p);

    if ( rc == -ENOMEM )
        ivrs_error(out, 0, "out of memory");
    else if ( !rc && !ivrs_settle_units(&p) )
        rc = -EINVAL;

    if ( rc )
        amd_ivrs_free(out);

    return rc;
}

void amd_ivrs_free(struct amd_ivrs *ivrs)
{
    unsigned int i;

    for ( i = 0; i < ivrs->nr_ivhd; i++ )
    {
        xfree(ivrs->ivhd[i].entry);
        xfree(ivrs->ivhd[i].special);
    }
    xfree(ivrs->ivhd);
    xfree(ivrs->ivmd);

    memset(ivrs, 0, sizeof(*ivrs));
}
