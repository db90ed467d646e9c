/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the IVRS parser share: ivrs.c walks the table, the others
 * know one kind of block each.
 */

#ifndef AMD_IVRS_PARSE_H
#define AMD_IVRS_PARSE_H

#include <xen/lib.h>

#include "ivrs.h"

/* One line for each bad or unusual entry, and one for a refused table. */
#define ivrs_warn(ivrs, off, fmt, args...) \
    printk(XENLOG_WARNING IVRS_AT fmt "\n", IVRS_AT_ARGS(ivrs, off), ## args)
#define ivrs_error(ivrs, off, fmt, args...) \
    printk(XENLOG_ERR IVRS_AT fmt "\n", IVRS_AT_ARGS(ivrs, off), ## args)

struct ivrs_parse {
    const uint8_t *table;
    uint32_t length;
    bool efr_sup;               /* images of the feature registers are valid */
    struct amd_ivrs *out;
};

/* Bytes of an IVHD's header, by its kind; 0: it is no IVHD. */
static inline unsigned int ivhd_header_size(uint8_t type)
{
    switch ( type )
    {
    case IVRS_IVHD_10H:
        return IVHD_10H_SIZE;
    case IVRS_IVHD_11H:
    case IVRS_IVHD_40H:
        return sizeof(struct ivrs_ivhd);

    default:
        break;
    }

    return 0;
}

static inline bool ivrs_is_ivmd(uint8_t type)
{
    return type >= IVRS_IVMD_ALL && type <= IVRS_IVMD_UNIT;
}

/* The block at @off, or NULL: it does not fit into the table. */
const struct ivrs_header *ivrs_block_at(const struct ivrs_parse *p,
                                        uint32_t off);

/* The block at @off, whose header is complete.  0 or -ENOMEM. */
int ivrs_parse_ivhd(const struct ivrs_parse *p, uint32_t off);
void ivrs_parse_ivmd(const struct ivrs_parse *p, uint32_t off);

/*
 * Takes in the device entries in [@off, @end).  One that cannot be is left out
 * with one line; behind one whose length cannot be, nothing more can be read.
 * @ivhd has those that it had before, too.  0 or -ENOMEM.
 */
int ivrs_parse_entries(const struct ivrs_parse *p, uint32_t off, uint32_t end,
                       struct amd_ivhd *ivhd);

/*
 * After the last block: what units say against each other.  False, with one
 * line: there is no unit that could be used.
 */
bool ivrs_settle_units(const struct ivrs_parse *p);

#endif /* AMD_IVRS_PARSE_H */
