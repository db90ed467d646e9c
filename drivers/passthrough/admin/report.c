/* SPDX-License-Identifier: GPL-2.0-only */
/* What an administrator can see, as text. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include <iommu-groups/fault.h>
#include <iommu-groups/handover.h>
#include <iommu-groups/pci-topology.h>
#include <iommu-groups/policy.h>
#include <iommu-groups/private-table.h>
#include "report.h"
#include <iommu-groups/regions.h>

#define FIRST_BYTES 256

static bool grow(struct iommu_text *t, unsigned int need)
{
    unsigned int size = max(t->size * 2, FIRST_BYTES + 0u);
    char *buf;

    while ( size < need )
        size *= 2;

    buf = xmalloc_array(char, size);
    if ( !buf )
    {
        t->rc = -ENOMEM;
        return false;
    }

    if ( t->len )
        memcpy(buf, t->buf, t->len);
    buf[t->len] = '\0';
    xfree(t->buf);
    t->buf = buf;
    t->size = size;

    return true;
}

void iommu_text_add(struct iommu_text *t, const char *fmt, ...)
{
    va_list args;
    int len;

    if ( t->rc || (!t->buf && !grow(t, FIRST_BYTES)) )
        return;

    for ( ; ; )
    {
        va_start(args, fmt);
        len = vsnprintf(t->buf + t->len, t->size - t->len, fmt, args);
        va_end(args);
        if ( t->len + len < t->size )
            break;
        if ( !grow(t, t->len + len + 1) )
        {
            t->buf[t->len] = '\0';
            return;
        }
    }

    t->len += len;
}

void iommu_text_free(struct iommu_text *t)
{
    XFREE(t->buf);
    t->len = t->size = 0;
    t->rc = 0;
}

static void add_owner(struct iommu_text *t, domid_t id)
{
    switch ( id )
    {
    case DOMID_IO:
        iommu_text_add(t, "quarantine");
        break;

    case DOMID_XEN:
        iommu_text_add(t, "xen");
        break;

    case DOMID_INVALID:
        iommu_text_add(t, "none");
        break;

    default:
        iommu_text_add(t, "d%u", id);
        break;
    }
}

void cf_check iommu_report_id(struct iommu_text *t, struct iommu_group *group)
{
    iommu_text_add(t, "%u", group->id);
}

void cf_check iommu_report_owner(struct iommu_text *t,
                                 struct iommu_group *group)
{
    iommu_group_lock(group);
    add_owner(t, group->owner ? group->owner->domain_id : DOMID_INVALID);
    iommu_group_unlock(group);
}

void cf_check iommu_report_state(struct iommu_text *t,
                                 struct iommu_group *group)
{
    iommu_group_lock(group);
    if ( group->broken )
        iommu_text_add(t, "broken: %s", group->broken_why);
    else
        iommu_text_add(t, "%s%s", group->s2 ? "attached" : "blocked",
                       group->parted ? ", parted" : "");
    iommu_group_unlock(group);
}

static const char *type_name(const struct s2_domain *s2)
{
    if ( !s2 || s2->type == S2_BLOCKED )
        return "blocked";

    return s2->type == S2_IDENTITY ? "identity" : "paging";
}

/* SBDF, unit, owner, domain, faults, flags, IDs: docs/hypfs.md. */
/* "0100,0200-02ff" */
static void add_ids(struct iommu_text *t, const struct iommu_ids *ids)
{
    const struct iommu_id_range *r;

    for_each_iommu_id_range ( r, ids )
    {
        iommu_text_add(t, "%c%04x", r == ids->range ? ' ' : ',', r->first);
        if ( r->last != r->first )
            iommu_text_add(t, "-%04x", r->last);
    }
}

void cf_check iommu_report_devices(struct iommu_text *t,
                                   struct iommu_group *group)
{
    const struct iommu_dev *dev;

    iommu_group_lock(group);
    list_for_each_entry ( dev, &group->devs, member )
    {
        iommu_text_add(t, "%s%s %s ", t->len ? "\n" : "", dev->name,
                       dev->unit->name);
        add_owner(t, dev->next_owner->domain_id);
        iommu_text_add(t, " %s %"PRIu64" ", type_name(dev->attached),
                       dev->nr_faults);
        iommu_text_add(t, "%s", dev->bridge ? "bridge" : "device");
        if ( dev->tainted )
            iommu_text_add(t, ",tainted");
        if ( dev->ats )
            iommu_text_add(t, ",ats");
        if ( dev->nr_stops )
            iommu_text_add(t, ",stopped");
        /* Of pcidevs_lock, and gone only after the dev: as it was just now. */
        if ( dev->func && read_atomic(&dev->func->stated) )
            iommu_text_add(t, ",stated");
        if ( dev->func && read_atomic(&dev->func->unsure) )
            iommu_text_add(t, ",no-path");
        if ( dev->hwdom_only )
            iommu_text_add(t, ",doubt");
        add_ids(t, &dev->ids);
    }
    iommu_group_unlock(group);
}

