/* SPDX-License-Identifier: GPL-2.0-only */
/* Stage-2 domains: which tables the units can walk, and banks for them. */

#include <xen/err.h>
#include <xen/errno.h>
#include <xen/lib.h>

#include "smmuv2.h"

/* IDR2: sizes of addresses. */
static unsigned int size_of(unsigned int code)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48 };

    return code < ARRAY_SIZE(bits) ? bits[code] : 48;
}

/* What stage 2 takes is no more than what it can give. */
static unsigned int address_bits(const struct smmu2_unit *u)
{
    unsigned int bits = min(size_of(IDR2_IAS(u->idr2)),
                            size_of(IDR2_OAS(u->idr2)));

    return u->lpae ? min(bits, 40U) : bits;
}

/* Up to 16 tables stand side by side at the top: 39 + 4 bits. */
static unsigned int levels_for(unsigned int in_bits)
{
    return in_bits > 43 ? 4 : 3;
}

int cf_check smmu2_table_config(const struct iommu_dev *first,
                                struct pt_config *cfg)
{
    const struct smmu2_unit *u = to_smmu2(first->unit);
    unsigned int bits = address_bits(u);

    *cfg = (struct pt_config){
        .fmt = &pt_arm_s2,
        .levels = levels_for(bits),
        .in_bits = bits,
        .out_bits = bits,
        .leaf_orders = PT_LEAF_4K | PT_LEAF_2M | PT_LEAF_1G,
        .coherent = u->coherent,
        .node = NUMA_NO_NODE,
    };

    return 0;
}

/* DDI 0487 J.a, D8.2.2: as the first level and those that stand beside it. */
static bool level_fits(unsigned int levels, unsigned int in_bits)
{
    unsigned int below = PAGE_SHIFT + PT_LEVEL_BITS * (levels - 1);

    return in_bits > below && in_bits <= below + PT_LEVEL_BITS + 4;
}

/* Can the unit walk tables of this configuration? */
static bool can_walk(const struct smmu2_unit *u, const struct pt_config *cfg)
{
    return cfg->fmt == &pt_arm_s2 && cfg->levels >= 3 &&
           cfg->levels <= (u->lpae ? 3 : 4) &&
           level_fits(cfg->levels, cfg->in_bits) &&
           cfg->in_bits <= address_bits(u) && (!cfg->coherent || u->coherent) &&
           !cfg->bbml2;
}

struct s2_domain *cf_check smmu2_domain_alloc(struct iommu_dev *first,
                                              enum s2_type type,
                                              struct s2_table *table)
{
    const struct smmu2_unit *u = to_smmu2(first->unit);
    struct s2_domain *s2;

    if ( type == S2_PAGING && !can_walk(u, &table->pt.cfg) )
        return ERR_PTR(-EXDEV);

    s2 = s2_domain_alloc(first->unit, type, table);
    if ( IS_ERR(s2) && PTR_ERR(s2) == -ENOSPC )
        printk(XENLOG_ERR
               "%s: all of its %u context banks are in use: no further domain can have devices behind it\n",
               u->unit.name, u->nr_banks);

    return s2;
}

void smmu2_bank_sctlr(const struct smmu2_unit *u, unsigned int n)
{
    uint32_t val = 0;

    /* What faults is ended, not stalled, and holds no other stream up. */
    if ( u->banks[n].on )
        val = SCTLR_M | SCTLR_CFRE | SCTLR_HUPCF;
    if ( u->banks[n].on && u->wired && !u->banks[n].muted )
        val |= SCTLR_CFIE;

    writel(val, smmu2_cb(u, n, CB_SCTLR));
}

/* Does the bank stand for streams that bypass?  See takeover.c. */
static bool is_bypass_bank(const struct smmu2_unit *u, unsigned int n)
{
    return u->s2cr_bypass == (S2CR_TYPE(S2CR_TRANS) | n);
}

/* Version 1 has fewer interrupts than banks, and the bank says which. */
static unsigned int interrupt_of(const struct smmu2_unit *u, unsigned int n)
{
    unsigned int nr = u->desc.nr_irqs - u->desc.nr_global;

    return u->desc.version > 1 || !nr ? 0 : n % nr;
}

static void write_cbar(const struct smmu2_unit *u, unsigned int n)
{
    unsigned int vmid = smmu2_vmid(u, n);

    if ( u->desc.version > 1 )
        writel((u->lpae ? 0 : CBA2R_VA64) |
               (IDR2_VMID16S(u->idr2) ? CBA2R_VMID16(vmid) : 0),
               smmu2_gr1(u, GR1_CBA2R(n)));
    writel(is_bypass_bank(u, n)
           ? CBAR_TYPE(CBAR_S1_S2_BYPASS)
           : CBAR_TYPE(CBAR_S2) | CBAR_VMID(vmid) |
             CBAR_IRPTNDX(interrupt_of(u, n)),
           smmu2_gr1(u, GR1_CBAR(n)));
}

void smmu2_bank_write(const struct smmu2_unit *u, unsigned int n)
{
    const struct smmu2_bank *b = &u->banks[n];

    writel(0, smmu2_cb(u, n, CB_SCTLR));
    if ( u->desc.quirks & SMMUV2_MMU500 )
        writel(b->fw_actlr & ~ACTLR_CPRE, smmu2_cb(u, n, CB_ACTLR));
    if ( b->on || is_bypass_bank(u, n) )
        write_cbar(u, n);
    if ( b->on )
    {
        writel(b->tcr, smmu2_cb(u, n, CB_TCR));
        smmu2_write64(smmu2_cb(u, n, CB_TTBR0), b->ttbr);
    }
    smmu2_bank_sctlr(u, n);
}

void smmu2_bank_off(struct smmu2_unit *u, unsigned int n)
{
    u->banks[n].on = false;
    u->banks[n].muted = false;
    smmu2_bank_write(u, n);
    writel(FSR_ALL, smmu2_cb(u, n, CB_FSR));
}

static uint32_t tcr_for(const struct smmu2_unit *u, const struct pt_config *cfg)
{
    uint32_t tcr = CB_TCR_RES1 | CB_TCR_SL0(cfg->levels - 2);

    tcr |= u->coherent ? CB_TCR_WBWA | CB_TCR_SH0_INNER : CB_TCR_SH0_OUTER;
    /* ARMv7 has five bits with a sign: 32 - in_bits; they are the same ones. */
    if ( u->lpae )
        return tcr | (CB_TCR_T0SZ(64 - cfg->in_bits) & 0x1f);

    return tcr | CB_TCR_T0SZ(64 - cfg->in_bits) |
           CB_TCR_PASIZE(min_t(unsigned int, IDR2_OAS(u->idr2), 5));
}

uint32_t smmu2_s2cr_for(struct smmu2_unit *u, const struct s2_domain *s2)
{
    struct smmu2_bank *b, want = { .on = true };
    unsigned int n;

    if ( s2->type == S2_IDENTITY )
        return u->s2cr_bypass;

    n = s2->tag->id;
    b = &u->banks[n];
    want.ttbr = s2_table_root(s2->table);
    want.tcr = tcr_for(u, &s2->table->pt.cfg);
    /* Another table had it: nothing of that is cached, and no stream there. */
    if ( !b->on || b->ttbr != want.ttbr || b->tcr != want.tcr )
    {
        writel(FSR_ALL, smmu2_cb(u, n, CB_FSR));
        b->on = true;
        b->muted = false;
        b->ttbr = want.ttbr;
        b->tcr = want.tcr;
        smmu2_bank_write(u, n);
    }

    return S2CR_TYPE(S2CR_TRANS) | n;
}
