/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of private tables: see private-table.h; their contents: mirror.c. */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#include <iommu-groups/attach.h>
#include <iommu-groups/private-table.h>

/* Pages freed between two looks at what else there is to do. */
#define FREE_BUDGET 256

static struct iommu_private *create(struct s2_space *space,
                                    const struct pt_config *cfg,
                                    unsigned int group)
{
    struct s2_table *source = s2_space_fullest(space);
    struct iommu_private *p;
    struct s2_table *table;

    if ( !source )
    {
        printk(XENLOG_WARNING
               "IOMMU group %u: %pd has no table that the group's own could be a copy of\n",
               group, space->d);
        return ERR_PTR(-EXDEV);
    }

    p = xzalloc(struct iommu_private);
    if ( !p )
        return ERR_PTR(-ENOMEM);

    table = s2_table_create(space->d, cfg);
    if ( IS_ERR(table) )
    {
        xfree(p);
        return ERR_PTR(PTR_ERR(table));
    }
    lock_class_set(&table->lock, LOCK_TABLE_PRIVATE);

    p->table = table;
    p->source = source;
    p->group = group;
    INIT_LIST_HEAD(&p->holds);

    spin_lock(&space->lock);
    list_add_tail(&p->link, &space->privates);
    write_atomic(&space->nr_privates, space->nr_privates + 1);
    spin_unlock(&space->lock);

    return p;
}

/*
 * Off the list.  Whoever has it pinned does one operation of bounded time, and
 * nothing new begins: the table is dying.
 */
static void unlist(struct s2_space *space, struct iommu_private *p)
{
    for ( ; ; )
    {
        bool pinned;

        spin_lock(&space->lock);
        pinned = p->pins;
        if ( !pinned )
        {
            list_del(&p->link);
            write_atomic(&space->nr_privates, space->nr_privates - 1);
        }
        spin_unlock(&space->lock);

        if ( !pinned )
            return;
        cpu_relax();
    }
}

/* direct_lock held.  True: nobody uses it, and nobody knows it any more. */
static bool retire(struct s2_space *space, struct iommu_private *p)
{
    if ( !list_empty(&p->holds) || s2_table_clear(p->table, 1) == -EBUSY )
        return false;

    unlist(space, p);

    return true;
}

static void free_retired(struct iommu_private *p)
{
    while ( s2_table_clear(p->table, FREE_BUDGET) == -ERESTART )
        process_pending_softirqs();

    s2_table_free(p->table);
    xfree(p);
}

static struct iommu_hold *find_hold(const struct iommu_private *p,
                                    const struct iommu_dev *dev)
{
    struct iommu_hold *hold;

    list_for_each_entry ( hold, &p->holds, list )
        if ( hold->dev == dev )
            return hold;

    return NULL;
}

/* Makes what @hold requires true, or what is left without it.  Any order. */
static int apply(struct iommu_private *p, const struct iommu_hold *hold)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; i < hold->nr; i++ )
    {
        uint64_t pos = hold->regions[i].first;
        int err;

        /* A region is small: there is nothing to be preempted. */
        do {
            err = iommu_private_sync(p, &pos, hold->regions[i].last + 1UL);
        } while ( err == -ERESTART );
        rc = rc ?: err;
    }

    return rc;
}

static void drop_hold(struct s2_space *space, struct iommu_private *p,
                      struct iommu_hold *hold)
{
    int rc = 0;

    iommu_hold_del(space, p, hold);
    if ( p->filled )
        rc = apply(p, hold) ?: s2_table_flush(p->table);
    xfree(hold);

    /* As where a p2m change cannot be followed. */
    if ( rc && rc != -ESRCH )
    {
        printk(XENLOG_G_ERR
               "%pd: reserved regions cannot be taken from the table of group %u (%d)\n",
               space->d, p->group, rc);
        if ( !is_hardware_domain(space->d) )
            domain_crash(space->d);
    }
}

static int add_hold(struct s2_space *space, struct iommu_private *p,
                    const struct iommu_dev *dev,
                    const struct iommu_region *regions, unsigned int nr)
{
    struct iommu_hold *hold;
    unsigned int i;
    int rc = 0;

    for ( i = 0; i < nr; i++ )
        if ( regions[i].last >= min(p->source->pt.dfn_limit,
                                    p->table->pt.dfn_limit) )
            return -ERANGE;

    hold = xzalloc_flex_struct(struct iommu_hold, regions, nr);
    if ( !hold )
        return -ENOMEM;

    hold->dev = dev;
    hold->nr = nr;
    for ( i = 0; i < nr; i++ )
        hold->regions[i] = regions[i];

    iommu_hold_add(space, p, hold);
    if ( p->filled )
        rc = apply(p, hold) ?: s2_table_flush(p->table);
    if ( rc )
        drop_hold(space, p, hold);

    return rc;
}

