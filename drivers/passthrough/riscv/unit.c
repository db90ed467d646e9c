/* SPDX-License-Identifier: GPL-2.0-only */
/* Units: their capabilities, modes, and the way up. */

#include <xen/lib.h>
#include <xen/mm.h>

#include "rviommu.h"

const char *rv_unit_check(const struct rv_unit *u)
{
    if ( !~u->cap )
        return "its registers read as all ones";
    if ( CAP_VERSION_MAJOR(u->cap) != 1 )
        return "its version is not known";
    if ( CAP_IGS(u->cap) > CAP_IGS_BOTH )
        return "its way to interrupt is reserved";
    if ( CAP_PAS(u->cap) < 32 || CAP_PAS(u->cap) > 56 )
        return "its address width makes no sense";
    if ( max_page > 1UL << (CAP_PAS(u->cap) - PAGE_SHIFT) )
        return "there is memory beyond its address width";
    if ( !rv_has_format(u) )
        return rv_opt_format ? "it lacks the format of gstage="
                             : "it has no page-table format for 64 bits";

    return NULL;
}

/* §5.5: a write starts work, another must not follow before it is done. */
static bool write_ddtp(struct rv_unit *u, uint64_t val)
{
    if ( !rv_wait(u, RV_DDTP, DDTP_BUSY, 0) )
        return false;

    rv_writeq(u, RV_DDTP, val);

    return rv_wait(u, RV_DDTP, DDTP_BUSY, 0) &&
           DDTP_MODE(rv_readq(u, RV_DDTP)) == DDTP_MODE(val);
}

/* §5.5: the root must not change on the way to off. */
static uint64_t ddtp_off(const struct rv_unit *u)
{
    return RV_PPN(RV_PPN_ADDR(rv_readq(u, RV_DDTP))) | DDTP_OFF;
}

bool rv_set_mode(struct rv_unit *u, unsigned int mode)
{
    uint64_t root = mode >= DDTP_LEVELS(1) ? RV_PPN(virt_to_maddr(u->root)) : 0;

    if ( DDTP_MODE(rv_readq(u, RV_DDTP)) != DDTP_OFF &&
         !write_ddtp(u, ddtp_off(u)) )
        return false;

    if ( mode == DDTP_OFF )
        return rv_wait(u, RV_DDTP, DDTP_BUSY, 0);

    return write_ddtp(u, root | mode) &&
           (!root || RV_PPN_ADDR(rv_readq(u, RV_DDTP)) == RV_PPN_ADDR(root));
}

static bool queue_off(struct rv_unit *u, unsigned int csr)
{
    if ( !rv_wait(u, csr, QCSR_BUSY, 0) )
        return false;

    rv_writel(u, csr, 0);

    return rv_wait(u, csr, QCSR_BUSY | QCSR_ON, 0);
}

static bool cmdq_off(struct rv_unit *u)
{
    write_atomic(&u->cq.on, false);

    return queue_off(u, RV_CQCSR);
}

bool rv_queues_off(struct rv_unit *u)
{
    bool ok = cmdq_off(u) & queue_off(u, RV_FQCSR);

    return (!(u->cap & CAP_ATS) || queue_off(u, RV_PQCSR)) && ok;
}

/* §5.4.  True: structures are little-endian, and G-stages those of 64 bits. */
static bool set_features(struct rv_unit *u)
{
    uint32_t old = rv_readl(u, RV_FCTL);
    uint32_t val = old & ~(FCTL_BE | FCTL_GXL | FCTL_WSI);

    if ( rv_irq_wired(u) )
        val |= FCTL_WSI;
    if ( val != old )
        rv_writel(u, RV_FCTL, val);

    return !(rv_readl(u, RV_FCTL) & (FCTL_BE | FCTL_GXL));
}

/* The deepest directory there is, or the one that was asked for. */
static bool directory_on(struct rv_unit *u)
{
    unsigned int levels = u->levels ?: rv_opt_levels ?: 3;
    unsigned int least = u->levels || rv_opt_levels ? levels : 1;

    for ( ; levels >= least; levels-- )
    {
        bool first = !u->levels;

        if ( first )
        {
            u->levels = levels;
            rv_ddt_settle(u);
            if ( rv_ddt_keep_busy(u) )
                return false;
        }

        if ( rv_set_mode(u, DDTP_LEVELS(levels)) )
            return true;

        /* Memory that it may be using is given up elsewhere, if at all. */
        if ( first && (!rv_set_mode(u, DDTP_OFF) || !rv_ddt_again(u)) )
            return false;
    }

    return false;
}

