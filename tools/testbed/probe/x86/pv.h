/* SPDX-License-Identifier: GPL-2.0-only */
/* What a PV guest does with its frames. */
#ifndef PV_H
#define PV_H

#include "probe.h"

#include <hypercall.h>

/* Its frame as the guest counts, and that this is another one of Xen's now. */
uint64_t pfn_of(const volatile void *va);
void moved(const volatile void *va, uint64_t mfn);

#define PTE_READ_ONLY 0x65u             /* present, user, accessed, dirty */
#define PTE_MEMORY    (PTE_READ_ONLY | 2u)
#define PTE_REGISTERS (PTE_MEMORY | 0x18u) /* not cached */

/*
 * Maps a frame of any kind over a page of the probe's, whose own frame is out
 * of reach from then on; no flags map nothing. Returns Xen's error, 0 for none.
 */
int map_at(void *va, uint64_t mfn, uint64_t flags);

/* A device's message interrupt, from the backend, as a port; 0 for none. */
evtchn_port_t pci_msi_on(const struct pci_dev *dev, uint32_t *pirq);
void pci_msi_off(const struct pci_dev *dev, evtchn_port_t port);

/* What a PV guest may ask of Xen while its device writes to the page. */
int hostile(struct edu *edu, const char *words);

#endif
