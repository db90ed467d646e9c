/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_PCI_REGS_H
#define HOST_XEN_PCI_REGS_H

/* Xen's names are Linux's, as the C library's kernel headers have them. */
#include <linux/pci_regs.h>

#ifndef PCI_MSI_MASK_BIT
#define PCI_MSI_MASK_BIT PCI_MSI_MASK_32
#endif

#define PCI_HEADER_NORMAL_NR_BARS 6

#endif
