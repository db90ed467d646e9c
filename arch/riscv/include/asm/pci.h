/* SPDX-License-Identifier: GPL-2.0-only */
/* The architecture's part of <xen/pci.h>, which the port does not have. */
#ifndef ASM__RISCV__PCI_H
#define ASM__RISCV__PCI_H

#include <xen/types.h>

struct pci_dev;

struct arch_pci_dev {
};

static inline bool is_pci_passthrough_enabled(void)
{
    return true;
}

/* No domain is there to tell Xen of functions. */
static inline bool arch_pci_device_physdevop(void)
{
    return false;
}

void arch_pci_init_pdev(struct pci_dev *pdev);

#endif /* ASM__RISCV__PCI_H */
