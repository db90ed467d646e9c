/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault records, VT-d rev 4.1, §7.2 (primary fault logging).  Hardware fills
 * the records round and sends one event when the first one arrives; a tasklet
 * drains them.  It returns after one round, so that a device that faults all
 * the time does not keep it for ever.
 */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/tasklet.h>

#include <iommu-groups/fault.h>

#include "vtd.h"

static struct tasklet fault_tasklet;
static struct iommu_backoff backoff;

/* §7.1.3, legacy mode */
#define FR_WRITE 0x5
#define FR_READ  0x6
static const char *const dma_reasons[] = {
    [0x1] = "no root entry for its bus: it is blocked",
    [0x2] = "no context entry: it is blocked",
    [0x3] = "invalid context entry",
    [0x4] = "address beyond the guest address width",
    [FR_WRITE] = "write without permission",
    [FR_READ] = "read without permission",
    [0x7] = "page table not accessible",
    [0x8] = "root table not accessible",
    [0x9] = "context table not accessible",
    [0xa] = "reserved bits set in root entry",
    [0xb] = "reserved bits set in context entry",
    [0xc] = "reserved bits set in page-table entry",
    [0xd] = "translation or translated request without permission",
    [0xe] = "address in the interrupt range",
};

/* §7.1.3, interrupt remapping */
#define IR_REASONS 0x20
static const char *const ir_reasons[] = {
    "reserved bits set in the interrupt request",
    "interrupt index beyond the table",
    "interrupt entry not present",
    "interrupt table not accessible",
    "reserved bits set in interrupt entry",
    "compatibility-format interrupt blocked",
    "interrupt from the wrong requester",
    "posted-interrupt descriptor not accessible",
    "reserved bits set in posted-interrupt descriptor",
};

const char *vtd_fault_reason(unsigned int code, bool *interrupt)
{
    const char *reason = NULL;

    *interrupt = code >= IR_REASONS &&
                 code < IR_REASONS + ARRAY_SIZE(ir_reasons);

    if ( *interrupt )
        reason = ir_reasons[code - IR_REASONS];
    else if ( code < ARRAY_SIZE(dma_reasons) )
        reason = dma_reasons[code];

    return reason ?: "unknown reason";
}

/*
 * Reads a record and gives it back to hardware, in one go: the tasklet and a
 * poll may both be at it.  False: it is empty.
 */
static bool fetch(struct vtd_unit *u, unsigned int index, struct iommu_fault *f)
{
    unsigned int reg = CAP_FRO(u->cap) + index * VTD_FRCD_SIZE;
    unsigned long flags;
    uint64_t hi, lo = 0;
    bool valid;

    spin_lock_irqsave(&u->unit.lock, flags);
    hi = vtd_readq(u, reg + 8);
    valid = FRCD_F(hi) && ~hi;
    if ( valid )
    {
        lo = vtd_readq(u, reg);
        vtd_writel(u, reg + FRCD_F_WORD, FRCD_F_BIT);
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( !valid )
        return false;

    *f = (struct iommu_fault){
        .id = PCI_SBDF(u->drhd->segment, FRCD_SID(hi)).sbdf,
        .code = FRCD_FR(hi),
        .write = !FRCD_T(hi),
        .exec = FRCD_EXE(hi),
    };
    f->reason = vtd_fault_reason(f->code, &f->interrupt);
    f->by_table = f->code == FR_WRITE || f->code == FR_READ;
    f->addr = f->interrupt ? FRCD_INDEX(lo) : FRCD_FI(lo);

    return true;
}

/* True: there may be more. */
static bool drain(struct vtd_unit *u)
{
    uint32_t status = vtd_readl(u, VTD_FSTS);
    unsigned int nr = CAP_NFR(u->cap), index = FSTS_FRI(status), i;
    struct iommu_fault f;

    if ( status == ~0u )
        return false;

    iommu_fault_round(&u->unit);
    for ( i = 0; (status & FSTS_PPF) && i < nr; i++ )
    {
        if ( index >= nr )
            index = 0;
        if ( !fetch(u, index++, &f) )
            break;
        iommu_fault_report(&u->unit, &f);
        if ( iommu_verbose && !f.interrupt )
        {
            struct vtd_context_entry ce = vtd_context_get(u, f.id);

            printk(XENLOG_G_DEBUG
                   "%s: context entry of %pp: %016"PRIx64" %016"PRIx64"\n",
                   u->unit.name, &PCI_SBDF(u->drhd->segment, f.id & 0xffff),
                   ce.hi, ce.lo);
        }
    }

    status = vtd_readl(u, VTD_FSTS);
    if ( status & FSTS_PFO )
    {
        vtd_writel(u, VTD_FSTS, FSTS_PFO);
        iommu_fault_overflow(&u->unit);
    }

    return i == nr && (status & FSTS_PPF);
}

static void cf_check drain_all(void *unused)
{
    struct vtd_unit *u;
    bool more = false;

    for_each_vtd_unit ( u )
        if ( u->up )
        {
            u->unit.flooded = drain(u);
            more |= u->unit.flooded;
        }

    iommu_backoff(&backoff, &fault_tasklet, more);
}

void cf_check vtd_fault_poll(struct iommu_unit *unit)
{
    struct vtd_unit *u = to_vtd_unit(unit);
    unsigned int rounds;

    /* Bounded: a device may fault faster than this empties the records. */
    for ( rounds = 0; rounds < 16 && drain(u); rounds++ )
        continue;
}

void cf_check vtd_fault_kick(void)
{
    iommu_backoff_kick(&backoff, &fault_tasklet);
}

void vtd_fault_clear(struct vtd_unit *u)
{
    unsigned int i;

    for ( i = 0; i < CAP_NFR(u->cap); i++ )
        vtd_writel(u, CAP_FRO(u->cap) + i * VTD_FRCD_SIZE + FRCD_F_WORD,
                   FRCD_F_BIT);

    /* Queue errors are the queue's business once it runs. */
    vtd_writel(u, VTD_FSTS,
               u->qi.enabled ? FSTS_W1C & ~FSTS_QUEUE : FSTS_W1C);
}

void __init vtd_fault_init(void)
{
    iommu_backoff_stop(&backoff);
    softirq_tasklet_init(&fault_tasklet, drain_all, NULL);
}
