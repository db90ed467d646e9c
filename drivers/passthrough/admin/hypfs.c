/* SPDX-License-Identifier: GPL-2.0-only */
/* hypfs: the tree /iommu, whose files report.c writes (docs/hypfs.md). */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/sched.h>

#include <xsm/xsm.h>

#include "view.h"
#include <iommu-groups/policy.h>
#include "proof.h"

/* Files. */
enum file_of { FILE_GROUP, FILE_UNIT, FILE_TABLES, FILE_DOMAIN_GROUPS,
               FILE_LOG, FILE_STATE, FILE_POLICY };

struct file {
    struct hypfs_entry_leaf leaf;      /* first */
    enum file_of of;
    void (*group)(struct iommu_text *t, struct iommu_group *group);
};

static void domain_groups(struct iommu_text *t, const struct domain *d)
{
    struct iommu_group *group = NULL;

    while ( (group = iommu_group_next(group)) != NULL )
    {
        bool its;

        iommu_group_lock(group);
        its = group->owner == d;
        iommu_group_unlock(group);
        if ( its )
            iommu_text_add(t, "%s%u", t->len ? " " : "", group->id);
    }
}

static void write_text(struct view *v, const struct file *f)
{
    struct iommu_text *t = &v->text;

    switch ( f->of )
    {
    case FILE_GROUP:
        f->group(t, v->group);
        break;

    case FILE_UNIT:
        iommu_report_unit(t, v->unit, f->leaf.e.name);
        break;

    case FILE_TABLES:
        iommu_report_tables(t, v->d);
        break;

    case FILE_DOMAIN_GROUPS:
        domain_groups(t, v->d);
        break;

    case FILE_LOG:
        iommu_report_log(t);
        break;

    case FILE_STATE:
        iommu_text_add(t, "%s", iommu_enabled ? "on" : "off");
        break;

    case FILE_POLICY:
        iommu_text_add(t, "%s", iommu_policy_name());
        break;

    default:
        break;
    }

    /* An empty text is a text. */
    iommu_text_add(t, "%s", "");
}

static unsigned int cf_check file_size(const struct hypfs_entry *entry)
{
    struct view *v = hypfs_view();

    if ( v->text_of != entry )
    {
        iommu_text_free(&v->text);
        v->text_of = entry;
        write_text(v, container_of(entry, const struct file, leaf.e));
    }

    return v->text.buf ? v->text.len + 1 : 0;
}

static int cf_check file_read(const struct hypfs_entry *entry,
                              XEN_GUEST_HANDLE_PARAM(void) uaddr)
{
    unsigned int size = file_size(entry);
    const struct view *v = hypfs_view();

    if ( v->text.rc )
        return v->text.rc;

    return copy_to_guest(uaddr, v->text.buf, size) ? -EFAULT : 0;
}

static const struct hypfs_funcs file_funcs = {
    .enter = hypfs_node_enter,
    .exit = hypfs_node_exit,
    .read = file_read,
    .write = hypfs_write_deny,
    .getsize = file_size,
    .findentry = hypfs_leaf_findentry,
};

/* Files that are in no numbered directory have a view of their own. */
static const struct hypfs_funcs lone_funcs = {
    .enter = hypfs_view_enter,
    .exit = hypfs_view_leave,
    .read = file_read,
    .write = hypfs_write_deny,
    .getsize = file_size,
    .findentry = hypfs_leaf_findentry,
};

#define FILE_INIT(nam, what, fn, fncs, max) {             \
    .leaf.e = {                                           \
        .type = XEN_HYPFS_TYPE_STRING,                    \
        .encoding = XEN_HYPFS_ENC_PLAIN,                  \
        .name = (nam),                                    \
        .max_size = (max),                                \
        .funcs = (fncs),                                  \
    },                                                    \
    /* Never read, but hypfs_add_leaf() insists on one. */ \
    .leaf.u.content = (nam),                              \
    .of = (what),                                         \
    .group = (fn),                                        \
}

/* What a short word is written to; @text ends in a NUL. */
#define MAX_WORD 16
static int get_word(char text[MAX_WORD],
                    XEN_GUEST_HANDLE_PARAM(const_void) uaddr, unsigned int ulen)
{
    if ( !ulen || ulen > MAX_WORD )
        return -ENOSPC;
    if ( copy_from_guest(text, uaddr, ulen) )
        return -EFAULT;

    return memchr(text, '\0', ulen) == text + ulen - 1 ? 0 : -EINVAL;
}

/* groups/N */

/*
 * Whether this one may write to hypfs at all hypfs has asked.  The first
 * refusal; all members count.
 */
static int may_set(const struct iommu_group *group)
{
    const struct iommu_dev *dev;
    int rc = 0;

    pcidevs_lock();
    list_for_each_entry ( dev, &group->all_devs, in_group )
        if ( !rc )
            rc = dev->pdev ? xsm_iommu_set_group(XSM_PRIV, dev->sbdf.sbdf)
                           : xsm_iommu_set_dtgroup(XSM_PRIV, dev->name);
    pcidevs_unlock();

    return rc;
}

