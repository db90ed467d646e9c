/* SPDX-License-Identifier: GPL-2.0-only */
/* Reserved memory on x86 that is not of one driver alone: see unity.h. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pfn.h>
#include <xen/xmalloc.h>

#include <iommu-groups/unity.h>

/*
 * Writes here are interrupts and not translated: VT-d rev 4.1, §3.14; AMD
 * 48882, §2.2.5.
 */
#define MSI_BASE  0xfee00000UL
#define MSI_LIMIT 0xfeefffffUL

#define MAX_EXTRA 20                /* regions */

static struct unity_extra __read_mostly extras[MAX_EXTRA];
static unsigned int __read_mostly nr_extras;

static struct unity_extra __initdata users[UNITY_MAX_USER];
static unsigned int __initdata nr_users;

/* What is spoken for: @what no region may have, or a region if that is NULL. */
struct taken {
    paddr_t base, limit;
    const char *what;
};

static struct taken *__initdata taken;
static unsigned int __initdata nr_taken;
static bool __initdata no_memory;       /* for one of them, at least */

static void __init take(paddr_t base, paddr_t limit, const char *what)
{
    struct taken *new = xrealloc_array(taken, nr_taken + 1);

    if ( !new )
    {
        no_memory = true;
        return;
    }

    taken = new;
    taken[nr_taken++] = (struct taken){ base, limit, what };
}

void __init iommu_unity_forbid(paddr_t base, paddr_t limit, const char *what)
{
    take(base, limit, what);
}

/* NULL, or what of [@base, @limit] no device may reach. */
static const char *__init forbidden(paddr_t base, paddr_t limit)
{
    unsigned int i;

    if ( base <= MSI_LIMIT && MSI_BASE <= limit )
        return "interrupt messages";

    for ( i = 0; i < nr_taken; i++ )
        if ( taken[i].what && base <= taken[i].limit &&
             taken[i].base <= limit )
            return taken[i].what;

    return NULL;
}

/* That it is no RAM, Xen's or others', is the architecture's to see. */
bool __init iommu_unity_accept(const char *prefix, paddr_t base, paddr_t limit)
{
    const char *what = forbidden(base, limit);

    if ( what )
        printk(XENLOG_WARNING
               "%s [%#"PRIpaddr", %#"PRIpaddr"] left out: it has %s in it\n",
               prefix, base, limit, what);
    else if ( iommu_unity_region_ok(prefix, maddr_to_mfn(base),
                                    maddr_to_mfn(limit)) )
    {
        take(base, limit, NULL);
        return true;
    }

    return false;
}

int __init iommu_unity_option(const struct unity_extra *extra)
{
    if ( nr_users == ARRAY_SIZE(users) )
        return -E2BIG;

    users[nr_users++] = *extra;

    return 0;
}

/* Said, if so. */
static bool __init overlaps(const struct unity_extra *e)
{
    const struct iommu_region *r = &e->region;
    unsigned int i;

    for ( i = 0; i < nr_taken; i++ )
    {
        unsigned long first = PFN_DOWN(taken[i].base);
        unsigned long last = PFN_DOWN(taken[i].limit);

        if ( r->first > last || first > r->last )
            continue;

        printk(XENLOG_ERR
               "%s [%lx-%lx] overlaps [%lx-%lx]: it is left out\n",
               e->prefix, r->first, r->last, first, last);
        return true;
    }

    return false;
}

/* NULL: it can be used; else why not. */
static const char *__init unusable(const struct unity_extra *e)
{
    const struct iommu_region *r = &e->region;
    unsigned long frame;
    unsigned int i;

    for ( frame = r->first; !e->reserved && frame <= r->last; frame++ )
        if ( !mfn_valid(_mfn(frame)) )
            return "is not all memory";

    for ( i = 0; i < e->nr_devs; i++ )
        if ( PCI_SEG(e->dev[i].first) != PCI_SEG(e->dev[0].first) ||
             PCI_SEG(e->dev[i].last) != PCI_SEG(e->dev[0].first) )
            return "names more than one segment";

    return nr_extras == ARRAY_SIZE(extras) ? "is one too many" : NULL;
}

static void __init take_in(const struct unity_extra *e)
{
    const char *why = e->region.first > e->region.last ? "is empty" : NULL;

    if ( !why && overlaps(e) )
        return;

    why = why ?: unusable(e);
    if ( why )
    {
        printk(XENLOG_ERR "%s [%lx-%lx] %s: it is left out\n", e->prefix,
               e->region.first, e->region.last, why);
        return;
    }
    if ( e->reserved && !iommu_unity_region_ok(e->prefix, _mfn(e->region.first),
                                               _mfn(e->region.last)) )
        return;

    extras[nr_extras++] = *e;
    take(pfn_to_paddr(e->region.first), pfn_to_paddr(e->region.last + 1) - 1,
         NULL);
}

/* Answers 1 as "this one is done". */
static int __init cf_check take_in_xens(xen_pfn_t start, xen_ulong_t nr,
                                        uint32_t id, void *ctxt)
{
    struct unity_extra e = {
        .prefix = ctxt,
        .region = { start, start + nr - 1, IOMMU_REGION_RW },
        .nr_devs = 1,
        .dev = { { id, id } },
    };

    take_in(&e);

    return 1;
}

int __init iommu_unity_extras(const char *prefix)
{
    unsigned int i;
    int rc;

    for ( i = 0; i < nr_users; i++ )
        if ( !strcmp(users[i].prefix, prefix) )
            take_in(&users[i]);

    rc = iommu_get_extra_reserved_device_memory(take_in_xens, (void *)prefix);
    if ( rc >= 0 )
        rc = no_memory ? -ENOMEM : 0;

    XFREE(taken);
    nr_taken = 0;
    no_memory = false;

    return rc;
}

int iommu_unity_for_dev(pci_sbdf_t sbdf, iommu_region_fn *fn, void *arg)
{
    unsigned int i, j;
    int rc = 0;

    for ( i = 0; !rc && i < nr_extras; i++ )
        for ( j = 0; j < extras[i].nr_devs; j++ )
            if ( extras[i].dev[j].first <= sbdf.sbdf &&
                 sbdf.sbdf <= extras[i].dev[j].last )
            {
                rc = fn(&extras[i].region, arg);
                break;
            }

    return rc;
}

/* Each function of @e that there may be. */
static int report_one(const struct unity_extra *e, iommu_grdm_t *func,
                      void *ctxt)
{
    unsigned long first = e->region.first, nr = e->region.last - first + 1;
    unsigned int i;
    uint32_t id;

    for ( i = 0; i < e->nr_devs; i++ )
        for ( id = e->dev[i].first; id <= e->dev[i].last; id++ )
        {
            int rc = func(first, nr, id, ctxt);

            if ( rc )
                return rc;
        }

    return 0;
}

int iommu_unity_report(iommu_grdm_t *func, void *ctxt)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; rc >= 0 && i < nr_extras; i++ )
        rc = report_one(&extras[i], func, ctxt);

    return min(rc, 0);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
