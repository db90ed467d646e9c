/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest on Arm sees of a PCI function, and where it may map it. */
#include <string.h>

#include <xen/rangeset.h>

#include <iommu-groups/pci.h>

#include "vpci-fixture.h"

#define M(n) ((n) * 0x100000ULL)
#define WINDOW GUEST_VPCI_MEM_ADDR
#define HIGH GUEST_VPCI_PREFETCH_MEM_ADDR
#define BAR(n) (0x10 + 4 * (n))
#define MEMORY 2
#define MASTER 4
#define INTX_OFF 0x400

static struct domain *d;
static struct hw hw, other;

/* Two BARs of 64 bits, 4 MiB and 16 KiB, and one of ports. */
static void plain(struct hw *h, unsigned int n)
{
    h->bars[0] = (struct hw_bar){ M(4), HOST_WINDOW_BASE + M(16 * n),
                                  .wide = true, .prefetch = true };
    h->bars[2] = (struct hw_bar){ 0x20, 0x1000, .io = true };
    h->bars[3] = (struct hw_bar){ 0x4000, HOST_WINDOW_BASE + M(16 * n + 8),
                                  .wide = true };
    hw_add(h, PCI_SBDF(0, 1, n, 1), d);
}

static int setup(void **state)
{
    host_reset();
    memset(&hw, 0, sizeof(hw));
    memset(&other, 0, sizeof(other));
    d = machine_start();
    plain(&hw, 1);
    assert_int_equal(fixture_assign(&hw), 0);

    return 0;
}

static int teardown(void **state)
{
    machine_stop();
    map_fail(0, 0);
    assert_int_equal(map_device_pages(), 0);

    return test_no_leak(state);
}

static void place(struct hw *h, unsigned int bar, uint64_t addr)
{
    guest_write(h, BAR(bar), 4, addr);
    guest_write(h, BAR(bar + 1), 4, addr >> 32);
}

static uint16_t hw_command(const struct hw *h)
{
    return h->cfg[4] | h->cfg[5] << 8;
}

/* Is all of the function's BAR @bar, and nothing else, at @gpa? */
static void mapped_at(const struct hw *h, unsigned int bar, uint64_t gpa)
{
    uint64_t at;

    for ( at = 0; at < h->bars[bar].size; at += PAGE_SIZE )
    {
        p2m_type_t t;

        assert_int_equal(mfn_to_maddr(map_at(gpa + at, &t)),
                         h->bars[bar].addr + at);
        assert_int_equal(t, p2m_mmio_direct_dev);
    }
}

static void test_header(void **state)
{
    assert_int_equal(guest_read(&hw, 0x00, 4), 0x11e81234);
    assert_int_equal(guest_read(&hw, 0x04, 4), 0x00080000);
    assert_int_equal(guest_read(&hw, 0x08, 4), 0x00ff0010);
    /* One function, no cache line size, no self-test. */
    assert_int_equal(guest_read(&hw, 0x0c, 4), 0);
    assert_int_equal(guest_read(&hw, 0x2c, 2), 0x0055);
    assert_int_equal(guest_read(&hw, 0x30, 4), 0);
    assert_int_equal(guest_read(&hw, 0x34, 1), 0);
    assert_int_equal(guest_read(&hw, 0x3c, 4), 0x100);
    assert_int_equal(guest_read(&hw, 0x100, 4), 0);
    /* The I/O BAR is not there. */
    guest_write(&hw, BAR(2), 4, ~0u);
    assert_int_equal(guest_read(&hw, BAR(2), 4), 0);
}

static void test_messages_are_off(void **state)
{
    assert_int_equal(hw.cfg[HW_MSI + 2], 0x80);
    assert_int_equal(hw.cfg[HW_MSIX + 3], 0);
    assert_int_equal(guest_read(&hw, HW_MSI, 4), 0xffffffff);
    guest_write(&hw, HW_MSI + 2, 2, 1);
    assert_int_equal(hw.cfg[HW_MSI + 2], 0x80);
}

