/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firmware left: streams at work go on at each single store of a unit's
 * bring-up, and until their devices are attached; others do not get further
 * than they did, and nowhere from the moment on when the unit is up.
 */
#include "smmuv2-fixture.h"

#include <iommu-groups/firmware.h>

#include "dev-ids.h"
#include "smmuv2-shapes.h"

#define NR_SIDS 128

static uint32_t busy_first, busy_last;

static int busy_ids(uint32_t unit, int (*fn)(uint32_t, uint32_t, void *),
                    void *arg)
{
    return unit == v2_desc(0).phandle ? fn(busy_first, busy_last, arg) : 0;
}

static const struct iommu_firmware firmware = {
    .name = "test", .busy_ids = busy_ids,
};

/* How firmware leaves the unit. */
enum left {
    LEFT_OFF, LEFT_OPEN, LEFT_OPEN_BUT_ONE, LEFT_BYPASS, LEFT_WIDE, LEFT_FULL,
    NR_LEFT
};

static void smr(unsigned int n, uint32_t id, uint32_t mask, unsigned int type)
{
    smmuv2_model_write(v2_model[0], 0xc00 + n * 4, type << 16, 4);
    smmuv2_model_write(v2_model[0], 0x800 + n * 4,
                       0x80000000u | mask << 16 | id, 4);
}

static void leave(const struct smmuv2_model_cfg *cfg, enum left how)
{
    unsigned int n;

    if ( how == LEFT_OFF )
        return;

    for ( n = 0; n < cfg->nr_smrs; n++ )
        smmuv2_model_write(v2_model[0], 0x800 + n * 4, 0, 4);
    if ( how == LEFT_BYPASS || how == LEFT_FULL )
        smr(3, 0x10, 0x1, 1);
    if ( how == LEFT_WIDE )
        smr(cfg->nr_smrs - 1, 0x10, 0x7, 1);
    if ( how != LEFT_OPEN )
        smr(5, 0x20, 0x0f, 2);
    for ( n = 0; how == LEFT_FULL && n < cfg->nr_smrs; n++ )
        if ( n != 3 && n != 5 )
            smr(n, 0x200 + n, 0, 2);
    /* Unmatched streams fault, or pass. */
    smmuv2_model_write(v2_model[0], 0,
                       how == LEFT_OPEN || how == LEFT_OPEN_BUT_ONE
                       ? 0 : 1u << 10, 4);
}

static bool passed[NR_SIDS];

static bool passes(uint32_t sid)
{
    uint64_t ma;

    return !smmuv2_model_peek(v2_model[0], sid, 0x5000, true, &ma) &&
           ma == 0x5000;
}

static bool is_busy(uint32_t sid)
{
    return sid >= busy_first && sid <= busy_last;
}

static void after_store(void *arg, unsigned int off)
{
    uint32_t sid;

    for ( sid = 0; sid < NR_SIDS; sid++ )
    {
        bool now = passes(sid);

        if ( is_busy(sid) && passed[sid] && !now )
            fail_msg("store to %#x: stream %#x stops", off, sid);
        if ( !passed[sid] && now )
            fail_msg("store to %#x: stream %#x gets through", off, sid);
    }
}

static void up(const struct smmuv2_model_cfg *cfg, enum left how)
{
    struct smmuv2_desc desc;
    uint32_t sid;

    v2_machine(cfg, 1);
    leave(cfg, how);
    for ( sid = 0; sid < NR_SIDS; sid++ )
        passed[sid] = passes(sid);
    iommu_firmware = &firmware;
    smmuv2_model_on_write(v2_model[0], after_store, NULL);
    desc = v2_desc(0);
    assert_int_equal(smmuv2_add(&desc), 0);
    smmuv2_model_on_write(v2_model[0], NULL, NULL);
}

/* At work: who was, and is named; or has an entry with one who is. */
static void expect_up(enum left how)
{
    uint32_t sid;

    for ( sid = 0; sid < NR_SIDS; sid++ )
    {
        bool kept = is_busy(sid) && passed[sid];

        if ( how == LEFT_WIDE )
            kept |= sid >= 0x10 && sid <= 0x17;
        if ( passes(sid) != kept )
            fail_msg("firmware %u: stream %#x, %d", how, sid, !kept);
    }
}

