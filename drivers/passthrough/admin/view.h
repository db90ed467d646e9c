/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypfs entries whose contents are made while they are looked at.
 *
 * A directory of numbered entries is listed from a snapshot that is taken once
 * an operation, by the first that needs it, and a file's text is made once an
 * operation, so that the size that hypfs announces is the size that it copies,
 * whatever comes and goes meanwhile.  hypfs holds its lock for the whole
 * operation.
 */
#ifndef IOMMU_GROUPS_HYPFS_VIEW_H
#define IOMMU_GROUPS_HYPFS_VIEW_H

#include <xen/hypfs.h>

#include "report.h"

/* One operation's view.  It starts with what hypfs keeps of a dynamic entry. */
struct view {
    struct hypfs_dyndir_id dyn;
    unsigned int *ids, nr, max;        /* the snapshot of a directory ... */
    bool listed;                       /* ... was taken, ... */
    int rc;                            /* ... or why not */
    struct iommu_group *group;         /* a reference, in groups/N */
    const struct iommu_unit *unit;     /* in units/N */
    struct domain *d;                  /* rcu-locked, in domains/N */
    const struct hypfs_entry *text_of; /* whose text that is */
    struct iommu_text text;
    struct hypfs_entry_leaf leaf;      /* translate/NAME */
};

/* Of the operation under way. */
struct view *hypfs_view(void);

/* enter() and exit() of what is in no numbered directory. */
const struct hypfs_entry *cf_check hypfs_view_enter(
    const struct hypfs_entry *entry);
void cf_check hypfs_view_leave(const struct hypfs_entry *entry);

/* For snapshot().  -ENOMEM. */
int hypfs_view_add_id(struct view *v, unsigned int id);

/*
 * A directory of numbered directories.  find() puts what @id stands for into
 * the view.
 */
struct numbered {
    struct hypfs_entry_dir dir;        /* first */
    struct hypfs_entry_dir *template;
    int (*snapshot)(struct view *v);
    int (*find)(struct view *v, unsigned int id);
};

extern const struct hypfs_funcs hypfs_numbered_funcs;

/*
 * A directory whose files are not listed, and there for whatever exists: the
 * name is a question, and the file's text the answer.  answer() gets all of the
 * name, which ends in a NUL.
 */
struct asked {
    struct hypfs_entry_dir dir;        /* first */
    int (*answer)(struct iommu_text *t, const char *name);
};

extern const struct hypfs_funcs hypfs_asked_funcs;

/* Longest name that is looked at. */
#define HYPFS_MAX_NAME 48

#define ASKED(var, nam, fn)                               \
    static struct asked __read_mostly var = {             \
        .dir = {                                          \
            .e.type = XEN_HYPFS_TYPE_DIR,                 \
            .e.encoding = XEN_HYPFS_ENC_PLAIN,            \
            .e.name = (nam),                              \
            .e.list = LIST_HEAD_INIT((var).dir.e.list),   \
            .e.funcs = &hypfs_asked_funcs,                \
            .dirlist = LIST_HEAD_INIT((var).dir.dirlist), \
        },                                                \
        .answer = (fn),                                   \
    }

#define NUMBERED(var, nam, templ, snap, fnd)              \
    static struct numbered __read_mostly var = {          \
        .dir = {                                          \
            .e.type = XEN_HYPFS_TYPE_DIR,                 \
            .e.encoding = XEN_HYPFS_ENC_PLAIN,            \
            .e.name = (nam),                              \
            .e.list = LIST_HEAD_INIT((var).dir.e.list),   \
            .e.funcs = &hypfs_numbered_funcs,            \
            .dirlist = LIST_HEAD_INIT((var).dir.dirlist), \
        },                                                \
        .template = &(templ),                             \
        .snapshot = (snap),                               \
        .find = (fnd),                                    \
    }

#endif /* IOMMU_GROUPS_HYPFS_VIEW_H */
