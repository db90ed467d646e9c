/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d driver on the model: bring-up, attach, flush, block, errors. */
#include "vtd-fixture.h"

#include <iommu-groups/fault.h>

#define NR_VARIANTS 32

static struct vtd_model_cfg variant(unsigned int v)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = v & 1;
    cfg.coherent = !(v & 2);
    cfg.rwbf = v & 4;
    cfg.psi = !(v & 8);
    cfg.qi = !(v & 16);
    if ( !cfg.qi )
        cfg.ir = cfg.eim = cfg.dt = false;

    return cfg;
}

static void test_bring_up(void **state)
{
    unsigned int v;

    for ( v = 0; v < NR_VARIANTS; v++ )
    {
        struct vtd_model_cfg cfg = variant(v);
        struct iommu_dev *dev;
        uint64_t ma;

        vtd_machine_up(&cfg, 2);
        dev = dev_add(0, 3, 0);
        assert_ptr_equal(dev->unit, &unit_nr(0)->unit);
        assert_int_not_equal(reach(dev, 0x1000, &ma), 0);
        dev_del(dev);
        dev = dev_add(0, 5, 0);
        assert_ptr_equal(dev->unit, &unit_nr(1)->unit);
        assert_int_not_equal(reach(dev, 0x1000, &ma), 0);
        dev_del(dev);
        vtd_machine_down();
    }
}

static void test_attach(void **state)
{
    unsigned int v;

    for ( v = 0; v < NR_VARIANTS; v++ )
    {
        struct vtd_model_cfg cfg = variant(v);
        struct iommu_dev *dev;
        struct s2_table *a, *b;
        struct s2_domain *sa, *sb;
        uint64_t pa, pb, pc, ma;
        unsigned int changed = 0;

        vtd_machine_up(&cfg, 1);
        dev = dev_add(0, 3, 0x0500);
        assert_int_not_equal(reach(dev, 0x5000, &ma), 0);

        a = table_new(dev);
        b = table_new(dev);
        pa = map_page(a, 5);
        pb = map_page(b, 5);
        sa = domain_new(dev, a);
        sb = domain_new(dev, b);
        assert_int_equal(s2_table_flush(a), 0);

        assert_int_equal(attach(sa, dev), 0);
        assert_int_equal(reach(dev, 0x5123, &ma), 0);
        assert_int_equal(ma, pa + 0x123);
        assert_int_equal(vtd_model_translate(model[0], 0x0500, 0x5000, true,
                                             &ma), 0);

        /* What was not present becomes present, and the other way round. */
        assert_int_not_equal(reach(dev, 0x6000, &ma), 0);
        pc = map_page(a, 6);
        assert_int_equal(s2_table_flush(a), 0);
        assert_int_equal(reach(dev, 0x6000, &ma), 0);
        assert_int_equal(ma, pc);
        assert_int_equal(s2_table_unmap(a, 6, 1, &changed), 0);
        assert_int_equal(s2_table_flush(a), 0);
        assert_int_not_equal(reach(dev, 0x6000, &ma), 0);

        /* From one domain to another, nothing stale. */
        assert_int_equal(attach(sb, dev), 0);
        assert_int_equal(reach(dev, 0x5000, &ma), 0);
        assert_int_equal(ma, pb);

        if ( cfg.pt )
        {
            struct s2_domain *id =
                vtd_driver.dev->domain_alloc(dev, S2_IDENTITY, NULL);

            assert_int_equal(attach(id, dev), 0);
            assert_int_equal(reach(dev, pa, &ma), 0);
            assert_int_equal(ma, pa);
        }

        block(dev);
        assert_int_not_equal(reach(dev, 0x5000, &ma), 0);
        assert_int_not_equal(vtd_model_translate(model[0], 0x0500, 0x5000, true,
                                                 &ma), 0);

        domain_free_s2(sa);
        domain_free_s2(sb);
        dev_del(dev);
        table_free(a);
        table_free(b);
        vtd_machine_down();
    }
}

/* Two functions that share an ID: blocking one leaves the other's alone. */
static void test_shared_alias(void **state)
{
    struct iommu_dev *one, *two;
    struct s2_table *t;
    struct s2_domain *s2;
    uint64_t ma;

    vtd_machine_up(&vtd_model_default, 1);
    one = dev_add(5, 1, 0x0500);
    two = dev_add(5, 2, 0x0500);
    t = table_new(one);
    map_page(t, 1);
    s2 = domain_new(one, t);
    assert_int_equal(attach(s2, one), 0);
    assert_int_equal(attach(s2, two), 0);
    block(one);
    assert_int_not_equal(reach(one, 0x1000, &ma), 0);
    assert_int_equal(reach(two, 0x1000, &ma), 0);
    assert_int_equal(vtd_model_translate(model[0], 0x0500, 0x1000, true, &ma),
                     0);
    block(two);
    assert_int_not_equal(vtd_model_translate(model[0], 0x0500, 0x1000, true,
                                             &ma), 0);
    domain_free_s2(s2);
    dev_del(one);
    dev_del(two);
    table_free(t);
    vtd_machine_down();
}