static void test_command(void **state)
{
    /* The line is not the guest's: test-vpci-command.c. */
    assert_int_equal(hw_command(&hw), MEMORY | INTX_OFF);
    guest_write(&hw, 4, 2, 0xffff);
    assert_int_equal(guest_read(&hw, 4, 2), MEMORY | MASTER | INTX_OFF);
    assert_int_equal(hw_command(&hw), MEMORY | MASTER | INTX_OFF);
    /* One byte: the other keeps. */
    guest_write(&hw, 4, 1, 0);
    assert_int_equal(guest_read(&hw, 4, 2), INTX_OFF);
    assert_int_equal(hw_command(&hw), MEMORY | INTX_OFF);
    fixture_deassign(&hw);
    assert_int_equal(hw_command(&hw), INTX_OFF);
}

static void test_sizing(void **state)
{
    guest_write(&hw, BAR(0), 4, ~0u);
    guest_write(&hw, BAR(1), 4, ~0u);
    assert_int_equal(guest_read(&hw, BAR(0), 4), (uint32_t)-M(4) | 0xc);
    assert_int_equal(guest_read(&hw, BAR(1), 4), ~0u);
    assert_int_equal(guest_read(&hw, BAR(0), 8), -M(4) | 0xc);
    place(&hw, 3, WINDOW + 0x4123);
    assert_int_equal(guest_read(&hw, BAR(3), 8), (WINDOW + 0x4000) | 4);
}

static void test_map_and_unmap(void **state)
{
    place(&hw, 0, HIGH + M(8));
    place(&hw, 3, WINDOW + 0x4000);
    assert_int_equal(map_device_pages(), 0);
    guest_write(&hw, 4, 2, MEMORY);
    mapped_at(&hw, 0, HIGH + M(8));
    mapped_at(&hw, 3, WINDOW + 0x4000);
    assert_int_equal(map_device_pages(), 1024 + 4);

    /* It moves while it decodes, as hardware would. */
    place(&hw, 3, WINDOW + M(1));
    mapped_at(&hw, 3, WINDOW + M(1));
    assert_int_equal(map_device_pages(), 1024 + 4);

    guest_write(&hw, 4, 2, MASTER);
    assert_int_equal(map_device_pages(), 0);
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 1024 + 4);
    fixture_deassign(&hw);
    assert_int_equal(map_device_pages(), 0);
}

/* Before the device is somebody else's its BARs are nobody's. */
static void test_withdrawn(void **state)
{
    place(&hw, 0, HIGH);
    place(&hw, 3, WINDOW);
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 1028);
    iommu_groups_vpci_withdraw(dom_io, hw.pdev->sbdf);
    assert_int_equal(map_device_pages(), 1028);
    iommu_groups_vpci_withdraw(d, hw.pdev->sbdf);
    assert_int_equal(map_device_pages(), 0);
    guest_write(&hw, 4, 2, 0);
    guest_write(&hw, 4, 2, MEMORY);
    place(&hw, 0, HIGH + M(4));
    place(&hw, 3, WINDOW + M(4));
    assert_int_equal(map_device_pages(), 0);
    assert_int_equal(guest_read(&hw, BAR(1), 4), HIGH >> 32);
}

/* Where a BAR of 16 KiB must not be mapped. */
static void test_forbidden_places(void **state)
{
    static const uint64_t where[] = {
        0, GUEST_VPCI_ECAM_BASE, GUEST_VPCI_ECAM_BASE + GUEST_VPCI_ECAM_SIZE - 0x4000,
        0x03001000, WINDOW - 0x4000, WINDOW + GUEST_VPCI_MEM_SIZE,
        GUEST_RAM0_BASE, HIGH - 0x4000, HIGH + GUEST_VPCI_PREFETCH_MEM_SIZE,
        HOST_WINDOW_BASE, 0xffffffffffffc000, 0x8000000000000000,
    };
    unsigned int i;

    guest_write(&hw, 4, 2, MEMORY);
    for ( i = 0; i < ARRAY_SIZE(where); i++ )
    {
        host_log_clear();
        place(&hw, 3, where[i]);
        assert_int_equal(map_device_pages(), 0);
        if ( i )
            assert_log("outside the host bridge's windows");
    }
    /* The last place that is allowed, and one page before the first. */
    place(&hw, 3, WINDOW + GUEST_VPCI_MEM_SIZE - 0x4000);
    assert_int_equal(map_device_pages(), 4);
    place(&hw, 0, HIGH + GUEST_VPCI_PREFETCH_MEM_SIZE - M(4));
    assert_int_equal(map_device_pages(), 1024 + 4);
}

