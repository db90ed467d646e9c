/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every command of a unit goes wrong in turn, in every way, during a life of
 * attach, map, unmap, flush and detach.  What must hold whenever a step
 * returns: success means that it is so in hardware; failure leaves the old
 * state, or a unit that is reported once, with its groups broken; the other
 * unit works on; and nobody waits for long.
 */

#include "vtd-system.h"

#include "../../drivers/passthrough/vtd/vtd.h"

#define ADDR            0x10000UL
#define DFN             (ADDR >> PAGE_SHIFT)
#define RW              (IOMMUF_readable | IOMMUF_writable)

/* Longest that one step may wait for a unit that is dead. */
#define PATIENCE        SECONDS(4)

/* Guests keep what they had: pages that no device may reach after a step. */
static unsigned long mfn_a, mfn_b;

static unsigned int nr_failed_units(void)
{
    return vm_unit(DEV_A)->failed + vm_unit(DEV_B)->failed;
}

/*
 * Every table entry the unit can still reach must be memory that was not freed,
 * even if the device has been stopped: the model tells.
 */
static void poke(void)
{
    uint64_t maddr;
    unsigned int i;

    for ( i = 0; i < 16; i++ )
    {
        /* Through each level of table that may be cached. */
        vtd_model_translate(vm.model[0], DEV_A.bdf, ADDR + i * 0x8000, i & 1,
                            &maddr);
        vtd_model_translate(vm.model[0], DEV_A.bdf, ADDR + i * 0x200000, i & 1,
                            &maddr);
        vtd_model_translate(vm.model[0], DEV_MULTI0.bdf, i * 0x20000000UL,
                            i & 1, &maddr);
    }
    vm_settle();
}

/* What holds after each step. */
static void check(s_time_t start, int rc)
{
    if ( NOW() - start > PATIENCE )
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
        assert_int_equal(vm_dma(DEV_A, ADDR, false), VTD_MODEL_UR);
        assert_int_equal(vm_dma(DEV_MULTI1, ADDR, false), VTD_MODEL_UR);
    }
    else
        /* A descriptor that is refused is told, and repeated. */
        assert_int_equal(host_log_lines(XENLOG_ERR),
                         vm.how == VTD_MODEL_ERROR &&
                         vtd_model_failed(vm.model[0]));
    assert_false(vm_dev(DEV_B)->group->broken);
    if ( vtd_model_violations(vm.model[0]) )
        fail_msg("command %u, way %u: %s", vm.failing, vm.how,
                 vtd_model_last_violation(vm.model[0]));
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
    poke();
    if ( !STEP(vm_map(vm.guest, DFN, mfn_a, 1, RW)) )
        assert_not(DEV_A, mfn_b);

    /* Tables go with the last page in them. */
    if ( !STEP(vm_map(vm.guest, 0x40000, mfn_b, 1, RW)) )
        vm_dma(DEV_A, 0x40000000, true);
    STEP(vm_unmap(vm.guest, 0x40000, 1));
    poke();
    if ( !STEP(vm_unmap(vm.guest, DFN, 1)) )
        assert_not(DEV_A, mfn_a);
    poke();

    rc = STEP(vm_give(DEV_A, dom_io));
    if ( !rc && !vm_unit(DEV_A)->failed )
        assert_int_equal(vm_dma(DEV_A, ADDR, false), FAULT_CONTEXT);
    rc = STEP(vm_give(DEV_MULTI0, dom_io));
    if ( !rc && !vm_unit(DEV_A)->failed )
        assert_int_equal(vm_dma(DEV_MULTI0, ADDR, false), FAULT_CONTEXT);
    STEP(vm_give(DEV_A, vm.guest2));
    poke();
    STEP(vm_give(DEV_A, dom_io));

    /* The other unit has not noticed. */
    assert_int_equal(vm_dma_to(DEV_B, ADDR), (uint64_t)mfn_b << PAGE_SHIFT);
    assert_int_equal(vm_map(vm.hwdom, DFN, mfn_a, 1, RW), 0);
    assert_int_equal(vm_dma_to(DEV_B, ADDR), (uint64_t)mfn_a << PAGE_SHIFT);
}

/* One life with the @nth command going wrong.  False: there were fewer. */
static bool round_of(const struct vtd_model_cfg *cfg, unsigned int nth,
                     enum vtd_model_failure how)
{
    struct host_memory before = host_memory_now();
    bool reached, failed;

    vm_up(cfg);
    mfn_a = virt_to_mfn(vm_page(vm.guest, DFN));
    mfn_b = virt_to_mfn(vm_page(vm.guest2, DFN));
    assert_int_equal(vm_map(vm.hwdom, DFN, mfn_b, 1, RW), 0);
    assert_int_equal(vm_give(DEV_B, vm.hwdom), 0);
    host_log_clear();

