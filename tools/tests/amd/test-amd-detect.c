/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD-Vi before its units are looked at: what chipsets need, and the IVRS with
 * all that goes with it at boot.
 */
#include <asm/processor.h>
#include <xen/acpi.h>
#include <xen/err.h>
#include <xen/iommu.h>

#include <iommu-groups/pci-topology.h>

#include "amd/setup.h"
#include "ivrs-test.h"

/* ---- chipsets ---- */

#define UNIT PCI_SBDF(0, 0, 0, 2)

static struct {
    uint8_t smbus_bus;              /* where an SP5100 is */
    uint8_t sata_cfg;
    uint32_t unit_id;
    uint32_t l2_index, l1_index, nb_index;
    uint32_t l2[0x100], l1[8][0x40], nb;
    uint32_t base_low, base_high;
    unsigned int writes;
} hw;

static uint32_t hw_read(pci_sbdf_t sbdf, unsigned int reg, unsigned int size)
{
    if ( sbdf.devfn == PCI_DEVFN(0x14, 0) && sbdf.bus == hw.smbus_bus )
        return reg == 0 ? 0x43851002 : reg == 0xad ? hw.sata_cfg : 0;
    if ( sbdf.sbdf == 0 && reg == 0x64 )
        return hw.nb;
    if ( sbdf.sbdf != UNIT.sbdf )
        return ~0u;

    switch ( reg )
    {
    case 0x00: return hw.unit_id;
    case 0x44: return hw.base_low;
    case 0x48: return hw.base_high;
    case 0xf4: return hw.l2[hw.l2_index & 0xff];
    case 0xfc: return hw.l1[(hw.l1_index >> 16) & 7][hw.l1_index & 0x3f];
    }

    return 0;
}

static void hw_write(pci_sbdf_t sbdf, unsigned int reg, unsigned int size,
                     uint32_t val)
{
    hw.writes++;
    assert_int_equal(size, 4);

    if ( sbdf.sbdf == 0 )
    {
        if ( reg == 0x60 )
            hw.nb_index = val;
        else
        {
            assert_int_equal(reg, 0x64);
            assert_int_equal(hw.nb_index, 0x75 | 0x80);
            hw.nb = val;
        }
        return;
    }

    assert_int_equal(sbdf.sbdf, UNIT.sbdf);
    switch ( reg )
    {
    /* Bit 0 locks both until the next reset. */
    case 0x44:
        if ( !(hw.base_low & 1) )
            hw.base_low = val;
        break;
    case 0x48:
        if ( !(hw.base_low & 1) )
            hw.base_high = val;
        break;
    case 0xf0: hw.l2_index = val; break;
    case 0xf4:
        assert_true(hw.l2_index & 0x100);
        hw.l2[hw.l2_index & 0xff] = val;
        break;
    case 0xf8: hw.l1_index = val; break;
    case 0xfc:
        assert_true(hw.l1_index & 0x80000000);
        hw.l1[(hw.l1_index >> 16) & 7][hw.l1_index & 0x3f] = val;
        break;
    default:
        fail_msg("write to %#x", reg);
    }
}

static void hw_begin(void)
{
    static const struct host_pci_ops ops = { hw_read, hw_write };

    memset(&hw, 0, sizeof(hw));
    hw.smbus_bus = 0xff;
    hw.unit_id = 0x14191022;
    host_pci_ops_set(&ops);
}

static void test_sp5100(void **state)
{
    hw_begin();
    hw.smbus_bus = 3;
    hw.sata_cfg = 0xf7;
    assert_null(amd_chipset_no_intremap());
    hw.sata_cfg = 0x08;
    assert_non_null(amd_chipset_no_intremap());
    assert_int_equal(hw.writes, 0);
}

