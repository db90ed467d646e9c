/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD-Vi host page tables with 4 to 6 levels.  AMD 48882 rev 3.08, 2.2.3 "I/O
 * Page Tables for Host Translations": page translation entries, page directory
 * entries, and the page sizes that a level has without encoding another.
 *
 * Accessed and dirty bits stay clear: a device table entry that does not ask
 * for them makes hardware ignore them (2.2.2.2, HAD).  A level is never
 * skipped, and no leaf is above the one of 1 GiB.
 */
#include "hooks.h"

#define AMD_PR     (1ULL << 0)   /* present */
#define AMD_NEXT   (7ULL << 9) /* next level; 0: leaf of the level's own size */
#define AMD_FC     (1ULL << 60)  /* leaves only: accesses snoop in any case */
#define AMD_IR     (1ULL << 61)
#define AMD_IW     (1ULL << 62)

static const struct pt_desc desc = {
    .max_levels = 6,
    .pfn_shift = 12,
    .pfn_bits = 40,
    .table = AMD_PR | AMD_IR | AMD_IW,
    .leaf = AMD_PR | AMD_FC,
    .next_level = AMD_NEXT,
    .read = AMD_IR,
    .write = AMD_IW,
};

const struct pt_format pt_amd = {
    .name = "AMD-Vi",
    .min_levels = 4,
    .max_levels = 6,
    .max_out_bits = 52,
    PT_HOOKS,
};
