/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMMUv3 driver's hooks on the model, with every combination of
 * capabilities: bring-up, attach, flush, faults, and what is refused.
 */
#include "dev-ids.h"
#include "smmu-fixture.h"

#include <iommu-groups/fault.h>

static void test_up(void **state)
{
    unsigned int v;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
    {
        struct smmu_model_cfg cfg = sm_variant(v);
        uint64_t maddr;

        sm_machine(&cfg, 1);
        /* Out of reset, firmware's devices get through. */
        assert_int_equal(smmu_model_dma(sm_model[0], 5, 0x1000, true, &maddr), 0);
        {
            struct smmuv3_desc desc = sm_desc(0);

            assert_int_equal(smmuv3_add(&desc), 0);
            assert_int_equal(smmuv3_add(&desc), -EEXIST);
        }
        /* From bring-up on nothing does. */
        assert_int_not_equal(smmu_model_dma(sm_model[0], 5, 0x1000, true,
                                            &maddr), 0);
        sm_unit(0)->unit.drv->unit->dump(&sm_unit(0)->unit);
        assert_log("SMMUv3.2");
        sm_down();
    }
}

static void test_attach(void **state)
{
    unsigned int v;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
    {
        struct smmu_model_cfg cfg = sm_variant(v);
        struct s2_table *one, *two;
        struct s2_domain *s1, *s2;
        struct iommu_dev *dev, *other;
        uint64_t a, b, maddr = 0;

        sm_up(&cfg, 2);
        dev = sm_dev(0, 0x10, 0x11);
        other = sm_dev(1, 0x10, 0);
        one = sm_table();
        two = sm_table();
        a = sm_map(one, 0x12345);
        b = sm_map(two, 0x12345);
        s1 = sm_domain(dev, one);
        s2 = sm_domain(dev, two);

        assert_int_not_equal(sm_reach(dev, 0x12345678, true, &maddr), 0);
        assert_int_equal(sm_attach(s1, dev), 0);
        assert_int_equal(sm_reach(dev, 0x12345678, true, &maddr), 0);
        assert_int_equal(maddr, a + 0x678);
        /* Its other ID, too, and nobody else's. */
        assert_int_equal(smmu_model_dma(sm_model[0], 0x11, 0x12345000, false,
                                        &maddr), 0);
        assert_int_not_equal(smmu_model_dma(sm_model[0], 0x12, 0x12345000,
                                            false, &maddr), 0);
        assert_int_not_equal(sm_reach(other, 0x12345000, false, &maddr), 0);
        assert_int_equal(sm_reach(dev, 0x12346000, true, &maddr),
                         EV_TRANSLATION);

        /* Another table, another identity, and back to nothing. */
        assert_int_equal(sm_attach(s2, dev), 0);
        assert_int_equal(sm_reach(dev, 0x12345678, true, &maddr), 0);
        assert_int_equal(maddr, b + 0x678);
        assert_int_equal(sm_attach(&dev->unit->identity, dev), 0);
        assert_int_equal(sm_reach(dev, 0xabcdef, true, &maddr), 0);
        assert_int_equal(maddr, 0xabcdef);
        sm_block(dev);
        assert_int_equal(sm_reach(dev, 0x12345678, true, &maddr),
                         SMMU_MODEL_ABORT);

        sm_domain_free(s1);
        sm_domain_free(s2);
        sm_table_free(one);
        sm_table_free(two);
        sm_dev_del(dev);
        sm_dev_del(other);
        sm_down();
    }
}

static unsigned int by_sid(uint32_t sid)
{
    uint64_t maddr;

    return smmu_model_dma(sm_model[0], sid, 0x5000, true, &maddr);
}

/* An ID that two devices use stays for the other one. */
static void test_shared_id(void **state)
{
    struct s2_table *table;
    struct s2_domain *s2;
    struct iommu_dev *a, *b;

    sm_up(&smmu_model_default, 1);
    a = sm_dev(0, 0x10, 0x20);
    b = sm_dev(0, 0x30, 0x20);
    table = sm_table();
    sm_map(table, 5);
    s2 = sm_domain(a, table);
    assert_int_equal(sm_attach(s2, a), 0);
    assert_int_equal(sm_attach(s2, b), 0);
    assert_int_equal(by_sid(0x10) | by_sid(0x20) | by_sid(0x30), 0);
    sm_block(b);
    assert_int_equal(by_sid(0x10) | by_sid(0x20), 0);
    assert_int_equal(by_sid(0x30), SMMU_MODEL_ABORT);
    sm_block(a);
    assert_int_equal(by_sid(0x10), SMMU_MODEL_ABORT);
    assert_int_equal(by_sid(0x20), SMMU_MODEL_ABORT);
    sm_domain_free(s2);
    sm_table_free(table);
    sm_dev_del(a);
    sm_dev_del(b);
    sm_down();
}

