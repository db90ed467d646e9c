/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's tree of values; tests go over it with host_hypfs_*() (host.h). */
#ifndef HOST_XEN_HYPFS_H
#define HOST_XEN_HYPFS_H

#include <xen/lib.h>
#include <xen/list.h>
#include <xen/string.h>
#include <public/xen.h>

#define XEN_HYPFS_MAX_PATHLEN 1024
#define XEN_HYPFS_TYPE_DIR    0
#define XEN_HYPFS_TYPE_BLOB   1
#define XEN_HYPFS_TYPE_STRING 2
#define XEN_HYPFS_TYPE_UINT   3
#define XEN_HYPFS_TYPE_INT    4
#define XEN_HYPFS_TYPE_BOOL   5
#define XEN_HYPFS_ENC_PLAIN   0

struct hypfs_entry;
struct hypfs_entry_leaf;
struct hypfs_entry_dir;

struct hypfs_funcs {
    const struct hypfs_entry *(*enter)(const struct hypfs_entry *entry);
    void (*exit)(const struct hypfs_entry *entry);
    int (*read)(const struct hypfs_entry *entry,
                XEN_GUEST_HANDLE_PARAM(void) uaddr);
    int (*write)(struct hypfs_entry_leaf *leaf,
                 XEN_GUEST_HANDLE_PARAM(const_void) uaddr, unsigned int ulen);
    unsigned int (*getsize)(const struct hypfs_entry *entry);
    struct hypfs_entry *(*findentry)(const struct hypfs_entry_dir *dir,
                                     const char *name, unsigned int name_len);
};

struct hypfs_entry {
    unsigned short type;
    unsigned short encoding;
    unsigned int size;
    unsigned int max_size;
    const char *name;
    struct hypfs_entry *parent;
    struct list_head list;
    const struct hypfs_funcs *funcs;
};

struct hypfs_entry_leaf {
    struct hypfs_entry e;
    union {
        const void *content;
        void *write_ptr;
    } u;
};

struct hypfs_entry_dir {
    struct hypfs_entry e;
    struct list_head dirlist;
};

struct hypfs_dyndir_id {
    struct hypfs_entry_dir dir;
    struct hypfs_funcs funcs;
    const struct hypfs_entry_dir *template;
#define HYPFS_DYNDIR_ID_NAMELEN 12
    char name[HYPFS_DYNDIR_ID_NAMELEN];
    unsigned int id;
    void *data;
};

extern const struct hypfs_funcs hypfs_dir_funcs, hypfs_leaf_ro_funcs;
extern struct hypfs_entry_dir hypfs_root;

#define HYPFS_DIR_INIT_FUNC(var, nam, fn)               \
    struct hypfs_entry_dir var = {                      \
        .e.type = XEN_HYPFS_TYPE_DIR,                   \
        .e.encoding = XEN_HYPFS_ENC_PLAIN,              \
        .e.name = (nam),                                \
        .e.list = LIST_HEAD_INIT(var.e.list),           \
        .e.funcs = (fn),                                \
        .dirlist = LIST_HEAD_INIT(var.dirlist),         \
    }
#define HYPFS_DIR_INIT(var, nam) HYPFS_DIR_INIT_FUNC(var, nam, &hypfs_dir_funcs)

/* -EEXIST; -EINVAL for a leaf without content; @nofault makes them fatal. */
int hypfs_add_dir(struct hypfs_entry_dir *parent, struct hypfs_entry_dir *dir,
                  bool nofault);
void hypfs_add_dyndir(struct hypfs_entry_dir *parent,
                      struct hypfs_entry_dir *template);
int hypfs_add_leaf(struct hypfs_entry_dir *parent,
                   struct hypfs_entry_leaf *leaf, bool nofault);

const struct hypfs_entry *hypfs_node_enter(const struct hypfs_entry *entry);
void hypfs_node_exit(const struct hypfs_entry *entry);
int hypfs_read_dir(const struct hypfs_entry *entry,
                   XEN_GUEST_HANDLE_PARAM(void) uaddr);
int hypfs_read_leaf(const struct hypfs_entry *entry,
                    XEN_GUEST_HANDLE_PARAM(void) uaddr);
int hypfs_write_deny(struct hypfs_entry_leaf *leaf,
                     XEN_GUEST_HANDLE_PARAM(const_void) uaddr,
                     unsigned int ulen);
unsigned int hypfs_getsize(const struct hypfs_entry *entry);
struct hypfs_entry *hypfs_leaf_findentry(const struct hypfs_entry_dir *dir,
                                         const char *name,
                                         unsigned int name_len);
struct hypfs_entry *hypfs_dir_findentry(const struct hypfs_entry_dir *dir,
                                        const char *name,
                                        unsigned int name_len);

void *host_hypfs_alloc_dyndata(unsigned long size);
#define hypfs_alloc_dyndata(type) \
    ((type *)host_hypfs_alloc_dyndata(sizeof(type)))
void *hypfs_get_dyndata(void);
void hypfs_free_dyndata(void);
int hypfs_read_dyndir_id_entry(const struct hypfs_entry_dir *template,
                               unsigned int id, bool is_last,
                               XEN_GUEST_HANDLE_PARAM(void) *uaddr);
struct hypfs_entry *hypfs_gen_dyndir_id_entry(
    const struct hypfs_entry_dir *template, unsigned int id, void *data);
unsigned int hypfs_dynid_entry_size(const struct hypfs_entry *template,
                                    unsigned int id);

#endif
