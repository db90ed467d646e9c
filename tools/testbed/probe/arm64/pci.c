/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual host bridge that Xen gives a guest (GUEST_VPCI_* of
 * public/arch-arm.h): one bus, whose devices have one function, and BARs that
 * nobody has placed.
 */
#include "guest.h"

#define SLOTS     32
#define BAR_SPACE 0x100000u             /* as much as edu's BAR decodes */

static bool bridge;

static volatile void *at(const struct pci_dev *dev, int reg)
{
    return (volatile uint8_t *)GUEST_VPCI_ECAM_BASE + (dev->devfn << 12) + reg;
}

void pci_init(void)
{
    const struct pci_dev first = { .devfn = 0 };
    uint32_t word;

    bridge = reads(at(&first, 0), &word);
}

bool pci_read(const struct pci_dev *dev, int reg, int size, uint32_t *value)
{
    if ( size == 4 )
        *value = *(volatile uint32_t *)at(dev, reg);
    else if ( size == 2 )
        *value = *(volatile uint16_t *)at(dev, reg);
    else
        return false;
    return true;
}

bool pci_write(const struct pci_dev *dev, int reg, int size, uint32_t value)
{
    if ( size == 4 )
        *(volatile uint32_t *)at(dev, reg) = value;
    else if ( size == 2 )
        *(volatile uint16_t *)at(dev, reg) = value;
    else
        return false;
    return true;
}

/* Firmware's work: an address for the BAR, while it does not decode. */
static void place(const struct pci_dev *dev)
{
    uint32_t command;

    pci_read(dev, PCI_COMMAND, 2, &command);
    if ( !(command & 2) )
        pci_write(dev, PCI_BAR0, 4,
                  GUEST_VPCI_MEM_ADDR + (dev->devfn >> 3) * BAR_SPACE);
}

bool pci_find(unsigned int n, uint32_t id, struct pci_dev *dev)
{
    unsigned int slot;
    uint32_t got;

    for ( slot = 0; bridge && slot < SLOTS; slot++ )
    {
        *dev = (struct pci_dev){ .devfn = slot << 3 };
        if ( !pci_read(dev, 0, 4, &got) || got != id || n-- )
            continue;
        place(dev);
        return true;
    }
    return false;
}
