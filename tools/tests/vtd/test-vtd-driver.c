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

/* What firmware knows a function by: its physical one, with ARI function 0. */
static void test_firmware_name(void **state)
{
    static const struct {
        bool virtfn, extfn;
        uint8_t physfn;
        uint16_t want;
    } rows[] = {
        { false, false, 0, 0x0128 }, { false, true, 0, 0x0100 },
        { true, false, 0x28, 0x0028 }, { true, true, 0x28, 0x0000 },
        { true, true, 0x03, 0x0003 },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(rows); i++ )
    {
        struct pci_dev pdev = {
            .sbdf = PCI_SBDF(0, 0x0128),
            .info = { .is_virtfn = rows[i].virtfn, .is_extfn = rows[i].extfn,
                      .physfn = { .bus = 0, .devfn = rows[i].physfn } },
        };

        assert_int_equal(vtd_firmware_sbdf(&pdev).bdf, rows[i].want);
    }
}

#define SUITE(name)                                                     \
    static void test_##name(void **state)                               \
    {                                                                   \
        suite_driver_##name(&vtd_rig);                                  \
    }

SUITE(attach)
SUITE(shared_alias)
SUITE(ats)
SUITE(ats_move)
SUITE(dies_meanwhile)
SUITE(power)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bring_up),
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_shared_alias),
        cmocka_unit_test(test_virtual_function),
        cmocka_unit_test(test_firmware_name),
        cmocka_unit_test(test_flush_counts),
        cmocka_unit_test(test_flush_large),
        cmocka_unit_test(test_write_buffer),
        cmocka_unit_test(test_ats),
        cmocka_unit_test(test_ats_move),
        cmocka_unit_test(test_dies_meanwhile),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_power),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