static int cf_check state_write(struct hypfs_entry_leaf *leaf,
                                XEN_GUEST_HANDLE_PARAM(const_void) uaddr,
                                unsigned int ulen)
{
    char word[MAX_WORD];
    int rc = get_word(word, uaddr, ulen);

    if ( rc )
        return rc;

    if ( strcmp(word, "mend") )
        return -EINVAL;

    return may_set(hypfs_view()->group) ?:
           iommu_group_mend(hypfs_view()->group);
}

static const struct hypfs_funcs state_funcs = {
    .enter = hypfs_node_enter,
    .exit = hypfs_node_exit,
    .read = file_read,
    .write = state_write,
    .getsize = file_size,
    .findentry = hypfs_leaf_findentry,
};

/* Which table the group's next owner, if it is a guest, attaches it to. */
static int cf_check tables_write(struct hypfs_entry_leaf *leaf,
                                 XEN_GUEST_HANDLE_PARAM(const_void) uaddr,
                                 unsigned int ulen)
{
    struct iommu_group *group = hypfs_view()->group;
    char word[MAX_WORD];
    int rc = get_word(word, uaddr, ulen);

    if ( rc )
        return rc;
    if ( strcmp(word, "private") && strcmp(word, "shared") )
        return -EINVAL;

    rc = may_set(group);
    if ( rc )
        return rc;

    iommu_group_lock(group);
    group->private = word[0] == 'p';
    iommu_group_unlock(group);

    return 0;
}

static const struct hypfs_funcs tables_funcs = {
    .enter = hypfs_node_enter,
    .exit = hypfs_node_exit,
    .read = file_read,
    .write = tables_write,
    .getsize = file_size,
    .findentry = hypfs_leaf_findentry,
};

static int cf_check group_policy_write(struct hypfs_entry_leaf *leaf,
                                       XEN_GUEST_HANDLE_PARAM(const_void) uaddr,
                                       unsigned int ulen)
{
    struct iommu_group *group = hypfs_view()->group;
    char word[MAX_WORD];
    int rc = get_word(word, uaddr, ulen);

    return rc ?: may_set(group) ?: iommu_group_policy_set(group, word);
}

static const struct hypfs_funcs group_policy_funcs = {
    .enter = hypfs_node_enter,
    .exit = hypfs_node_exit,
    .read = file_read,
    .write = group_policy_write,
    .getsize = file_size,
    .findentry = hypfs_leaf_findentry,
};

static struct file group_files[] = {
    FILE_INIT("id", FILE_GROUP, iommu_report_id, &file_funcs, 0),
    FILE_INIT("owner", FILE_GROUP, iommu_report_owner, &file_funcs, 0),
    FILE_INIT("state", FILE_GROUP, iommu_report_state, &state_funcs, MAX_WORD),
    FILE_INIT("devices", FILE_GROUP, iommu_report_devices, &file_funcs, 0),
    FILE_INIT("domain", FILE_GROUP, iommu_report_domain, &file_funcs, 0),
    FILE_INIT("table", FILE_GROUP, iommu_report_table, &file_funcs, 0),
    FILE_INIT("tables", FILE_GROUP, iommu_report_tables_policy, &tables_funcs,
              MAX_WORD),
    FILE_INIT("policy", FILE_GROUP, iommu_report_policy, &group_policy_funcs,
              MAX_WORD),
    FILE_INIT("faults", FILE_GROUP, iommu_report_faults, &file_funcs, 0),
    FILE_INIT("why", FILE_GROUP, iommu_report_why, &file_funcs, 0),
    FILE_INIT("reserved", FILE_GROUP, iommu_report_reserved, &file_funcs, 0),
};

static HYPFS_DIR_INIT(group_dir, "%u");

static int cf_check group_snapshot(struct view *v)
{
    struct iommu_group *group = NULL;

    while ( (group = iommu_group_next(group)) != NULL )
    {
        int rc = hypfs_view_add_id(v, group->id);

        if ( rc )
        {
            iommu_group_put(group);
            return rc;
        }
    }

    return 0;
}

static int cf_check group_find(struct view *v, unsigned int id)
{
    v->group = iommu_group_by_id(id);

    return v->group ? 0 : -ENOENT;
}

NUMBERED(groups_dir, "groups", group_dir, group_snapshot, group_find);

/* units/N: constant after boot. */

static struct file unit_files[] = {
    FILE_INIT("name", FILE_UNIT, NULL, &file_funcs, 0),
    FILE_INIT("driver", FILE_UNIT, NULL, &file_funcs, 0),
    FILE_INIT("base", FILE_UNIT, NULL, &file_funcs, 0),
    FILE_INIT("state", FILE_UNIT, NULL, &file_funcs, 0),
    FILE_INIT("commands", FILE_UNIT, NULL, &file_funcs, 0),
    FILE_INIT("waits", FILE_UNIT, NULL, &file_funcs, 0),
    FILE_INIT("faults", FILE_UNIT, NULL, &file_funcs, 0),
    FILE_INIT("restarts", FILE_UNIT, NULL, &file_funcs, 0),
};

