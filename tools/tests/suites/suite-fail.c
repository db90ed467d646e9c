/* SPDX-License-Identifier: GPL-2.0-only */
#include "suite-fail.h"

#include <iommu-groups/driver.h>

#include "models/pause.h"

static const struct suite_fail *suite;

/* A second command fails, the @nth from the first one that did; 0: none. */
static struct { unsigned int nth, how; bool armed; } second;

#define ADDR            0x10000UL
#define DFN             (ADDR >> PAGE_SHIFT)
#define RW              (IOMMUF_readable | IOMMUF_writable)

/* Guests keep what they had: pages that no device may reach after a step. */
static unsigned long mfn_a, mfn_b;

/* Several failures are in no set of ways. */
static bool is_in(unsigned int ways, unsigned int how)
{
    return how < 32 && (ways & 1U << how);
}

static unsigned int nr_failed_units(void)
{
    return vm_unit(DEV_A)->failed + vm_unit(DEV_B)->failed;
}

/* Seldom enough for a device whose faults are all recorded. */
static void poke(pci_sbdf_t sbdf, uint64_t addr, bool write)
{
    uint64_t maddr;

    vm.ops->translate(0, sbdf.bdf, addr, write, &maddr);
    vm_settle();
    host_time_advance(MILLISECS(20));
}

void suite_fail_poke(void)
{
    unsigned int i;

    for ( i = 0; i < 16; i++ )
    {
        /* Through each level of table that may be cached. */
        poke(DEV_A, ADDR + i * 0x8000, i & 1);
        poke(DEV_A, ADDR + i * 0x200000, i & 1);
        poke(DEV_MULTI0, i * 0x20000000UL, i & 1);
    }
}

/* What holds after each step. */
static void check(s_time_t start, int rc)
{
    if ( NOW() - start > SUITE_FAIL_PATIENCE )
        fail_msg("waited %ld ms", (long)((NOW() - start) / 1000000));

    vm_settle();
    assert_true(!rc || rc == -EIO || rc == -EBADF);
    assert_true(!rc || nr_failed_units());
    assert_false(vm_unit(DEV_B)->failed);
    if ( vm_unit(DEV_A)->failed )
    {
        assert_log("stopped answering");
        assert_true(vm_dev(DEV_A)->group->broken);
        assert_true(vm_dev(DEV_MULTI0)->group->broken);
        assert_int_equal(vm_dev(DEV_A)->attached->type, S2_BLOCKED);
        /* Whatever the unit still has cached. */
        assert_int_equal(vm_dma(DEV_A, ADDR, false), VM_UR);
        assert_int_equal(vm_dma(DEV_MULTI1, ADDR, false), VM_UR);
    }
    /* A descriptor that is refused is told, and repeated. */
    else if ( !second.armed && !MODEL_IS_BURST(vm.how) &&
              host_log_lines(XENLOG_ERR) !=
              (is_in(suite->repeats, vm.how) && vm.ops->failed(0)) )
        fail_msg("command %u, way %u: %s", vm.failing, vm.how, host_log_text());
    assert_false(vm_dev(DEV_B)->group->broken);
    if ( vm.ops->violation(0) )
        fail_msg("command %u, way %u: %s", vm.failing, vm.how,
                 vm.ops->violation(0));
}

#define STEP(expr) ({                                                   \
    s_time_t start_ = NOW();                                            \
    int rc_ = (expr);                                                   \
                                                                        \
    check(start_, rc_);                                                 \
    rc_; })

/* Where DMA of an attached device ends, if its unit lives. */
static void assert_reaches(pci_sbdf_t sbdf, unsigned long mfn)
{
    if ( !vm_unit(sbdf)->failed )
        assert_int_equal(vm_dma_to(sbdf, ADDR), (uint64_t)mfn << PAGE_SHIFT);
}

/* Success of a flush means that this is not where DMA ends. */
static void assert_not(pci_sbdf_t sbdf, unsigned long mfn)
{
    assert_int_not_equal(vm_dma_to(sbdf, ADDR), (uint64_t)mfn << PAGE_SHIFT);
}

