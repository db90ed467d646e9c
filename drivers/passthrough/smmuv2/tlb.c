/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TLB side: a table's tag is the context bank that leads to it, and that
 * bank's VMID; what has to be invalidated for them.
 *
 * Hardware caches no translation that is not valid, so additions need nothing.
 * Maintenance is two kinds of stores, of which the second says when the first
 * are done; and then what they concern has left the unit.
 */

#include <xen/errno.h>
#include <xen/lib.h>

#include "smmuv2.h"

/* Up to so many pages one by one, else all. */
#define MAX_PAGES 32

/* What is to be forgotten. */
struct inval {
    enum { INVAL_ALL, INVAL_BANK, INVAL_PAGES } what;
    unsigned int bank;
    uint64_t first, last;          /* dfns */
};

/* With 64-bit tables the registers of pages have 64 bits as well. */
static void invalidate_page(const struct smmu2_unit *u, unsigned int bank,
                            uint64_t dfn)
{
    void __iomem *reg = smmu2_cb(u, bank, CB_TLBIIPAS2);

    if ( u->lpae )
        writel(dfn, reg);
    else
        writeq_relaxed(dfn, reg);
}

/* Unit locked.  What to ask whether it is done. */
static const void __iomem *begin(struct smmu2_unit *u, const struct inval *inv)
{
    uint64_t dfn;

    /* Tables are as they are to be before anybody walks them anew. */
    wmb();
    u->unit.nr_commands += 2;
    u->unit.nr_waits++;

    switch ( inv->what )
    {
    case INVAL_PAGES:
        u->unit.nr_commands += inv->last - inv->first;
        for ( dfn = inv->first; dfn <= inv->last; dfn++ )
            invalidate_page(u, inv->bank, dfn);
        writel(0, smmu2_cb(u, inv->bank, CB_TLBSYNC));
        return smmu2_cb(u, inv->bank, CB_TLBSTATUS);

    case INVAL_BANK:
        writel(smmu2_vmid(u, inv->bank), smmu2_gr0(u, GR0_TLBIVMID));
        break;

    case INVAL_ALL:
        writel(0, smmu2_gr0(u, GR0_TLBIALLNSNH));
        break;

    default:
        break;
    }

    writel(0, smmu2_gr0(u, GR0_TLBGSYNC));

    return smmu2_gr0(u, GR0_TLBGSTATUS);
}

/* 0; -EIO: it has failed; -ETIMEDOUT. */
static int run_once(struct smmu2_unit *u, const struct inval *inv)
{
    const void __iomem *status;
    unsigned long flags = smmu2_lock(u);
    bool failed = u->unit.failed;

    if ( !failed )
        status = begin(u, inv);
    smmu2_unlock(u, flags);
    if ( failed )
        return -EIO;

    BUILD_BUG_ON(TLBSTATUS_ACTIVE != TLBGSTATUS_ACTIVE);

    return iommu_wait(status, TLBGSTATUS_ACTIVE, 0) ? 0 : -ETIMEDOUT;
}

static int run(struct smmu2_unit *u, const struct inval *inv)
{
    static const char what[] = "did not complete TLB maintenance";

    for ( ; ; )
    {
        unsigned int seen = read_atomic(&u->unit.nr_revived);
        int rc = run_once(u, inv);

        /* What was asked for before the unit was started anew may be lost. */
        if ( !rc && read_atomic(&u->unit.nr_revived) == seen )
            return 0;
        if ( !rc )
            continue;
        /* During bring-up the caller says so. */
        if ( rc == -EIO || !u->up )
            return -EIO;
        if ( iommu_unit_revive(&u->unit, seen, what) )
            continue;
        iommu_unit_fail(&u->unit, what);
        return -EIO;
    }
}

int smmu2_forget(struct smmu2_unit *u)
{
    const struct inval inv = { .what = INVAL_ALL };

    return run(u, &inv);
}

/*
 * The bank stays as it is: no stream leads to it, until it is set up for the
 * next table.
 */
static int cf_check smmu2_flush_tag(struct iommu_unit *unit, uint32_t tag)
{
    const struct inval inv = { .what = INVAL_BANK, .bank = tag };

    return run(to_smmu2(unit), &inv);
}

static int cf_check smmu2_flush(struct iommu_unit *unit, uint32_t tag,
                                const struct pt_gather *gather)
{
    struct smmu2_unit *u = to_smmu2(unit);
    struct inval inv = { .what = INVAL_BANK, .bank = tag };

    if ( !pt_gather_needs_flush(gather, false) )
        return 0;

    if ( u->desc.version > 1 && gather->start <= gather->last &&
         gather->last - gather->start < MAX_PAGES )
    {
        inv.what = INVAL_PAGES;
        inv.first = gather->start;
        inv.last = gather->last;
    }

    return run(u, &inv);
}

const struct iommu_tlb_ops smmu2_tlb_ops = {
    .flush_tag = smmu2_flush_tag,
    .flush = smmu2_flush,
};
