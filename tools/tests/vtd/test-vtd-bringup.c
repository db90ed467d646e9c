/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bring-up that fails after x2APIC set-up had units remap interrupts: whatever
 * step it is, pins deliver in the format that Xen writes from then on, and
 * nothing that hardware still uses was freed.
 */
#include <iommu-groups/setup.h>

#include "intremap-x86.h"

#define PIN 2
#define VECTOR 0x44

/* The timer's pin, as x2APIC set-up found it. */
static uint64_t plain_rte(void)
{
    const struct IO_APIC_route_entry e = {
        .vector = VECTOR, .dest.logical.logical_dest = 3,
    };

    return e.raw;
}

static void start(struct machine *mc, bool x2apic)
{
    boot(mc, false);
    iommu_qinval = true;
    host_rte[0][PIN] = plain_rte();
    if ( !x2apic )
        return;

    assert_int_equal(iommu_enable_x2apic(), 0);
    x2apic_enabled = true;
    /* x2apic_bsp_setup() restores the pins through the entries. */
    iommu_update_ire_from_apic(0, PIN, (uint64_t)3 << 32 | VECTOR);
    assert_true(host_rte[0][PIN] != plain_rte());
}

static void assert_off(unsigned int nr_units)
{
    struct vtd_model_irq irq;
    unsigned int i;

    assert_false(iommu_intremap);
    assert_int_equal(host_rte[0][PIN], plain_rte());
    assert_false(host_pic_masked);
    for ( i = 0; i < nr_units; i++ )
    {
        assert_int_equal(vtd_model_read(model[i], 0x1c, 4) &
                         (1u << 31 | 1u << 26 | 1u << 25), 0);
        assert_int_equal(vtd_model_msi(model[i], SID_IOAPIC, 0xfee00000,
                                       VECTOR, &irq), 0);
    }

    /* What Xen writes to the pin now is what the pin has. */
    iommu_update_ire_from_apic(0, PIN, plain_rte() | 1);
    assert_int_equal(host_rte[0][PIN], plain_rte() | 1);
}

/* Chipsets that must not be used are found before any unit is started. */
static void test_quirk(void **state)
{
    struct machine mc = standard(1, true);
    static uint8_t cfg[256] = { 0x86, 0x80, 0x05, 0x34 };   /* X58 IOH */
    unsigned int x2apic;

    for ( x2apic = 0; x2apic < 2; x2apic++ )
    {
        start(&mc, x2apic);
        host_pci_add(PCI_SBDF(0, 0, 0, 0), cfg, sizeof(cfg));
        assert_true(vtd_setup() < 0);
        iommu_intremap = iommu_intremap_off;    /* iommu_setup()'s end */
        assert_off(1);
        host_pci_remove(PCI_SBDF(0, 0, 0, 0));
        shut_down();
    }
}

/* Each allocation in turn, and each command, of one unit and of two. */
static void test_every_step(void **state)
{
    unsigned int x2apic, units, what, nth;

    for ( x2apic = 0; x2apic < 2; x2apic++ )
        for ( units = 1; units <= 2; units++ )
            for ( what = 0; what <= units; what++ )
                for ( nth = 1; ; nth++ )
                {
                    struct machine mc = standard(units, true);
                    struct vtd_model *m = NULL;
                    bool reached;
                    int rc;

                    start(&mc, x2apic);
                    m = what ? model[what - 1] : NULL;
                    if ( m )
                        vtd_model_fail_nth(m, nth, VTD_MODEL_DROP);
                    else
                        host_fail_nth(nth);
                    rc = vtd_setup();
                    reached = m ? vtd_model_failed(m) : host_fail_reached();
                    host_fail_nth(0);
                    if ( m )
                        vtd_model_fail_nth(m, 0, VTD_MODEL_DROP);
                    if ( rc )
                    {
                        assert_true(reached);
                        assert_off(units);
                    }
                    else
                    {
                        iommu_ir_shutdown();
                        vtd_tear_down_all();
                        INIT_LIST_HEAD(&iommu_units);
                        INIT_LIST_HEAD(&iommu_drivers);
                    }
                    shut_down();
                    if ( !rc && !reached )
                        break;
                    assert_true(nth < 200);
                }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quirk), cmocka_unit_test(test_every_step),
    };

    return cmocka_run_group_tests_name("vtd-bringup", tests, NULL, NULL);
}
