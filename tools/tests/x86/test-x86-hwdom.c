/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dom0's devices reach without dom0 having asked: every kind of frame of
 * the memory map, in every mode, by DMA; and direct mappings for a device.
 */
#include "vtd-system.h"
#include "x86/x86-xen.h"

#include <xen/rangeset.h>

#include <iommu-groups/setup.h>

#define TOP 0x500

/* What a frame is. */
enum { HOLE, RAM, RESERVED, ACPI, UNUSABLE };

static const struct {
    unsigned long first, last;
    unsigned int type;
} memory[] = {
    { 0x100, 0x1ff, RAM }, { 0x200, 0x20f, RESERVED }, { 0x210, 0x21f, ACPI },
    { 0x220, 0x22f, UNUSABLE }, { 0x300, 0x3ff, RAM },
    { 0x400, 0x400, RESERVED },
};

/* Not dom0's at all; Xen's; what may only be read. */
static const unsigned long denied[] = { 0x108, 0x20f, 0x240 };
#define XEN_FIRST 0x310
#define XEN_LAST  0x31f
static const unsigned long ro[] = { 0x204, 0x250, 0x3f0 };

static struct mode {
    bool strict, inclusive, pvh;
    int8_t reserved;                /* -1: not said */
} mode;

static bool is_in(const unsigned long *list, unsigned int nr, unsigned long fn)
{
    while ( nr )
        if ( list[--nr] == fn )
            return true;

    return false;
}

#define IN(list, fn) is_in(list, ARRAY_SIZE(list), fn)

/* 0, 1: for reading, 3: for writing as well. */
static unsigned int expected(unsigned long fn)
{
    unsigned int i, type = HOLE;
    bool inclusive = mode.inclusive && !mode.pvh;

    for ( i = 0; i < ARRAY_SIZE(memory); i++ )
        if ( fn >= memory[i].first && fn <= memory[i].last )
            type = memory[i].type;

    if ( IN(denied, fn) )
        return 0;
    if ( IN(ro, fn) && !mode.pvh )
        return 1;
    if ( (fn >= XEN_FIRST && fn <= XEN_LAST) || type == UNUSABLE )
        return 0;
    if ( inclusive || (type == RAM && !mode.strict) ||
         (type == RESERVED && mode.reserved) )
        return 3;

    return 0;
}

static unsigned int actual(unsigned long fn)
{
    uint64_t addr = (uint64_t)fn << PAGE_SHIFT;

    if ( vm_dma(DEV_A, addr, false) )
        return 0;
    assert_int_equal(vm_dma_to(DEV_A, addr), addr);

    return vm_dma(DEV_A, addr, true) ? 1 : 3;
}

static void dom0_up(void)
{
    unsigned int i;

    assert_int_equal(vm_prepare(&vtd_model_default), 0);
    x86_reset();
    iommu_hwdom_strict = mode.strict;
    iommu_hwdom_inclusive = mode.inclusive;
    iommu_hwdom_reserved = mode.reserved;
    vm_continue();
    for ( i = 0; i < ARRAY_SIZE(memory); i++ )
        if ( memory[i].type )
            x86_e820(memory[i].first, memory[i].last, memory[i].type ==
                     UNUSABLE ? E820_UNUSABLE : memory[i].type);
    x86_xen_first = XEN_FIRST;
    x86_xen_last = XEN_LAST;
    if ( mode.pvh )
        vm.hwdom->options |= XEN_DOMCTL_CDF_hvm;
    vm.hwdom->iomem_caps = rangeset_new(NULL, "iomem", 0);
    mmio_ro_ranges = rangeset_new(NULL, "ro", 0);
    assert_int_equal(rangeset_add_range(vm.hwdom->iomem_caps, 0, 0xffffff), 0);
    for ( i = 0; i < ARRAY_SIZE(denied); i++ )
        assert_int_equal(rangeset_remove_singleton(vm.hwdom->iomem_caps,
                                                   denied[i]), 0);
    for ( i = 0; i < ARRAY_SIZE(ro); i++ )
        assert_int_equal(rangeset_add_singleton(mmio_ro_ranges, ro[i]), 0);
    /* A range that is not all permitted, and one that is not at all. */
    assert_int_equal(rangeset_add_range(mmio_ro_ranges, 0x23f, 0x241), 0);
    assert_int_equal(rangeset_add_range(mmio_ro_ranges, 0x20f, 0x20f), 0);
}

