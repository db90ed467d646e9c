/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen's x86 code calls: IO-APIC pins and x2APIC, on machines of one
 * and two units.
 */

#include "intremap-x86.h"

/* The IO-APIC raises @pin: its entry makes the request (§5.1.2.2). */
static unsigned int raise_pin(struct vtd_model *m, unsigned int pin,
                              struct vtd_model_irq *irq)
{
    uint64_t rte = host_rte[0][pin];
    uint32_t addr = 0xfee00000, data = 0;

    assert_false(rte & (1U << 16));
    if ( rte & (1ULL << 48) )
        addr |= ((rte >> 49) << 5) | 0x10 | ((rte >> 11 & 1) << 2);
    else
    {
        addr |= ((rte >> 56) << 12) | ((rte >> 11 & 1) << 2);
        data = rte & 0x87ff;
    }

    return vtd_model_msi(m, SID_IOAPIC, addr, data, irq);
}

static uint64_t rte_for(uint8_t vector, uint32_t dest)
{
    struct IO_APIC_route_entry e = { .vector = vector, .trigger = 1 };

    if ( x2apic_enabled )
        e.dest.dest32 = dest;
    else
        e.dest.logical.logical_dest = dest;

    return e.raw;
}

static void write_pin(unsigned int pin, uint64_t rte)
{
    struct IO_APIC_route_entry e = { .raw = rte };

    __ioapic_write_entry(0, pin, false, e);
}

/* Which combinations of unit and CPU give what. */
static void test_modes(void **state)
{
    unsigned int eim, x2apic, nr;

    for ( nr = 1; nr <= 2; nr++ )
        for ( eim = 0; eim < 2; eim++ )
            for ( x2apic = 0; x2apic < 2; x2apic++ )
            {
                struct machine mc = standard(nr, eim);
                struct vtd_model_irq irq;
                uint32_t dest = eim && x2apic ? 0x12345 : 0xfe;

                boot(&mc, x2apic);
                assert_int_equal(iommu_supports_x2apic(), eim);
                host_rte[0][2] = rte_for(0x30, 1);

                assert_int_equal(iommu_ir_setup(), 0);
                assert_int_equal(iommu_intremap,
                                 eim && x2apic ? iommu_intremap_full
                                               : iommu_intremap_restricted);
                assert_false(host_pic_masked);

                /* What firmware had set up goes on, remapped. */
                assert_true(host_rte[0][2] & (1ULL << 48));
                assert_int_equal(raise_pin(model[nr - 1], 2, &irq), 0);
                assert_true(irq.remapped);
                assert_int_equal(irq.vector, 0x30);

                write_pin(4, rte_for(0x44, dest));
                assert_int_equal(raise_pin(model[nr - 1], 4, &irq), 0);
                assert_int_equal(irq.vector, 0x44);
                assert_int_equal(irq.dest, dest);
                assert_true(irq.level);
                assert_int_equal(iommu_read_apic_from_ire(0, 0x18),
                                 (uint32_t)rte_for(0x44, dest));
                assert_int_equal(iommu_read_apic_from_ire(0, 0x19),
                                 rte_for(0x44, dest) >> 32);
                /* End-of-interrupt goes by the vector in the pin's entry. */
                assert_int_equal(host_rte[0][4] & 0xff, 0x44);
                shut_down();
            }
}

static void test_pin_out_of_reach(void **state)
{
    struct machine mc = standard(1, false);
    uint64_t rte;

    boot(&mc, true);
    assert_int_equal(iommu_ir_setup(), 0);
    write_pin(3, rte_for(0x33, 5));
    host_log_clear();

    rte = rte_for(0x34, 300);
    write_pin(3, rte);
    assert_true(host_rte[0][3] & (1U << 16));
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_true(host_log_contains("0x12c"));
    /* Reads back as written, but masked. */
    assert_int_equal(iommu_read_apic_from_ire(0, 0x16), (uint32_t)rte | 1 << 16);
    assert_int_equal(iommu_read_apic_from_ire(0, 0x17), 300);

    /* A masked one is nobody's concern. */
    write_pin(5, rte | 1 << 16);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    shut_down();
}

static void test_forged_pin(void **state)
{
    struct machine mc = standard(1, true);
    struct vtd_model_irq irq;
    uint64_t rte;

    boot(&mc, false);
    assert_int_equal(iommu_ir_setup(), 0);
    write_pin(3, rte_for(0x33, 5));
    rte = host_rte[0][3];
    assert_int_equal(vtd_model_msi(model[0], 0x0028,
                                   0xfee00010 | ((rte >> 49) << 5), 0, &irq),
                     FAULT_SOURCE);
    assert_int_equal(raise_pin(model[0], 3, &irq), 0);
    shut_down();
}

