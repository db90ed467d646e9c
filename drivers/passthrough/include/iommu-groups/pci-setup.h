/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firmware does with PCI elsewhere, and OpenSBI does not: bus numbers, and
 * addresses for BARs.  The sources use pci_conf_read*() and nothing else of
 * Xen's PCI code, and run in the host tests.
 */
#ifndef IOMMU_GROUPS_PCI_SETUP_H
#define IOMMU_GROUPS_PCI_SETUP_H

#include <xen/pci.h>

/* Deeper trees than any machine has; below, nothing is found. */
#define PCI_SETUP_DEPTH 12

struct pci_setup {
    uint16_t seg;
    uint8_t bus, last_bus;        /* last given out, last there is */
    uint64_t next, end;           /* memory that is left: [next, end) */
    /* Called before a bus is looked at for the first time. */
    int (*open_bus)(uint16_t seg, uint8_t bus);
};

/*
 * Everything on and below bus @s->bus, which is open: functions get addresses
 * for their memory BARs, with all decoding and bus mastering off; bridges get
 * bus numbers and windows, and forward both ways.
 */
void pci_setup_host(struct pci_setup *s);

/*
 * Addresses for the memory BARs of one function, of which there are at most
 * @nr.  What does not fit gets none, with one message.
 */
void pci_setup_bars(struct pci_setup *s, pci_sbdf_t sbdf, unsigned int nr);

#endif /* IOMMU_GROUPS_PCI_SETUP_H */
