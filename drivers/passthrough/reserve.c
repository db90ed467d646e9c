/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct-mapped regions that firmware does not report: those that Xen itself
 * registers (memory of a debug port, say), and those of the rmrr= option.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/kernel.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/pci.h>
#include <xen/pfn.h>

#include <iommu-groups/setup.h>

/* One device's region, in frames. */
struct extra_region {
    unsigned long start;
    unsigned long nr;
    pci_sbdf_t sbdf;
    const char *name;  /* NULL: from rmrr= */
};

/* The limits that the documentation of rmrr= gives, and some for Xen. */
#define MAX_OPTION_PAGES   16
#define MAX_OPTION_REGIONS 10
#define MAX_OPTION_DEVS    20
#define MAX_EXTRA          (20 + MAX_OPTION_REGIONS * MAX_OPTION_DEVS)

static struct extra_region __initdata extra[MAX_EXTRA];
static unsigned int __initdata nr_extra;

static int __init add_extra(unsigned long start, unsigned long nr,
                            pci_sbdf_t sbdf, const char *name)
{
    if ( nr_extra >= MAX_EXTRA )
        return -ENOMEM;

    extra[nr_extra++] = (struct extra_region){ start, nr, sbdf, name };

    return 0;
}

int __init iommu_add_extra_reserved_device_memory(unsigned long start,
                                                  unsigned long nr,
                                                  pci_sbdf_t sbdf,
                                                  const char *name)
{
    return add_extra(start, nr, sbdf, name);
}

/* May devices use the memory, now that the memory map is known? */
static bool __init region_ok(const struct extra_region *region)
{
    unsigned long i;

    if ( region->name )
        return arch_iommu_reserve_ram(region->start, region->nr, region->name);

    for ( i = 0; i < region->nr; i++ )
        if ( !mfn_valid(_mfn(region->start + i)) )
        {
            printk(XENLOG_ERR
                   "IOMMU: rmrr= frame %lx of %pp does not exist: skipped\n",
                   region->start + i, &region->sbdf);
            return false;
        }

    return true;
}

int __init iommu_get_extra_reserved_device_memory(iommu_grdm_t *func,
                                                  void *ctxt)
{
    unsigned int i;

    for ( i = 0; i < nr_extra; i++ )
    {
        int rc;

        if ( !region_ok(&extra[i]) )
            continue;

        rc = func(extra[i].start, extra[i].nr, extra[i].sbdf.sbdf, ctxt);
        if ( rc < 0 )
            return rc;
    }

    return 0;
}

/*
 * start<-end>=[seg]bdf1[,[seg]bdf2...], frames in hexadecimal, @s after it.
 * A device without a segment has that of the region's first device.
 */
static int __init parse_region(const char **s)
{
    unsigned long start, last;
    unsigned int seg, bus, dev, func, first_seg = 0, nr = 0;
    const char *p;

    start = simple_strtoul(*s, &p, 16);
    if ( p == *s )
        return -EINVAL;

    last = start;
    if ( *p == '-' )
    {
        const char *q = p + 1;

        last = simple_strtoul(q, &p, 16);
        if ( p == q )
            return -EINVAL;
    }

    if ( *p != '=' || last < start )
        return -EINVAL;

    if ( last - start >= MAX_OPTION_PAGES )
    {
        printk(XENLOG_ERR "IOMMU: rmrr= region %lx-%lx exceeds %u pages\n",
               start, last, MAX_OPTION_PAGES);
        return -E2BIG;
    }

    do {
        bool def_seg = false;
        int rc;

        if ( nr++ >= MAX_OPTION_DEVS )
            return -E2BIG;

        p = parse_pci_seg(p + 1, &seg, &bus, &dev, &func, &def_seg);
        if ( !p )
            return -EINVAL;

        if ( nr == 1 )
            first_seg = seg;
        else if ( def_seg )
            seg = first_seg;
        else if ( seg != first_seg )
        {
            printk(XENLOG_ERR
                   "IOMMU: rmrr= region %lx-%lx names devices of segments %04x and %04x\n",
                   start, last, first_seg, seg);
            return -EINVAL;
        }

        rc = add_extra(start, last - start + 1, PCI_SBDF(seg, bus, dev, func),
                       NULL);
        if ( rc )
            return rc;
    } while ( *p == ',' );

    *s = p;

    return 0;
}

static int __init cf_check parse_rmrr_param(const char *s)
{
    unsigned int nr = 0;

    for ( ; ; s++ )
    {
        int rc = nr++ < MAX_OPTION_REGIONS ? parse_region(&s) : -E2BIG;

        if ( rc )
            return rc;
        if ( *s != ';' )
            return *s ? -EINVAL : 0;
    }
}
custom_param("rmrr", parse_rmrr_param);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
