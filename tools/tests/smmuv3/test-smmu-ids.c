/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices with many stream IDs: all of them move, and nobody else's. */
#include "smmu-fixture.h"

#include "dev-ids.h"

static struct iommu_dev *dev_new(const char *name)
{
    struct iommu_dev *dev = xzalloc(struct iommu_dev);

    assert_non_null(dev);
    dev->name = name;
    dev->fw_unit = sm_desc(0).phandle;

    return dev;
}

static void probe(struct iommu_dev *dev)
{
    pcidevs_lock();
    assert_int_equal(smmu_driver.dev->probe(dev), 0);
    pcidevs_unlock();
    together_add(dev);
}

static bool reaches(uint32_t sid)
{
    uint64_t maddr;

    return !smmu_model_dma(sm_model[0], sid, 0x5000, true, &maddr);
}

/* Scattered, in a row, and over a boundary of second-level tables. */
static bool has(unsigned int how, uint32_t sid)
{
    return how == 0 ? sid < 48 && sid % 3 == 1
                    : how == 1 ? sid >= 16 && sid < 80
                               : sid >= 0xc0 && sid < 0x1c0;
}

static void test_many(void **state)
{
    unsigned int v, how, nr;
    uint32_t sid;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
        for ( how = 0; how < 3; how++ )
        {
            struct smmu_model_cfg cfg = sm_variant(v);
            struct iommu_dev *dev, *other;
            struct s2_table *table;
            struct s2_domain *s2;

            cfg.sid_bits = 10;
            sm_up(&cfg, 1);
            dev = dev_new("/dma");
            for ( sid = 0, nr = 0; sid < 0x400; sid++ )
                if ( has(how, sid) )
                {
                    dev_id(dev, sid);
                    nr++;
                }
            assert_int_equal(nr, how == 0 ? 16 : how == 1 ? 64 : 256);
            probe(dev);
            /* The last one is another's as well. */
            other = dev_new("/other");
            dev_id(other, dev->ids.range[dev->ids.nr - 1].last);
            probe(other);

            table = sm_table();
            sm_map(table, 5);
            s2 = sm_domain(dev, table);
            assert_int_equal(sm_attach(s2, other), 0);
            assert_int_equal(sm_attach(s2, dev), 0);
            for ( sid = 0; sid < 0x400; sid++ )
                assert_int_equal(reaches(sid), has(how, sid));
            sm_block(dev);
            for ( sid = 0; sid < 0x400; sid++ )
                assert_int_equal(reaches(sid), sid == other->id);
            assert_int_equal(sm_attach(s2, dev), 0);
            sm_block(other);
            for ( sid = 0; sid < 0x400; sid++ )
                assert_int_equal(reaches(sid), has(how, sid));
            sm_block(dev);
            sm_domain_free(s2);
            sm_table_free(table);
            sm_dev_del(other);
            sm_dev_del(dev);
            sm_down();
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { SM_TEST(test_many) };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
