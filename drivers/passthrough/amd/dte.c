/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device table (2.2.2): an entry for each of 65,536 IDs, blocked from the
 * first moment (V=1, TV=0).
 *
 * Hardware reads an entry in halves of 128 bits.  The first is DMA's, the
 * second one interrupts'; each is stored in one piece, so what hardware sees
 * is the old half or the new one.
 */

#include <xen/lib.h>

#include <asm/system.h>

#include "amd.h"
#include "setup.h"

#define TABLE_ORDER 9                   /* 2 MiB */
#define SYS_MGT     DTE_SYS_MGT(3)

struct amd_dte_half amd_dte_blocked(void)
{
    return (struct amd_dte_half){ .w = { DTE_V } };
}

struct amd_dte_half amd_dte_pass(void)
{
    return (struct amd_dte_half){ .w = { DTE_V | DTE_TV | DTE_IR | DTE_IW } };
}

struct amd_dte_half amd_dte_table(const struct s2_domain *s2, bool ats)
{
    return (struct amd_dte_half){
        .w = {
            DTE_V | DTE_TV | DTE_IR | DTE_IW | s2_table_root(s2->table) |
            DTE_MODE(s2->table->pt.cfg.levels),
            s2->tag->id | (ats ? DTE_I : 0),
        },
    };
}

struct amd_dte_half amd_dte_set(struct amd_unit *u, uint16_t id,
                                struct amd_dte_half half)
{
    uint64_t *e = amd_dte(u, id);
    struct amd_dte_half old = { .w = { e[0], e[1] } };
    __uint128_t was, new;

    /* What firmware wants of system management stays. */
    half.w[1] |= old.w[1] & SYS_MGT;
    /* Erratum 63: such messages need IW. */
    if ( (half.w[1] & SYS_MGT) == DTE_SYS_MGT(1) )
        half.w[0] |= DTE_IW;

    was = (__uint128_t)old.w[1] << 64 | old.w[0];
    new = (__uint128_t)half.w[1] << 64 | half.w[0];
    if ( was != new )
    {
        cmpxchg16b(e, &was, &new);
        amd_clean(u, e, sizeof(half));
    }

    return old;
}

/* Bits of the IVRS that DMA needs. */
static void firmware_bits(struct amd_unit *u)
{
    uint32_t id = 0;
    uint16_t last;

    for ( ; id < 65536; id = last + 1 )
    {
        struct amd_found found;
        uint32_t i;

        last = 0xffff;
        amd_ivrs_find(&amd_ivrs, u->ivhd->segment, id, &last, &found);
        if ( found.ivhd == u->ivhd && (found.dte & IVHD_DTE_SYS_MGT) )
            for ( i = id; i <= last; i++ )
            {
                amd_dte(u, i)[1] = DTE_SYS_MGT((found.dte >> 4) & 3);
                amd_dte_set(u, i, amd_dte_blocked());
            }
    }
}

int amd_devtab_alloc(struct amd_unit *u)
{
    unsigned int id;

    u->devtab = alloc_xenheap_pages(TABLE_ORDER, 0);
    if ( !u->devtab )
        return -ENOMEM;

    memset(u->devtab, 0, PAGE_SIZE << TABLE_ORDER);
    for ( id = 0; id < 65536; id++ )
        *amd_dte(u, id) = DTE_V;
    firmware_bits(u);
    amd_clean(u, u->devtab, PAGE_SIZE << TABLE_ORDER);

    return 0;
}

/* What hardware makes of an entry. */
static enum iommu_hw_state state_of(uint64_t w0)
{
    if ( !(w0 & DTE_V) )
        return HW_IDENTITY;
    if ( !(w0 & DTE_TV) || !(w0 & (DTE_IR | DTE_IW)) )
        return HW_BLOCKED;

    return DTE_HAS_TABLE(w0) ? HW_PAGING : HW_IDENTITY;
}

int cf_check amd_look(struct iommu_unit *unit, uint32_t id,
                      struct iommu_hw_entry *e)
{
    struct amd_unit *u = to_amd_unit(unit);
    const uint64_t *w;

    if ( id > 0xffff )
        return -ENOENT;

    *e = (struct iommu_hw_entry){ .last = 0xffff };
    if ( !(amd_read(u, AMD_CONTROL) & CTRL_IOMMU_EN) )
    {
        e->state = HW_IDENTITY;
        return 0;
    }
    if ( (amd_read(u, AMD_DEVTAB) & BASE_MASK) != virt_to_maddr(u->devtab) )
    {
        e->state = HW_UNKNOWN;
        return 0;
    }

    w = amd_dte(u, id);
    e->state = state_of(w[0]);
    if ( e->state == HW_PAGING )
    {
        e->root = w[0] & BASE_MASK;
        e->tag = DTE_DOMAIN(w[1]);
    }

    /* Most IDs are nobody's: the rest of the bus, if it is blocked as well. */
    e->last = id;
    while ( e->state == HW_BLOCKED && (e->last & 0xff) != 0xff &&
            state_of(*amd_dte(u, e->last + 1)) == HW_BLOCKED )
        e->last++;

    return 0;
}
