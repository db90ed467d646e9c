/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How strictly groups are kept together: "iommu=groups=strict|warn" on Xen's
 * command line, /iommu/policy in hypfs; for one group "iommu=warn:SBDF" and
 * /iommu/groups/N/policy.  docs/groups.md says what each risks.
 */
#ifndef IOMMU_GROUPS_POLICY_H
#define IOMMU_GROUPS_POLICY_H

#include <iommu-groups/group.h>

/*
 * False, the default: a group has one owner.  True: a device whose group is
 * another's is given away all the same, with a warning, as long as hardware
 * can tell its requests apart.
 */
extern bool iommu_groups_warn;

/* struct iommu_group's policy. */
#define IOMMU_POLICY_MACHINE 0    /* as all groups: iommu_groups_warn */
#define IOMMU_POLICY_STRICT  1
#define IOMMU_POLICY_WARN    2

/* "strict" or "warn", which are @len characters.  -EINVAL. */
int iommu_policy_set(const char *word, size_t len);
const char *iommu_policy_name(void);

/* The same for one group, or "machine".  Takes pcidevs_lock.  -EINVAL. */
int iommu_group_policy_set(struct iommu_group *group, const char *word);
const char *iommu_group_policy_name(const struct iommu_group *group);

/*
 * Boot: "strict:SBDF" or "warn:SBDF", up to the end or a comma, for whatever
 * group the function is found in.  -EINVAL; -ENOSPC: 16 are known already.
 */
int iommu_policy_except(const char *word);

/* @dev joined its group.  pcidevs_lock held. */
void iommu_policy_note(const struct iommu_dev *dev);

/*
 * With the policy "warn", takes @dev out of its group, with those that share a
 * requester ID with it, where the group keeps it from being given to @d.  Its
 * DMA is blocked, and the new group is not in use.  With @dry, only looks.
 * pcidevs_lock held.  1: done, or would be; 0: no need, or not the policy;
 * -EBUSY: hardware cannot tell it apart, or it is not quarantined; -ENOMEM;
 * -ERESTART: the group is locked, call again without pcidevs_lock in between.
 */
int iommu_policy_apply(struct iommu_dev *dev, struct domain *d, bool dry);

#endif /* IOMMU_GROUPS_POLICY_H */
