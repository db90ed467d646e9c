/* SPDX-License-Identifier: GPL-2.0-only */
/* The IORT: what it says, of functions and of devices of the name space. */
#include "iort-test.h"

#include "dev-ids.h"
#include "sweep.h"

static void expect_old(const struct iort_smmu *old)
{
    struct smmuv2_desc desc = iommu_iort_desc_v2(old);

    assert_int_equal(old->version, 2);
    assert_int_equal(desc.version, 2);
    assert_int_equal(desc.base, 0x0a000000);
    assert_int_equal(desc.size, 0x80000);
    assert_int_equal(desc.phandle, at.old);
    assert_int_equal(desc.quirks, SMMUV2_MMU500);
    assert_true(desc.coherent);
    assert_int_equal(desc.nr_global, 2);
    assert_int_equal(desc.nr_irqs, 6);
    assert_int_equal(old->irqs[0].gsiv, 80);
    assert_true(old->irqs[0].edge);
    assert_int_equal(old->irqs[1].gsiv, 81);
    assert_false(old->irqs[1].edge);
    assert_int_equal(old->irqs[5].gsiv, 93);
}

/* Models, and units without the second global interrupt or any of banks. */
static void test_smmuv2(void **state)
{
    static const unsigned int versions[] = { 1, 2, 1, 2, 1, 2 };
    unsigned int model, n;
    struct iort_buf t;
    uint32_t smmu;

    for ( model = 0; model <= ARRAY_SIZE(versions); model++ )
        for ( n = 0; n < 3; n++ )
        {
            iort_begin(&t);
            smmu = iort_smmuv2_open(&t, 0x0a000000, 0x20000, model, 0, n);
            if ( n == 1 )
                iort_poke(&t, smmu + 68, 0, 4);
            iort_close(&t);
            host_log_clear();
            assert_int_equal(iommu_iort_parse(t.b, t.len, &iort), 0);
            assert_int_equal(iort.nr_smmus, 1);
            if ( model == ARRAY_SIZE(versions) )
            {
                assert_log("SMMU of no known model or size");
                assert_true(iort.smmus[0].bad && !iort.smmus[0].base);
                iommu_iort_free(&iort);
                continue;
            }
            assert_int_equal(host_log_lines(XENLOG_ERR), 0);
            assert_int_equal(iort.smmus[0].version, versions[model]);
            assert_int_equal(iort.smmus[0].nr_global, n == 1 ? 1 : 2);
            assert_int_equal(iort.smmus[0].nr_irqs, (n == 1 ? 1 : 2) + n);
            iommu_iort_free(&iort);
        }
}

static void test_good(void **state)
{
    struct iort_buf t;
    struct smmuv3_desc desc;
    uint32_t unit = 0, sid = 0;

    good(&t);
    assert_int_equal(iommu_iort_parse(t.b, t.len, &iort), 0);
    assert_int_equal(iort.nr_smmus, 3);
    assert_int_equal(iort.nr_maps, 3);
    assert_int_equal(iort.nr_named, 1);
    assert_int_equal(iort.nr_rmrs, 2);

    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x42, &unit, &sid), 0);
    assert_int_equal(unit, at.smmu0);
    assert_int_equal(sid, 0x10042);
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x200, &unit, &sid), 0);
    assert_int_equal(unit, at.smmu1);
    assert_int_equal(sid, 0x30);
    /* No mapping; past a single one; no SMMU; another segment. */
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x100, &unit, &sid), -ENODEV);
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x201, &unit, &sid), -ENODEV);
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x300, &unit, &sid), -ENODEV);
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x8011, &unit, &sid), 0);
    assert_int_equal(unit, at.old);
    assert_int_equal(sid, 0x11);
    assert_int_equal(iommu_iort_map_rid(&iort, 1, 0x42, &unit, &sid), -ENODEV);

    desc = iommu_iort_desc(&iort.smmus[0]);
    assert_int_equal(desc.base, 0x09050000);
    assert_int_equal(desc.size, 0x20000);
    assert_true(desc.coherent);
    assert_int_equal(desc.irq_evtq, 74);
    assert_int_equal(desc.irq_priq, 75);
    assert_int_equal(desc.irq_gerror, 77);
    desc = iommu_iort_desc(&iort.smmus[1]);
    assert_false(desc.coherent);
    assert_true(desc.page0_only);
    assert_int_equal(desc.size, 0x10000);

    expect_old(&iort.smmus[2]);

    /* Whatever becomes of the table. */
    memset(t.b, 'x', sizeof(t.b));
    assert_string_equal(iort.named[0].name, "\\_SB.NET0");
    assert_int_equal(iort.named[0].sid, 0x77);
    assert_int_equal(iort.named[0].nr, 2);
    iommu_iort_free(&iort);
}

