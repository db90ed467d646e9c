/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buses: PCI-to-PCI Bridge Architecture 1.2, 3.2.5, and PCI 3.0, 6.1 for the
 * look at each function.
 */
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci_regs.h>
#include <xen/sizes.h>

#include <iommu-groups/pci-setup.h>

/* A bridge's memory window begins and ends at multiples of this. */
#define WINDOW ((uint64_t)MB(1))

static void __init scan_bus(struct pci_setup *s, uint8_t bus,
                            unsigned int depth);

/* Closed: a base above the limit. */
static void __init close_windows(pci_sbdf_t sbdf)
{
    pci_conf_write16(sbdf, PCI_IO_BASE, 0x00f0);
    pci_conf_write32(sbdf, PCI_MEMORY_BASE, 0x0000fff0);
    pci_conf_write32(sbdf, PCI_PREF_MEMORY_BASE, 0x0000fff0);
    pci_conf_write32(sbdf, PCI_PREF_BASE_UPPER32, 0);
    pci_conf_write32(sbdf, PCI_PREF_LIMIT_UPPER32, 0);
}

static void __init set_window(pci_sbdf_t sbdf, uint64_t base, uint64_t end)
{
    if ( base < end )
        pci_conf_write32(sbdf, PCI_MEMORY_BASE,
                         ((base >> 16) & 0xfff0) | ((end - 1) & 0xfff00000U));
}

static void __init set_buses(pci_sbdf_t sbdf, uint8_t primary,
                             uint8_t secondary, uint8_t subordinate)
{
    pci_conf_write8(sbdf, PCI_PRIMARY_BUS, primary);
    pci_conf_write8(sbdf, PCI_SECONDARY_BUS, secondary);
    pci_conf_write8(sbdf, PCI_SUBORDINATE_BUS, subordinate);
}

static void __init align_window(struct pci_setup *s)
{
    s->next = min((s->next + WINDOW - 1) & ~(WINDOW - 1),
                  s->end);
}

static void __init setup_bridge(struct pci_setup *s, pci_sbdf_t sbdf,
                                unsigned int depth)
{
    uint64_t base;
    uint8_t sec;

    pci_setup_bars(s, sbdf, 2);
    set_buses(sbdf, 0, 0, 0);
    close_windows(sbdf);

    if ( s->bus == s->last_bus || depth == PCI_SETUP_DEPTH ||
         s->open_bus(s->seg, s->bus + 1) )
    {
        printk(XENLOG_WARNING
               "%pp: no bus left for this bridge: what is below it is not found\n",
               &sbdf);
        return;
    }

    sec = ++s->bus;
    /* All that are left, until it is known how many there are. */
    set_buses(sbdf, sbdf.bus, sec, s->last_bus);

    align_window(s);
    base = s->next;
    scan_bus(s, sec, depth + 1);
    align_window(s);

    pci_conf_write8(sbdf, PCI_SUBORDINATE_BUS, s->bus);
    set_window(sbdf, base, s->next);
    pci_conf_write16(sbdf, PCI_COMMAND,
                     PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* False: there is no such function. */
static bool __init setup_function(struct pci_setup *s, pci_sbdf_t sbdf,
                                  unsigned int depth)
{
    uint16_t vendor = pci_conf_read16(sbdf, PCI_VENDOR_ID);

    if ( vendor == 0xffff || !vendor )
        return false;

    /* Whatever it was doing, it stops. */
    pci_conf_write16(sbdf, PCI_COMMAND, 0);

    switch ( pci_conf_read8(sbdf, PCI_HEADER_TYPE) & 0x7f )
    {
    case PCI_HEADER_TYPE_NORMAL:
        pci_setup_bars(s, sbdf, 6);
        pci_conf_write32(sbdf, PCI_ROM_ADDRESS, 0);
        break;

    case PCI_HEADER_TYPE_BRIDGE:
        setup_bridge(s, sbdf, depth);
        break;

    default:
        break;
    }

    return true;
}

static void __init scan_bus(struct pci_setup *s, uint8_t bus,
                            unsigned int depth)
{
    unsigned int dev, fn;

    for ( dev = 0; dev < 32; dev++ )
        for ( fn = 0; fn < 8; fn++ )
        {
            pci_sbdf_t sbdf = PCI_SBDF(s->seg, bus, dev, fn);

            if ( !setup_function(s, sbdf, depth) && !fn )
                break;
            if ( !fn && !(pci_conf_read8(sbdf, PCI_HEADER_TYPE) & 0x80) )
                break;
        }
}

void __init pci_setup_host(struct pci_setup *s)
{
    scan_bus(s, s->bus, 0);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
