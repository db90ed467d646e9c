/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private tables: a guest's group that requires reserved regions, or that has
 * the policy "private", does not use the guest's canonical table but a copy.
 * So does any group whose unit none of its owner's canonical tables is for.
 *
 * What a private table says of a frame: what the canonical one says; where that
 * says nothing and a device of the group requires the frame, the frame itself.
 * No other table of the guest leads to such a frame.
 */
#ifndef IOMMU_GROUPS_PRIVATE_H
#define IOMMU_GROUPS_PRIVATE_H

#include <iommu-groups/reserved.h>

struct iommu_private {
    struct list_head link;      /* owner->lock: owner->privates */
    struct s2_table *table;     /* (c) */
    struct s2_table *source;    /* (c) the canonical table it is a copy of */
    unsigned int group;         /* (c) the number of its group */
    /* owner->lock and (t) of table to write, either to read: struct hold. */
    struct list_head holds;
    uint64_t filled;            /* owner->direct_lock: dfns below are copied */
    bool complete;              /* owner->lock: all are */
    unsigned int pins;          /* owner->lock: it stays on the list */
};

/*
 * Prepares a private table for @group, to be attached to @d, if it needs one:
 * @dev requires the @nr @regions, or the group's policy says so, which both are
 * guests' affair; or its unit is of a kind that had no device when @d was
 * created.  The device has a hold on it then.  The same call again does no
 * harm, and goes on after -ERESTART.  No lock held.
 *
 * 0: it is there, or not needed.  -ERESTART: call again; -ENOMEM; -EXDEV: @d
 * has no table of that format; -EIO: hardware did not answer.
 */
int iommu_private_get(struct domain *d, struct iommu_group *group,
                      const struct iommu_dev *dev,
                      const struct iommu_region *regions, unsigned int nr);

/*
 * Takes @dev's hold away, if it has one, and its regions out of the table; the
 * table goes if nobody has a hold and no group is attached.  No lock held.
 */
void iommu_private_put(struct domain *d, const struct iommu_group *group,
                       const struct iommu_dev *dev);

/*
 * The same for every domain: @dev is nobody's any more, and whoever was about
 * to get it, between two calls of iommu_private_get(), does not.  No lock held.
 */
void iommu_private_forget(const struct iommu_group *group,
                          const struct iommu_dev *dev);

/*
 * The table to attach group @id to; NULL: the canonical one.  Stays until
 * iommu_private_unpin().  Any lock before table locks may be held.
 */
struct iommu_private *iommu_private_pin(struct iommu_owner *owner,
                                        unsigned int id);
void iommu_private_unpin(struct iommu_owner *owner, struct iommu_private *p);

/*
 * The private table after @prev (NULL: the first), pinned; @prev is unpinned.
 * NULL: no more.
 */
struct iommu_private *iommu_private_next(struct iommu_owner *owner,
                                         struct iommu_private *prev);

/*
 * For mapping.c: private tables follow the canonical ones, in this order.  If
 * there is none, which is seen without a lock, all of these have nothing to do.
 */
static inline bool iommu_has_private(const struct iommu_owner *owner)
{
    return read_atomic(&owner->nr_privates);
}

/*
 * Are @dfn and the frames after it, of @nr, hidden: required by a device, so
 * that a mapping of one to itself is for private tables only?  Returns how many
 * frames the answer *@hidden is for.
 */
unsigned long iommu_private_hides(struct iommu_owner *owner, uint64_t dfn,
                                  unsigned long nr, bool *hidden);

/* As s2_table_map() and the like; the first error, after trying all. */
int iommu_private_map(struct iommu_owner *owner, uint64_t dfn, uint64_t mfn,
                      unsigned long nr, unsigned int prot,
                      unsigned int *changed);
int iommu_private_unmap(struct iommu_owner *owner, uint64_t dfn,
                        unsigned long nr, unsigned int *changed);
int iommu_private_flush(struct iommu_owner *owner);

/*
 * For private.c: list and contents, in private-map.c.  The table of group
 * @group; owner->lock or direct_lock held.
 */
struct iommu_private *iommu_private_find(const struct iommu_owner *owner,
                                         unsigned int group);

/*
 * What @dev requires of the table,
 * one for each device that has a hold on it.
 */
struct iommu_hold {
    struct list_head list;
    const struct iommu_dev *dev;    /* compared only */
    unsigned int nr;
    struct iommu_region regions[];
};

/*
 * Brings frames [*@pos, @end) of @p in line with its source and its regions,
 * and moves *@pos up.  0; -ERESTART: not all, another call goes on; -ENOMEM;
 * -ESRCH: the domain dies.  No table lock held.
 */
int iommu_private_sync(struct iommu_private *p, uint64_t *pos, uint64_t end);

/* Puts @hold on the list, or takes it off; translations are for the caller. */
void iommu_hold_add(struct iommu_owner *owner, struct iommu_private *p,
                    struct iommu_hold *hold);
void iommu_hold_del(struct iommu_owner *owner, struct iommu_private *p,
                    struct iommu_hold *hold);

/* The domain dies: as iommu_owner_clear() and iommu_owner_destroy(). */
long iommu_private_clear(struct iommu_owner *owner, unsigned long budget);
void iommu_private_destroy(struct iommu_owner *owner);

#endif /* IOMMU_GROUPS_PRIVATE_H */