static HYPFS_DIR_INIT(unit_dir, "%u");

static int cf_check unit_snapshot(struct view *v)
{
    const struct iommu_unit *unit;
    int rc = 0;

    for_each_iommu_unit ( unit )
    {
        rc = hypfs_view_add_id(v, unit->id);
        if ( rc )
            break;
    }

    return rc;
}

static int cf_check unit_find(struct view *v, unsigned int id)
{
    for_each_iommu_unit ( v->unit )
        if ( v->unit->id == id )
            return 0;

    return -ENOENT;
}

NUMBERED(units_dir, "units", unit_dir, unit_snapshot, unit_find);

/* domains/N: those that can have a device. */

static struct file domain_files[] = {
    FILE_INIT("tables", FILE_TABLES, NULL, &file_funcs, 0),
    FILE_INIT("groups", FILE_DOMAIN_GROUPS, NULL, &file_funcs, 0),
};

static HYPFS_DIR_INIT(domain_dir, "%u");

static int cf_check domain_snapshot(struct view *v)
{
    const struct domain *d;
    int rc = 0;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain ( d )
        if ( !rc && s2_space_of(d) )
            rc = hypfs_view_add_id(v, d->domain_id);
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

static int cf_check domain_find(struct view *v, unsigned int id)
{
    v->d = id < DOMID_FIRST_RESERVED ? rcu_lock_domain_by_id(id) : NULL;

    return v->d && s2_space_of(v->d) ? 0 : -ENOENT;
}

NUMBERED(domains_dir, "domains", domain_dir, domain_snapshot, domain_find);

/*
 * translate/SSSSBBDF@DFN, segment, bus, device and function as one number and
 * the frame, both in hexadecimal.
 */
static int cf_check translate_answer(struct iommu_text *t, const char *name)
{
    const char *at, *end;
    pci_sbdf_t sbdf = { .sbdf = simple_strtoul(name, &at, 16) };
    uint64_t dfn = *at == '@' ? simple_strtoull(at + 1, &end, 16) : 0;

    if ( at != name + 8 || *at != '@' || end == at + 1 || *end )
        return -ENOENT;

    return iommu_report_translation(t, sbdf, dfn);
}

ASKED(translate_dir, "translate", translate_answer);

/* policy */

static int cf_check policy_write(struct hypfs_entry_leaf *leaf,
                                 XEN_GUEST_HANDLE_PARAM(const_void) uaddr,
                                 unsigned int ulen)
{
    char word[MAX_WORD];
    int rc = get_word(word, uaddr, ulen);

    return rc ?: xsm_iommu_set_policy(XSM_PRIV) ?:
           iommu_policy_set(word, strlen(word));
}

static const struct hypfs_funcs policy_funcs = {
    .enter = hypfs_view_enter,
    .exit = hypfs_view_leave,
    .read = file_read,
    .write = policy_write,
    .getsize = file_size,
    .findentry = hypfs_leaf_findentry,
};

/* The tree. */

static HYPFS_DIR_INIT(iommu_dir, "iommu");

static struct file __read_mostly state_file =
    FILE_INIT("state", FILE_STATE, NULL, &lone_funcs, 0);
static struct file __read_mostly log_file =
    FILE_INIT("faults", FILE_LOG, NULL, &lone_funcs, 0);

static struct file __read_mostly policy_file =
    FILE_INIT("policy", FILE_POLICY, NULL, &policy_funcs, MAX_WORD);

static void __init add_numbered(struct numbered *n, struct file *files,
                                unsigned int nr)
{
    unsigned int i;

    hypfs_add_dir(&iommu_dir, &n->dir, true);
    hypfs_add_dyndir(&n->dir, n->template);
    for ( i = 0; i < nr; i++ )
        hypfs_add_leaf(n->template, &files[i].leaf, true);
}

static int __init cf_check control_init(void)
{
    hypfs_add_dir(&hypfs_root, &iommu_dir, true);
    hypfs_add_leaf(&iommu_dir, &state_file.leaf, true);

    if ( !iommu_enabled )
        return 0;

    hypfs_add_leaf(&iommu_dir, &log_file.leaf, true);
    hypfs_add_leaf(&iommu_dir, &policy_file.leaf, true);
    hypfs_add_dir(&iommu_dir, &translate_dir.dir, true);
    iommu_proof_hypfs(&iommu_dir);
    add_numbered(&units_dir, unit_files, ARRAY_SIZE(unit_files));
    add_numbered(&groups_dir, group_files, ARRAY_SIZE(group_files));
    add_numbered(&domains_dir, domain_files, ARRAY_SIZE(domain_files));

    return 0;
}
__initcall(control_init);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
