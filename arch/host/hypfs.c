/* SPDX-License-Identifier: GPL-2.0-only */
/* hypfs: a tree of entries, and a walk to one of them. */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/hypfs.h>
#include <xen/rwlock.h>

#include "host.h"

/* What a directory is read as: each name in a record of this size. */
#define RECORD_SIZE(len) (16u + ROUNDUP((len) + 1, 4u))

const struct hypfs_funcs hypfs_dir_funcs = {
    .enter = hypfs_node_enter, .exit = hypfs_node_exit,
    .read = hypfs_read_dir, .write = hypfs_write_deny,
    .getsize = hypfs_getsize, .findentry = hypfs_dir_findentry,
};
const struct hypfs_funcs hypfs_leaf_ro_funcs = {
    .enter = hypfs_node_enter, .exit = hypfs_node_exit,
    .read = hypfs_read_leaf, .write = hypfs_write_deny,
    .getsize = hypfs_getsize, .findentry = hypfs_leaf_findentry,
};

HYPFS_DIR_INIT(hypfs_root, "");

static DEFINE_RWLOCK(hypfs_lock);
static __thread void *dyndata;
/* Entries entered and not left yet, innermost last. */
static __thread const struct hypfs_entry *entered[16];
static __thread unsigned int depth;

const struct hypfs_entry *hypfs_node_enter(const struct hypfs_entry *entry)
{
    return entry;
}

void hypfs_node_exit(const struct hypfs_entry *entry)
{
}

void *host_hypfs_alloc_dyndata(unsigned long size)
{
    ASSERT(rw_is_locked(&hypfs_lock) && !dyndata);

    return dyndata = xzalloc_bytes(size);
}

void *hypfs_get_dyndata(void)
{
    ASSERT(dyndata);

    return dyndata;
}

void hypfs_free_dyndata(void)
{
    XFREE(dyndata);
}

static int add_entry(struct hypfs_entry_dir *parent, struct hypfs_entry *new)
{
    struct list_head *before = &parent->dirlist;
    struct hypfs_entry *e;

    ASSERT(new->funcs->enter && new->funcs->exit && new->funcs->read &&
           new->funcs->write && new->funcs->getsize && new->funcs->findentry);

    write_lock(&hypfs_lock);
    list_for_each_entry ( e, &parent->dirlist, list )
    {
        int cmp = strcmp(e->name, new->name);

        if ( !cmp )
        {
            write_unlock(&hypfs_lock);
            return -EEXIST;
        }
        if ( cmp > 0 )
        {
            before = &e->list;
            break;
        }
    }
    list_add_tail(&new->list, before);
    parent->e.size += RECORD_SIZE(strlen(new->name));
    new->parent = &parent->e;
    write_unlock(&hypfs_lock);

    return 0;
}

int hypfs_add_dir(struct hypfs_entry_dir *parent, struct hypfs_entry_dir *dir,
                  bool nofault)
{
    int rc = add_entry(parent, &dir->e);

    BUG_ON(nofault && rc);

    return rc;
}

void hypfs_add_dyndir(struct hypfs_entry_dir *parent,
                      struct hypfs_entry_dir *template)
{
    template->e.parent = &parent->e;
}

int hypfs_add_leaf(struct hypfs_entry_dir *parent,
                   struct hypfs_entry_leaf *leaf, bool nofault)
{
    int rc = leaf->u.content ? add_entry(parent, &leaf->e) : -EINVAL;

    BUG_ON(nofault && rc);

    return rc;
}

struct hypfs_entry *hypfs_leaf_findentry(const struct hypfs_entry_dir *dir,
                                         const char *name,
                                         unsigned int name_len)
{
    return ERR_PTR(-ENOTDIR);
}

struct hypfs_entry *hypfs_dir_findentry(const struct hypfs_entry_dir *dir,
                                        const char *name,
                                        unsigned int name_len)
{
    struct hypfs_entry *e;

    list_for_each_entry ( e, &dir->dirlist, list )
        if ( strlen(e->name) == name_len && !strncmp(e->name, name, name_len) )
            return e;

    return ERR_PTR(-ENOENT);
}