static void test_prepare(void **state)
{
    static const struct {
        unsigned int vendor, family, model;
        uint8_t reg, val;
    } rows[] = {
        { X86_VENDOR_AMD, 0x15, 0x0f, 0, 0 },
        { X86_VENDOR_AMD, 0x15, 0x10, 0x90, 4 },
        { X86_VENDOR_AMD, 0x15, 0x1f, 0x90, 4 },
        { X86_VENDOR_AMD, 0x15, 0x20, 0, 0 },
        { X86_VENDOR_AMD, 0x15, 0x2f, 0, 0 },
        { X86_VENDOR_AMD, 0x15, 0x30, 0x47, 1 },
        { X86_VENDOR_AMD, 0x15, 0x3f, 0x47, 1 },
        { X86_VENDOR_AMD, 0x15, 0x40, 0, 0 },
        { X86_VENDOR_AMD, 0x17, 0x10, 0, 0 },
        { X86_VENDOR_INTEL, 0x15, 0x10, 0, 0 },
    };
    unsigned int i, r;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        hw_begin();
        hw.l2[0x47] = 0x100;
        hw.l2[0x90] = 0x200;
        boot_cpu_data.x86_vendor = rows[i].vendor;
        boot_cpu_data.x86 = rows[i].family;
        boot_cpu_data.x86_model = rows[i].model;

        host_log_clear();
        amd_chipset_prepare(UNIT);
        for ( r = 0; r < 0x100; r++ )
            assert_int_equal(hw.l2[r], (r == 0x47 ? 0x100 : 0) |
                                       (r == 0x90 ? 0x200 : 0) |
                                       (r == rows[i].reg ? rows[i].val : 0));
        assert_int_equal(host_log_lines(XENLOG_INFO), rows[i].reg ? 1 : 0);
        assert_false(hw.l2_index & 0x100);

        /* Once set, or set by firmware: left alone, and not said again. */
        host_log_clear();
        amd_chipset_prepare(UNIT);
        assert_int_equal(host_log_lines(XENLOG_INFO), 0);
    }
    memset(&boot_cpu_data, 0, sizeof(boot_cpu_data));
}

/* What firmware set, a suspend that forgets all of it, and what comes back. */
static void test_rd890(void **state)
{
    struct amd_chipset_state *saved;
    unsigned int i, j;

    hw_begin();
    assert_null(amd_chipset_save(UNIT, 0x40));
    amd_chipset_restore(UNIT, 0x40, NULL);
    assert_int_equal(hw.writes, 0);

    hw.unit_id = 0x5a231002;
    host_fail_nth(1);
    assert_int_equal(PTR_ERR(amd_chipset_save(UNIT, 0x40)), -ENOMEM);
    host_fail_nth(0);

    hw.base_low = 0xfeb20001;
    hw.base_high = 0x12;
    for ( i = 0; i < 6; i++ )
        for ( j = 0; j < 0x12; j++ )
            hw.l1[i][j] = 0x1000 * i + j + 1;
    for ( i = 0; i < 0x83; i++ )
        hw.l2[i] = 0x7000 + i;
    saved = amd_chipset_save(UNIT, 0x40);
    assert_false(IS_ERR_OR_NULL(saved));

    memset(&hw, 0, sizeof(hw));
    hw.unit_id = 0x5a231002;
    hw.nb = 0xf0;
    amd_chipset_restore(UNIT, 0x40, saved);
    assert_int_equal(hw.nb, 0xf1);
    assert_false(hw.nb_index & 0x80);
    assert_int_equal(hw.base_low, 0xfeb20001);
    assert_int_equal(hw.base_high, 0x12);
    for ( i = 0; i < 8; i++ )
        for ( j = 0; j < 0x40; j++ )
            assert_int_equal(hw.l1[i][j],
                             i < 6 && j < 0x12 ? 0x1000 * i + j + 1 : 0);
    for ( i = 0; i < 0x100; i++ )
        assert_int_equal(hw.l2[i], i < 0x83 ? 0x7000 + i : 0);
    xfree(saved);
}

/* ---- all of it, at boot ---- */

static int count(const struct iommu_region *region, void *arg)
{
    ++*(unsigned int *)arg;

    return 0;
}

static unsigned int regions_of(uint16_t id)
{
    struct iommu_ids ids = {};
    unsigned int nr = 0;

    assert_int_equal(iommu_ids_add(&ids, id, id), 0);
    assert_int_equal(amd_ivmd_for_dev(PCI_SBDF(0, id), &ids, count, &nr), 0);
    iommu_ids_free(&ids);

    return nr;
}

static void boot(const struct ivrs_buf *t, int rc, unsigned int errors)
{
    host_log_clear();
    host_acpi_set(t->b);
    assert_int_equal(amd_ivrs_detect(), rc);
    assert_int_equal(host_log_lines(XENLOG_ERR), errors);
    if ( rc )
    {
        assert_null(iommu_pci_alias);
        assert_int_equal(amd_ivrs.nr_ivhd, 0);
    }
    host_acpi_clear();
}

