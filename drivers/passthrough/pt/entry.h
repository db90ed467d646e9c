/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and building single entries. */
#ifndef IOMMU_GROUPS_PT_ENTRY_H
#define IOMMU_GROUPS_PT_ENTRY_H

#include "format.h"

#define PT_ENTRIES (1u << PT_LEVEL_BITS)

/* Frames that an entry of @level covers. */
static always_inline uint64_t pt_span(unsigned int level)
{
    return 1ULL << (PT_LEVEL_BITS * (level - 1));
}

/* Entries in the table at @level; only the root may have more than 512. */
static always_inline unsigned int pt_table_entries(const struct pt *pt,
                                                   unsigned int level)
{
    return PT_ENTRIES << (level == pt->cfg.levels ? pt->root_order : 0);
}

/*
 * The index of @dfn's entry.  @dfn is within the width, so that the root's
 * needs no mask.
 */
static always_inline unsigned int pt_slot(const struct pt *pt, uint64_t dfn,
                                          unsigned int level)
{
    unsigned int index = dfn >> (PT_LEVEL_BITS * (level - 1));

    return level == pt->cfg.levels ? index : index & (PT_ENTRIES - 1);
}

static always_inline bool pt_is_table(const struct pt_desc *f, uint64_t e,
                                      unsigned int level)
{
    if ( f->next_level )
        return level > 1 && (e & f->next_level);

    return level > 1 && (e & f->table_mask) == f->table_match;
}

/* Of an entry that is present. */
static always_inline bool pt_is_leaf(const struct pt_desc *f, uint64_t e,
                                     unsigned int level)
{
    return !pt_is_table(f, e, level);
}

static always_inline uint64_t pt_frame(const struct pt_desc *f, uint64_t e)
{
    return (e >> f->pfn_shift) & ((1ULL << f->pfn_bits) - 1);
}

/* All other bits of an entry that points to a table are known. */
static always_inline uint64_t *pt_child(const struct pt_desc *f, uint64_t e)
{
    e = f->valid || f->next_level ? e & ~(f->table | f->next_level)
                                  : e - f->table;

    return maddr_to_virt((paddr_t)(e << (PAGE_SHIFT - f->pfn_shift)));
}

/* The entry that points to @table, of @level. */
static always_inline uint64_t pt_table_entry(const struct pt_desc *f,
                                             const uint64_t *table,
                                             unsigned int level)
{
    return ((uint64_t)(virt_to_maddr(table) >> PAGE_SHIFT) << f->pfn_shift) |
           f->table | MASK_INSR((uint64_t)level, f->next_level);
}

/* From one leaf of @level to the next in a run of contiguous frames. */
static always_inline uint64_t pt_step(const struct pt_desc *f,
                                      unsigned int level)
{
    return 1ULL << (f->pfn_shift + PT_LEVEL_BITS * (level - 1));
}

/* The bits of a leaf that depend on its size. */
static always_inline uint64_t pt_size_bits(const struct pt_desc *f,
                                           unsigned int level)
{
    return level == 1 ? f->page : f->block;
}

/*
 * The leaf @e (or, for a split, the first of its parts) as a leaf of @level;
 * valid even if @e is broken, as it is not reachable yet.
 */
static always_inline uint64_t pt_resize(const struct pt_desc *f, uint64_t e,
                                        unsigned int level)
{
    return (e & ~(f->page | f->block)) | pt_size_bits(f, level);
}

/* @prot as the bits of a leaf, less frame and size. */
static always_inline uint64_t pt_encode(const struct pt_desc *f,
                                        unsigned int prot)
{
    return f->leaf |
           ((prot & PT_PROT_R) ? f->read : 0) |
           ((prot & PT_PROT_W) ? f->write : 0) |
           ((prot & PT_PROT_X) ? f->exec : f->noexec) |
           ((prot & PT_PROT_SNP) ? f->snoop : 0) |
           ((prot & PT_PROT_DEV) ? f->device : f->memory);
}

static always_inline unsigned int pt_decode(const struct pt_desc *f,
                                            uint64_t e)
{
    unsigned int prot = 0;

    BUILD_BUG_ON(PT_PROT_R != 1 || PT_PROT_W != 2);

    /* Two bits side by side in most formats. */
    if ( f->write == f->read << 1 )
        prot = (e / f->read) & (PT_PROT_R | PT_PROT_W);
    else
    {
        if ( (f->leaf | e) & f->read )
            prot |= PT_PROT_R;
        if ( e & f->write )
            prot |= PT_PROT_W;
    }

    if ( f->exec ? e & f->exec : f->noexec && !(e & f->noexec) )
        prot |= PT_PROT_X;
    if ( e & f->snoop )
        prot |= PT_PROT_SNP;
    if ( (f->memory & ~f->device) && !(e & f->memory & ~f->device) )
        prot |= PT_PROT_DEV;

    return prot;
}

#endif /* IOMMU_GROUPS_PT_ENTRY_H */
