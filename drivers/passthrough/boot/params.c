/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command line options, with the meaning that Xen documents for them in
 * docs/misc/xen-command-line.pandoc, and the variables they set.
 */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/kernel.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/string.h>

#include <iommu-groups/policy.h>
#include <iommu-groups/riscv.h>
#include <iommu-groups/setup.h>

bool __initdata iommu_enable = true;
bool __read_mostly iommu_enabled;
bool __read_mostly force_iommu;
bool __read_mostly iommu_verbose;
bool __read_mostly iommu_debug;
bool __read_mostly iommu_crash_disable;

#ifdef CONFIG_HAS_PCI
uint8_t __read_mostly iommu_quarantine =
    IS_ENABLED(CONFIG_IOMMU_QUARANTINE_SCRATCH_PAGE) ? IOMMU_QUARANTINE_SCRATCH
    : IS_ENABLED(CONFIG_IOMMU_QUARANTINE_BASIC) ? IOMMU_QUARANTINE_BASIC
    : IOMMU_QUARANTINE_NONE;
#endif

bool __hwdom_initdata iommu_hwdom_none;
bool __hwdom_initdata iommu_hwdom_strict;
bool __read_mostly iommu_hwdom_passthrough;
bool __hwdom_initdata iommu_hwdom_inclusive;
/* -1: not said; the architecture decides. */
int8_t __hwdom_initdata iommu_hwdom_reserved = -1;

/* The CPU's tables are not shared, whatever is asked for. */
#ifndef iommu_hap_pt_share
bool __read_mostly iommu_hap_pt_share;
#endif
#ifndef iommu_intpost
bool __read_mostly iommu_intpost;
#endif

/* Milliseconds a device may take to answer an ATS invalidation. */
unsigned int __read_mostly iommu_dev_iotlb_timeout = 1000;
integer_param("iommu_dev_iotlb_timeout", iommu_dev_iotlb_timeout);

#ifdef CONFIG_INTEL_IOMMU
/* The older name of dom0-iommu=map-inclusive. */
boolean_param("iommu_inclusive_mapping", iommu_hwdom_inclusive);
#endif

/* A boolean option that stands for one variable. */
struct switch_option {
    const char *name;
    bool *value;
};

static const struct switch_option __initconstrel iommu_switches[] = {
    { "force", &force_iommu },
    { "required", &force_iommu },
    { "verbose", &iommu_verbose },
#ifdef CONFIG_INTEL_IOMMU
    { "igfx", &iommu_igfx },
    { "qinval", &iommu_qinval },
#endif
#ifndef iommu_snoop
    { "snoop", &iommu_snoop },
#endif
#ifdef CONFIG_X86
    { "superpages", &iommu_superpages },
#endif
#ifdef CONFIG_KEXEC
    { "crash-disable", &iommu_crash_disable },
#endif
    { "dom0-passthrough", &iommu_hwdom_passthrough },
    { "dom0-strict", &iommu_hwdom_strict },
};

static const struct switch_option __initconstrel dom0_switches[] = {
    { "passthrough", &iommu_hwdom_passthrough },
    { "strict", &iommu_hwdom_strict },
    { "map-inclusive", &iommu_hwdom_inclusive },
};

/* Is [s, ss) one of @table?  Sets the variable. */
static bool __init take_switch(const struct switch_option *table,
                               unsigned int nr, const char *s, const char *ss)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
    {
        int val = parse_boolean(table[i].name, s, ss);

        if ( val < 0 )
            continue;

        *table[i].value = val;
        return true;
    }

    return false;
}

static int __init cf_check parse_iommu_word(const char *s, const char *ss)
{
    int val = parse_bool(s, ss);

    if ( val >= 0 )
        iommu_enable = val;
    else if ( take_switch(iommu_switches, ARRAY_SIZE(iommu_switches), s, ss) )
        return 0;
#ifdef CONFIG_HAS_PCI
    else if ( (val = parse_boolean("quarantine", s, ss)) >= 0 )
        iommu_quarantine = val ? IOMMU_QUARANTINE_BASIC : IOMMU_QUARANTINE_NONE;
    else if ( !cmdline_strcmp(s, "quarantine=scratch-page") )
        iommu_quarantine = IOMMU_QUARANTINE_SCRATCH;
    else if ( !strncmp(s, "groups=", 7) )
        return iommu_policy_set(s + 7, ss - s - 7);
    else if ( !strncmp(s, "warn:", 5) || !strncmp(s, "strict:", 7) )
        return iommu_policy_except(s);
#endif
#ifndef iommu_intremap
    else if ( (val = parse_boolean("intremap", s, ss)) >= 0 )
        iommu_intremap = val ? iommu_intremap_full : iommu_intremap_off;
#endif
#ifndef iommu_intpost
    else if ( (val = parse_boolean("intpost", s, ss)) >= 0 )
        iommu_intpost = val;
#endif
#ifndef iommu_hap_pt_share
    else if ( (val = parse_boolean("sharept", s, ss)) >= 0 )
    {
        if ( val )
            printk(XENLOG_INFO "IOMMU: page tables are not shared\n");
    }
#endif
#ifdef CONFIG_RISCV
    else if ( (val = riscv_iommu_option(s, ss)) != -ENOENT )
        return val;
#endif
    else if ( (val = parse_boolean("debug", s, ss)) >= 0 )
    {
        iommu_debug = val;
        if ( val )
            iommu_verbose = true;
    }
    else if ( (val = parse_boolean("amd-iommu-perdev-intremap", s, ss)) >= 0 )
    {
        if ( !val )
            printk(XENLOG_WARNING
                   "IOMMU: amd-iommu-perdev-intremap stays on: each requester has a table\n");
    }
    else
        return -EINVAL;

    return 0;
}

static int __init cf_check parse_dom0_word(const char *s, const char *ss)
{
    int val;

    if ( take_switch(dom0_switches, ARRAY_SIZE(dom0_switches), s, ss) )
        return 0;

    if ( (val = parse_boolean("map-reserved", s, ss)) >= 0 )
        iommu_hwdom_reserved = val;
    else if ( !cmdline_strcmp(s, "none") )
        iommu_hwdom_none = true;
    else
        return -EINVAL;

    return 0;
}

/* All words of a list are taken; one that is not known makes it -EINVAL. */
static int __init parse_words(const char *s,
                              int (*word)(const char *s, const char *ss))
{
    int rc = 0;

    for ( ; ; )
    {
        const char *ss = strchr(s, ',') ?: strchr(s, '\0');

        rc = word(s, ss) ?: rc;
        if ( !*ss )
            return rc;
        s = ss + 1;
    }
}

static int __init cf_check parse_iommu_param(const char *s)
{
    return parse_words(s, parse_iommu_word);
}
custom_param("iommu", parse_iommu_param);

static int __init cf_check parse_dom0_iommu_param(const char *s)
{
    return parse_words(s, parse_dom0_word);
}
custom_param("dom0-iommu", parse_dom0_iommu_param);

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
