/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping on machines with several IO-APICs, or with none, and with
 * bridges that form a loop.
 */
#include "intremap-x86.h"

#define SID_MORE(nr) (0x00f0 + (nr))

/* In remappable format, as VT-d rev 4.1, §5.1.2.1 has it. */
static unsigned int raise(unsigned int apic, unsigned int pin, uint16_t sid,
                          struct vtd_model_irq *irq)
{
    uint64_t rte = host_rte[apic][pin];

    assert_false(rte & (1U << 16));
    assert_true(rte & (1ULL << 48));

    return vtd_model_msi(model[0], sid,
                         0xfee00010 | ((rte >> 49) << 5) |
                         ((rte >> 11 & 1) << 2), 0, irq);
}

static void write_pin(unsigned int apic, unsigned int pin, uint8_t vector,
                      uint32_t dest)
{
    struct IO_APIC_route_entry e = { .vector = vector, .trigger = 1 };

    e.dest.dest32 = dest;
    __ioapic_write_entry(apic, pin, false, e);
}

static uint16_t sid_of(unsigned int apic)
{
    return apic ? SID_MORE(apic - 1) : SID_IOAPIC;
}

/* Each has entries of its own, and one without pins has none. */
static void test_ioapics(void **state)
{
    static const unsigned int pins[] = { 24, 0, 8, 24 };
    struct machine mc = standard(1, true);
    struct vtd_model_irq irq;
    unsigned int apic, pin, round;

    mc.more_ioapics = 3;
    for ( round = 0; round < 2; round++ )
    {
        boot(&mc, true);
        for ( apic = 1; apic < ARRAY_SIZE(pins); apic++ )
            host_ioapic_add(2 + apic, pins[apic]);
        assert_int_equal(iommu_ir_setup(), 0);

        for ( apic = 0; apic < ARRAY_SIZE(pins); apic++ )
            for ( pin = 0; pin < pins[apic]; pin++ )
                write_pin(apic, pin, 0x30 + 32 * apic + pin, 10 * apic + pin);
        for ( apic = 0; apic < ARRAY_SIZE(pins); apic++ )
            for ( pin = 0; pin < pins[apic]; pin++ )
            {
                assert_int_equal(raise(apic, pin, sid_of(apic), &irq), 0);
                assert_int_equal(irq.vector, 0x30 + 32 * apic + pin);
                assert_int_equal(irq.dest, 10 * apic + pin);
                assert_int_equal(raise(apic, pin, sid_of((apic + 1) % 4), &irq),
                                 FAULT_SOURCE);
                assert_int_equal(iommu_read_apic_from_ire(apic,
                                                          0x11 + 2 * pin),
                                 10 * apic + pin);
            }
        shut_down();
    }
}

/* The first entry of the table is one like the others. */
static void test_first_entry(void **state)
{
    struct machine mc = standard(1, true);
    struct msi_desc desc = { .remap_index = -1 };
    struct vtd_model_irq irq;
    struct msi_msg msg, first = {};
    unsigned int i;

    boot(&mc, true);
    host_ioapic_reset();
    assert_int_equal(iommu_ir_setup(), 0);
    desc.msi_attrib.type = PCI_CAP_ID_MSIX;
    desc.dev = host_pdev_add(PCI_SBDF(0, 0, 0x28));

    for ( i = 0; i < 3; i++ )
    {
        msg = (struct msi_msg){
            .address_lo = MSI_ADDR_BASE_LO, .data = 0x61 + i, .dest32 = 5 + i,
        };
        assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), 0);
        assert_int_equal(desc.remap_index, 0);
        /* The device has the first message, and that says all. */
        if ( !i )
            first = msg;
        assert_int_equal(vtd_model_msi(model[0], 0x28, first.address_lo,
                                       first.data, &irq), 0);
        assert_int_equal(irq.vector, 0x61 + i);
        assert_int_equal(irq.dest, 5 + i);
    }

    assert_int_equal(iommu_update_ire_from_msi(&desc, NULL), 0);
    assert_int_equal(desc.remap_index, -1);
    assert_int_equal(vtd_model_msi(model[0], 0x28, first.address_lo, first.data,
                                   &irq), FAULT_NOT_PRESENT);
    host_pdev_del(desc.dev);
    shut_down();
}

static struct pci_dev *bridge(unsigned int bus, unsigned int to)
{
    static const uint8_t head[64] = {
        [0] = 0x34, 0x12, 0x78, 0x56, [10] = 4, 6, [14] = 1,
    };
    uint8_t *cfg = host_pci_add(PCI_SBDF(0, bus, 0, 0), head, sizeof(head));

    cfg[0x18] = bus;
    cfg[0x19] = cfg[0x1a] = to;

    return host_pdev_add(PCI_SBDF(0, bus, 0, 0));
}

/* Nobody knows whose ID such a device's messages have. */
static void test_loop(void **state)
{
    struct machine mc = standard(1, true);
    struct msi_desc desc = { .remap_index = -1 };
    struct pci_dev *one, *two;
    struct msi_msg msg = { .address_lo = MSI_ADDR_BASE_LO, .data = 0x61 };

    boot(&mc, true);
    assert_int_equal(iommu_ir_setup(), 0);
    one = bridge(5, 6);
    two = bridge(6, 5);
    desc.msi_attrib.type = PCI_CAP_ID_MSIX;
    desc.dev = host_pdev_add(PCI_SBDF(0, 5, 1, 0));

    assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), -ENODEV);
    assert_log("bridges above it form a loop");
    assert_int_equal(desc.remap_index, -1);
    assert_int_equal(msg.data, 0x61);

    host_pdev_del(desc.dev);
    host_pdev_del(one);
    host_pdev_del(two);
    shut_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ioapics),
        cmocka_unit_test(test_first_entry),
        cmocka_unit_test(test_loop),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
