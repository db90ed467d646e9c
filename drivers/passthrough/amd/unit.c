/* SPDX-License-Identifier: GPL-2.0-only */
/* Units: their registers and features, and switching them on and off. */

#include <xen/err.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/pfn.h>
#include <xen/vmap.h>
#include <xen/xmalloc.h>

#include <asm/cpufeature.h>

#include "amd.h"
#include "setup.h"

struct amd_unit *__read_mostly amd_units;
unsigned int __read_mostly amd_nr_units;

struct amd_unit *amd_unit_of(const struct amd_ivhd *ivhd)
{
    struct amd_unit *u;

    if ( !ivhd || !amd_units )
        return NULL;

    u = &amd_units[ivhd->index];

    return u->skip ? NULL : u;
}

bool amd_control(struct amd_unit *u, uint64_t set, uint64_t clear,
                 uint32_t mask, uint32_t status)
{
    u->control = (u->control & ~clear) | set;
    amd_write(u, AMD_CONTROL, u->control);

    return iommu_wait(u->regs + AMD_STATUS, mask, status & mask);
}

/* 3.4.1: hardware's patience with device TLBs, as the option says or less. */
static uint64_t inv_timeout(void)
{
    unsigned int n = 1, ms = 10;

    for ( ; n < 6 && ms <= iommu_dev_iotlb_timeout; n++ )
        ms *= 10;

    return CTRL_INV_TIMEOUT(n);
}

/* What the control register has besides what starts and stops. */
static uint64_t control_bits(const struct amd_unit *u)
{
    uint8_t flags = u->ivhd->flags;

    return inv_timeout() |
           (flags & IVHD_FLAG_HT_TUN ? CTRL_HT_TUN_EN : 0) |
           (flags & IVHD_FLAG_PASS_PW ? CTRL_PASS_PW : 0) |
           (flags & IVHD_FLAG_RES_PASS_PW ? CTRL_RES_PASS_PW : 0) |
           (flags & IVHD_FLAG_ISOC ? CTRL_ISOC : 0) |
           (u->coherent ? CTRL_COHERENT : 0) |
           (u->ir.ga ? CTRL_GA_EN : 0) |
           (u->ir.xt ? CTRL_XT_EN | CTRL_INTCAPXT_EN : 0);
}

/* Of tables: they may not change while the unit uses them. */
#define FORMAT_BITS (CTRL_GA_EN | CTRL_XT_EN | (7ULL << 34))

/*
 * Unit locked.  A unit that firmware left on stays on, with its old table,
 * until it has the new one: there is no moment at which it passes everything,
 * unless its tables are of another format.
 */
static int take_over(struct amd_unit *u)
{
    uint64_t was = amd_read(u, AMD_CONTROL);

    u->control = control_bits(u);
    if ( (was & CTRL_IOMMU_EN) && !((was ^ u->control) & FORMAT_BITS) )
        u->control |= CTRL_IOMMU_EN;

    return amd_control(u, 0, 0, STATUS_CMD_RUN | STATUS_EVT_RUN, 0) ? 0 : -EIO;
}

/* Unit locked. */
static void set_rings(struct amd_unit *u)
{
    amd_write(u, AMD_DEVTAB, virt_to_maddr(u->devtab) | DEVTAB_SIZE_ALL);
    amd_write(u, AMD_EVTLOG, virt_to_maddr(u->log) | RING_LEN(AMD_LOG_ORDER));
    amd_write(u, AMD_EVT_HEAD, 0);
    amd_write(u, AMD_EVT_TAIL, 0);
    amd_write(u, AMD_STATUS,
              STATUS_EVT_OVERFLOW | STATUS_EVT_INT | STATUS_WAIT_INT);
    /* With SNP the exclusion range is where completions may be stored. */
    amd_write(u, AMD_EXCL_BASE, u->snp ? virt_to_maddr(u->done) : 0);
    amd_write(u, AMD_EXCL_LIMIT, u->snp ? virt_to_maddr(u->done) : 0);
}

int amd_unit_start(struct amd_unit *u)
{
    unsigned long flags;
    int rc;

    memset(u->log, 0, AMD_LOG_ENTRIES * sizeof(*u->log));
    amd_clean(u, u->log, AMD_LOG_ENTRIES * sizeof(*u->log));
    if ( u->up )
        amd_chipset_restore(u->sbdf, u->ivhd->cap, u->saved);
    amd_chipset_prepare(u->sbdf);

    spin_lock_irqsave(&u->unit.lock, flags);
    rc = take_over(u);
    if ( !rc )
    {
        set_rings(u);
        rc = amd_queue_start(u);
    }
    if ( !rc && !amd_control(u, CTRL_IOMMU_EN | CTRL_EVT_LOG_EN, 0,
                             STATUS_CMD_RUN | STATUS_EVT_RUN,
                             STATUS_CMD_RUN | STATUS_EVT_RUN) )
        rc = -EIO;
    u->is_on = !rc;
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return rc ?: amd_invalidate_all(u);
}

