/* SPDX-License-Identifier: GPL-2.0-only */
/* iommu=groups=strict|warn: what is refused, and what is warned of. */
#include "group-fixture.h"

#include <public/domctl.h>
#include <xsm/xsm.h>

#include <iommu-groups/policy.h>

static int booted(void **state)
{
    int rc = machine_up(state);

    if ( rc )
        return rc;

    iommu_hwdom_init(machine.hwdom);
    host_current_set(machine.hwdom);
    host_log_clear();
    iommu_groups_warn = false;

    return 0;
}

static int down(void **state)
{
    iommu_groups_warn = false;

    return machine_down(state);
}

static int domctl(unsigned int cmd, struct domain *d, pci_sbdf_t sbdf)
{
    struct xen_domctl op = {
        .cmd = cmd,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI,
                             .u.pci.machine_sbdf = sbdf.sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };

    return iommu_do_domctl(&op, d, handle);
}

static int assign(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_assign_device, d, sbdf);
}

static int test_says(struct domain *d, pci_sbdf_t sbdf)
{
    return domctl(XEN_DOMCTL_test_assign_device, d, sbdf);
}

static void test_words(void **state)
{
    assert_string_equal(iommu_policy_name(), "strict");
    assert_int_equal(iommu_policy_set("warn,verbose", 4), 0);
    assert_string_equal(iommu_policy_name(), "warn");
    assert_int_equal(iommu_policy_set("strict,verbose", 14), -EINVAL);
    assert_int_equal(iommu_policy_set("strictly", 8), -EINVAL);
    assert_int_equal(iommu_policy_set("strict", 5), -EINVAL);
    assert_int_equal(iommu_policy_set("", 0), -EINVAL);
    assert_true(iommu_groups_warn);
    assert_int_equal(iommu_policy_set("strict", 6), 0);
    assert_false(iommu_groups_warn);
}

static void test_strict(void **state)
{
    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(test_says(machine.guest, F0), -EBUSY);
    assert_int_equal(assign(machine.guest, F0), -EBUSY);
    assert_ptr_equal(group_of(F0), group_of(F1));
}

static void test_warn(void **state)
{
    struct iommu_group *group = group_of(F1);

    iommu_groups_warn = true;
    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(test_says(machine.guest, F0), 0);
    /* Asking does not take anything apart. */
    assert_ptr_equal(group_of(F0), group);

    assert_int_equal(assign(machine.guest, F0), 0);
    assert_log("reach each other's memory past the IOMMU");
    assert_ptr_not_equal(group_of(F0), group);
    assert_true(group_of(F0)->parted);
    assert_ptr_equal(reaches(F0), machine.guest);
    assert_ptr_equal(reaches(F1), machine.hwdom);

    /* Two guests. */
    assert_int_equal(assign(dom_io, F1), 0);
    assert_int_equal(assign(machine.guest2, F1), 0);
    assert_ptr_equal(reaches(F0), machine.guest);
    assert_ptr_equal(reaches(F1), machine.guest2);

    /* What is apart stays so, and a newcomer joins the rest. */
    unplug(F2);
    plug(F2);
    assert_ptr_not_equal(group_of(F2), group_of(F0));
}

static void test_no_need(void **state)
{
    struct iommu_group *group = group_of(F0);

    iommu_groups_warn = true;
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(assign(dom_io, F1), 0);
    assert_int_equal(assign(dom_io, F2), 0);
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_int_equal(assign(machine.guest, F1), 0);
    assert_ptr_equal(group_of(F0), group);
    assert_ptr_equal(group_of(F1), group);
    assert_no_log("past the IOMMU");
}

