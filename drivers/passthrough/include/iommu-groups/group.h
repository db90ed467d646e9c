/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Isolation groups: the users' side.
 *
 * Protocol of every path that starts from a device:
 *
 *     pcidevs_lock(); group = iommu_group_get(dev); pcidevs_unlock();
 *     iommu_group_lock(group);
 *     ... -ENODEV if !iommu_group_has(group, dev) ...
 *     ... work, always through iommu_group_first_dev(group) ...
 *     iommu_group_unlock(group);
 *     iommu_group_put(group);
 *
 * Letters on fields as in driver.h.
 */
#ifndef IOMMU_GROUPS_GROUP_H
#define IOMMU_GROUPS_GROUP_H

#include <iommu-groups/driver.h>
#include <iommu-groups/space.h>

struct iommu_group {
    struct list_head list;     /* (p) iommu_groups, in order of their IDs */
    struct iommu_group *hashed; /* (p) the next one in group.c's table */
    unsigned int id;           /* (c) never used twice */
    atomic_t refs;             /* members count one each */
    spinlock_t lock;
    struct list_head devs;     /* (g) members, in order of arrival */
    struct list_head all_devs; /* (p) members, and those that are leaving */
    unsigned int nr_devs;      /* (p) of these */
    /* (g) whose s2 is: hwdom, a guest, dom_io; NULL: attach_table()'s. */
    struct domain *owner;
    struct s2_domain *s2;      /* (g) paging or identity; NULL: all blocked */
    bool broken;               /* (g) may not leave the blocked domain */
    const char *broken_why;    /* (g) */
    bool parted;               /* (p) taken out of another: policy.h */
    uint8_t policy;            /* (p) IOMMU_POLICY_*: its own, if it has one */
    /* (g) a guest's next attach gets a table of its own: private-table.h */
    bool private;
    /* (g) asked to leave the scratch page, and has: setup.h */
    bool leave_scratch, left_scratch;
};

extern struct list_head iommu_groups;  /* (p) */
extern struct list_head iommu_devs;    /* (p) all devs, by iommu_dev.all */
extern unsigned int iommu_groups_generation; /* (p) rises with each change of
                                                who is in which all_devs */

/*
 * Takes the dev in: asks each driver, finds or makes its group.  pcidevs_lock
 * held.  The dev starts blocked and owned by dom_io.  -ENODEV: no unit serves
 * it, its DMA is not translated; -ENOMEM; -EINVAL; -EBUSY: it ties groups
 * together that are in use.  -ERESTART: one of these groups is locked; nothing
 * happened, try again without pcidevs_lock in between.
 */
int iommu_dev_add(struct iommu_dev *dev);

/*
 * The rules may tie the dev to more devices than when it was added: merges
 * their groups.  Never splits one.  pcidevs_lock held.  -EBUSY: two of the
 * groups are in use and stay apart (one message was printed).  -ERESTART: as
 * above.
 */
int iommu_dev_regroup(struct iommu_dev *dev);

/*
 * Moves the members that have parting set, which are blocked, into a group of
 * their own; at least one member stays.  pcidevs_lock held, group locked.
 * -ENOMEM.
 */
int iommu_group_part(struct iommu_group *group);

/*
 * First half of removal: the dev's DMA is blocked, and it is no member any
 * more, so that no attach reaches it.  *@owner: from whom it was taken, with a
 * reference; NULL: nobody.  No lock held.  -ENODEV: it is not there.
 */
int iommu_dev_retire(struct iommu_group *group, struct iommu_dev *dev,
                     struct domain **owner);

/* Is the first half done?  pcidevs_lock held; once it is, it stays so. */
static inline bool iommu_dev_retired(const struct iommu_dev *dev)
{
    return list_empty(&dev->member);
}

/* Second half.  pcidevs_lock held; fast.  The dev is the caller's again. */
void iommu_dev_remove(struct iommu_dev *dev);

/* pcidevs_lock held.  NULL if the dev is in no group. */
struct iommu_group *iommu_group_get(struct iommu_dev *dev);
/* Frees the group with the last reference.  Any context. */
void iommu_group_put(struct iommu_group *group);

/* Not under pcidevs_lock: whoever has the group may wait for hardware. */
void iommu_group_lock(struct iommu_group *group);
/* Under pcidevs_lock; never waits, and nobody waits while both are held. */
bool __must_check iommu_group_trylock(struct iommu_group *group);
void iommu_group_unlock(struct iommu_group *group);
#define iommu_group_assert_locked(g) ASSERT(spin_is_locked(&(g)->lock))

