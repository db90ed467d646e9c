/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults, interrupts, power and options of the RISC-V IOMMU driver. */
#include "riscv-fixture.h"

#include <iommu-groups/fault.h>

static void poll(void)
{
    rv_fault_poll(&rv_unit_nr(0)->unit);
}

static struct iommu_fault newest(uint32_t id)
{
    struct iommu_fault f = {};
    uint64_t seq;

    assert_int_equal(iommu_fault_last(&rv_unit_nr(0)->unit, id, &f, &seq), 0);

    return f;
}

static unsigned long recorded(void)
{
    return rv_unit_nr(0)->unit.nr_faults;
}

static void test_faults(void **state)
{
    static const struct {
        enum rvm_access access;
        unsigned int blocked, mapped;
    } cases[] = {
        { RVM_READ, CAUSE_NO_CONTEXT, CAUSE_READ },
        { RVM_WRITE, CAUSE_NO_CONTEXT, CAUSE_WRITE },
        { RVM_EXEC, CAUSE_NO_CONTEXT, 20 },
    };
    struct iommu_dev *dev;
    struct iommu_fault f;
    struct s2_domain *s2;
    struct s2_table *t;
    unsigned int i;
    uint64_t ma;

    rv_machine_up(&rvm_default, NULL);
    rv_did_offset = 0x12300;
    dev = rv_dev_add(0, 3, 0);
    t = rv_table_new(dev);
    s2 = rv_domain_new(dev, t);

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        unsigned int k;

        for ( k = 0; k < 2; k++ )
        {
            unsigned int cause = k ? cases[i].mapped : cases[i].blocked;
            uint64_t addr = 0x77770000 + i * 0x1000 + k;

            if ( k )
                assert_int_equal(rv_attach_dev(s2, dev), 0);
            assert_int_equal(rvm_translate(rvm[0], 0x12318, addr,
                                           cases[i].access, &ma), cause);
            poll();
            f = newest(0x12318);
            assert_int_equal(f.addr, addr);
            assert_int_equal(f.code, cause);
            assert_int_equal(f.write, cases[i].access == RVM_WRITE);
            assert_int_equal(f.exec, cases[i].access == RVM_EXEC);
            assert_false(f.interrupt);
            assert_non_null(strstr(f.reason, k ? "without mapping" : "blocked"));
        }
        rv_block_dev(dev);
    }

    assert_int_equal(recorded(), 6);

    /* About no transaction: no device is to blame. */
    rvm_raise(rvm[0], 273, 0, 0, 0x4000);
    poll();
    assert_int_equal(recorded(), 6);
    assert_log("the unit's own interrupt was refused (273), 0x4000");
    /* One that no specification has. */
    rvm_raise(rvm[0], 300, 0, 0, 0);
    poll();
    assert_log("unknown reason (300)");

    /* Where cause and type of transaction differ, the cause is right. */
    for ( i = 1; i <= 3; i++ )
    {
        rvm_raise(rvm[0], 21, i, 0x12318, 0x9000);
        poll();
        f = newest(0x12318);
        assert_false(f.write || f.exec);
    }
    /* A translated write, by a cause that does not say. */
    rvm_raise(rvm[0], 260, 7, 0x12318, 0x9000);
    poll();
    assert_true(newest(0x12318).write);

    rv_domain_del(s2);
    rv_dev_del(dev);
    rv_table_free(t);
    rv_machine_down();
}

/* The queue goes round many times; when it is full, that is said once. */
static void test_overflow(void **state)
{
    struct iommu_dev *dev;
    unsigned int i, k;
    uint64_t ma;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);

    for ( i = 0; i < 1000; i++ )
    {
        for ( k = 0; k < i % 8; k++ )
            rv_reach(dev, (i << 20) + (k << 12), &ma);
        poll();
        if ( k )
            assert_int_equal(newest(0x18).addr, (i << 20) + ((k - 1) << 12));
    }
    assert_int_equal(recorded(), 3500);
    assert_no_log("more faults than it can record");

    for ( i = 0; i < 3; i++ )
    {
        unsigned long before = recorded();

        for ( k = 0; k < RV_FQ_ENTRIES + 50; k++ )
            rv_reach(dev, k << 12, &ma);
        assert_true(rv_readl(rv_unit_nr(0), RV_FQCSR) & FQCSR_OF);
        poll();
        /* One entry stays empty. */
        assert_int_equal(recorded(), before + RV_FQ_ENTRIES - 1);
        assert_log("more faults than it can record");
        assert_false(rv_readl(rv_unit_nr(0), RV_FQCSR) & FQCSR_OF);
        host_log_clear();

        rv_reach(dev, 0x4242000, &ma);
        poll();
        assert_int_equal(newest(0x18).addr, 0x4242000);
    }

    rv_dev_del(dev);
    rv_machine_down();
}

