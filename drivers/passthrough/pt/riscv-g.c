/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RISC-V G-stage: Sv39x4, Sv48x4, Sv57x4.  Privileged specification, chapter
 * "Hypervisor extension", section "Two-stage address translation"; entries as
 * in chapter "Supervisor", Sv39; IOMMU specification 1.0, iohgatp.
 */
#include "hooks.h"

#define RVG_V (1ULL << 0)
#define RVG_R (1ULL << 1)
#define RVG_W (1ULL << 2)
#define RVG_X (1ULL << 3)
#define RVG_U (1ULL << 4)  /* all accesses of a G-stage are user accesses */
#define RVG_A (1ULL << 6)
#define RVG_D (1ULL << 7)

/* A leaf is told from a pointer by R, W or X; every leaf here has R. */
static const struct pt_desc desc = {
    .max_levels = 5,
    .pfn_shift = 10,
    .pfn_bits = 44,
    .table = RVG_V,
    .leaf = RVG_V | RVG_R | RVG_U | RVG_A,
    .table_mask = 0xff, /* of a whole byte, as all of them are known: R is 0 */
    .table_match = RVG_V,
    .read = RVG_R,
    .write = RVG_W | RVG_D,
    .exec = RVG_X,
};

/* One number of levels; the root is four tables, 16 KiB, in each. */
#define RISCV_G(bits, levels) \
const struct pt_format pt_sv##bits##x4 = { \
    .name = "Sv" #bits "x4", \
    .min_levels = levels, \
    .max_levels = levels, \
    .need_prot = PT_PROT_R, \
    .max_out_bits = 56, \
    .root_bits = 2, \
    .root_fixed = true, \
    PT_HOOKS, \
}

RISCV_G(39, 3);
RISCV_G(48, 4);
RISCV_G(57, 5);