    vtd_model_fail_nth(vm.model[0], nth, how);
    vm.failing = nth;
    vm.how = how;
    life();
    reached = vtd_model_failed(vm.model[0]);
    failed = nr_failed_units();
    /* A refused descriptor is replaced; registers do not refuse, they hang. */
    if ( reached && (how != VTD_MODEL_ERROR || !cfg->rwbf) )
        assert_int_equal(failed, how != VTD_MODEL_ERROR);
    vm_clean();

    /* What a dead unit may still reach is never freed. */
    if ( !failed )
        assert_int_equal(host_memory_now().pages, before.pages);
    assert_int_equal(host_memory_now().objects, before.objects);

    return reached;
}

static unsigned int sweep_commands(const struct vtd_model_cfg *cfg,
                                   enum vtd_model_failure how)
{
    unsigned int n;

    for ( n = 1; round_of(cfg, n, how); n++ )
        assert_true(n < 1000);

    return n - 1;
}

static void sweep_all(const struct vtd_model_cfg *cfg)
{
    unsigned int n = sweep_commands(cfg, VTD_MODEL_DIE);

    assert_true(n > 5);
    assert_int_equal(sweep_commands(cfg, VTD_MODEL_DROP), n);
    if ( cfg->qi )
        sweep_commands(cfg, VTD_MODEL_ERROR);
}

static void test_default(void **state)
{
    sweep_all(&vtd_model_default);
}

static void test_caching_mode(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = true;
    sweep_all(&cfg);
}

static void test_no_queue(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.qi = cfg.ir = cfg.eim = cfg.dt = false;
    sweep_all(&cfg);
}

static void test_write_buffer(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.rwbf = true;
    cfg.coherent = false;
    cfg.psi = false;
    sweep_all(&cfg);
}

static bool vm_both_used(void)
{
    return vtd_unit_next(vtd_unit_next(NULL));
}

/* Bring-up: the other unit is used, one line, nothing left behind. */
static void test_bring_up(void **state)
{
    static const enum vtd_model_failure how[] = {
        VTD_MODEL_DROP, VTD_MODEL_DIE, VTD_MODEL_ERROR,
    };
    unsigned int i, n, u;

    for ( i = 0; i < ARRAY_SIZE(how); i++ )
        for ( u = 0; u < 2; u++ )
            for ( n = 1; ; n++ )
            {
                struct host_memory before = host_memory_now();
                s_time_t start;
                bool reached, kept;
                int rc;

                assert_true(n < 100);
                vm_prepare(&vtd_model_default);
                host_log_clear();
                vtd_model_fail_nth(vm.model[u], n, how[i]);
                start = NOW();
                rc = vm_bring_up();
                reached = vtd_model_failed(vm.model[u]);
                assert_true(NOW() - start < SECONDS(8));
                assert_int_equal(rc, 0);
                if ( how[i] == VTD_MODEL_ERROR && vm_both_used() )
                    assert_true(!reached || host_log_contains("refused"));
                else
                    assert_int_equal(reached, !vm_both_used());
                if ( reached && !vm_both_used() )
                    assert_log("is not used: it does not answer");
                /* A unit that is dead, and on, may use its memory for ever. */
                kept = host_log_contains("does not turn off");
                if ( kept )
                    assert_int_equal(how[i], VTD_MODEL_DIE);
                vm_clean();
                if ( !kept )
                    assert_int_equal(host_memory_now().pages, before.pages);
                assert_int_equal(host_memory_now().objects, before.objects);
                assert_int_equal(host_irqs_in_use(), 0);
                if ( !reached )
                    break;
            }
}

/* The unit vanishes from the bus: all its registers read as ones. */
static void test_gone(void **state)
{
    s_time_t start;

    vm_up(&vtd_model_default);
    vm_page(vm.guest, DFN);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    vm_dma(DEV_A, ADDR, true);
    vtd_model_die(vm.model[0], true);
    start = NOW();
    assert_int_equal(vm_unmap(vm.guest, DFN, 1), -EIO);
    assert_true(NOW() - start < PATIENCE);
    vm_settle();
    assert_log("IOMMU vtd");
    assert_log("stopped answering");
    assert_true(vm_dev(DEV_A)->group->broken);
    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), -EBADF);
    assert_int_equal(vm_give(DEV_B, vm.guest), 0);

    /* It walks the guest's table even after the guest is gone. */
    vm_domain_down(&vm.guest);
    assert_log("may walk its table");
    poke();
    assert_int_equal(vtd_model_violations(vm.model[0]), 0);
    vm_clean();
}

/* Registers that read as ones do not say that translation is on. */
static void test_gone_early(void **state)
{
    assert_int_equal(vm_try(&vtd_model_default), 0);
    vtd_model_die(vm.model[1], true);
    vtd_enable_translation_all();
    assert_log("did not enable translation");
    assert_true(vtd_model_read(vm.model[0], VTD_GSTS, 4) & GCMD_TE);
    vm_clean();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_bring_up),
        VM_TEST(test_default),
        VM_TEST(test_caching_mode),
        VM_TEST(test_no_queue),
        VM_TEST(test_write_buffer),
        VM_TEST(test_gone),
        VM_TEST(test_gone_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
