/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables for stage-2 translation: ranges of device frames (dfn) to ranges
 * of machine frames (mfn).
 *
 * One walker serves every format.  It descends once for a range, uses the
 * largest leaf that fits, splits a leaf that is changed in part, merges a table
 * whose entries have become one leaf, and frees tables that became empty.
 *
 * Rules that hold for every call:
 * - The caller holds the lock of the table (DESIGN section 5, no. 4), with
 *   interrupts enabled: tables are allocated under it.
 * - Hardware may walk the table meanwhile.  After each single store it sees,
 *   for every dfn, the old or the new translation; see below for the one
 *   exception.
 * - A failure leaves the table, its counters and the gather as they were.
 * - Nothing is flushed here.  The gather says what to flush, and owns the
 *   pages that hardware may still reach until then.
 * - There is no preemption inside a call: choose @nr with care.
 *
 * Break-before-make.  Arm (DDI 0487, D8.16.1 "Using break-before-make")
 * forbids to replace one valid entry by another that differs in address,
 * attributes or size, unless a flush comes between.  For such a format the
 * engine stores the new entry with its valid bit clear, which software treats
 * as present and hardware as a fault, and records it in the gather.  After the
 * flush the caller takes the lock again and calls pt_make(), which sets the
 * valid bits and cannot fail:
 *
 *     lock; pt_map(); unlock;  flush;  if ( pt_gather_broken(g) )
 *     { lock; pt_make(); unlock; }  pt_gather_release();
 *
 * Where the walker may change the size of a leaf without a break
 * (SMMU_IDR3.BBML == 2), pt_config.bbml2 avoids it for that case.  Without it
 * the engine does not merge leaves, and only splits where it must.  Leaves are
 * not merged either while one of them is broken.
 */
#ifndef IOMMU_GROUPS_PT_H
#define IOMMU_GROUPS_PT_H

#include <xen/mm.h>
#include <xen/numa.h>
#include <xen/types.h>

/* What a mapping permits, and attributes.  A format ignores what it lacks. */
#define PT_PROT_R    (1u << 0)
#define PT_PROT_W    (1u << 1)
#define PT_PROT_X    (1u << 2)
#define PT_PROT_SNP  (1u << 3)  /* accesses snoop whatever the device says */
#define PT_PROT_DEV  (1u << 4)  /* device memory */

#define PT_MAX_LEVELS 6
#define PT_LEVEL_BITS 9

/* Leaf sizes, for pt_config.leaf_orders. */
#define PT_LEAF_4K (1u << 0)
#define PT_LEAF_2M (1u << 1)
#define PT_LEAF_1G (1u << 2)

struct pt_format;
extern const struct pt_format pt_vtd;      /* VT-d second stage, 3..5 levels */
extern const struct pt_format pt_amd;      /* AMD-Vi host tables, 4..6 levels */
extern const struct pt_format pt_arm_s2;   /* Arm stage 2, 4 KiB, 3..4 levels */
extern const struct pt_format pt_sv39x4;   /* RISC-V G-stage, 3 levels */
extern const struct pt_format pt_sv48x4;   /* 4 levels */
extern const struct pt_format pt_sv57x4;   /* 5 levels */

struct pt_config {
    const struct pt_format *fmt;
    uint8_t levels;
    uint8_t in_bits;      /* width of a device address, in bits */
    uint8_t out_bits;     /* width of a machine address, in bits */
    uint8_t leaf_orders;  /* PT_LEAF_*; 4K is implied, 1G only beside 2M */
    bool coherent;        /* the walker snoops the caches */
    bool snoop;           /* PT_PROT_SNP in every leaf: unit must have it */
    bool bbml2;           /* see break-before-make above */
    nodeid_t node;        /* where tables are allocated, or NUMA_NO_NODE */
};

/* Is a table of the one what the other asks for, wherever it is allocated? */
bool pt_config_same(const struct pt_config *a, const struct pt_config *b);

/* All fields: lock of the table. Not to be moved once initialised. */
struct pt {
    uint64_t *root;
    uint64_t *leaf;             /* level 1 table last used, or NULL ... */
    struct page_info *leaf_pg;  /* ... its descriptor ... */
    uint64_t leaf_dfn;          /* ... and the first dfn that it serves */
    uint64_t last_attr;         /* bits of leaves of any size that the last
                                   mapping had ... */
    unsigned int last_prot;     /* ... for this PT_PROT_*; ~0u: none yet */
    uint64_t dfn_limit;         /* first dfn beyond the width; 0: destroyed */
    uint64_t mfn_limit;         /* constant; likewise for mfns */
    struct pt_config cfg;       /* constant after pt_init() */
    unsigned int root_order;    /* constant; of pages */
    unsigned int root_shift;    /* constant; dfn >> this: the root's index */
    unsigned long tables;       /* pages, the root's included */
    unsigned long leaves[PT_MAX_LEVELS]; /* leaf entries; [0]: 4 KiB, ... */
    struct page_list_head dying; /* tables for pt_destroy() to free */
    bool aliased;               /* see pt_alias() */
};

