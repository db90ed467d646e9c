/* SPDX-License-Identifier: GPL-2.0-only */
/* What a running Xen says of its groups: a copy of hypfs tree /iommu. */
#ifndef XEN_IOMMU_XEN_H
#define XEN_IOMMU_XEN_H

#include <stdbool.h>
#include <stdint.h>

struct xdev {
    char name[256];           /* SBDF, or the path of a device-tree node */
    char unit[24];
    char owner[16];           /* d0, d5, quarantine, xen, none */
    char domain[16];          /* blocked, identity, paging */
    unsigned long long faults;
    char flags[64];           /* device or bridge, then more with commas */
    char *ids;                /* "0100,0200-02ff"; may be empty */
    char driver[40];          /* dom0's; "-": none */
    char *title;              /* what pci.ids calls it; may be empty */
};

struct xgroup {
    unsigned int id;
    char *owner, *state, *domain, *table, *why, *faults, *reserved;
    char *policy;         /* the group's own, "machine" where it has none */
    struct xdev *devs;
    unsigned int nr_devs;
};

struct xunit {
    unsigned int id;
    char *name, *driver, *base, *state, *commands, *waits, *faults;
    char *restarts;
};

struct xdomain {
    unsigned int id;
    char *name;               /* NULL: not known */
    char *tables, *groups;
};

struct xstate {
    struct xunit *units;
    struct xgroup *groups;
    struct xdomain *domains;
    unsigned int nr_units, nr_groups, nr_domains;
};

/*
 * Opens hypfs and sees that Xen has groups.  False, after a complaint that
 * says which of the two is missing: EXIT_NO_XEN.
 */
bool xen_open(void);
void xen_close(void);

/* The contents of /iommu/PATH; NULL: there is none.  To be freed. */
char *xen_read(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* False, after a complaint. */
bool xen_load(struct xstate *s);
void xen_free(struct xstate *s);

/* The device and its group; NULL: in none. */
struct xdev *xen_find(const struct xstate *s, const char *sbdf,
                      struct xgroup **group);

/* By name or number.  NULL: there is none that can have devices. */
struct xdomain *xen_domain(const struct xstate *s, const char *which);
/* Does such a domain exist at all?  *id gets its number. */
bool xen_domain_id(const char *which, unsigned int *id);

/* Is @word in a list with commas? */
bool in_list(const char *list, const char *word);
bool xdev_has(const struct xdev *dev, const char *flag);

/* Group numbers of the reason's text: "A B: text". */
bool next_line(const char **text, char *line, unsigned int size);
/* The same of any length, to be freed; NULL: no more. */
char *whole_line(const char **text);

#endif /* XEN_IOMMU_XEN_H */
