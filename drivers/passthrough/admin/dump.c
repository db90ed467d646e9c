/* SPDX-License-Identifier: GPL-2.0-only */
/* What the layer knows, for the console: boot with "verbose", and key 'o'. */
#include <xen/lib.h>
#include <xen/rcupdate.h>
#include <xen/sched.h>
#include <xen/softirq.h>

#include <iommu-groups/private-table.h>
#include <iommu-groups/setup.h>

static const char *state_of(const struct iommu_group *group)
{
    if ( group->broken )
        return "broken";
    if ( !group->s2 )
        return "blocked";

    return group->s2->type == S2_IDENTITY ? "identity" : "paging";
}

static void dump_group(struct iommu_group *group)
{
    const struct iommu_dev *dev;

    iommu_group_lock(group);

    printk(" group %u: %pd %s%s%s\n", group->id, group->owner,
           state_of(group), group->broken ? ": " : "",
           group->broken ? group->broken_why : "");

    list_for_each_entry ( dev, &group->devs, member )
    {
        const struct iommu_id_range *r;

        printk("  %s %s %pd%s%s%s ids", dev->name, dev->unit->name,
               dev->next_owner, dev->bridge ? " bridge" : "",
               dev->attached->type == S2_BLOCKED ? " blocked" : "",
               dev->tainted ? " tainted" : "");
        for_each_iommu_id_range ( r, &dev->ids )
            if ( r->first == r->last )
                printk(" %04x", r->first);
            else
                printk(" %04x-%04x", r->first, r->last);
        printk("\n");
    }

    iommu_group_unlock(group);
}

void iommu_groups_list(void)
{
    const struct iommu_unit *unit;
    struct iommu_group *group = NULL;

    for_each_iommu_unit ( unit )
        printk(" unit %s: registers at %"PRIpaddr"%s\n", unit->name,
               unit->base, unit->failed ? ", failed" : "");

    while ( (group = iommu_group_next(group)) )
    {
        dump_group(group);
        process_pending_softirqs();
    }
}

static void dump_table(struct s2_table *table)
{
    const struct s2_tag *tag;

    spin_lock(&table->lock);
    printk(" %pd: root %"PRIpaddr" levels %u tables %lu leaves %lu %lu %lu, %u groups, %"PRIu64" flushes\n",
           table->d, table->dying ? 0 : s2_table_root(table),
           pt_levels(&table->pt), table->pt.tables, table->pt.leaves[0],
           table->pt.leaves[1], table->pt.leaves[2], table->users,
           table->nr_flushes);
    list_for_each_entry ( tag, &table->tags, list )
        printk("  %s: tag %u\n", tag->unit->name, tag->id);
    spin_unlock(&table->lock);
}

static void dump_tables(const struct domain *d)
{
    struct s2_space *space = s2_space_of(d);
    struct iommu_private *p = NULL;
    struct s2_table *table;

    if ( !space )
        return;

    list_for_each_entry ( table, &space->tables, link )
        dump_table(table);

    while ( (p = iommu_private_next(space, p)) != NULL )
    {
        printk("  private, of group %u:\n", p->group);
        dump_table(p->table);
    }
}

void cf_check iommu_groups_dump(unsigned char key)
{
    struct iommu_unit *unit;
    const struct domain *d;

    iommu_groups_list();

    rcu_read_lock(&domlist_read_lock);
    for_each_domain ( d )
    {
        dump_tables(d);
        process_pending_softirqs();
    }
    rcu_read_unlock(&domlist_read_lock);

    for_each_iommu_unit ( unit )
        if ( unit->drv->unit->dump )
            unit->drv->unit->dump(unit);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
