/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's writes to COMMAND do to the hardware: bus mastering after Xen
 * took it, and interrupts on a line that is the guest's or is not.
 */
#include <string.h>

#include <iommu-groups/contain.h>

#include "vpci-fixture.h"

#define M(n) ((n) * 0x100000ULL)
#define MEMORY 2
#define MASTER 4
#define INTX_OFF 0x400
#define PIN 0x3d

static struct domain *d, *stranger;
static struct hw hw, port;

static void add(struct hw *h, pci_sbdf_t sbdf)
{
    h->bars[0] = (struct hw_bar){ 0x4000, HOST_WINDOW_BASE + M(16 * sbdf.dev),
                                  .wide = true };
    hw_add(h, sbdf, d);
}

/* The function's INTA is the second line: slot 1 of the root bus. */
#define LINE (HW_FIRST_LINE + 1)

static int setup(void **state)
{
    host_reset();
    memset(&hw, 0, sizeof(hw));
    memset(&port, 0, sizeof(port));
    d = machine_start();
    stranger = host_domain_create(8, XEN_DOMCTL_CDF_iommu);
    add(&hw, PCI_SBDF(0, 0, 1, 0));

    return 0;
}

static int teardown(void **state)
{
    machine_stop();
    host_domain_destroy(stranger);

    return test_no_leak(state);
}

static uint16_t command(void)
{
    return hw.cfg[4] | hw.cfg[5] << 8;
}

static bool intx_on(void)
{
    return !(command() & INTX_OFF);
}

static void test_master_was_taken(void **state)
{
    static const uint16_t writes[] = { MEMORY | MASTER, 0xffff, MASTER, 4 };
    unsigned int i;

    assert_int_equal(fixture_assign(&hw), 0);
    guest_write(&hw, 4, 2, MEMORY | MASTER);
    assert_true(command() & MASTER);

    pcidevs_lock();
    iommu_pci_stop_master(hw.pdev, true);
    pcidevs_unlock();
    assert_false(command() & MASTER);
    for ( i = 0; i < ARRAY_SIZE(writes); i++ )
    {
        guest_write(&hw, 4, 1, writes[i]);
        guest_write(&hw, 4, 2, writes[i]);
        guest_write(&hw, 4, 4, writes[i]);
        assert_false(command() & MASTER);
        assert_int_equal(guest_read(&hw, 4, 2) & MASTER, writes[i] & MASTER);
    }

    pcidevs_lock();
    iommu_pci_allow_master(hw.pdev);
    pcidevs_unlock();
    assert_false(command() & MASTER);
    guest_write(&hw, 4, 2, MEMORY | MASTER);
    assert_true(command() & MASTER);

    /* The hardware domain's driver may start its device again. */
    pcidevs_lock();
    iommu_pci_stop_master(hw.pdev, false);
    pcidevs_unlock();
    assert_false(command() & MASTER);
    guest_write(&hw, 4, 2, MEMORY | MASTER);
    assert_true(command() & MASTER);
}

/* As a PV hardware domain's, or pciback's, writes go. */
static void test_filter(void **state)
{
    assert_int_equal(iommu_groups_pci_command(hw.pdev, 0xffff), 0xffff);
    pcidevs_lock();
    iommu_pci_stop_master(hw.pdev, true);
    pcidevs_unlock();
    assert_int_equal(iommu_groups_pci_command(hw.pdev, 0xffff), 0xfffb);
    assert_int_equal(iommu_groups_pci_command(hw.pdev, 0x0006), 0x0002);
}

static void test_line_of_nobody(void **state)
{
    assert_int_equal(fixture_assign(&hw), 0);
    assert_false(intx_on());
    guest_write(&hw, 4, 2, MEMORY | MASTER);
    assert_false(intx_on());
    /* The guest sees what it wrote. */
    assert_int_equal(guest_read(&hw, 4, 2), MEMORY | MASTER);
}

