/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every command of a unit goes wrong in turn, in every way, and every
 * allocation.  What must hold whenever a step returns: success means that it is
 * so in hardware; failure leaves the old state, or a unit that is reported
 * once, with its groups broken; the other unit works on; and nobody waits for
 * long.
 */
#include "riscv-system.h"
#include "sweep.h"

#include "riscv/rviommu.h"

#define ADDR            0x10000UL
#define DFN             (ADDR >> PAGE_SHIFT)
#define RW              (IOMMUF_readable | IOMMUF_writable)

/* Longest that one step may wait for a unit that is dead. */
#define PATIENCE        SECONDS(4)

static unsigned long mfn_a, mfn_b;

static bool failed(void)
{
    return rvs_dev(RVS_A)->unit->failed;
}

/* Whatever the unit can still reach must be memory that was not freed. */
static void poke(void)
{
    uint64_t maddr;
    unsigned int i;

    for ( i = 0; i < 16; i++ )
    {
        rvm_translate(rvs.model[0], RVS_A.bdf, ADDR + i * 0x8000, RVM_READ,
                      &maddr);
        rvm_translate(rvs.model[0], RVS_A.bdf, ADDR + i * 0x200000, RVM_WRITE,
                      &maddr);
        rvm_translate(rvs.model[0], RVS_MULTI0.bdf, i * 0x20000000UL, RVM_READ,
                      &maddr);
    }
    rvs_settle();
}

/* What holds after each step. */
static void check(s_time_t start, int rc)
{
    if ( NOW() - start > PATIENCE )
        fail_msg("waited %ld ms", (long)((NOW() - start) / 1000000));

    rvs_settle();
    assert_true(!rc || rc == -EIO || rc == -EBADF);
    assert_true(!rc || failed());
    assert_false(rvs_dev(RVS_B)->unit->failed);
    assert_false(rvs_dev(RVS_B)->group->broken);
    if ( failed() )
    {
        assert_log("stopped answering");
        assert_true(rvs_dev(RVS_A)->group->broken);
        assert_true(rvs_dev(RVS_MULTI0)->group->broken);
        assert_int_equal(rvs_dev(RVS_A)->attached->type, S2_BLOCKED);
        /* Whatever the unit still has cached. */
        assert_int_equal(rvs_dma(RVS_A, ADDR, false), RVS_SILENT);
        assert_int_equal(rvs_dma(RVS_MULTI1, ADDR, false), RVS_SILENT);
    }
    else if ( !rvm_failed(rvs.model[0]) )
        assert_int_equal(host_log_lines(XENLOG_ERR), 0);

    if ( rvm_violations(rvs.model[0]) )
        fail_msg("command %u, way %u: %s", rvs.failing, rvs.how,
                 rvm_last_violation(rvs.model[0]));
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
    if ( !failed() )
        assert_int_equal(rvs_dma_to(sbdf, ADDR), (uint64_t)mfn << PAGE_SHIFT);
}

/* Success of a flush means that this is not where DMA ends. */
static void assert_not(pci_sbdf_t sbdf, unsigned long mfn)
{
    assert_int_not_equal(rvs_dma_to(sbdf, ADDR), (uint64_t)mfn << PAGE_SHIFT);
}

static void assert_blocked(pci_sbdf_t sbdf)
{
    if ( !failed() )
        assert_int_equal(rvs_dma(sbdf, ADDR, false), 258);
}

