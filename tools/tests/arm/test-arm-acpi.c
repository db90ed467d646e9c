/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot on Arm from ACPI, end to end: units from the IORT, host bridges from the
 * MCFG, devices of the name space, and what dom0 is kept from.
 */
#include "arm/arm-fixture.h"

#include <xen/acpi.h>
#include <xen/iocap.h>

#include <asm/acpi.h>

#include <iommu-groups/iort.h>

#include "iort-build.h"

#define SMMU0 0x09050000UL
#define SMMU1 0x09150000UL
#define ECAM  0x20000000UL
#define BUS(n) ((uint64_t)(n) << 20)

static struct iort_buf t;
static uint32_t smmu[2];
static struct {
    struct acpi_table_mcfg head;
    struct acpi_mcfg_allocation e[8];
} __packed mcfg;
static unsigned int nr_entries;

static void iort(unsigned int gsiv)
{
    unsigned int i;

    iort_begin(&t);
    for ( i = 0; i < 2; i++ )
    {
        smmu[i] = iort_smmu_open(&t, i ? SMMU1 : SMMU0, 1, 0);
        iort_poke(&t, smmu[i] + 44, gsiv, 4);
        iort_poke(&t, smmu[i] + 48, gsiv, 4);
        iort_poke(&t, smmu[i] + 52, gsiv, 4);
        iort_poke(&t, smmu[i] + 56, gsiv, 4);
        iort_close(&t);
    }
    iort_root(&t, 0);
    iort_map(&t, 0, 0xff, 0x1000, smmu[0], 0);
    iort_close(&t);
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, 1, 0x77, smmu[1], 0);
    iort_close(&t);
}

static void entry(uint64_t address, uint16_t seg, uint8_t first, uint8_t last)
{
    mcfg.e[nr_entries++] = (struct acpi_mcfg_allocation){
        .address = address, .pci_segment = seg, .start_bus_number = first,
        .end_bus_number = last,
    };
}

static void machine(void)
{
    arm_machine();
    acpi_disabled = false;
    iort(0);
    nr_entries = 0;
    mcfg.head = (struct acpi_table_mcfg){ .header = { .signature = "MCFG" } };
}

static int boot(bool with_mcfg)
{
    host_acpi_set(t.b);
    mcfg.head.header.length = sizeof(mcfg.head) +
                              nr_entries * sizeof(mcfg.e[0]);
    if ( with_mcfg )
        host_acpi_set(&mcfg);

    return iommu_setup();
}

/* dom0, which has no nodes here. */
static void dom0(void)
{
    arm_dom0 = arm_domain_up(0, XEN_DOMCTL_CDF_iommu);
    iommu_hwdom_init(arm_dom0);
    system_state = SYS_STATE_active;
}

static void down(void)
{
    arm_down();
    host_acpi_clear();
}

static void test_good(void **state)
{
    uint64_t maddr;

    machine();
    entry(ECAM, 0, 0, 3);
    assert_int_equal(boot(true), 0);
    assert_no_log("stays blocked");
    assert_int_equal(arm_stubs.nr_bridges, 1);
    assert_int_equal(arm_stubs.segments, 1);
    assert_log("segment 0000, buses 00 to 03, configuration space at 0x");
    assert_log("20000000");
    assert_int_not_equal(smmu_model_dma(sm_model[1], 0x77, 0x900000, true,
                                        &maddr), 0);
    dom0();
    arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
    assert_int_equal(smmu_model_dma(sm_model[1], 0x77, 0x900000, true, &maddr),
                     0);
    assert_int_equal(smmu_model_dma(sm_model[1], 0x78, 0x900000, true, &maddr),
                     0);
    assert_int_equal(smmu_model_dma(sm_model[0], 0x1008, 0x900000, true,
                                    &maddr), 0);
    assert_int_not_equal(smmu_model_dma(sm_model[1], 0x79, 0x900000, true,
                                        &maddr), 0);
    assert_int_not_equal(smmu_model_dma(sm_model[1], 0x77, 0x901000, true,
                                        &maddr), 0);
    down();
}

/* Two nodes of one name are one device, with the IDs of both. */
static void test_named_twice(void **state)
{
    const struct iommu_dev *dev;
    unsigned int nr = 0;
    uint64_t maddr;

    machine();
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, 0, 0x99, smmu[1], 0);
    iort_close(&t);
    assert_int_equal(boot(false), 0);
    host_log_clear();
    dom0();
    assert_no_log("stays blocked");
    list_for_each_entry ( dev, &iommu_devs, all )
        nr += !strcmp(dev->name, "\\_SB.NET0");
    assert_int_equal(nr, 1);
    arm_p2m_set(arm_dom0, 0x900, 0x900, 1, p2m_ram_rw);
    assert_int_equal(smmu_model_dma(sm_model[1], 0x77, 0x900000, true, &maddr),
                     0);
    assert_int_equal(smmu_model_dma(sm_model[1], 0x99, 0x900000, true, &maddr),
                     0);
    down();
}

