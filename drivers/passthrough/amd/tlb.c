/* SPDX-License-Identifier: GPL-2.0-only */
/* The TLB side: what has to be invalidated for a domain ID. */

#include <xen/lib.h>

#include <iommu-groups/ats.h>

#include "amd.h"

/* Device TLBs under @domain, as many as there is room for. */
static unsigned int collect(struct amd_unit *u, uint16_t domain, uint64_t addr,
                            unsigned int order, uint32_t *serial,
                            struct amd_cmd *cmd, unsigned int room, bool *twice)
{
    const struct iommu_dev *dev;
    unsigned long flags;
    unsigned int nr = 0;

    /* The lock is what CPUs that flush have in common. */
    if ( !read_atomic(&u->unit.dev_tlb_serial) )
        return 0;

    spin_lock_irqsave(&u->unit.lock, flags);
    while ( nr < room && (dev = iommu_ats_next(&u->unit, domain, serial)) )
    {
        cmd[nr++] = amd_cmd_iotlb(dev->id, dev->dev_tlb.depth, addr, order);
        *twice |= dev->dev_tlb.twice;
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return nr;
}

/* The unit's own pages first: what a device asks for anew comes from there. */
static int flush(struct amd_unit *u, uint16_t domain, uint64_t addr,
                 unsigned int order, bool tables)
{
    struct amd_cmd cmd[AMD_BATCH_MAX];
    unsigned int nr = 0;
    uint32_t serial = 0, seen;
    bool full;
    int rc;

    cmd[nr++] = amd_cmd_pages(domain, addr, order, tables);
    do {
        bool twice = false;

        seen = read_atomic(&u->unit.dev_tlb_serial);

        nr += collect(u, domain, addr, order, &serial, &cmd[nr],
                      ARRAY_SIZE(cmd) - nr, &twice);
        rc = nr ? amd_invalidate(u, cmd, nr) : 0;
        if ( !rc && twice )
            rc = amd_invalidate(u, cmd, nr);
        full = nr == ARRAY_SIZE(cmd);
        nr = 0;
        /* A new one may have learnt from the unit what went only now. */
    } while ( !rc && (full || read_atomic(&u->unit.dev_tlb_serial) != seen) );

    return rc;
}

static int cf_check amd_flush_tag(struct iommu_unit *unit, uint32_t tag)
{
    return flush(to_amd_unit(unit), tag, 0, 52, true);
}

/* Least n so that 2^n aligned pages hold @first and @last. */
static unsigned int cover_order(uint64_t first, uint64_t last)
{
    unsigned int order = 0;

    while ( (first >> order) != (last >> order) )
        order++;

    return order;
}

static int cf_check amd_flush(struct iommu_unit *unit, uint32_t tag,
                              const struct pt_gather *gather)
{
    struct amd_unit *u = to_amd_unit(unit);
    unsigned int order = 52;
    uint64_t addr = 0;

    /* Only additions: nothing is cached but with NpCache. */
    if ( !pt_gather_needs_flush(gather, unit->flush_on_map) )
        return 0;

    if ( gather->start <= gather->last )
        order = cover_order(gather->start, gather->last);
    if ( order < 51 )
        addr = (gather->start >> order) << (order + PAGE_SHIFT);

    /* Cached directories hold no leaves: spare them if they may stay. */
    return flush(u, tag, addr, order, gather->nr_freed || gather->added);
}

const struct iommu_tlb_ops amd_tlb_ops = {
    .flush_tag = amd_flush_tag,
    .flush = amd_flush,
};
