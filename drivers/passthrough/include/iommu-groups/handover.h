/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a device changes hands, on whatever bus it is.
 *
 * The owner is decided under the group lock and kept in the dev.  Lists of
 * devices, and what else the rest of Xen knows of a device's domain, are
 * guarded by pcidevs_lock, which comes before the group lock; they follow the
 * dev's owner when the bus publishes it.
 */
#ifndef IOMMU_GROUPS_HANDOVER_H
#define IOMMU_GROUPS_HANDOVER_H

#include <iommu-groups/group.h>

/* What differs from bus to bus: struct iommu_dev's bus. */
struct iommu_bus_ops {
    /* Mandatory.  pcidevs_lock held.  @dev may have left: has it not? */
    bool (*still_there)(const struct iommu_dev *dev);

    /*
     * Mandatory.  pcidevs_lock held, @dev is still there.  Makes lists of
     * devices say what the group decided (dev->owner), without the group's
     * lock, which somebody may hold while hardware works: who changes the owner
     * next publishes next.  An error does not keep the device from having
     * moved.
     */
    int (*publish)(struct iommu_dev *dev);

    /*
     * Optional.  No lock held.  Takes from @d what it has mapped of the device,
     * and lets it map nothing any more.
     */
    void (*withdraw)(struct domain *d, const struct iommu_dev *dev);
};

/* What a look-up finds: a dev in a group, with a reference to each. */
struct iommu_ref {
    struct iommu_group *group;     /* NULL: nothing, and nothing to put */
    struct iommu_dev *dev;
    struct domain *owner;          /* to others: to compare, to print */
};

/*
 * First half of the look-up protocol.  pcidevs_lock held.  @dev is NULL, or one
 * that is not freed before pcidevs_lock is let go.  False: it is in no group,
 * and *@ref is empty.
 */
bool iommu_ref_get(struct iommu_ref *ref, struct iommu_dev *dev);

/* Any context. */
void iommu_ref_put(struct iommu_ref *ref);

/* pcidevs_lock held.  Whose device it is to others; dom_io: nobody's. */
struct domain *iommu_dev_published(const struct iommu_dev *dev);

/*
 * Gives the device to @to and publishes it.  What it requires is mapped for the
 * new owner first (@relaxed: as far as it can be, and noted of a guest's in
 * rdm_relaxed), and unmapped for the old one last; so with a private table.  No
 * lock held.  -ERESTART: call again, nothing that counts happened; -ENODEV: it
 * left; -EINVAL: @to dies, and has it; else as iommu_private_get(),
 * iommu_direct_map() and iommu_group_set_owner().
 */
int iommu_hand_over(const struct iommu_ref *ref, struct domain *from,
                    struct domain *to, bool relaxed);

/* The same; where it moved before a failure showed, it is taken back. */
int iommu_hand_over_or_back(const struct iommu_ref *ref, struct domain *from,
                            struct domain *to, bool relaxed);

/*
 * Attaches a device that was just added for @owner, who has it already as far
 * as others know.  No lock held; waits for a copy of a table, since nobody
 * continues a hypercall here.  As iommu_hand_over().
 */
int iommu_hand_in(const struct iommu_ref *ref, struct domain *owner);

/*
 * First half of removal: iommu_dev_retire(), and what its owner had of the
 * device goes.  No lock held.  -ENODEV: it is being removed already.
 */
int iommu_hand_back(const struct iommu_ref *ref);

#endif /* IOMMU_GROUPS_HANDOVER_H */
