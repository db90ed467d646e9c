/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device entries of IVHD blocks: 48882, §5.2.
 *
 * The upper bits of an entry's type say how long it is, so that an unknown one
 * can be skipped as long as it is one of those of fixed length.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "ivrs-parse.h"

/* Of the block that is being read. */
struct reader {
    const struct ivrs_parse *p;
    struct amd_ivhd *ivhd;
    bool open;                  /* a range has begun ... */
    uint32_t open_at;           /* ... at this offset ... */
    struct amd_ivhd_entry range;/* ... and says this */
};

/* 0: nobody knows. */
static unsigned int __init entry_size(const uint8_t *entry, uint32_t room)
{
    if ( *entry < 0x80 )
        return 4U << (*entry >> 6);

    if ( *entry == IVHD_DEV_ACPI && room >= IVHD_DEV_ACPI_SIZE )
        return IVHD_DEV_ACPI_SIZE + entry[IVHD_DEV_ACPI_UID_LEN];

    return 0;
}

static void __init add(struct reader *r, const struct amd_ivhd_entry *entry)
{
    r->ivhd->entry[r->ivhd->nr_entries++] = *entry;
}

static void __init add_one(struct reader *r, uint16_t id,
                           struct amd_ivhd_entry entry)
{
    entry.first = entry.last = id;
    entry.rank = AMD_IVHD_SELECT;
    add(r, &entry);
}

static void __init open_range(struct reader *r, uint32_t off, uint16_t first,
                              struct amd_ivhd_entry entry)
{
    r->range = entry;
    r->range.first = first;
    r->range.rank = entry.has_alias ? AMD_IVHD_ALIAS_RANGE : AMD_IVHD_RANGE;
    r->open = true;
    r->open_at = off;
}

/* A range without its other end names nobody knows which devices. */
static void __init drop_range(struct reader *r)
{
    if ( !r->open )
        return;

    ivrs_warn(r->p->out, r->open_at,
              "range of devices from %02x:%02x.%u on has no end: left out",
              PCI_BUS(r->range.first), PCI_SLOT(r->range.first),
              PCI_FUNC(r->range.first));
    r->ivhd->partial = true;
    r->open = false;
}

static void __init close_range(struct reader *r, uint32_t off, uint16_t last)
{
    if ( !r->open || last < r->range.first )
    {
        ivrs_warn(r->p->out, off, "%s: left out",
                  r->open ? "range of devices ends before it begins"
                          : "end of a range of devices that has no beginning");
        r->ivhd->partial = true;
    }
    else
    {
        r->range.last = last;
        add(r, &r->range);
    }
    r->open = false;
}

static void __init parse4(struct reader *r, uint32_t off,
                          const struct ivrs_entry4 *from)
{
    struct amd_ivhd_entry entry = { .dte = from->dte };

    switch ( from->type )
    {
    case IVHD_DEV_ALL:
        entry.last = UINT16_MAX;
        entry.rank = AMD_IVHD_ALL;
        add(r, &entry);
        break;

    case IVHD_DEV_SELECT:
        add_one(r, from->devid, entry);
        break;

    case IVHD_DEV_RANGE:
        open_range(r, off, from->devid, entry);
        break;

    case IVHD_DEV_RANGE_END:
        close_range(r, off, from->devid);
        break;

    default:
        break;
    }
}

/*
 * An IO-APIC that the machine lacks is nobody's concern: it is not asked for.
 */
static void __init take_special(struct reader *r, uint32_t off,
                                const struct ivrs_entry8 *from)
{
    struct amd_ivhd_special *special;
    struct amd_ivhd_entry entry = { .dte = from->dte, .special = true };

    if ( from->variety != IVHD_SPECIAL_IOAPIC &&
         from->variety != IVHD_SPECIAL_HPET )
    {
        ivrs_warn(r->p->out, off, "special device of unknown kind %u ignored",
                  from->variety);
        return;
    }

    special = &r->ivhd->special[r->ivhd->nr_specials++];
    special->variety = from->variety;
    special->handle = from->handle;
    special->source = from->source;
    add_one(r, from->source, entry);
}

