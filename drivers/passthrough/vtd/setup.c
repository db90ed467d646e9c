/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the DMAR and bringing all units up. */

#include <xen/acpi.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>

#include <iommu-groups/x86.h>

#include "intremap.h"
#include "vtd.h"

struct vtd_dmar __read_mostly vtd_dmar;

/* Where firmware has the table; hidden from dom0 while Xen uses the units. */
static struct acpi_table_header *__read_mostly dmar_table;

struct iommu_driver vtd_driver = {
    .name = "vtd",
    .dev = &vtd_dev_ops,
    .tlb = &vtd_tlb_ops,
    .unit = &vtd_unit_ops,
};

static void set_signature(const char sig[4])
{
    uint32_t word;

    if ( !dmar_table )
        return;

    memcpy(&word, sig, sizeof(word));
    /* dom0 may look at the same time. */
    write_atomic((uint32_t *)dmar_table->signature, word);
}

/* The same letters: the checksum stays right. */
void acpi_dmar_zap(void)
{
    set_signature("RMAD");
}

void acpi_dmar_reinstate(void)
{
    set_signature("DMAR");
}

static int __init cf_check parse(struct acpi_table_header *table)
{
    return vtd_dmar_parse(table, table->length, &vtd_dmar);
}

int __init cf_check acpi_dmar_init(void)
{
    int rc;

    dmar_table = vtd_acpi_find_dmar();
    if ( !dmar_table )
        return -ENODEV;

    rc = vtd_acpi_parse_dmar(parse);
    if ( !rc )
        rc = vtd_rmrr_init();
    if ( !rc )
        rc = vtd_unit_map_all();
    if ( rc )
        vtd_dmar_free(&vtd_dmar);
    else
        iommu_ir_driver_register(&vtd_ir_driver);

    acpi_dmar_zap();

    return rc;
}

int vtd_unit_start(struct vtd_unit *u)
{
    unsigned long flags;
    bool ok;

    vtd_fault_clear(u);

    spin_lock_irqsave(&u->unit.lock, flags);
    vtd_writeq(u, VTD_RTADDR, virt_to_maddr(u->root));
    ok = vtd_gcmd_pulse(u, GCMD_SRTP);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    /* §11.4.5: what was cached of the old root must go, contexts first. */
    return ok ? vtd_write_buffer_flush(u) ?: vtd_invalidate_all(u) : -EIO;
}

static int __init bring_up(struct vtd_unit *u)
{
    int rc = vtd_root_alloc(u) ?:
             iommu_unit_alloc_tags(&u->unit, VTD_NR_RESERVED_DIDS,
                                   CAP_NR_DOMAINS(u->cap)) ?:
             vtd_busy_keep(u);

    if ( rc )
        return rc;

    rc = vtd_qi_enable(u);
    if ( rc && rc != -EOPNOTSUPP )
        return rc;

    rc = vtd_fault_irq_setup(u);
    u->unit.polled = rc;
    if ( rc )
        printk(XENLOG_WARNING "%s: no interrupt for faults (%d): polled\n",
               u->unit.name, rc);

    rc = vtd_unit_start(u);
    if ( !rc )
        iommu_unit_msi_start(&u->msi);

    return rc;
}

/*
 * Unit locked.  What of the unit's memory hardware may still use.  Where a
 * command timed out, the status alone does not say: it may come true later.
 * One that obeys now, both ways, has nothing left to do.
 */
static uint32_t still_on(struct vtd_unit *u)
{
    bool late = false;

    if ( u->hung && u->qi.ring && !(vtd_readl(u, VTD_GSTS) & GCMD_QIE) )
    {
        /* §6.5.2: the tail is 0 before the queue is enabled. */
        vtd_writel(u, VTD_IQT, 0);
        late = !vtd_gcmd_set(u, GCMD_QIE) || !vtd_gcmd_clear(u, GCMD_QIE);
    }

    return (late ? ~0U : vtd_readl(u, VTD_GSTS)) &
           (GCMD_IRE | GCMD_QIE | GCMD_TE);
}

/*
 * As if it had never been brought up; nothing is attached.  What hardware does
 * not let go of, or may still read where it is gone, stays its own.
 */
