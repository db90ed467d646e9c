/* SPDX-License-Identifier: GPL-2.0-only */
/* The TLB side: what has to be invalidated for a GSCID. */

#include <xen/lib.h>

#include "rviommu.h"

static int cf_check rv_flush_tag(struct iommu_unit *unit, uint32_t tag)
{
    const struct rv_cmd cmd[] = { rv_cmd_vma(tag), rv_cmd_gvma(tag) };

    return rv_cmdq_run(to_rv_unit(unit), cmd, ARRAY_SIZE(cmd));
}

/*
 * §6.3.5.  A command with an address reaches leaves only, so tables that go
 * need the one for the whole tag.
 */
static int cf_check rv_flush(struct iommu_unit *unit, uint32_t tag,
                             const struct pt_gather *gather)
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
    .flush_tag = rv_flush_tag,
    .flush = rv_flush,
};
