/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's side: tables that mirror its p2m, one for each kind of unit
 * (driver.h, table_config) that has a group.
 */
#ifndef IOMMU_GROUPS_OWNER_H
#define IOMMU_GROUPS_OWNER_H

#include <xen/iommu.h>
#include <xen/list.h>
#include <xen/sched.h>
#include <xen/spinlock.h>

#include <iommu-groups/stage2.h>

struct iommu_owner {
    struct domain *d;              /* (c) */
    struct list_head tables;       /* (c) after iommu_owner_init(): canonical */
    /* (c) hwdom in passthrough mode: tables only for units without it */
    bool identity;
    bool over;                     /* atomic; set when all tables are dying */
    /* (c) of tables, the CPU's own; NULL: none is lent */
    struct s2_table *lent;
    spinlock_t direct_lock;        /* before the p2m's and table locks */
    struct list_head direct;       /* direct_lock: direct.c */
    spinlock_t lock;               /* before table locks; short */
    struct list_head privates;     /* lock: private.c */
    /* lock to write, atomic to read: how many of them there are. */
    unsigned int nr_privates;
};

/*
 * The canonical table of configuration @cfg, or the CPU's if it has that
 * format; NULL: none.
 */
struct s2_table *iommu_owner_table(const struct iommu_owner *owner,
                                   const struct pt_config *cfg);

/*
 * The canonical table that reaches furthest, and so has all that any other has;
 * NULL: there is none.
 */
struct s2_table *iommu_owner_fullest(const struct iommu_owner *owner);

/*
 * Prepares the tables of @d: the CPU's own where the architecture lends it, and
 * one for each other configuration that the drivers want, each asked of any
 * group of a unit.  @identity: only for units that have no identity domain.
 * -ENOMEM, -EINVAL.  No lock held.
 */
int iommu_owner_init(struct iommu_owner *owner, struct domain *d,
                     bool identity);

/*
 * As s2_table_clear() for all tables: 0, -ERESTART or -EBUSY.  No device is
 * left to the domain.
 */
long iommu_owner_clear(struct iommu_owner *owner, unsigned long budget);

/* Frees what iommu_owner_init() made.  No group is attached. */
void iommu_owner_destroy(struct iommu_owner *owner);

/* NULL: the domain has none. */
static inline struct iommu_owner *iommu_owner_of(const struct domain *d)
{
    return is_iommu_enabled(d) ? dom_iommu(d)->owner : NULL;
}

#endif /* IOMMU_GROUPS_OWNER_H */
