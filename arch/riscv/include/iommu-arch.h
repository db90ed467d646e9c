/* SPDX-License-Identifier: GPL-2.0-only */
/* What the layer needs of the architecture, RISC-V. */
#ifndef IOMMU_ARCH_H
#define IOMMU_ARCH_H

#include <xen/delay.h>
#include <xen/mm.h>
#include <xen/vmap.h>

#include <asm/io.h>
#include <asm/page.h>
#include <asm/system.h>

struct domain;
struct iommu_region;

/*
 * The page-table engine's number in the descriptor of a page that it uses as a
 * table; 0 whenever the page is not the engine's.  A Xen heap page has no type.
 */
#define pt_page_count(pg) ((pg)->u.inuse.type_info)
#define pt_page_set_count(pg, n) ((void)(pt_page_count(pg) = (n)))

/*
 * Writes back the cache lines of [@p, @p + @size), and orders that before later
 * stores to memory and devices.  The port itself supports coherent platforms
 * only, and stops being built where that is not so.
 */
static inline void arch_iommu_cache_clean(const void *p, unsigned int size)
{
    if ( clean_dcache_va_range(p, size) )
        BUG();
    wmb();
}

/*
 * Device registers.  What is not memory is uncached by the platform's physical
 * memory attributes (Privileged Architecture, 3.6).  NULL: no address space.
 */
void *arch_iommu_map_regs(paddr_t base, size_t size);
void arch_iommu_unmap_regs(void *regs, size_t size);

static inline void arch_iommu_delay_us(unsigned int us)
{
    udelay(us);
}

/* The host build checks the order in which locks are taken. */
#define lock_class_set(lock, class) ((void)(lock))

/* As on the other architectures; there is no p2m yet: -EOPNOTSUPP. */
int arch_iommu_direct_map(struct domain *d, const struct iommu_region *region,
                          bool relaxed);
void arch_iommu_direct_unmap(struct domain *d, unsigned long first,
                             unsigned long last);

/*
 * Why may @d's devices reach the frame @mfn, another domain's, or registers
 * that @d has no permission for, at @dfn?  A word that is constant: "grant",
 * "foreign" (mapped by privilege), "doorbell" (Arm, an ITS' page); NULL: no
 * reason is known.  No lock of this layer's held.
 */
const char *arch_iommu_foreign_why(struct domain *d, uint64_t dfn,
                                   uint64_t mfn);

#endif /* IOMMU_ARCH_H */
