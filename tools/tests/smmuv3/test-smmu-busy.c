/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that firmware left at work: their streams' DMA arrives at any moment
 * of a unit's bring-up, and until they are attached; that of others does not
 * from the moment on when the unit is.
 */
#include "smmu-fixture.h"

#include <iommu-groups/dt.h>
#include <iommu-groups/iort.h>

#include "dt-test.h"
#include "iort-build.h"

#define BUSY  0x45
#define LAST  0x47
#define OTHER 0x10

static bool started;
static unsigned int nr_writes, nr_lost, nr_late;

static unsigned int dma(uint32_t sid, uint64_t *maddr)
{
    return smmu_model_dma(sm_model[0], sid, 0x7654321000, true, maddr);
}

/* §6.3.9: CR0, SMMUEN. */
static void on_write(void *arg, unsigned int off)
{
    uint64_t maddr;

    nr_writes++;
    started |= smmu_model_read(sm_model[0], 0x24, 4) & 1;
    nr_lost += dma(BUSY, &maddr) || maddr != 0x7654321000 ||
               dma(LAST, &maddr);
    nr_late += started && !dma(OTHER, &maddr);
}

static struct { uint32_t unit, first, last; int again; } fw;

static int busy_ids(uint32_t unit,
                    int (*fn)(uint32_t first, uint32_t last, void *arg),
                    void *arg)
{
    int i, rc = 0;

    for ( i = 0; !rc && unit == fw.unit && i <= fw.again; i++ )
        rc = fn(fw.first, fw.last, arg);

    return rc;
}

static const struct iommu_firmware firmware = { .busy_ids = busy_ids };

static void machine(const struct smmu_model_cfg *cfg)
{
    sm_machine(cfg, 1);
    fw.unit = sm_desc(0).phandle;
    fw.first = BUSY;
    fw.last = LAST;
    fw.again = 1;
    iommu_firmware = &firmware;
}

static int up(void)
{
    struct smmuv3_desc desc = sm_desc(0);

    return smmuv3_add(&desc);
}

static void down(void)
{
    iommu_firmware = NULL;
    sm_down();
}

static void test_bring_up(void **state)
{
    unsigned int v;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
    {
        struct smmu_model_cfg cfg = sm_variant(v);
        struct s2_table *table;
        struct s2_domain *s2;
        struct iommu_dev *dev;
        uint64_t maddr, page;

        machine(&cfg);
        started = false;
        nr_writes = nr_lost = nr_late = 0;
        smmu_model_on_write(sm_model[0], on_write, NULL);
        assert_int_equal(up(), 0);
        smmu_model_on_write(sm_model[0], NULL, NULL);
        assert_true(started && nr_writes > 10);
        assert_int_equal(nr_lost, 0);
        assert_int_equal(nr_late, 0);
        assert_int_not_equal(dma(BUSY - 1, &maddr), 0);
        assert_int_not_equal(dma(LAST + 1, &maddr), 0);
        assert_log("streams with reserved memory reach all memory until");

        /* Its first attach is the end of it. */
        dev = sm_dev(0, BUSY, 0);
        assert_int_equal(dma(BUSY, &maddr), 0);
        table = sm_table();
        page = sm_map(table, 5);
        s2 = sm_domain(dev, table);
        assert_int_equal(sm_attach(s2, dev), 0);
        assert_int_equal(dma(BUSY, &maddr), EV_TRANSLATION);
        assert_int_equal(sm_reach(dev, 0x5000, true, &maddr), 0);
        assert_int_equal(maddr, page);
        /* Those of others go on, beside it and across suspend. */
        assert_int_equal(dma(LAST, &maddr), 0);
        assert_int_equal(dev->unit->drv->unit->suspend(dev->unit), 0);
        assert_int_equal(dma(LAST, &maddr), SMMU_MODEL_ABORT);
        dev->unit->drv->unit->resume(dev->unit);
        assert_int_equal(dma(LAST, &maddr), 0);

        sm_block(dev);
        assert_int_equal(dma(BUSY, &maddr), SMMU_MODEL_ABORT);
        sm_domain_free(s2);
        sm_table_free(table);
        sm_dev_del(dev);
        down();
    }
}

/* Devices that are known, and were not attached, are blocked in the end. */
/* For iommu_groups_end_busy(); it stays when the walk lets go of it. */
static void group_of_one(struct iommu_group *group, struct iommu_dev *dev)
{
    static unsigned int nr;

    group->id = nr++;
    spin_lock_init(&group->lock);
    lock_class_set(&group->lock, LOCK_GROUP);
    atomic_set(&group->refs, 1);
    INIT_LIST_HEAD(&group->devs);
    list_add(&dev->member, &group->devs);
    list_add_tail(&group->list, &iommu_groups);
}