int amd_unit_pause(struct amd_unit *u)
{
    u->is_on = false;

    return amd_control(u, 0, CTRL_CMD_EN | CTRL_EVT_LOG_EN | CTRL_EVT_INT_EN,
                       STATUS_CMD_RUN | STATUS_EVT_RUN, 0) ? 0 : -EIO;
}

int amd_unit_stop(struct amd_unit *u)
{
    u->is_on = false;
    if ( !u->regs )
        return 0;

    return amd_control(u, 0, CTRL_IOMMU_EN | CTRL_CMD_EN | CTRL_EVT_LOG_EN |
                             CTRL_EVT_INT_EN,
                       STATUS_CMD_RUN | STATUS_EVT_RUN, 0) ? 0 : -EIO;
}

/* NULL, or why @size bytes of registers cannot be used. */
static const char *__init map_registers(struct amd_unit *u, unsigned int size)
{
    unsigned long pfn = PFN_DOWN(u->unit.base);
    unsigned long end = pfn + PFN_DOWN(size);
    unsigned int i;

    for ( ; pfn < end; pfn++ )
        if ( page_is_ram_type(pfn, RAM_TYPE_CONVENTIONAL) )
            return "its registers are in RAM";
    for ( i = 0; i < amd_ivrs.nr_ivhd; i++ )
        if ( !amd_ivrs.ivhd[i].lost && amd_ivrs.ivhd[i].base > u->unit.base &&
             amd_ivrs.ivhd[i].base - u->unit.base < size )
            return "its registers would be another unit's";

    if ( u->regs )
        iounmap(u->regs);
    u->unit.regs_size = size;
    u->regs = ioremap(u->unit.base, size);

    return u->regs ? NULL : "its registers cannot be mapped";
}

/* NULL: the unit can be used; else why not. */
static const char *__init find_unit(struct amd_unit *u)
{
    const char *why = map_registers(u, AMD_REGS_SIZE);

    if ( why )
        return why;
    u->cap = pci_conf_read32(u->sbdf, u->ivhd->cap);
    if ( !~u->cap || !~amd_read(u, AMD_STATUS) )
        return "it reads as all ones";
    if ( (u->cap & 0x700ff) != 0x3000f )
        return "its function has no capability of an IOMMU";
    if ( !cpu_has_cx16 )
        return "the CPU cannot store half of an entry at once";

    if ( u->cap & CAP_EFR_SUP )
    {
        u->efr = amd_read(u, AMD_EFR);
        u->efr2 = amd_read(u, AMD_EFR2);
        if ( EFR_PC_SUP(u->efr) )
            why = map_registers(u, AMD_REGS_SIZE_COUNTERS);
    }

    return why;
}

static int __init alloc_unit(struct amd_unit *u)
{
    u->cmds = alloc_xenheap_page();
    u->done = alloc_xenheap_page();
    u->log = alloc_xenheap_pages(AMD_LOG_ORDER + 4 - PAGE_SHIFT, 0);

    BUILD_BUG_ON(AMD_RING_ENTRIES * sizeof(struct amd_cmd) != PAGE_SIZE);
    BUILD_BUG_ON(AMD_DOMAIN_NONE);
    if ( !u->cmds || !u->done || !u->log ||
         iommu_unit_alloc_tags(&u->unit, AMD_DOMAIN_NONE + 1, AMD_NR_DOMAINS) ||
         amd_devtab_alloc(u) )
        return -ENOMEM;

    clear_page(u->cmds);
    clear_page(u->done);
    u->ir.devtab = u->devtab;

    return 0;
}

