/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TLB side: what has to be invalidated for a VMID.
 *
 * Hardware caches no translation that is not valid (§3.21.1), so additions
 * need nothing.
 */

#include <xen/errno.h>
#include <xen/lib.h>

#include "smmuv3.h"

/* Without range commands: up to so many pages one by one, else all. */
#define MAX_PAGES SMMU_BATCH_MAX

static int cf_check smmu_flush_tag(struct iommu_unit *unit, uint32_t tag)
{
    struct smmu_cmd cmd = smmu_cmd_tlbi_vmid(tag);

    return smmu_run(to_smmu(unit), &cmd, 1);
}

/*
 * §4.4.1.1: one command for a range, of at most 32 units of a power of two.
 * What it covers too much does no harm.
 */
static struct smmu_cmd range_cmd(uint16_t vmid, uint64_t first, uint64_t last)
{
    unsigned int scale = 0;

    while ( (last >> scale) - (first >> scale) > 31 )
        scale++;

    first >>= scale;
    last >>= scale;
    if ( first == last && !scale )
        return smmu_cmd_tlbi_page(vmid, first << PAGE_SHIFT);

    return smmu_cmd_tlbi_range(vmid, first << (scale + PAGE_SHIFT),
                               last - first, scale);
}

static int cf_check smmu_flush(struct iommu_unit *unit, uint32_t tag,
                               const struct pt_gather *gather)
{
    struct smmu_unit *u = to_smmu(unit);
    struct smmu_cmd cmd[MAX_PAGES];
    unsigned int nr = 0;
    uint64_t dfn;

    if ( !pt_gather_needs_flush(gather, false) )
        return 0;

    if ( gather->start > gather->last )
        return smmu_flush_tag(unit, tag);

    if ( IDR3_RIL(u->idr3) )
        cmd[nr++] = range_cmd(tag, gather->start, gather->last);
    else if ( gather->last - gather->start < MAX_PAGES )
        for ( dfn = gather->start; dfn <= gather->last; dfn++ )
            cmd[nr++] = smmu_cmd_tlbi_page(tag, dfn << PAGE_SHIFT);
    else
        return smmu_flush_tag(unit, tag);

    return smmu_run(u, cmd, nr);
}

const struct iommu_tlb_ops smmu_tlb_ops = {
    .flush_tag = smmu_flush_tag,
    .flush = smmu_flush,
};
