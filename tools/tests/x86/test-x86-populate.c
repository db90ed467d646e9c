/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a PV guest is given: devices reach an extent when it is the
 * guest's, one wait at most, and no page of it is anything but writable memory.
 */
#include "vtd-system.h"
#include "x86/x86-xen.h"

#include <public/domctl.h>

#include <xen/iommu.h>
#include <xen/mm.h>

#include <iommu-groups/driver.h>

#define ORDER 4U
#define NR    (1U << ORDER)

static struct domain *d;
static struct page_info *pg;
static mfn_t mfn;

static void up(bool caching)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = caching;
    vm_up(&cfg);
    x86_reset();
    d = vm.guest;
    assert_int_equal(vm_give(DEV_A, d), 0);
    pg = alloc_domheap_pages(NULL, ORDER, 0);
    assert_non_null(pg);
    mfn = page_to_mfn(pg);
}

static void down(void)
{
    unsigned int i;

    for ( i = 0; i < NR; i++ )
        pg[i].u.inuse.type_info = 0;
    free_domheap_pages(pg, ORDER);
    vm_down();
}

static unsigned int reached(void)
{
    unsigned int i, n = 0;

    for ( i = 0; i < NR; i++ )
        n += !vm_dma(DEV_A, mfn_to_maddr(mfn) + i * PAGE_SIZE, true);
    assert_int_not_equal(vm_dma(DEV_A, mfn_to_maddr(mfn) + NR * PAGE_SIZE,
                                true), 0);

    return n;
}

static unsigned int writable(void)
{
    unsigned int i, n = 0;

    for ( i = 0; i < NR; i++ )
        n += pg[i].u.inuse.type_info == (PGT_writable_page | PGT_validated);

    return n;
}

static unsigned long waits(void)
{
    return vm.ops->count(0, VM_WAITS);
}

/* Nothing to flush; and units that remember what is absent. */
static void whole(bool caching)
{
    unsigned long before;

    up(caching);
    assert_int_equal(reached(), 0);
    assert_int_equal(iommu_groups_memflags(d), MEMF_iommu_groups);
    before = waits();
    iommu_groups_pv_assign(d, pg, NR);
    assert_int_equal(waits(), before);
    assert_int_equal(writable(), NR);
    assert_int_equal(iommu_groups_pv_populate(d, mfn, ORDER), 1);
    assert_int_equal(waits(), before + caching);
    assert_int_equal(reached(), NR);

    /* That was that extent. */
    assert_int_equal(iommu_groups_pv_populate(d, mfn, ORDER), 0);
    assert_int_equal(waits(), before + caching);
    assert_int_equal(vm_unmap(d, mfn_x(mfn), NR), 0);
    down();
}

static void test_whole(void **state)
{
    whole(false);
}

static void test_caching(void **state)
{
    whole(true);
}

/* Only for what was mapped last is there nothing left to do. */
static void test_another(void **state)
{
    up(false);
    iommu_groups_pv_assign(d, pg, NR);
    assert_int_equal(iommu_groups_pv_populate(vm.guest2, mfn, ORDER), 0);
    assert_int_equal(iommu_groups_pv_populate(d, mfn_add(mfn, 1), ORDER), 0);
    assert_int_equal(iommu_groups_pv_populate(d, mfn, ORDER - 1), 0);
    assert_int_equal(iommu_groups_pv_populate(d, mfn, ORDER), 1);
    assert_int_equal(vm_unmap(d, mfn_x(mfn), NR), 0);
    down();
}

/* Each allocation fails in turn: all of an extent, or nothing and no type. */
static void test_no_memory(void **state)
{
    unsigned int nth;
    bool failed;

    for ( nth = 1; ; nth++ )
    {
        up(true);
        host_fail_nth(nth);
        iommu_groups_pv_assign(d, pg, NR);
        failed = host_fail_reached();
        host_fail_nth(0);
        assert_int_equal(iommu_groups_pv_populate(d, mfn, ORDER), !failed);
        assert_int_equal(writable(), failed ? 0 : NR);
        assert_int_equal(reached(), failed ? 0 : NR);
        assert_int_equal(d->is_shutting_down, failed);
        if ( !failed )
            assert_int_equal(vm_unmap(d, mfn_x(mfn), NR), 0);
        down();
        if ( !failed )
            break;
    }
    assert_true(nth > 1);
}

static int cf_check failing_flush(struct iommu_unit *unit, uint32_t tag,
                                  const struct pt_gather *g)
{
    return -EIO;
}

/* Units that cannot be told: who gives the memory is. */
static void test_flush_fails(void **state)
{
    struct iommu_driver *real, drv;
    struct iommu_tlb_ops tlb;
    struct iommu_unit *unit;

    up(true);
    unit = vm_unit(DEV_A);
    real = unit->drv;
    drv = *real;
    tlb = *drv.tlb;
    tlb.flush = failing_flush;
    drv.tlb = &tlb;
    unit->drv = &drv;
    iommu_groups_pv_assign(d, pg, NR);
    assert_int_equal(iommu_groups_pv_populate(d, mfn, ORDER), -EIO);
    assert_true(d->is_shutting_down);
    unit->drv = real;
    down();
}

/* Whose pages' types are watched by shadow tables, or that have no table. */
static void test_not_this_way(void **state)
{
    unsigned int i;
    bool *sync;

    up(false);

    /* As if the caller had lost it on the way: it has no place any more. */
    iommu_groups_pv_assign(d, pg, NR);
    assert_int_equal(vm_unmap(d, mfn_x(mfn), NR), 0);
    for ( i = 0; i < NR; i++ )
        pg[i].u.inuse.type_info = 0;

    d->arch.log_dirty = true;
    iommu_groups_pv_assign(d, pg, NR);
    assert_int_equal(writable(), 0);
    assert_int_equal(reached(), 0);
    assert_int_equal(iommu_groups_pv_populate(d, mfn, ORDER), 0);
    d->arch.log_dirty = false;

    sync = &dom_iommu(d)->need_sync;
    *sync = false;
    assert_int_equal(iommu_groups_memflags(d), 0);
    *sync = true;
    d->options |= XEN_DOMCTL_CDF_hvm;
    assert_int_equal(iommu_groups_memflags(d), 0);
    d->options &= ~XEN_DOMCTL_CDF_hvm;
    down();
}

/* A dying guest's pages are not looked for in tables that are gone. */
static void test_dying(void **state)
{
    up(false);
    iommu_groups_pv_assign(d, pg, NR);
    assert_int_equal(iommu_groups_pv_populate(d, mfn, ORDER), 1);
    assert_int_equal(vm_give(DEV_A, hardware_domain), 0);
    d->is_dying = DOMDYING_dying;
    assert_int_equal(iommu_free_pgtables(d), 0);
    assert_false(need_iommu_pt_sync(d));
    assert_int_equal(iommu_groups_memflags(d), 0);
    d->is_dying = DOMDYING_alive;
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_whole), VM_TEST(test_caching), VM_TEST(test_another),
        VM_TEST(test_no_memory), VM_TEST(test_flush_fails),
        VM_TEST(test_not_this_way), VM_TEST(test_dying),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
