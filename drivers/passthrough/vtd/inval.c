/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Invalidation: batches through the queue where there is one, else one
 * descriptor after the other through the registers, and what happens to those
 * that do not come to an end.
 */

#include <xen/lib.h>

#include "vtd.h"

/* A batch that errors discarded is submitted again that often. */
#define MAX_TRIES 16

/*
 * When a batch with device TLBs has timed out: the part of its time that each
 * of them has alone, and how many such times looking for silent ones takes.
 */
#define ALONE       16
#define FIND_TIMES  4

uint64_t vtd_drain(const struct vtd_unit *u)
{
    return (CAP_DRD(u->cap) ? DESC_IOTLB_DR : 0) |
           (CAP_DWD(u->cap) ? DESC_IOTLB_DW : 0);
}

/* Register-based invalidation is gone from units of version 6 on (§6.5.1). */
bool vtd_has_reg_invalidate(const struct vtd_unit *u)
{
    return VER_MAX(vtd_readl(u, VTD_VER)) < 6;
}

bool vtd_wants_queue(const struct vtd_unit *u)
{
    return ECAP_QI(u->ecap) && (iommu_qinval || !vtd_has_reg_invalidate(u));
}

/* @busy is in the upper half of the register. */
static bool reg_wait(const struct vtd_unit *u, unsigned int reg, uint64_t busy)
{
    return iommu_wait(u->regs + reg + 4, busy >> 32, 0);
}

/* Unit locked.  §6.5.1. */
static bool reg_run(struct vtd_unit *u, const struct vtd_desc *desc)
{
    unsigned int iro = ECAP_IRO(u->ecap);
    uint64_t cmd;

    switch ( DESC_TYPE(desc) )
    {
    case DESC_CONTEXT:
        cmd = CCMD_ICC | CCMD_CIRG(DESC_GRANU(desc)) |
              CCMD_SID(DESC_CONTEXT_SID(desc)) | CCMD_DID(DESC_DID(desc));
        vtd_writeq(u, VTD_CCMD, cmd);
        /* CAIG 0: the command was refused. */
        return reg_wait(u, VTD_CCMD, CCMD_ICC) &&
               CCMD_CAIG(vtd_readq(u, VTD_CCMD));

    case DESC_IOTLB:
        cmd = IOTLB_IVT | IOTLB_IIRG(DESC_GRANU(desc)) |
              IOTLB_DID(DESC_DID(desc)) |
              (desc->lo & DESC_IOTLB_DR ? IOTLB_DR : 0) |
              (desc->lo & DESC_IOTLB_DW ? IOTLB_DW : 0);
        if ( DESC_GRANU(desc) == GRANU_PAGE )
            vtd_writeq(u, VTD_IVA(iro),
                       (desc->hi & DESC_ADDR_MASK) |
                       (desc->hi & DESC_IOTLB_IH ? IVA_IH : 0) |
                       IVA_AM(DESC_IOTLB_AM(desc)));
        vtd_writeq(u, VTD_IOTLB(iro), cmd);
        return reg_wait(u, VTD_IOTLB(iro), IOTLB_IVT) &&
               IOTLB_IAIG(vtd_readq(u, VTD_IOTLB(iro)));

    default:
        /* Device TLBs and interrupt entries need the queue. */
        ASSERT_UNREACHABLE();
        return false;
    }
}

static int reg_invalidate(struct vtd_unit *u, const struct vtd_desc *desc,
                          unsigned int nr)
{
    unsigned long flags;
    unsigned int i;
    bool ok = true;

    spin_lock_irqsave(&u->unit.lock, flags);
    for ( i = 0; ok && i < nr; i++ )
    {
        ok = reg_run(u, &desc[i]);
        u->unit.nr_commands++;
        u->unit.nr_waits++;
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return ok ? 0 : -EIO;
}

static bool has_dev_tlb(const struct vtd_desc *desc, unsigned int nr)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        if ( DESC_TYPE(&desc[i]) == DESC_DEV_TLB )
            return true;

    return false;
}

