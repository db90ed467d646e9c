/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page walkers that act as the hardware of each architecture would.  Written
 * from the specifications; nothing of drivers/passthrough/ is used here.
 */
#ifndef TESTS_PT_WALKER_H
#define TESTS_PT_WALKER_H

#include <stdbool.h>
#include <stdint.h>

#define WALK_R    1u
#define WALK_W    2u
#define WALK_X    4u
#define WALK_SNP  8u
#define WALK_DEV  16u

struct walk_env {
    uint64_t (*read)(uint64_t maddr);  /* memory as the walker sees it */
    uint64_t root;
    unsigned int levels;
    unsigned int in_bits, out_bits;
    bool snoop;                        /* VT-d: ECAP.SC */
};

enum walk_kind { WALK_ABSENT, WALK_LEAF, WALK_TABLE, WALK_BAD };

/* One entry, decoded. */
struct walk_entry {
    enum walk_kind kind;
    uint64_t maddr;        /* of the memory or of the next table */
    unsigned int prot;
    const char *why;       /* WALK_BAD: the rule it breaks */
};

struct walk_result {
    enum walk_kind kind;   /* never WALK_TABLE */
    uint64_t maddr;        /* WALK_LEAF: what the input address becomes */
    unsigned int prot;
    unsigned int level;    /* of the last entry read; 1 is that of 4 KiB */
    unsigned int nr_reads;
    const char *why;
};

/* @level counts from 1, the level of 4 KiB leaves. */
typedef struct walk_entry walk_decode_t(const struct walk_env *env, uint64_t e,
                                        unsigned int level);

walk_decode_t walk_decode_vtd, walk_decode_amd, walk_decode_arm_s2,
              walk_decode_riscv_g;

/* Translates @addr; every format's entries select 9 bits of it a level. */
struct walk_result walk(const struct walk_env *env, walk_decode_t *decode,
                        uint64_t addr);

#endif /* TESTS_PT_WALKER_H */