int rv_unit_start(struct rv_unit *u, const char **what)
{
    unsigned long flags;
    bool ok;
    int rc;

    *what = "it does not turn off";
    if ( !rv_set_mode(u, DDTP_OFF) )
        return -EIO;

    *what = "its queues do not turn off";
    if ( !rv_queues_off(u) )
        return -EIO;

    *what = "it is big-endian, or for 32-bit guests only";
    if ( !set_features(u) )
        return -EOPNOTSUPP;

    /* Performance counters interrupt when they overflow (§5.18). */
    if ( u->cap & CAP_HPM )
        rv_writel(u, RV_IOCOUNTINH, ~0u);
    rv_irq_program(u);

    spin_lock_irqsave(&u->unit.lock, flags);
    ok = rv_cmdq_on(u) && rv_faultq_on(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    *what = "its queues do not turn on";
    if ( !ok )
        return -EIO;

    /* §5.5: what was cached before it was off may still be. */
    rc = rv_invalidate_all(u);
    *what = rc == -EOPNOTSUPP ? "it refuses to invalidate"
                              : "it does not complete commands";
    if ( rc )
        return rc == -EOPNOTSUPP ? rc : -EIO;

    *what = rv_opt_levels ? "it lacks the levels of ddt="
                          : "it takes no device directory";

    return directory_on(u) ? 0 : -EOPNOTSUPP;
}

int cf_check rv_revive(struct iommu_unit *unit)
{
    struct rv_unit *u = to_rv_unit(unit);
    unsigned long flags;
    bool ok;

    /* §5.5: off blocks everything, and ends what is under way. */
    if ( !rv_set_mode(u, DDTP_OFF) )
        return -EIO;

    spin_lock_irqsave(&unit->lock, flags);
    ok = cmdq_off(u) && rv_cmdq_on(u);
    spin_unlock_irqrestore(&unit->lock, flags);

    return ok && !rv_invalidate_all(u) &&
           rv_set_mode(u, DDTP_LEVELS(u->levels)) ? 0 : -EIO;
}

bool cf_check rv_shut(struct iommu_unit *unit)
{
    struct rv_unit *u = to_rv_unit(unit);
    unsigned long flags;
    bool off;

    /*
     * Off, it may even forget what it has cached.  §5.5: not while an earlier
     * write is under way, which has no defined effect.
     */
    off = rv_wait(u, RV_DDTP, DDTP_BUSY, 0);
    spin_lock_irqsave(&unit->lock, flags);
    off = off && !(rv_readl(u, RV_DDTP) & DDTP_BUSY);
    if ( off )
        rv_writeq(u, RV_DDTP, ddtp_off(u));
    spin_unlock_irqrestore(&unit->lock, flags);

    return off;
}

void cf_check rv_dump(struct iommu_unit *unit)
{
    const struct rv_unit *u = to_rv_unit(unit);

    printk("%s: version %u.%u at %#"PRIpaddr" (%s)%s\n", unit->name,
           (unsigned int)CAP_VERSION_MAJOR(u->cap),
           (unsigned int)CAP_VERSION_MINOR(u->cap), unit->base, u->desc.where,
           unit->failed ? ", FAILED" : "");
    printk("  capabilities %016"PRIx64" fctl %08x ddtp %016"PRIx64" ipsr %08x\n",
           u->cap, rv_readl(u, RV_FCTL), rv_readq(u, RV_DDTP),
           rv_readl(u, RV_IPSR));
    printk("  cqcsr %08x cqh %03x cqt %03x, batch %u of %u done\n",
           rv_readl(u, RV_CQCSR), rv_readl(u, RV_CQH), rv_readl(u, RV_CQT),
           read_atomic(u->cq.status), u->cq.seq);
    printk("  fqcsr %08x fqh %03x fqt %03x\n", rv_readl(u, RV_FQCSR),
           rv_readl(u, RV_FQH), rv_readl(u, RV_FQT));
}
