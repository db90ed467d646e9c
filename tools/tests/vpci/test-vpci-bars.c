/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BARs of 32 bits in a guest's virtual host bridge, BARs that meet, and
 * functions without capabilities.
 */
#include <string.h>

#include <iommu-groups/pci.h>

#include "vpci-fixture.h"

#define M(n) ((n) * 0x100000ULL)
#define WINDOW GUEST_VPCI_MEM_ADDR
#define BAR(n) (0x10 + 4 * (n))
#define MEMORY 2

static struct domain *d;
static struct hw hw, other;

static int setup(void **state)
{
    host_reset();
    memset(&hw, 0, sizeof(hw));
    memset(&other, 0, sizeof(other));
    d = machine_start();

    return 0;
}

static int teardown(void **state)
{
    machine_stop();
    assert_int_equal(map_device_pages(), 0);

    return test_no_leak(state);
}

static void assign(struct hw *h, unsigned int dev)
{
    hw_add(h, PCI_SBDF(0, 1, dev, 0), d);
    assert_int_equal(fixture_assign(h), 0);
}

static void mapped(uint64_t gpa, uint64_t addr, unsigned int nr)
{
    p2m_type_t t;
    unsigned int i;

    for ( i = 0; i < nr; i++ )
    {
        assert_int_equal(mfn_to_maddr(map_at(gpa + i * PAGE_SIZE, &t)),
                         addr + i * PAGE_SIZE);
        assert_int_equal(t, p2m_mmio_direct_dev);
    }
}

/* One register each: two that follow each other are two BARs. */
static void test_narrow(void **state)
{
    hw.bars[0] = (struct hw_bar){ 0x2000, HOST_LOW_BASE };
    hw.bars[1] = (struct hw_bar){ PAGE_SIZE, HOST_LOW_BASE + 0x2000 };
    hw.bars[5] = (struct hw_bar){ 0x4000, HOST_LOW_BASE + 0x4000,
                                  .prefetch = true };
    assign(&hw, 1);
    assert_int_equal(guest_read(&hw, BAR(0), 4), 0);
    assert_int_equal(guest_read(&hw, BAR(5), 4), 8);
    guest_write(&hw, BAR(0), 4, ~0u);
    assert_int_equal(guest_read(&hw, BAR(0), 4), 0xffffe000);
    guest_write(&hw, BAR(1), 4, ~0u);
    assert_int_equal(guest_read(&hw, BAR(1), 4), 0xfffff000);
    guest_write(&hw, BAR(5), 4, ~0u);
    assert_int_equal(guest_read(&hw, BAR(5), 4), 0xffffc008);

    guest_write(&hw, BAR(0), 4, WINDOW + 0x2000);
    guest_write(&hw, BAR(1), 4, WINDOW + 0x1000);
    guest_write(&hw, BAR(5), 4, WINDOW + 0x4000);
    assert_int_equal(map_device_pages(), 0);
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 2 + 1 + 4);
    /* Once more is no news. */
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 2 + 1 + 4);
    assert_no_log("is not mapped");
    mapped(WINDOW + 0x2000, HOST_LOW_BASE, 2);
    mapped(WINDOW + 0x1000, HOST_LOW_BASE + 0x2000, 1);
    mapped(WINDOW + 0x4000, HOST_LOW_BASE + 0x4000, 4);

    /* It moves while it is mapped. */
    guest_write(&hw, BAR(1), 4, WINDOW + M(1));
    assert_int_equal(map_device_pages(), 2 + 1 + 4);
    mapped(WINDOW + M(1), HOST_LOW_BASE + 0x2000, 1);

    guest_write(&hw, 4, 2, 0);
    assert_int_equal(map_device_pages(), 0);
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 2 + 1 + 4);
    iommu_groups_vpci_withdraw(d, hw.pdev->sbdf);
    assert_int_equal(map_device_pages(), 0);
    guest_write(&hw, 4, 2, 0);
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 0);
}

/* A page less than a page is shared with others. */
static void test_half_a_page(void **state)
{
    hw.bars[0] = (struct hw_bar){ PAGE_SIZE / 2, HOST_LOW_BASE };
    hw.bars[1] = (struct hw_bar){ PAGE_SIZE, HOST_LOW_BASE + PAGE_SIZE };
    assign(&hw, 1);
    assert_log("BAR0 is hidden");
    assert_no_log("BAR1 is hidden");
    guest_write(&hw, BAR(0), 4, WINDOW);
    guest_write(&hw, BAR(1), 4, WINDOW);
    guest_write(&hw, 4, 2, MEMORY);
    assert_int_equal(map_device_pages(), 1);
    mapped(WINDOW, HOST_LOW_BASE + PAGE_SIZE, 1);
}