static void test_flush_counts(void **state)
{
    struct iommu_dev *dev;
    struct s2_table *t;
    struct s2_domain *s2;
    unsigned long waits, iotlb;
    unsigned int changed = 0;

    vtd_machine_up(&vtd_model_default, 1);
    dev = dev_add(0, 3, 0);
    t = table_new(dev);
    s2 = domain_new(dev, t);
    assert_int_equal(attach(s2, dev), 0);
    assert_int_equal(s2_table_map(t, 0x10000, 0x20000, 0x8000,
                                  PT_PROT_R | PT_PROT_W, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    waits = vtd_model_count(model[0], VTD_COUNT_QI_WAIT);
    iotlb = vtd_model_count(model[0], VTD_COUNT_QI_IOTLB);
    assert_int_equal(s2_table_unmap(t, 0x10000, 0x8000, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    assert_int_equal(vtd_model_count(model[0], VTD_COUNT_QI_WAIT), waits + 1);
    assert_int_equal(vtd_model_count(model[0], VTD_COUNT_QI_IOTLB), iotlb + 1);
    block(dev);
    domain_free_s2(s2);
    dev_del(dev);
    table_free(t);
    vtd_machine_down();
}

/* The queue wraps many times, with batches of every size. */
static void test_queue_wrap(void **state)
{
    struct vtd_desc desc[VTD_BATCH_MAX];
    struct vtd_unit *u;
    unsigned int i;

    vtd_machine_up(&vtd_model_default, 1);
    u = unit_nr(0);
    for ( i = 0; i < VTD_BATCH_MAX; i++ )
        desc[i] = vtd_desc_iotlb_domain(vtd_drain(u), 5);
    for ( i = 0; i < 2000; i++ )
        assert_int_equal(vtd_invalidate(u, desc, i % (VTD_BATCH_MAX + 1)), 0);
    assert_false(u->unit.failed);
    vtd_machine_down();
}

/* A refused descriptor is reported, replaced, and the queue goes on. */
static void test_bad_descriptor(void **state)
{
    struct vtd_desc bad = { .lo = 0xe };
    struct vtd_unit *u;

    vtd_machine_up(&vtd_model_default, 1);
    u = unit_nr(0);
    assert_int_equal(vtd_invalidate(u, &bad, 1), -EIO);
    assert_log("was refused");
    assert_true(u->unit.failed);
    vtd_model_forgive(model[0]);
    vtd_machine_down();
}

/* One descriptor goes wrong once: the batch is submitted again. */
static void test_error_once(void **state)
{
    struct vtd_desc desc = vtd_desc_iotlb_domain(0, 5);
    struct vtd_unit *u;

    vtd_machine_up(&vtd_model_default, 1);
    u = unit_nr(0);
    vtd_model_fail_nth(model[0], 1, VTD_MODEL_ERROR);
    assert_int_equal(vtd_invalidate(u, &desc, 1), 0);
    assert_true(vtd_model_failed(model[0]));
    assert_false(u->unit.failed);
    vtd_machine_down();
}

/* A dead unit: reported within its bound, and what it finds is nothing. */
static void test_dead_unit(void **state)
{
    unsigned int gone, qi;

    for ( gone = 0; gone < 2; gone++ )
        for ( qi = 0; qi < 2; qi++ )
        {
            struct vtd_model_cfg cfg = variant(qi ? 0 : 16);
            struct iommu_dev *dev;
            struct s2_table *t;
            struct s2_domain *s2;
            uint64_t ma;
            s_time_t start;

            vtd_machine_up(&cfg, 1);
            dev = dev_add(0, 3, 0);
            t = table_new(dev);
            map_page(t, 1);
            s2 = domain_new(dev, t);
            assert_int_equal(attach(s2, dev), 0);

            vtd_model_die(model[0], gone);
            start = NOW();
            block(dev);
            assert_true(NOW() - start < SECONDS(8));
            assert_true(dev->unit->failed);
            assert_int_equal(attach(s2, dev), -EIO);
            vtd_model_revive(model[0]);
            vtd_model_forgive(model[0]);
            vtd_model_reset(model[0]);
            (void)ma;

            domain_free_s2(s2);
            dev_del(dev);
            table_free(t);
            vtd_machine_down();
        }
}

/* Device TLBs: translations are taken back; a dead device is cut off. */
static void test_ats(void **state)
{
    struct iommu_dev *dev, *other;
    struct s2_table *t;
    struct s2_domain *s2;
    unsigned int prot, changed = 0;
    uint8_t byte = 1;
    uint64_t pa;

    vtd_machine_up(&vtd_model_default, 1);
    dev = dev_add(1, 1, 0);
    other = dev_add(1, 2, 0);
    t = table_new(dev);
    pa = map_page(t, 1);
    s2 = domain_new(dev, t);
    assert_int_equal(attach(s2, dev), 0);
    assert_int_equal(attach(s2, other), 0);
    assert_true(dev->ats && other->ats);
    assert_true(pci_conf_read16(dev->sbdf, 0x106) & 0x8000);
    (void)pa;

    assert_int_equal(vtd_model_ats_request(model[0], dev->ids[0], 0x1000,
                                           &prot), 0);
    assert_int_equal(prot, 3);
    assert_int_equal(vtd_model_ats_dma(model[0], dev->ids[0], 0x1000, 1, true,
                                       &byte), 0);
    assert_int_equal(s2_table_unmap(t, 1, 1, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    assert_int_equal(vtd_model_ats_dma(model[0], dev->ids[0], 0x1000, 1, true,
                                       &byte), VTD_MODEL_UR);

    /* One of the two stops answering. */
    map_page(t, 2);
    assert_int_equal(s2_table_flush(t), 0);
    vtd_model_ats_dead(model[0], dev->ids[0], true);
    assert_int_equal(s2_table_unmap(t, 2, 1, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    assert_log("did not confirm");
    assert_true(dev->pdev->broken);
    assert_false(other->pdev->broken);
    assert_false(dev->unit->failed);
    assert_false(pci_conf_read16(dev->sbdf, 0x106) & 0x8000);
    assert_true(pci_conf_read16(other->sbdf, 0x106) & 0x8000);
    map_page(t, 3);
    assert_int_equal(s2_table_flush(t), 0);
    {
        uint64_t ma;

        assert_int_not_equal(reach(dev, 0x3000, &ma), 0);
        assert_int_equal(reach(other, 0x3000, &ma), 0);
    }

    block(dev);
    block(other);
    assert_false(pci_conf_read16(other->sbdf, 0x106) & 0x8000);
    domain_free_s2(s2);
    dev_del(dev);
    dev_del(other);
    table_free(t);
    vtd_machine_down();
}

static void test_faults(void **state)
{
    struct iommu_dev *dev;
    struct iommu_fault f;
    uint64_t ma, seq;
    unsigned int i;

    vtd_machine_up(&vtd_model_default, 1);
    dev = dev_add(0, 3, 0);
    /* Nothing was ever attached on that bus. */
    assert_int_equal(reach(dev, 0x7777000, &ma), 1);
    host_tasklets_run();
    assert_int_equal(iommu_fault_last(dev->sbdf.sbdf, &f, &seq), 0);
    assert_int_equal(f.addr, 0x7777000);
    assert_int_equal(f.code, 1);
    assert_true(f.write && !f.interrupt);
    assert_non_null(strstr(f.reason, "blocked"));

    for ( i = 0; i < 600; i++ )
        reach(dev, 0x1000 * i, &ma);
    for ( i = 0; i < 10; i++ )
        host_tasklets_run();
    assert_int_equal(vtd_readl(unit_nr(0), VTD_FSTS) & (FSTS_PFO | FSTS_PPF), 0);
    dev_del(dev);
    vtd_machine_down();
}

static void test_power(void **state)
{
    unsigned int v;

    for ( v = 0; v < NR_VARIANTS; v += test_rounds(5, 1) )
    {
        struct vtd_model_cfg cfg = variant(v);
        struct iommu_dev *dev;
        struct s2_table *t;
        struct s2_domain *s2;
        uint64_t pa, ma;

        vtd_machine_up(&cfg, 1);
        dev = dev_add(0, 3, 0);
        t = table_new(dev);
        pa = map_page(t, 1);
        s2 = domain_new(dev, t);
        assert_int_equal(attach(s2, dev), 0);

        assert_int_equal(vtd_unit_ops.suspend(dev->unit), 0);
        vtd_model_reset(model[0]);
        vtd_unit_ops.resume(dev->unit);
        assert_false(dev->unit->failed);
        assert_true(vtd_readl(unit_nr(0), VTD_GSTS) & GCMD_TE);
        assert_int_equal(reach(dev, 0x1000, &ma), 0);
        assert_int_equal(ma, pa);
        assert_int_not_equal(reach(dev, 0x2000, &ma), 0);

        vtd_unit_ops.quiesce(dev->unit);
        vtd_unit_ops.crash_shutdown(dev->unit);
        assert_int_equal(vtd_readl(unit_nr(0), VTD_GSTS) &
                         (GCMD_TE | GCMD_QIE | GCMD_IRE), 0);

        vtd_model_forgive(model[0]);
        dev->unit->failed = true;
        block(dev);
        domain_free_s2(s2);
        dev_del(dev);
        table_free(t);
        vtd_machine_down();
    }
}

/* Every n-th command fails, in each way: old state, or blocked. */
static void sweep_attach(unsigned int v, enum vtd_model_failure how)
{
    struct vtd_model_cfg cfg = variant(v);
    unsigned int nth;
    bool reached = true;

    for ( nth = 1; reached && nth < 200; nth++ )
    {
        struct iommu_dev *dev;
        struct s2_table *a, *b;
        struct s2_domain *sa, *sb;
        uint64_t pa, pb, ma;
        unsigned int r;
        int rc;

        vtd_machine_up(&cfg, 1);
        dev = dev_add(0, 3, 0);
        a = table_new(dev);
        b = table_new(dev);
        pa = map_page(a, 1);
        pb = map_page(b, 1);
        sa = domain_new(dev, a);
        sb = domain_new(dev, b);
        assert_int_equal(attach(sa, dev), 0);
        assert_int_equal(reach(dev, 0x1000, &ma), 0);

        vtd_model_fail_nth(model[0], nth, how);
        rc = attach(sb, dev);
        reached = vtd_model_failed(model[0]);
        vtd_model_fail_nth(model[0], 0, how);

        if ( !rc )
        {
            assert_int_equal(reach(dev, 0x1000, &ma), 0);
            assert_int_equal(ma, pb);
        }
        else
        {
            assert_true(reached);
            assert_true(dev->unit->failed);
            /* Caches may be stale, what is in memory must be nothing. */
            assert_int_equal(vtd_context_get(unit_nr(0), dev->ids[0]).lo, 0);
        }
        r = reached;
        (void)r;
        (void)pa;

        block(dev);
        vtd_model_revive(model[0]);
        vtd_model_forgive(model[0]);
        domain_free_s2(sa);
        domain_free_s2(sb);
        dev_del(dev);
        table_free(a);
        table_free(b);
        vtd_machine_down();
    }
    assert_true(nth > 2 && nth < 200);
}

static void test_sweep_commands(void **state)
{
    unsigned int v;

    for ( v = 0; v < NR_VARIANTS; v += test_rounds(11, 1) )
    {
        sweep_attach(v, VTD_MODEL_DROP);
        sweep_attach(v, VTD_MODEL_ERROR);
        sweep_attach(v, VTD_MODEL_DIE);
    }
}

/* Bring-up with every n-th command or allocation failing. */
static void test_sweep_bring_up(void **state)
{
    unsigned int v, nth, what;

    for ( v = 0; v < NR_VARIANTS; v += test_rounds(15, 1) )
        for ( what = 0; what < 3; what++ )
            for ( nth = 1; nth < 200; nth++ )
            {
                struct vtd_model_cfg cfg = variant(v);
                bool reached;
                int rc;

                vtd_machine(&cfg, 1);
                if ( what == 2 )
                    host_fail_nth(nth);
                else
                    vtd_model_fail_nth(model[0], nth, what ? VTD_MODEL_DIE
                                                           : VTD_MODEL_DROP);
                rc = acpi_dmar_init();
                if ( !rc )
                    rc = vtd_setup();
                reached = what == 2 ? host_fail_reached()
                                    : vtd_model_failed(model[0]);
                host_fail_nth(0);
                vtd_model_fail_nth(model[0], 0, VTD_MODEL_DROP);
                vtd_model_revive(model[0]);
                if ( rc )
                    assert_true(reached);
                vtd_model_forgive(model[0]);
                vtd_machine_down();
                if ( !reached )
                    break;
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bring_up),
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_shared_alias),
        cmocka_unit_test(test_flush_counts),
        cmocka_unit_test(test_queue_wrap),
        cmocka_unit_test(test_bad_descriptor),
        cmocka_unit_test(test_error_once),
        cmocka_unit_test(test_dead_unit),
        cmocka_unit_test(test_ats),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_power),
        cmocka_unit_test(test_sweep_commands),
        cmocka_unit_test(test_sweep_bring_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
