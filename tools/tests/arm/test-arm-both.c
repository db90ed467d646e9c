/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with an SMMUv3 and an MMU-500: each serves its own devices, all
 * walk the domain's p2m, which is no wider and no more cached than both can.
 */
#include "arm/arm-fixture.h"
#include "iort-build.h"
#include "smmuv2-fixture.h"

#include <asm/acpi.h>

static struct smmuv2_model_cfg cfg;

static void both(void)
{
    arm_machine();
    v2_machine_in(&cfg, 1);
    arm_stubs.more_units_down = v2_machine_off;
    dt_bytes(&arm_tree, "/soc/smmu@1", "compatible",
             "arm,mmu-500\0arm,smmu-v2", 24);
    dt_set(&arm_tree, "/soc/smmu@1", "reg", 0, v2_desc(0).base, 0,
           v2_desc(0).size);
    dt_set(&arm_tree, "/soc/smmu@1", "#global-interrupts", 1);
    dt_drop(&arm_tree, "/soc/smmu@1", "interrupt-names");
    if ( !cfg.coherent )
        dt_drop(&arm_tree, "/soc/smmu@1", "dma-coherent");
}

/* Where the NIC's write ends, which has stream 0x40 at the MMU-500. */
static uint64_t nic_frame(uint64_t dfn)
{
    uint64_t ma;

    return smmuv2_model_dma(v2_model[0], 0x40, dfn << PAGE_SHIFT, true, &ma)
           ? ~0ULL : ma >> PAGE_SHIFT;
}

static void test_both(void **state)
{
    struct pt_config shape;
    unsigned int v;

    for ( v = 0; v < 3; v++ )
    {
        cfg = smmuv2_model_default;
        cfg.coherent = cfg.cttw = v != 1;
        if ( v == 2 )
            cfg.ias = cfg.oas = 2;
        both();
        p2m_ipa_bits = 48;
        assert_int_equal(arm_boot(), 0);
        assert_true(iommu_enabled);
        assert_log("IOMMU groups: 2 units");
        assert_int_equal(p2m_ipa_bits, v == 2 ? 40 : 48);
        p2m_ipa_bits = 40;
        assert_int_equal(nic_frame(0x900), ~0ULL);

        arm_domains();
        assert_true(arch_iommu_borrow(arm_dom0, &shape));
        assert_int_equal(shape.coherent, v != 1);
        arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
        assert_int_equal(nic_frame(0x900), 0x900);
        assert_int_equal(nic_frame(0x901), ~0ULL);
        assert_int_equal(arm_frame(arm_dev(ARM_UART), 0x900), 0x900);
        arm_p2m_clear(arm_dom0, 0x900, 1);
        assert_int_equal(nic_frame(0x900), ~0ULL);
        assert_int_equal(arm_frame(arm_dev(ARM_UART), 0x900), ~0ULL);
        assert_string_equal(arm_dev(ARM_NIC)->unit->drv->name, "smmuv2-");
        if ( smmuv2_model_violations(v2_model[0]) )
            fail_msg("%s", smmuv2_model_last_violation(v2_model[0]));
        arm_down();
    }
}

/* One of the two is of no use: the other's devices are as they were. */
static void test_one(void **state)
{
    cfg = smmuv2_model_default;
    cfg.s2 = false;
    both();
    assert_int_equal(arm_boot(), 0);
    assert_log("it has no stage 2");
    assert_log("IOMMU groups: 1 units");
    arm_domains();
    arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
    assert_int_equal(arm_frame(arm_dev(ARM_UART), 0x900), 0x900);
    assert_int_equal(nic_frame(0x1234), 0x1234);
    arm_down();
}

/* The MMU-500 alone, from an IORT: its interrupts are the table's. */
static void test_acpi(void **state)
{
    static struct iort_buf t;
    unsigned int i, nr_ctx;
    uint32_t smmu;
    uint64_t ma;

    cfg = smmuv2_model_default;
    cfg.nr_banks = 16;
    both();
    acpi_disabled = false;
    nr_ctx = v2_desc(0).nr_irqs - 1;
    iort_begin(&t);
    smmu = iort_smmuv2_open(&t, v2_desc(0).base, v2_desc(0).size, 3, 2, nr_ctx);
    iort_poke(&t, smmu + 60, 33, 4);
    iort_poke(&t, smmu + 68, 34, 4);
    for ( i = 0; i < nr_ctx; i++ )
        iort_poke(&t, smmu + 76 + 8 * i, 35 + i, 4);
    iort_close(&t);
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, 0, 0x77, smmu, 0);
    iort_close(&t);
    host_acpi_set(t.b);

    assert_int_equal(iommu_setup(), 0);
    assert_log("IOMMU groups: 1 units");
    assert_int_equal(arm_stubs.spis, 2 + nr_ctx);
    arm_dom0 = arm_domain_up(0, XEN_DOMCTL_CDF_iommu);
    assert_int_not_equal(smmuv2_model_dma(v2_model[0], 0x77, 0x900000, true,
                                          &ma), 0);
    iommu_hwdom_init(arm_dom0);
    system_state = SYS_STATE_active;
    arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
    assert_int_equal(smmuv2_model_dma(v2_model[0], 0x77, 0x900000, true, &ma),
                     0);
    assert_int_not_equal(smmuv2_model_dma(v2_model[0], 0x77, 0x901000, true,
                                          &ma), 0);
    arm_down();
    host_acpi_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARM_TEST(test_both), ARM_TEST(test_one), ARM_TEST(test_acpi),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
