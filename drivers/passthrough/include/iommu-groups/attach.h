/* SPDX-License-Identifier: GPL-2.0-only */
/* Between owner.c, which decides, and attach.c, which moves the group. */
#ifndef IOMMU_GROUPS_ATTACH_H
#define IOMMU_GROUPS_ATTACH_H

#include <xen/sched.h>

#include <iommu-groups/group.h>

/* dom_xen's devices (the console, say) work for the machine, as hwdom's do. */
static inline struct domain *iommu_on_behalf_of(struct domain *d)
{
    return d == dom_xen ? hardware_domain : d;
}

static inline bool iommu_is_guest(const struct domain *d)
{
    return d && d != dom_io && d != dom_xen && d != hardware_domain;
}

/* Does the member's owner say what the group is attached to? */
static inline bool iommu_dev_counts(const struct iommu_dev *dev)
{
    return !dev->bridge && dev->next_owner != dom_io;
}

/*
 * Group locked.  Would @dev use @s2 as the first device of its group does?
 */
static inline bool iommu_dev_compatible(const struct s2_domain *s2,
                                        const struct iommu_dev *dev)
{
    const struct iommu_dev_ops *ops = s2->unit->drv->dev;

    return ops->compatible ? ops->compatible(s2, dev) : s2->unit == dev->unit;
}

/*
 * Brings the hardware to what the members' owners ask for.  Group locked.  On
 * failure all members are attached as before, or the group is broken.
 * -EBADF: it is broken; -EXDEV: no table of the owner's fits; errors of the
 * driver.
 */
int iommu_group_retarget(struct iommu_group *group);

/*
 * Has @own a table that the first device's unit walks, beside the group's
 * private one?  There may be none for a kind of unit that had no device when
 * the domain was created.  Group locked, and it has a member.
 */
bool iommu_group_has_table(struct iommu_group *group, struct s2_space *space);

/* Blocks all members, whatever state the group is in.  Group locked. */
void iommu_group_park(struct iommu_group *group);

/*
 * Attaches one member to @s2, NULL: blocks it, which cannot fail.  Group
 * locked.  Errors of the driver.
 */
int iommu_dev_move(struct iommu_dev *dev, struct s2_domain *s2);

/*
 * Boot, after the hardware domain has its devices: those that nobody attached,
 * but that firmware had left at work, are blocked.  No lock held.
 */
void iommu_groups_end_busy(void);

#endif /* IOMMU_GROUPS_ATTACH_H */