static void test_settle(void **state)
{
    static struct iommu_group groups[2];
    struct iommu_dev *kept, *own;
    struct s2_table *table;
    struct s2_domain *s2;
    uint64_t maddr;

    machine(&smmu_model_default);
    assert_int_equal(up(), 0);
    kept = sm_dev(0, BUSY, 0);
    own = sm_dev(0, BUSY + 1, 0);
    table = sm_table();
    sm_map(table, 5);
    s2 = sm_domain(own, table);
    assert_int_equal(sm_attach(s2, own), 0);
    group_of_one(&groups[0], kept);
    group_of_one(&groups[1], own);
    iommu_groups_end_busy();
    INIT_LIST_HEAD(&iommu_groups);
    list_del(&kept->member);
    list_del(&own->member);
    assert_int_equal(dma(BUSY, &maddr), SMMU_MODEL_ABORT);
    assert_int_equal(sm_reach(own, 0x5000, true, &maddr), 0);
    /* Nobody has claimed it yet. */
    assert_int_equal(dma(LAST, &maddr), 0);
    sm_block(own);
    sm_domain_free(s2);
    sm_table_free(table);
    sm_dev_del(own);
    sm_dev_del(kept);
    down();
}

/* Another unit's, more than there can be, and no memory for the tables. */
static void test_limits(void **state)
{
    unsigned int i, failed = 0;
    uint64_t maddr;

    for ( i = 0; i < 3; i++ )
    {
        machine(&smmu_model_default);
        fw.unit += i == 0;
        fw.last = i == 1 ? 0x10000 : i == 2 ? BUSY + 4096 : LAST;
        assert_int_equal(up(), 0);
        assert_int_not_equal(dma(BUSY, &maddr), 0);
        if ( i )
            assert_log("are too many: blocked");
        down();
    }

    for ( i = 1; ; i++ )
    {
        int rc;

        machine(&smmu_model_default);
        host_fail_nth(i);
        rc = up();
        host_fail_nth(0);
        if ( !rc )
            break;
        failed++;
        /* As it was, and as firmware had it. */
        assert_int_equal(dma(BUSY, &maddr), 0);
        assert_int_equal(dma(OTHER, &maddr), 0);
        down();
    }
    assert_true(failed >= 6);
    down();
}

static void expect_streams(uint32_t from, uint32_t to)
{
    struct smmuv3_desc desc = sm_desc(0);
    uint32_t sid;
    uint64_t maddr;

    desc.phandle = fw.unit;
    assert_int_equal(smmuv3_add(&desc), 0);
    for ( sid = 0; sid < 0x100; sid++ )
        assert_int_equal(!dma(sid, &maddr), sid >= from && sid <= to);
}

/* From where firmware says so: the IORT's RMR nodes; device trees. */
static void test_firmware(void **state)
{
    static struct iort_buf t;
    static struct dt_tree tree;
    uint32_t other, fw_unit;

    machine(&smmu_model_default);
    iort_begin(&t);
    fw.unit = iort_smmu(&t, 0x09050000, 1, 0);
    other = iort_smmu(&t, 0x09150000, 1, 0);
    iort_rmr(&t, 0x80000000, 0x3000);
    iort_map(&t, 0, 2, 0x33, fw.unit, 0);
    iort_map(&t, 0, 2, 0x44, other, 0);
    iort_close(&t);
    assert_int_equal(iommu_iort_parse(t.b, t.len, &iommu_iort), 0);
    iommu_firmware = &iommu_iort_firmware;
    expect_streams(0x33, 0x35);
    iommu_iort_free(&iommu_iort);
    down();

    /* A node's, and a PCI function's by its bridge's map. */
    dt_build(&tree);
    for ( fw_unit = 2; fw_unit <= 3; fw_unit++ )
    {
        machine(&smmu_model_default);
        assert_int_equal(iommu_dt_read(&iommu_dt, tree.b, DT_ROOM), 0);
        iommu_firmware = &iommu_dt_firmware;
        fw.unit = fw_unit;
        expect_streams(fw_unit == 2 ? 0x33 : 0x18, fw_unit == 2 ? 0x33 : 0x18);
        iommu_dt_free(&iommu_dt);
        down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_bring_up),
        SM_TEST(test_settle),
        SM_TEST(test_limits),
        SM_TEST(test_firmware),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