static void test_x2apic(void **state)
{
    struct machine mc = standard(2, true);
    struct vtd_model_irq irq;

    boot(&mc, false);
    assert_true(iommu_supports_x2apic());
    assert_int_equal(iommu_enable_x2apic(), 0);
    x2apic_enabled = true;
    assert_int_equal(iommu_intremap, iommu_intremap_full);
    write_pin(3, rte_for(0x33, 0x10005));
    assert_int_equal(raise_pin(model[1], 3, &irq), 0);
    assert_int_equal(irq.dest, 0x10005);
    /* The later call finds it done. */
    assert_int_equal(iommu_ir_setup(), 0);
    assert_int_equal(raise_pin(model[1], 3, &irq), 0);

    /* Suspend and resume. */
    system_state = SYS_STATE_suspend;
    iommu_disable_x2apic();
    vtd_qi_disable(machine_unit(0));
    vtd_qi_disable(machine_unit(1));
    vtd_model_reset(model[0]);
    vtd_model_reset(model[1]);
    system_state = SYS_STATE_resume;
    assert_int_equal(iommu_enable_x2apic(), 0);
    assert_int_equal(raise_pin(model[1], 3, &irq), 0);
    assert_int_equal(irq.vector, 0x33);
    assert_int_equal(irq.dest, 0x10005);
    shut_down();

    mc.flags |= DMAR_X2APIC_OPT_OUT;
    boot(&mc, false);
    assert_int_equal(iommu_enable_x2apic(), -ENXIO);
    assert_int_equal(iommu_ir_setup(), 0);
    assert_int_equal(iommu_intremap, iommu_intremap_restricted);
    shut_down();
}

static void test_not_possible(void **state)
{
    struct machine mc = standard(1, true);
    unsigned int i;

    for ( i = 0; i < 4; i++ )
    {
        mc = standard(1, true);
        mc.flags = i == 0 ? 0 : DMAR_INTR_REMAP;
        mc.cfg.ir = i != 1;
        mc.no_ioapic_scope = i == 2;
        boot(&mc, false);
        iommu_qinval = i != 3;

        host_log_clear();
        assert_false(iommu_supports_x2apic());
        assert_int_equal(iommu_enable_x2apic(), -EOPNOTSUPP);
        assert_int_equal(iommu_ir_setup(), -EOPNOTSUPP);
        assert_int_equal(iommu_intremap, iommu_intremap_off);
        assert_log(i == 2 ? "not remapped: firmware names no unit for IO-APIC 2"
                          : "not remapped: not all units");
        /* No more than this one line, and none before it. */
        assert_int_equal(host_log_lines(XENLOG_WARNING), 1);

        /* Pins are written as they are. */
        write_pin(3, rte_for(0x33, 5));
        assert_int_equal(host_rte[0][3], rte_for(0x33, 5));
        shut_down();
    }

    /* iommu=no-intremap */
    mc = standard(1, true);
    boot(&mc, false);
    iommu_intremap = iommu_intremap_off;
    assert_false(iommu_supports_x2apic());
    assert_int_equal(iommu_ir_setup(), 0);
    assert_int_equal(iommu_intremap, iommu_intremap_off);
    shut_down();
}

/* Whatever allocation or command fails at boot: all remapped, or nothing. */
static void test_boot_fails(void **state)
{
    unsigned int n, by;

    for ( by = 0; by < 3; by++ )
        for ( n = 1; n < 60; n++ )
        {
            struct machine mc = standard(2, true);
            struct vtd_model_irq irq;
            bool reached;
            int rc;

            boot(&mc, false);
            host_rte[0][2] = rte_for(0x30, 1);
            if ( by )
                vtd_model_fail_nth(model[by - 1], n, VTD_MODEL_DIE);
            else
                host_fail_nth(n);
            rc = iommu_ir_setup();
            reached = by ? vtd_model_failed(model[by - 1])
                         : host_fail_reached();
            host_fail_nth(0);
            if ( by )
            {
                vtd_model_fail_nth(model[by - 1], 0, VTD_MODEL_DIE);
                vtd_model_revive(model[by - 1]);
            }

            assert_int_equal(!rc, iommu_intremap != iommu_intremap_off);
            assert_false(host_pic_masked);
            assert_int_equal(!!(host_rte[0][2] & (1ULL << 48)), !rc);
            if ( rc )
                /* The unit that works does not remap either. */
                assert_int_equal(raise_pin(model[by == 1], 2, &irq), 0);
            shut_down();
            if ( !reached )
                break;
            assert_true(n < 59);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_pin_out_of_reach),
        cmocka_unit_test(test_forged_pin),
        cmocka_unit_test(test_x2apic),
        cmocka_unit_test(test_not_possible),
        cmocka_unit_test(test_boot_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
