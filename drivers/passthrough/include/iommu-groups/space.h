/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's side: tables that mirror its p2m, one for each kind of unit
 * (driver.h, table_config) that has a group.
 */
#ifndef IOMMU_GROUPS_SPACE_H
#define IOMMU_GROUPS_SPACE_H

#include <xen/iommu.h>
#include <xen/list.h>
#include <xen/sched.h>
#include <xen/spinlock.h>

#include <iommu-groups/table.h>

struct s2_space {
    struct domain *d;              /* (c) */
    struct list_head tables;       /* (c) after s2_space_init(): canonical */
    /* (c) hwdom in passthrough mode: tables only for units without it */
    bool identity;
    bool over;                     /* atomic; set when all tables are dying */
    /* (c) of tables, the CPU's own; NULL: none is lent */
    struct s2_table *lent;
    spinlock_t direct_lock;        /* before the p2m's and table locks */
    struct list_head direct;       /* direct_lock: direct.c */
    spinlock_t lock;               /* before table locks; short */
    struct list_head privates;     /* lock: private-table.c */
    /* lock to write, atomic to read: how many of them there are. */
    unsigned int nr_privates;
};

/*
 * The canonical table of configuration @cfg, or the CPU's if it has that
 * format; NULL: none.
 */
struct s2_table *s2_space_table(const struct s2_space *space,
                                const struct pt_config *cfg);

/*
 * The canonical table that reaches furthest, and so has all that any other has;
 * NULL: there is none.
 */
struct s2_table *s2_space_fullest(const struct s2_space *space);

/*
 * Prepares the tables of @d: the CPU's own where the architecture lends it, and
 * one for each other configuration that the drivers want, each asked of any
 * group of a unit.  @identity: only for units that have no identity domain.
 * -ENOMEM, -EINVAL.  No lock held.
 */
int s2_space_init(struct s2_space *space, struct domain *d,
                  bool identity);

/*
 * As s2_table_clear() for all tables: 0, -ERESTART or -EBUSY.  No device is
 * left to the domain.
 */
long s2_space_clear(struct s2_space *space, unsigned long budget);

/* Frees what s2_space_init() made.  No group is attached. */
void s2_space_destroy(struct s2_space *space);

/* NULL: the domain has none. */
static inline struct s2_space *s2_space_of(const struct domain *d)
{
    return is_iommu_enabled(d) ? dom_iommu(d)->space : NULL;
}

#endif /* IOMMU_GROUPS_SPACE_H */
