/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command line options. Every row is written from Xen's documentation of
 * iommu= and dom0-iommu=, not from the parser.
 */
#include "test.h"

#include <xen/iommu.h>

#include <iommu-groups/setup.h>

/* What the options set, as a string that can be compared and read. */
static const char *state(void)
{
    static char buf[256];

    snprintf(buf, sizeof(buf),
             "%s%s%s%s%s%s%s%s%s%s q%u ir%u r%d%s%s%s%s",
             iommu_enable ? "on" : "off",
             force_iommu ? " force" : "",
             iommu_verbose ? " verbose" : "",
             iommu_debug ? " debug" : "",
             iommu_snoop ? "" : " no-snoop",
             iommu_qinval ? "" : " no-qinval",
             iommu_igfx ? "" : " no-igfx",
             iommu_superpages ? "" : " no-superpages",
             iommu_crash_disable ? " crash" : "",
             iommu_hap_pt_share ? " share" : "",
             iommu_quarantine, iommu_intremap, iommu_hwdom_reserved,
             iommu_hwdom_passthrough ? " pt" : "",
             iommu_hwdom_strict ? " strict" : "",
             iommu_hwdom_inclusive ? " incl" : "",
             iommu_hwdom_none ? " none" : "");

    return buf;
}

static int defaults(void **unused)
{
    iommu_enable = iommu_snoop = iommu_qinval = iommu_igfx = true;
    iommu_superpages = true;
    force_iommu = iommu_verbose = iommu_debug = iommu_crash_disable = false;
    iommu_hap_pt_share = iommu_intpost = false;
    iommu_hwdom_passthrough = iommu_hwdom_strict = false;
    iommu_hwdom_inclusive = iommu_hwdom_none = false;
    iommu_hwdom_reserved = -1;
    iommu_quarantine = IOMMU_QUARANTINE_BASIC;
    iommu_intremap = iommu_intremap_full;

    return 0;
}

struct row {
    const char *option, *value;
    int rc;
    const char *state;
};

static const struct row rows[] = {
    { "iommu", "", -EINVAL, "on q1 ir2 r-1" },
    { "iommu", "1", 0, "on q1 ir2 r-1" },
    { "iommu", "no", 0, "off q1 ir2 r-1" },
    { "iommu", "off,on", 0, "on q1 ir2 r-1" },
    { "iommu", "force", 0, "on force q1 ir2 r-1" },
    { "iommu", "required", 0, "on force q1 ir2 r-1" },
    { "iommu", "force,no-required", 0, "on q1 ir2 r-1" },
    { "iommu", "verbose", 0, "on verbose q1 ir2 r-1" },
    { "iommu", "debug", 0, "on verbose debug q1 ir2 r-1" },
    { "iommu", "verbose,no-debug", 0, "on verbose q1 ir2 r-1" },
    { "iommu", "quarantine=0", 0, "on q0 ir2 r-1" },
    { "iommu", "no-quarantine", 0, "on q0 ir2 r-1" },
    { "iommu", "quarantine=scratch-page", 0, "on q2 ir2 r-1" },
    { "iommu", "quarantine=scratch-page,verbose", 0, "on verbose q2 ir2 r-1" },
    { "iommu", "quarantine=scratch-page,quarantine", 0, "on q1 ir2 r-1" },
    { "iommu", "quarantine=scratch", -EINVAL, "on q1 ir2 r-1" },
    { "iommu", "quarantine=scratch-pages", -EINVAL, "on q1 ir2 r-1" },
    { "iommu", "no-intremap", 0, "on q1 ir0 r-1" },
    { "iommu", "intremap=off,intremap", 0, "on q1 ir2 r-1" },
    { "iommu", "snoop=no", 0, "on no-snoop q1 ir2 r-1" },
    { "iommu", "qinval=0,igfx=0", 0, "on no-qinval no-igfx q1 ir2 r-1" },
    { "iommu", "superpages=false", 0, "on no-superpages q1 ir2 r-1" },
    { "iommu", "crash-disable", 0, "on crash q1 ir2 r-1" },
    { "iommu", "dom0-passthrough", 0, "on q1 ir2 r-1 pt" },
    { "iommu", "dom0-strict=yes", 0, "on q1 ir2 r-1 strict" },
    /* Not used, and never an error. */
    { "iommu", "sharept", 0, "on q1 ir2 r-1" },
    { "iommu", "no-sharept,no-intpost", 0, "on q1 ir2 r-1" },
    { "iommu", "amd-iommu-perdev-intremap=0", 0, "on q1 ir2 r-1" },
    /* What is known is taken, what is not makes it an error. */
    { "iommu", "bogus,verbose", -EINVAL, "on verbose q1 ir2 r-1" },
    { "iommu", "verbose,bogus", -EINVAL, "on verbose q1 ir2 r-1" },
    { "iommu", "verbose=maybe", -EINVAL, "on q1 ir2 r-1" },
    { "iommu", "verbos", -EINVAL, "on q1 ir2 r-1" },
    { "dom0-iommu", "passthrough", 0, "on q1 ir2 r-1 pt" },
    { "dom0-iommu", "passthrough=0", 0, "on q1 ir2 r-1" },
    { "dom0-iommu", "strict,map-inclusive", 0, "on q1 ir2 r-1 strict incl" },
    { "dom0-iommu", "map-reserved", 0, "on q1 ir2 r1" },
    { "dom0-iommu", "no-map-reserved", 0, "on q1 ir2 r0" },
    { "dom0-iommu", "none", 0, "on q1 ir2 r-1 none" },
    { "dom0-iommu", "none,strict", 0, "on q1 ir2 r-1 strict none" },
    { "iommu_inclusive_mapping", "", 0, "on q1 ir2 r-1 incl" },
    { "iommu_inclusive_mapping", "no", 0, "on q1 ir2 r-1" },
    { "dom0-iommu", "verbose", -EINVAL, "on q1 ir2 r-1" },
    { "dom0-iommu", "foo,strict", -EINVAL, "on q1 ir2 r-1 strict" },
};

static void test_rows(void **unused)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        const struct row *r = &rows[i];
        int rc;

        defaults(NULL);
        rc = host_param_set(r->option, r->value);
        if ( rc != r->rc || strcmp(state(), r->state) )
            fail_msg("%s=%s: %d, %s; expected %d, %s", r->option, r->value, rc,
                     state(), r->rc, r->state);
    }

    defaults(NULL);
}

static void test_timeout(void **unused)
{
    assert_int_equal(iommu_dev_iotlb_timeout, 1000);
    assert_int_equal(host_param_set("iommu_dev_iotlb_timeout", "25"), 0);
    assert_int_equal(iommu_dev_iotlb_timeout, 25);
    iommu_dev_iotlb_timeout = 1000;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, defaults, defaults),
        cmocka_unit_test(test_timeout),
    };

    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
