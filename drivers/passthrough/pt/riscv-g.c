/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RISC-V G-stage: Sv39x4, Sv48x4, Sv57x4.  Privileged specification, chapter
 * "Hypervisor extension", section "Two-stage address translation"; entries as
 * in chapter "Supervisor", Sv39; IOMMU specification 1.0, iohgatp.
 */
#include "engine.h"

#define RVG_V (1ULL << 0)
#define RVG_R (1ULL << 1)
#define RVG_W (1ULL << 2)
#define RVG_X (1ULL << 3)
#define RVG_U (1ULL << 4)  /* all accesses of a G-stage are user accesses */
#define RVG_A (1ULL << 6)
#define RVG_D (1ULL << 7)

/* A leaf is told from a pointer by R, W or X; every leaf here has R. */
static const struct pt_desc riscv_g = {
    .pfn_shift = 10,
    .pfn_bits = 44,
    .table = RVG_V,
    .leaf = RVG_V | RVG_U | RVG_A,
    .table_mask = RVG_V | RVG_R,
    .table_match = RVG_V,
    .read = RVG_R,
    .write = RVG_W | RVG_D,
    .exec = RVG_X,
};

static long cf_check riscv_g_map(struct pt *pt, uint64_t dfn, uint64_t mfn,
                                 unsigned long nr, unsigned int prot,
                                 struct s2_gather *g)
{
    return pt_do_map(&riscv_g, pt, dfn, mfn, nr, prot, g);
}

static long cf_check riscv_g_unmap(struct pt *pt, uint64_t dfn,
                                   unsigned long nr, struct s2_gather *g)
{
    return pt_do_unmap(&riscv_g, pt, dfn, nr, g);
}

static int cf_check riscv_g_lookup(const struct pt *pt, uint64_t dfn,
                                   uint64_t *mfn, unsigned int *prot,
                                   unsigned int *order)
{
    return pt_do_lookup(&riscv_g, pt, dfn, mfn, prot, order);
}

static void cf_check riscv_g_disband(struct pt *pt, const uint64_t *table,
                                     unsigned int nr)
{
    pt_do_disband(&riscv_g, pt, table, nr);
}

/* The root is four tables, 16 KiB, in each of them. */
const struct pt_format pt_sv39x4 = {
    .name = "Sv39x4",
    .min_levels = 3,
    .max_levels = 3,
    .need_prot = PT_PROT_R,
    .max_out_bits = 56,
    .root_bits = 2,
    .root_fixed = true,
    .map = riscv_g_map,
    .unmap = riscv_g_unmap,
    .lookup = riscv_g_lookup,
    .disband = riscv_g_disband,
};

const struct pt_format pt_sv48x4 = {
    .name = "Sv48x4",
    .min_levels = 4,
    .max_levels = 4,
    .need_prot = PT_PROT_R,
    .max_out_bits = 56,
    .root_bits = 2,
    .root_fixed = true,
    .map = riscv_g_map,
    .unmap = riscv_g_unmap,
    .lookup = riscv_g_lookup,
    .disband = riscv_g_disband,
};

const struct pt_format pt_sv57x4 = {
    .name = "Sv57x4",
    .min_levels = 5,
    .max_levels = 5,
    .need_prot = PT_PROT_R,
    .max_out_bits = 56,
    .root_bits = 2,
    .root_fixed = true,
    .map = riscv_g_map,
    .unmap = riscv_g_unmap,
    .lookup = riscv_g_lookup,
    .disband = riscv_g_disband,
};
