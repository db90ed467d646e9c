/* SPDX-License-Identifier: GPL-2.0-only */
/* x86's boot from end to end on AMD-Vi units (x86/boot.h), every step failing. */
#include "amd-system.h"

#include <asm/apic.h>

#include <iommu-groups/x86.h>

#include "ivrs-build.h"
#include "models/amd-regs.h"
#include "x86/boot.h"

#define SID_IOAPIC 0x00a0

void amd_tear_down_all(void);

static struct amd_model_cfg cfg;
static bool no_ioapic, too_short;

static void build(void)
{
    struct ivrs_buf t;

    iv_begin(&t, IV_INFO);
    iv_unit(&t, 0x11, 0, AS_BDF1, AS_BASE1, cfg.efr);
    iv_dev4(&t, 0x02, 0x0028, 0);
    iv_close(&t);
    iv_unit(&t, 0x11, 0, AS_BDF0, AS_BASE0, cfg.efr);
    iv_range(&t, 0x0008, 0xffff);
    if ( !no_ioapic )
        iv_special(&t, IV_IOAPIC, 2, SID_IOAPIC, 0xd7);
    iv_close(&t);
    iv_end(&t);
    if ( too_short )
    {
        iv_put_at(&t, IVRS_BLOCKS + 2, 2, 2);
        iv_sum(&t);
    }
    host_acpi_set(t.b);
}

static void prepare(void)
{
    as_prepare(&cfg);
    build();
}

/* Not remapped, the entry says what is delivered. */
static unsigned int msi(uint64_t rte, struct x86_irq *irq)
{
    struct amd_model_irq got = {};
    unsigned int rc;

    assert_false(rte & (1U << 16));
    rc = amd_model_msi(vm.amd[0], SID_IOAPIC,
                       0xfee00000 | (rte >> 56) << 12 | (rte >> 11 & 1) << 2,
                       rte & 0x87ff, &got);
    *irq = (struct x86_irq){ got.remapped, got.vector, got.dest };

    return rc;
}

/* Undone to the last by who fails. */
static void forget(void)
{
}

static const struct x86_boot boot = {
    .prepare = prepare,
    .msi = msi,
    .tear_down = amd_tear_down_all,
    .forget = forget,
    .last_way = AMD_MODEL_DIE,
    .stride = 3,
};

static int usual(void **state)
{
    x86_boot = &boot;
    x86_wrong = (struct x86_wrong){};
    cfg = amd_model_default;
    cfg.efr |= EFR_GA | EFR_XT;
    no_ioapic = too_short = false;

    return 0;
}

static void test_config(void **state)
{
    enum x2apic mode;

    for ( mode = 0; mode < NR_X2APIC; mode++ )
    {
        too_short = true;
        assert_false(x86_boot_up(mode));
        x86_boot_check(false);
        x86_boot_down();
    }
}

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

/* Units that address 8 bits only, on CPUs that do not mind. */
static void test_no_xt(void **state)
{
    enum x2apic mode;

    cfg.efr &= ~EFR_XT;
    for ( mode = 0; mode < NR_X2APIC; mode++ )
    {
        assert_true(x86_boot_up(mode));
        assert_int_equal(iommu_intremap, iommu_intremap_restricted);
        x86_boot_check(false);
        x86_boot_down();
    }
}

/*
 * Firmware left x2APIC on and remapping could not be had then: it is asked for
 * again once units are up, whose format has to be the one.
 */
static void test_second_try(void **state)
{
    unsigned int n, nr = 0;

    for ( n = 1; n < 30; n += 3 )
    {
        x86_wrong = (struct x86_wrong){
            .unit = 1, .command = n, .how = AMD_MODEL_STALL,
        };
        if ( !x86_boot_up(X2APIC_FIRMWARE) || force_iommu )
        {
            x86_boot_down();
            continue;
        }
        nr++;
        assert_int_equal(iommu_intremap, iommu_intremap_full);
        x86_boot_check(false);
        x86_boot_down();
    }
    assert_true(nr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        X86_BOOT_TEST(x86_boot_whole),
        X86_BOOT_TEST(x86_boot_no_scan),
        X86_BOOT_TEST(x86_boot_no_memory),
        X86_BOOT_TEST(x86_boot_commands),
        X86_BOOT_TEST(test_config),
        X86_BOOT_TEST(test_no_ioapic),
        X86_BOOT_TEST(test_no_xt),
        X86_BOOT_TEST(test_second_try),
    };

    return cmocka_run_group_tests_name("x86-boot-amd", tests, NULL, NULL);
}
