/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hardware would do, read from its tables and registers, for `xen-iommu
 * prove' to hold against what ought to be.  docs/hypfs.md has the text.
 *
 * Each answer is bounded and says where the next one goes on; nothing is kept
 * between two.  What changes meanwhile may show as it was or as it is.
 */
#ifndef IOMMU_GROUPS_PROOF_H
#define IOMMU_GROUPS_PROOF_H

#include "report.h"

/*
 * All tables of all domains, the quarantine's too, one a line: domain, root,
 * "shared", "lent" (the CPU's own) or "group N", and "relaxed" where by the
 * machine's configuration the table has all memory.  No lock held.
 */
void iommu_proof_tables(struct iommu_text *t);

/*
 * Of the table at @root that is @domid's: runs of frames from @dfn on, one a
 * line: dfn, number of frames, mfn, access, whose frames they are, and why they
 * may be there if they are another's; then "next DFN" or "end".  No lock held.
 * -ESRCH: no such domain; -ENOENT: it has no such table.
 */
int iommu_proof_table(struct iommu_text *t, domid_t domid, paddr_t root,
                      uint64_t dfn);

/*
 * Of unit @nr: IDs from @id on, one a line: first, last, "identity", "paging
 * ROOT TAG", "unknown", those that are blocked left out; then "next ID" or
 * "end".  No lock held.  -ENODEV: no such unit; -EOPNOTSUPP: its driver cannot
 * say.
 */
int iommu_proof_unit(struct iommu_text *t, unsigned int nr, uint32_t id);

/*
 * PCI functions from @sbdf on whose ACS controls or bus numbers are not as the
 * groups were formed, one a line: address, what, as it was, as it is; then
 * "next SBDF" or "end".  Takes pcidevs_lock.
 */
void iommu_proof_ports(struct iommu_text *t, uint32_t sbdf);

/* Adds the files to hypfs directory @parent.  Boot only. */
struct hypfs_entry_dir;
void iommu_proof_hypfs(struct hypfs_entry_dir *parent);

#endif /* IOMMU_GROUPS_PROOF_H */
