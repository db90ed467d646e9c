/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hardware domain's devices reach without the domain having asked:
 * RAM if it is relaxed, reserved memory, and what is read-only for the CPU.
 */
#include <xen/init.h>
#include <xen/iocap.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/paging.h>
#include <xen/pfn.h>
#include <xen/rangeset.h>
#include <xen/sched.h>
#include <xen/sizes.h>
#include <xen/softirq.h>

#include <asm/e820.h>
#include <asm/p2m.h>
#include <asm/setup.h>

#include <iommu-groups/setup.h>

/* Where ranges are reported from, and what they are for. */
struct hwdom_map {
    struct domain *d;
    struct rangeset *set;
    unsigned long next;          /* first frame not looked at */
    unsigned int flush_flags;
    bool read_only;
};

static int __hwdom_init cf_check subtract(unsigned long s, unsigned long e,
                                          void *arg)
{
    struct hwdom_map *map = arg;

    return rangeset_remove_range(map->set, s, e);
}

/* Of what is permitted, removes what lies between. */
static int __hwdom_init cf_check subtract_gap(unsigned long s, unsigned long e,
                                              void *arg)
{
    struct hwdom_map *map = arg;
    int rc = 0;

    if ( map->next < s )
        rc = rangeset_remove_range(map->set, map->next, s - 1);

    ASSERT(e < ~0UL);
    map->next = e + 1;

    return rc;
}

static long __hwdom_init map_translated(struct hwdom_map *map, unsigned long s,
                                        unsigned long e)
{
    long rc;

    /* Returns how many it did when it was preempted. */
    while ( (rc = map_mmio_regions(map->d, _gfn(s), e - s + 1, _mfn(s))) > 0 )
    {
        s += rc;
        process_pending_softirqs();
    }

    return rc;
}

static long __hwdom_init map_direct(struct hwdom_map *map, unsigned long s,
                                    unsigned long e)
{
    unsigned int flags = IOMMUF_readable | IOMMUF_preempt |
                         (map->read_only ? 0 : IOMMUF_writable);
    long rc;

    while ( (rc = iommu_map(map->d, _dfn(s), _mfn(s), e - s + 1, flags,
                            &map->flush_flags)) > 0 )
    {
        s += rc;
        process_pending_softirqs();
    }

    return rc;
}

/* A region that fails is reported, and the others are still mapped. */
static int __hwdom_init cf_check map_one(unsigned long s, unsigned long e,
                                         void *arg)
{
    struct hwdom_map *map = arg;
    long rc;

    if ( iommu_verbose )
        printk(XENLOG_INFO " [%010lx, %010lx] R%c\n", s, e,
               map->read_only ? 'O' : 'W');

    rc = paging_mode_translate(map->d) ? map_translated(map, s, e)
                                       : map_direct(map, s, e);
    if ( rc )
        printk(XENLOG_WARNING
               "IOMMU identity mapping of [%lx, %lx] failed: %ld\n", s, e, rc);

    process_pending_softirqs();

    return 0;
}

/* Read-only ranges, as far as the domain may access them at all. */
static int __hwdom_init cf_check map_permitted(unsigned long s, unsigned long e,
                                               void *arg)
{
    struct hwdom_map *map = arg;

    while ( s <= e )
    {
        unsigned long last;

        if ( !iomem_access_permitted(map->d, s, s) )
        {
            s++;
            continue;
        }

        if ( iomem_access_permitted(map->d, s, e) )
            last = e;
        else
            for ( last = s; iomem_access_permitted(map->d, s, last + 1); )
                last++;

        map_one(s, last, map);
        s = last + 1;
    }

    return 0;
}

static bool __hwdom_init wanted(uint32_t type)
{
    return (type == E820_RAM && !iommu_hwdom_strict) ||
           (type == E820_RESERVED &&
            (iommu_hwdom_reserved || iommu_hwdom_inclusive));
}

static int __hwdom_init collect(struct hwdom_map *map)
{
    unsigned int i;
    int rc = 0;

    if ( iommu_hwdom_inclusive )
        rc = rangeset_add_range(map->set, 0, PFN_DOWN(GB(4)) - 1);

    for ( i = 0; !rc && i < e820.nr_map; i++ )
    {
        unsigned long s = PFN_DOWN(e820.map[i].addr);
        unsigned long e = PFN_DOWN(e820.map[i].addr + e820.map[i].size - 1);

        if ( wanted(e820.map[i].type) )
            rc = rangeset_add_range(map->set, s, e);
        else if ( e820.map[i].type == E820_UNUSABLE )
            rc = rangeset_remove_range(map->set, s, e);
    }

    rc = rc ?: remove_xen_ranges(map->set);

    /* Only what the domain could also access with the CPU. */
    rc = rc ?: rangeset_report_ranges(map->d->iomem_caps, 0, ~0UL, subtract_gap,
                                      map);
    rc = rc ?: rangeset_remove_range(map->set, map->next, ~0UL);

    /* A PV domain gets these read-only, below. */
    if ( !rc && is_pv_domain(map->d) )
        rc = rangeset_report_ranges(mmio_ro_ranges, 0, ~0UL, subtract, map);

    return rc;
}

static void __hwdom_init check_options(const struct domain *d)
{
    if ( iommu_hwdom_reserved == -1 )
        iommu_hwdom_reserved = 1;

    if ( !iommu_hwdom_inclusive )
        return;

    printk(XENLOG_WARNING
           "IOMMU inclusive mappings are deprecated and will be removed in future versions\n");
    if ( !is_pv_domain(d) )
    {
        printk(XENLOG_WARNING
               "IOMMU inclusive mappings are only supported on PV Dom0\n");
        iommu_hwdom_inclusive = false;
    }
}

void __hwdom_init arch_iommu_hwdom_init(struct domain *d)
{
    const struct s2_space *space = s2_space_of(d);
    struct hwdom_map map = { .d = d };
    int rc;

    check_options(d);

    /* In passthrough mode only units that lack it have a table to be filled. */
    if ( iommu_hwdom_passthrough && (!space || list_empty(&space->tables)) )
        return;

    map.set = rangeset_new(NULL, NULL, 0);
    rc = map.set ? collect(&map) : -ENOMEM;
    if ( rc )
        panic("IOMMU: regions for %pd cannot be collected: %d\n", d, rc);

    if ( iommu_verbose )
        printk(XENLOG_INFO "%pd: identity mappings for IOMMU:\n", d);

    rangeset_report_ranges(map.set, 0, ~0UL, map_one, &map);
    rangeset_destroy(map.set);

    if ( is_pv_domain(d) )
    {
        map.read_only = true;
        rangeset_report_ranges(mmio_ro_ranges, 0, ~0UL, map_permitted, &map);
    }

    if ( iommu_iotlb_flush_all(d, map.flush_flags) )
        panic("IOMMU: mappings of %pd cannot be flushed\n", d);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
