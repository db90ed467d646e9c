/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_VPCI_H
#define HOST_XEN_VPCI_H

#include <xen/pci.h>
#include <xen/rwlock.h>

#define has_vpci(d) ((void)(d), false)

static inline int vpci_assign_device(struct pci_dev *pdev)
{
    return 0;
}

static inline void vpci_deassign_device(struct pci_dev *pdev)
{
}

#endif
