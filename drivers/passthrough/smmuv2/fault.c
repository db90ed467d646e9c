/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults: one record for each context bank, and one for streams that get to
 * none.  What comes while a record is there is lost, and MULTI says so.
 *
 * Wires are levels: the interrupt keeps what holds one up from doing so, and
 * the tasklet lets it again once it has read the record.  A wire that is up
 * all the same (a latch between, or an emulator that looks at enables too
 * seldom) would let no tasklet run: then the interrupt reads the record
 * itself.
 */

#include <xen/lib.h>

#include "smmuv2.h"

/* So many in succession, each that soon after the last one, are a flood. */
#define BURST       16
#define BURST_TIME  MILLISECS(1)

struct reason {
    uint32_t bit;
    const char *text;
    bool table;                    /* the table said so */
};

/* FSR, as for a transaction that has one of them. */
static const struct reason bank_reasons[] = {
    { FSR_TLBMCF, "conflicting TLB entries" },
    { FSR_TLBLKF, "TLB lock conflict" },
    { FSR_UUT, "unsupported upstream transaction" },
    { FSR_EF, "page table not accessible" },
    { FSR_ASF, "address beyond the address size" },
    { FSR_TF, "no translation for the address", true },
    { FSR_PF, "access without permission", true },
    { FSR_AFF, "access flag not set" },
};

/* GFSR. */
static const struct reason global_reasons[] = {
    { GFSR_SMCF, "stream ID matches several entries: it is blocked" },
    { GFSR_USF, "no entry for its stream ID: it is blocked" },
    { GFSR_ICF, "stream is blocked" },
    { GFSR_UCBF, "no such context bank" },
    { GFSR_UCIF, "no such context interrupt" },
    { GFSR_CAF, "access to registers without permission" },
    { GFSR_UUT, "unsupported upstream transaction" },
    { GFSR_PF, "access without permission" },
    { GFSR_EF, "external error" },
};

static void explain(const struct reason *r, unsigned int nr, uint32_t fsr,
                    struct iommu_fault *f)
{
    f->reason = "unknown reason";
    for ( ; nr--; r++ )
        if ( fsr & r->bit )
        {
            f->code = ffsl(r->bit) - 1;
            f->reason = r->text;
            f->by_table = r->table;
            return;
        }
}

/* Unit locked.  Takes bank @n's record.  0: there is none; or FSR. */
static uint32_t take_bank(struct smmu2_unit *u, unsigned int n,
                          struct iommu_fault *f)
{
    uint32_t fsr = u->banks[n].on ? readl(smmu2_cb(u, n, CB_FSR)) & FSR_ALL
                                  : 0;
    uint32_t syn;

    /* A unit that is gone reads as all ones. */
    if ( !fsr || fsr == FSR_ALL )
        return 0;

    syn = readl(smmu2_cb(u, n, CB_FSYNR0));
    *f = (struct iommu_fault){
        .id = CBFRSYNRA_SID(readl(smmu2_gr1(u, GR1_CBFRSYNRA(n)))),
        .addr = smmu2_read64(smmu2_cb(u, n, CB_FAR)),
        .write = syn & FSYNR0_WNR,
        .exec = syn & FSYNR0_IND,
    };
    explain(bank_reasons, ARRAY_SIZE(bank_reasons), fsr, f);

    /* Never stalled, unless somebody else said so; then it is ended. */
    writel(fsr, smmu2_cb(u, n, CB_FSR));
    if ( fsr & FSR_SS )
        writel(RESUME_TERMINATE, smmu2_cb(u, n, CB_RESUME));

    return fsr;
}

/* The same of the global record: GFSR. */
static uint32_t take_global(struct smmu2_unit *u, struct iommu_fault *f)
{
    uint32_t fsr = readl(smmu2_ns(u, GR0_GFSR)), syn;

    if ( !fsr || !~fsr )
        return 0;

    syn = readl(smmu2_ns(u, GR0_GFSYNR0));
    *f = (struct iommu_fault){
        .id = GFSYNR1_SID(readl(smmu2_ns(u, GR0_GFSYNR1))),
        .addr = smmu2_read64(smmu2_ns(u, GR0_GFAR)),
        .write = syn & GFSYNR0_WNR,
        .exec = syn & GFSYNR0_IND,
    };
    explain(global_reasons, ARRAY_SIZE(global_reasons), fsr, f);
    writel(fsr, smmu2_ns(u, GR0_GFSR));

    return fsr;
}