static void boot_over(void)
{
    amd_ivrs_free(&amd_ivrs);
    iommu_pci_alias = NULL;
    iommu_intremap = iommu_intremap_full;
}

static void test_no_table(void **state)
{
    host_log_clear();
    assert_int_equal(amd_ivrs_detect(), -ENODEV);
    assert_string_equal(host_log_text(), "");
    assert_null(iommu_pci_alias);
}

static void test_broken_table(void **state)
{
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO);
    iv_desktop_unit(&t, 0x11, 0, 0x0003, 0x00a5, 0x21);
    iv_end(&t);
    boot(&t, -EINVAL, 1);
}

/* -1: firmware says of no other ID. */
static int alias_of(pci_sbdf_t sbdf)
{
    struct pci_dev pdev = { .sbdf = sbdf };
    uint16_t alias;

    return iommu_pci_alias(&pdev, &alias) ? alias : -1;
}

static void test_boot(void **state)
{
    struct ivrs_buf t;

    iv_desktop(&t);
    iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0000000, 0x1000);
    iv_end(&t);
    hw_begin();
    boot(&t, 0, 0);
    assert_int_equal(regions_of(0x0100), 1);
    assert_int_equal(iommu_intremap, iommu_intremap_full);

    assert_int_equal(alias_of(PCI_SBDF(0, 0xff08)), 0x00a5);
    assert_int_equal(alias_of(PCI_SBDF(0, 0x0100)), -1);
    assert_int_equal(alias_of(PCI_SBDF(0, 0x00a5)), -1);
    assert_int_equal(alias_of(PCI_SBDF(1, 0xff08)), -1);
    boot_over();
}

static void test_boot_sp5100(void **state)
{
    struct ivrs_buf t;

    iv_desktop(&t);
    iv_end(&t);
    hw_begin();
    hw.smbus_bus = 0;
    hw.sata_cfg = 0x08;
    boot(&t, 0, 0);
    assert_int_equal(iommu_intremap, iommu_intremap_off);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
    assert_true(host_log_contains("erratum 28"));
    boot_over();

    /* It is off anyway: nothing to say. */
    iommu_intremap = iommu_intremap_off;
    boot(&t, 0, 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 0);
    boot_over();
}

/* iommu=force: all of the table or nothing. */
static void test_force(void **state)
{
    struct ivrs_buf t;
    unsigned int i;

    for ( i = 0; i < 3; i++ )
    {
        iv_desktop(&t);
        if ( i == 1 )
            iv_unit(&t, 0x11, 0, 0x4002, 0, 0);
        if ( i == 1 )
            iv_close(&t);
        if ( i == 2 )
            iv_put(&t, 0xffff, 8);
        iv_end(&t);

        force_iommu = true;
        boot(&t, i ? -EOPNOTSUPP : 0, i ? 1 : 0);
        boot_over();
        force_iommu = false;
        boot(&t, 0, 0);
        boot_over();
    }
}

/* An allocation fails, whichever: nothing is left. */
static void test_boot_memory(void **state)
{
    unsigned long nth;
    struct ivrs_buf t;
    int rc = -ENOMEM;

    iv_desktop(&t);
    iv_memory(&t, 0x21, 0x07, 0x0100, 0, 0xc0000000, 0x1000);
    iv_end(&t);
    hw_begin();
    host_acpi_set(t.b);
    for ( nth = 1; rc; nth++ )
    {
        host_fail_nth(nth);
        rc = amd_ivrs_detect();
        host_fail_nth(0);
        assert_true(!rc || rc == -ENOMEM);
        if ( rc )
            assert_int_equal(amd_ivrs.nr_ivhd, 0);
    }
    assert_in_range(nth, 6, 20);
    host_acpi_clear();
    boot_over();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IVRS_TEST(test_no_table),
        IVRS_TEST(test_broken_table),
        IVRS_TEST(test_boot),
        IVRS_TEST(test_boot_sp5100),
        IVRS_TEST(test_force),
        IVRS_TEST(test_boot_memory),
        IVRS_TEST(test_sp5100),
        IVRS_TEST(test_prepare),
        IVRS_TEST(test_rd890),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
