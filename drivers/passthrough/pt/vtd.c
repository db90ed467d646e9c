/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel VT-d, second-stage translation with 3 to 5 levels.
 * VT-d specification 4.1, sections 3.7 and 9.8 (figures 9-17 to 9-24).
 */
#include "hooks.h"

#define VTD_R    (1ULL << 0)
#define VTD_W    (1ULL << 1)
#define VTD_PS   (1ULL << 7)
#define VTD_SNP  (1ULL << 11) /* leaves only; reserved unless ECAP.SC */

static const struct pt_desc desc = {
    .max_levels = 5,
    .pfn_shift = 12,
    .pfn_bits = 40,
    .table = VTD_R | VTD_W,
    .block = VTD_PS,
    .table_mask = 0xff, /* of a whole byte, as all of them are known: PS is 0 */
    .table_match = VTD_R | VTD_W,
    .read = VTD_R,
    .write = VTD_W,
    .snoop = VTD_SNP,
};

const struct pt_format pt_vtd = {
    .name = "VT-d second stage",
    .min_levels = 3,
    .max_levels = 5,
    .max_out_bits = 52,
    PT_HOOKS,
};
