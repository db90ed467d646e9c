/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a page-table format is: data, and the functions that the walker
 * (walk.h) becomes when the compiler specialises it for that data.
 */
#ifndef IOMMU_GROUPS_PT_FORMAT_H
#define IOMMU_GROUPS_PT_FORMAT_H

#include <iommu-groups/pt.h>

/*
 * The entries of a format.  An entry of 0 is not present; every other one is,
 * for software.  Levels count from 1, the one of 4 KiB leaves.  All constant,
 * and passed by pointer to a constant to always-inline functions.
 */
struct pt_desc {
    unsigned int max_levels; /* of all tables with these entries */
    unsigned int pfn_shift;  /* lowest bit of the frame number */
    unsigned int pfn_bits;
    uint64_t table;          /* bits of an entry that points to a table */
    uint64_t leaf;           /* bits of any leaf */
    uint64_t page;           /* in addition, of a leaf at level 1 */
    uint64_t block;          /* in addition, of a leaf above */
    uint64_t table_mask;     /* above level 1, points to a table if these ... */
    uint64_t table_match;    /* ... bits have this value, which is not 0 */
    uint64_t next_level;     /* or: the field with the level of the table that
                                an entry points to, 0 in leaves; else 0 */
    uint64_t read, write, exec, noexec, snoop;
    uint64_t memory, device; /* memory type of RAM, of device memory */
    uint64_t perms;          /* bits that may change without a break */
    uint64_t valid;          /* break-before-make: the bit to break; else 0 */
};

struct pt_format {
    const char *name;
    uint8_t min_levels, max_levels;
    uint8_t max_out_bits;
    uint8_t root_bits;       /* the root may be 2^root_bits tables ... */
    bool root_fixed;         /* ... and always is, whatever the width */
    unsigned int need_prot;  /* PT_PROT_* without which there is no leaf */
    long (*map)(struct pt *pt, uint64_t dfn, uint64_t mfn, unsigned long nr,
                unsigned int prot, struct pt_gather *g);
    long (*unmap)(struct pt *pt, uint64_t dfn, unsigned long nr,
                  struct pt_gather *g);
    int (*lookup)(const struct pt *pt, uint64_t dfn, struct pt_leaf *leaf);
    /* Break-before-make formats only. */
    void (*make)(struct pt *pt, struct pt_gather *g);
    /* Queue @table's child tables on pt->dying; @nr entries. */
    void (*disband)(struct pt *pt, const uint64_t *table, unsigned int nr);
};

#endif /* IOMMU_GROUPS_PT_FORMAT_H */
