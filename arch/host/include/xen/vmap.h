/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers: ioremap() returns a handle into address space that faults when
 * it is dereferenced; readl() and friends (asm/io.h) find the hardware model
 * that registered the machine address (host_mmio_register(), host.h).
 */
#ifndef HOST_XEN_VMAP_H
#define HOST_XEN_VMAP_H

#include <xen/types.h>

void __iomem *ioremap(paddr_t pa, size_t len);
void iounmap(void __iomem *va);
#define ioremap_nocache(pa, len) ioremap(pa, len)

/* Memory without physical contiguity, from the small allocator. */
#define vmalloc(size) xmalloc_bytes(size)
#define vzalloc(size) xzalloc_bytes(size)
#define vfree(p) xfree(p)

#endif
