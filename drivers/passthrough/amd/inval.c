/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Invalidation: batches of commands, and what happens to those that do not come
 * to an end.
 */

#include <xen/lib.h>

#include <iommu-groups/ats.h>

#include "amd.h"

/* A batch that errors discarded is submitted again that often. */
#define MAX_TRIES 16

/*
 * Work that was begun when nr_revived was @seen ended with @rc.  True: the unit
 * was started anew, and it is to be repeated.  During bring-up and resume the
 * caller reports.
 */
static bool again(struct amd_unit *u, unsigned int seen, int rc)
{
    static const char what[] = "did not complete an invalidation";

    if ( !rc || !u->up || u->unit.failed )
        return false;
    if ( iommu_unit_revive(&u->unit, seen, what) )
        return true;

    iommu_unit_fail(&u->unit, what);

    return false;
}

static bool has_dev_tlb(const struct amd_cmd *cmd, unsigned int nr)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        if ( CMD_OP(&cmd[i]) == CMD_INV_IOTLB )
            return true;

    return false;
}

/*
 * A device TLB that does not answer keeps all behind it waiting until hardware
 * itself gives up on it: see amd_unit_start().
 */
static s_time_t batch_timeout(const struct amd_unit *u)
{
    s_time_t dev = MILLISECS(iommu_dev_iotlb_timeout);

    return u->cap & CAP_IOTLB_SUP ? AMD_TIMEOUT + 2 * dev : AMD_TIMEOUT;
}

/* Drops device TLBs of devices that were cut off meanwhile. */
static unsigned int prune(struct amd_unit *u, struct amd_cmd *cmd,
                          unsigned int nr)
{
    unsigned int i, kept = 0;

    for ( i = 0; i < nr; i++ )
        if ( CMD_OP(&cmd[i]) != CMD_INV_IOTLB ||
             iommu_ats_known(&u->unit, CMD_IOTLB_ID(&cmd[i])) )
            cmd[kept++] = cmd[i];

    return kept;
}

/*
 * 2.5.8: the wait ends all the same; the log says whose time was up.  What it
 * has no room for may have been about any of them.
 */
static void cut_silent(struct amd_unit *u, const struct amd_cmd *cmd,
                       unsigned int nr)
{
    unsigned int i;
    bool lost = amd_event_lost(u);

    amd_event_timeouts(u);
    for ( i = 0; lost && i < nr; i++ )
        if ( CMD_OP(&cmd[i]) == CMD_INV_IOTLB )
            iommu_ats_contain(&u->unit, CMD_IOTLB_ID(&cmd[i]), amd_dev_cut);
}

static int run_batch(struct amd_unit *u, struct amd_cmd *cmd, unsigned int nr)
{
    unsigned int tries;

    for ( tries = 0; tries < MAX_TRIES; tries++ )
    {
        int rc = amd_queue_run(u, cmd, nr, batch_timeout(u));

        if ( has_dev_tlb(cmd, nr) )
            cut_silent(u, cmd, nr);
        if ( rc != -EAGAIN )
            return rc ? -EIO : 0;
        nr = prune(u, cmd, nr);
    }

    return -EIO;
}

int amd_invalidate(struct amd_unit *u, const struct amd_cmd *orig,
                   unsigned int nr)
{
    struct amd_cmd cmd[AMD_BATCH_MAX];
    unsigned int cuts = read_atomic(&u->cuts), seen;
    int rc;

    /* Xen takes a dead domain's interrupts away under pcidevs_lock. */
    if ( !nr || CMD_OP(orig) != CMD_INV_INTR )
        assert_may_wait();
    ASSERT(nr <= AMD_BATCH_MAX);
    if ( u->unit.failed )
        return -EIO;

    do {
        if ( nr )
            memcpy(cmd, orig, nr * sizeof(*cmd));
        seen = read_atomic(&u->unit.nr_revived);
        rc = run_batch(u, cmd, nr);
    } while ( again(u, seen, rc) );

    /*
     * Devices that were cut off are blocked now.  That has to be known to
     * hardware before anybody relies on it, whoever did it.
     */
    if ( !rc && cuts != read_atomic(&u->cuts) )
        rc = amd_invalidate_all(u);

    return rc;
}

/* Units without INVALIDATE_IOMMU_ALL: everything, one by one. */
static int all_by_one(struct amd_unit *u, unsigned int nr,
                      struct amd_cmd (*make)(uint16_t))
{
    struct amd_cmd cmd[AMD_BATCH_MAX];
    unsigned int i, n = 0;
    int rc = 0;

    for ( i = 0; !rc && i < nr; i++ )
    {
        cmd[n++] = make(i);
        if ( n == AMD_BATCH_MAX || i == nr - 1 )
        {
            rc = run_batch(u, cmd, n);
            n = 0;
        }
    }

    return rc;
}

static struct amd_cmd cf_check whole_domain(uint16_t domain)
{
    return amd_cmd_pages(domain, 0, 52, true);
}

static int everything(struct amd_unit *u)
{
    struct amd_cmd all = amd_cmd_all();

    if ( EFR_IA_SUP(u->efr) )
        return run_batch(u, &all, 1);

    return all_by_one(u, 65536, amd_cmd_devtab) ?:
           all_by_one(u, AMD_NR_DOMAINS, whole_domain) ?:
           all_by_one(u, 65536, amd_cmd_intr);
}

int amd_invalidate_all(struct amd_unit *u)
{
    unsigned int seen;
    int rc;

    do {
        seen = read_atomic(&u->unit.nr_revived);
        rc = everything(u);
    } while ( again(u, seen, rc) );

    return rc;
}

/*
 * What it has cached stays in use until all of that has gone; nobody has been
 * told yet that any of it is.
 */
int cf_check amd_revive(struct iommu_unit *unit)
{
    struct amd_unit *u = to_amd_unit(unit);
    unsigned long flags;
    int rc;

    spin_lock_irqsave(&unit->lock, flags);
    rc = u->is_on ? amd_queue_start(u) : -EIO;
    spin_unlock_irqrestore(&unit->lock, flags);

    return rc ?: everything(u);
}