static void __init parse8(struct reader *r, uint32_t off,
                          const struct ivrs_entry8 *from)
{
    struct amd_ivhd_entry plain = { .dte = from->dte };
    struct amd_ivhd_entry alias = {
        .dte = from->dte, .has_alias = true, .alias = from->source,
    };
    struct amd_ivhd_entry ext = {
        .dte = from->dte, .no_ats = from->ext & IVHD_EXT_ATS_DISABLED,
    };

    /* What requests carry is the unit's as well, and what is said of it. */
    plain.special = true;

    switch ( from->type )
    {
    case IVHD_DEV_ALIAS:
        add_one(r, from->source, plain);
        add_one(r, from->devid, alias);
        break;

    case IVHD_DEV_ALIAS_RANGE:
        add_one(r, from->source, plain);
        open_range(r, off, from->devid, alias);
        break;

    case IVHD_DEV_EXT:
        add_one(r, from->devid, ext);
        break;

    case IVHD_DEV_EXT_RANGE:
        open_range(r, off, from->devid, ext);
        break;

    case IVHD_DEV_SPECIAL:
        take_special(r, off, from);
        break;

    default:
        break;
    }
}

static bool __init is_padding(uint8_t type)
{
    return type == IVHD_DEV_PAD4 || type == IVHD_DEV_PAD8;
}

static bool __init is_known(uint8_t type)
{
    switch ( type )
    {
    case IVHD_DEV_ALL ... IVHD_DEV_RANGE_END:
    case IVHD_DEV_ALIAS ... IVHD_DEV_ALIAS_RANGE:
    case IVHD_DEV_EXT ... IVHD_DEV_SPECIAL:
        return true;

    default:
        break;
    }

    return false;
}

/* ACPI devices and padding say nothing that is needed here. */
static void __init parse_entry(struct reader *r, uint32_t off)
{
    const uint8_t *entry = r->p->table + off;

    if ( *entry == IVHD_DEV_ACPI || is_padding(*entry) )
        return;

    if ( *entry != IVHD_DEV_RANGE_END )
        drop_range(r);

    if ( !is_known(*entry) )
    {
        ivrs_warn(r->p->out, off, "device entry of unknown type %#x ignored",
                  *entry);
        r->ivhd->partial = true;
    }
    else if ( *entry < IVHD_DEV_PAD8 )
        parse4(r, off, (const void *)entry);
    else
        parse8(r, off, (const void *)entry);
}

/* Room for @nr more; alias entries become two each. */
static int __init make_room(struct amd_ivhd *ivhd, unsigned int nr)
{
    struct amd_ivhd_entry *entry;
    struct amd_ivhd_special *special;

    entry = xrealloc_array(ivhd->entry, ivhd->nr_entries + nr);
    if ( !entry )
        return -ENOMEM;
    ivhd->entry = entry;

    special = xrealloc_array(ivhd->special, ivhd->nr_specials + nr);
    if ( !special )
        return -ENOMEM;
    ivhd->special = special;

    return 0;
}

int __init ivrs_parse_entries(const struct ivrs_parse *p, uint32_t off,
                              uint32_t end, struct amd_ivhd *ivhd)
{
    struct reader r = { .p = p, .ivhd = ivhd };
    unsigned int size, most = (end - off) / sizeof(struct ivrs_entry4);

    if ( most && make_room(ivhd, most) )
        return -ENOMEM;

    for ( ; off < end; off += size )
    {
        size = entry_size(p->table + off, end - off);
        if ( !size || size > end - off )
        {
            ivrs_warn(p->out, off,
                      "device entry of type %#x does not fit into its block: the rest of that is lost",
                      p->table[off]);
            ivhd->partial = true;
            break;
        }

        parse_entry(&r, off);
    }

    drop_range(&r);

    return 0;
}