/* Ranges of every size go, and only VMIDs of their own. */
static void test_flush(void **state)
{
    static const unsigned long sizes[] = { 1, 2, 31, 32, 33, 100, 512, 1000 };
    unsigned int v, i;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
    {
        struct smmu_model_cfg cfg = sm_variant(v);
        struct s2_table *table;
        struct s2_domain *s2;
        struct iommu_dev *dev;
        uint64_t maddr, keep;

        sm_up(&cfg, 1);
        dev = sm_dev(0, 7, 0);
        table = sm_table();
        keep = sm_map(table, 0x100000);
        s2 = sm_domain(dev, table);
        assert_int_equal(sm_attach(s2, dev), 0);

        for ( i = 0; i < ARRAY_SIZE(sizes); i++ )
        {
            uint64_t first = 0x2000 - sizes[i] / 2;
            uint64_t last = first + sizes[i] - 1;

            sm_map(table, first);
            if ( last != first )
                sm_map(table, last);
            assert_int_equal(s2_table_flush(table), 0);
            assert_int_equal(sm_reach(dev, first << 12, true, &maddr), 0);
            assert_int_equal(sm_reach(dev, last << 12, true, &maddr), 0);
            assert_int_equal(sm_unmap(table, first, sizes[i]), 0);
            assert_int_equal(sm_reach(dev, first << 12, true, &maddr),
                             EV_TRANSLATION);
            assert_int_equal(sm_reach(dev, last << 12, true, &maddr),
                             EV_TRANSLATION);
            assert_int_equal(sm_reach(dev, 0x100000ULL << 12, true, &maddr), 0);
            assert_int_equal(maddr, keep);
        }

        sm_block(dev);
        sm_domain_free(s2);
        sm_table_free(table);
        sm_dev_del(dev);
        sm_down();
    }
}

static void test_faults(void **state)
{
    struct smmu_model_cfg cfg = smmu_model_default;
    struct iommu_fault f;
    struct s2_table *table;
    struct s2_domain *s2;
    struct iommu_dev *dev;
    uint64_t maddr, seq = 0;
    unsigned int by_irq, changed = 0;

    for ( by_irq = 0; by_irq < 2; by_irq++ )
    {
        cfg.msi = by_irq;
        sm_up(&cfg, 1);
        dev = sm_dev(0, 0x9, 0);
        table = sm_table();
        maddr = sm_map(table, 5);
        assert_int_equal(s2_table_map(table, 5, maddr >> PAGE_SHIFT, 1,
                                      PT_PROT_R, &changed), 0);
        s2 = sm_domain(dev, table);
        assert_int_equal(sm_attach(s2, dev), 0);

        assert_int_equal(sm_reach(dev, 0x7123, true, &maddr), EV_TRANSLATION);
        assert_int_equal(sm_irqs[SMMU_IRQ_EVENTQ], 1);
        if ( by_irq )
            sm_settle();
        else
            dev->unit->drv->unit->poll_faults(dev->unit);
        assert_int_equal(iommu_fault_last(dev->unit, 0x9, &f, &seq), 0);
        assert_int_equal(f.addr, 0x7123);
        assert_int_equal(f.code, EV_TRANSLATION);
        assert_true(f.write);
        assert_string_equal(f.reason, "no translation for the address");
        assert_log("address 0x7123 refused: no translation");

        assert_int_equal(sm_reach(dev, 0x5000, true, &maddr), EV_PERMISSION);
        assert_int_equal(sm_reach(dev, 1ULL << 50, false, &maddr),
                         EV_TRANSLATION);
        sm_settle();
        assert_int_equal(iommu_fault_last(dev->unit, 0x9, &f, &seq), 0);
        assert_int_equal(f.addr, 1ULL << 50);
        assert_false(f.write);
        assert_log("without permission");

        sm_block(dev);
        sm_domain_free(s2);
        sm_table_free(table);
        sm_dev_del(dev);
        sm_down();
    }
}

/* A queue that is full loses records, says so once, and goes on. */
static void test_overflow(void **state)
{
    struct smmu_model_cfg cfg = smmu_model_default;
    struct s2_table *table;
    struct s2_domain *s2;
    struct iommu_dev *dev;
    struct iommu_fault f;
    uint64_t maddr, seq = 0;
    unsigned int i, round;

    cfg.eventq_bits = 4;
    sm_up(&cfg, 1);
    dev = sm_dev(0, 0x9, 0);
    table = sm_table();
    s2 = sm_domain(dev, table);
    assert_int_equal(sm_attach(s2, dev), 0);

    for ( round = 0; round < 5; round++ )
    {
        host_log_clear();
        for ( i = 0; i < 20; i++ )
            sm_reach(dev, 0x10000 + i, true, &maddr);
        sm_settle();
        assert_log("more faults than it can record");
        assert_int_equal(iommu_fault_last(dev->unit, 9, &f, &seq), 0);
        assert_int_equal(f.addr, 0x1000f);
        /* As many as fit, without a word. */
        host_log_clear();
        for ( i = 0; i < 15; i++ )
            sm_reach(dev, 0x20000 + i, true, &maddr);
        sm_settle();
        assert_no_log("more faults");
        assert_int_equal(iommu_fault_last(dev->unit, 9, &f, &seq), 0);
        assert_int_equal(f.addr, 0x2000e);
    }

    sm_block(dev);
    sm_domain_free(s2);
    sm_table_free(table);
    sm_dev_del(dev);
    sm_down();
}

