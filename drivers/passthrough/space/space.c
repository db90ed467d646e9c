/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Xen domain's side of the layer: the tables that mirror its p2m, one for
 * each kind of unit that the machine has devices behind.
 *
 * Units are of one kind if their drivers ask for the same configuration: no
 * weak unit is allowed to spoil the others' tables.  The tables exist before
 * the domain has a device, so that the driver is asked through any group of the
 * unit.
 */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include <iommu-arch.h>
#include <iommu-groups/borrow.h>
#include <iommu-groups/direct.h>
#include <iommu-groups/group.h>
#include <iommu-groups/private-table.h>

/* A unit with devs that are translated even so: more may be plugged in. */
static bool has_outward(const struct iommu_unit *unit)
{
    const struct iommu_dev *dev;
    bool found = false;

    if ( !unit->translate_outward )
        return false;

    pcidevs_lock();
    list_for_each_entry ( dev, &iommu_devs, all )
        if ( dev->unit == unit && dev->outward )
            found = true;
    pcidevs_unlock();

    return found;
}

/* In passthrough mode only those have a table that cannot do without. */
static bool needs_table(const struct s2_space *space,
                        struct iommu_dev *first)
{
    return !space->identity ||
           IS_ERR(first->unit->drv->dev->domain_alloc(first, S2_IDENTITY,
                                                      NULL));
}

/* 1: added, 0: it is there, or nobody needs it. */
static int add_table(struct s2_space *space, const struct iommu_unit *unit)
{
    bool outward = space->identity && has_outward(unit);
    struct iommu_group *group = iommu_unit_any_group_lock(unit);
    struct iommu_dev *first;
    struct s2_table *table;
    struct pt_config cfg = {};
    int rc = 0;

    if ( !group )
        return 0;

    first = iommu_group_first_dev(group);
    if ( outward || needs_table(space, first) )
        rc = unit->drv->dev->table_config(first, &cfg) ?: 1;
    iommu_group_unlock(group);
    iommu_group_put(group);

    /* Whose unit walks no table will not be attached, and costs nobody else. */
    if ( rc == -EOPNOTSUPP )
        return 0;
    if ( rc <= 0 || s2_space_table(space, &cfg) )
        return min(rc, 0);

    table = s2_table_create(space->d, &cfg);
    if ( IS_ERR(table) )
        return PTR_ERR(table);

    list_add_tail(&table->link, &space->tables);

    return 1;
}

/*
 * Which needs no group to ask: a domain can be there before the first device
 * is.  A domain that runs on no CPU has no table to lend.
 */
static int borrow_table(struct s2_space *space)
{
    struct s2_table *table;
    struct pt_config cfg = {};

    if ( is_system_domain(space->d) || !arch_iommu_borrow(space->d, &cfg) )
        return 0;

    table = s2_table_borrow(space->d, &cfg);
    if ( IS_ERR(table) )
        return PTR_ERR(table);

    space->lent = table;
    list_add_tail(&table->link, &space->tables);

    return 0;
}

int s2_space_init(struct s2_space *space, struct domain *d, bool identity)
{
    const struct iommu_unit *unit;
    unsigned int nr = 0;
    int rc;

    space->d = d;
    space->identity = identity;
    INIT_LIST_HEAD(&space->tables);
    INIT_LIST_HEAD(&space->direct);
    spin_lock_init(&space->direct_lock);
    INIT_LIST_HEAD(&space->privates);
    spin_lock_init(&space->lock);
    lock_class_set(&space->lock, LOCK_OWNER);

    rc = borrow_table(space);
    if ( rc )
        return rc;

    for_each_iommu_unit ( unit )
    {
        rc = add_table(space, unit);
        if ( rc < 0 )
        {
            s2_space_destroy(space);
            return rc;
        }
        nr += rc;
    }

    if ( nr > 1 )
        printk(XENLOG_G_INFO "%pd: %u kinds of IOMMU tables\n", d, nr);

    return 0;
}

long s2_space_clear(struct s2_space *space, unsigned long budget)
{
    struct s2_table *table;

    list_for_each_entry ( table, &space->tables, link )
    {
        long rc = s2_table_clear(table, budget);

        if ( rc )
            return rc;
    }

    return iommu_private_clear(space, budget);
}

void s2_space_destroy(struct s2_space *space)
{
    struct s2_table *table, *tmp;
    long rc;

    do {
        rc = s2_space_clear(space, ~0UL);
    } while ( rc == -ERESTART );

    /* A group that is still attached would go on using what is freed here. */
    BUG_ON(rc);

    list_for_each_entry_safe ( table, tmp, &space->tables, link )
    {
        list_del(&table->link);
        s2_table_free(table);
    }

    iommu_private_destroy(space);
    iommu_direct_forget(space);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
