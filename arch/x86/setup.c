/* SPDX-License-Identifier: GPL-2.0-only */
/* Boot on x86: which firmware table there is, and the driver that serves it. */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iocap.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pfn.h>
#include <xen/sched.h>

#include <asm/e820.h>
#include <asm/setup.h>

#include <iommu-groups/ir.h>
#include <iommu-groups/setup.h>
#include <iommu-groups/x86.h>

bool __read_mostly iommu_non_coherent;
bool __initdata iommu_superpages = true;

static const struct iommu_x86 *const __initconstrel kinds[] = {
#ifdef CONFIG_INTEL_IOMMU
    &vtd_x86,
#endif
#ifdef CONFIG_AMD_IOMMU
    &amd_x86,
#endif
};

/* (c) after detect(): what this machine has; NULL: nothing. */
static const struct iommu_x86 *__read_mostly machine;

static bool __init have_amd_vi(void)
{
    acpi_physical_address addr;
    acpi_native_uint len;

    return ACPI_SUCCESS(acpi_get_table_phys(ACPI_SIG_IVRS, 0, &addr, &len));
}

/* The first table that is there counts, even where it is of no use. */
static int __init detect(void)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(kinds); i++ )
    {
        int rc = kinds[i]->detect();

        if ( !rc )
            machine = kinds[i];
        if ( rc != -ENODEV )
            return rc;
    }

    if ( have_amd_vi() )
        printk(XENLOG_WARNING
               "IOMMU: Xen was built without the driver for AMD-Vi\n");

    return -ENODEV;
}

void __init acpi_iommu_init(void)
{
    /* "iommu=no" leaves the hardware alone, interrupt remapping included. */
    if ( !iommu_enable || acpi_disabled || detect() )
    {
        iommu_enable = false;
        iommu_intremap = iommu_intremap_off;
    }

#ifndef iommu_snoop
    if ( !machine || !machine->snoop_option )
        iommu_snoop = true;
#endif
}

int __init arch_iommu_setup(void)
{
    int rc = scan_pci_devices();

    if ( !machine )
        return rc ?: -ENODEV;

    if ( !rc )
        return machine->setup();

    printk(XENLOG_ERR "IOMMU: PCI functions cannot be learnt: %d\n", rc);
    /* x2APIC set-up may have started units: dom0's devices have no other. */
    iommu_ir_shutdown();
    machine->tear_down();

    return rc;
}

void __init arch_iommu_late_setup(void)
{
    /* Without interrupt remapping DMA is still translated. */
    if ( iommu_ir_setup() )
        ASSERT(!iommu_intremap);
}

void arch_iommu_translate(void)
{
    if ( machine )
        machine->translate();
}

void __hwdom_init arch_iommu_hwdom_ready(struct domain *d)
{
    const struct iommu_unit *unit;

    for_each_iommu_unit ( unit )
        if ( iomem_deny_access(d, PFN_DOWN(unit->base),
                               PFN_DOWN(unit->base +
                                        max(unit->regs_size, 1U) - 1)) )
            panic("%pd cannot be kept from the registers of %s\n",
                  d, unit->name);

    arch_iommu_translate();
}

bool __init arch_iommu_reserve_ram(unsigned long start, unsigned long nr,
                                   const char *name)
{
    if ( reserve_e820_ram(&e820, pfn_to_paddr(start),
                          pfn_to_paddr(start + nr)) )
        return true;

    printk(XENLOG_ERR
           "IOMMU: frames %lx-%lx of %s are not RAM: devices cannot use them\n",
           start, start + nr - 1, name);

    return false;
}

int iommu_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt)
{
    return iommu_enabled ? machine->reserved(func, ctxt) : 0;
}

/* NULL: devices may use it although the memory map does not say so. */
static const char *__init page_refused(mfn_t mfn)
{
    unsigned int type = page_get_ram_type(mfn);

    if ( type == RAM_TYPE_UNKNOWN )
        return e820_add_range(mfn_to_maddr(mfn), mfn_to_maddr(mfn) + PAGE_SIZE,
                              E820_RESERVED) ? NULL : "cannot be reserved";

    /* A page that is not all RAM is not used as RAM. */
    return type & (RAM_TYPE_RESERVED | RAM_TYPE_ACPI | RAM_TYPE_UNUSABLE)
           ? NULL : "is RAM";
}

/* RAM is Xen's, dom0's or a guest's: no table opens it to a device. */
bool __init iommu_unity_region_ok(const char *prefix, mfn_t start, mfn_t end)
{
    const char *why = NULL;
    mfn_t mfn;

    if ( e820_all_mapped(mfn_to_maddr(start), mfn_to_maddr(end) + PAGE_SIZE,
                         E820_RESERVED) )
        return true;

    for ( mfn = start; !why && mfn_x(mfn) <= mfn_x(end); mfn = mfn_add(mfn, 1) )
        why = page_refused(mfn);

    if ( why )
        printk(XENLOG_WARNING "%s [%#lx, %#lx] left out: frame %"PRI_mfn" %s\n",
               prefix, mfn_to_maddr(start), mfn_to_maddr(end), mfn_x(mfn) - 1,
               why);
    else
        printk(XENLOG_WARNING
               "%s [%#lx, %#lx] is not all reserved in the memory map\n",
               prefix, mfn_to_maddr(start), mfn_to_maddr(end));

    return !why;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