/* The host bridge's window: up to its last byte, and from its first. */
static void test_window(void **state)
{
    hw.bars[0] = (struct hw_bar){ 0x2000,
                                  HOST_LOW_BASE + HOST_LOW_SIZE - 0x2000 };
    assign(&hw, 1);
    hw_del(&hw);

    memset(&hw, 0, sizeof(hw));
    hw.bars[0] = (struct hw_bar){ 2 * HOST_LOW_SIZE, HOST_LOW_BASE };
    hw_add(&hw, PCI_SBDF(0, 1, 1, 0), d);
    assert_int_equal(fixture_assign(&hw), -ENXIO);
    hw_del(&hw);

    memset(&hw, 0, sizeof(hw));
    hw.bars[0] = (struct hw_bar){ 0x2000, HOST_LOW_BASE - 0x2000 };
    hw_add(&hw, PCI_SBDF(0, 1, 1, 0), d);
    assert_int_equal(fixture_assign(&hw), -ENXIO);
}

/* The guest's: one BAR fills it; one that is larger is nowhere. */
static void test_too_large(void **state)
{
    uint64_t at = 4 * GUEST_VPCI_MEM_SIZE;

    hw.bars[0] = (struct hw_bar){ 2 * GUEST_VPCI_MEM_SIZE, HOST_WINDOW_BASE,
                                  .wide = true };
    assign(&hw, 1);
    assert_true(at > WINDOW);
    guest_write(&hw, BAR(0), 8, at);
    guest_write(&hw, 4, 2, MEMORY);
    assert_log("outside the host bridge's windows");
    assert_int_equal(map_device_pages(), 0);
}

/* Memory of the guest's that ends where the BAR begins, and the other end. */
static void test_beside_memory(void **state)
{
    hw.bars[0] = (struct hw_bar){ 0x2000, HOST_LOW_BASE };
    assign(&hw, 1);
    map_ram(WINDOW + 0x1000, 0x777);
    map_ram(WINDOW + 0x4000, 0x778);
    guest_write(&hw, BAR(0), 4, WINDOW + 0x2000);
    guest_write(&hw, 4, 2, MEMORY);
    assert_no_log("is not mapped");
    assert_int_equal(map_device_pages(), 2);
    map_ram(WINDOW + 0x1000, 0);
    map_ram(WINDOW + 0x4000, 0);
}

/* Next to each other is not over each other, from either side. */
static void test_meet(void **state)
{
    hw.bars[0] = (struct hw_bar){ 0x2000, HOST_LOW_BASE };
    other.bars[0] = (struct hw_bar){ 0x4000, HOST_LOW_BASE + 0x4000 };
    assign(&hw, 1);
    assign(&other, 2);
    guest_write(&other, BAR(0), 4, WINDOW + 0x4000);
    guest_write(&other, 4, 2, MEMORY);
    guest_write(&hw, 4, 2, MEMORY);
    guest_write(&hw, BAR(0), 4, WINDOW + 0x2000);
    assert_int_equal(map_device_pages(), 6);
    guest_write(&hw, BAR(0), 4, WINDOW + 0x8000);
    assert_int_equal(map_device_pages(), 6);
    assert_no_log("over another BAR");

    guest_write(&hw, BAR(0), 4, WINDOW + 0x4000);
    assert_log("over another BAR");
    assert_int_equal(map_device_pages(), 4);
    host_log_clear();
    guest_write(&hw, BAR(0), 4, WINDOW + 0x6000);
    assert_log("over another BAR");
    assert_int_equal(map_device_pages(), 4);
    mapped(WINDOW + 0x4000, HOST_LOW_BASE + 0x4000, 4);
}

/* MSI and MSI-X go off, what else firmware set there stays; or there is none. */
static void test_messages(void **state)
{
    uint8_t before[sizeof(other.cfg)];

    hw_add(&hw, PCI_SBDF(0, 1, 1, 0), d);
    hw.cfg[HW_MSI + 2] = 0xa1;
    hw.cfg[HW_MSIX + 2] = 0x3f;
    hw.cfg[HW_MSIX + 3] = 0xc0;
    assert_int_equal(fixture_assign(&hw), 0);
    assert_int_equal(hw.cfg[HW_MSI + 2], 0xa0);
    assert_int_equal(hw.cfg[HW_MSIX + 2], 0x3f);
    assert_int_equal(hw.cfg[HW_MSIX + 3], 0x40);

    hw_add(&other, PCI_SBDF(0, 1, 2, 0), d);
    other.cfg[6] = 0;
    other.cfg[0x34] = 0;
    memset(other.cfg + HW_MSI, 0, 0x40);
    memcpy(before, other.cfg, sizeof(before));
    assert_int_equal(fixture_assign(&other), 0);
    memcpy(before + 4, other.cfg + 4, 2);
    assert_memory_equal(before, other.cfg, sizeof(before));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_narrow), T(test_half_a_page), T(test_window), T(test_meet),
        T(test_messages), T(test_too_large), T(test_beside_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
