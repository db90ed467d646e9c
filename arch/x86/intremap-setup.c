/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping set-up: whether, when and how units start to remap, and
 * which unit serves a source.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/sched.h>

#include <asm/apic.h>
#include <asm/io_apic.h>
#include <asm/irq.h>

#include <iommu-groups/driver.h>

#include "intremap.h"

enum iommu_intremap __read_mostly iommu_intremap = iommu_intremap_full;

#ifdef CONFIG_PV
bool __read_mostly untrusted_msi;
#endif

bool __read_mostly ir_active;

static LIST_HEAD(ir_drivers);        /* (c) after boot */

void __init iommu_ir_driver_register(struct iommu_ir_driver *drv)
{
    /* Once, even if its table is looked for again. */
    if ( !drv->list.next )
        list_add_tail(&drv->list, &ir_drivers);
}

struct iommu_unit *ir_find_ioapic(unsigned int id,
                                  struct iommu_ir_source *src)
{
    const struct iommu_ir_driver *drv;

    *src = (struct iommu_ir_source){};
    list_for_each_entry ( drv, &ir_drivers, list )
    {
        struct iommu_unit *unit = drv->ioapic(id, &src->sid);

        if ( unit && unit->ir )
            return unit;
    }

    return NULL;
}

struct iommu_unit *ir_find_hpet(unsigned int id,
                                struct iommu_ir_source *src)
{
    const struct iommu_ir_driver *drv;

    /*
     * Firmware lists one function for the whole block, but blocks exist that
     * send with another function number of the same device.
     */
    *src = (struct iommu_ir_source){ .ignore_fn = 7 };
    list_for_each_entry ( drv, &ir_drivers, list )
    {
        struct iommu_unit *unit = drv->hpet(id, &src->sid);

        if ( unit && unit->ir )
            return unit;
    }

    return NULL;
}

struct iommu_unit *ir_find_pci(const struct pci_dev *pdev)
{
    const struct iommu_ir_driver *drv;

    list_for_each_entry ( drv, &ir_drivers, list )
    {
        struct iommu_unit *unit = drv->pci(pdev);

        if ( unit && unit->ir )
            return unit;
    }

    return NULL;
}

void iommu_ir_note_owner(const struct domain *d)
{
#ifdef CONFIG_PV
    if ( !iommu_intremap && !is_hardware_domain(d) && !is_system_domain(d) )
        untrusted_msi = true;
#endif
}

static bool __init all_supported(bool eim)
{
    const struct iommu_ir_driver *drv;

    list_for_each_entry ( drv, &ir_drivers, list )
        if ( !drv->supported(eim) )
            return false;

    return !list_empty(&ir_drivers);
}

/*
 * Every IO-APIC needs a unit, or its interrupts would be stopped.  The first
 * that has none, nr_ioapics if all have.
 */
static int __init uncovered_ioapic(void)
{
    struct iommu_ir_source src;
    int apic;

    for ( apic = 0; apic < nr_ioapics; apic++ )
        if ( !ir_find_ioapic(IO_APIC_ID(apic), &src) )
            break;

    return apic;
}

static void disable_all(void)
{
    struct iommu_ir_driver *drv;

    list_for_each_entry ( drv, &ir_drivers, list )
        drv->disable();
}

static int __init enable_all(bool eim)
{
    struct iommu_ir_driver *drv;

    list_for_each_entry ( drv, &ir_drivers, list )
    {
        int rc = drv->enable(eim);

        if ( rc )
        {
            disable_all();
            return rc;
        }
    }

    return 0;
}

static int __init start_all(bool eim)
{
    int rc = enable_all(eim);

    if ( !rc )
    {
        rc = ir_setup_ioapics();
        if ( rc )
            disable_all();
    }

    if ( rc )
        return rc;

    ir_active = true;
    iommu_intremap = eim ? iommu_intremap_full : iommu_intremap_restricted;
    printk(XENLOG_INFO "IOMMU: interrupts are remapped to %u-bit APIC IDs\n",
           eim ? 32 : 8);

    return 0;
}

bool __init iommu_supports_x2apic(void)
{
    return iommu_intremap && all_supported(true) &&
           uncovered_ioapic() == nr_ioapics;
}