/* A function's requester IDs become stream IDs, and bring their regions. */
static void test_firmware(void **state)
{
    const struct iommu_firmware *fw = &iommu_iort_firmware;
    struct pci_dev pdev = {};
    struct iommu_dev dev = { .pdev = &pdev, .name = "0000:00:01.2" };
    struct iort_buf t;
    unsigned int n = 0;

    good(&t);
    assert_int_equal(iommu_iort_parse(t.b, t.len, &iommu_iort), 0);
    dev_ids(&dev, 0xa, 0xb);
    assert_int_equal(fw->resolve(&dev), 0);
    assert_int_equal(dev.fw_unit, at.smmu0);
    assert_int_equal(dev.id, 0x1000a);
    assert_int_equal(dev.ids.nr_ids, 2);
    assert_true(iommu_dev_has_id(&dev, 0x1000b));
    /* Both IDs need it, which is one range. */
    assert_int_equal(fw->direct_regions(&dev, count_region, &n), 0);
    assert_int_equal(n, 1);

    /* IDs on two units cannot move together. */
    iommu_dev_forget(&dev);
    dev_id(&dev, 0xa);
    dev_id(&dev, 0x200);
    assert_int_equal(fw->resolve(&dev), -EINVAL);
    assert_log("0000:00:01.2: not all of its requester IDs are behind one unit");
    /* Nor with one that is behind none. */
    iommu_dev_forget(&dev);
    dev_id(&dev, 0xa);
    dev_id(&dev, 0x100);
    assert_int_equal(fw->resolve(&dev), -EINVAL);
    iommu_dev_forget(&dev);
    dev_id(&dev, 0x100);
    assert_int_equal(fw->resolve(&dev), -ENODEV);
    iommu_dev_forget(&dev);
    iommu_iort_free(&iommu_iort);
}

/* A device of the name space has the IDs of all nodes with its name. */
static void test_named(void **state)
{
    struct iommu_dev dev = { .name = "\\_SB.NET0" };
    struct iort_buf t, twice;

    good(&t);
    assert_int_equal(resolve_named(&t, &dev), 0);
    assert_int_equal(dev.fw_unit, at.smmu0);
    assert_int_equal(dev.ids.nr_ids, 2);
    assert_int_equal(dev.id, 0x77);
    assert_true(iommu_dev_has_id(&dev, 0x78));

    /* As many as a dev can have; one more. */
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, IOMMU_IDS_MAX - 3, 0x20000, at.smmu0, 0);
    iort_close(&t);
    assert_int_equal(resolve_named(&t, &dev), 0);
    assert_int_equal(dev.ids.nr_ids, IOMMU_IDS_MAX);
    assert_int_equal(dev.ids.nr, 2);
    assert_true(iommu_dev_has_id(&dev, 0x20000 + IOMMU_IDS_MAX - 3));
    twice = t;
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, 0, 0x200, at.smmu0, 0);
    iort_close(&t);
    assert_int_equal(resolve_named(&t, &dev), -EINVAL);
    assert_log("has more than");

    /* IDs on two units cannot move together. */
    iort_named(&twice, "\\_SB.NET0");
    iort_map(&twice, 0, 0, 0x200, at.smmu1, 0);
    iort_close(&twice);
    assert_int_equal(resolve_named(&twice, &dev), -EINVAL);
    assert_log("are on two SMMUs");

    dev.name = "\\_SB.NET1";
    assert_int_equal(resolve_named(&t, &dev), -ENODEV);
    iommu_dev_forget(&dev);
}

/* One ID that several mappings have is one ID. */
static void test_named_twice(void **state)
{
    struct iommu_dev dev = { .name = "\\_SB.DMA0" };
    struct iort_buf t;
    unsigned int i;

    good(&t);
    iort_named(&t, dev.name);
    iort_map(&t, 0, 63, 0x400, at.smmu0, 0);
    iort_map(&t, 0, 0, 0x410, at.smmu0, 1);
    iort_map(&t, 0, 31, 0x430, at.smmu0, 0);
    iort_close(&t);
    iort_named(&t, dev.name);
    iort_map(&t, 0, 63, 0x400, at.smmu0, 0);
    iort_close(&t);
    assert_int_equal(resolve_named(&t, &dev), 0);
    assert_int_equal(dev.ids.nr_ids, 0x50);
    assert_int_equal(dev.ids.nr, 1);
    for ( i = 0x3f0; i < 0x460; i++ )
        assert_int_equal(iommu_dev_has_id(&dev, i), i >= 0x400 && i < 0x450);
    iommu_dev_forget(&dev);
}

static int parse_good(void *arg)
{
    int rc;
    struct iort_buf t;

    good(&t);
    rc = iommu_iort_parse(t.b, t.len, &iort);
    assert_true(!rc || rc == -ENOMEM);

    return rc;
}

/* Half a table would be one that nobody questions. */
static void free_iort(void *arg, int rc, bool reached)
{
    if ( rc )
    {
        assert_int_equal(iort.nr_smmus + iort.nr_maps + iort.nr_named +
                         iort.nr_rmrs, 0);
        assert_null(iort.smmus);
    }
    iommu_iort_free(&iort);
}

static void test_memory(void **state)
{
    static const struct sweep sweep = {
        .name = "IORT", .run = parse_good, .check = free_iort,
    };

    assert_true(sweep_allocations(&sweep, NULL) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good), cmocka_unit_test(test_smmuv2),
        cmocka_unit_test(test_firmware),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_named_twice),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, test_reset, test_no_leak);
}
