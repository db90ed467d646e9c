/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Xen domain's side of the layer: the tables that mirror its p2m, one for
 * each page-table format that the machine's drivers want.
 *
 * The tables exist before the domain has a device, so a driver is asked
 * through any group of a segment that it serves.
 */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include <iommu-arch.h>
#include <iommu-groups/borrow.h>
#include <iommu-groups/private.h>

struct s2_table *iommu_owner_table(const struct iommu_owner *owner,
                                   const struct pt_config *cfg)
{
    struct s2_table *table;

    list_for_each_entry ( table, &owner->tables, link )
        if ( table->pt.cfg.fmt == cfg->fmt &&
             (table->borrowed || table->pt.cfg.levels == cfg->levels) )
            return table;

    return NULL;
}

/* 1: added or already there, 0: @drv serves no group of @seg. */
static int add_table(struct iommu_owner *owner, uint16_t seg,
                     const struct iommu_driver *drv)
{
    struct iommu_group *group = iommu_segment_any_group_lock(seg, drv);
    struct s2_table *table;
    struct pt_config cfg = {};
    int rc;

    if ( !group )
        return 0;

    rc = drv->dev->table_config(iommu_group_first_dev(group), &cfg);
    iommu_group_unlock(group);
    iommu_group_put(group);

    if ( rc )
        return rc;
    if ( iommu_owner_table(owner, &cfg) )
        return 1;

    table = s2_table_create(owner->d, &cfg);
    if ( IS_ERR(table) )
        return PTR_ERR(table);

    list_add_tail(&table->link, &owner->tables);

    return 1;
}

/*
 * Which needs no group to ask: a domain can be there before the first device
 * is.  A domain that runs on no CPU has no table to lend.
 */
static int borrow_table(struct iommu_owner *owner)
{
    struct s2_table *table;
    struct pt_config cfg = {};

    if ( is_system_domain(owner->d) || !iommu_arch_borrow(owner->d, &cfg) )
        return 0;

    table = s2_table_borrow(owner->d, &cfg);
    if ( IS_ERR(table) )
        return PTR_ERR(table);

    owner->lent = table;
    list_add_tail(&table->link, &owner->tables);

    return 0;
}

int iommu_owner_init(struct iommu_owner *owner, struct domain *d)
{
    int seg = -1, rc = 0;

    owner->d = d;
    INIT_LIST_HEAD(&owner->tables);
    INIT_LIST_HEAD(&owner->direct);
    spin_lock_init(&owner->direct_lock);
    INIT_LIST_HEAD(&owner->privates);
    spin_lock_init(&owner->lock);
    lock_class_set(&owner->lock, LOCK_OWNER);

    rc = borrow_table(owner);
    if ( rc )
        return rc;

    for ( ; ; )
    {
        struct iommu_driver *drv;
        unsigned int nr_drivers = 0;

        pcidevs_lock();
        seg = iommu_next_segment(seg);
        pcidevs_unlock();

        if ( seg < 0 )
            break;

        list_for_each_entry ( drv, &iommu_drivers, list )
        {
            rc = add_table(owner, seg, drv);
            if ( rc < 0 )
                goto fail;
            nr_drivers += rc;
        }

        if ( nr_drivers > 1 )
            printk(XENLOG_G_INFO
                   "%pd: %u IOMMU drivers on segment %04x, one table a format\n",
                   d, nr_drivers, seg);
    }

    return 0;

 fail:
    iommu_owner_destroy(owner);

    return rc;
}

long iommu_owner_clear(struct iommu_owner *owner, unsigned long budget)
{
    struct s2_table *table;

    list_for_each_entry ( table, &owner->tables, link )
    {
        long rc = s2_table_clear(table, budget);

        if ( rc )
            return rc;
    }

    return iommu_private_clear(owner, budget);
}

void iommu_owner_destroy(struct iommu_owner *owner)
{
    struct s2_table *table, *tmp;
    long rc;

    do {
        rc = iommu_owner_clear(owner, ~0UL);
    } while ( rc == -ERESTART );

    /* A group that is still attached would go on using what is freed here. */
    BUG_ON(rc);

    list_for_each_entry_safe ( table, tmp, &owner->tables, link )
    {
        list_del(&table->link);
        s2_table_free(table);
    }

    iommu_private_destroy(owner);
    iommu_reserved_forget(owner);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
