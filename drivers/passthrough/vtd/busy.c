/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that firmware has translate when Xen takes them over, as it does to
 * protect itself from DMA until then: devices with reserved regions (RMRR) go
 * on with their DMA, which the new, empty root table would abort.  They have a
 * table of these regions until they are attached, or translation is settled.
 */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "vtd.h"

/* Where the table came from is forgotten last. */
static void drop(struct vtd_unit *u)
{
    while ( pt_destroy(u->busy, ~0UL) == -ERESTART )
        continue;
    XFREE(u->busy);
}

static int __init make_table(struct vtd_unit *u)
{
    int rc;

    if ( u->busy )
        return 0;

    u->busy = xzalloc(struct pt);
    rc = u->busy ? pt_init(u->busy, &u->table) : -ENOMEM;
    if ( rc )
        XFREE(u->busy);

    return rc;
}

static void __init enter(struct vtd_unit *u, uint16_t id)
{
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( !(vtd_context_get(u, id).lo & CONTEXT_P) )
        vtd_context_set(u, id, vtd_context_table_entry(pt_root(u->busy),
                                                       u->busy->cfg.levels,
                                                       VTD_DID_BUSY, false));
    spin_unlock_irqrestore(&u->unit.lock, flags);
}

static int __init cf_check keep_region(xen_pfn_t first, xen_ulong_t nr,
                                       uint32_t id, void *arg)
{
    pci_sbdf_t sbdf = { .sbdf = id };
    struct vtd_unit *u = arg;
    struct vtd_drhd *other;
    enum vtd_claim claim;
    struct pt_gather g;
    int rc;

    if ( vtd_unit_of(vtd_dmar_find_drhd(&vtd_dmar, sbdf, &claim,
                                        &other)) != u ||
         claim == VTD_CLAIM_TWO )
        return 0;

    rc = make_table(u) ?: vtd_context_table(u, sbdf.bus);
    if ( rc )
        return rc;

    pt_gather_init(&g);
    rc = pt_map(u->busy, first, first, nr, PT_PROT_R | PT_PROT_W, &g);
    if ( rc == -ENOMEM )
        return rc;
    if ( rc )
        printk(XENLOG_WARNING
               "VT-d: %pp does not reach its region at %#"PRIpaddr" before it is attached\n",
               &sbdf, pfn_to_paddr(first));

    /* Hardware does not have the root yet: one entry does for all regions. */
    enter(u, sbdf.bdf);

    return 0;
}

int __init vtd_busy_keep(struct vtd_unit *u)
{
    if ( !(vtd_readl(u, VTD_GSTS) & GCMD_TE) )
        return 0;

    return vtd_get_reserved_device_memory(keep_region, u);
}

static int cf_check end_device(xen_pfn_t first, xen_ulong_t nr, uint32_t id,
                               void *arg)
{
    pci_sbdf_t sbdf = { .sbdf = id };
    struct vtd_unit *u = arg;
    struct vtd_context_entry ce;
    unsigned long flags;

    spin_lock_irqsave(&u->unit.lock, flags);
    ce = vtd_context_get(u, sbdf.bdf);
    if ( (ce.lo & CONTEXT_P) && CONTEXT_DID_OF(ce.hi) == VTD_DID_BUSY )
        vtd_context_clear(u, sbdf.bdf);
    spin_unlock_irqrestore(&u->unit.lock, flags);

    return 0;
}

void vtd_busy_end(struct vtd_unit *u)
{
    if ( !u->busy )
        return;

    vtd_get_reserved_device_memory(end_device, u);

    /* A unit that does not answer may walk it for ever. */
    if ( vtd_write_buffer_flush(u) || vtd_invalidate_all(u) )
        u->busy = NULL;
    else
        drop(u);
}

void vtd_busy_free(struct vtd_unit *u)
{
    if ( u->busy )
        drop(u);
}