static void life(void)
{
    if ( !STEP(rvs_give(RVS_A, rvs.guest)) )
        assert_reaches(RVS_A, mfn_a);
    if ( !STEP(rvs_give(RVS_MULTI0, rvs.guest2)) )
        assert_reaches(RVS_MULTI0, mfn_b);

    /* Another page in place of the first. */
    if ( !STEP(rvs_map(rvs.guest, DFN, mfn_b, 1, RW)) )
        assert_not(RVS_A, mfn_a);
    poke();
    if ( !STEP(rvs_map(rvs.guest, DFN, mfn_a, 1, RW)) )
        assert_not(RVS_A, mfn_b);

    /* Tables go with the last page in them. */
    if ( !STEP(rvs_map(rvs.guest, 0x40000, mfn_b, 1, RW)) )
        rvs_dma(RVS_A, 0x40000000, true);
    STEP(rvs_unmap(rvs.guest, 0x40000, 1));
    poke();
    if ( !STEP(rvs_unmap(rvs.guest, DFN, 1)) )
        assert_not(RVS_A, mfn_a);
    poke();

    if ( !STEP(rvs_give(RVS_A, dom_io)) )
        assert_blocked(RVS_A);
    if ( !STEP(rvs_give(RVS_MULTI0, dom_io)) )
        assert_blocked(RVS_MULTI0);
    STEP(rvs_give(RVS_A, rvs.guest2));
    poke();
    STEP(rvs_give(RVS_A, dom_io));

    /* The other unit has not noticed. */
    assert_int_equal(rvs_dma_to(RVS_B, ADDR), (uint64_t)mfn_b << PAGE_SHIFT);
    assert_int_equal(rvs_map(rvs.hwdom, DFN, mfn_a, 1, RW), 0);
    assert_int_equal(rvs_dma_to(RVS_B, ADDR), (uint64_t)mfn_a << PAGE_SHIFT);
}

static void prepare(const struct rvm_cfg *cfg)
{
    rvs_up(cfg, cfg);
    mfn_a = virt_to_mfn(rvs_page(rvs.guest, DFN));
    mfn_b = virt_to_mfn(rvs_page(rvs.guest2, DFN));
    assert_int_equal(rvs_map(rvs.hwdom, DFN, mfn_b, 1, RW), 0);
    assert_int_equal(rvs_give(RVS_B, rvs.hwdom), 0);
    host_log_clear();
}

/* One life with the @nth command going wrong.  False: there were fewer. */
static bool round_of(const struct rvm_cfg *cfg, unsigned int nth,
                     unsigned int how)
{
    bool one = how < RVM_NR_FAILURES;
    struct host_memory before = host_memory_now();
    bool reached, dead;

    prepare(cfg);
    rvm_fail_nth(rvs.model[0], nth, how);
    rvs.failing = nth;
    rvs.how = how;
    life();
    reached = rvm_failed(rvs.model[0]);
    dead = failed();
    /* What is reported by hardware is repaired, else it is started anew. */
    if ( reached && one )
        assert_int_equal(dead, how == RVM_DIE);
    if ( reached && MODEL_IS_BURST(how) )
        assert_true(dead);
    if ( reached && one && !dead && how != RVM_DROP )
        assert_int_equal(rvs_dev(RVS_A)->unit->nr_revived, 0);
    if ( reached && one && !dead && how != RVM_TIMEOUT )
        assert_log(how == RVM_DROP ? "works again" : "was refused");
    /* A fence that timed out is a good one, and stays. */
    if ( reached && how == RVM_TIMEOUT )
        assert_no_log("was refused");
    rvs_clean();

    /* What a dead unit may still reach is never freed. */
    if ( !dead )
        assert_int_equal(host_memory_now().pages, before.pages);
    assert_int_equal(host_memory_now().objects, before.objects);

    return reached;
}

static unsigned int sweep_commands(const struct rvm_cfg *cfg,
                                   unsigned int how)
{
    unsigned int n;

    for ( n = 1; round_of(cfg, n, how); n++ )
        assert_true(n < 1000);

    return n - 1;
}

static void test_commands(void **state)
{
    struct rvm_cfg cfg = rvm_default;
    enum rvm_failure how;

    for ( how = 0; how < RVM_NR_FAILURES; how++ )
        assert_true(sweep_commands(&cfg, how) > 30);

    cfg.msi_flat = true;
    cfg.busy = 2;
    cfg.levels = 1 << RVM_3LVL;
    for ( how = 0; how < RVM_NR_FAILURES; how++ )
        assert_true(sweep_commands(&cfg, how) > 30);
}

/* All from one on, in every way. */
static void test_bursts(void **state)
{
    enum rvm_failure how;

    for ( how = 0; how < RVM_DIE; how++ )
        assert_true(sweep_commands(&rvm_default, MODEL_BURST(how)) > 30);
}

/*
 * Two of them, in all pairs of ways, the second in what the first one causes: by
 * default in one of its first commands.
 */