/* A unit that reads as ones has no faults, and no interrupt to handle. */
static void test_gone(void **state)
{
    rv_machine_up(&rvm_default, NULL);
    rvm_die(rvm[0], true);
    poll();
    assert_int_equal(recorded(), 0);
    riscv_iommu_interrupt(RV_PHANDLE);
    assert_int_equal(host_tasklets_run(), 0);
    assert_int_equal(host_log_lines(NULL), 1);      /* that it came up */
    rv_machine_down();
}

/* A unit that fails while its directory is being switched is not written to. */
static void test_fail_while_busy(void **state)
{
    rv_machine_up(&rvm_default, NULL);
    rvm_stick(rvm[0], RV_DDTP);
    assert_false(rv_set_mode(rv_unit_nr(0), DDTP_OFF));
    host_log_clear();
    iommu_unit_fail(&rv_unit_nr(0)->unit, "of a test");
    assert_log("cannot be told to block everything");
    host_tasklets_run();
    rvm_revive(rvm[0]);
    rv_machine_down();
}

/* Wires: faults are reported without a poll; nothing interrupts for ever. */
static void test_wires(void **state)
{
    struct rvm_cfg cfg = rvm_default;
    struct iommu_dev *dev;
    unsigned long wires;
    unsigned int busy, i;
    uint64_t ma;

    for ( busy = 0; busy < 3; busy++ )
    {
        cfg.busy = busy;
        rv_machine(&cfg, NULL);
        rv_wired = true;
        {
            struct riscv_iommu_desc desc = rv_desc(0);

            assert_int_equal(riscv_iommu_add(&desc), 0);
        }
        assert_log("interrupts by wire");
        dev = rv_dev_add(0, 3, 0);

        for ( i = 0; i < 4; i++ )
        {
            wires = rvm_count(rvm[0], RVM_COUNT_WIRES);
            rv_reach(dev, 0x1000 * i, &ma);
            rv_reach(dev, 0x1000 * i, &ma);
            assert_int_equal(rvm_count(rvm[0], RVM_COUNT_WIRES), wires + 1);
            assert_int_equal(host_tasklets_run(), 1);
            assert_int_equal(recorded(), 2 * i + 2);
            assert_int_equal(newest(0x18).addr, 0x1000 * i);
        }

        /* As many again as the queue holds: the rest is lost, and said. */
        wires = rvm_count(rvm[0], RVM_COUNT_WIRES);
        for ( i = 0; i < 200; i++ )
            rv_reach(dev, 0x1000 * i, &ma);
        while ( host_tasklets_run() )
            continue;
        assert_int_equal(recorded(), 8 + RV_FQ_ENTRIES - 1);
        assert_log("more faults than it can record");
        assert_true(rvm_count(rvm[0], RVM_COUNT_WIRES) - wires < 4);
        rv_reach(dev, 0x5000, &ma);
        assert_int_equal(host_tasklets_run(), 1);
        assert_int_equal(newest(0x18).addr, 0x5000);

        /* The unit makes no sound any more. */
        rv_unit_ops.quiesce(dev->unit);
        wires = rvm_count(rvm[0], RVM_COUNT_WIRES);
        for ( i = 0; i < 200; i++ )
            rv_reach(dev, 0x1000 * i, &ma);
        assert_int_equal(rvm_count(rvm[0], RVM_COUNT_WIRES), wires);

        rv_dev_del(dev);
        rv_machine_down();
    }
}

/* Wires that a unit does not drive are not waited for. */
static void test_no_wires(void **state)
{
    struct rvm_cfg cfg = rvm_default;
    struct riscv_iommu_desc desc;

    cfg.igs = 0;
    rv_machine(&cfg, NULL);
    rv_wired = true;
    desc = rv_desc(0);
    assert_int_equal(riscv_iommu_add(&desc), 0);
    assert_log("polled");
    assert_int_equal(rv_readl(rv_unit_nr(0), RV_FQCSR) & QCSR_IE, 0);
    rv_machine_down();
}