static void life(void)
{
    int rc;

    if ( !STEP(vm_give(DEV_A, vm.guest)) )
        assert_reaches(DEV_A, mfn_a);
    if ( !STEP(vm_give(DEV_MULTI0, vm.guest2)) )
        assert_reaches(DEV_MULTI0, mfn_b);

    /* Another page in place of the first. */
    if ( !STEP(vm_map(vm.guest, DFN, mfn_b, 1, RW)) )
        assert_not(DEV_A, mfn_a);
    suite_fail_poke();
    if ( !STEP(vm_map(vm.guest, DFN, mfn_a, 1, RW)) )
        assert_not(DEV_A, mfn_b);

    /* Tables go with the last page in them. */
    if ( !STEP(vm_map(vm.guest, 0x40000, mfn_b, 1, RW)) )
        vm_dma(DEV_A, 0x40000000, true);
    STEP(vm_unmap(vm.guest, 0x40000, 1));
    suite_fail_poke();
    if ( !STEP(vm_unmap(vm.guest, DFN, 1)) )
        assert_not(DEV_A, mfn_a);
    suite_fail_poke();

    rc = STEP(vm_give(DEV_A, dom_io));
    if ( !rc && !vm_unit(DEV_A)->failed )
        assert_int_equal(vm_dma_end(DEV_A, ADDR, false), VM_BLOCKED);
    rc = STEP(vm_give(DEV_MULTI0, dom_io));
    if ( !rc && !vm_unit(DEV_A)->failed )
        assert_int_equal(vm_dma_end(DEV_MULTI0, ADDR, false), VM_BLOCKED);
    STEP(vm_give(DEV_A, vm.guest2));
    suite_fail_poke();
    STEP(vm_give(DEV_A, dom_io));

    /* The other unit has not noticed. */
    assert_int_equal(vm_dma_to(DEV_B, ADDR), (uint64_t)mfn_b << PAGE_SHIFT);
    assert_int_equal(vm_map(vm.hwdom, DFN, mfn_a, 1, RW), 0);
    assert_int_equal(vm_dma_to(DEV_B, ADDR), (uint64_t)mfn_a << PAGE_SHIFT);
}

static void arm_second(void *arg)
{
    if ( !second.nth || second.armed || !vm.ops->failed(0) )
        return;

    second.armed = true;
    vm.ops->fail_nth(0, second.nth, second.how);
}

/* One life with the @nth command going wrong.  False: there were fewer. */
static bool round_of(unsigned int nth, unsigned int how)
{
    struct host_memory before = host_memory_now();
    bool reached, failed;

    suite->prepare();
    vm_continue();
    mfn_a = virt_to_mfn(vm_page(vm.guest, DFN));
    mfn_b = virt_to_mfn(vm_page(vm.guest2, DFN));
    assert_int_equal(vm_map(vm.hwdom, DFN, mfn_b, 1, RW), 0);
    assert_int_equal(vm_give(DEV_B, vm.hwdom), 0);
    host_log_clear();

    vm.ops->fail_nth(0, nth, how);
    vm.failing = nth;
    vm.how = how;
    second.armed = false;
    host_on_mmio_write(arm_second, NULL);
    life();
    host_on_mmio_write(NULL, NULL);
    reached = second.armed || vm.ops->failed(0);
    failed = nr_failed_units();
    if ( reached && !second.armed && !is_in(suite->unsure, how) )
        assert_int_equal(failed, !is_in(suite->repeats, how));
    vm_clean();

    /* What a dead unit may still reach is never freed. */
    if ( !failed )
        assert_int_equal(host_memory_now().pages, before.pages);
    assert_int_equal(host_memory_now().objects, before.objects);

    return reached;
}

unsigned int suite_fail_commands(const struct suite_fail *s, unsigned int how)
{
    unsigned int n;

    suite = s;
    second.nth = 0;
    for ( n = 1; round_of(n, how); n++ )
        assert_true(n < 1000);

    return n - 1;
}

void suite_fail_pairs(const struct suite_fail *s, unsigned int first,
                      unsigned int then, unsigned int distance)
{
    unsigned int n;

    suite = s;
    second.how = then;
    for ( second.nth = 1; second.nth <= distance; second.nth++ )
        for ( n = 1; round_of(n, first); n++ )
            assert_true(n < 1000);
    assert_true(n > 5);
    second.nth = 0;
}

void suite_fail_gone(const struct suite_fail *suite)
{
    s_time_t start;

    suite->prepare();
    vm_continue();
    vm_page(vm.guest, DFN);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    vm_dma(DEV_A, ADDR, true);
    vm.ops->die(0, true);
    start = NOW();
    assert_int_equal(vm_unmap(vm.guest, DFN, 1), -EIO);
    assert_true(NOW() - start < SUITE_FAIL_PATIENCE);
    vm_settle();
    assert_log(vm_unit(DEV_A)->name);
    assert_log("stopped answering");
    assert_true(vm_dev(DEV_A)->group->broken);
    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), -EBADF);
    assert_int_equal(vm_give(DEV_B, vm.guest), 0);

    /* It walks the guest's table even after the guest is gone. */
    vm_domain_down(&vm.guest);
    assert_log("may walk its table");
    suite_fail_poke();
    assert_null(vm.ops->violation(0));
    vm_clean();
}