/* Nobody gave the BAR an address, or its size is none that a BAR can have. */
static void test_malformed(void **state)
{
    static const struct hw_bar bad[] = {
        { M(1), 0xc0000000 }, { M(1), 0 },
        { 0x18000, HOST_WINDOW_BASE + M(64), .wide = true },
        { M(4), HOST_WINDOW_BASE - M(4), .wide = true },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        memset(&other, 0, sizeof(other));
        other.bars[0] = bad[i];
        hw_add(&other, PCI_SBDF(0, 1, 2, 0), d);
        host_log_clear();
        assert_int_equal(fixture_assign(&other), -ENXIO);
        assert_log("is in no window");
        assert_null(other.pdev->vpci);
        hw_del(&other);
    }
}

/* Two functions whose BARs are neighbours for the hardware and the guest. */
static void test_neighbours(void **state)
{
    static struct hw third;

    memset(&third, 0, sizeof(third));
    other.bars[0] = (struct hw_bar){ M(1), HOST_WINDOW_BASE + M(64), .wide = true };
    third.bars[0] = (struct hw_bar){ M(1), HOST_WINDOW_BASE + M(65), .wide = true };
    hw_add(&other, PCI_SBDF(0, 1, 2, 0), d);
    hw_add(&third, PCI_SBDF(0, 1, 3, 0), d);
    assert_int_equal(fixture_assign(&other), 0);
    assert_int_equal(fixture_assign(&third), 0);
    place(&other, 0, HIGH);
    place(&third, 0, HIGH + M(1));
    guest_write(&other, 4, 2, MEMORY);
    guest_write(&third, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 512);
    guest_write(&other, 4, 2, 0);
    assert_int_equal(map_device_pages(), 256);
    mapped_at(&third, 0, HIGH + M(1));

    /* One that is not mapped is in nobody's way. */
    place(&third, 0, HIGH);
    mapped_at(&third, 0, HIGH);
}

static void test_over_another(void **state)
{
    plain(&other, 2);
    assert_int_equal(fixture_assign(&other), 0);
    place(&hw, 0, HIGH);
    place(&hw, 3, WINDOW);
    guest_write(&hw, 4, 2, MEMORY);
    guest_write(&other, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 1028);

    /* Within the other function's, over its end, and its own other one. */
    place(&other, 3, HIGH + M(1));
    assert_log("over another BAR");
    place(&other, 0, HIGH);
    assert_int_equal(map_device_pages(), 1028);
    place(&hw, 3, HIGH + M(4) - 0x4000);
    assert_int_equal(map_device_pages(), 1024);
    mapped_at(&hw, 0, HIGH);

    /* Next to it is fine, and the first one's end takes nothing along. */
    place(&other, 3, HIGH + M(4));
    assert_int_equal(map_device_pages(), 1028);
    fixture_deassign(&hw);
    mapped_at(&other, 3, HIGH + M(4));
    assert_int_equal(map_device_pages(), 4);
}

/* The guest's memory stays where it is, before and after. */
static void test_over_memory(void **state)
{
    p2m_type_t t;

    map_ram(WINDOW + 0x3000, 0x777);
    place(&hw, 3, WINDOW);
    guest_write(&hw, 4, 2, MEMORY);
    assert_log("the guest has memory there");
    assert_int_equal(map_device_pages(), 0);
    assert_int_equal(mfn_x(map_at(WINDOW + 0x3000, &t)), 0x777);
    map_ram(WINDOW + 0x3000, 0);
    guest_write(&hw, 4, 2, 0);
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 4);

    /* It puts pages over a mapped BAR: the others still go. */
    place(&hw, 0, HIGH);
    map_ram(HIGH + M(1), 0x778);
    map_ram(WINDOW + 0x1000, 0x779);
    assert_int_equal(map_device_pages(), 1028 - 2);
    fixture_deassign(&hw);
    assert_int_equal(map_device_pages(), 0);
    assert_int_equal(mfn_x(map_at(HIGH + M(1), &t)), 0x778);
    assert_int_equal(mfn_x(map_at(WINDOW + 0x1000, &t)), 0x779);
    map_ram(HIGH + M(1), 0);
    map_ram(WINDOW + 0x1000, 0);
}

