/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved memory regions: what firmware or the administrator says a device
 * must always reach.  Those of the DMAR (VT-d rev 4.1, §8.4) are in vtd_dmar;
 * those of the "rmrr" option and of Xen itself are here.
 */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/pfn.h>

#include <xen/iommu.h>

#include "vtd.h"

/* Where a device's writes are interrupts and not translated: §3.14 */
#define MSI_FIRST   0xfee00000UL
#define MSI_LAST    0xfeefffffUL

#define MAX_EXTRA   20          /* regions */
#define MAX_USER    10          /* of these, from the command line */
#define MAX_PAGES   16          /* in one region of the command line */
#define MAX_DEVS    20          /* of one region */

struct extra {
    unsigned long first, last;  /* frames, inclusive */
    unsigned int nr_devs;
    uint32_t sbdf[MAX_DEVS];
};

static struct extra __read_mostly extras[MAX_EXTRA];
static unsigned int __read_mostly nr_extras;

static struct extra __initdata users[MAX_USER];
static unsigned int __initdata nr_users;

static bool __init overlaps(const struct extra *e, unsigned long first,
                            unsigned long last)
{
    if ( e->first > last || first > e->last )
        return false;

    printk(XENLOG_ERR
           "VT-d: rmrr [%lx-%lx] overlaps [%lx-%lx]: it is left out\n",
           e->first, e->last, first, last);

    return true;
}

static bool __init acceptable(const struct extra *e)
{
    unsigned long frame;
    unsigned int i;

    if ( e->first > e->last )
    {
        printk(XENLOG_ERR "VT-d: rmrr [%lx-%lx] is empty: it is left out\n",
               e->first, e->last);
        return false;
    }

    for ( i = 0; i < vtd_dmar.nr_rmrr; i++ )
        if ( vtd_dmar.rmrr[i].scopes.nr &&
             overlaps(e, PFN_DOWN(vtd_dmar.rmrr[i].base),
                      PFN_DOWN(vtd_dmar.rmrr[i].limit)) )
            return false;
    for ( i = 0; i < nr_extras; i++ )
        if ( overlaps(e, extras[i].first, extras[i].last) )
            return false;

    for ( frame = e->first; frame <= e->last; frame++ )
        if ( !mfn_valid(_mfn(frame)) )
        {
            printk(XENLOG_ERR
                   "VT-d: rmrr [%lx-%lx]: %lx is not memory: it is left out\n",
                   e->first, e->last, frame);
            return false;
        }

    for ( i = 1; i < e->nr_devs; i++ )
        if ( PCI_SEG(e->sbdf[i]) != PCI_SEG(e->sbdf[0]) )
        {
            printk(XENLOG_ERR
                   "VT-d: rmrr [%lx-%lx] names more than one segment: it is left out\n",
                   e->first, e->last);
            return false;
        }

    return true;
}

static void __init take_in(const struct extra *e)
{
    if ( !acceptable(e) )
        return;

    if ( nr_extras == ARRAY_SIZE(extras) )
    {
        printk(XENLOG_ERR "VT-d: too many regions: [%lx-%lx] is left out\n",
               e->first, e->last);
        return;
    }

    extras[nr_extras++] = *e;
}

/* Answers 1 as "this one is done". */
static int __init cf_check take_in_xens(xen_pfn_t start, xen_ulong_t nr,
                                        uint32_t id, void *ctxt)
{
    struct extra e = {
        .first = start, .last = start + nr - 1, .nr_devs = 1, .sbdf = { id },
    };

    take_in(&e);

    return 1;
}

static bool __init crosses(const struct vtd_rmrr *r, paddr_t base,
                           paddr_t limit)
{
    return r->base <= limit && base <= r->limit;
}

/*
 * NULL, or what @r is that no device may reach: the units' registers, and where
 * writes are interrupts.  That it is no RAM, Xen's or others', is the
 * architecture's to see.
 */
static const char *__init forbidden(const struct vtd_rmrr *r)
{
    unsigned int i;

    if ( crosses(r, MSI_FIRST, MSI_LAST) )
        return "interrupt messages";

    for ( i = 0; i < vtd_dmar.nr_drhd; i++ )
        if ( vtd_dmar.drhd[i].base &&
             crosses(r, vtd_dmar.drhd[i].base,
                     vtd_dmar.drhd[i].base + vtd_dmar.drhd[i].size - 1) )
            return "a unit's registers";

    return NULL;
}

/* False: the device has to do without, which was said. */
static bool __init keep(struct vtd_rmrr *r)
{
    const char *what = forbidden(r);
    char prefix[64];

    if ( what )
    {
        printk(XENLOG_WARNING DMAR_AT
               "RMRR [%#"PRIpaddr", %#"PRIpaddr"] left out: it has %s in it\n",
               DMAR_AT_ARGS(&vtd_dmar, r->offset), r->base, r->limit, what);
        return false;
    }

    /* A limit that is meant as exclusive: the page behind is somebody else's. */
    if ( r->exclusive && r->limit - r->base >= PAGE_SIZE &&
         page_is_ram_type(PFN_DOWN(r->limit), RAM_TYPE_CONVENTIONAL) )
        r->limit -= PAGE_SIZE;

    snprintf(prefix, sizeof(prefix), DMAR_AT "RMRR",
             DMAR_AT_ARGS(&vtd_dmar, r->offset));

    return iommu_unity_region_ok(prefix, maddr_to_mfn(r->base),
                                 maddr_to_mfn(r->limit));
}