/* A device that pretends to have asked before is not believed. */
static void test_translated(void **state)
{
    struct iommu_dev *dev;
    struct s2_table *table;
    struct s2_domain *s2;
    uint64_t maddr = 0;

    sm_up(&smmu_model_default, 1);
    dev = sm_dev(0, 0x9, 0);
    table = sm_table();
    s2 = sm_domain(dev, table);

    assert_int_equal(smmu_model_dma_translated(sm_model[0], 9, 0x1000, &maddr),
                     EV_BAD_STREAMID);
    assert_int_equal(sm_attach(s2, dev), 0);
    assert_int_equal(smmu_model_dma_translated(sm_model[0], 9, 0x1000, &maddr),
                     EV_TRANSL_FORBIDDEN);
    sm_block(dev);
    assert_int_equal(smmu_model_dma_translated(sm_model[0], 9, 0x1000, &maddr),
                     SMMU_MODEL_ABORT);
    sm_domain_free(s2);
    sm_table_free(table);
    sm_dev_del(dev);
    sm_down();
}

/* Units that lack something, and descriptions that are wrong. */
static void test_refused(void **state)
{
    struct smmu_model_cfg cfg;
    struct smmuv3_desc desc;
    uint64_t maddr;
    unsigned int i;

    for ( i = 0; i < 5; i++ )
    {
        cfg = smmu_model_default;
        cfg.s2p = i != 0;
        cfg.stall_model = i == 1 ? 2 : 0;
        cfg.cmdq_bits = i == 2 ? 1 : 19;
        sm_machine(&cfg, 1);
        desc = sm_desc(0);
        if ( i == 3 )
            desc.size = 0x1000;
        if ( i == 4 )
            smmu_model_die(sm_model[0], true);
        assert_int_equal(smmuv3_add(&desc), i == 3 ? -EINVAL : -EOPNOTSUPP);
        assert_log(i == 3 ? "bytes of registers" : "cannot be used");
        assert_int_equal(host_log_lines(XENLOG_ERR), 1);
        assert_int_equal(iommu_units_in_bits(), 0);
        if ( i == 4 )
            smmu_model_revive(sm_model[0]);
        /* As it was. */
        assert_int_equal(smmu_model_dma(sm_model[0], 5, 0x1000, true, &maddr),
                         0);
        sm_down();
    }
}

static void test_probe(void **state)
{
    struct iommu_dev dev = { .name = "/x", .fw_unit = 0x8000 };

    dev_id(&dev, 0x10000);
    sm_up(&smmu_model_default, 1);
    pcidevs_lock();
    assert_int_equal(smmu_driver.dev->probe(&dev), -EINVAL);
    assert_log("stream ID 0x10000 of /x is more than its 16 bits");
    dev.fw_unit = 0x8001;
    assert_int_equal(smmu_driver.dev->probe(&dev), -ENODEV);
    dev.fw_unit = 0;
    assert_int_equal(smmu_driver.dev->probe(&dev), -ENODEV);
    pcidevs_unlock();
    iommu_dev_forget(&dev);
    sm_down();
}

static void test_vmids(void **state)
{
    struct smmu_model_cfg cfg = smmu_model_default;
    uint32_t tag, last = 0;
    unsigned int n;
    struct iommu_unit *unit;

    cfg.vmid16 = false;
    sm_up(&cfg, 1);
    unit = &sm_unit(0)->unit;
    for ( n = 0; !iommu_tag_alloc(unit, &tag); n++ )
    {
        assert_in_range(tag, 1, 255);
        assert_int_not_equal(tag, last);
        last = tag;
    }
    assert_int_equal(n, 255);
    iommu_tag_free(unit, 17);
    assert_int_equal(iommu_tag_alloc(unit, &tag), 0);
    assert_int_equal(tag, 17);
    sm_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_up),
        SM_TEST(test_attach),
        SM_TEST(test_shared_id),
        SM_TEST(test_flush),
        SM_TEST(test_faults),
        SM_TEST(test_overflow),
        SM_TEST(test_translated),
        SM_TEST(test_refused),
        SM_TEST(test_probe),
        SM_TEST(test_vmids),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
