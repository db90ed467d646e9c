/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions, however many: dom0's device reaches all of them, or it is
 * not attached.
 */
#include "vtd-system.h"

#include "dmar-build.h"

/* Region @i, of one page; no two touch. */
#define REGION(i) (0xd0000000UL + 0x2000UL * (i))

static unsigned int nr_regions;

/* What the p2m of a translated domain does. */
int arch_iommu_direct_map(struct domain *d, const struct iommu_region *region,
                          bool relaxed)
{
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
    for ( i = 0; i < nr_regions; i++ )
    {
        dmar_rmrr(d, 0, REGION(i), REGION(i) + 0xfff);
        dmar_scope(d, 1, 0, 0, 2, 0);
        dmar_close(d);
    }
    dmar_end(d);
}

static void up(unsigned int nr)
{
    nr_regions = nr;
    vm_dmar = dmar;
    vm_up(&vtd_model_default);
    host_log_clear();
}

/* How many regions its DMA reaches. */
static unsigned int reached(void)
{
    unsigned int i, n = 0;

    for ( i = 0; i < nr_regions; i++ )
        n += vm_dma_to(DEV_A, REGION(i)) == REGION(i);

    return n;
}

static void test_all(void **state)
{
    static const unsigned int counts[] = { 1, 7, 8, 9, 16, 17, 100 };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(counts); i++ )
    {
        up(counts[i]);
        assert_int_equal(vm_dev(DEV_A)->nr_regions, counts[i]);
        iommu_hwdom_init(vm.hwdom);
        assert_ptr_equal(vm_dev(DEV_A)->owner, vm.hwdom);
        assert_int_equal(reached(), counts[i]);
        assert_int_equal(vm_dma_to(DEV_A, REGION(counts[i])), ~0ULL);
        assert_int_equal(vm_give(DEV_A, dom_io), 0);
        assert_int_equal(reached(), 0);
        vm_down();
    }
    vm_dmar = NULL;
}

/* Each allocation of dom0's set-up fails once: all regions, or no DMA. */
static void test_no_memory(void **state)
{
    unsigned int n, parked = 0, limit = test_rounds(60, 400);

    for ( n = 1; n < limit; n++ )
    {
        up(9);
        host_fail_nth(n);
        iommu_hwdom_init(vm.hwdom);
        host_fail_nth(0);
        if ( vm_dev(DEV_A)->attached->type == S2_BLOCKED )
        {
            const struct s2_space *space = s2_space_of(vm.hwdom);

            assert_int_equal(reached(), 0);
            /* What is still dom0's keeps them, for the next attach. */
            if ( vm_dev(DEV_A)->next_owner == dom_io )
            {
                assert_true(!space || list_empty(&space->direct));
                parked++;
            }
        }
        else
            assert_int_equal(reached(), 9);
        vm_down();
    }
    assert_true(parked >= 9);
    vm_dmar = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_all), VM_TEST(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
