/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved memory: what firmware or the administrator says a device must
 * always reach.  Blocks of the IVRS (48882, §5.2) are in amd_ivrs; what the
 * "ivmd" option says goes to unity.c.
 *
 * A block for devices on several buses is no particular device's: no domain
 * could have one without having all of them.  The hardware domain's devices
 * reach it, and no guest's do.
 */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pfn.h>
#include <xen/sched.h>

#include <iommu-groups/direct.h>
#include <iommu-groups/unity.h>

#include "setup.h"

static struct iommu_region region_of(const struct amd_ivmd *m)
{
    return (struct iommu_region){
        PFN_DOWN(m->base), PFN_DOWN(m->limit),
        (m->read ? PT_PROT_R : 0) | (m->write ? PT_PROT_W : 0),
    };
}

/* A frame has the same rights for all that reach it: these of both blocks. */
static bool __init join(const struct amd_ivrs *ivrs, struct amd_ivmd *a,
                        struct amd_ivmd *b)
{
    if ( a->base > b->limit || b->base > a->limit ||
         (a->read == b->read && a->write == b->write) )
        return false;

    a->read = b->read = a->read || b->read;
    a->write = b->write = a->write || b->write;

    printk(XENLOG_WARNING IVRS_AT
           "IVMD [%#"PRIpaddr", %#"PRIpaddr"] overlaps that at offset %#x: the devices of both read and write\n",
           IVRS_AT_ARGS(ivrs, b->offset), b->base, b->limit, a->offset);

    return true;
}

/* Each round gives a block more rights, so there is a last one. */
static void __init join_all(struct amd_ivrs *ivrs)
{
    unsigned int i, j;
    bool again;

    do {
        again = false;
        for ( i = 0; i < ivrs->nr_ivmd; i++ )
            for ( j = i + 1; j < ivrs->nr_ivmd; j++ )
                again |= join(ivrs, &ivrs->ivmd[i], &ivrs->ivmd[j]);
    } while ( again );
}

int __init amd_ivmd_init(struct amd_ivrs *ivrs)
{
    unsigned int i;

    for ( i = 0; i < ivrs->nr_ivhd; i++ )
    {
        const struct amd_ivhd *u = &ivrs->ivhd[i];

        if ( u->base )
            iommu_unity_forbid(u->base, u->base + amd_ivhd_regs_size(u) - 1,
                               "a unit's registers");
    }

    join_all(ivrs);

    for ( i = 0; i < ivrs->nr_ivmd; i++ )
    {
        struct amd_ivmd *m = &ivrs->ivmd[i];
        char prefix[64];

        snprintf(prefix, sizeof(prefix), IVRS_AT "IVMD",
                 IVRS_AT_ARGS(ivrs, m->offset));
        m->left_out = !iommu_unity_accept(prefix, m->base, m->limit);
        if ( m->wide && !m->left_out )
            printk(XENLOG_WARNING
                   "%s [%#"PRIpaddr", %#"PRIpaddr"] is for devices on several buses: no guest's device reaches it\n",
                   prefix, m->base, m->limit);
    }

    return iommu_unity_extras(AMD_IVMD_OPTION);
}

static bool has_any(const struct iommu_ids *ids, uint16_t first, uint16_t last)
{
    const struct iommu_id_range *r;

    for_each_iommu_id_range ( r, ids )
        if ( r->first <= last && first <= r->last )
            return true;

    return false;
}

int amd_ivmd_for_dev(pci_sbdf_t sbdf, const struct iommu_ids *ids,
                     iommu_region_fn *fn, void *arg)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < amd_ivrs.nr_ivmd; i++ )
    {
        const struct amd_ivmd *m = &amd_ivrs.ivmd[i];
        struct iommu_region region = region_of(m);

        if ( !m->left_out && !m->wide && m->segment == sbdf.seg &&
             has_any(ids, m->first, m->last) )
            rc = fn(&region, arg);
    }

    return rc ?: iommu_unity_for_dev(sbdf, fn, arg);
}

int amd_ivmd_for_hwdom(struct domain *d)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < amd_ivrs.nr_ivmd; i++ )
    {
        const struct amd_ivmd *m = &amd_ivrs.ivmd[i];
        struct iommu_region region = region_of(m);

        if ( m->wide && !m->left_out )
            rc = iommu_direct_map(d, &region, 1, true);
    }

    return rc;
}

/* A positive answer of @func: it needs no other device of the same region. */
int cf_check amd_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt)
{
    unsigned int i, id;
    int rc;

    for ( i = 0; i < amd_ivrs.nr_ivmd; i++ )
    {
        const struct amd_ivmd *m = &amd_ivrs.ivmd[i];

        if ( m->left_out || m->wide )
            continue;

        for ( id = m->first, rc = 0; !rc && id <= m->last; id++ )
            rc = func(PFN_DOWN(m->base),
                      PFN_DOWN(m->limit) - PFN_DOWN(m->base) + 1,
                      PCI_SBDF(m->segment, id).sbdf, ctxt);
        if ( rc < 0 )
            return rc;
    }

    return iommu_unity_report(func, ctxt);
}
