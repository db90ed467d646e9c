/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_PCI_H
#define HOST_ASM_PCI_H

#include <xen/pci.h>

/* Host bridges on Arm. */
struct pci_config_window {
    paddr_t phys_addr;
    paddr_t size;
    uint8_t busn_start;
    uint8_t busn_end;
    void *win;
};

struct pci_ops {
    int host_unused;
};

struct pci_ecam_ops {
    struct pci_ops pci_ops;
};
extern const struct pci_ecam_ops pci_generic_ecam_ops;

struct pci_host_bridge {
    struct list_head node;
    uint16_t segment;
    struct pci_config_window *cfg;
    const struct pci_ops *ops;
};

/* A test's. */
struct pci_host_bridge *pci_alloc_host_bridge(void);
void pci_add_host_bridge(struct pci_host_bridge *bridge);
struct pci_host_bridge *pci_find_host_bridge(uint16_t segment, uint8_t bus);
int pci_host_iterate_bridges_and_count(
    struct domain *d,
    int (*cb)(struct domain *d, struct pci_host_bridge *bridge));

#endif