static void test_line_comes_and_goes(void **state)
{
    assert_int_equal(fixture_assign(&hw), 0);
    line_give(LINE, stranger);
    guest_write(&hw, 4, 2, MEMORY);
    assert_false(intx_on());
    line_give(LINE, d);
    guest_write(&hw, 4, 2, MEMORY);
    assert_true(intx_on());
    guest_write(&hw, 4, 2, MEMORY | INTX_OFF);
    assert_false(intx_on());
    guest_write(&hw, 4, 2, MEMORY | MASTER);
    assert_true(intx_on());

    /* Another one is no matter. */
    line_give(LINE + 1, NULL);
    iommu_groups_vpci_line_lost(d);
    assert_true(intx_on());
    assert_true(command() & MASTER);
    line_give(LINE, stranger);
    iommu_groups_vpci_line_lost(d);
    assert_false(intx_on());
    assert_true(command() & MASTER);
    guest_write(&hw, 4, 2, MEMORY);
    assert_false(intx_on());

    line_give(LINE, d);
    fixture_deassign(&hw);
    assert_false(intx_on());
}

/* A function of before PCI 2.3 cannot be kept from the line. */
static void test_no_disable_bit(void **state)
{
    hw.no_intx_bit = true;
    assert_int_equal(fixture_assign(&hw), -EOPNOTSUPP);
    assert_log("its interrupt cannot be switched off");
    line_give(LINE, d);
    assert_int_equal(fixture_assign(&hw), 0);
    fixture_deassign(&hw);
    line_give(LINE, NULL);
    hw.cfg[PIN] = 0;
    assert_int_equal(fixture_assign(&hw), 0);
}

/* Which of the lines is the function's?  0: none. */
static unsigned int line_of(void)
{
    unsigned int i, found = 0;

    for ( i = 0; i < HW_LINES; i++ )
        line_give(HW_FIRST_LINE + i, NULL);
    assert_int_equal(fixture_assign(&hw), 0);
    for ( i = 0; i < HW_LINES; i++ )
    {
        line_give(HW_FIRST_LINE + i, d);
        guest_write(&hw, 4, 2, MEMORY);
        if ( intx_on() )
        {
            assert_int_equal(found, 0);
            found = HW_FIRST_LINE + i;
        }
        line_give(HW_FIRST_LINE + i, NULL);
    }
    fixture_deassign(&hw);

    return found;
}

static void test_pins_and_slots(void **state)
{
    unsigned int slot, pin;

    for ( slot = 0; slot < 32; slot++ )
        for ( pin = 0; pin <= 5; pin++ )
        {
            hw.func.sbdf = PCI_SBDF(0, 0, slot, 0);
            hw.cfg[PIN] = pin;
            assert_int_equal(line_of(), pin && pin <= 4
                                        ? HW_FIRST_LINE + (slot + pin - 1) % 4
                                        : 0);
        }
}

/* Below bridges the pin turns by the slot, once a bridge. */
static void test_below_bridges(void **state)
{
    static struct pci_func upper, lower;

    upper = (struct pci_func){ .sbdf = PCI_SBDF(0, 0, 2, 0) };
    lower = (struct pci_func){ .sbdf = PCI_SBDF(0, 1, 0, 0), .parent = &upper };
    hw.func.parent = &lower;
    hw.func.sbdf = hw.pdev->sbdf;
    hw.cfg[PIN] = 1;
    /* Slot 1: B. The lower bridge is in slot 0: B. At slot 2 of the root: */
    assert_int_equal(line_of(), HW_FIRST_LINE + (2 + 1) % 4);
    lower.sbdf = PCI_SBDF(0, 1, 3, 0);
    assert_int_equal(line_of(), HW_FIRST_LINE + (2 + 1 + 3) % 4);
    /* With ARI what looks like a slot is none. */
    hw.pdev->info.is_extfn = true;
    assert_int_equal(line_of(), HW_FIRST_LINE + (2 + 0 + 3) % 4);
    hw.pdev->info.is_extfn = false;
}