/* Unit locked.  Bank @n's, beyond the banks the global one. */
static uint32_t take(struct smmu2_unit *u, unsigned int n,
                     struct iommu_fault *f)
{
    return n < u->nr_banks ? take_bank(u, n, f) : take_global(u, f);
}

/* Unit locked.  What the interrupt has read. */
static uint32_t take_kept(struct smmu2_unit *u, struct iommu_fault *f)
{
    uint32_t fsr = u->kept_fsr;

    *f = u->kept;
    u->kept_fsr = 0;

    return fsr;
}

/* One round: each record once.  Was there any? */
static bool drain(struct smmu2_unit *u)
{
    bool any = false;
    unsigned int n;

    iommu_fault_round(&u->unit);

    for ( n = 0; n <= u->nr_banks + 1; n++ )
    {
        struct iommu_fault f;
        unsigned long flags = smmu2_lock(u);
        uint32_t fsr = n ? take(u, n - 1, &f) : take_kept(u, &f);

        smmu2_unlock(u, flags);
        if ( !fsr )
            continue;

        any = true;
        iommu_fault_report(&u->unit, &f);
        BUILD_BUG_ON(FSR_MULTI != GFSR_MULTI);
        if ( fsr & FSR_MULTI )
            iommu_fault_overflow(&u->unit);
    }

    return any;
}

void cf_check smmu2_poll_faults(struct iommu_unit *unit)
{
    drain(to_smmu2(unit));
}

/* Unit locked.  A bank that we have not set up holds a wire up: no more. */
static void mute_others(struct smmu2_unit *u)
{
    unsigned int n;

    for ( n = 0; n < u->nr_banks; n++ )
    {
        uint32_t fsr = u->banks[n].on ? 0 : readl(smmu2_cb(u, n, CB_FSR));

        if ( !(fsr & FSR_ALL) )
            continue;
        smmu2_bank_sctlr(u, n);
        writel(fsr, smmu2_cb(u, n, CB_FSR));
    }
}

/* Unit locked.  One is kept; that there were more is. */
static void keep(struct smmu2_unit *u)
{
    unsigned int n;

    for ( n = 0; n <= u->nr_banks; n++ )
    {
        struct iommu_fault f;
        uint32_t fsr = take(u, n, &f);

        if ( fsr && u->kept_fsr )
            u->kept_fsr |= FSR_MULTI;
        else if ( fsr )
        {
            u->kept = f;
            u->kept_fsr = fsr;
        }
    }
}

bool smmu2_mute(struct smmu2_unit *u)
{
    unsigned long flags;
    unsigned int n;
    bool any = false, heeded = false;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( readl(smmu2_ns(u, GR0_GFSR)) )
    {
        heeded |= !u->muted;
        any = u->muted = true;
        smmu2_write_cr0(u);
    }
    for ( n = 0; n < u->nr_banks; n++ )
        if ( u->banks[n].on && (readl(smmu2_cb(u, n, CB_FSR)) & FSR_ALL) )
        {
            heeded |= !u->banks[n].muted;
            any = u->banks[n].muted = true;
            smmu2_bank_sctlr(u, n);
        }
    /* Somebody else's, or what a power cycle left. */
    if ( !any )
        mute_others(u);
    else if ( !heeded )
        keep(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return any;
}

static void unmute(struct smmu2_unit *u)
{
    unsigned long flags = smmu2_lock(u);
    unsigned int n;

    if ( u->muted )
    {
        u->muted = false;
        smmu2_write_cr0(u);
    }
    for ( n = 0; n < u->nr_banks; n++ )
        if ( u->banks[n].muted )
        {
            u->banks[n].muted = false;
            smmu2_bank_sctlr(u, n);
        }
    smmu2_unlock(u, flags);
}

/* A device that faults all the time does not keep the CPU for ever. */
static bool is_flood(struct smmu2_unit *u, bool any)
{
    s_time_t now = NOW();

    if ( any )
    {
        u->burst = now - u->fault_time < BURST_TIME ? u->burst + 1 : 0;
        u->fault_time = now;
    }

    return any && u->burst >= BURST;
}

/* From the interrupt's tasklet. */
void cf_check smmu2_service(void *arg)
{
    struct smmu2_unit *u = arg;

    u->unit.flooded = is_flood(u, drain(u));
    if ( !u->unit.flooded )
        unmute(u);
    iommu_backoff(&u->backoff, &u->tasklet, u->unit.flooded);
}
