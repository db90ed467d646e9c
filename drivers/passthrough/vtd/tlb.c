/* SPDX-License-Identifier: GPL-2.0-only */
/* The TLB side: what has to be invalidated for a domain ID. */

#include <xen/lib.h>

#include "vtd.h"

/*
 * Runs @desc and the same range's invalidation of every device TLB under @did,
 * all of which must come after the IOTLB's (§6.5.2.5).
 */
static int flush(struct vtd_unit *u, uint16_t did, struct vtd_desc iotlb,
                 uint64_t addr, unsigned int order)
{
    struct vtd_desc desc[VTD_BATCH_MAX];
    unsigned int nr = 1;
    uint32_t serial = 0, seen;
    bool full;
    int rc;

    desc[0] = iotlb;
    vtd_quirks_begin(u);
    do {
        bool twice = false;

        seen = read_atomic(&u->unit.dev_tlb_serial);

        nr += vtd_ats_collect(u, did, addr, order, &serial, &desc[nr],
                              ARRAY_SIZE(desc) - nr, &twice);
        rc = nr ? vtd_invalidate(u, desc, nr) : 0;
        if ( !rc && twice )
            rc = vtd_invalidate(u, desc, nr);
        full = nr == ARRAY_SIZE(desc);
        nr = 0;
        /* A new one may have learnt from the unit what went only now. */
    } while ( !rc && (full || read_atomic(&u->unit.dev_tlb_serial) != seen) );
    vtd_quirks_end(u);

    return rc;
}

static int cf_check vtd_flush_tag(struct iommu_unit *unit, uint32_t tag)
{
    struct vtd_unit *u = to_vtd_unit(unit);

    return flush(u, tag, vtd_desc_iotlb_domain(vtd_drain(u), tag), 0, 52);
}

/* Least n so that 2^n aligned pages hold @first and @last. */
static unsigned int cover_order(uint64_t first, uint64_t last)
{
    unsigned int order = 0;

    while ( (first >> order) != (last >> order) )
        order++;

    return order;
}

static int cf_check vtd_flush(struct iommu_unit *unit, uint32_t tag,
                              const struct pt_gather *gather)
{
    struct vtd_unit *u = to_vtd_unit(unit);
    uint64_t drain = vtd_drain(u), addr;
    unsigned int order;
    struct vtd_desc desc;

    /* Only additions: nothing is cached but in caching mode (§6.1). */
    if ( !pt_gather_needs_flush(gather, CAP_CM(u->cap)) )
        return vtd_write_buffer_flush(u);

    if ( vtd_write_buffer_flush(u) )
        return -EIO;

    order = gather->start <= gather->last
            ? cover_order(gather->start, gather->last) : 52;
    addr = order < 52 ? (gather->start >> order) << (order + PAGE_SHIFT) : 0;

    if ( CAP_PSI(u->cap) && order <= CAP_MAMV(u->cap) )
        /* Paging-structure caches hold no leaves: spare them if they may. */
        desc = vtd_desc_iotlb_pages(drain, tag, addr, order,
                                    !gather->nr_freed && !gather->added);
    else
        desc = vtd_desc_iotlb_domain(drain, tag);

    return flush(u, tag, desc, addr, order);
}

const struct iommu_tlb_ops vtd_tlb_ops = {
    .flush_tag = vtd_flush_tag,
    .flush = vtd_flush,
};