/* One requester ID for both: no policy can give them to two. */
static void test_same_id(void **state)
{
    iommu_groups_warn = true;
    assert_int_equal(assign(dom_io, BEHIND0), 0);
    assert_int_equal(assign(dom_io, BEHIND1), 0);
    assert_int_equal(assign(machine.guest, BEHIND0), 0);
    assert_int_equal(test_says(machine.guest2, BEHIND1), -EBUSY);
    assert_int_equal(assign(machine.guest2, BEHIND1), -EBUSY);
    assert_log("shares its requester ID");
    assert_ptr_equal(group_of(BEHIND0), group_of(BEHIND1));
    assert_ptr_equal(reaches(BEHIND0), machine.guest);
}

/* Without quarantine first there would be a wait under pcidevs_lock. */
static void test_not_quarantined(void **state)
{
    iommu_groups_warn = true;
    assert_int_equal(assign(machine.guest, F0), -EBUSY);
    assert_log("it is not quarantined");
    assert_ptr_equal(reaches(F0), machine.hwdom);
}

static void test_no_memory(void **state)
{
    struct iommu_group *group = group_of(F0);

    iommu_groups_warn = true;
    assert_int_equal(assign(dom_io, F0), 0);
    host_fail_nth(1);
    assert_int_equal(assign(machine.guest, F0), -ENOMEM);
    host_fail_nth(0);
    assert_ptr_equal(group_of(F0), group);
    assert_null(reaches(F0));
}

/* One group's own, beside the machine's. */
static void test_one_group(void **state)
{
    struct iommu_group *group = group_of(F0);

    assert_string_equal(iommu_group_policy_name(group), "machine");
    assert_int_equal(iommu_group_policy_set(group, "maybe"), -EINVAL);
    assert_int_equal(iommu_group_policy_set(group, "warn"), 0);
    assert_log("policy warn: a device that is taken out of it");
    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_ptr_equal(reaches(F0), machine.guest);
    assert_ptr_equal(reaches(F1), machine.hwdom);
    assert_string_equal(iommu_group_policy_name(group_of(F0)), "warn");
    assert_string_equal(iommu_group_policy_name(group_of(BEHIND0)),
                        "machine");
}

static void test_one_strict(void **state)
{
    struct iommu_group *group = group_of(F0);

    iommu_groups_warn = true;
    assert_int_equal(iommu_group_policy_set(group, "strict"), 0);
    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(test_says(machine.guest, F0), -EBUSY);
    assert_int_equal(assign(machine.guest, F0), -EBUSY);
    assert_int_equal(iommu_group_policy_set(group, "machine"), 0);
    assert_int_equal(assign(machine.guest, F0), 0);
}

static void replug(void)
{
    static const pci_sbdf_t all[] = { F0, F1, F2, SINGLE };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(all); i++ )
        unplug(all[i]);
    for ( i = 0; i < ARRAY_SIZE(all); i++ )
        plug(all[i]);
}

/* By the function, whatever number its group gets.  Last: they stay. */
static void test_command_line(void **state)
{
    static const char *const bad[] = {
        "warn:", "warn:1", "loud:0000:00:01.0", "warn:0000:00:01.0x", "warn",
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
        assert_int_equal(iommu_policy_except(bad[i]), -EINVAL);
    assert_int_equal(iommu_policy_except("warn:0000:00:01.1,verbose"), 0);
    replug();
    assert_string_equal(iommu_group_policy_name(group_of(F0)), "warn");
    assert_string_equal(iommu_group_policy_name(group_of(SINGLE)), "machine");

    /* The last word counts. */
    assert_int_equal(iommu_policy_except("strict:00:01.2"), 0);
    replug();
    assert_string_equal(iommu_group_policy_name(group_of(F0)), "strict");

    for ( i = 2; i < 16; i++ )
        assert_int_equal(iommu_policy_except("strict:0000:7f:00.0"), 0);
    assert_int_equal(iommu_policy_except("strict:0000:7f:00.0"), -ENOSPC);
}

#define T(f) cmocka_unit_test_setup_teardown(f, booted, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_words), T(test_strict), T(test_warn), T(test_no_need),
        T(test_same_id), T(test_not_quarantined), T(test_no_memory),
        T(test_one_group), T(test_one_strict), T(test_command_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
