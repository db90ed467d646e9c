/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that a domain gives back in one hypercall: few waits, and no device
 * reaches one that is free.
 */
#include "vtd-system.h"
#include "x86/x86-xen.h"

#include <public/domctl.h>

#include <xen/iommu.h>
#include <xen/mm.h>

#include <iommu-groups/driver.h>

#define NR    300
#define BATCH 128

static struct domain *d;
static struct page_info *page[NR];
static unsigned int nr_freed;

static uint64_t addr_of(const struct page_info *pg)
{
    return page_to_maddr(pg);
}

static bool reached(const struct page_info *pg)
{
    return !vm_dma(DEV_A, addr_of(pg), true);
}

/* Of the pages above: nothing that is cached leads to what is free. */
static void watch(struct page_info *pg)
{
    unsigned int i;

    for ( i = 0; i < NR; i++ )
        if ( page[i] == pg )
        {
            assert_false(reached(pg));
            nr_freed++;
        }
}

static struct page_info *mapped_page(struct domain *owner)
{
    struct page_info *pg = alloc_domheap_page(owner, 0);

    assert_non_null(pg);
    assert_int_equal(vm_map(owner, mfn_x(page_to_mfn(pg)),
                            mfn_x(page_to_mfn(pg)), 1,
                            IOMMUF_readable | IOMMUF_writable), 0);

    return pg;
}

static void up(bool hvm)
{
    unsigned int i;

    vm_up(&vtd_model_default);
    x86_reset();
    d = vm.guest;
    if ( hvm )
        d->options |= XEN_DOMCTL_CDF_hvm;
    assert_int_equal(vm_give(DEV_A, d), 0);
    for ( i = 0; i < NR; i++ )
    {
        page[i] = mapped_page(d);
        assert_true(reached(page[i]));
    }
    nr_freed = 0;
    host_watch_free = watch;
}

static void down(void)
{
    assert_false(this_cpu(iommu_dont_flush_iotlb));
    host_watch_free = NULL;
    memset(page, 0, sizeof(page));
    d->options &= ~XEN_DOMCTL_CDF_hvm;
    vm_down();
}

static unsigned long waits(void)
{
    return vm.ops->count(0, VM_WAITS);
}

static void remove_pages(unsigned int first, unsigned int last)
{
    unsigned int i;

    for ( i = first; i <= last; i++ )
        assert_int_equal(x86_remove_page(d, page[i]), 0);
}

static void many(bool hvm)
{
    unsigned long before;

    up(hvm);
    before = waits();
    iommu_groups_release_begin(d);
    assert_int_equal(this_cpu(iommu_dont_flush_iotlb), !hvm);
    remove_pages(0, BATCH - 1);
    assert_int_equal(waits(), before);
    assert_int_equal(nr_freed, 0);
    remove_pages(BATCH, BATCH);
    assert_int_equal(waits(), before + 1);
    assert_int_equal(nr_freed, BATCH);
    remove_pages(BATCH + 1, NR - 1);
    iommu_groups_release_end();
    assert_int_equal(waits(), before + 3);
    assert_int_equal(nr_freed, NR);

    /* Nothing is kept from then on, and nothing to flush costs nothing. */
    iommu_groups_release_begin(d);
    iommu_groups_release_end();
    assert_int_equal(waits(), before + 3);
    page[0] = mapped_page(d);
    assert_true(reached(page[0]));
    remove_pages(0, 0);
    assert_int_equal(nr_freed, NR + 1);
    assert_int_equal(waits(), before + 4);
    down();
}

static void test_pv(void **state)
{
    many(false);
}

static void test_hvm(void **state)
{
    many(true);
}

/*
 * Somebody else has the page.  A PV guest's is mapped as long as it lives; one
 * that has left a p2m may be let go at any time, and is not free before the
 * flush.
 */
static void test_shared_pv(void **state)
{
    unsigned int i;

    up(false);
    assert_true(get_page(page[1], d));
    iommu_groups_release_begin(d);
    remove_pages(0, NR - 1);
    iommu_groups_release_end();
    assert_int_equal(nr_freed, NR - 1);
    assert_true(reached(page[1]));
    put_page(page[1]);
    assert_int_equal(nr_freed, NR);
    for ( i = 0; i < NR; i++ )
        assert_false(reached(page[i]));
    down();
}