void cf_check iommu_report_domain(struct iommu_text *t,
                                  struct iommu_group *group)
{
    iommu_group_lock(group);
    iommu_text_add(t, "%s", type_name(group->s2));
    iommu_group_unlock(group);
}

static void add_table(struct iommu_text *t, struct s2_table *table)
{
    const struct s2_tag *tag;
    unsigned int i;

    spin_lock(&table->lock);
    iommu_text_add(t, "levels %u root %#"PRIx64" pages %lu leaves",
                   pt_levels(&table->pt),
                   table->dying ? 0 : (uint64_t)s2_table_root(table),
                   table->pt.tables);
    for ( i = 0; i < pt_levels(&table->pt) && i < 3; i++ )
        iommu_text_add(t, "%c%lu", i ? ',' : ' ', table->pt.leaves[i]);
    iommu_text_add(t, " groups %u flushes %"PRIu64, table->users,
                   table->nr_flushes);
    list_for_each_entry ( tag, &table->tags, list )
        iommu_text_add(t, " %s:%u", tag->unit->name, tag->id);
    spin_unlock(&table->lock);
}

void cf_check iommu_report_table(struct iommu_text *t,
                                 struct iommu_group *group)
{
    iommu_group_lock(group);
    if ( group->s2 && group->s2->type == S2_PAGING )
        add_table(t, group->s2->table);
    else
        iommu_text_add(t, "none");
    iommu_group_unlock(group);
}

void cf_check iommu_report_faults(struct iommu_text *t,
                                  struct iommu_group *group)
{
    const struct iommu_dev *dev;
    uint64_t nr = 0;

    iommu_group_lock(group);
    list_for_each_entry ( dev, &group->devs, member )
        nr += dev->nr_faults;
    iommu_group_unlock(group);

    iommu_text_add(t, "%"PRIu64, nr);
}

void cf_check iommu_report_why(struct iommu_text *t, struct iommu_group *group)
{
    const struct iommu_dev *dev, *other;
    const struct pci_func *at;
    enum pci_why why;

    pcidevs_lock();
    list_for_each_entry ( dev, &group->all_devs, in_group )
    {
        other = iommu_pci_why(dev, &why, &at);
        if ( !other )
            continue;
        iommu_text_add(t, "%s%s %s: %s", t->len ? "\n" : "", dev->name,
                       other->name, pci_why_text(why, at));
        if ( at )
            iommu_text_add(t, " %pp", &at->sbdf);
    }
    pcidevs_unlock();
}

/* SBDF, regions, who requires one of them too: docs/hypfs.md. */
static void add_reserved(struct iommu_text *t, const struct iommu_dev *dev)
{
    const struct iommu_dev *other = NULL;
    unsigned int i, n = 0;

    if ( !dev->nr_regions )
        return;

    iommu_text_add(t, "%s%s", t->len ? "\n" : "", dev->name);
    for ( i = 0; i < dev->nr_regions; i++ )
        iommu_text_add(t, "%c%#lx-%#lx", i ? ',' : ' ', dev->regions[i].first,
                       dev->regions[i].last);
    while ( (other = iommu_regions_next_sharer(dev, other)) != NULL )
        iommu_text_add(t, "%c%s", n++ ? ',' : ' ', other->name);
    if ( !n )
        iommu_text_add(t, " -");
}

void cf_check iommu_report_reserved(struct iommu_text *t,
                                    struct iommu_group *group)
{
    const struct iommu_dev *dev;

    pcidevs_lock();
    list_for_each_entry ( dev, &group->all_devs, in_group )
        add_reserved(t, dev);
    pcidevs_unlock();
}

