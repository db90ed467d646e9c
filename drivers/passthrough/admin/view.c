/* SPDX-License-Identifier: GPL-2.0-only */
/* One operation's view of what hypfs shows, and numbered directories. */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/hypfs.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include "view.h"

struct view *hypfs_view(void)
{
    return container_of((struct hypfs_dyndir_id *)hypfs_get_dyndata(),
                        struct view, dyn);
}

int hypfs_view_add_id(struct view *v, unsigned int id)
{
    if ( v->nr == v->max )
    {
        unsigned int max = v->max ? v->max * 2 : 64;
        unsigned int *ids = xmalloc_array(unsigned int, max);

        if ( !ids )
            return -ENOMEM;
        if ( v->nr )
            memcpy(ids, v->ids, v->nr * sizeof(*ids));
        xfree(v->ids);
        v->ids = ids;
        v->max = max;
    }

    v->ids[v->nr++] = id;

    return 0;
}

void cf_check hypfs_view_leave(const struct hypfs_entry *entry)
{
    struct view *v = hypfs_view();

    if ( v->group )
        iommu_group_put(v->group);
    if ( v->d )
        rcu_unlock_domain(v->d);
    iommu_text_free(&v->text);
    xfree(v->ids);
    hypfs_free_dyndata();
}

const struct hypfs_entry *cf_check hypfs_view_enter(
    const struct hypfs_entry *entry)
{
    return hypfs_alloc_dyndata(struct view) ? entry : ERR_PTR(-ENOMEM);
}

static const struct numbered *numbered_of(const struct hypfs_entry *entry)
{
    return container_of(entry, const struct numbered, dir.e);
}

/* Only who lists the directory needs it, not who passes through. */
static int take_snapshot(const struct hypfs_entry *entry)
{
    struct view *v = hypfs_view();

    if ( !v->listed )
        v->rc = numbered_of(entry)->snapshot(v);
    v->listed = true;

    return v->rc;
}

static int cf_check numbered_read(const struct hypfs_entry *entry,
                                  XEN_GUEST_HANDLE_PARAM(void) uaddr)
{
    const struct view *v = hypfs_view();
    int rc = take_snapshot(entry);
    unsigned int i;

    for ( i = 0; !rc && i < v->nr; i++ )
        rc = hypfs_read_dyndir_id_entry(numbered_of(entry)->template,
                                        v->ids[i], i + 1 == v->nr, &uaddr);

    return rc;
}

static unsigned int cf_check numbered_size(const struct hypfs_entry *entry)
{
    const struct view *v = hypfs_view();
    unsigned int i, size = 0;

    /* Where there is no memory for it, reading says so. */
    if ( take_snapshot(entry) )
        return 0;

    for ( i = 0; i < v->nr; i++ )
        size += hypfs_dynid_entry_size(&numbered_of(entry)->template->e,
                                       v->ids[i]);

    return size;
}

static struct hypfs_entry *cf_check numbered_find(
    const struct hypfs_entry_dir *dir, const char *name, unsigned int name_len)
{
    const struct numbered *n = numbered_of(&dir->e);
    const char *end;
    unsigned long id = simple_strtoul(name, &end, 10);

    if ( !name_len || end != name + name_len || id > UINT_MAX ||
         n->find(hypfs_view(), id) )
        return ERR_PTR(-ENOENT);

    return hypfs_gen_dyndir_id_entry(n->template, id, NULL);
}

const struct hypfs_funcs hypfs_numbered_funcs = {
    .enter = hypfs_view_enter,
    .exit = hypfs_view_leave,
    .read = numbered_read,
    .write = hypfs_write_deny,
    .getsize = numbered_size,
    .findentry = numbered_find,
};

static unsigned int cf_check none_size(const struct hypfs_entry *entry)
{
    return 0;
}

static int cf_check none_read(const struct hypfs_entry *entry,
                              XEN_GUEST_HANDLE_PARAM(void) uaddr)
{
    return 0;
}

static unsigned int cf_check answer_size(const struct hypfs_entry *entry)
{
    return hypfs_view()->text.len + 1;
}

static int cf_check answer_read(const struct hypfs_entry *entry,
                                XEN_GUEST_HANDLE_PARAM(void) uaddr)
{
    const struct view *v = hypfs_view();

    return copy_to_guest(uaddr, v->text.buf, v->text.len + 1) ? -EFAULT : 0;
}

static const struct hypfs_funcs answer_funcs = {
    .enter = hypfs_node_enter,
    .exit = hypfs_node_exit,
    .read = answer_read,
    .write = hypfs_write_deny,
    .getsize = answer_size,
    .findentry = hypfs_leaf_findentry,
};

static struct hypfs_entry *cf_check asked_find(
    const struct hypfs_entry_dir *dir, const char *name, unsigned int name_len)
{
    const struct asked *a = container_of(dir, const struct asked, dir);
    struct view *v = hypfs_view();
    char word[HYPFS_MAX_NAME + 1];
    int rc;

    if ( !name_len || name_len > HYPFS_MAX_NAME )
        return ERR_PTR(-ENOENT);
    memcpy(word, name, name_len);
    word[name_len] = '\0';

    rc = a->answer(&v->text, word);
    if ( rc || v->text.rc )
        return ERR_PTR(rc ?: v->text.rc);

    v->leaf.e.type = XEN_HYPFS_TYPE_STRING;
    v->leaf.e.encoding = XEN_HYPFS_ENC_PLAIN;
    v->leaf.e.name = "";
    v->leaf.e.funcs = &answer_funcs;
    /* hypfs writes no parent; it leaves by it. */
    v->leaf.e.parent = (struct hypfs_entry *)&dir->e;

    return &v->leaf.e;
}

const struct hypfs_funcs hypfs_asked_funcs = {
    .enter = hypfs_view_enter,
    .exit = hypfs_view_leave,
    .read = none_read,
    .write = hypfs_write_deny,
    .getsize = none_size,
    .findentry = asked_find,
};

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
