/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine's tree of functions, with boxes around its groups. */
#ifndef XEN_IOMMU_PICTURE_H
#define XEN_IOMMU_PICTURE_H

#include "predict.h"
#include "record.h"

#define PICTURE_SAFE  "#cfe8cf"    /* a port that keeps apart what is below it */
#define PICTURE_OPEN  "#f4c7c3"    /* one that does not */
#define PICTURE_PLAIN "#f4f4f4"
#define PICTURE_BLAME "red"        /* the frame of what a group is large for */
#define PICTURE_GUEST "#e3ecfa"    /* a group that a guest has */
#define PICTURE_IDLE  "#ececec"    /* one that nobody has */
#define PICTURE_SHARE "#b05000"    /* lines between those that share memory */

enum picture_as { PICTURE_NONE, PICTURE_DOT, PICTURE_SVG, PICTURE_HTML };

struct picture_node {
    const struct record *r;      /* NULL: no PCI function of the machine */
    char *name;
    unsigned int group;          /* index of picture.groups; ~0u: none */
    char *why;                   /* NULL, or with whom it is in that, and why */
    const struct pci_func *to_blame;   /* for that; NULL: nothing alone */
    char *owner;                 /* NULL: not known */
    char *regions, *sharers;     /* as in hypfs, commas between; NULL: none */
};

struct picture_group {
    unsigned int id;
    char *owner, *state;         /* NULL: not known */
    const char *fill;            /* NULL: none */
};

struct picture {
    const struct machine *m;
    struct picture_node *nodes;  /* first those of m->sorted, in that order */
    struct picture_group *groups;
    unsigned int nr_nodes, nr_groups;
};

/* @m and the groups of its records. */
void picture_machine(struct picture *p, const struct machine *m,
                     unsigned int nr_groups);
/* What firmware reserves, of a prediction for the same machine. */
void picture_regions(struct picture *p, const struct prediction *from);
void picture_free(struct picture *p);

/* printf() into memory, to be freed. */
char *picture_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* picture-dot.c: as graphviz reads it. */
void picture_dot(FILE *out, const struct picture *p);

/*
 * picture-draw.c: on standard output, for all but PICTURE_DOT by graphviz.
 * False, after a complaint: that is not there.
 */
bool picture_draw(const struct picture *p, enum picture_as as);

/* picture-xen.c: what a running Xen has.  Exit code. */
struct xstate;
int picture_xen(const struct xstate *s, enum picture_as as);

#endif /* XEN_IOMMU_PICTURE_H */