static void test_shared_hvm(void **state)
{
    up(true);
    assert_true(get_page(page[1], d));
    iommu_groups_release_begin(d);
    remove_pages(0, 5);
    put_page(page[1]);
    assert_int_equal(nr_freed, 0);
    iommu_groups_release_end();
    assert_int_equal(nr_freed, 6);

    assert_true(get_page(page[6], d));
    iommu_groups_release_begin(d);
    remove_pages(6, NR - 1);
    iommu_groups_release_end();
    assert_int_equal(nr_freed, NR - 1);
    put_page(page[6]);
    assert_int_equal(nr_freed, NR);
    down();
}

/* A page of another PV domain is no part of it, and flushed at once. */
static void test_another(void **state)
{
    struct domain *other = vm.guest2;
    unsigned long before;

    up(false);
    other = vm.guest2;
    assert_int_equal(vm_give(DEV_B, other), 0);
    remove_pages(NR - 1, NR - 1);
    page[NR - 1] = mapped_page(other);
    assert_int_equal(vm_dma(DEV_B, addr_of(page[NR - 1]), true), 0);
    nr_freed = 0;

    iommu_groups_release_begin(d);
    before = vm.ops->count(1, VM_WAITS);
    assert_int_equal(x86_remove_page(other, page[NR - 1]), 0);
    assert_int_equal(nr_freed, 1);
    assert_true(vm.ops->count(1, VM_WAITS) > before);
    assert_int_not_equal(vm_dma(DEV_B, addr_of(page[NR - 1]), true), 0);
    remove_pages(0, NR - 2);
    iommu_groups_release_end();
    assert_int_equal(nr_freed, NR);
    down();
}

static int cf_check failing_flush(struct iommu_unit *unit, uint32_t tag,
                                  const struct pt_gather *g)
{
    return -EIO;
}

/* The flush fails: the pages are lost, and one line says so. */
static void lost(bool hvm)
{
    struct iommu_unit *unit;
    struct iommu_driver *real;
    struct iommu_driver drv;
    struct iommu_tlb_ops tlb;
    unsigned int i;

    up(hvm);
    unit = vm_unit(DEV_A);
    real = unit->drv;
    drv = *real;
    tlb = *drv.tlb;
    tlb.flush = failing_flush;
    drv.tlb = &tlb;
    unit->drv = &drv;

    host_log_clear();
    iommu_groups_release_begin(d);
    remove_pages(0, 9);
    iommu_groups_release_end();
    assert_int_equal(nr_freed, 0);
    assert_log("d1: 10 pages are lost, devices may still reach them");

    unit->drv = real;
    iommu_groups_release_begin(d);
    remove_pages(10, NR - 1);
    iommu_groups_release_end();
    assert_int_equal(nr_freed, NR - 10);

    /* What the flush after that made up for: the test's memory. */
    for ( i = 0; i < 10; i++ )
        free_domheap_page(page[i]);
    down();
}

static void test_lost_pv(void **state)
{
    lost(false);
}

static void test_lost_hvm(void **state)
{
    lost(true);
}

/* Without tables there is nothing to collect. */
static void test_no_tables(void **state)
{
    bool sync;

    up(false);
    sync = dom_iommu(d)->need_sync;
    dom_iommu(d)->need_sync = false;
    iommu_groups_release_begin(d);
    assert_false(this_cpu(iommu_dont_flush_iotlb));
    remove_pages(0, 0);
    assert_int_equal(nr_freed, 1);
    iommu_groups_release_end();
    dom_iommu(d)->need_sync = sync;
    remove_pages(1, NR - 1);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_pv), VM_TEST(test_hvm), VM_TEST(test_shared_pv),
        VM_TEST(test_shared_hvm), VM_TEST(test_another),
        VM_TEST(test_lost_pv), VM_TEST(test_lost_hvm), VM_TEST(test_no_tables),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