/* Nothing that makes no sense is a line, or read beyond its end. */
static void test_bad_maps(void **state)
{
    static const uint32_t good[] = {
        0x0800, 0, 0, 1, 0x8002, 0, 0, 0, LINE - 32, 4,
    };
    uint32_t map[10 * ARRAY_SIZE(good)];
    unsigned int n, i;

    for ( n = 0; n < ARRAY_SIZE(good); n++ )
    {
        line_map_set(good, n);
        assert_int_equal(line_of(), 0);
    }
    line_map_set(good, n);
    assert_int_equal(line_of(), LINE);

    /* A second entry, cut off, does no harm to the first. */
    memcpy(map, good, sizeof(good));
    memcpy(map + n, good, sizeof(good));
    for ( n = 1; n <= ARRAY_SIZE(good); n++ )
    {
        line_map_set(map, ARRAY_SIZE(good) + n);
        assert_int_equal(line_of(), LINE);
    }
    /* Nor does one before it, if it is for another slot. */
    map[0] = 0x1000;
    line_map_set(map, 2 * ARRAY_SIZE(good));
    assert_int_equal(line_of(), LINE);

    /* Many of them, and none is for this one. */
    for ( i = 0; i < 10; i++ )
    {
        memcpy(map + i * ARRAY_SIZE(good), good, sizeof(good));
        map[i * ARRAY_SIZE(good)] = 0x1000;
        line_map_set(map, (i + 1) * ARRAY_SIZE(good));
        assert_int_equal(line_of(), 0);
    }

    memcpy(map, good, sizeof(good));
    map[4] = 0x1234;                /* no such controller */
    line_map_set(map, ARRAY_SIZE(good));
    assert_int_equal(line_of(), 0);
    memcpy(map, good, sizeof(good));
    map[7] = 1;                     /* a PPI */
    line_map_set(map, ARRAY_SIZE(good));
    assert_int_equal(line_of(), 0);
    memcpy(map, good, sizeof(good));
    map[8] = 5000;                  /* more than the guest can have */
    line_map_set(map, ARRAY_SIZE(good));
    assert_int_equal(line_of(), 0);

    /* As many cells as one can have, and one more. */
    for ( n = 3; n < 6; n++ )
    {
        memcpy(map, good, sizeof(good));
        map[10] = map[11] = 0;
        line_cells_set(n);
        line_map_set(map, 7 + n);
        assert_int_equal(line_of(), n <= 4 ? LINE : 0);
    }
    line_cells_set(3);
    line_map_set(NULL, 0);
}

/* A guest that has no CPU yet has no interrupt controller. */
static void test_no_cpu(void **state)
{
    struct vcpu *vcpu = d->vcpu[0];

    line_give(LINE, d);
    d->vcpu[0] = NULL;
    assert_int_equal(fixture_assign(&hw), 0);
    assert_int_equal(hw.cfg[5] & 4, 4);
    d->vcpu[0] = vcpu;
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(hw.cfg[5] & 4, 0);
}

/* A BAR that is moved to where it cannot be, without end: so many lines. */
static void test_console_lines(void **state)
{
    unsigned int i;

    assert_int_equal(fixture_assign(&hw), 0);
    guest_write(&hw, 4, 2, MEMORY);
    host_log_clear();
    for ( i = 1; i < 1000; i++ )
        guest_write(&hw, 0x10, 4, i * 0x4000);
    assert_in_range(host_log_lines(NULL), 1, IOMMU_DEV_LINES);

    /* The next one who has it may hear of it again. */
    fixture_deassign(&hw);
    host_log_clear();
    assert_int_equal(fixture_assign(&hw), 0);
    guest_write(&hw, 4, 2, MEMORY);
    assert_log("is not mapped");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_master_was_taken), T(test_filter), T(test_line_of_nobody),
        T(test_line_comes_and_goes), T(test_no_disable_bit),
        T(test_pins_and_slots), T(test_below_bridges), T(test_bad_maps),
        T(test_no_cpu),
        T(test_console_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
