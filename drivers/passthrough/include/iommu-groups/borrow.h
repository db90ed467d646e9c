/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Borrowed tables: a domain's groups use the CPU's own stage 2.  An
 * architecture that has it defines HAS_BORROWED_TABLES and both functions in
 * its iommu-arch.h.
 */
#ifndef IOMMU_GROUPS_BORROW_H
#define IOMMU_GROUPS_BORROW_H

#include <iommu-arch.h>
#include <iommu-groups/stage2.h>

#ifndef HAS_BORROWED_TABLES

/*
 * Is @d's stage 2 of the format @cfg->fmt, and to be used by units?  Then
 * levels, in_bits and out_bits of @cfg become its own.  @d is being created:
 * the table itself may not exist yet.
 */
static inline bool iommu_arch_borrow(const struct domain *d,
                                     struct pt_config *cfg)
{
    return false;
}

/* Machine address of its root.  @d has been created. */
static inline paddr_t iommu_arch_borrowed_root(const struct domain *d)
{
    BUG();
    return 0;
}

#endif

#endif /* IOMMU_GROUPS_BORROW_H */