static void tear_down(struct vtd_unit *u)
{
    unsigned long flags;
    uint32_t on;

    iommu_unit_msi_free(&u->msi);

    if ( u->unit.ir )
        vtd_ir_disable(u);

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( vtd_readl(u, VTD_GSTS) & GCMD_TE && !u->keep_te )
        vtd_gcmd_clear(u, GCMD_TE);
    vtd_qi_disable(u);
    on = still_on(u);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    if ( u->unit.ir && !(on & GCMD_IRE) )
        vtd_ir_free(u);
    if ( !(on & GCMD_QIE) )
        vtd_qi_free(u);
    if ( !(on & GCMD_TE) )
    {
        vtd_root_free(u);
        vtd_busy_free(u);
    }
    iommu_unit_free_tags(&u->unit);

    if ( on )
        printk(XENLOG_ERR
               "VT-d: unit at %#"PRIpaddr" does not turn off (%08x): its memory is not used again\n",
               u->unit.base, on);
}

void cf_check vtd_tear_down_all(void)
{
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
        tear_down(u);
}

static void __init say(const char *what, bool on)
{
    printk("Intel VT-d %s %senabled.\n", what, on ? "" : "not ");
}

/*
 * Each unit does what it can.  What concerns the CPU or a whole domain gives
 * way: memory types of guests count on iommu_snoop, and without any unit that
 * can there is no passthrough mode.
 */
static void __init settle_options(void)
{
    bool snoop = iommu_snoop, identity = false, queue = false;
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
    {
        printk("Intel VT-d iommu %u supported page sizes: 4kB%s%s\n",
               u->drhd->index, CAP_SLLPS_2M(u->cap) ? ", 2MB" : "",
               CAP_SLLPS_1G(u->cap) ? ", 1GB" : "");

        vtd_config_init(u, snoop);

#ifndef iommu_snoop
        if ( !ECAP_SC(u->ecap) )
            iommu_snoop = false;
#endif
        identity |= ECAP_PT(u->ecap);
        queue |= vtd_wants_queue(u);
        if ( !ECAP_C(u->ecap) )
            iommu_non_coherent = true;
        if ( !iommu_qinval && vtd_wants_queue(u) )
            printk(XENLOG_WARNING
                   "VT-d: unit at %#"PRIpaddr" needs queued invalidation\n",
                   u->unit.base);
    }

    if ( !identity )
        iommu_hwdom_passthrough = false;

    say("Snoop Control", iommu_snoop);
    say("Dom0 DMA Passthrough", iommu_hwdom_passthrough);
    say("Queued Invalidation", queue);

    for_each_vtd_unit ( u )
        if ( iommu_hwdom_passthrough && !ECAP_PT(u->ecap) )
            printk("Intel VT-d iommu %u: no passthrough, its devices get a table\n",
                   u->drhd->index);
}

static int __init bring_up_all(void)
{
    struct vtd_unit *u;
    int rc = vtd_quirks_init();

    if ( rc )
        return rc;

    settle_options();

    vtd_fault_init();
    iommu_ats_init();

    for_each_vtd_unit ( u )
    {
        rc = bring_up(u);
        /* One that remaps interrupts already cannot be done without. */
        if ( rc == -EIO && !u->ir )
        {
            tear_down(u);
            vtd_unit_lose(u, "it does not answer");
            rc = 0;
        }
        if ( rc )
        {
            printk(XENLOG_ERR "VT-d: unit at %#"PRIpaddr" did not come up (%d)\n",
                   u->unit.base, rc);
            return rc;
        }
    }

    return vtd_unit_check_all();
}

int __init cf_check vtd_setup(void)
{
    struct vtd_unit *u;
    int rc;

    if ( !vtd_units || !vtd_unit_next(NULL) )
        return -ENODEV;

    rc = bring_up_all();
    if ( rc )
    {
        /* x2APIC set-up may have made units remap interrupts. */
        iommu_ir_shutdown();
        vtd_tear_down_all();
        return rc;
    }

    iommu_driver_register(&vtd_driver);
    for_each_vtd_unit ( u )
    {
        u->unit.translate_outward = vtd_dmar.dma_ctrl_opt_in;
        u->unit.flush_on_map = CAP_CM(u->cap) || vtd_needs_wbf(u);
        iommu_unit_register(&u->unit, &vtd_driver);
        u->up = true;
    }

    return 0;
}

const struct iommu_x86 vtd_x86 = {
    .snoop_option = true,
    .detect = acpi_dmar_init,
    .setup = vtd_setup,
    .tear_down = vtd_tear_down_all,
    .translate = vtd_enable_translation_all,
    .reserved = vtd_get_reserved_device_memory,
};