int __init vtd_rmrr_init(void)
{
    unsigned int i;
    int rc;

    for ( i = 0; i < vtd_dmar.nr_rmrr; i++ )
    {
        struct vtd_rmrr *r = &vtd_dmar.rmrr[i];

        if ( !keep(r) )
        {
            XFREE(r->scopes.scope);
            r->scopes.nr = 0;
        }
    }

    for ( i = 0; i < nr_users; i++ )
        take_in(&users[i]);

    rc = iommu_get_extra_reserved_device_memory(take_in_xens, NULL);

    return rc < 0 ? rc : 0;
}

int vtd_rmrr_for_dev(pci_sbdf_t sbdf,
                     int (*fn)(unsigned long first, unsigned long last,
                               void *arg), void *arg)
{
    unsigned int i, j;
    int rc = 0;

    for ( i = 0; !rc && i < vtd_dmar.nr_rmrr; i++ )
    {
        const struct vtd_rmrr *r = &vtd_dmar.rmrr[i];

        if ( r->segment == sbdf.seg &&
             vtd_scopes_match(&r->scopes, r->segment, sbdf) )
            rc = fn(PFN_DOWN(r->base), PFN_DOWN(r->limit), arg);
    }

    for ( i = 0; !rc && i < nr_extras; i++ )
        for ( j = 0; j < extras[i].nr_devs; j++ )
            if ( extras[i].sbdf[j] == sbdf.sbdf )
            {
                rc = fn(extras[i].first, extras[i].last, arg);
                break;
            }

    return rc;
}

/* A positive answer of @func: it needs no other device of the same region. */
int vtd_get_reserved_device_memory(iommu_grdm_t *func, void *ctxt)
{
    unsigned int i, j;
    int rc;

    for ( i = 0; i < vtd_dmar.nr_rmrr; i++ )
    {
        const struct vtd_rmrr *r = &vtd_dmar.rmrr[i];

        for ( j = 0, rc = 0; !rc && j < r->scopes.nr; j++ )
        {
            pci_sbdf_t sbdf;

            if ( vtd_scope_resolve(&r->scopes.scope[j], r->segment, &sbdf) )
                rc = func(PFN_DOWN(r->base),
                          PFN_DOWN(r->limit) - PFN_DOWN(r->base) + 1,
                          sbdf.sbdf, ctxt);
        }
        if ( rc < 0 )
            return rc;
    }

    for ( i = 0; i < nr_extras; i++ )
    {
        const struct extra *e = &extras[i];

        for ( j = 0, rc = 0; !rc && j < e->nr_devs; j++ )
            rc = func(e->first, e->last - e->first + 1, e->sbdf[j], ctxt);
        if ( rc < 0 )
            return rc;
    }

    return 0;
}

/* [seg:]bus:dev.fn{,[seg:]bus:dev.fn}; NULL: malformed. */
static const char *__init parse_devs(const char *s, struct extra *e)
{
    do {
        unsigned int seg, bus, dev, fn;
        bool no_seg = false;

        s = parse_pci_seg(s + 1, &seg, &bus, &dev, &fn, &no_seg);
        if ( !s )
            return NULL;

        /* The first device's segment holds for those that give none. */
        if ( e->nr_devs && no_seg )
            seg = PCI_SEG(e->sbdf[0]);
        e->sbdf[e->nr_devs++] = PCI_SBDF(seg, bus, dev, fn).sbdf;
    } while ( *s == ',' && e->nr_devs < MAX_DEVS );

    return s;
}

/* rmrr=start[-end]=devs{;start[-end]=devs}, frame numbers in hexadecimal */
static int __init cf_check parse_rmrr(const char *s)
{
    do {
        struct extra e = {};
        const char *start = s;

        if ( nr_users == ARRAY_SIZE(users) )
            return -E2BIG;

        e.first = e.last = simple_strtoul(start, &s, 16);
        if ( s == start )
            return -EINVAL;

        if ( *s == '-' )
        {
            start = ++s;
            e.last = simple_strtoul(start, &s, 16);
            if ( s == start )
                return -EINVAL;
        }

        if ( e.last - e.first >= MAX_PAGES && e.last >= e.first )
        {
            printk(XENLOG_ERR "VT-d: rmrr [%lx-%lx] exceeds %u pages\n",
                   e.first, e.last, MAX_PAGES);
            return -E2BIG;
        }

        if ( *s != '=' )
            continue;

        s = parse_devs(s, &e);
        if ( !s )
            return -EINVAL;

        users[nr_users++] = e;
    } while ( *s++ == ';' );

    return s[-1] ? -EINVAL : 0;
}
custom_param("rmrr", parse_rmrr);
