/* SPDX-License-Identifier: GPL-2.0-only */
/* Boot on Arm, where firmware is a device tree or ACPI. */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/pci.h>
#include <xen/pfn.h>
#include <xen/sched.h>

#include <asm/gic_v3_its.h>
#include <asm/p2m.h>

#include <iommu-groups/compat.h>
#include <iommu-groups/driver.h>
#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>
#include <iommu-groups/ir.h>
#include <iommu-groups/setup.h>

#include "arm.h"

/* "pci-passthrough=": what Xen documents, but on where it can work. */
bool __read_mostly pci_passthrough_enabled;
static int8_t __initdata opt_pci_passthrough = -1;
boolean_param("pci-passthrough", opt_pci_passthrough);

static int __init cf_check add_segment(struct domain *d,
                                       struct pci_host_bridge *bridge)
{
    return pci_add_segment(bridge->segment);
}

/*
 * Functions that firmware gave bus numbers to.  Those behind other bridges are
 * found by the hardware domain, and blocked until it says so.
 */
static int __init find_pci(void)
{
    int rc;

    pci_passthrough_enabled = opt_pci_passthrough;
    if ( !pci_passthrough_enabled )
        return 0;

    compat_pci_segments_init();
    rc = acpi_disabled ? dt_pci_init() : arm_acpi_bridges();
    if ( !rc )
        rc = min(pci_host_iterate_bridges_and_count(NULL, add_segment), 0);

    return rc ?: scan_pci_devices();
}

/*
 * Whatever goes wrong, Xen boots: without translation the hardware domain,
 * which is mapped one to one, can still drive its devices.
 */
int __init arch_iommu_setup(void)
{
    int rc;

    iommu_firmware = acpi_disabled ? &iommu_dt_firmware : &iommu_iort_firmware;

    if ( acpi_disabled ? arm_iommu_discover() : arm_acpi_discover() )
    {
        printk(XENLOG_WARNING
               "IOMMU: no unit can be used: no passthrough on this machine\n");
        return -ENODEV;
    }

    /* What the hardware domain's devices reach is its p2m, and no more. */
    iommu_hwdom_strict = !iommu_hwdom_passthrough;
    p2m_restrict_ipa_bits(iommu_units_in_bits());

    rc = find_pci();
    if ( rc )
        printk(XENLOG_ERR
               "IOMMU: PCI host bridges cannot be used (%d): what is behind them stays blocked\n",
               rc);

    return 0;
}

void __init arch_iommu_late_setup(void)
{
    iommu_dt_add_kept();
    if ( !acpi_disabled )
        arm_acpi_add_named();
}

void __hwdom_init arch_iommu_hwdom_init(struct domain *d)
{
    if ( iommu_hwdom_inclusive )
        printk(XENLOG_WARNING "map-inclusive dom0-iommu option is not supported on ARM\n");
    iommu_hwdom_inclusive = false;
    if ( iommu_hwdom_reserved == 1 )
        printk(XENLOG_WARNING "map-reserved dom0-iommu option is not supported on ARM\n");
    iommu_hwdom_reserved = 0;
}

#ifdef CONFIG_HAS_ITS
static unsigned long doorbell_of(const struct host_its *its)
{
    return PFN_DOWN(its->addr + ITS_DOORBELL_OFFSET);
}
#endif

/*
 * The page with GITS_TRANSLATER, where the hardware domain's devices write
 * their message-signalled interrupts: IHI 0069, 12.19.11.  The rest of an ITS
 * is emulated.
 */
static void __hwdom_init map_doorbells(struct domain *d)
{
#ifdef CONFIG_HAS_ITS
    const struct host_its *its;

    list_for_each_entry ( its, &host_its_list, entry )
    {
        unsigned long fn = doorbell_of(its);

        if ( map_mmio_regions(d, _gfn(fn), 1, _mfn(fn)) )
            printk(XENLOG_ERR
                   "IOMMU: the doorbell of the ITS at %"PRIpaddr" cannot be mapped: no MSI for %pd\n",
                   its->addr, d);
    }
#endif
}

bool arm_is_doorbell(unsigned long mfn)
{
#ifdef CONFIG_HAS_ITS
    const struct host_its *its;

    list_for_each_entry ( its, &host_its_list, entry )
        if ( doorbell_of(its) == mfn )
            return true;
#endif

    return false;
}

void __hwdom_init arch_iommu_hwdom_ready(struct domain *d)
{
    map_doorbells(d);
    if ( !acpi_disabled )
        arm_acpi_give_named(d);
}

/* An ITS tells devices apart by itself: no interrupt is forged with an ID. */
void iommu_ir_note_owner(const struct domain *d)
{
}

/* No driver of Xen's on Arm registers any. */
bool __init arch_iommu_reserve_ram(unsigned long start, unsigned long nr,
                                   const char *name)
{
    return false;
}

/* Guests' memory maps on Arm have no room for direct-mapped regions. */
int iommu_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt)
{
    return 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