/*
 * A batch without device TLBs may have to wait behind one with; it must not
 * lose patience first, and blame the unit.
 */
static s_time_t batch_timeout(const struct vtd_unit *u,
                              const struct vtd_desc *desc, unsigned int nr)
{
    s_time_t dev = MILLISECS(iommu_dev_iotlb_timeout);

    if ( !ECAP_DT(u->ecap) )
        return VTD_TIMEOUT;

    if ( dev < VTD_TIMEOUT )
        dev = VTD_TIMEOUT;

    return has_dev_tlb(desc, nr) ? dev : 2 * dev;
}

/*
 * Time-outs that are still to be reported are others'.  Each run takes one; of
 * what is queued there are no more than that.  False: it is the unit itself
 * that does not answer.
 */
static bool take_old_errors(struct vtd_unit *u)
{
    unsigned int i;
    uint16_t sid;
    int rc = -ENXIO;

    for ( i = 0; i < VTD_QI_ENTRIES && (rc == -ENXIO || rc == -EAGAIN); i++ )
        rc = vtd_qi_run(u, NULL, 0, batch_timeout(u, NULL, 0), &sid);

    return rc != -ETIMEDOUT && rc != -EIO;
}

/*
 * One device TLB alone.  All of a batch had its time already; this is a short
 * one, so that many silent devices do not take a long one each.
 */
static bool device_answers(struct vtd_unit *u, const struct vtd_desc *desc)
{
    s_time_t timeout = batch_timeout(u, desc, 1) / ALONE;
    unsigned int tries;

    for ( tries = 0; tries < MAX_TRIES; tries++ )
    {
        uint16_t sid = 0;

        switch ( vtd_qi_run(u, desc, 1, timeout, &sid) )
        {
        case 0:
        case -EIO:
            return true;

        case -ENXIO:
            if ( sid && sid != DESC_DEV_TLB_SID(desc) )
                break;
            fallthrough;
        case -ETIMEDOUT:
            return false;

        default:
            break;
        }
    }

    return true;
}

/*
 * Something in the batch did not answer, and hardware does not say what.
 * Finds out which of its device TLBs, and cuts them off; true if one was.  The
 * caller holds locks: when it has taken too long, all that are left are cut off
 * that were not seen to answer.
 */
static bool find_dead_device(struct vtd_unit *u, const struct vtd_desc *desc,
                             unsigned int nr)
{
    s_time_t end = NOW() + FIND_TIMES * batch_timeout(u, desc, nr);
    bool found = false;
    unsigned int i;

    for ( i = 0; i < nr; i++ )
    {
        uint16_t sid = DESC_DEV_TLB_SID(&desc[i]);

        if ( DESC_TYPE(&desc[i]) != DESC_DEV_TLB ||
             !iommu_ats_known(&u->unit, sid) )
            continue;
        if ( NOW() <= end && !take_old_errors(u) )
            return found;
        if ( NOW() > end || !device_answers(u, &desc[i]) )
            found |= vtd_ats_contain(u, sid);
    }

    return found;
}

/* Drops device TLBs of devices that were contained meanwhile. */
static unsigned int prune(struct vtd_unit *u, struct vtd_desc *desc,
                          unsigned int nr)
{
    unsigned int i, kept = 0;

    for ( i = 0; i < nr; i++ )
        if ( DESC_TYPE(&desc[i]) != DESC_DEV_TLB ||
             iommu_ats_known(&u->unit, DESC_DEV_TLB_SID(&desc[i])) )
            desc[kept++] = desc[i];

    return kept;
}

/*
 * Runs the batch until it is through.  Each device that does not answer is cut
 * off and left out, which is progress; without any it ends after so many tries.
 * *@cut: a device was, by this CPU or another one.
 */
