/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the layer needs of an architecture; arch/x86, arm and riscv have a
 * header of this name and contents each. This is the host's.
 */
#ifndef IOMMU_ARCH_H
#define IOMMU_ARCH_H

#include <xen/delay.h>
#include <xen/mm.h>
#include <xen/rwlock.h>
#include <xen/spinlock.h>
#include <xen/vmap.h>
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
    LOCK_OWNER,         /* owner->lock: likewise */
    LOCK_TABLE_FLUSH,
    LOCK_TABLE,         /* no wait for hardware under it */
    LOCK_TABLE_PRIVATE, /* the same of a private table: after its source's */
    LOCK_UNIT,
};

void host_lock_class_set(struct host_lock *lock, enum lock_class class,
                         const char *name);
#define lock_class_set(lock, class) \
    host_lock_class_set(&(lock)->l, class, #lock)

/* What waits for a lock by trying it: time does not pass for hardware. */
void iommu_lock_relax(void);
#define iommu_lock_relax iommu_lock_relax

/*
 * The page-table engine's number in the descriptor of a page that it uses as a
 * table.  An lvalue; 0 whenever the page is not the engine's, which is checked
 * when the page is freed.
 */
#define pt_page_count(pg) ((pg)->u.inuse.type_info)
#define pt_page_set_count(pg, n) ((void)(pt_page_count(pg) = (n)))

/*
 * Writes the cache lines of [@addr, @addr + @size) back to memory, for units
 * that do not snoop the caches; completes before any later register access.
 * On the host it feeds the model that asked for it (host_on_cache_clean()).
 */
void arch_iommu_cache_clean(const void *addr, size_t size);

/*
 * The opposite, for what such a unit wrote: the next read gets it from memory.
 * The lines are not dirty.
 */
static inline void arch_iommu_cache_invalidate(const void *addr, size_t size) {}

/*
 * See iommu-groups/borrow.h.  Tests say what is borrowed with
 * host_borrow_set() (host.h).
 */
#define HAS_BORROWED_TABLES
struct domain;
struct iommu_region;
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
    return ioremap(base, size);
}

static inline void arch_iommu_unmap_regs(void *regs, size_t size)
{
    iounmap(regs);
}

static inline void arch_iommu_delay_us(unsigned int us)
{
    udelay(us);
}

/*
 * Maps or unmaps frames [@first, @last] one to one in @d's tables; -ENOMEM.
 * A test that links map.c gets translations, others a record in the log.
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
