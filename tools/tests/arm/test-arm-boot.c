/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot on Arm from end to end, from the device tree to dom0's devices, with
 * each step failing in turn: whatever happens, no device reaches what it must
 * not, and where DMA is not translated Xen says so.
 */
#include "arm/arm-fixture.h"

#include <asm/gic_v3_its.h>

#include <iommu-groups/dt.h>
#include <iommu-groups/smmuv3.h>

/* Nobody's frame. */
#define NOWHERE 0x123456UL

/* All that send, and two that nobody knows. */
static const struct {
    const char *path;
    unsigned int unit, sid;
} streams[] = {
    { ARM_UART, 0, 0x20 }, { ARM_KEPT, 0, 0x50 }, { "00:01.0", 0, 0x1008 },
    { ARM_NIC, 1, 0x40 }, { ARM_DISP, 1, 0x33 }, { "unknown", 1, 0x77 },
    { "unknown", 0, 0x1009 },
};

static bool stream_reaches(unsigned int i, unsigned long frame)
{
    uint64_t maddr;

    return !smmu_model_dma(sm_model[streams[i].unit], streams[i].sid,
                           (uint64_t)frame << PAGE_SHIFT, true, &maddr);
}

/* The display's region is what it may go on with until dom0 has it. */
static void all_blocked(bool but_display)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(streams); i++ )
        if ( stream_reaches(i, NOWHERE) !=
             (but_display && !strcmp(streams[i].path, ARM_DISP)) )
            fail_msg("%s: %s", streams[i].path, host_log_text());
}

static void test_good(void **state)
{
    unsigned int i;

    arm_machine();
    arm_its_add(0x8080000);
    p2m_ipa_bits = 48;
    assert_int_equal(arm_boot(), 0);
    assert_true(iommu_enabled);
    assert_int_equal(p2m_ipa_bits, iommu_units_in_bits());
    p2m_ipa_bits = 40;
    all_blocked(true);
    assert_log("IOMMU groups: 2 units");

    arm_domains();
    all_blocked(false);
    for ( i = 0; i < 4; i++ )
        if ( strcmp(streams[i].path, ARM_KEPT) )
            assert_true(stream_reaches(i, 0x8090));
    assert_false(stream_reaches(1, 0x8090));
    assert_false(stream_reaches(0, 0x8080));
    assert_true(stream_reaches(4, ARM_REGION_FIRST));
    arm_down();
}

/* What Arm does not do is not on, and is said if it was asked for. */
static void test_dom0_options(void **state)
{
    unsigned int on, direct;

    arm_machine();
    assert_int_equal(arm_boot(), 0);
    arm_dom0 = arm_domain_up(0, XEN_DOMCTL_CDF_iommu);
    for ( on = 0; on < 2; on++ )
        for ( direct = 0; direct < 2; direct++ )
        {
            host_log_clear();
            iommu_hwdom_passthrough = on;
            arm_dom0->direct_mapped = direct;
            arch_iommu_check_autotranslated_hwdom(arm_dom0);
            assert_int_equal(iommu_hwdom_passthrough, on && direct);
            assert_int_equal(host_log_contains("passthrough is ignored"),
                             on && !direct);
        }
    iommu_hwdom_passthrough = false;

    iommu_hwdom_inclusive = true;
    iommu_hwdom_reserved = 1;
    iommu_hwdom_init(arm_dom0);
    assert_false(iommu_hwdom_inclusive || iommu_hwdom_reserved);
    assert_log("map-inclusive dom0-iommu option is not supported");
    assert_log("map-reserved dom0-iommu option is not supported");
    arm_down();
}

/* The doorbell cannot be mapped: said, and no more. */
static void test_no_doorbell(void **state)
{
    arm_machine();
    arm_its_add(0x8080000);
    assert_int_equal(arm_boot(), 0);
    arm_dom0 = arm_domain_up(0, XEN_DOMCTL_CDF_iommu);
    arm_p2m_fail(1);
    iommu_hwdom_init(arm_dom0);
    arm_p2m_fail(0);
    assert_log("no MSI for d0");
    assert_false(stream_reaches(2, 0x8090));
    arm_down();
}

/* One of the steps that find PCI devices: those stay blocked, others work. */
static void test_no_pci(void **state)
{
    int *const steps[] = { &arm_stubs.pci_init, &arm_stubs.add_segment,
                           &arm_stubs.scan };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(steps); i++ )
    {
        arm_machine();
        *steps[i] = -EIO;
        assert_int_equal(arm_boot(), 0);
        assert_log("PCI host bridges cannot be used (-5)");
        all_blocked(true);
        arm_domains();
        arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
        assert_true(stream_reaches(0, 0x900));
        assert_false(stream_reaches(2, 0x900));
        arm_down();
    }
}

