/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that firmware left at work: their DMA arrives from the moment on when
 * the directory is, until they are attached; that of others does not.
 */
#include "riscv-fixture.h"

#include <iommu-groups/firmware.h>

#define BUSY  0x28
#define LAST  0x2a
#define OTHER 0x31

static uint32_t last = LAST;

static int busy_ids(uint32_t unit,
                    int (*fn)(uint32_t first, uint32_t last, void *arg),
                    void *arg)
{
    if ( unit != RV_PHANDLE )
        return 0;

    return fn(BUSY, last, arg) ?: fn(BUSY, BUSY, arg);
}

static const struct iommu_firmware firmware = { .busy_ids = busy_ids };

static unsigned int dma(uint32_t did, uint64_t *maddr)
{
    return rvm_translate(rvm[0], did, 0x7654321000, RVM_WRITE, maddr);
}

static void down(void)
{
    iommu_firmware = NULL;
    rv_machine_down();
}

static void test_busy(void **state)
{
    unsigned int v;

    for ( v = 0; v < RV_NR_VARIANTS; v++ )
    {
        struct rvm_cfg cfg = rv_variant(v);
        struct iommu_dev *dev;
        struct s2_table *table;
        struct s2_domain *s2;
        uint64_t maddr, page;

        iommu_firmware = &firmware;
        rv_machine_up(&cfg, NULL);
        assert_int_equal(dma(BUSY, &maddr), 0);
        assert_int_equal(maddr, 0x7654321000);
        assert_int_equal(dma(LAST, &maddr), 0);
        assert_int_not_equal(dma(OTHER, &maddr), 0);
        assert_int_not_equal(dma(BUSY - 1, &maddr), 0);

        dev = rv_dev_add(0, 5, 0);
        assert_int_equal(dma(BUSY, &maddr), 0);
        table = rv_table_new(dev);
        page = rv_map_page(table, 5);
        s2 = rv_domain_new(dev, table);
        assert_int_equal(rv_attach_dev(s2, dev), 0);
        assert_int_not_equal(dma(BUSY, &maddr), 0);
        assert_int_equal(rv_reach(dev, 0x5000, &maddr), 0);
        assert_int_equal(maddr, page);
        rv_block_dev(dev);
        assert_int_not_equal(rv_reach(dev, 0x5000, &maddr), 0);
        assert_int_equal(dma(LAST, &maddr), 0);
        rv_domain_del(s2);
        rv_table_free(table);
        rv_dev_del(dev);
        down();
    }
}

/* More than there can be: nothing of it, with a line; no memory: no unit. */
static void test_limits(void **state)
{
    struct rvm_cfg cfg = rv_variant(0);
    struct riscv_iommu_desc desc;
    unsigned int n, failed = 0;
    uint64_t maddr;

    iommu_firmware = &firmware;
    last = BUSY + 4096;
    rv_machine(&cfg, NULL);
    desc = rv_desc(0);
    assert_int_equal(riscv_iommu_add(&desc), 0);
    assert_log("are too many: blocked");
    last = LAST;
    assert_int_equal(dma(BUSY, &maddr), 0);
    assert_int_not_equal(dma(LAST, &maddr), 0);
    down();

    for ( n = 1; ; n++ )
    {
        int rc;

        iommu_firmware = &firmware;
        rv_machine(&cfg, NULL);
        desc = rv_desc(0);
        host_fail_nth(n);
        rc = riscv_iommu_add(&desc);
        host_fail_nth(0);
        if ( !rc )
            break;
        failed++;
        assert_int_not_equal(dma(BUSY, &maddr), 0);
        down();
    }
    assert_true(failed >= 6);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_busy),
        RV_TEST(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
