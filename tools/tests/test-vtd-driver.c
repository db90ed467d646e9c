/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d driver on the model: bring-up, attach, flush, block, faults. */
#include "vtd-fixture.h"

#include <iommu-groups/fault.h>

static void test_bring_up(void **state)
{
    unsigned int v;

    for ( v = 0; v < VTD_NR_VARIANTS; v++ )
    {
        struct vtd_model_cfg cfg = vtd_variant(v);
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

    for ( v = 0; v < VTD_NR_VARIANTS; v++ )
    {
        struct vtd_model_cfg cfg = vtd_variant(v);
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

/* Firmware does not know of it: the unit is that of its physical function. */
static void test_virtual_function(void **state)
{
    struct iommu_dev *one, *two;

    vtd_machine_up(&vtd_model_default, 2);
    one = vf_add(9, 0, 5);
    two = vf_add(9, 1, 3);
    assert_ptr_equal(one->unit, &unit_nr(1)->unit);
    assert_ptr_equal(two->unit, &unit_nr(0)->unit);
    dev_del(one);
    dev_del(two);
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

/* More pages than MAMV allows: by domain, and nothing else is done. */
static void test_flush_large(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int changed = 0, i;

    for ( i = 8; i <= 10; i++ )
    {
        struct iommu_dev *dev;
        struct s2_table *t;
        struct s2_domain *s2;
        unsigned long by_page, by_domain;

        cfg.mamv = 9;
        vtd_machine_up(&cfg, 1);
        dev = dev_add(0, 3, 0);
        t = table_new(dev);
        s2 = domain_new(dev, t);
        assert_int_equal(attach(s2, dev), 0);
        assert_int_equal(s2_table_map(t, 1UL << 18, 1UL << 18, 1UL << i,
                                      PT_PROT_R, &changed), 0);
        assert_int_equal(s2_table_flush(t), 0);
        by_page = vtd_model_count(model[0], VTD_COUNT_IOTLB_PAGE);
        by_domain = vtd_model_count(model[0], VTD_COUNT_IOTLB_DOMAIN);
        assert_int_equal(s2_table_unmap(t, 1UL << 18, 1UL << i, &changed), 0);
        assert_int_equal(s2_table_flush(t), 0);
        assert_int_equal(vtd_model_count(model[0], VTD_COUNT_IOTLB_PAGE),
                         by_page + (i <= 9));
        assert_int_equal(vtd_model_count(model[0], VTD_COUNT_IOTLB_DOMAIN),
                         by_domain + (i > 9));

        /* §6.2.3.1: a context entry that goes takes its domain's IOTLB along. */
        by_domain = vtd_model_count(model[0], VTD_COUNT_IOTLB_DOMAIN);
        block(dev);
        assert_int_equal(vtd_model_count(model[0], VTD_COUNT_IOTLB_DOMAIN),
                         by_domain + 1);
        domain_free_s2(s2);
        dev_del(dev);
        table_free(t);
        vtd_machine_down();
    }
}

/* The model has no write buffer, but counts what flushes one. */
static void test_write_buffer(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    struct iommu_dev *dev;
    struct s2_table *t;
    struct s2_domain *s2;
    unsigned long flushed;
    unsigned int changed = 0;

    cfg.rwbf = true;
    vtd_machine_up(&cfg, 1);
    dev = dev_add(0, 3, 0);
    t = table_new(dev);
    s2 = domain_new(dev, t);

#define FLUSHES(stmt) do {                                              \
    flushed = vtd_model_count(model[0], VTD_COUNT_GCMD);                \
    stmt;                                                               \
    assert_int_equal(vtd_model_count(model[0], VTD_COUNT_GCMD),         \
                     flushed + 1);                                      \
} while ( 0 )

    FLUSHES(assert_int_equal(attach(s2, dev), 0));
    map_page(t, 1);
    FLUSHES(assert_int_equal(s2_table_flush(t), 0));
    assert_int_equal(s2_table_unmap(t, 1, 1, &changed), 0);
    FLUSHES(assert_int_equal(s2_table_flush(t), 0));
    FLUSHES(block(dev));
#undef FLUSHES

    domain_free_s2(s2);
    dev_del(dev);
    table_free(t);
    vtd_machine_down();
}

/* Device TLBs: translations are taken back; a dead device is cut off. */
static void test_ats(void **state)
{
    struct iommu_dev *dev, *other;
    struct s2_table *t;
    struct s2_domain *s2;
    unsigned int prot, changed = 0;
    uint8_t byte = 1;
    uint64_t ma;

    vtd_machine_up(&vtd_model_default, 1);
    dev = dev_add(1, 1, 0);
    other = dev_add(1, 2, 0);
    t = table_new(dev);
    map_page(t, 1);
    s2 = domain_new(dev, t);
    assert_int_equal(attach(s2, dev), 0);
    assert_int_equal(attach(s2, other), 0);
    assert_true(dev->ats && other->ats);
    assert_true(pci_conf_read16(dev->sbdf, 0x106) & 0x8000);

    assert_int_equal(vtd_model_ats_request(model[0], dev->id, 0x1000,
                                           &prot), 0);
    assert_int_equal(prot, 3);
    assert_int_equal(vtd_model_ats_dma(model[0], dev->id, 0x1000, 1, true,
                                       &byte), 0);
    assert_int_equal(s2_table_unmap(t, 1, 1, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    assert_int_equal(vtd_model_ats_dma(model[0], dev->id, 0x1000, 1, true,
                                       &byte), VTD_MODEL_UR);

    /* One of the two stops answering. */
    map_page(t, 2);
    assert_int_equal(s2_table_flush(t), 0);
    vtd_model_ats_dead(model[0], dev->id, true);
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
    assert_int_not_equal(reach(dev, 0x3000, &ma), 0);
    assert_int_equal(reach(other, 0x3000, &ma), 0);

    block(dev);
    block(other);
    assert_false(pci_conf_read16(other->sbdf, 0x106) & 0x8000);
    domain_free_s2(s2);
    dev_del(dev);
    dev_del(other);
    table_free(t);
    vtd_machine_down();
}

/* What a device's TLB learnt in one domain is not used in the next. */
static void test_ats_move(void **state)
{
    struct iommu_dev *dev;
    struct s2_table *a, *b;
    struct s2_domain *sa, *sb;
    unsigned int prot;
    uint8_t byte = 0;

    vtd_machine_up(&vtd_model_default, 1);
    dev = dev_add(1, 1, 0);
    a = table_new(dev);
    b = table_new(dev);
    map_page(a, 1);
    sa = domain_new(dev, a);
    sb = domain_new(dev, b);
    assert_int_equal(attach(sa, dev), 0);
    assert_int_equal(vtd_model_ats_request(model[0], dev->id, 0x1000,
                                           &prot), 0);
    assert_int_equal(attach(sb, dev), 0);
    assert_int_equal(vtd_model_ats_dma(model[0], dev->id, 0x1000, 1, true,
                                       &byte), VTD_MODEL_UR);
    block(dev);
    domain_free_s2(sa);
    domain_free_s2(sb);
    dev_del(dev);
    table_free(a);
    table_free(b);
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
    assert_int_equal(iommu_fault_last(dev->unit, dev->sbdf.sbdf, &f,
                                      &seq), 0);
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

    for ( v = 0; v < VTD_NR_VARIANTS; v += test_rounds(5, 1) )
    {
        struct vtd_model_cfg cfg = vtd_variant(v);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bring_up),
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_shared_alias),
        cmocka_unit_test(test_virtual_function),
        cmocka_unit_test(test_flush_counts),
        cmocka_unit_test(test_flush_large),
        cmocka_unit_test(test_write_buffer),
        cmocka_unit_test(test_ats),
        cmocka_unit_test(test_ats_move),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_power),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