/*
 * Boot, from x2apic_bsp_setup(), and resume, from lapic_resume(), with
 * interrupts off.  -EOPNOTSUPP; -ENXIO: firmware does not want x2APIC;
 * -ENOMEM; -EIO.
 */
int iommu_enable_x2apic(void)
{
    struct iommu_ir_driver *drv;
    int rc = 0;

    if ( system_state < SYS_STATE_active )
        return iommu_supports_x2apic() ? start_all(true) : -EOPNOTSUPP;

    /* Xen asks at resume even where boot gave remapping up afterwards. */
    if ( !x2apic_enabled || !ir_active )
        return -EOPNOTSUPP;

    /* A unit that does not come back was reported; the others have to. */
    list_for_each_entry ( drv, &ir_drivers, list )
        rc = drv->enable(true) ?: rc;

    return rc;
}

void iommu_disable_x2apic(void)
{
    if ( x2apic_enabled )
        disable_all();
}

void iommu_adjust_irq_affinities(void)
{
    const struct iommu_ir_driver *drv;

    if ( !iommu_enabled )
        return;

    list_for_each_entry ( drv, &ir_drivers, list )
        if ( drv->adjust_irq_affinities )
            drv->adjust_irq_affinities();
}

static void __init say_why_not(int rc)
{
    int apic = uncovered_ioapic();

    iommu_intremap = iommu_intremap_off;
    if ( rc == -EOPNOTSUPP && apic < nr_ioapics && all_supported(false) )
        printk(XENLOG_WARNING
               "IOMMU: interrupts are not remapped: firmware names no unit for IO-APIC %u\n",
               IO_APIC_ID(apic));
    else
        printk(XENLOG_WARNING "IOMMU: interrupts are not remapped: %s (%d)\n",
               rc == -EOPNOTSUPP ? "not all units and firmware can"
               : rc == -ENOMEM ? "out of memory" : "a unit failed", rc);
}

bool __init iommu_ir_wants_eim(void)
{
    return x2apic_enabled && all_supported(true);
}

int __init iommu_ir_setup(void)
{
    struct IO_APIC_route_entry **saved;
    int rc = -EOPNOTSUPP;

#ifndef iommu_intpost
    if ( iommu_intpost )
    {
        printk(XENLOG_INFO "IOMMU: posted interrupts are not used\n");
        iommu_intpost = false;
    }
#endif

    if ( !iommu_intremap || ir_active )
        return 0;

    if ( all_supported(false) && uncovered_ioapic() == nr_ioapics )
    {
        saved = alloc_ioapic_entries();
        rc = saved ? save_IO_APIC_setup(saved) : -ENOMEM;
        if ( !rc )
        {
            mask_8259A();
            mask_IO_APIC_setup(saved);
            rc = start_all(iommu_ir_wants_eim());
            restore_IO_APIC_setup(saved, rc);
            unmask_8259A();
        }
        if ( saved )
            free_ioapic_entries(saved);
    }

    if ( rc )
        say_why_not(rc);

    return rc;
}

/*
 * What the pins say, in the format that needs no unit.  A destination that does
 * not fit leaves its pin masked.
 */
static void __init save_plain(struct IO_APIC_route_entry **saved)
{
    int apic, pin;

    for ( apic = 0; apic < nr_ioapics; apic++ )
        for ( pin = 0; pin < nr_ioapic_entries[apic]; pin++ )
        {
            struct IO_APIC_route_entry e = __ioapic_read_entry(apic, pin,
                                                               false);
            unsigned int dest = e.dest.dest32;

            if ( x2apic_enabled )
            {
                e.dest.dest32 = 0;
                e.dest.logical.logical_dest = dest;
                e.mask |= dest > 0xff;
            }
            saved[apic][pin] = e;
        }
}

void __init iommu_ir_shutdown(void)
{
    struct IO_APIC_route_entry **saved = NULL;

    if ( ir_active )
    {
        /* Without memory pins are lost that Xen sets up later anyway. */
        saved = alloc_ioapic_entries();
        if ( saved )
        {
            save_plain(saved);
            mask_8259A();
            mask_IO_APIC_setup(saved);
        }
        ir_active = false;
        ir_release_ioapics();
        disable_all();
    }
    iommu_intremap = iommu_intremap_off;

    if ( saved )
    {
        restore_IO_APIC_setup(saved, true);
        unmask_8259A();
        free_ioapic_entries(saved);
    }
}
