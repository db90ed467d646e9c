/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine's PCI functions, as recorded in a file. */
#ifndef XEN_IOMMU_RECORD_H
#define XEN_IOMMU_RECORD_H

#include <stdio.h>

#include <xen/lib.h>
#include <xen/list.h>
#include <iommu-groups/pci-rules.h>

/* The C library's, here. */
#undef snprintf
#undef vsnprintf

#define CFG_SIZE 4096

/* The rules compare each function with each other. */
#define MAX_FUNCTIONS 16384U

/* What is known of a function. */
enum record_from {
    FROM_BYTES,              /* size bytes of its configuration space */
    FROM_TEXT,               /* what lspci -vv decodes */
    FROM_BRIEF,              /* what lspci -v does */
    FROM_DENIED,             /* the same, without capabilities: not root */
    FROM_NAME,               /* that it exists */
};

struct record {
    struct pci_func func;    /* first: list entries are records */
    unsigned int size;       /* bytes of configuration space known */
    uint8_t *cfg;            /* CFG_SIZE */

    enum record_from from;
    bool has_id;             /* vendor and device are known */
    unsigned int line;       /* in the text that it comes from; 0: none */
    unsigned int hole;       /* line where rows of bytes are missing */
    unsigned int linux_group;    /* its number + 1; 0: not known */
    bool acs_was_off;        /* controls that the rules want are off in it */
    uint16_t name_vendor, name_device;   /* 0: as in func */

    /* groups.c: number, and what ties it to the group's earlier ones. */
    unsigned int group;
    const struct record *tie;    /* NULL: the group's first */
    enum pci_why why;
    const struct pci_func *why_at;
};

struct machine {
    struct list_head funcs;
    unsigned int nr;
    struct record **sorted;  /* by address; record_index() */
    const char *file;        /* for messages */
    unsigned int nr_behind_vmd;   /* that Linux shows and Xen does not */
};

/* A new function of @m; complains and returns NULL if there are too many. */
struct record *record_add(struct machine *m, uint32_t sbdf);

/* False, after a complaint, where the file cannot be used. */
bool read_topology(struct machine *m, const char *file);
bool read_lspci(struct machine *m, const char *file);

/* After the last record_add().  False, after a complaint: one is there twice. */
bool record_index(struct machine *m);

/*
 * Takes in what the ACPI table in @file says, after record_read().  False, after
 * a complaint: it is not usable.
 */
bool record_ivrs(struct machine *m, const char *file);

/* With the index.  NULL: there is none. */
struct pci_func *record_find(const struct machine *m, uint32_t sbdf);

/* Reads the facts of all functions.  False, after a complaint: there is none. */
bool record_read(struct machine *m);

/*
 * Then: ACS switched on or as it was, and the rules' conclusions.  False, after
 * a complaint: the recording leaves too much open.
 */
bool record_link(struct machine *m, bool enable_acs);

/*
 * doubts.c: warns of what the recording leaves open.  False, after a complaint,
 * where that is too much.
 */
bool record_doubts(const struct machine *m);

/*
 * linux.c: pairs that Linux' groups, where the text has them, tie and Xen's do
 * not, or the other way round.  @fn is called for each.
 */
struct difference {
    const struct record *a, *b;
    const char *why;
    const struct pci_func *at;   /* NULL: @why names none */
};
bool linux_known(const struct machine *m);
void linux_differences(const struct machine *m,
                       void (*fn)(void *ctx, const struct difference *d),
                       void *ctx);

/* ACS controls that functions of the recording have and that are off. */
unsigned int record_acs_off(const struct machine *m);

/*
 * Draws the conclusions, with the registers of chipsets set or as after a
 * reset, and one note for each chipset.
 */
void isolation_link(struct machine *m, bool enable);

/* What does not answer, and what is not isolated because of it. */
void isolation_warn(const struct machine *m);

void record_free(struct machine *m);

#endif /* XEN_IOMMU_RECORD_H */
