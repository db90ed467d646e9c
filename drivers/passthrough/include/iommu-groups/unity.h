/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved memory on x86: what the drivers' firmware tables (DMAR, IVRS) have
 * in common, and regions that are in none of them: those of the command line
 * and of Xen itself.
 */
#ifndef IOMMU_GROUPS_UNITY_H
#define IOMMU_GROUPS_UNITY_H

#include <iommu-groups/driver.h>

#define UNITY_MAX_USER  10          /* regions from the command line */
#define UNITY_MAX_DEVS  20          /* of one region: ranges */

/* A region that no table has. */
struct unity_extra {
    const char *prefix;             /* how its messages begin: "VT-d: rmrr" */
    bool reserved;                  /* it has to be that in the memory map */
    struct iommu_region region;
    unsigned int nr_devs;
    struct {
        uint32_t first, last;       /* SBDFs, inclusive */
    } dev[UNITY_MAX_DEVS];
};

/*
 * Boot.  No region may reach into [@base, @limit], which is @what.  Where
 * writes are interrupts is known already.
 */
void iommu_unity_forbid(paddr_t base, paddr_t limit, const char *what);

/*
 * Boot.  May [@base, @limit], which a table wants devices to reach, be reached?
 * Then no other region overlaps it that is taken in later.  False: no, and a
 * line that begins with @prefix said why.
 */
bool iommu_unity_accept(const char *prefix, paddr_t base, paddr_t limit);

/*
 * Boot, an option's parser: a region of the command line, to be taken in by
 * iommu_unity_extras().  -E2BIG: there are too many.
 */
int iommu_unity_option(const struct unity_extra *extra);

/*
 * Boot, after the table's regions: takes in what options with @prefix said, and
 * what Xen itself registered.  One that cannot be used is left out, which is
 * said.  0; -ENOMEM: of this call, or of one before.
 */
int iommu_unity_extras(const char *prefix);

/*
 * Calls @fn for each extra region of @sbdf; stops at the first nonzero answer.
 */
int iommu_unity_for_dev(pci_sbdf_t sbdf, iommu_region_fn *fn, void *arg);

/*
 * iommu_get_reserved_device_memory() for the extra regions.  A positive answer
 * of @func: it needs no other device of the same region.
 */
int iommu_unity_report(iommu_grdm_t *func, void *ctxt);

#endif /* IOMMU_GROUPS_UNITY_H */
