/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units of the IVRS (IVHD blocks), and what they say against each other: 48882,
 * §5.2.
 *
 * Firmware describes a unit once for each generation of software: the block of
 * the highest kind is read and the others are not.
 *
 * A unit whose registers cannot be used is lost: nobody translates or blocks
 * what is behind it, so that this is dom0's alone.  It stays in the list, since
 * its devices may be in a wider range of another's.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/inttypes.h>

#include "ivrs-parse.h"

static void __init lose(const struct ivrs_parse *p, struct amd_ivhd *ivhd,
                        const char *why)
{
    if ( ivhd->lost )
        return;

    ivhd->lost = true;
    ivrs_warn(p->out, ivhd->offset,
              "unit at %#"PRIpaddr" is not used: %s: its devices are not translated and stay with dom0",
              ivhd->base, why);
}

static bool __init same_unit(const struct ivrs_ivhd *a,
                             const struct ivrs_ivhd *b)
{
    return a->segment == b->segment && a->hdr.devid == b->hdr.devid &&
           a->cap == b->cap;
}

/* The first complete block of the highest kind for the unit of @ivhd. */
static const struct ivrs_ivhd *__init best_block(const struct ivrs_parse *p,
                                                 const struct ivrs_ivhd *ivhd)
{
    const struct ivrs_ivhd *best = NULL;
    const struct ivrs_header *hdr;
    uint32_t off;

    for ( off = sizeof(struct ivrs_table);
          off < p->length && (hdr = ivrs_block_at(p, off)) != NULL;
          off += hdr->length )
    {
        const struct ivrs_ivhd *block = (const void *)hdr;
        unsigned int size = ivhd_header_size(hdr->type);

        if ( size && hdr->length >= size && same_unit(block, ivhd) &&
             (!best || hdr->type > best->hdr.type) )
            best = block;
    }

    return best;
}

static uint64_t __init end_of_registers(const struct amd_ivhd *ivhd)
{
    return ivhd->base + amd_ivhd_regs_size(ivhd) - 1;
}

/* NULL, or why there can be no registers where @ivhd says. */
static const char *__init bad_registers(const struct amd_ivhd *ivhd,
                                        unsigned int width)
{
    if ( !ivhd->base )
        return "it has no registers (firmware has AMD-Vi off or is broken)";
    if ( ivhd->base & (AMD_REGS_SIZE - 1) )
        return "its registers are not aligned";
    if ( end_of_registers(ivhd) < ivhd->base ||
         (end_of_registers(ivhd) >> width) )
        return "its registers are beyond the address width";

    return NULL;
}

/* Can @ivhd exist beside the earlier unit @other? */
static void __init check_pair(const struct ivrs_parse *p, struct amd_ivhd *ivhd,
                              struct amd_ivhd *other)
{
    if ( ivhd->lost || other->lost || ivhd->base > end_of_registers(other) ||
         other->base > end_of_registers(ivhd) )
        return;

    /* It is the lower one whose size reaches into the other. */
    if ( ivhd->base <= other->base )
        lose(p, ivhd, "its registers overlap another unit's");
    if ( other->base <= ivhd->base )
        lose(p, other, "its registers overlap another unit's");
}

/* A second block of the same kind: one unit, with the devices of both. */
static int __init parse_again(const struct ivrs_parse *p, uint32_t off,
                              const struct ivrs_ivhd *from)
{
    struct amd_ivhd *ivhd = p->out->ivhd;

    while ( ivhd->segment != from->segment || ivhd->devid != from->hdr.devid ||
            ivhd->cap != from->cap )
        ivhd++;

    ivrs_warn(p->out, off, "unit %u again: the devices of both blocks are its",
              ivhd->index);
    if ( ivhd->base != from->base )
        lose(p, ivhd, "it is said to have registers at two places");

    return ivrs_parse_entries(p, off + ivhd_header_size(from->hdr.type),
                              off + from->hdr.length, ivhd);
}

static void __init take(const struct ivrs_parse *p, uint32_t off,
                        const struct ivrs_ivhd *from, struct amd_ivhd *ivhd)
{
    ivhd->offset = off;
    ivhd->kind = from->hdr.type;
    ivhd->flags = from->hdr.flags;
    ivhd->segment = from->segment;
    ivhd->devid = from->hdr.devid;
    ivhd->cap = from->cap;
    ivhd->base = from->base;
    ivhd->features = from->features;
    ivhd->has_efr = p->efr_sup && ivhd->kind != IVRS_IVHD_10H;
    if ( ivhd->has_efr )
    {
        ivhd->efr = from->efr;
        ivhd->efr2 = from->efr2;
    }
}

int __init ivrs_parse_ivhd(const struct ivrs_parse *p, uint32_t off)
{
    const struct ivrs_ivhd *from = (const void *)(p->table + off);
    const struct ivrs_ivhd *best = best_block(p, from);
    struct amd_ivrs *out = p->out;
    struct amd_ivhd *ivhd;
    const char *why;
    unsigned int i;
    int rc;

    if ( from != best && from->hdr.type == best->hdr.type )
        return parse_again(p, off, from);
    if ( from != best )
    {
        if ( from->base != best->base )
            ivrs_warn(out, off,
                      "registers at %#"PRIpaddr" are elsewhere in a later kind of block, which is used",
                      (paddr_t)from->base);
        return 0;
    }

    ivhd = &out->ivhd[out->nr_ivhd];
    ivhd->index = out->nr_ivhd++;
    take(p, off, from, ivhd);

    rc = ivrs_parse_entries(p, off + ivhd_header_size(ivhd->kind),
                            off + from->hdr.length, ivhd);
    if ( rc )
        return rc;

    why = bad_registers(ivhd, out->width);
    if ( why )
        lose(p, ivhd, why);
    if ( !ivhd->nr_entries )
        ivrs_warn(out, off, "unit %u has no devices", ivhd->index);

    for ( i = 0; i < ivhd->index; i++ )
        check_pair(p, ivhd, &out->ivhd[i]);

    return 0;
}

/* Of two units or requester IDs of one IO-APIC or HPET, the first is used. */
static void __init check_special(const struct ivrs_parse *p,
                                 const struct amd_ivhd *ivhd,
                                 const struct amd_ivhd_special *special)
{
    const struct amd_ivhd *first;
    uint16_t source;

    first = amd_ivrs_find_special(p->out, special->variety, special->handle,
                                  &source);
    if ( first != ivhd || source != special->source )
        ivrs_warn(p->out, ivhd->offset,
                  "%s %u is %02x:%02x.%u of unit %u already: that is used",
                  special->variety == IVHD_SPECIAL_IOAPIC ? "IO-APIC" : "HPET",
                  special->handle, PCI_BUS(source), PCI_SLOT(source),
                  PCI_FUNC(source), first->index);
}

bool __init ivrs_settle_units(const struct ivrs_parse *p)
{
    struct amd_ivrs *out = p->out;
    unsigned int i, j;

    if ( out->units_missing )
        ivrs_warn(out, p->length,
                  "not all units could be read: devices that are not named one by one stay with dom0");

    for ( i = 0; i < out->nr_ivhd; i++ )
        for ( j = 0; j < out->ivhd[i].nr_specials; j++ )
            check_special(p, &out->ivhd[i], &out->ivhd[i].special[j]);

    for ( i = 0; i < out->nr_ivhd; i++ )
        if ( !out->ivhd[i].lost )
            return true;

    ivrs_error(out, p->length, "not used: no usable unit in the table");

    return false;
}
