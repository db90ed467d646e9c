/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Borrowed tables: a domain's groups use the CPU's own stage 2.  An
 * architecture that has it defines HAS_BORROWED_TABLES and these functions in
 * its iommu-arch.h.
 */
#ifndef IOMMU_GROUPS_BORROW_H
#define IOMMU_GROUPS_BORROW_H

#include <iommu-arch.h>
#include <iommu-groups/table.h>

#ifndef HAS_BORROWED_TABLES

/*
 * Is @d's stage 2 to be used by units?  Then *@cfg says how it is made.  @d is
 * being created: the table itself may not exist yet.
 */
static inline bool arch_iommu_borrow(const struct domain *d,
                                     struct pt_config *cfg)
{
    return false;
}

/* Machine address of its root.  @d has been created. */
static inline paddr_t arch_iommu_borrowed_root(const struct domain *d)
{
    BUG();
    return 0;
}

/*
 * Change @d's stage 2 for iommu_map() and the like; PT_PROT_*.  The change
 * itself ends in iommu_iotlb_flush().  No lock of a table held.  Errors of the
 * p2m.
 */
static inline int arch_iommu_borrowed_map(struct domain *d, uint64_t dfn,
                                          uint64_t mfn, unsigned long nr,
                                          unsigned int prot)
{
    BUG();
    return 0;
}

static inline int arch_iommu_borrowed_unmap(struct domain *d, uint64_t dfn,
                                            unsigned long nr)
{
    BUG();
    return 0;
}

/*
 * Between the two @d's stage 2 does not change.  Before the locks of tables;
 * what changes it comes to this layer with the lock held.
 */
static inline void arch_iommu_borrowed_lock(struct domain *d)
{
    BUG();
}

static inline void arch_iommu_borrowed_unlock(struct domain *d)
{
    BUG();
}

/*
 * Locked.  -ENOENT: not mapped; of *@leaf only the order is set, that of the
 * hole as far as it is seen.
 */
static inline int arch_iommu_borrowed_lookup(struct domain *d, uint64_t dfn,
                                             struct pt_leaf *leaf)
{
    BUG();
    return 0;
}

#endif

#endif /* IOMMU_GROUPS_BORROW_H */