unsigned int hypfs_getsize(const struct hypfs_entry *entry)
{
    return entry->size;
}

int hypfs_write_deny(struct hypfs_entry_leaf *leaf,
                     XEN_GUEST_HANDLE_PARAM(const_void) uaddr,
                     unsigned int ulen)
{
    return -EACCES;
}

int hypfs_read_leaf(const struct hypfs_entry *entry,
                    XEN_GUEST_HANDLE_PARAM(void) uaddr)
{
    const struct hypfs_entry_leaf *leaf =
        container_of((struct hypfs_entry *)entry, struct hypfs_entry_leaf, e);

    return copy_to_guest(uaddr, leaf->u.content,
                         entry->funcs->getsize(entry)) ? -EFAULT : 0;
}

/* One name of a directory: the size of its record, then the name. */
static int put_record(XEN_GUEST_HANDLE_PARAM(void) *uaddr, const char *name)
{
    uint32_t head[4] = { RECORD_SIZE(strlen(name)) };

    if ( copy_to_guest(*uaddr, head, sizeof(head)) ||
         copy_to_guest_offset(*uaddr, sizeof(head), name, strlen(name) + 1) )
        return -EFAULT;
    guest_handle_add_offset(*uaddr, head[0]);

    return 0;
}

static int node_enter(const struct hypfs_entry *entry)
{
    entry = entry->funcs->enter(entry);
    if ( IS_ERR(entry) )
        return PTR_ERR(entry);
    ASSERT(entry && depth < ARRAY_SIZE(entered));
    ASSERT(!depth || entered[depth - 1] == entry->parent);
    entered[depth++] = entry;

    return 0;
}

static void node_exit(void)
{
    const struct hypfs_entry *entry = entered[--depth];

    entry->funcs->exit(entry);
}

int hypfs_read_dir(const struct hypfs_entry *entry,
                   XEN_GUEST_HANDLE_PARAM(void) uaddr)
{
    const struct hypfs_entry_dir *d =
        container_of((struct hypfs_entry *)entry, struct hypfs_entry_dir, e);
    const struct hypfs_entry *e;
    int rc = 0;

    list_for_each_entry ( e, &d->dirlist, list )
    {
        rc = node_enter(e);
        if ( rc )
            break;
        e->funcs->getsize(e);
        node_exit();
        rc = put_record(&uaddr, e->name);
        if ( rc )
            break;
    }

    return rc;
}

int hypfs_read_dyndir_id_entry(const struct hypfs_entry_dir *template,
                               unsigned int id, bool is_last,
                               XEN_GUEST_HANDLE_PARAM(void) *uaddr)
{
    char name[HYPFS_DYNDIR_ID_NAMELEN];

    scnprintf(name, sizeof(name), "%u", id);
    template->e.funcs->getsize(&template->e);

    return put_record(uaddr, name);
}

unsigned int hypfs_dynid_entry_size(const struct hypfs_entry *template,
                                    unsigned int id)
{
    char name[HYPFS_DYNDIR_ID_NAMELEN];

    return RECORD_SIZE(scnprintf(name, sizeof(name), "%u", id));
}

static const struct hypfs_entry *dyndir_enter(const struct hypfs_entry *entry)
{
    const struct hypfs_dyndir_id *dyn = hypfs_get_dyndata();

    return dyn->template->e.funcs->enter(&dyn->template->e);
}

static struct hypfs_entry *dyndir_find(const struct hypfs_entry_dir *dir,
                                       const char *name, unsigned int name_len)
{
    const struct hypfs_dyndir_id *dyn = hypfs_get_dyndata();

    return dyn->template->e.funcs->findentry(dyn->template, name, name_len);
}

