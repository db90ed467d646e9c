/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options that overrule the IVRS or add to it, as stock Xen documents them:
 * ivrs_ioapic[], ivrs_hpet[] and ivmd.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/pci.h>

#include <iommu-groups/unity.h>

#include "setup.h"

#define MAX_OVERRIDES 64

static struct {
    uint8_t variety, handle;
    uint16_t segment, source;
} overrides[MAX_OVERRIDES] __initdata;
static unsigned int __initdata nr_overrides;

int __init amd_options_apply(struct amd_ivrs *ivrs)
{
    unsigned int i;

    for ( i = 0; i < nr_overrides; i++ )
    {
        pci_sbdf_t source = { .seg = overrides[i].segment,
                              .bdf = overrides[i].source };
        int rc = amd_ivrs_override(ivrs, overrides[i].variety,
                                   overrides[i].handle, source.seg, source.bdf);

        if ( rc == -ENOMEM )
            return rc;
        if ( rc )
            printk(XENLOG_WARNING
                   "AMD-Vi: ivrs_%s[%#x]=%pp left out: no unit translates that\n",
                   overrides[i].variety == IVHD_SPECIAL_IOAPIC ? "ioapic"
                                                               : "hpet",
                   overrides[i].handle, &source);
    }

    return 0;
}

/* "[number]=[seg:]bus:dev.fn"; the last one of a device counts. */
static int __init parse_override(const char *s, uint8_t variety)
{
    unsigned int seg, bus, dev, fn;
    unsigned long handle;
    const char *start;

    if ( *s != '[' )
        return -EINVAL;

    start = s + 1;
    handle = simple_strtoul(start, &s, 0);
    if ( s == start || handle > UINT8_MAX || *s++ != ']' || *s++ != '=' )
        return -EINVAL;

    s = parse_pci(s, &seg, &bus, &dev, &fn);
    if ( !s || *s )
        return -EINVAL;

    if ( nr_overrides == ARRAY_SIZE(overrides) )
        return -E2BIG;

    overrides[nr_overrides].variety = variety;
    overrides[nr_overrides].handle = handle;
    overrides[nr_overrides].segment = seg;
    overrides[nr_overrides].source = PCI_BDF(bus, dev, fn);
    nr_overrides++;

    return 0;
}

static int __init cf_check parse_ioapic(const char *s)
{
    return parse_override(s, IVHD_SPECIAL_IOAPIC);
}
custom_param("ivrs_ioapic[", parse_ioapic);

static int __init cf_check parse_hpet(const char *s)
{
    return parse_override(s, IVHD_SPECIAL_HPET);
}
custom_param("ivrs_hpet[", parse_hpet);

/* bdf[-bdf]{,bdf[-bdf]}; NULL: malformed, or on another segment than 0. */
static const char *__init parse_devs(const char *s, struct unity_extra *e)
{
    do {
        unsigned int seg, bus, dev, fn;

        if ( e->nr_devs == UNITY_MAX_DEVS )
            return NULL;

        s = parse_pci(s + 1, &seg, &bus, &dev, &fn);
        if ( !s || seg )
            return NULL;

        e->dev[e->nr_devs].first = PCI_BDF(bus, dev, fn);
        if ( *s == '-' )
        {
            s = parse_pci(s + 1, &seg, &bus, &dev, &fn);
            if ( !s || seg || PCI_BDF(bus, dev, fn) < e->dev[e->nr_devs].first )
                return NULL;
        }
        e->dev[e->nr_devs++].last = PCI_BDF(bus, dev, fn);
    } while ( *s == ',' );

    return s;
}

/* ivmd=start[-end][=devs]{;start[-end][=devs]}, frame numbers in hexadecimal */
static int __init cf_check parse_ivmd(const char *s)
{
    do {
        struct unity_extra e = {
            .prefix = AMD_IVMD_OPTION, .reserved = true,
            .region.prot = IOMMU_REGION_RW,
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
            if ( s == start || e.region.last < e.region.first )
                return -EINVAL;
        }

        /* Without devices: all of segment 0, the only one that counts here. */
        if ( *s == '=' )
            s = parse_devs(s, &e);
        else
            e.dev[e.nr_devs++].last = UINT16_MAX;
        if ( !s )
            return -EINVAL;

        rc = iommu_unity_option(&e);
        if ( rc )
            return rc;
    } while ( *s++ == ';' );

    return s[-1] ? -EINVAL : 0;
}
custom_param("ivmd", parse_ivmd);
