/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hypervisor's own sources ask of Xen, answered from a recording.  What
 * they print is a complaint (tool.h).
 */
#ifndef XEN_IOMMU_LAYER_H
#define XEN_IOMMU_LAYER_H

#include "record.h"

/* Whose configuration space is read from now on; NULL: nobody's. */
void layer_use(const struct machine *m);

/* The memory map that firmware gave; none: nothing is known of memory. */
enum memory_is { MEMORY_RAM, MEMORY_RESERVED, MEMORY_OTHER };
void layer_memory_add(uint64_t first, uint64_t last, enum memory_is is);
void layer_memory_forget(void);
bool layer_memory_known(void);
/* Is all of it of this kind?  False where nothing is known. */
bool layer_memory_all(uint64_t first, uint64_t last, enum memory_is is);
/* Is any of it listed? */
bool layer_memory_any(uint64_t first, uint64_t last);

#endif /* XEN_IOMMU_LAYER_H */