static void test_pairs(void **state)
{
    unsigned int distance, most = test_rounds(1, 12);
    enum rvm_failure how, then;

    for ( how = 0; how < RVM_DIE; how++ )
        for ( then = 0; then < RVM_NR_FAILURES; then++ )
            for ( distance = 1; distance <= most; distance++ )
            {
                unsigned int at = most > 1 ? distance : 1 + (how + then) % 3;

                assert_true(sweep_commands(&rvm_default,
                                           MODEL_THEN(how, then, at)) > 30);
            }
}

/* A unit that refuses one kind of command for ever is given up. */
static void test_refused_for_ever(void **state)
{
    unsigned int opcode;

    for ( opcode = 1; opcode <= 3; opcode++ )
    {
        s_time_t start;

        prepare(&rvm_default);
        rvm_refuse(rvs.model[0], opcode);
        start = NOW();
        assert_int_equal(rvs_give(RVS_A, rvs.guest) ?:
                         rvs_unmap(rvs.guest, DFN, 1), -EIO);
        assert_true(NOW() - start < PATIENCE);
        rvs_settle();
        assert_true(failed());
        assert_log("stopped answering");
        assert_int_equal(rvm_translate(rvs.model[0], RVS_A.bdf, ADDR, RVM_READ,
                                       &(uint64_t){ 0 }), 256);
        rvs_clean();
    }
}

/* A full queue, and a unit whose registers read as ones: nobody believes it. */
static void test_head_of_ones(void **state)
{
    const struct rv_cmd cmd = rv_cmd_gvma_all();
    struct rv_unit *u;

    prepare(&rvm_default);
    u = to_rv_unit(rvs_dev(RVS_A)->unit);
    u->cq.head = (u->cq.tail + 1) % RV_CQ_ENTRIES;
    rvm_die(rvs.model[0], true);
    assert_int_equal(rv_cmdq_run(u, &cmd, 1), -EIO);
    assert_int_equal(u->cq.head, (u->cq.tail + 1) % RV_CQ_ENTRIES);
    rvs_clean();
}

/* The unit vanishes: all its registers read as ones. */
static void test_gone(void **state)
{
    s_time_t start;

    prepare(&rvm_default);
    assert_int_equal(rvs_give(RVS_A, rvs.guest), 0);
    rvs_dma(RVS_A, ADDR, true);
    rvm_die(rvs.model[0], true);
    start = NOW();
    assert_int_equal(rvs_unmap(rvs.guest, DFN, 1), -EIO);
    assert_true(NOW() - start < PATIENCE);
    rvs_settle();
    assert_log("stopped answering");
    assert_true(rvs_dev(RVS_A)->group->broken);
    assert_int_equal(rvs_give(RVS_MULTI0, rvs.guest), -EBADF);
    assert_int_equal(rvs_give(RVS_B, rvs.guest), 0);

    /* It walks the guest's table even after the guest is gone. */
    rvs_domain_down(&rvs.guest);
    assert_log("may walk its table");
    poke();
    assert_int_equal(rvm_violations(rvs.model[0]), 0);
    rvs_clean();
}

/* ---- allocations ---- */

static void attach_setup(void *arg)
{
    prepare(&rvm_default);
}

static int attach_run(void *arg)
{
    return rvs_give(RVS_A, rvs.guest);
}

static void attach_check(void *arg, int rc, bool reached)
{
    assert_int_equal(rc, reached ? -ENOMEM : 0);
    if ( rc )
        assert_int_equal(rvs_dma(RVS_A, ADDR, false), 258);
    else
        assert_reaches(RVS_A, mfn_a);
    assert_false(rvs_dev(RVS_A)->group->broken);
}

static void attach_teardown(void *arg)
{
    rvs_down();
}

static void test_attach_memory(void **state)
{
    static const struct sweep sweep = {
        .name = "attach", .setup = attach_setup, .run = attach_run,
        .check = attach_check, .teardown = attach_teardown,
        /* Tables of the directory stay. */
        .keeps_memory = true,
    };

    assert_true(sweep_allocations(&sweep, NULL) >= 4);
    sweep_allocations_from(&sweep, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RVS_TEST(test_attach_memory),
        /* What a dead unit may still use is lost from here on. */
        RVS_TEST(test_gone),
        RVS_TEST(test_head_of_ones),
        RVS_TEST(test_refused_for_ever),
        RVS_TEST(test_commands),
        RVS_TEST(test_bursts),
        RVS_TEST(test_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