/* One that dom0 does not get is said to be blocked. */
static void test_named_blocked(void **state)
{
    machine();
    assert_int_equal(boot(false), 0);
    smmu_model_die(sm_model[1], false);
    dom0();
    assert_log("\\_SB.NET0 stays blocked");
    smmu_model_revive(sm_model[1]);
}

/* Entries of the MCFG, one bad one each beside a good one. */
static void test_entries(void **state)
{
    static const struct {
        uint64_t address;
        uint16_t seg;
        uint8_t first, last;
        const char *why;
    } rows[] = {
        { ECAM, 1, 0, 3, "another entry has its address" },
        { ECAM + BUS(3), 1, 0, 0, "another entry has its address" },
        { ECAM + BUS(4), 1, 0, 0, NULL },
        { ECAM - BUS(1), 1, 0, 0, NULL },
        { ECAM - BUS(1), 1, 0, 1, "another entry has its address" },
        { ECAM + BUS(16), 0, 3, 4, "another entry has one of its buses" },
        { ECAM + BUS(16), 0, 0, 0, "another entry has one of its buses" },
        { ECAM + BUS(16), 0, 4, 4, NULL },
        { ECAM + BUS(16), 1, 4, 3, "its last bus comes before its first" },
        { 0, 1, 0, 0, "it has no possible address" },
        { ECAM + BUS(16) + 0x1000, 1, 0, 0, "it has no possible address" },
        { ECAM + BUS(16) + (1 << 19), 1, 0, 0, "it has no possible address" },
        { ~0ULL << 20, 1, 0, 0, "it has no possible address" },
        { ~0ULL << 20, 1, 2, 2, "it has no possible address" },
        { 1ULL << PADDR_BITS, 1, 0, 0, "it has no possible address" },
        { (1ULL << PADDR_BITS) - BUS(1), 1, 0, 1, "it has no possible address" },
        { 0x40000000, 1, 0, 0, "it is RAM" },
        { 0x40000000 - BUS(1), 1, 0, 1, "it is RAM" },
        { 0x40000000 - BUS(1), 1, 0, 0, NULL },
        { 0x40000000 - BUS(2), 1, 2, 2, "it is RAM" },
        { 0x50000000, 1, 0, 0, NULL },
        { 0x4ff00000, 1, 0, 0, "it is RAM" },
        { 0x09000000, 1, 0, 0, "it is an SMMU's registers" },
        { 0x08f00000, 1, 0, 1, "it is an SMMU's registers" },
        { 0x08f00000, 1, 0, 0, NULL },
        { 0x08e00000, 1, 3, 3, "it is an SMMU's registers" },
        { 0x09100000, 1, 0, 0, "it is an SMMU's registers" },
        { 0x09200000, 1, 0, 0, NULL },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        machine();
        entry(ECAM, 0, 0, 3);
        entry(rows[i].address, rows[i].seg, rows[i].first, rows[i].last);
        assert_int_equal(boot(true), 0);
        dom0();
        if ( arm_stubs.nr_bridges != (rows[i].why ? 1 : 2) )
            fail_msg("%u: %s", i, host_log_text());
        if ( rows[i].why )
        {
            assert_log("MCFG entry 1 is not used");
            assert_log(rows[i].why);
        }
        else
        {
            char line[128];

            snprintf(line, sizeof(line),
                     "segment %04x, buses %02x to %02x, configuration space at %#"PRIpaddr,
                     rows[i].seg, rows[i].first, rows[i].last,
                     rows[i].address + BUS(rows[i].first));
            assert_log(line);
            assert_no_log("is not used");
        }
        down();
    }
}

/* Where guests' BARs may be, in pages. */
static void test_bars(void **state)
{
    static const struct {
        paddr_t first, last;
        bool ok;
    } rows[] = {
        { 0x60000000, 0x60000fff, true },
        { ECAM, ECAM + 0xfff, false },
        { ECAM + BUS(4) - 1, ECAM + BUS(4) + 0xfff, false },
        { ECAM + BUS(4), ECAM + BUS(4) + 0xfff, true },
        { ECAM - 0x1000, ECAM - 1, true },
        { 0x3ffff000, 0x40000000, false },
        { 0x3ffff000, 0x3fffffff, true },
        { 0x4ffff000, 0x4fffffff, false },
        { 0x50000000, 0x50000fff, true },
        /* Not dom0's. */
        { SMMU0, SMMU0 + 0xfff, false },
        { SMMU0 + 0x1f000, SMMU0 + 0x20fff, false },
        { SMMU0 + 0x20000, SMMU0 + 0x20fff, true },
        { 0x100000000, 0x100000fff, false },
    };
    unsigned int i;

    machine();
    /* A bank of nothing. */
    host_ram.bank[host_ram.nr_banks++] = (struct membank){ .start = 0x60000000 };
    entry(ECAM, 0, 0, 3);
    assert_int_equal(boot(true), 0);
    dom0();
    assert_int_equal(iommu_hwdom_deny(arm_dom0), 0);
    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
        if ( iommu_acpi_bar_ok(rows[i].first, rows[i].last) != rows[i].ok )
            fail_msg("%u", i);
    down();
}