static void take_over(const struct smmuv2_model_cfg *cfg)
{
    unsigned int how;

    busy_first = 0x10;
    busy_last = 0x11;
    for ( how = 0; how < NR_LEFT; how++ )
    {
        up(cfg, how);
        expect_up(how);
        assert_log("left at work");
        v2_down();
    }
}

static void test_take_over(void **state)
{
    static const unsigned int variants[] = { 0, 1, 3, 4, 5, 7 };
    struct smmuv2_model_cfg cfg;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(variants); i++ )
    {
        cfg = v2_variant(variants[i]);
        take_over(&cfg);
    }
    for ( i = 0; i < v2_nr_shapes(false); i++ )
    {
        /* Firmware's entries are the fourth, the sixth and the last. */
        cfg = v2_shape_for(i, 0, 7);
        take_over(&cfg);
    }
}

/* Nobody is named: nobody goes on. */
static void test_nobody(void **state)
{
    unsigned int how, sid;

    busy_first = busy_last = 0x7fff;
    for ( how = 0; how < NR_LEFT; how++ )
    {
        up(&smmuv2_model_default, how);
        for ( sid = 0; sid < NR_SIDS; sid++ )
            assert_false(passes(sid));
        v2_down();
    }
}

/* Until its device is attached, or is not when the hardware domain has its. */
static void test_attach(void **state)
{
    unsigned int how, i;

    busy_first = 0x10;
    busy_last = 0x13;
    for ( how = 0; how < NR_LEFT; how++ )
        for ( i = 0; i < 3; i++ )
        {
            struct iommu_dev *dev, *other;
            struct v2_world w;
            uint32_t sid;

            up(&smmuv2_model_default, how);
            dev = v2_dev(0, 0x10, 0);
            other = v2_dev(0, 0x11, 0x12);
            expect_up(how);
            w = v2_world(dev);
            if ( i == 0 )
            {
                assert_int_equal(together_move(dev, w.s2), 0);
                assert_true(v2_sees(&w, 0x10));
                assert_int_equal(passes(0x12), passed[0x12]);
            }
            else if ( i == 1 )
                together_move(dev, NULL);
            assert_int_equal(passes(0x10), i == 2 && passed[0x10]);

            /* As iommu_groups_end_busy() does. */
            assert_true(how == LEFT_BYPASS || dev->unit->busy);
            if ( dev->attached->type == S2_BLOCKED )
                together_move(dev, NULL);
            together_move(other, NULL);
            for ( sid = 0x10; sid < 0x13; sid++ )
                assert_false(passes(sid));
            assert_int_equal(v2_sees(&w, 0x10), i == 0);
            /* Nobody has that one: it stays as it is. */
            assert_int_equal(passes(0x13), passed[0x13]);

            together_move(dev, NULL);
            v2_world_free(&w);
            v2_dev_del(dev);
            v2_dev_del(other);
            v2_down();
        }
}

/* Qualcomm's firmware says nothing, and changes what is written. */
static void test_qcom(void **state)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default;
    struct iommu_dev *dev;
    struct v2_world w;
    uint32_t sid;
    uint64_t ma;

    busy_first = busy_last = 0x7fff;
    cfg.nr_banks = 4;
    cfg.qcom = true;
    up(&cfg, LEFT_OFF);
    assert_log("bank 3 stands for bypass");
    for ( sid = 0; sid < NR_SIDS; sid++ )
        assert_false(passes(sid));
    dev = v2_dev(0, 0x10, 0);
    w = v2_world(dev);
    assert_int_equal(together_move(dev, w.s2), 0);
    assert_true(v2_sees(&w, 0x10));
    assert_int_equal(together_move(dev, &v2_unit(0)->identity), 0);
    assert_true(passes(0x10) && !passes(0x11));
    together_move(dev, NULL);
    assert_int_not_equal(v2_reach(0x10, 0x5000, &ma), 0);

    /* Across a power cycle as well. */
    assert_int_equal(together_move(dev, &v2_unit(0)->identity), 0);
    assert_int_equal(smmu2_unit_ops.suspend(v2_unit(0)), 0);
    assert_false(passes(0x10));
    smmuv2_model_reset(v2_model[0]);
    smmu2_unit_ops.resume(v2_unit(0));
    assert_true(passes(0x10) && !passes(0x11));
    together_move(dev, NULL);
    v2_world_free(&w);
    v2_dev_del(dev);
    v2_down();
}

