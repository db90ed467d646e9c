/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fault queue, RISC-V IOMMU 1.0, §3.2.  A drain ends after one round, so
 * that a device that faults all the time does not keep it for ever.
 */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/tasklet.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/fault.h>

#include "rviommu.h"

static struct tasklet fault_tasklet;
static struct iommu_backoff backoff;

/* §3.2, CAUSE: page faults of the second stage. */
#define CAUSE_GUEST_FIRST 20
#define CAUSE_GUEST_LAST  23
/* ... and that it was off, as it is while it is started anew. */
#define CAUSE_OFF         256

/*
 * §3.2, CAUSE.  Some say what access it was, and are believed before TTYP:
 * QEMU 10 has every page fault down as a write there.
 */
static const struct reason {
    uint16_t cause;
    uint8_t access;         /* TTYP_NONE: the cause does not say */
    bool interrupt;
    const char *text;
} reasons[] = {
    { 1, TTYP_EXEC, false, "instruction access fault" },
    { 4, TTYP_READ, false, "read address misaligned" },
    { 5, TTYP_READ, false, "read access fault" },
    { 6, TTYP_WRITE, false, "write address misaligned" },
    { 7, TTYP_WRITE, false, "write access fault" },
    { 12, TTYP_EXEC, false, "first-stage instruction page fault" },
    { 13, TTYP_READ, false, "first-stage read page fault" },
    { 15, TTYP_WRITE, false, "first-stage write page fault" },
    { 20, TTYP_EXEC, false, "execute without mapping or permission" },
    { 21, TTYP_READ, false, "read without mapping or permission" },
    { 23, TTYP_WRITE, false, "write without mapping or permission" },
    { CAUSE_OFF, TTYP_NONE, false, "the unit is off: everything is blocked" },
    { 257, TTYP_NONE, false, "device directory not accessible" },
    { 258, TTYP_NONE, false, "no device context: it is blocked" },
    { 259, TTYP_NONE, false, "device context misconfigured: it is blocked" },
    { 260, TTYP_NONE, false, "transaction type or device ID not allowed" },
    { 261, TTYP_NONE, true, "MSI page table not accessible" },
    { 262, TTYP_NONE, true, "no entry in the MSI page table" },
    { 263, TTYP_NONE, true, "MSI page-table entry misconfigured" },
    { 264, TTYP_NONE, true, "interrupt file in memory not accessible" },
    { 265, TTYP_NONE, false, "process directory not accessible" },
    { 266, TTYP_NONE, false, "no process context" },
    { 267, TTYP_NONE, false, "process context misconfigured" },
    { 268, TTYP_NONE, false, "device directory corrupted" },
    { 269, TTYP_NONE, false, "process directory corrupted" },
    { 270, TTYP_NONE, true, "MSI page table corrupted" },
    { 271, TTYP_NONE, true, "interrupt file in memory corrupted" },
    { 272, TTYP_NONE, false, "internal error of the unit" },
    { 273, TTYP_NONE, false, "the unit's own interrupt was refused" },
    { 274, TTYP_NONE, false, "page table corrupted" },
};

static const struct reason *reason_of(unsigned int cause)
{
    static const struct reason unknown = { .text = "unknown reason" };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(reasons); i++ )
        if ( reasons[i].cause == cause )
            return &reasons[i];

    return &unknown;
}

int rv_faultq_alloc(struct rv_unit *u)
{
    BUILD_BUG_ON(RV_FQ_ENTRIES * sizeof(struct rv_fault) != PAGE_SIZE);

    u->fq = alloc_xenheap_page();
    if ( !u->fq )
        return -ENOMEM;

    clear_page(u->fq);

    return 0;
}

void rv_faultq_free(struct rv_unit *u)
{
    free_xenheap_page(u->fq);
    u->fq = NULL;
}

bool rv_faultq_on(struct rv_unit *u)
{
    u->fq_head = 0;

    /* §6.2; fqt and the error bits become 0 by themselves. */
    rv_writeq(u, RV_FQB, QUEUE_BASE(virt_to_maddr(u->fq), RV_FQ_LOG2));
    rv_writel(u, RV_FQH, 0);
    rv_writel(u, RV_FQCSR, QCSR_EN | rv_irq_enable(u));

    return rv_wait(u, RV_FQCSR, QCSR_ON | QCSR_BUSY, QCSR_ON);
}

/* Unit locked.  @val is in force when this returns. */
static void write_csr(struct rv_unit *u, uint32_t val)
{
    if ( !rv_wait(u, RV_FQCSR, QCSR_BUSY, 0) )
        return;

    rv_writel(u, RV_FQCSR, val);
    rv_wait(u, RV_FQCSR, QCSR_BUSY, 0);
}

void rv_faultq_mask(struct rv_unit *u)
{
    write_csr(u, QCSR_EN);
}