static void dom0_down(void)
{
    rangeset_destroy(vm.hwdom->iomem_caps);
    vm.hwdom->iomem_caps = NULL;
    rangeset_destroy(mmio_ro_ranges);
    mmio_ro_ranges = NULL;
    vm_down();
}

/* The two that the list has as a range. */
static unsigned int want(unsigned long fn)
{
    if ( (fn == 0x23f || fn == 0x241) && !mode.pvh )
        return 1;

    return expected(fn);
}

static void test_modes(void **state)
{
    unsigned int m;

    for ( m = 0; m < 24; m++ )
    {
        unsigned long fn;

        mode = (struct mode){ m & 1, m & 2, m & 4, (int)(m / 8) - 1 };
        dom0_up();
        iommu_hwdom_init(vm.hwdom);
        for ( fn = 0xf0; fn < TOP; fn++ )
            if ( actual(fn) != want(fn) )
                fail_msg("mode %u: frame %#lx: %u instead of %u", m, fn,
                         actual(fn), want(fn));
        /* Below 4 GiB, and not beyond. */
        assert_int_equal(actual(0xfffff), mode.inclusive && !mode.pvh ? 3 : 0);
        assert_int_equal(actual(0x100000), 0);
        dom0_down();
    }
    mode = (struct mode){};
}

/* Preempted in the middle of a region, it goes on. */
static void test_preempted(void **state)
{
    unsigned long fn;

    mode = (struct mode){ .pvh = true, .reserved = 1 };
    dom0_up();
    x86_mmio_chunk = 7;
    iommu_hwdom_init(vm.hwdom);
    for ( fn = 0xf0; fn < TOP; fn++ )
        assert_int_equal(actual(fn), want(fn));
    dom0_down();
}

/* One region cannot be mapped: said, and the others are there. */
static void test_region_fails(void **state)
{
    mode = (struct mode){ .pvh = true, .reserved = 1 };
    dom0_up();
    x86_mmio_fail = 0x301;
    iommu_hwdom_init(vm.hwdom);
    assert_log("IOMMU identity mapping of [300, 30f] failed");
    assert_int_equal(actual(0x1ff), 3);
    assert_int_equal(actual(0x320), 3);
    assert_int_equal(actual(0x400), 3);
    dom0_down();
}

static bool dies(unsigned int nth)
{
    host_fail_nth(nth);

    return HOST_CATCH(arch_iommu_hwdom_init(vm.hwdom));
}

/* What cannot be collected ends the boot: dom0 would reach half of it. */
static void test_cannot_collect(void **state)
{
    unsigned int n;

    mode = (struct mode){ .inclusive = true, .reserved = 1 };
    dom0_up();
    x86_xen_rc = -ENOMEM;
    assert_fatal("regions for d0 cannot be collected",
                 iommu_hwdom_init(vm.hwdom));
    x86_xen_rc = 0;
    /* Past the sets it is one region's table. */
    for ( n = 1; n < 40 && dies(n); n++ )
        continue;
    host_fail_nth(0);
    assert_true(n > 3);
    vm_clean();
    mode = (struct mode){};
}

/* Memory that firmware wants devices to reach: whose it may be. */
static void test_unity(void **state)
{
    static const struct {
        unsigned long first, last;
        const char *says;
        bool ok;
    } rows[] = {
        { 0x200, 0x20f, NULL, true }, { 0x20f, 0x20f, NULL, true },
        { 0x200, 0x210, "is not all reserved", true },
        { 0x21f, 0x220, "is not all reserved", true },
        { 0x1ff, 0x200, "frame 001ff is RAM", false },
        { 0x2fe, 0x300, "frame 00300 is RAM", false },
        /* A hole becomes what it has to be. */
        { 0x260, 0x261, "is not all reserved", true },
        { 0x260, 0x261, NULL, true }, { 0x2fe, 0x2ff, NULL, true },
    };
    unsigned int i;

    host_reset();
    x86_reset();
    for ( i = 0; i < ARRAY_SIZE(memory); i++ )
        x86_e820(memory[i].first, memory[i].last, memory[i].type ==
                 UNUSABLE ? E820_UNUSABLE : memory[i].type);
    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        host_log_clear();
        assert_int_equal(iommu_unity_region_ok("a region", _mfn(rows[i].first),
                                               _mfn(rows[i].last)), rows[i].ok);
        if ( rows[i].says )
            assert_log(rows[i].says);
        assert_int_equal(host_log_lines(NULL), !!rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_modes), VM_TEST(test_preempted),
        VM_TEST(test_region_fails), VM_TEST(test_cannot_collect),
        cmocka_unit_test(test_unity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