/* What has to be flushed, and the pages that wait for it. */
struct pt_gather {
    uint64_t start, last;       /* dfns changed; none when start > last */
    uint64_t brk_start, brk_last; /* of these, broken: see pt_make() */
    unsigned int nr_ranges;     /* disjoint ranges that went into it; or 0 */
    bool added;                 /* a non-present entry became present */
    bool modified;              /* a present one changed or went away */
    struct page_list_head freed;
    unsigned long nr_freed;
};

/* Nothing changed; the pages stay. */
static inline void pt_gather_reset(struct pt_gather *g)
{
    g->start = ~0ULL;
    g->last = g->start - 1;
    g->brk_start = 1;
    g->brk_last = 0;
    g->nr_ranges = 0;
    g->added = false;
    g->modified = false;
}

/* Not to be copied by value: use pt_gather_merge(). */
static inline void pt_gather_init(struct pt_gather *g)
{
    pt_gather_reset(g);
    INIT_PAGE_LIST_HEAD(&g->freed);
    g->nr_freed = 0;
}

/* Nothing changed and nothing waits. */
static inline bool pt_gather_empty(const struct pt_gather *g)
{
    return g->start > g->last && !g->nr_freed;
}

/*
 * Whether TLBs can hold something that is wrong now.  @caches_absent: the unit
 * also caches that an entry is not present (VT-d spec 6.1, caching mode).
 */
static inline bool pt_gather_needs_flush(const struct pt_gather *g,
                                         bool caches_absent)
{
    return g->modified || g->nr_freed || (g->added && caches_absent);
}

/* Whether pt_make() is needed after the flush. */
static inline bool pt_gather_broken(const struct pt_gather *g)
{
    return g->brk_start <= g->brk_last;
}

/* Moves everything of @src into @dst; @src is empty then. */
void pt_gather_merge(struct pt_gather *dst, struct pt_gather *src);

/* Frees the pages, and only that: for pt_gather_release(). */
void pt_gather_free(struct pt_gather *g);

/*
 * Frees the pages; @g is empty then.  No lock needed but that of @g.  Only
 * after a flush of [start, last] (and, if nr_freed, of the walk caches) has
 * completed on every unit that uses the table.
 */
static inline void pt_gather_release(struct pt_gather *g)
{
    if ( g->nr_freed )
        pt_gather_free(g);
    pt_gather_reset(g);
}

/*
 * An empty table.  Any width will do that the levels can express, from that of
 * one leaf table (21 bits) on; where hardware ties the two, the driver does.
 * 0; -ENOMEM; -EINVAL: the format has no such level count or widths.
 */
int pt_init(struct pt *pt, const struct pt_config *cfg);

/* Machine address of the root, for the hardware's register or entry. */
paddr_t pt_root(const struct pt *pt);

static inline unsigned int pt_levels(const struct pt *pt)
{
    return pt->cfg.levels;
}

/*
 * Maps every dfn to the one frame @mfn.  The entries share their tables, so
 * that there is one a level; changes are refused from then on (-EBUSY).
 * Hardware does not use @pt yet.  As pt_map(); -EBUSY: not empty.
 */
int pt_alias(struct pt *pt, uint64_t mfn, unsigned int prot);

/*
 * Maps @nr frames from @dfn to @mfn on, replacing what was there.  The same
 * mapping again changes nothing and needs no flush.
 * 0; -ENOMEM; -ERANGE: outside of the widths; -EINVAL: the format cannot
 * express @prot (none of read and write; write without read on RISC-V);
 * -EBUSY: pt_alias()ed.
 */
long pt_map(struct pt *pt, uint64_t dfn, uint64_t mfn, unsigned long nr,
            unsigned int prot, struct pt_gather *g);

/*
 * Removes what is mapped in [@dfn, @dfn + @nr); holes are fine.
 * 0; -ERANGE; -EBUSY: pt_alias()ed; -ENOMEM only when a leaf has to be split.
 */
long pt_unmap(struct pt *pt, uint64_t dfn, unsigned long nr,
              struct pt_gather *g);

/* After the flush of @g: completes broken entries; @g is no more broken. */
void pt_make(struct pt *pt, struct pt_gather *g);

/* What one frame translates to. */
struct pt_leaf {
    uint64_t mfn;          /* the frame's own, in a block as well */
    unsigned int prot;     /* PT_PROT_* */
    unsigned int order;   /* of the leaf that says it, or of a hole: of pages */
};

/*
 * -ENOENT: @dfn is not mapped; of *@leaf only the order is set, and that only
 * if @dfn is within the width.
 */
int pt_lookup(const struct pt *pt, uint64_t dfn, struct pt_leaf *leaf);

/*
 * Hardware does not use the table any more, and lookups find nothing from the
 * first call on.  Frees @budget pages at most; 0 when all are gone, -ERESTART
 * to be called again.
 */
long pt_destroy(struct pt *pt, unsigned long budget);

#endif /* IOMMU_GROUPS_PT_H */
