/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the layer needs of an architecture; arch/x86, arm and riscv have a
 * header of this name and contents each. This is the host's.
 */
#ifndef IOMMU_ARCH_H
#define IOMMU_ARCH_H

#include <xen/mm.h>
#include <xen/rwlock.h>
#include <xen/spinlock.h>
#include <asm/atomic.h>
#include <asm/processor.h>

/*
 * Locks in the order in which they may be taken, outermost first. A class is
 * given to a lock once, after its initialisation; the host build checks the
 * order at every acquisition, elsewhere it costs nothing.
 */
enum lock_class {
    LOCK_UNCLASSED,
    LOCK_PCIDEVS,       /* pcidevs_lock: no wait, no page-table work under it */
    LOCK_DOMAIN_PCI,    /* d->pci_lock, vPCI's */
    LOCK_GROUP,
    LOCK_FLUSH,
    LOCK_TABLE,         /* no wait for hardware under it */
    LOCK_UNIT,
};

void host_lock_class_set(struct host_lock *lock, enum lock_class class,
                         const char *name);
#define lock_class_set(lock, class) \
    host_lock_class_set(&(lock)->l, class, #lock)

/* Number of live entries of a page-table page, kept beside the page. */
static inline unsigned int pt_page_count(const struct page_info *pg)
{
    return pg->pt_count;
}

static inline void pt_page_set_count(struct page_info *pg, unsigned int count)
{
    pg->pt_count = count;
}

/*
 * Writes the cache lines of [@addr, @addr + @size) back to memory, for units
 * that do not snoop the caches; completes before any later register access.
 * On the host it feeds the model that asked for it (host_on_cache_clean()).
 */
void iommu_arch_cache_clean(const void *addr, size_t size);

#endif /* IOMMU_ARCH_H */
