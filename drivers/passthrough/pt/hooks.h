/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the one format whose entries the including file describes
 * in `desc`, which the compiler specialises them for: PT_HOOKS is what the
 * file's struct pt_format have in common.
 */
#ifndef IOMMU_GROUPS_PT_HOOKS_H
#define IOMMU_GROUPS_PT_HOOKS_H

#include "engine.h"

static const struct pt_desc desc;

static long cf_check map(struct pt *pt, uint64_t dfn, uint64_t mfn,
                         unsigned long nr, unsigned int prot,
                         struct pt_gather *g)
{
    return pt_do_map(&desc, pt, dfn, mfn, nr, prot, g);
}

static long cf_check unmap(struct pt *pt, uint64_t dfn, unsigned long nr,
                           struct pt_gather *g)
{
    return pt_do_unmap(&desc, pt, dfn, nr, g);
}

static int cf_check lookup(const struct pt *pt, uint64_t dfn,
                           struct pt_leaf *leaf)
{
    return pt_do_lookup(&desc, pt, dfn, leaf);
}

static void cf_check disband(struct pt *pt, const uint64_t *table,
                             unsigned int nr)
{
    pt_do_disband(&desc, pt, table, nr);
}

#define PT_HOOKS \
    .map = map, .unmap = unmap, .lookup = lookup, .disband = disband

#endif /* IOMMU_GROUPS_PT_HOOKS_H */