static int run_batch(struct vtd_unit *u, struct vtd_desc *desc, unsigned int nr,
                     bool *cut)
{
    s_time_t end = NOW() + 2 * batch_timeout(u, desc, nr);
    unsigned int tries = 0;

    while ( tries++ < MAX_TRIES )
    {
        unsigned int before = nr;
        bool found = false;
        uint16_t sid = 0;
        int rc = vtd_qi_run(u, desc, nr, batch_timeout(u, desc, nr), &sid);

        switch ( rc )
        {
        case 0:
        case -EIO:
            return rc;

        case -ETIMEDOUT:
            /* Without a device to blame it is the unit that is stuck. */
            found = find_dead_device(u, desc, nr);
            if ( !found )
                return -EIO;
            break;

        case -ENXIO:
            /* One after the other only as long as that does not take long. */
            found = NOW() <= end && sid &&
                    iommu_ats_known(&u->unit, sid)
                    ? vtd_ats_contain(u, sid) : find_dead_device(u, desc, nr);
            break;

        default:
            break;
        }

        nr = prune(u, desc, nr);
        if ( found || nr != before )
        {
            *cut = true;
            tries = 0;
        }
    }

    return -EIO;
}

static int qi_invalidate(struct vtd_unit *u, const struct vtd_desc *orig,
                         unsigned int nr)
{
    struct vtd_desc desc[VTD_BATCH_MAX];
    bool cut = false;
    int rc;

    ASSERT(nr <= VTD_BATCH_MAX);
    if ( nr )
        memcpy(desc, orig, nr * sizeof(*desc));

    rc = run_batch(u, desc, nr, &cut);
    if ( rc || !cut )
        return rc;

    /*
     * Devices that were cut off have no context entries any more.  That has to
     * be known to hardware before anybody relies on it, whoever did it.
     */
    desc[0] = vtd_desc_context_global();
    desc[1] = vtd_desc_iotlb_global(vtd_drain(u));

    return run_batch(u, desc, 2, &cut);
}

/*
 * There is no way to have the unit abort everything that does not take it to
 * answer.  Nobody has been told, though, that what it has cached is gone, and
 * all of it goes here.
 */
int cf_check vtd_revive(struct iommu_unit *unit)
{
    struct vtd_unit *u = to_vtd_unit(unit);
    struct vtd_desc desc[3];
    bool cut;

    /* A command of the registers' that is not done cannot be taken back. */
    if ( !u->qi.ring || vtd_qi_restart(u) )
        return -EIO;

    desc[0] = vtd_desc_context_global();
    desc[1] = vtd_desc_iotlb_global(vtd_drain(u));
    desc[2] = vtd_desc_iec_global();

    return run_batch(u, desc, unit->ir ? 3 : 2, &cut);
}

int vtd_invalidate(struct vtd_unit *u, const struct vtd_desc *desc,
                   unsigned int nr)
{
    static const char what[] = "did not complete an invalidation";

    /* Xen takes a dead domain's interrupts away under pcidevs_lock. */
    if ( !nr || DESC_TYPE(desc) != DESC_IEC )
        assert_may_wait();

    while ( !u->unit.failed )
    {
        unsigned int seen = read_atomic(&u->unit.nr_revived);
        int rc = u->qi.ring ? qi_invalidate(u, desc, nr)
                            : reg_invalidate(u, desc, nr);

        /* During bring-up the caller reports. */
        if ( !rc || !u->up )
            return rc;

        if ( !iommu_unit_revive(&u->unit, seen, what) )
        {
            iommu_unit_fail(&u->unit, what);
            break;
        }
    }

    return -EIO;
}

int vtd_invalidate_all(struct vtd_unit *u)
{
    struct vtd_desc desc[2] = {
        vtd_desc_context_global(),
        vtd_desc_iotlb_global(vtd_drain(u)),
    };
    int rc;

    vtd_quirks_begin(u);
    rc = vtd_invalidate(u, desc, ARRAY_SIZE(desc));
    vtd_quirks_end(u);

    return rc;
}