static int dyndir_read(const struct hypfs_entry *entry,
                       XEN_GUEST_HANDLE_PARAM(void) uaddr)
{
    const struct hypfs_dyndir_id *dyn = hypfs_get_dyndata();

    return dyn->template->e.funcs->read(&dyn->template->e, uaddr);
}

struct hypfs_entry *hypfs_gen_dyndir_id_entry(
    const struct hypfs_entry_dir *template, unsigned int id, void *data)
{
    struct hypfs_dyndir_id *dyn = hypfs_get_dyndata();

    dyn->template = template;
    dyn->id = id;
    dyn->data = data;
    scnprintf(dyn->name, sizeof(dyn->name), "%u", id);
    dyn->dir = *template;
    dyn->dir.e.name = dyn->name;
    dyn->dir.e.funcs = &dyn->funcs;
    dyn->funcs = *template->e.funcs;
    dyn->funcs.enter = dyndir_enter;
    dyn->funcs.findentry = dyndir_find;
    dyn->funcs.read = dyndir_read;

    return &dyn->dir.e;
}

/* Enters all directories on the way; the entry itself is entered, too. */
static struct hypfs_entry *walk_to(const char *path)
{
    struct hypfs_entry *entry = &hypfs_root.e;
    int rc;

    if ( *path++ != '/' )
        return ERR_PTR(-EINVAL);

    for ( ; ; )
    {
        unsigned int len = strcspn(path, "/");

        rc = node_enter(entry);
        if ( rc )
            return ERR_PTR(rc);
        if ( !len )
            return entry;
        entry = entry->funcs->findentry(
            container_of(entry, struct hypfs_entry_dir, e), path, len);
        if ( IS_ERR(entry) )
            return entry;
        path += len + !!path[len];
    }
}

static void unwind(void)
{
    while ( depth )
        node_exit();
    ASSERT(!dyndata);
}

static long read_entry(const struct hypfs_entry *entry, char *buf, size_t size)
{
    unsigned int len = entry->funcs->getsize(entry), at;
    char *raw;
    XEN_GUEST_HANDLE_PARAM(void) handle;
    int rc;

    /* Exactly as large as announced: AddressSanitizer sees more. */
    raw = malloc(len ?: 1);
    handle.p = raw;
    rc = entry->funcs->read(entry, handle);
    if ( rc )
        len = 0;

    if ( entry->type != XEN_HYPFS_TYPE_DIR )
    {
        if ( !rc && len + 1 > size )
            rc = -ENOBUFS;
        memcpy(buf, raw, min(size - 1, (size_t)len));
        buf[min(size - 1, (size_t)len)] = 0;
        free(raw);
        return rc ?: (long)len;
    }

    buf[0] = 0;
    for ( at = 0; at < len; at += *(uint32_t *)(raw + at) )
    {
        strlcat(buf, raw + at + 16, size);
        strlcat(buf, "\n", size);
    }
    free(raw);

    return rc ?: (long)strlen(buf);
}

long host_hypfs_read(const char *path, char *buf, size_t size)
{
    struct hypfs_entry *entry;
    long rc;

    read_lock(&hypfs_lock);
    entry = walk_to(path);
    rc = IS_ERR(entry) ? PTR_ERR(entry) : read_entry(entry, buf, size);
    unwind();
    read_unlock(&hypfs_lock);

    return rc;
}

int host_hypfs_write(const char *path, const char *text)
{
    XEN_GUEST_HANDLE_PARAM(const_void) handle = { text };
    struct hypfs_entry *entry;
    int rc;

    write_lock(&hypfs_lock);
    entry = walk_to(path);
    if ( IS_ERR(entry) )
        rc = PTR_ERR(entry);
    else if ( strlen(text) + 1 > entry->max_size )
        rc = entry->max_size ? -ENOSPC : -EACCES;
    else
        rc = entry->funcs->write(
            container_of(entry, struct hypfs_entry_leaf, e), handle,
            strlen(text) + 1);
    unwind();
    write_unlock(&hypfs_lock);

    return rc;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
