/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI host bridges of machines that boot from ACPI: PCI Firmware 3.2, §4.1.2,
 * the MCFG.  Their windows are in the namespace, which Xen does not read.
 */
#include <xen/acpi.h>
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iocap.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pfn.h>
#include <xen/rangeset.h>
#include <xen/sched.h>
#include <xen/vmap.h>

#include <asm/setup.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>

#include "arm.h"

#define ECAM_BUS_SHIFT 20

/* Frames of memory and of configuration space: no BAR can be there. */
static struct rangeset *__read_mostly no_bar;

/* Devices would program the unit that holds them back. */
static bool __init is_unit(paddr_t base, paddr_t size)
{
    unsigned int i;

    for ( i = 0; i < iommu_iort.nr_smmus; i++ )
    {
        const struct iort_smmu *unit = &iommu_iort.smmus[i];

        if ( base < unit->base + unit->size && unit->base < base + size )
            return true;
    }

    return false;
}

static const char *__init why_not(const struct acpi_mcfg_allocation *e)
{
    paddr_t base = e->address +
                   ((paddr_t)e->start_bus_number << ECAM_BUS_SHIFT);
    paddr_t size = (e->end_bus_number - e->start_bus_number + 1ULL)
                   << ECAM_BUS_SHIFT;
    unsigned int bus;

    if ( e->end_bus_number < e->start_bus_number )
        return "its last bus comes before its first";
    if ( !e->address || (e->address & ((1UL << ECAM_BUS_SHIFT) - 1)) ||
         base < e->address || base + size < base ||
         base + size > (1ULL << PADDR_BITS) )
        return "it has no possible address";
    if ( iommu_dt_is_ram(base, size) )
        return "it is RAM";
    if ( is_unit(base, size) )
        return "it is an SMMU's registers";
    for ( bus = e->start_bus_number; bus <= e->end_bus_number; bus++ )
        if ( pci_find_host_bridge(e->pci_segment, bus) )
            return "another entry has one of its buses";
    if ( rangeset_overlaps_range(no_bar, PFN_DOWN(base),
                                 PFN_DOWN(base + size - 1)) )
        return "another entry has its address";

    return NULL;
}

/* @e makes sense.  -ENOMEM. */
static int __init add_bridge(const struct acpi_mcfg_allocation *e)
{
    struct pci_host_bridge *bridge = pci_alloc_host_bridge();
    struct pci_config_window *cfg = xzalloc(struct pci_config_window);
    int rc = -ENOMEM;

    if ( !bridge || !cfg )
        goto fail;

    cfg->busn_start = e->start_bus_number;
    cfg->busn_end = e->end_bus_number;
    cfg->phys_addr = e->address +
                     ((paddr_t)cfg->busn_start << ECAM_BUS_SHIFT);
    cfg->size = (cfg->busn_end - cfg->busn_start + 1UL) << ECAM_BUS_SHIFT;

    rc = rangeset_add_range(no_bar, PFN_DOWN(cfg->phys_addr),
                            PFN_DOWN(cfg->phys_addr + cfg->size - 1));
    if ( rc )
        goto fail;

    rc = -ENOMEM;
    cfg->win = ioremap_nocache(cfg->phys_addr, cfg->size);
    if ( !cfg->win )
        goto fail;

    bridge->segment = e->pci_segment;
    bridge->cfg = cfg;
    bridge->ops = &pci_generic_ecam_ops.pci_ops;
    pci_add_host_bridge(bridge);

    printk("PCI: segment %04x, buses %02x to %02x, configuration space at %#"PRIpaddr"\n",
           bridge->segment, cfg->busn_start, cfg->busn_end, cfg->phys_addr);

    return 0;

 fail:
    xfree(cfg);
    xfree(bridge);

    return rc;
}

static int __init add_ram(void)
{
    const struct membanks *mem = bootinfo_get_mem();
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < mem->nr_banks; i++ )
        if ( mem->bank[i].size )
            rc = rangeset_add_range(no_bar, PFN_DOWN(mem->bank[i].start),
                                    PFN_DOWN(mem->bank[i].start +
                                             mem->bank[i].size - 1));

    return rc;
}

int __init arm_acpi_bridges(void)
{
    const struct acpi_mcfg_allocation *e;
    struct acpi_table_header *table;
    unsigned int i, nr;
    int rc;

    if ( ACPI_FAILURE(acpi_get_table(ACPI_SIG_MCFG, 0, &table)) ||
         table->length < sizeof(struct acpi_table_mcfg) )
    {
        printk(XENLOG_WARNING "PCI: firmware names no host bridge\n");
        return 0;
    }

    no_bar = rangeset_new(NULL, "no BAR", RANGESETF_prettyprint_hex);
    rc = no_bar ? add_ram() : -ENOMEM;

    e = (const void *)(container_of(table, struct acpi_table_mcfg, header) + 1);
    nr = (table->length - sizeof(struct acpi_table_mcfg)) / sizeof(*e);
    for ( i = 0; !rc && i < nr; i++ )
    {
        const char *why = why_not(&e[i]);

        if ( why )
            printk(XENLOG_ERR "PCI: MCFG entry %u is not used: %s\n", i, why);
        else
            rc = add_bridge(&e[i]);
    }

    return rc;
}

/*
 * Without the bridges' windows: what the hardware domain may map, but neither
 * memory nor configuration space.
 */
bool iommu_acpi_bar_ok(paddr_t first, paddr_t last)
{
    return no_bar &&
           iomem_access_permitted(hardware_domain, PFN_DOWN(first),
                                  PFN_DOWN(last)) &&
           !rangeset_overlaps_range(no_bar, PFN_DOWN(first), PFN_DOWN(last));
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
