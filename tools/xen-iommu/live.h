/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine that the program runs on (or a copy of its files, source.h). */
#ifndef XEN_IOMMU_LIVE_H
#define XEN_IOMMU_LIVE_H

#include "record.h"

/*
 * Its functions, with configuration space as far as this user may read it.
 * False, after a complaint: there is no PCI.
 */
bool live_read(struct machine *m);

/* Could only the first 64 bytes be read?  Groups then are not known. */
bool live_headers_only(const struct machine *m);

/* Firmware's memory map, for the hypervisor's sources (layer.h). */
void live_memory(void);

#endif /* XEN_IOMMU_LIVE_H */
