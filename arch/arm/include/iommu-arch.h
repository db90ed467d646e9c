/* SPDX-License-Identifier: GPL-2.0-only */
/* What the layer needs of the architecture, Arm. */
#ifndef IOMMU_ARCH_H
#define IOMMU_ARCH_H

#include <xen/delay.h>
#include <xen/mm.h>
#include <xen/vmap.h>

#include <asm/io.h>
#include <asm/page.h>

struct domain;
struct iommu_region;

/*
 * The page-table engine's number in the descriptor of a page that it uses as a
 * table.
 *
 * No guest can ask for a Xen heap page that is shared with nobody, and only
 * for shared ones has the field, which the heap initialises when a page is
 * allocated, another use: see page_set_xenheap_gfn().
 */
#define pt_page_count(pg) ((pg)->u.inuse.type_info)
#define pt_page_set_count(pg, n) ((void)(pt_page_count(pg) = (n)))

/*
 * Writes back the cache lines of [@p, @p + @size), for hardware that does not
 * snoop, and orders that before later stores.
 */
static inline void arch_iommu_cache_clean(const void *p, unsigned int size)
{
    clean_dcache_va_range(p, size);
}

/*
 * The opposite, for what such a unit wrote: the next read gets it from memory.
 * The lines are not dirty.
 */
static inline void arch_iommu_cache_invalidate(const void *p, size_t size)
{
    invalidate_dcache_va_range(p, size);
}

/* The page-table's owner is the CPU: see iommu-groups/borrow.h. */
#define HAS_BORROWED_TABLES
struct pt_config;
struct pt_leaf;
bool arch_iommu_borrow(const struct domain *d, struct pt_config *cfg);
paddr_t arch_iommu_borrowed_root(const struct domain *d);
int arch_iommu_borrowed_map(struct domain *d, uint64_t dfn, uint64_t mfn,
                            unsigned long nr, unsigned int prot);
int arch_iommu_borrowed_unmap(struct domain *d, uint64_t dfn,
                              unsigned long nr);
void arch_iommu_borrowed_lock(struct domain *d);
void arch_iommu_borrowed_unlock(struct domain *d);
int arch_iommu_borrowed_lookup(struct domain *d, uint64_t dfn,
                               struct pt_leaf *leaf);

/* Device registers, uncached.  NULL: no address space. */
static inline void *arch_iommu_map_regs(paddr_t base, size_t size)
{
    return (void *)ioremap_nocache(base, size);
}

static inline void arch_iommu_unmap_regs(void *regs, size_t size)
{
    iounmap(regs);
}

static inline void arch_iommu_delay_us(unsigned int us)
{
    udelay(us);
}

/* The host build checks the order in which locks are taken. */
#define lock_class_set(lock, class) ((void)(lock))

/*
 * Maps or unmaps frames [@first, @last] one to one in the p2m.  @relaxed:
 * something else may be there already.  All or nothing.  No lock of this
 * layer's order held but direct_lock.  -ENOMEM; -EBUSY: the p2m has something
 * else there.
 */
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
