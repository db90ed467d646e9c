/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table engine against a brute-force model: an array with one element a
 * dfn. Every check of a state is complete: all tables, all entries, all dfns.
 */
#ifndef TESTS_PT_MODEL_H
#define TESTS_PT_MODEL_H

#include <iommu-groups/pt.h>

#include "pt-walker.h"

struct pt_case {
    const char *name;
    const struct pt_format *fmt;
    walk_decode_t *decode;
    unsigned int levels, in_bits, out_bits;
    unsigned int prots;  /* PT_PROT_* that a look-up gives back */
    bool bbm;            /* hardware needs break-before-make */
};

extern const struct pt_case pt_cases[];
extern const unsigned int pt_nr_cases;

/* One table under test. */
struct model {
    const struct pt_case *c;
    struct pt pt;
    struct pt_gather g;      /* of the calls since the last model_flush() */
    struct walk_env env;
    uint64_t base;           /* first dfn of the model ... */
    unsigned long nr;        /* ... and how many */
    uint64_t *want;          /* mfn << 8 | prot, or 0 */
    unsigned long pages;     /* live ones before the table was made */
    uint32_t *reach;         /* pages reachable at the last flush ... */
    unsigned long nr_reach;  /* ... and how many */
};

#define MODEL_COHERENT (1u << 0)
#define MODEL_SNOOP    (1u << 1)
#define MODEL_BBML2    (1u << 2)

struct pt_config model_config(const struct pt_case *c, uint8_t leaf_orders,
                              unsigned int flags);
/* @base: anywhere; the model covers [base, base + nr). */
void model_init(struct model *m, const struct pt_case *c, uint8_t leaf_orders,
                unsigned int flags, uint64_t base, unsigned long nr);
/* Destroys the table piecemeal and checks that nothing leaks. */
void model_fini(struct model *m);

/* Runs @body with a model for each case, checks it, and ends it. */
void model_each(uint8_t leaf_orders, unsigned int flags, uint64_t base,
                unsigned long nr, void (*body)(struct model *m));

/* Engine call and model, and what the gather must say. */
long model_map(struct model *m, uint64_t dfn, uint64_t mfn, unsigned long nr,
               unsigned int prot);
long model_unmap(struct model *m, uint64_t dfn, unsigned long nr);

/* As hardware and the owner of the gather: flush, make, release. */
void model_flush(struct model *m);

/* The complete state: hardware's view, counts, leaks, maximal leaves. */
void model_check(struct model *m);

/* A number that changes with the table, its counters, or the gather. */
uint64_t model_hash(const struct model *m);

/* What @prot looks like when read back. */
unsigned int model_prot(const struct model *m, unsigned int prot);

/* What hardware sees for @dfn: an element as in want[], or 0. */
uint64_t model_hw(const struct model *m, uint64_t dfn, unsigned int *level);

#endif /* TESTS_PT_MODEL_H */