static void test_passthrough_off(void **state)
{
    arm_machine();
    assert_int_equal(host_param_set("pci-passthrough", "0"), 0);
    assert_int_equal(arm_boot(), 0);
    assert_int_equal(host_param_set("pci-passthrough", "1"), 0);
    assert_int_equal(arm_stubs.segments, 0);
    arm_domains();
    arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
    assert_true(stream_reaches(0, 0x900));
    assert_false(stream_reaches(2, 0x900));
    arm_down();
}

static void no_unit(void)
{
    assert_int_equal(arm_boot(), -ENODEV);
    assert_false(iommu_enabled);
    assert_log("no passthrough on this machine");
    assert_log("I/O virtualisation disabled");
    assert_false(iommu_hwdom_strict);
    assert_int_equal(arm_stubs.segments, 0);
    /* dom0 is built as without an IOMMU. */
    arm_dom0 = arm_domain_up(0, 0);
    assert_int_equal(iommu_add_dt_device(arm_node(ARM_UART)), 1);
    iommu_hwdom_init(arm_dom0);
    iommu_enabled = true;
}

static void test_no_unit(void **state)
{
    static const struct {
        const char *prop, *value;
    } breaks[] = {
        { "status", "disabled" }, { "compatible", "arm,mmu-500" },
        { "compatible", "riscv,iommu" }, { "#iommu-cells", NULL },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(breaks); i++ )
    {
        unsigned int u;

        arm_machine();
        for ( u = 0; u < 2; u++ )
        {
            const char *path = u ? "/soc/smmu@1" : "/soc/smmu@0";

            if ( breaks[i].value )
                dt_string(&arm_tree, path, breaks[i].prop, breaks[i].value);
            else
                dt_drop(&arm_tree, path, breaks[i].prop);
        }
        no_unit();
        arm_down();
    }

    /* No tree at all. */
    arm_machine();
    memset(arm_tree.b, 0, 8);
    device_tree_flattened = arm_tree.b;
    assert_int_equal(arm_boot(), -ENODEV);
    iommu_enabled = true;
    arm_down();
}

/* A unit that does not answer, or whose registers are RAM, is lost alone. */
static void test_lost_unit(void **state)
{
    unsigned int how;

    for ( how = 0; how < 2; how++ )
    {
        arm_machine();
        if ( how )
        {
            host_ram.bank[1].start = sm_desc(0).base + 0x1f000;
            host_ram.bank[1].size = 0x1000;
            host_ram.nr_banks = 2;
        }
        else
            smmu_model_die(sm_model[0], true);
        assert_int_equal(arm_boot(), 0);
        assert_log(how ? "its registers are RAM" : "/soc/smmu@0");
        arm_domains();
        arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
        assert_true(stream_reaches(3, 0x900));
        assert_false(stream_reaches(3, NOWHERE));
        /* Nobody translates for them: they are in no group. */
        assert_null(arm_dev(ARM_UART));
        assert_null(arm_dev(ARM_KEPT));
        if ( !how )
            smmu_model_revive(sm_model[0]);
        arm_down();
    }
}

/* Each allocation of a boot fails in turn. */
static void test_no_memory(void **state)
{
    unsigned int n, without = 0;
    bool reached = true;

    for ( n = 1; reached && n < 400; n++ )
    {
        unsigned int i;
        int rc;

        arm_machine();
        host_fail_nth(n);
        rc = arm_boot();
        reached = host_fail_reached();
        host_fail_nth(0);
        if ( rc )
        {
            /* Untranslated as without an IOMMU, and it says so. */
            assert_log("no passthrough on this machine");
            without++;
            iommu_enabled = true;
            arm_down();
            continue;
        }
        for ( i = 0; i < ARRAY_SIZE(streams); i++ )
        {
            char unit[32];

            /* A unit that is lost is named. */
            snprintf(unit, sizeof(unit), "/soc/smmu@%u", streams[i].unit);
            if ( strcmp(streams[i].path, ARM_DISP) &&
                 stream_reaches(i, NOWHERE) && !host_log_contains(unit) )
                fail_msg("%u: %s is open\n%s", n, streams[i].path,
                         host_log_text());
        }
        arm_down();
    }
    assert_true(without > 0 && !reached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARM_TEST(test_good), ARM_TEST(test_dom0_options),
        ARM_TEST(test_no_doorbell),
        ARM_TEST(test_no_pci), ARM_TEST(test_passthrough_off),
        ARM_TEST(test_no_unit), ARM_TEST(test_lost_unit),
        ARM_TEST(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