static int __init map_unit(struct amd_unit *u, struct amd_ivhd *ivhd)
{
    const char *why;

    iommu_unit_init(&u->unit, &amd_driver, ivhd->index);
    u->ivhd = ivhd;
    u->unit.base = ivhd->base;
    u->sbdf = PCI_SBDF(ivhd->segment, ivhd->devid);
    u->node = NUMA_NO_NODE;
    u->skip = ivhd->lost;
    if ( u->skip )
        return 0;

    why = find_unit(u);
    if ( why )
    {
        amd_unit_lose(u, why);
        return 0;
    }

    u->coherent = ivhd->flags & IVHD_FLAG_COHERENT;
    u->snp = EFR_SNP_SUP(u->efr) && amd_snp_enabled();
    amd_config_init(u);
    if ( iommu_verbose )
        printk(XENLOG_INFO
               "AMD-Vi: unit at %#"PRIpaddr": capability %08x EFR %016"PRIx64" %016"PRIx64"\n",
               u->unit.base, u->cap, u->efr, u->efr2);

    u->unit.ir = &amd_ir_ops;
    u->ir = (struct amd_ir_unit){
        .unit = &u->unit, .ivrs = &amd_ivrs, .ivhd = ivhd, .efr = u->efr,
        .node = u->node, .coherent = u->coherent,
    };

    u->saved = amd_chipset_save(u->sbdf, ivhd->cap);
    if ( IS_ERR(u->saved) )
    {
        u->saved = NULL;
        return -ENOMEM;
    }

    return alloc_unit(u);
}

/*
 * Nobody translates or blocks what is behind it: dom0's alone, which the core
 * sees to, since no unit serves it.
 */
void amd_unit_lose(struct amd_unit *u, const char *why)
{
    u->skip = true;
    printk(XENLOG_WARNING IVRS_AT
           "unit at %#"PRIpaddr" is not used: %s: its devices are not translated and stay with dom0\n",
           IVRS_AT_ARGS(&amd_ivrs, u->ivhd->offset), u->unit.base, why);
}

int __init amd_unit_map_all(void)
{
    unsigned int i, nr = 0;
    int rc = 0;

    if ( amd_units )
        return 0;

    amd_units = xzalloc_array(struct amd_unit, amd_ivrs.nr_ivhd);
    if ( !amd_units )
        return -ENOMEM;
    amd_nr_units = amd_ivrs.nr_ivhd;

    for ( i = 0; !rc && i < amd_nr_units; i++ )
    {
        rc = map_unit(&amd_units[i], &amd_ivrs.ivhd[i]);
        nr += !amd_units[i].skip;
    }

    if ( !rc && force_iommu && nr != amd_nr_units )
    {
        printk(XENLOG_ERR "AMD-Vi: not used: iommu=force wants all units\n");
        rc = -EOPNOTSUPP;
    }
    else if ( !rc && !nr )
    {
        printk(XENLOG_ERR "AMD-Vi: not used: there is no unit that can be\n");
        rc = -EOPNOTSUPP;
    }

    if ( rc )
        amd_unit_unmap_all();

    return rc;
}

/* What a unit that is still on may read stays its own. */
static void free_unit(struct amd_unit *u)
{
    if ( !u->regs )
        return;

    amd_ir_disable(&u->ir);
    if ( amd_unit_stop(u) )
    {
        if ( u->devtab )
            printk(XENLOG_ERR
                   "AMD-Vi: unit at %#"PRIpaddr" does not turn off: its memory is not used again\n",
                   u->unit.base);
        return;
    }

    amd_ir_free(&u->ir);
    free_xenheap_page(u->cmds);
    free_xenheap_page(u->done);
    free_xenheap_pages(u->log, AMD_LOG_ORDER + 4 - PAGE_SHIFT);
    free_xenheap_pages(u->devtab, 9);
}

void amd_unit_unmap_all(void)
{
    unsigned int i;

    for ( i = 0; i < amd_nr_units; i++ )
    {
        struct amd_unit *u = &amd_units[i];

        free_unit(u);
        iommu_unit_free_tags(&u->unit);
        xfree(u->saved);
        if ( u->regs )
            iounmap(u->regs);
    }

    XFREE(amd_units);
    amd_nr_units = 0;
}

void cf_check amd_dump(struct iommu_unit *unit)
{
    const struct amd_unit *u = to_amd_unit(unit);

    printk("  control %016"PRIx64" status %016"PRIx64" EFR %016"PRIx64"\n",
           amd_read(u, AMD_CONTROL), amd_read(u, AMD_STATUS), u->efr);
    printk("  commands %#"PRIx64"..%#"PRIx64" events %#"PRIx64"..%#"PRIx64" batch %"PRIu64" of %"PRIu64"\n",
           amd_read(u, AMD_CMD_HEAD), amd_read(u, AMD_CMD_TAIL),
           amd_read(u, AMD_EVT_HEAD), amd_read(u, AMD_EVT_TAIL),
           read_atomic(u->done), u->seq);
}
