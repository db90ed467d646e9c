/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions of dom0's devices that overlap in part, and what dom0 had mapped
 * before: a device reaches its own, and nobody else's go with it.
 */
#include "vtd-system.h"

#include "dmar-build.h"

#include <iommu-groups/direct.h>

#define BASE 0xd0000UL      /* frames */

static struct {
    unsigned long first, last;
    unsigned int dev;
} table[4];
static unsigned int nr_rows;

/* How often the p2m was asked for something, and which time it fails. */
static unsigned int nr_maps, fail_at;

int arch_iommu_direct_map(struct domain *d, const struct iommu_region *region,
                          bool relaxed)
{
    if ( ++nr_maps == fail_at )
        return -ENOMEM;

    return vm_map(d, region->first, region->first,
                  region->last - region->first + 1,
                  IOMMUF_readable | IOMMUF_writable);
}

void arch_iommu_direct_unmap(struct domain *d, unsigned long first,
                             unsigned long last)
{
    assert_int_equal(vm_unmap(d, first, last - first + 1), 0);
}

static void dmar(struct dmar_buf *d, unsigned int haw)
{
    unsigned int i;

    dmar_begin(d, haw, 1);
    dmar_drhd(d, 0, VM_BASE1, 0, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_close(d);
    for ( i = 0; i < nr_rows; i++ )
    {
        dmar_rmrr(d, 0, table[i].first << PAGE_SHIFT,
                  (table[i].last << PAGE_SHIFT) + 0xfff);
        dmar_scope(d, 1, 0, 0, table[i].dev, 0);
        dmar_close(d);
    }
    dmar_end(d);
}

static void row(unsigned long first, unsigned long last, unsigned int dev)
{
    table[nr_rows].first = BASE + first;
    table[nr_rows].last = BASE + last;
    table[nr_rows++].dev = dev;
}

static void up(void)
{
    vm_dmar = dmar;
    vm_up(&vtd_model_default);
    nr_maps = fail_at = 0;
    host_log_clear();
}

static void down(void)
{
    vm_down();
    vm_dmar = NULL;
    nr_rows = 0;
}

/* Exactly these of 32 frames are reached, at their own address. */
static void reaches(pci_sbdf_t sbdf, uint32_t frames)
{
    unsigned int i;

    for ( i = 0; i < 32; i++ )
    {
        uint64_t addr = (BASE + i) << PAGE_SHIFT;

        if ( (vm_dma_to(sbdf, addr) == addr) != !!(frames & (1U << i)) )
            fail_msg("%#x: frame %u", sbdf.sbdf, i);
    }
}

#define BITS(first, last) ((~0U << (first)) & (~0U >> (31 - (last))))

static void test_in_part(void **state)
{
    static const struct {
        unsigned int a[2], b[2];
    } cases[] = {
        { { 0, 7 }, { 4, 11 } }, { { 4, 11 }, { 0, 7 } },
        { { 0, 7 }, { 7, 8 } }, { { 0, 15 }, { 4, 4 } },
        { { 4, 4 }, { 0, 15 } }, { { 3, 9 }, { 3, 5 } },
        { { 3, 9 }, { 8, 9 } }, { { 0, 7 }, { 8, 11 } },
        { { 2, 2 }, { 2, 2 } },
    };
    unsigned int i, order;

    for ( i = 0; i < 2 * ARRAY_SIZE(cases); i++ )
    {
        uint32_t a = BITS(cases[i / 2].a[0], cases[i / 2].a[1]);
        uint32_t b = BITS(cases[i / 2].b[0], cases[i / 2].b[1]);

        order = i & 1;
        row(cases[i / 2].a[0], cases[i / 2].a[1], 2);
        row(cases[i / 2].b[0], cases[i / 2].b[1], 5);
        up();
        iommu_hwdom_init(vm.hwdom);
        assert_ptr_equal(vm_dev(DEV_A)->owner, vm.hwdom);
        assert_ptr_equal(vm_dev(DEV_B)->owner, vm.hwdom);
        reaches(DEV_A, a | b);
        reaches(DEV_B, a | b);

        /* One goes, and what only it required. */
        iommu_direct_unmap(vm.hwdom, vm_dev(order ? DEV_A : DEV_B)->regions,
                           1);
        reaches(DEV_A, order ? b : a);
        assert_int_equal(iommu_direct_map(
            vm.hwdom, vm_dev(order ? DEV_A : DEV_B)->regions, 1, true), 0);
        reaches(DEV_B, a | b);
        iommu_direct_unmap(vm.hwdom, vm_dev(DEV_A)->regions, 1);
        iommu_direct_unmap(vm.hwdom, vm_dev(DEV_B)->regions, 1);
        reaches(DEV_A, 0);
        assert_true(list_empty(&s2_space_of(vm.hwdom)->direct));
        down();
    }
}

/* Whatever fails, a region is mapped as a whole or not at all. */
static void test_fails(void **state)
{
    unsigned int n, failed = 0;

    for ( n = 1; n < 24; n++ )
    {
        const struct iommu_region *r;
        int rc;

        row(2, 3, 2);
        row(6, 7, 2);
        row(0, 9, 5);
        up();
        iommu_hwdom_init(vm.hwdom);
        reaches(DEV_A, BITS(0, 9));
        r = vm_dev(DEV_B)->regions;
        iommu_direct_unmap(vm.hwdom, r, 1);
        reaches(DEV_A, BITS(2, 3) | BITS(6, 7));

        nr_maps = 0;
        fail_at = n < 12 ? n : 0;
        host_fail_nth(n < 12 ? 0 : n - 11);
        rc = iommu_direct_map(vm.hwdom, r, 1, true);
        host_fail_nth(0);
        fail_at = 0;
        failed += !!rc;
        reaches(DEV_A, rc ? BITS(2, 3) | BITS(6, 7) : BITS(0, 9));
        if ( !rc )
            iommu_direct_unmap(vm.hwdom, r, 1);
        iommu_direct_unmap(vm.hwdom, vm_dev(DEV_A)->regions, 2);
        reaches(DEV_A, 0);
        assert_true(list_empty(&s2_space_of(vm.hwdom)->direct));
        down();
    }
    assert_in_range(failed, 6, 20);
}

/*
 * dom0 has reserved memory mapped that firmware names for no device, or for
 * another one: giving the named device away leaves that.
 */
static void test_own_stays(void **state)
{
    row(4, 7, 2);
    up();
    assert_int_equal(vm_map(vm.hwdom, BASE + 6, BASE + 6, 4,
                            IOMMUF_readable | IOMMUF_writable), 0);
    /* This one is mapped, and not for writing. */
    assert_int_equal(vm_map(vm.hwdom, BASE + 5, BASE + 5, 1, IOMMUF_readable),
                     0);
    iommu_hwdom_init(vm.hwdom);
    reaches(DEV_A, BITS(4, 9));
    assert_int_equal(vm_dma(DEV_A, (BASE + 5) << PAGE_SHIFT, true), 0);
    iommu_direct_unmap(vm.hwdom, vm_dev(DEV_A)->regions, 1);
    reaches(DEV_B, BITS(6, 9));
    assert_true(list_empty(&s2_space_of(vm.hwdom)->direct));

    assert_int_equal(iommu_direct_map(vm.hwdom, vm_dev(DEV_A)->regions, 1,
                                      true), 0);
    reaches(DEV_B, BITS(4, 9));
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_in_part), VM_TEST(test_fails), VM_TEST(test_own_stays),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