static int fill(struct s2_space *space, struct iommu_private *p)
{
    int rc = p->complete ? 0 : iommu_private_sync(p, &p->filled,
                                                  p->source->pt.dfn_limit);

    if ( !rc )
    {
        spin_lock(&space->lock);
        p->complete = true;
        spin_unlock(&space->lock);
    }

    return rc;
}

/* Does @group need a table of its own?  Then @cfg is what it must be like. */
static int needs_private(struct s2_space *space, struct iommu_group *group,
                         unsigned int nr_regions, struct pt_config *cfg)
{
    const struct iommu_dev *first;
    bool wanted;
    int rc = 0;

    iommu_group_lock(group);
    first = iommu_group_first_dev(group);
    if ( !first )
        rc = -ENODEV;
    else
    {
        wanted = nr_regions || (group->private && iommu_is_guest(space->d));
        if ( wanted || (s2_space_fullest(space) &&
                        !iommu_group_has_table(group, space)) )
            rc = first->unit->drv->dev->table_config(first, cfg) ?: 1;
        /* That the unit walks no table is told where it is attached. */
        if ( rc == -EOPNOTSUPP && !wanted )
            rc = 0;
    }
    iommu_group_unlock(group);

    return rc;
}

int iommu_private_get(struct domain *d, struct iommu_group *group,
                      const struct iommu_dev *dev,
                      const struct iommu_region *regions, unsigned int nr)
{
    struct s2_space *space = s2_space_of(d);
    struct iommu_private *p, *gone = NULL;
    struct pt_config cfg = {};
    int rc;

    if ( !space || space->identity || is_system_domain(d) )
        return 0;

    /* The hardware domain has its devices' regions in all its tables. */
    if ( !iommu_is_guest(d) )
        nr = 0;

    rc = needs_private(space, group, nr, &cfg);
    if ( rc <= 0 )
        return rc;

    spin_lock(&space->direct_lock);

    p = iommu_private_find(space, group->id) ?: create(space, &cfg, group->id);
    rc = IS_ERR(p) ? PTR_ERR(p) : 0;
    if ( !rc && !find_hold(p, dev) )
        rc = add_hold(space, p, dev, regions, nr);
    if ( !rc )
    {
        rc = fill(space, p);
        if ( rc && rc != -ERESTART )
            drop_hold(space, p, find_hold(p, dev));
    }
    if ( rc && rc != -ERESTART && !IS_ERR(p) && retire(space, p) )
        gone = p;

    spin_unlock(&space->direct_lock);

    if ( gone )
        free_retired(gone);

    return rc;
}

void iommu_private_put(struct domain *d, const struct iommu_group *group,
                       const struct iommu_dev *dev)
{
    struct s2_space *space = s2_space_of(d);
    struct iommu_private *p, *gone = NULL;
    struct iommu_hold *hold;

    if ( !space || !iommu_has_private(space) )
        return;

    spin_lock(&space->direct_lock);

    p = iommu_private_find(space, group->id);
    if ( p )
    {
        hold = find_hold(p, dev);
        if ( hold )
            drop_hold(space, p, hold);
        if ( retire(space, p) )
            gone = p;
    }

    spin_unlock(&space->direct_lock);

    if ( gone )
        free_retired(gone);
}

/* With a reference: the first domain from @id on that has a private table. */
static struct domain *next_domain(unsigned int id)
{
    struct domain *d, *best = NULL;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain ( d )
    {
        const struct s2_space *space = s2_space_of(d);

        if ( space && iommu_has_private(space) && d->domain_id >= id &&
             (!best || d->domain_id < best->domain_id) && get_domain(d) )
        {
            if ( best )
                put_domain(best);
            best = d;
        }
    }
    rcu_read_unlock(&domlist_read_lock);

    return best;
}

void iommu_private_forget(const struct iommu_group *group,
                          const struct iommu_dev *dev)
{
    struct domain *d;
    unsigned int id = 0;

    while ( (d = next_domain(id)) != NULL )
    {
        iommu_private_put(d, group, dev);
        id = d->domain_id + 1U;
        put_domain(d);
    }
}

long iommu_private_clear(struct s2_space *space, unsigned long budget)
{
    struct iommu_private *p = NULL;
    long rc = 0;

    while ( !rc && (p = iommu_private_next(space, p)) != NULL )
        rc = s2_table_clear(p->table, budget);
    if ( p )
        iommu_private_unpin(space, p);

    return rc;
}

void iommu_private_destroy(struct s2_space *space)
{
    struct iommu_private *p, *tmp_p;
    struct iommu_hold *hold, *tmp;

    list_for_each_entry_safe ( p, tmp_p, &space->privates, link )
    {
        list_for_each_entry_safe ( hold, tmp, &p->holds, list )
        {
            list_del(&hold->list);
            xfree(hold);
        }
        list_del(&p->link);
        s2_table_free(p->table);
        xfree(p);
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
