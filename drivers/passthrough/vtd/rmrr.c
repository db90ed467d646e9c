/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved memory regions: what firmware or the administrator says a device
 * must always reach.  Those of the DMAR (VT-d rev 4.1, §8.4) are in vtd_dmar;
 * what the
 * "rmrr" option says goes to unity.c.
 */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/pfn.h>

#include <xen/iommu.h>

#include <iommu-groups/unity.h>

#include "vtd.h"

#define OPTION "VT-d: rmrr"
#define MAX_PAGES 16            /* of one region of the option */

/* False: the device has to do without, which was said. */
static bool __init keep(struct vtd_rmrr *r)
{
    char prefix[64];

    /*
     * A limit that is meant as exclusive: the page behind is somebody else's.
     */
    if ( r->exclusive && r->limit - r->base >= PAGE_SIZE &&
         page_is_ram_type(PFN_DOWN(r->limit), RAM_TYPE_CONVENTIONAL) )
        r->limit -= PAGE_SIZE;

    snprintf(prefix, sizeof(prefix), DMAR_AT "RMRR",
             DMAR_AT_ARGS(&vtd_dmar, r->offset));

    return iommu_unity_accept(prefix, r->base, r->limit);
}

int __init vtd_rmrr_init(void)
{
    unsigned int i;

    for ( i = 0; i < vtd_dmar.nr_drhd; i++ )
        if ( vtd_dmar.drhd[i].base )
            iommu_unity_forbid(vtd_dmar.drhd[i].base,
                               vtd_dmar.drhd[i].base +
                               vtd_dmar.drhd[i].size - 1,
                               "a unit's registers");

    for ( i = 0; i < vtd_dmar.nr_rmrr; i++ )
    {
        struct vtd_rmrr *r = &vtd_dmar.rmrr[i];

        if ( !keep(r) )
        {
            XFREE(r->scopes.scope);
            r->scopes.nr = 0;
        }
    }

    return iommu_unity_extras(OPTION);
}

static struct iommu_region region_of(const struct vtd_rmrr *r)
{
    return (struct iommu_region){
        PFN_DOWN(r->base), PFN_DOWN(r->limit), IOMMU_REGION_RW,
    };
}

int vtd_rmrr_for_dev(pci_sbdf_t sbdf, iommu_region_fn *fn, void *arg)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < vtd_dmar.nr_rmrr; i++ )
    {
        const struct vtd_rmrr *r = &vtd_dmar.rmrr[i];
        struct iommu_region region = region_of(r);

        if ( r->segment == sbdf.seg &&
             vtd_scopes_match(&r->scopes, r->segment, sbdf) )
            rc = fn(&region, arg);
    }

    return rc ?: iommu_unity_for_dev(sbdf, fn, arg);
}

/* A positive answer of @func: it needs no other device of the same region. */
int cf_check vtd_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt)
{
    unsigned int i, j;
    int rc;

    for ( i = 0; i < vtd_dmar.nr_rmrr; i++ )
    {
        const struct vtd_rmrr *r = &vtd_dmar.rmrr[i];
        struct iommu_region region = region_of(r);

        for ( j = 0, rc = 0; !rc && j < r->scopes.nr; j++ )
        {
            pci_sbdf_t sbdf;

            if ( vtd_scope_resolve(&r->scopes.scope[j], r->segment, &sbdf) )
                rc = func(region.first, region.last - region.first + 1,
                          sbdf.sbdf, ctxt);
        }
        if ( rc < 0 )
            return rc;
    }

    return iommu_unity_report(func, ctxt);
}

/* [seg:]bus:dev.fn{,[seg:]bus:dev.fn}; NULL: malformed. */
static const char *__init parse_devs(const char *s, struct unity_extra *e)
{
    do {
        unsigned int seg, bus, dev, fn;
        bool no_seg = false;

        s = parse_pci_seg(s + 1, &seg, &bus, &dev, &fn, &no_seg);
        if ( !s )
            return NULL;

        /* The first device's segment holds for those that give none. */
        if ( e->nr_devs && no_seg )
            seg = PCI_SEG(e->dev[0].first);
        e->dev[e->nr_devs].first = PCI_SBDF(seg, bus, dev, fn).sbdf;
        e->dev[e->nr_devs].last = e->dev[e->nr_devs].first;
        e->nr_devs++;
    } while ( *s == ',' && e->nr_devs < UNITY_MAX_DEVS );

    return s;
}

/* rmrr=start[-end]=devs{;start[-end]=devs}, frame numbers in hexadecimal */
static int __init cf_check parse_rmrr(const char *s)
{
    do {
        struct unity_extra e = {
            .prefix = OPTION, .region.prot = IOMMU_REGION_RW,
        };
        const char *start = s;
        int rc;

        e.region.first = e.region.last = simple_strtoul(start, &s, 16);
        if ( s == start )
            return -EINVAL;

        if ( *s == '-' )
        {
            start = ++s;
            e.region.last = simple_strtoul(start, &s, 16);
            if ( s == start )
                return -EINVAL;
        }

        if ( *s != '=' )
            continue;

        s = parse_devs(s, &e);
        if ( !s )
            return -EINVAL;

        if ( e.region.last >= e.region.first &&
             e.region.last - e.region.first >= MAX_PAGES )
        {
            printk(XENLOG_ERR OPTION " [%lx-%lx] exceeds %u pages\n",
                   e.region.first, e.region.last, MAX_PAGES);
            return -E2BIG;
        }

        rc = iommu_unity_option(&e);
        if ( rc )
            return rc;
    } while ( *s++ == ';' );

    return s[-1] ? -EINVAL : 0;
}
custom_param("rmrr", parse_rmrr);