static struct iommu_fault decode(const struct rv_fault *rec)
{
    unsigned int ttyp = FAULT_TTYP(rec->head);
    const struct reason *reason = reason_of(FAULT_CAUSE(rec->head));

    if ( ttyp > TTYP_TRANSLATED )
        ttyp -= TTYP_TRANSLATED;
    if ( reason->access != TTYP_NONE )
        ttyp = reason->access;

    return (struct iommu_fault){
        .id = FAULT_DID(rec->head),
        .addr = rec->iotval,
        .code = FAULT_CAUSE(rec->head),
        .reason = reason->text,
        .write = ttyp == TTYP_WRITE,
        .exec = ttyp == TTYP_EXEC,
        .interrupt = reason->interrupt,
        .by_table = (FAULT_CAUSE(rec->head) >= CAUSE_GUEST_FIRST &&
                     FAULT_CAUSE(rec->head) <= CAUSE_GUEST_LAST) ||
                    FAULT_CAUSE(rec->head) == CAUSE_OFF,
    };
}

/* Takes one record out of the queue.  False: it is empty. */
static bool fetch(struct rv_unit *u, struct rv_fault *rec)
{
    unsigned long flags;
    uint32_t tail;
    bool valid;

    spin_lock_irqsave(&u->unit.lock, flags);
    tail = rv_readl(u, RV_FQT);
    /* A unit that is gone reads as all ones. */
    valid = tail < RV_FQ_ENTRIES && tail != u->fq_head;
    if ( valid )
    {
        *rec = u->fq[u->fq_head];
        u->fq_head = (u->fq_head + 1) & (RV_FQ_ENTRIES - 1);
        rv_writel(u, RV_FQH, u->fq_head);
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return valid;
}

static void report(struct rv_unit *u, const struct rv_fault *rec)
{
    const struct iommu_fault f = decode(rec);

    if ( FAULT_TTYP(rec->head) != TTYP_NONE )
        iommu_fault_report(&u->unit, &f);
    else if ( printk_ratelimit() && iommu_lines_left(&u->unit.lines) )
        printk(XENLOG_ERR "%s: %s (%u), %#"PRIx64"\n", u->unit.name, f.reason,
               f.code, f.addr);
}

/*
 * There is room again: records are taken from here on, and announced unless
 * @more of them are looked for anyway.
 */
static void reopen(struct rv_unit *u, bool more)
{
    uint32_t ie = more ? 0 : rv_irq_enable(u);
    unsigned long flags;
    uint32_t csr;

    spin_lock_irqsave(&u->unit.lock, flags);
    csr = rv_readl(u, RV_FQCSR);
    if ( csr == ~0u || !(csr & QCSR_EN) )
        csr = 0;
    else if ( (csr & FQCSR_ERRORS) || (csr & QCSR_IE) != ie )
        write_csr(u, QCSR_EN | ie | (csr & FQCSR_ERRORS));
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( csr & FQCSR_OF )
        iommu_fault_overflow(&u->unit);
    if ( (csr & QCSR_MF) && iommu_lines_left(&u->unit.overflows) )
        printk(XENLOG_ERR "%s: its fault queue is not accessible to it\n",
               u->unit.name);
}

static bool pending(const struct rv_unit *u)
{
    uint32_t tail = rv_readl(u, RV_FQT);

    return tail < RV_FQ_ENTRIES && tail != read_atomic(&u->fq_head);
}

/* True: there may be more. */
static bool drain(struct rv_unit *u)
{
    struct rv_fault rec;
    unsigned int i;
    bool more;

    iommu_fault_round(&u->unit);
    for ( i = 0; i < RV_FQ_ENTRIES && fetch(u, &rec); i++ )
        report(u, &rec);

    more = pending(u);
    reopen(u, more);

    return more;
}

static void cf_check drain_all(void *unused)
{
    struct rv_unit *u;
    bool more = false;

    for_each_rv_unit ( u )
        if ( u->up )
        {
            u->unit.flooded = drain(u);
            more |= u->unit.flooded;
        }

    iommu_backoff(&backoff, &fault_tasklet, more);
}

void cf_check rv_fault_poll(struct iommu_unit *unit)
{
    struct rv_unit *u = to_rv_unit(unit);
    unsigned int rounds;
    bool more = true;

    /* Bounded: a device may fault faster than this empties the queue. */
    for ( rounds = 0; rounds < 16 && more; rounds++ )
        more = drain(u);

    /* The last round did not switch interrupts on again. */
    if ( more && rv_irq_wired(u) )
        rv_fault_kick();
}

void rv_fault_kick(void)
{
    iommu_backoff_kick(&backoff, &fault_tasklet);
}

void __init rv_fault_init(void)
{
    iommu_backoff_stop(&backoff);
    softirq_tasklet_init(&fault_tasklet, drain_all, NULL);
}
