/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu prove: what was read of the hardware's tables, and what is wrong. */
#ifndef XEN_IOMMU_PROVE_H
#define XEN_IOMMU_PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xen.h"

/* The domain that parked devices belong to (DOMID_IO). */
#define QUARANTINE 32753

/* Frames that follow each other here and there, all of one owner. */
struct prun {
    uint64_t dfn, nr, mfn;
    char prot[4];
    char owner[16];           /* d5, xen, mmio, none */
    char why[16];             /* a word of docs/hypfs.md; may be empty */
};

struct ptable {
    unsigned int domain;
    uint64_t root;
    char kind[8];             /* shared, lent, group */
    int group;                /* whose alone it is; -1 */
    bool relaxed;             /* has all memory, and says so */
    bool used;                /* an entry leads to it */
    struct prun *runs;
    size_t nr_runs;
    uint64_t frames;
};

/* IDs that are not blocked. */
struct pentry {
    uint32_t first, last;
    char state[12];           /* identity, paging, unknown */
    uint64_t root;
};

struct punit {
    const struct xunit *unit;
    bool mute;                /* its driver does not say */
    struct pentry *entries;
    size_t nr_entries;
};

/* Lines of text that grow in number. */
struct lines {
    char **line;
    size_t nr;
};

struct proof {
    struct xstate state;
    struct ptable *tables;
    size_t nr_tables;
    struct punit *units;
    struct lines ports;       /* that are not as the groups were formed */
    struct lines wrong, notes;
    uint64_t requesters;      /* IDs that are not blocked */
};

void lines_add(struct lines *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void lines_free(struct lines *l);
bool lines_have(const struct lines *l, const char *line);

/* False, after a complaint: it cannot be read. */
bool proof_load(struct proof *p);
void proof_free(struct proof *p);

/* Fills wrong and notes: prove-check.c. */
void proof_check(struct proof *p);

/* "d5", "quarantine" */
const char *domain_word(unsigned int domain, char buf[16]);

#endif /* XEN_IOMMU_PROVE_H */
