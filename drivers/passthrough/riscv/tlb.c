/* SPDX-License-Identifier: GPL-2.0-only */
/* The TLB side: GSCIDs and what has to be invalidated for them. */

#include <xen/bitops.h>
#include <xen/lib.h>

#include "rviommu.h"

#define NR_GSCIDS (1u << RV_GSCID_BITS)

static int cf_check rv_tag_alloc(struct iommu_unit *unit, uint32_t *tag)
{
    struct rv_unit *u = to_rv_unit(unit);
    unsigned long flags;
    unsigned int id;

    spin_lock_irqsave(&unit->lock, flags);
    id = find_first_zero_bit(u->gscids, NR_GSCIDS);
    if ( id < NR_GSCIDS )
        __set_bit(id, u->gscids);
    spin_unlock_irqrestore(&unit->lock, flags);

    if ( id >= NR_GSCIDS )
        return -ENOSPC;

    *tag = id;

    return 0;
}

static void cf_check rv_tag_free(struct iommu_unit *unit, uint32_t tag)
{
    const struct rv_cmd cmd[] = { rv_cmd_vma(tag), rv_cmd_gvma(tag) };
    struct rv_unit *u = to_rv_unit(unit);
    unsigned long flags;

    if ( rv_cmdq_run(u, cmd, ARRAY_SIZE(cmd)) )
        return;

    spin_lock_irqsave(&unit->lock, flags);
    __clear_bit(tag, u->gscids);
    spin_unlock_irqrestore(&unit->lock, flags);
}

/*
 * §6.3.5.  A command with an address reaches leaves only, so tables that go
 * need the one for the whole tag.
 */
static int cf_check rv_flush(struct iommu_unit *unit, uint32_t tag,
                             const struct s2_gather *gather)
{
    struct rv_unit *u = to_rv_unit(unit);
    struct rv_cmd cmd[RV_FLUSH_PAGES];
    unsigned int nr = 0;
    uint64_t dfn;

    BUILD_BUG_ON(RV_FLUSH_PAGES > RV_BATCH_MAX);

    /* §6.3.9: what is not valid is not cached. */
    if ( !pt_gather_needs_flush(gather, false) )
        return 0;

    if ( gather->nr_freed || gather->start > gather->last ||
         gather->last - gather->start >= RV_FLUSH_PAGES )
        cmd[nr++] = rv_cmd_gvma(tag);
    else
        for ( dfn = gather->start; dfn <= gather->last; dfn++ )
            cmd[nr++] = rv_cmd_gvma_page(tag, dfn << PAGE_SHIFT);

    return rv_cmdq_run(u, cmd, nr);
}

const struct iommu_tlb_ops rv_tlb_ops = {
    .tag_alloc = rv_tag_alloc,
    .tag_free = rv_tag_free,
    .flush = rv_flush,
};
