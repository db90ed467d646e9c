/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions in a guest's virtual host bridge.
 *
 * drivers/vpci finds the function and the register that a guest's access means;
 * what is here decides what the guest reads, and what becomes of a write.
 * All functions: d->pci_lock held, for writing where something may change.
 */
#ifndef IOMMU_GROUPS_VPCI_GUEST_H
#define IOMMU_GROUPS_VPCI_GUEST_H

#include <xen/sched.h>
#include <xen/vpci.h>

/*
 * The bus address that a BAR holds after its lower, or upper (@hi), half was
 * written: bits below its size stay zero, so that the guest can size it.
 * PCI Local Bus 3.0, 6.2.5.1.
 */
uint64_t vpci_bar_after_write(const struct vpci_bar *bar, bool hi,
                              uint32_t val);

/* Is it, as a whole, in a window that the guest's host bridge claims? */
bool vpci_bar_in_window(const struct vpci_bar *bar);

/*
 * Map a BAR into its guest's stage 2, if it may be where the guest put it:
 * in a window, over no other BAR and over nothing of the guest's own. Where it
 * may not, or memory lacks, it stays unmapped and Xen says why.
 */
void vpci_bar_map(const struct pci_dev *pdev, struct vpci_bar *bar);

/*
 * Take out what vpci_bar_map() put in, wherever the guest did not replace it.
 * Cannot fail: a guest that could keep a frame is crashed.
 */
void vpci_bar_unmap(struct domain *d, struct vpci_bar *bar);

/*
 * The number of the interrupt (SPI + 32) that the function's INTx is, by the
 * host bridge's interrupt-map.  0: it has none, or firmware does not say.
 * pcidevs_lock held.
 */
unsigned int vpci_intx_line(const struct pci_dev *pdev);

/* Is the line (0: none) routed to @d?  Any context. */
bool vpci_owns_line(struct domain *d, unsigned int line);

#endif /* IOMMU_GROUPS_VPCI_GUEST_H */

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