/* Whom it left with an entry goes on: the screen, say. */
static void test_qcom_handoff(void **state)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default;
    struct smmuv2_desc desc;
    uint32_t sid;

    v2_machine(&cfg, 1);
    leave(&cfg, LEFT_WIDE);
    desc = v2_desc(0);
    desc.quirks |= SMMUV2_QCOM;
    assert_int_equal(smmuv2_add(&desc), 0);
    for ( sid = 0; sid < NR_SIDS; sid++ )
        assert_int_equal(passes(sid), sid >= 0x10 && sid <= 0x17);
    assert_log("left at work");
    v2_down();
}

/* What SMRs really have: read back, with none of firmware's disturbed. */
static void test_smr_bits(void **state)
{
    static const struct {
        uint16_t id, mask;
        unsigned int sids;
    } units[] = {
        { 0x7fff, 0x7fff, 0x8000 }, { 0xff, 0xff, 0x100 },
        { 0x3ff, 0x3f0, 0x400 }, { 0x7fff, 0x7c00, 0x8000 },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(units); i++ )
    {
        struct smmuv2_model_cfg cfg = smmuv2_model_default;
        struct iommu_dev *dev;
        struct v2_world w;

        cfg.smr_id = units[i].id;
        cfg.smr_mask = units[i].mask;
        v2_up(&cfg, 1);
        dev = v2_dev_new(0, "/beyond", units[i].sids, 0);
        assert_int_equal(v2_probe(dev), -EINVAL);
        iommu_dev_free(dev);

        /* Eight in a row, whatever that takes. */
        dev = v2_dev_new(0, "/row", 0x40, 0);
        dev_id_series(dev, 0x41, 7, 1);
        assert_int_equal(v2_probe(dev), 0);
        w = v2_world(dev);
        assert_int_equal(together_move(dev, w.s2), 0);
        assert_true(v2_sees(&w, 0x40) && v2_sees(&w, 0x47));
        assert_false(v2_sees(&w, 0x3f) || v2_sees(&w, 0x48));
        together_move(dev, NULL);
        v2_world_free(&w);
        v2_dev_del(dev);
        v2_down();
    }
}

/* Units that share a TLB have VMIDs of their own, while there are any. */
static void test_cavium(void **state)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default, second;
    struct v2_world w[2];
    unsigned int i;
    uint64_t ma;

    cfg.mmu500 = false;
    cfg.vmid16 = true;
    cfg.nr_banks = 128;
    second = cfg;
    second.tlb_of = (void *)1;
    v2_second = &second;
    v2_cavium = true;
    v2_up(&cfg, 2);
    for ( i = 0; i < 2; i++ )
    {
        w[i] = v2_world(v2_dev(i, 9, 0));
        assert_int_equal(together_move(w[i].dev, w[i].s2), 0);
        assert_int_equal(w[i].s2->tag->id, 0);
    }
    for ( i = 0; i < 4; i++ )
    {
        assert_int_equal(smmuv2_model_dma(v2_model[i & 1], 9, 0x5000, true,
                                          &ma), 0);
        assert_int_equal(ma, w[i & 1].page);
    }
    for ( i = 0; i < 2; i++ )
    {
        together_move(w[i].dev, NULL);
        v2_world_free(&w[i]);
        v2_dev_del(w[i].dev);
    }
    v2_down();
    v2_cavium = false;
    v2_second = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        V2_TEST(test_take_over), V2_TEST(test_nobody), V2_TEST(test_attach),
        V2_TEST(test_qcom), V2_TEST(test_qcom_handoff),
        V2_TEST(test_smr_bits), V2_TEST(test_cavium),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