static void test_permission(void **state)
{
    unsigned long last = PFN_DOWN(hw.bars[3].addr) + 3;

    assert_int_equal(rangeset_remove_range(d->iomem_caps, last, last), 0);
    place(&hw, 3, WINDOW);
    guest_write(&hw, 4, 2, MEMORY);
    assert_log("has no permission");
    assert_int_equal(map_device_pages(), 0);
}

static void test_map_fails(void **state)
{
    place(&hw, 3, WINDOW);
    map_fail(3, 0);
    guest_write(&hw, 4, 2, MEMORY);
    assert_log("stage-2 table lacks");
    assert_int_equal(map_device_pages(), 0);
    guest_write(&hw, 4, 2, 0);
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 4);

    /* A frame that cannot be taken back costs the guest its life. */
    map_fail(0, 1);
    guest_write(&hw, 4, 2, 0);
    assert_true(d->host_crashes);
    for ( ; map_device_pages(); )
        map_ram(WINDOW + (map_device_pages() - 1) * PAGE_SIZE, 0);
}

static void test_refused(void **state)
{
    plain(&other, 2);
    other.pdev->info.is_virtfn = true;
    assert_int_equal(fixture_assign(&other), -EOPNOTSUPP);
    assert_log("a virtual function cannot be in d7's virtual host bridge");
    other.pdev->info.is_virtfn = false;
    other.cfg[0x0e] = 0x81;
    assert_int_equal(fixture_assign(&other), -EOPNOTSUPP);
    assert_log("a bridge cannot be in");
    other.cfg[0x0e] = 0;
    assert_int_equal(fixture_assign(&other), 0);
}

/* Bars that share a page with something else, two registers wide or one. */
static void test_small_bars(void **state)
{
    plain(&other, 2);
    hw_del(&other);
    memset(&other, 0, sizeof(other));
    other.bars[0] = (struct hw_bar){ 0x100, HOST_WINDOW_BASE + M(32), .wide = true };
    other.bars[2] = (struct hw_bar){ 0x80, 0x1000 };
    other.bars[3] = (struct hw_bar){ 0x1000, HOST_WINDOW_BASE + M(33), .wide = true };
    hw_add(&other, PCI_SBDF(0, 1, 2, 0), d);
    assert_int_equal(fixture_assign(&other), 0);
    assert_log("BAR0 is hidden from d7");
    assert_log("BAR2 is hidden from d7");
    assert_no_log("BAR1 is hidden");
    guest_write(&other, BAR(0), 8, ~0ULL);
    assert_int_equal(guest_read(&other, BAR(0), 8), 0);
    place(&other, 3, WINDOW);
    guest_write(&other, 4, 2, MEMORY);
    mapped_at(&other, 3, WINDOW);
}

static void test_numbers(void **state)
{
    struct domain *stranger = host_domain_create(8, XEN_DOMCTL_CDF_iommu);
    uint32_t nr = hw.pdev->vpci->guest_sbdf.sbdf;

    assert_int_equal(iommu_groups_vpci_sbdf(nr), hw.pdev->sbdf.sbdf);
    assert_int_equal(iommu_groups_vpci_sbdf(nr + 1), ~0u);
    /* The number that the hardware has means nothing to the guest. */
    assert_int_equal(iommu_groups_vpci_sbdf(hw.pdev->sbdf.sbdf), ~0u);
    host_current_set(stranger);
    assert_int_equal(iommu_groups_vpci_sbdf(nr), ~0u);
    host_current_set(d);
    host_domain_destroy(stranger);
}

