/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arm VMSAv8-64 stage 2, 4 KiB granule, as the SMMUv3 walks it too.
 * DDI 0487 J.a, D8.3 (descriptors, figure D8-14, table D8-...), D8.5.5 (memory
 * type), D8.4.2 (S2AP, XN), D8.2.2 (concatenated tables), D8.16.1
 * (break-before-make); IHI 0070, 3.21.1.
 */
#include "hooks.h"

#define S2_VALID        (1ULL << 0)
#define S2_TABLE        (3ULL << 0)   /* level 0 to 2: table; level 3: page */
#define S2_BLOCK        (1ULL << 0)
#define S2_MEMATTR_WB   (0xfULL << 2) /* normal, inner and outer write-back */
#define S2_MEMATTR_DEV  (0x1ULL << 2) /* Device-nGnRE */
#define S2_S2AP_R       (1ULL << 6)
#define S2_S2AP_W       (1ULL << 7)
#define S2_SH_INNER     (3ULL << 8)
#define S2_AF           (1ULL << 10)
#define S2_XN           (1ULL << 54)

static const struct pt_desc desc = {
    .max_levels = 4,
    .pfn_shift = 12,
    .pfn_bits = 36,
    .table = S2_TABLE,
    .leaf = S2_AF | S2_SH_INNER,
    .page = S2_TABLE,
    .block = S2_BLOCK,
    .table_mask = S2_TABLE & ~S2_VALID,
    .table_match = S2_TABLE & ~S2_VALID,
    .read = S2_S2AP_R,
    .write = S2_S2AP_W,
    .noexec = S2_XN,
    .memory = S2_MEMATTR_WB,
    .device = S2_MEMATTR_DEV,
    .perms = S2_S2AP_R | S2_S2AP_W | S2_XN,
    .valid = S2_VALID,
};

static void cf_check make(struct pt *pt, struct pt_gather *g)
{
    pt_do_make(&desc, pt, g);
}

/* Level 4 is the architecture's level 0, level 1 its level 3. */
const struct pt_format pt_arm_s2 = {
    .name = "Arm stage 2",
    .min_levels = 3,
    .max_levels = 4,
    .max_out_bits = 48,
    .root_bits = 4,
    PT_HOOKS,
    .make = make,
};