/* Group locked.  Compares pointers only: @dev may be gone. */
bool iommu_group_has(const struct iommu_group *group,
                     const struct iommu_dev *dev);

/* Group locked.  NULL when the group has emptied. */
struct iommu_dev *iommu_group_first_dev(const struct iommu_group *group);

/*
 * Any group that @unit serves, locked and with a reference; for work that has
 * no device yet.  Goes on to the next one where a group empties between the two
 * locks.  NULL: none.  No lock held.
 */
struct iommu_group *iommu_unit_any_group_lock(const struct iommu_unit *unit);

/*
 * The group after @prev (NULL: the first) by number, with a reference; the one
 * to @prev is dropped.  NULL after the last.  No lock held.
 */
struct iommu_group *iommu_group_next(struct iommu_group *prev);

/* With a reference.  NULL: there is none.  No lock held. */
struct iommu_group *iommu_group_by_id(unsigned int id);

/*
 * member.c's; pcidevs_lock held.  A new one is found from now on, or no more.
 */
void iommu_group_publish(struct iommu_group *group);
void iommu_group_withdraw(struct iommu_group *group);

/*
 * @id, which is one of @dev's, as units report it in a fault: a requester ID
 * has its segment in the upper half, a stream or device ID stands alone.
 */
uint32_t iommu_dev_fault_id(const struct iommu_dev *dev, uint32_t id);

/* Can @dev's DMA carry @fault_id, which is of its unit? */
bool iommu_dev_sends(const struct iommu_dev *dev, uint32_t fault_id);

/* Can hardware not tell the DMA of the two apart? */
bool iommu_dev_share_id(const struct iommu_dev *a, const struct iommu_dev *b);

/*
 * pcidevs_lock held.  The dev behind @unit whose DMA carries @id, which is as
 * iommu_dev_fault_id() has it, and its group, with a reference; NULL: none.
 * Of several, one that somebody drives.
 */
struct iommu_group *iommu_group_of_id(const struct iommu_unit *unit,
                                      uint32_t id, struct iommu_dev **found);

/*
 * Gives @dev to @owner (hardware domain, a guest, dom_io or dom_xen) and
 * brings the whole group to the state that its members' owners ask for: see
 * docs/design.md, Ownership.  Allocation goes through the group's first device.
 * All or nothing: on failure owner and attachments are as before, or, if they
 * cannot be restored, the group is blocked and broken.  No lock held.
 *
 * -ENODEV: the dev left.  -EBUSY: another owner holds the group (one message
 * names the device and its owner).  -EXDEV: @owner has no table that the unit
 * can walk.  -EBADF: the group is broken.  -ENOMEM, -ENOSPC, -EIO.
 */
int iommu_group_set_owner(struct iommu_group *group, struct iommu_dev *dev,
                          struct domain *owner);

/*
 * What iommu_group_set_owner() would say, without messages; group locked.
 * *@in_way gets the SBDF and *@holder the owner of the device that stands in
 * the way (-EBUSY).
 */
int iommu_group_may_own(struct iommu_group *group, struct iommu_dev *dev,
                        struct domain *owner, pci_sbdf_t *in_way,
                        struct domain **holder);

/* The same with the message that iommu_group_set_owner() would print. */
int iommu_group_would_own(struct iommu_group *group, struct iommu_dev *dev,
                          struct domain *owner);

/*
 * Sets the owner of a member without touching hardware, for boot: DMA stays
 * blocked until iommu_group_settle().  Group locked.  -EBUSY: another owner
 * holds the group.
 */
int iommu_dev_claim(struct iommu_group *group, struct iommu_dev *dev,
                    struct domain *owner);

/* Attaches the group to what its members' owners ask for.  No lock held. */
int iommu_group_settle(struct iommu_group *group);

/*
 * Attaches a group that belongs to nobody to @table, for boot code that drives
 * a device itself; iommu_group_settle() blocks it again.  No lock held.
 * -ENODEV: the group is empty; -EBUSY: it is attached; errors of the driver.
 */
int iommu_group_attach_table(struct iommu_group *group,
                             struct s2_table *table);

/* Blocks all members and marks the group broken.  Group locked. */
void iommu_group_break(struct iommu_group *group, const char *why);

/*
 * The administrator says that what broke the group is over: it may be attached
 * again, and is to what its members' owners ask for.  No lock held.  -EIO: its
 * unit does not answer; else as iommu_group_set_owner().
 */
int iommu_group_mend(struct iommu_group *group);

#endif /* IOMMU_GROUPS_GROUP_H */