static void test_who_has_a_bridge(void **state)
{
    assert_true(iommu_groups_has_vpci(d));
    dom_io->options |= XEN_DOMCTL_CDF_iommu;
    assert_false(iommu_groups_has_vpci(dom_io));
    dom_io->options &= ~XEN_DOMCTL_CDF_iommu;
    host_hwdom_set(d);
    assert_false(iommu_groups_has_vpci(d));
    host_hwdom_set(NULL);
    d->options &= ~XEN_DOMCTL_CDF_iommu;
    assert_false(iommu_groups_has_vpci(d));
    /* Asking for ports is no error: asking for the device will be. */
    assert_int_equal(iommu_groups_vpci_ioports(), 0);
    d->options |= XEN_DOMCTL_CDF_iommu;
}

static void test_registers_fail(void **state)
{
    unsigned int n;

    plain(&other, 2);
    for ( n = 1; n < 100; n++ )
    {
        registers_fail(n);
        if ( !fixture_assign(&other) )
            break;
        assert_null(other.pdev->vpci);
        assert_int_equal(hw_command(&other), INTX_OFF);
    }
    assert_in_range(n, 15, 30);
    registers_fail(0);
}

/*
 * A guest that writes anything anywhere: the hardware keeps all registers but
 * two bits of COMMAND, and only BARs' own frames are mapped, in the windows.
 */
static void test_hostile(void **state)
{
    static const unsigned int often[] = { 4, 0x10, 0x14, 0x1c, 0x20 };
    static const uint64_t bases[] = { WINDOW, HIGH, HIGH - M(1), 0, ~0ULL,
                                      GUEST_VPCI_ECAM_BASE, WINDOW + M(255) };
    uint64_t seed = 0x12345, before;
    uint8_t cfg[4096];
    unsigned long n;

    plain(&other, 2);
    assert_int_equal(fixture_assign(&other), 0);
    memcpy(cfg, hw.cfg, sizeof(cfg));
    before = hw.writes;

    for ( n = 0; n < test_rounds(4000, 100000); n++ )
    {
        uint64_t r = test_random(&seed);
        struct hw *h = (r & 1) ? &hw : &other;
        unsigned int size = 1u << ((r >> 1) & 3);
        unsigned int reg = ((r >> 3) & 1)
                           ? often[(r >> 4) % ARRAY_SIZE(often)]
                           : (r >> 4) & 0xfff;
        uint64_t val = bases[(r >> 20) % ARRAY_SIZE(bases)] +
                       ((r >> 24) & 0xf) * 0x4000;

        reg &= ~(size - 1);
        if ( reg < 8 )
            val = r >> 30;
        guest_write(h, reg, size, reg == 0x14 || reg == 0x20 ? val >> 32 : val);
        guest_read(h, reg, size);
        if ( (r >> 50) % 64 == 0 )
            map_ram(WINDOW + ((r >> 40) & 0xf) * PAGE_SIZE, (r >> 33) & 1);
    }

    assert_int_equal(hw.writes, before);
    assert_int_equal(hw_command(&hw) & ~(MASTER | INTX_OFF), MEMORY);
    cfg[4] = hw.cfg[4];
    cfg[5] = hw.cfg[5];
    assert_memory_equal(cfg, hw.cfg, sizeof(cfg));
    fixture_deassign(&other);
    fixture_deassign(&hw);
    assert_int_equal(map_device_pages(), 0);
    for ( n = 0; n < 16; n++ )
        map_ram(WINDOW + n * PAGE_SIZE, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_header),
        T(test_messages_are_off),
        T(test_command),
        T(test_sizing),
        T(test_map_and_unmap),
        T(test_withdrawn),
        T(test_forbidden_places),
        T(test_malformed),
        T(test_neighbours),
        T(test_over_another),
        T(test_over_memory),
        T(test_permission),
        T(test_map_fails),
        T(test_refused),
        T(test_small_bars),
        T(test_numbers),
        T(test_who_has_a_bridge),
        T(test_registers_fail),
        T(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