void iommu_report_unit(struct iommu_text *t, const struct iommu_unit *unit,
                       const char *file)
{
    if ( !strcmp(file, "name") )
        iommu_text_add(t, "%s", unit->name);
    else if ( !strcmp(file, "driver") )
        iommu_text_add(t, "%s", unit->drv->name);
    else if ( !strcmp(file, "base") )
        iommu_text_add(t, "%#"PRIx64, (uint64_t)unit->base);
    else if ( !strcmp(file, "state") )
        iommu_text_add(t, "%s", unit->failed ? "failed" : "ok");
    else if ( !strcmp(file, "commands") )
        iommu_text_add(t, "%"PRIu64, unit->nr_commands);
    else if ( !strcmp(file, "waits") )
        iommu_text_add(t, "%"PRIu64, unit->nr_waits);
    else if ( !strcmp(file, "faults") )
        iommu_text_add(t, "%"PRIu64, unit->nr_faults);
    else if ( !strcmp(file, "restarts") )
        iommu_text_add(t, "%u", read_atomic(&unit->nr_revived));
    else
        ASSERT_UNREACHABLE();
}

void iommu_report_tables(struct iommu_text *t, const struct domain *d)
{
    struct s2_space *space = s2_space_of(d);
    struct iommu_private *p = NULL;
    struct s2_table *table;

    if ( !space )
        return;

    if ( space->identity )
        iommu_text_add(t, "identity");
    list_for_each_entry ( table, &space->tables, link )
    {
        if ( t->len )
            iommu_text_add(t, "\n");
        add_table(t, table);
    }
    while ( (p = iommu_private_next(space, p)) != NULL )
    {
        iommu_text_add(t, "\n");
        add_table(t, p->table);
    }
}

void cf_check iommu_report_policy(struct iommu_text *t,
                                  struct iommu_group *group)
{
    iommu_text_add(t, "%s", iommu_group_policy_name(group));
}

void cf_check iommu_report_tables_policy(struct iommu_text *t,
                                         struct iommu_group *group)
{
    iommu_group_lock(group);
    iommu_text_add(t, "%s", group->private ? "private" : "shared");
    iommu_group_unlock(group);
}

/* Number, time, unit, device, group, owner, access, address, code, reason. */
void iommu_report_log(struct iommu_text *t)
{
    struct iommu_fault_record r;
    uint64_t seq = 0;

    for ( ; !iommu_fault_next(seq, &r); seq = r.seq + 1 )
    {
        iommu_text_add(t, "%s%"PRIu64" %"PRIu64".%06u %u ", t->len ? "\n" : "",
                       r.seq, (uint64_t)r.time / 1000000000,
                       (unsigned int)((uint64_t)r.time % 1000000000 / 1000),
                       r.unit);
        if ( r.known )
            iommu_text_add(t, "%s %u ", r.dev, r.group);
        else
            iommu_text_add(t, "%#x - ", r.fault.id);
        add_owner(t, r.owner);
        iommu_text_add(t, " %s %#"PRIx64" %#x %s",
                       r.fault.interrupt ? "interrupt"
                       : r.fault.exec ? "execute"
                       : r.fault.write ? "write" : "read",
                       r.fault.addr, r.fault.code, r.fault.reason);
    }
}

static void add_prot(struct iommu_text *t, unsigned int prot)
{
    iommu_text_add(t, " %s%s%s%s", prot & PT_PROT_R ? "r" : "-",
                   prot & PT_PROT_W ? "w" : "-", prot & PT_PROT_X ? "x" : "-",
                   prot & PT_PROT_SNP ? " snoop" : "");
}

int iommu_report_translation(struct iommu_text *t, pci_sbdf_t sbdf,
                             uint64_t dfn)
{
    const struct pci_dev *pdev;
    const struct s2_domain *s2;
    struct iommu_ref ref;
    struct pt_leaf leaf;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    iommu_ref_get(&ref, pdev ? pdev->iommu : NULL);
    pcidevs_unlock();

    if ( !ref.group )
        return -ENODEV;

    iommu_group_lock(ref.group);
    s2 = iommu_group_has(ref.group, ref.dev) ? ref.dev->attached : NULL;
    if ( !s2 || s2->type == S2_BLOCKED )
        iommu_text_add(t, "blocked");
    else if ( s2->type == S2_IDENTITY )
        iommu_text_add(t, "identity");
    else if ( s2_table_lookup(s2->table, dfn, &leaf) )
        iommu_text_add(t, "not mapped");
    else
    {
        iommu_text_add(t, "mfn %#"PRIx64" order %u", leaf.mfn, leaf.order);
        add_prot(t, leaf.prot);
    }
    iommu_group_unlock(ref.group);

    iommu_ref_put(&ref);

    return 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
