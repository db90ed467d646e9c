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
#ifndef IOMMU_GROUPS_PRIVATE_TABLE_H
#define IOMMU_GROUPS_PRIVATE_TABLE_H

#include <iommu-groups/regions.h>

struct iommu_private {
    struct list_head link;      /* space->lock: space->privates */
    struct s2_table *table;     /* (c) */
    struct s2_table *source;    /* (c) the canonical table it is a copy of */
    unsigned int group;         /* (c) the number of its group */
    /* space->lock and (t) of table to write, either to read: struct hold. */
    struct list_head holds;
    uint64_t filled;            /* space->direct_lock: dfns below are copied */
    bool complete;              /* space->lock: all are */
    unsigned int pins;          /* space->lock: it stays on the list */
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
struct iommu_private *iommu_private_pin(struct s2_space *space,
                                        unsigned int id);
void iommu_private_unpin(struct s2_space *space, struct iommu_private *p);

/*
 * The private table after @prev (NULL: the first), pinned; @prev is unpinned.
 * NULL: no more.
 */
struct iommu_private *iommu_private_next(struct s2_space *space,
                                         struct iommu_private *prev);

/*
 * For map.c: private tables follow the canonical ones, in this order.  If
 * there is none, which is seen without a lock, all of these have nothing to do.
 */
static inline bool iommu_has_private(const struct s2_space *space)
{
    return read_atomic(&space->nr_privates);
}

/*
 * Are @dfn and the frames after it, of @nr, hidden: required by a device, so
 * that a mapping of one to itself is for private tables only?  Returns how many
 * frames the answer *@hidden is for.
 */
unsigned long iommu_private_hides(struct s2_space *space, uint64_t dfn,
                                  unsigned long nr, bool *hidden);

/* As s2_table_map() and the like; the first error, after trying all. */
int iommu_private_map(struct s2_space *space, uint64_t dfn, uint64_t mfn,
                      unsigned long nr, unsigned int prot,
                      unsigned int *changed);
int iommu_private_unmap(struct s2_space *space, uint64_t dfn,
                        unsigned long nr, unsigned int *changed);
int iommu_private_flush(struct s2_space *space);

/*
 * For private-table.c: list and contents, in mirror.c.  The table of group
 * @group; space->lock or direct_lock held.
 */
struct iommu_private *iommu_private_find(const struct s2_space *space,
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
void iommu_hold_add(struct s2_space *space, struct iommu_private *p,
                    struct iommu_hold *hold);
void iommu_hold_del(struct s2_space *space, struct iommu_private *p,
                    struct iommu_hold *hold);

/* The domain dies: as s2_space_clear() and s2_space_destroy(). */
long iommu_private_clear(struct s2_space *space, unsigned long budget);
void iommu_private_destroy(struct s2_space *space);

#endif /* IOMMU_GROUPS_PRIVATE_TABLE_H */
