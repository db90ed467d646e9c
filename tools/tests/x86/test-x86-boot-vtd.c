/* SPDX-License-Identifier: GPL-2.0-only */
/* x86's boot from end to end on VT-d units (x86/boot.h), every step failing. */
#include "vtd-system.h"

#include <asm/apic.h>

#include <iommu-groups/x86.h>

#include "vtd/vtd.h"
#include "dmar-build.h"
#include "x86/boot.h"
#include "x86/x86-xen.h"

#define SID_IOAPIC 0x00ff

static struct vtd_model_cfg cfg;
static unsigned int flags;              /* the DMAR's */
static bool no_ioapic, no_registers;
static uint64_t rmrr;                   /* of 00:02.0, one page; 0: none */

static void build(void)
{
    struct dmar_buf d;

    dmar_begin(&d, 46, flags);
    dmar_drhd(&d, 0, VM_BASE1, 0, 0);
    dmar_scope(&d, 1, 0, 0, 5, 0);
    dmar_close(&d);
    dmar_drhd(&d, 0, no_registers ? 0 : VM_BASE0, 1, 0);
    if ( !no_ioapic )
        dmar_scope(&d, 3, 2, 0, 0x1f, 7);
    dmar_close(&d);
    if ( rmrr )
    {
        dmar_rmrr(&d, 0, rmrr, rmrr + PAGE_SIZE - 1);
        dmar_scope(&d, 1, 0, 0, 2, 0);
        dmar_close(&d);
    }
    dmar_end(&d);
    host_acpi_set(d.b);
}

static void prepare(void)
{
    assert_int_equal(vm_prepare(&cfg), 0);
    x86_e820(0x100, 0x1ff, E820_RAM);
    x86_e820(0x200, 0x2ff, E820_RESERVED);
    /* What is reserved is the business of whose region it is. */
    iommu_hwdom_reserved = 0;
    build();
}

static unsigned int msi(uint64_t rte, struct x86_irq *irq)
{
    uint32_t addr = 0xfee00000, data = 0;
    struct vtd_model_irq got;
    unsigned int rc;

    assert_false(rte & (1U << 16));
    if ( rte & (1ULL << 48) )
        addr |= (rte >> 49) << 5 | 0x10 | (rte >> 11 & 1) << 2;
    else
    {
        addr |= (rte >> 56) << 12 | (rte >> 11 & 1) << 2;
        data = rte & 0x87ff;
    }
    rc = vtd_model_msi(vm.model[0], SID_IOAPIC, addr, data, &got);
    *irq = (struct x86_irq){ got.remapped, got.vector, got.dest };

    return rc;
}

static void forget(void)
{
    vtd_unit_unmap_all();
    vtd_dmar_free(&vtd_dmar);
}

static const struct x86_boot boot = {
    .prepare = prepare,
    .msi = msi,
    .tear_down = vtd_tear_down_all,
    .forget = forget,
    .last_way = VTD_MODEL_DIE,
    .stride = 2,
};

static int usual(void **state)
{
    x86_boot = &boot;
    x86_wrong = (struct x86_wrong){};
    cfg = vtd_model_default;
    flags = 1;
    no_ioapic = no_registers = false;
    rmrr = 0;

    return 0;
}

/* A boot that is not to use units: nothing is left of it. */
static void refused(const char *why)
{
    enum x2apic mode;

    for ( mode = 0; mode < NR_X2APIC; mode++ )
    {
        struct host_memory before = host_memory_now();

        assert_false(x86_boot_up(mode));
        assert_log(why);
        x86_boot_check(false);
        x86_boot_down();
        assert_int_equal(host_memory_now().pages, before.pages);
        assert_int_equal(host_memory_now().objects, before.objects);
    }
}

/* The table itself, and what it says of units. */
static void test_config(void **state)
{
    no_registers = true;
    refused("is broken");
    usual(state);
    cfg.mgaw = 29;
    refused("there is no unit that can be");
    usual(state);
    cfg.sagaw = 0x10;
    refused("there is no unit that can be");
}

/* X58: found when units are to be used, with remapping on for x2APIC already. */
static void test_quirk(void **state)
{
    static const uint8_t x58[256] = { 0x86, 0x80, 0x05, 0x34 };
    enum x2apic mode;

    for ( mode = 0; mode < NR_X2APIC; mode++ )
    {
        x86_wrong.function = x58;
        assert_false(x86_boot_up(mode));
        assert_log("errata of this chipset");
        x86_boot_check(false);
        x86_boot_down();
    }
}

/* No unit remaps for the IO-APIC: DMA is translated all the same. */
static void test_no_ioapic(void **state)
{
    enum x2apic mode;

    no_ioapic = true;
    for ( mode = 0; mode < NR_X2APIC; mode++ )
    {
        assert_true(x86_boot_up(mode));
        assert_false(iommu_intremap);
        x86_boot_check(false);
        x86_boot_down();
    }
}

/* Firmware asks not to use x2APIC; Xen's switching is what it means. */
static void test_opt_out(void **state)
{
    flags = 3;
    assert_true(x86_boot_up(X2APIC));
    assert_false(x2apic_enabled);
    assert_int_equal(iommu_intremap, iommu_intremap_restricted);
    x86_boot_check(false);
    x86_boot_down();
}

/* A device's region has to be memory that nobody else has. */
static void test_regions(void **state)
{
    static const struct {
        uint64_t addr;
        bool ok;
        const char *log;
    } regions[] = {
        { 0x200000, true, NULL },
        { 0x300000, true, "not all reserved" },
        { 0x100000, false, "is RAM" },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(regions); i++ )
    {
        rmrr = regions[i].addr;
        assert_true(x86_boot_up(XAPIC));
        if ( regions[i].log )
            assert_log(regions[i].log);
        assert_int_equal(vm_dma(DEV_A, rmrr, true) == 0, regions[i].ok);
        assert_int_not_equal(vm_dma(DEV_A, rmrr + PAGE_SIZE, false), 0);
        x86_boot_check(false);
        x86_boot_down();
    }
}

/* Memory of Xen for a device must have been RAM, and is nobody's from then on. */
static void test_reserve_ram(void **state)
{
    host_reset();
    x86_reset();
    x86_e820(0x100, 0x1ff, E820_RAM);
    assert_true(arch_iommu_reserve_ram(0x180, 2, "a device"));
    assert_true(e820_all_mapped(0x180000, 0x182000, E820_RESERVED));
    assert_true(e820_all_mapped(0x182000, 0x200000, E820_RAM));
    assert_false(arch_iommu_reserve_ram(0x1ff, 2, "a device"));
    assert_log("frames 1ff-200 of a device are not RAM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        X86_BOOT_TEST(x86_boot_whole),
        X86_BOOT_TEST(x86_boot_no_scan),
        X86_BOOT_TEST(x86_boot_no_memory),
        X86_BOOT_TEST(x86_boot_commands),
        X86_BOOT_TEST(test_config),
        X86_BOOT_TEST(test_quirk),
        X86_BOOT_TEST(test_no_ioapic),
        X86_BOOT_TEST(test_opt_out),
        X86_BOOT_TEST(test_regions),
        cmocka_unit_test(test_reserve_ram),
    };

    return cmocka_run_group_tests_name("x86-boot-vtd", tests, NULL, NULL);
}
