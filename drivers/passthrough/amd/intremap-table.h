/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping tables of a unit: what intremap*.c share. */
#ifndef AMD_INTREMAP_TABLE_H
#define AMD_INTREMAP_TABLE_H

#include <xen/bitmap.h>

#include <iommu-arch.h>

#include "intremap.h"
#include "irte.h"

/* IDs of one device; only added, while the table is in use. */
struct amd_ir_ids {
    struct amd_ir_ids *next;
    struct iommu_ids ids;
};

/* (l): amd_ir.lock, (p): amd_ir.tables_lock, (c): constant. */
struct amd_ir_table {
    struct list_head list;          /* (p) of all of the unit */
    void *entries;                  /* (c) AMD_IR_ENTRIES, as u->ga says */
    unsigned int users;             /* (p) IDs that lead to it */
    struct amd_ir_ids *ids;         /* (p) to write: these, and earlier ones */
    /* (l) bit per entry */
    unsigned long used[BITS_TO_LONGS(AMD_IR_ENTRIES)];
};

struct amd_ir_id {
    struct amd_ir_table *table;     /* (p) to write; NULL: no device */
    unsigned int devices;           /* (p) that have the ID */
};

struct amd_ir_bus {
    struct amd_ir_id id[256];
};

struct amd_ir {
    /* Tables and their IDs.  Group lock or pcidevs_lock held; before lock. */
    spinlock_t tables_lock;
    spinlock_t lock;
    struct amd_ir_bus *bus[256];    /* (p) to write; NULL: no device yet */
    struct list_head tables;        /* (p) */
    bool on;                        /* (l) for device table entries */
    bool resume;                    /* on at suspend */
};

/* The table of @id, or NULL. */
static inline struct amd_ir_table *amd_ir_table_of(const struct amd_ir *ir,
                                                   uint16_t id)
{
    const struct amd_ir_bus *bus = read_atomic(&ir->bus[id >> 8]);

    return bus ? read_atomic(&bus->id[id & 0xff].table) : NULL;
}

static inline size_t amd_irte_size(const struct amd_ir_unit *u)
{
    return u->ga ? sizeof(struct iommu_ir_entry) : sizeof(uint32_t);
}

static inline struct amd_ir_cmd amd_cmd_devtab(uint16_t id)
{
    return (struct amd_ir_cmd){ .lo = AMD_CMD_DEVTAB | id };
}

static inline struct amd_ir_cmd amd_cmd_intr(uint16_t id)
{
    return (struct amd_ir_cmd){ .lo = AMD_CMD_INTR | id };
}

static inline void amd_ir_clean(const struct amd_ir_unit *u, const void *p,
                                size_t size)
{
    if ( !u->coherent )
        arch_iommu_cache_clean(p, size);
}

/* u->ir, with tables for IO-APICs and HPETs.  Boot.  0, -ENOMEM, -EBUSY. */
int amd_ir_alloc(struct amd_ir_unit *u);

/*
 * The interrupt part of all device table entries: as tables and firmware say,
 * or (@on false) such that interrupts pass.  Boot; the unit is to be told.
 */
void amd_ir_fill(struct amd_ir_unit *u, bool on);

#endif /* AMD_INTREMAP_TABLE_H */
