/* SPDX-License-Identifier: GPL-2.0-only */
/* What libpci knows: this machine's functions, and the names of pci.ids. */
#ifndef XEN_IOMMU_LIBPCI_H
#define XEN_IOMMU_LIBPCI_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Calls @fn for each function of the machine (below @root, see source.h), with
 * as many bytes of configuration space as this user may read: 64 without root,
 * 0 of one that left meanwhile.  False, after a complaint: there is no PCI.
 */
bool libpci_scan(void (*fn)(void *ctx, unsigned int domain, unsigned int bus,
                            unsigned int dev, unsigned int fn,
                            const uint8_t *cfg, unsigned int size), void *ctx);

/*
 * "Intel Corporation 82574L Gigabit Network Connection", or the class where the
 * device is not known; "" without pci.ids.  @class: base and subclass.  Plain
 * ASCII; valid until the next call.
 */
const char *libpci_name(uint16_t vendor, uint16_t device, uint16_t class);

/* The same of @sbdf ("0000:03:00.0") of this machine; "": it is not there. */
const char *libpci_name_of(const char *sbdf);

void libpci_done(void);

#endif /* XEN_IOMMU_LIBPCI_H */