static void test_power(void **state)
{
    unsigned int v;

    for ( v = 0; v < RV_NR_VARIANTS; v++ )
    {
        struct rvm_cfg cfg = rv_variant(v);
        struct iommu_dev *dev;
        struct s2_domain *s2;
        struct s2_table *t;
        uint64_t pa, ma;

        rv_machine_up(&cfg, NULL);
        dev = rv_dev_add(0, 3, 0);
        t = rv_table_new(dev);
        pa = rv_map_page(t, 1);
        s2 = rv_domain_new(dev, t);
        assert_int_equal(rv_attach_dev(s2, dev), 0);

        assert_int_equal(rv_unit_ops.suspend(dev->unit), 0);
        assert_int_equal(rv_reach(dev, 0x1000, &ma), CAUSE_OFF);
        rvm_reset(rvm[0]);
        rv_unit_ops.resume(dev->unit);
        assert_false(dev->unit->failed);
        assert_int_equal(rv_reach(dev, 0x1000, &ma), 0);
        assert_int_equal(ma, pa);
        assert_int_equal(rv_reach(dev, 0x2000, &ma), CAUSE_WRITE);

        /* And without having lost anything. */
        assert_int_equal(rv_unit_ops.suspend(dev->unit), 0);
        rv_unit_ops.resume(dev->unit);
        assert_int_equal(rv_reach(dev, 0x1000, &ma), 0);
        rv_map_page(t, 2);
        assert_int_equal(s2_table_flush(t), 0);
        assert_int_equal(rv_reach(dev, 0x2000, &ma), 0);
        rv_unit_ops.dump(dev->unit);
        assert_log("fqcsr");

        rv_block_dev(dev);
        rv_unit_ops.crash_shutdown(dev->unit);
        assert_int_equal(rvm_read(rvm[0], RV_DDTP, 8) & 0x1f,
                         cfg.reset_mode == RVM_BARE ? RVM_BARE : RVM_OFF);
        assert_int_equal(rvm_read(rvm[0], RV_CQCSR, 4), 0);
        assert_int_equal(rvm_read(rvm[0], RV_FQCSR, 4), 0);

        dev->unit->failed = true;
        rv_domain_del(s2);
        rv_dev_del(dev);
        rv_table_free(t);
        rv_machine_down();
    }
}

static void test_resume_fails(void **state)
{
    struct iommu_dev *dev;
    uint64_t ma;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    assert_int_equal(rv_unit_ops.suspend(dev->unit), 0);
    rvm_reset(rvm[0]);
    rvm_stick(rvm[0], RV_CQCSR);
    rv_unit_ops.resume(dev->unit);
    assert_true(dev->unit->failed);
    assert_log("stopped answering (its queues do not turn off)");
    assert_int_equal(rv_reach(dev, 0x1000, &ma), CAUSE_OFF);
    rv_dev_del(dev);
    rv_machine_down();
}

/* A queue that does not turn off keeps the machine awake, and the unit blocks. */
static void test_suspend_fails(void **state)
{
    struct iommu_dev *dev;
    uint64_t ma;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    rvm_stick(rvm[0], RV_FQCSR);
    assert_int_equal(rv_unit_ops.suspend(dev->unit), -EIO);
    assert_true(dev->unit->failed);
    assert_int_equal(rv_reach(dev, 0x1000, &ma), CAUSE_OFF);
    rv_dev_del(dev);
    rv_machine_down();
}

/* One unit with this configuration is refused: one line, off. */
static void refused(const struct rvm_cfg *cfg, const char *why)
{
    struct riscv_iommu_desc desc;
    uint64_t ma;

    rv_machine(cfg, NULL);
    desc = rv_desc(0);
    assert_int_equal(riscv_iommu_add(&desc), -EOPNOTSUPP);
    assert_log(why);
    assert_log("(/soc/iommu@3010000) cannot be used");
    assert_int_equal(host_log_lines(NULL), 1);
    assert_true(list_empty(&iommu_units) && list_empty(&rv_units));
    assert_int_equal(rvm_translate(rvm[0], 0x18, 0x1000, RVM_READ, &ma),
                     CAUSE_OFF);
    rv_machine_down();
}

static void test_refusals(void **state)
{
    struct rvm_cfg cfg;
    unsigned int m;

    for ( m = RVM_OFF; m <= RVM_3LVL; m++ )
    {
#define REFUSED(why, change) do {                                       \
        cfg = rvm_default;                                              \
        cfg.reset_mode = m;                                             \
        change;                                                         \
        refused(&cfg, why);                                             \
    } while ( 0 )

        REFUSED("its version is not known", cfg.version = 0x20);
        REFUSED("its version is not known", cfg.version = 0);
        REFUSED("way to interrupt is reserved", cfg.igs = 3);
        REFUSED("address width makes no sense", cfg.pas = 31);
        REFUSED("address width makes no sense", cfg.pas = 57);
        REFUSED("no page-table format for 64 bits",
                cfg.sv39x4 = cfg.sv48x4 = cfg.sv57x4 = false);
        REFUSED("big-endian", cfg.be = cfg.be_fixed = true);
        REFUSED("32-bit guests", cfg.gxl = cfg.gxl_fixed = true);
        REFUSED("takes no device directory", cfg.levels = 0);
        REFUSED("lacks the levels of ddt=",
                cfg.levels = 1 << RVM_1LVL | 1 << RVM_3LVL;
                rv_opt_levels = 2);
        REFUSED("lacks the format of gstage=",
                cfg.sv57x4 = false; rv_opt_format = &pt_sv57x4);
    }
}

