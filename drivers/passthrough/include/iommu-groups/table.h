/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage-2 domains (what a group is attached to) and stage-2 tables (the
 * translations that a paging domain uses).
 *
 * A table mirrors the p2m of the Xen domain it was created for.  The canonical
 * one is shared by all groups of that domain: one tag on each unit, one
 * invalidation for all of them.  Those that are one group's: private-table.h.
 */
#ifndef IOMMU_GROUPS_TABLE_H
#define IOMMU_GROUPS_TABLE_H

#include <xen/list.h>
#include <xen/spinlock.h>

#include <iommu-groups/pt.h>

struct domain;
struct iommu_dev;
struct iommu_group;
struct iommu_unit;

enum s2_type {
    S2_BLOCKED,     /* every transaction is aborted */
    S2_IDENTITY,    /* no translation: the address is the machine address */
    S2_PAGING,      /* a table translates */
};

/* The TLB tag of one table on one unit. */
struct s2_tag {
    struct list_head list;     /* (t) table->tags */
    struct iommu_unit *unit;   /* (c) */
    uint32_t id;               /* (c) */
    unsigned int users;        /* (t) s2_domains, and a flush under way */
};

struct s2_table {
    struct list_head link;     /* (c) or hd's tables lock: the owner's tables */
    struct domain *d;          /* (c) whose p2m this mirrors */
    spinlock_t flush_lock;     /* held across the waits of a flush */
    spinlock_t lock;           /* the rest; never held across a wait */
    struct pt pt;              /* (t) */
    struct pt_gather pending;  /* (t) changes no flush has covered yet */
    struct list_head tags;     /* (t) */
    unsigned int users;        /* (t) s2_domains */
    bool dying;                /* (t) no new mapping, no new user */
    bool narrow;               /* (t) said that it has not all of the p2m */
    /* (c) the CPU's stage 2: of pt only cfg is used */
    bool borrowed;
    /* (t) a unit that failed had it: it may walk it, no page is freed again */
    bool stuck;
    uint64_t nr_flushes;       /* (t) */
    /* Numbers of flushes, which wrap. */
    unsigned int flush_wanted; /* (t) to write: that will cover what pends */
    unsigned int flush_started; /* flush_lock to write: the newest */
    unsigned int flush_over;   /* flush_lock to write: all up to it succeeded */
};

struct s2_domain {
    enum s2_type type;         /* (c) */
    struct iommu_unit *unit;   /* (c) */
    struct s2_table *table;    /* (c) S2_PAGING only */
    struct s2_tag *tag;        /* (c) S2_PAGING only */
    struct iommu_group *group; /* (g) NULL for the static ones */
    unsigned int nr_devs;      /* (g) members attached; unused by static ones */
};

/*
 * An empty table of the configuration @cfg for @d (whose nothing else yet
 * knows it).  ERR_PTR(-ENOMEM), ERR_PTR(-EINVAL).
 */
struct s2_table *s2_table_create(struct domain *d, const struct pt_config *cfg);

/*
 * The CPU's own stage 2 of @d as a table, see borrow.h.  Map and unmap leave it
 * alone; its owner says s2_table_changed() instead, and flushes.
 * ERR_PTR(-ENOMEM).
 */
struct s2_table *s2_table_borrow(struct domain *d, const struct pt_config *cfg);

/* Machine address of the root, for the hardware's register or entry. */
paddr_t s2_table_root(const struct s2_table *table);

/*
 * Frees @budget page-table pages at most.  From the first call on, the table
 * takes no mapping and no group.  0: no page is left; -ERESTART: call again;
 * -EBUSY: a group is still attached, nothing happened.
 */
long s2_table_clear(struct s2_table *table, unsigned long budget);

/* The table was cleared and nobody knows it any more. */
void s2_table_free(struct s2_table *table);

/*
 * Change translations.  Take table->lock; do not wait for hardware: what was
 * changed is remembered in the table until s2_table_flush().  On failure
 * nothing is changed.  @changed gets PENDING bits: whether a flush is needed.
 * -ENOMEM, -ERANGE (outside the width), -ESRCH (table is dying).
 */
#define S2_CHANGED_ADDED    1u
#define S2_CHANGED_MODIFIED 2u
int s2_table_map(struct s2_table *table, uint64_t dfn, uint64_t mfn,
                 unsigned long nr, unsigned int prot, unsigned int *changed);
int s2_table_unmap(struct s2_table *table, uint64_t dfn, unsigned long nr,
                   unsigned int *changed);

/*
 * To follow the p2m: as s2_table_map(), but frames outside of the widths are no
 * error.  They are not in this table, which is said once.
 */
int s2_table_mirror(struct s2_table *table, uint64_t dfn, uint64_t mfn,
                    unsigned long nr, unsigned int prot, unsigned int *changed);
int s2_table_mirror_locked(struct s2_table *table, uint64_t dfn, uint64_t mfn,
                           unsigned long nr, unsigned int prot,
                           unsigned int *changed);

/* The same with table->lock held. */
int s2_table_map_locked(struct s2_table *table, uint64_t dfn, uint64_t mfn,
                        unsigned long nr, unsigned int prot,
                        unsigned int *changed);
int s2_table_unmap_locked(struct s2_table *table, uint64_t dfn,
                          unsigned long nr, unsigned int *changed);

/*
 * The CPU changed @nr frames from @dfn on in a borrowed table, or all of them
 * if @nr is 0: the next flush covers them.  @changed has S2_CHANGED_* bits.
 * Nothing happens to a table that is not borrowed.
 */
void s2_table_changed(struct s2_table *table, uint64_t dfn, unsigned long nr,
                      unsigned int changed);

/* As pt_lookup(). */
int s2_table_lookup(struct s2_table *table, uint64_t dfn, struct pt_leaf *leaf);

/*
 * To copy a table: between hold and release it does not change.  The lock taken
 * is the table's, or that of the CPU's stage 2 if it is borrowed.  Peek: held;
 * as s2_table_lookup().
 */
void s2_table_hold(struct s2_table *table);
void s2_table_release(struct s2_table *table);
int s2_table_peek(struct s2_table *table, uint64_t dfn, struct pt_leaf *leaf);

/*
 * Returns when no unit uses a translation that was removed or replaced before
 * the call, even if another CPU's flush took it over.  Page-table pages that
 * became unreachable are freed here.  Must not be called with table->lock or
 * unit->lock held.  -EIO: a unit did not answer.  Everybody whose changes that
 * flush was to cover is told, and so is each caller until one succeeds; the
 * pages are kept until then.
 */
int s2_table_flush(struct s2_table *table);

#endif /* IOMMU_GROUPS_TABLE_H */
