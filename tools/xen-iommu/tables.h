/* SPDX-License-Identifier: GPL-2.0-only */
/* Firmware's tables as bytes. */
#ifndef XEN_IOMMU_TABLES_H
#define XEN_IOMMU_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum table_kind { TABLE_DMAR, TABLE_IVRS, TABLE_IORT, TABLE_MCFG, TABLE_DTB,
                  NR_TABLES };

struct tables {
    struct table {
        uint8_t *data;            /* NULL: the machine has none */
        size_t len;
        char *from;               /* for messages */
        bool denied;              /* there is one, which this user may not see */
    } table[NR_TABLES];
};

extern const char *const table_names[NR_TABLES];   /* "DMAR" */

/*
 * From the file that the user named: bytes, or text as acpidump and
 * "hexdump -C" print it.  False, after a complaint: it cannot be read, is no
 * such table, or is cut off.
 */
bool tables_file(struct tables *t, enum table_kind kind, const char *file);

/* All that acpidump's text @file has.  False, after a complaint: none. */
bool tables_acpidump(struct tables *t, const char *file);

/* What this machine's kernel shows of firmware. */
void tables_live(struct tables *t);

void tables_free(struct tables *t);

#endif /* XEN_IOMMU_TABLES_H */