/* The units' frames, first to last, are not dom0's; the ones beside are. */
static void test_deny(void **state)
{
    static const unsigned long base[] = { SMMU0, SMMU1 };
    unsigned int i;

    machine();
    assert_int_equal(boot(false), 0);
    assert_log("firmware names no host bridge");
    dom0();
    assert_int_equal(iommu_hwdom_deny(arm_dom0), 0);
    for ( i = 0; i < 2; i++ )
    {
        unsigned long fn = base[i] >> PAGE_SHIFT;

        assert_false(iomem_access_permitted(arm_dom0, fn, fn));
        assert_false(iomem_access_permitted(arm_dom0, fn + 31, fn + 31));
        assert_true(iomem_access_permitted(arm_dom0, fn - 1, fn - 1));
        assert_true(iomem_access_permitted(arm_dom0, fn + 32, fn + 32));
    }
    down();
}

/* dom0's IORT: where Xen put it, as long as Xen was told. */
static void test_iort_of_dom0(void **state)
{
    struct membank banks[TBL_MMAX] = {};
    static uint8_t room[0x1000];
    size_t size;

    machine();
    assert_int_equal(boot(false), 0);
    size = iommu_hwdom_iort_size();
    assert_true(size >= 48 && size < sizeof(room) / 2);
    dom0();
    memset(room, 0xaa, sizeof(room));
    arm_dom0->arch.efi_acpi_gpa = 0x77000000;
    arm_dom0->arch.efi_acpi_table = room;
    arm_dom0->arch.efi_acpi_len = sizeof(room);
    iommu_hwdom_iort_add(arm_dom0, banks);
    assert_int_equal(banks[TBL_IORT].start, 0x77000000 + 0x100 * TBL_IORT);
    assert_int_equal(banks[TBL_IORT].size, size);
    assert_memory_equal(room + 0x100 * TBL_IORT, "IORT", 4);
    assert_int_equal(room[0x100 * TBL_IORT - 1], 0xaa);
    assert_int_equal(room[0x100 * TBL_IORT + size], 0xaa);
    down();
}

/* GSIVs: none, Xen's own, beyond the controller, one it does not take. */
static void test_interrupts(void **state)
{
    static const struct {
        unsigned int gsiv;
        int rc;
        bool used;
    } rows[] = {
        { 0, 0, true }, { 31, 0, false }, { 32, 0, true }, { 63, 0, true },
        { 64, 0, false }, { 40, -EBUSY, false }, { ~0U, 0, false },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        machine();
        iort(rows[i].gsiv);
        arm_stubs.spi_type = rows[i].rc;
        assert_int_equal(boot(false), 0);
        dom0();
        if ( host_log_contains("is not used") == rows[i].used )
            fail_msg("%u: %s", i, host_log_text());
        down();
    }
}

static void test_no_iort(void **state)
{
    machine();
    assert_int_equal(iommu_setup(), -ENODEV);
    assert_log("firmware has no IORT");
    assert_log("no passthrough on this machine");
    iommu_enabled = true;
    down();

    /* Both units' registers are RAM. */
    machine();
    host_ram.bank[0].start = SMMU0;
    host_ram.bank[0].size = SMMU1 - SMMU0 + 1;
    assert_int_equal(boot(false), -ENODEV);
    assert_log("its registers are RAM");
    iommu_enabled = true;
    down();
}

/* Each allocation fails in turn: DMA of the name space's devices stays out. */
static void test_no_memory(void **state)
{
    unsigned int n, failed = 0;
    bool reached = true;

    for ( n = 1; reached && n < 400; n++ )
    {
        uint64_t maddr;
        int rc;

        machine();
        entry(ECAM, 0, 0, 3);
        host_fail_nth(n);
        rc = boot(true);
        reached = host_fail_reached();
        host_fail_nth(0);
        failed += !!rc;
        if ( !rc )
            dom0();
        if ( !rc && !host_log_contains("NET0: its DMA is not translated") )
            if ( !smmu_model_dma(sm_model[1], 0x77, 0x900000, true, &maddr) )
                fail_msg("%u: %s", n, host_log_text());
        iommu_enabled = true;
        down();
    }
    assert_true(failed && !reached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARM_TEST(test_good), ARM_TEST(test_named_twice),
        ARM_TEST(test_entries), ARM_TEST(test_bars),
        ARM_TEST(test_deny), ARM_TEST(test_iort_of_dom0),
        ARM_TEST(test_interrupts), ARM_TEST(test_no_iort),
        ARM_TEST(test_no_memory),
        /* What a dead unit may still use is lost from here on. */
        ARM_TEST(test_named_blocked),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
