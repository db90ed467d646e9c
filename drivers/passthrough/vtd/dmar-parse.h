/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the DMAR parser share: dmar.c walks the table, the others
 * know one kind of structure each.
 */

#ifndef VTD_DMAR_PARSE_H
#define VTD_DMAR_PARSE_H

#include <xen/lib.h>

#include "dmar.h"

/* One line for each bad or unusual entry, and one for a refused table. */
#define dmar_warn(dmar, off, fmt, args...) \
    printk(XENLOG_WARNING DMAR_AT fmt "\n", DMAR_AT_ARGS(dmar, off), ## args)
#define dmar_error(dmar, off, fmt, args...) \
    printk(XENLOG_ERR DMAR_AT fmt "\n", DMAR_AT_ARGS(dmar, off), ## args)

struct dmar_parse {
    const uint8_t *table;
    uint32_t length;
    struct vtd_dmar *out;
    /* A unit of some segment could not be read: devices may be behind it. */
    bool units_missing;
    /* Offset of an INCLUDE_PCI_ALL unit without registers; 0: none. */
    uint32_t off_without_registers;
};

/*
 * Takes in the scopes in [@off, @end).  A scope that cannot be is left out with
 * one line; behind one whose length cannot be, nothing more can be read.
 * *@lost is set if a PCI device may have been named there.  0 or -ENOMEM.
 */
int dmar_parse_scopes(const struct dmar_parse *p, uint32_t off, uint32_t end,
                      struct vtd_scopes *scopes, bool *lost);

/* The structure at @off, which ends at @end.  0 or -ENOMEM. */
int dmar_parse_drhd(struct dmar_parse *p, uint32_t off, uint32_t end);
int dmar_parse_rmrr(struct dmar_parse *p, uint32_t off, uint32_t end);
int dmar_parse_atsr(struct dmar_parse *p, uint32_t off, uint32_t end);
int dmar_parse_rhsa(struct dmar_parse *p, uint32_t off, uint32_t end);
int dmar_parse_andd(struct dmar_parse *p, uint32_t off, uint32_t end);
int dmar_parse_satc(struct dmar_parse *p, uint32_t off, uint32_t end);
int dmar_parse_sidp(struct dmar_parse *p, uint32_t off, uint32_t end);

/*
 * After the last structure: settles what units that could not be read mean for
 * the others.  False, with one line: there is no unit that could be used.
 */
bool dmar_settle_units(const struct dmar_parse *p);

#endif /* VTD_DMAR_PARSE_H */