/* One that takes no invalidation, or no fence, whatever it claims to be. */
static void test_refused_commands(void **state)
{
    unsigned int opcode;

    for ( opcode = 1; opcode <= 3; opcode++ )
    {
        struct riscv_iommu_desc desc;
        uint64_t ma;

        rv_machine(&rvm_default, NULL);
        rvm_refuse(rvm[0], opcode);
        desc = rv_desc(0);
        assert_int_equal(riscv_iommu_add(&desc), -EOPNOTSUPP);
        assert_log("it refuses to invalidate");
        assert_int_equal(host_log_lines(NULL), 1);
        assert_int_equal(rvm_translate(rvm[0], 0x18, 0x1000, RVM_READ, &ma),
                         CAUSE_OFF);
        rv_machine_down();
    }
}

static void test_descriptions(void **state)
{
    struct riscv_iommu_desc desc;

#define WRONG(change) do {                                              \
        rv_machine_up(&rvm_default, NULL);                              \
        rvm[1] = NULL;                                                  \
        desc = rv_desc(0);                                              \
        desc.base = RV_BASE1;                                           \
        desc.phandle++;                                                 \
        change;                                                         \
        host_log_clear();                                               \
        assert_int_equal(riscv_iommu_add(&desc), -EINVAL);              \
        assert_log("describes it wrongly, or twice");                   \
        assert_int_equal(host_log_lines(NULL), 1);                      \
        rv_machine_down();                                              \
    } while ( 0 )

    WRONG(desc.phandle--);
    WRONG(desc.phandle = 0);
    WRONG(desc.base = RV_BASE0);
    WRONG(desc.base += 8);
    WRONG(desc.size = 0x800);
    WRONG(desc.regs = NULL);
}

static void test_options(void **state)
{
    static const struct {
        const char *word;
        int rc;
        const struct pt_format *fmt;
        unsigned int levels;
    } rows[] = {
        { "gstage=sv39x4", 0, &pt_sv39x4 },
        { "gstage=sv48x4", 0, &pt_sv48x4 },
        { "verbose,gstage=sv57x4,ddt=2", 0, &pt_sv57x4, 2 },
        { "ddt=1", 0, NULL, 1 }, { "ddt=3,verbose", 0, NULL, 3 },
        { "ddt=4", -EINVAL }, { "ddt=0", -EINVAL }, { "ddt=", -EINVAL },
        { "ddt=22", -EINVAL }, { "ddt", -EINVAL }, { "gstage=", -EINVAL },
        { "gstage=sv39", -EINVAL }, { "gstage=sv39x44", -EINVAL },
        { "gstage", -EINVAL },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        host_reset();
        rv_opt_format = NULL;
        rv_opt_levels = 0;
        assert_int_equal(host_param_set("iommu", rows[i].word), rows[i].rc);
        assert_ptr_equal(rv_opt_format, rows[i].fmt);
        assert_int_equal(rv_opt_levels, rows[i].levels);
    }

    assert_true(iommu_enable);

    /* They are obeyed. */
    for ( i = 1; i <= 3; i++ )
    {
        struct riscv_iommu_desc desc;

        rv_machine(&rvm_default, NULL);
        rv_opt_levels = i;
        desc = rv_desc(0);
        assert_int_equal(riscv_iommu_add(&desc), 0);
        assert_int_equal(rvm_read(rvm[0], RV_DDTP, 8) & 0xf, i + 1);
        rv_machine_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_faults),
        RV_TEST(test_overflow),
        RV_TEST(test_gone),
        RV_TEST(test_fail_while_busy),
        RV_TEST(test_wires),
        RV_TEST(test_no_wires),
        RV_TEST(test_power),
        RV_TEST(test_resume_fails),
        RV_TEST(test_suspend_fails),
        RV_TEST(test_refusals),
        RV_TEST(test_refused_commands),
        RV_TEST(test_descriptions),
        RV_TEST(test_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
