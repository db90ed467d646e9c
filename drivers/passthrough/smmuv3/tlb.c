/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TLB side: VMIDs and what has to be invalidated for them.
 *
 * Hardware caches no translation that is not valid (§3.21.1), so additions
 * need nothing.
 */

#include <xen/bitops.h>
#include <xen/errno.h>
#include <xen/lib.h>

#include "smmuv3.h"

/* Without range commands: up to so many pages one by one, else all. */
#define MAX_PAGES SMMU_BATCH_MAX

static int cf_check smmu_tag_alloc(struct iommu_unit *unit, uint32_t *tag)
{
    struct smmu_unit *u = to_smmu(unit);
    unsigned long flags;
    unsigned int vmid;

    spin_lock_irqsave(&unit->lock, flags);
    vmid = find_first_zero_bit(u->vmids, u->nr_vmids);
    if ( vmid < u->nr_vmids )
        __set_bit(vmid, u->vmids);
    spin_unlock_irqrestore(&unit->lock, flags);

    if ( vmid >= u->nr_vmids )
        return -ENOSPC;

    *tag = vmid;

    return 0;
}

static int flush_all(struct smmu_unit *u, uint16_t vmid)
{
    struct smmu_cmd cmd = smmu_cmd_tlbi_vmid(vmid);

    return smmu_run(u, &cmd, 1);
}

static void cf_check smmu_tag_free(struct iommu_unit *unit, uint32_t tag)
{
    struct smmu_unit *u = to_smmu(unit);
    unsigned long flags;

    if ( flush_all(u, tag) )
        return;

    spin_lock_irqsave(&unit->lock, flags);
    __clear_bit(tag, u->vmids);
    spin_unlock_irqrestore(&unit->lock, flags);
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
                               const struct s2_gather *gather)
{
    struct smmu_unit *u = to_smmu(unit);
    struct smmu_cmd cmd[MAX_PAGES];
    unsigned int nr = 0;
    uint64_t dfn;

    if ( !pt_gather_needs_flush(gather, false) )
        return 0;

    if ( gather->start > gather->last )
        return flush_all(u, tag);

    if ( IDR3_RIL(u->idr3) )
        cmd[nr++] = range_cmd(tag, gather->start, gather->last);
    else if ( gather->last - gather->start < MAX_PAGES )
        for ( dfn = gather->start; dfn <= gather->last; dfn++ )
            cmd[nr++] = smmu_cmd_tlbi_page(tag, dfn << PAGE_SHIFT);
    else
        return flush_all(u, tag);

    return smmu_run(u, cmd, nr);
}

const struct iommu_tlb_ops smmu_tlb_ops = {
    .tag_alloc = smmu_tag_alloc,
    .tag_free = smmu_tag_free,
    .flush = smmu_flush,
};
