/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stream IDs of an SMMUv2: sets of them as entries with masks, devices that
 * share some, and what hardware sees after each single store.
 */
#include "smmuv2-fixture.h"

#include "smmuv2/smmuv2.h"

#include "dev-ids.h"

static uint64_t seed;

/* ---- cover.c ---- */

static uint64_t set[SMMU2_SET_WORDS], left[SMMU2_SET_WORDS];
static uint64_t scratch[2 * SMMU2_SET_WORDS];
static struct smmu2_cube cubes[SMMU2_SET_WORDS * 64];

/* Every ID of the set is in one cube, and no other is. */
static int covered(uint16_t mask_bits, unsigned int max)
{
    unsigned int id, some;
    int nr = smmu2_cover(set, mask_bits, scratch, cubes, max), i;

    memcpy(left, set, sizeof(left));
    for ( i = 0; i < nr; i++ )
    {
        assert_false(cubes[i].mask & ~mask_bits);
        assert_false(cubes[i].id & cubes[i].mask);
        for_each_smmu2_id ( id, some, &cubes[i] )
        {
            assert_true(smmu2_set_has(left, id));
            smmu2_set_put(left, id, false);
        }
    }
    for ( i = 0; nr >= 0 && i < SMMU2_SET_WORDS; i++ )
        assert_int_equal(left[i], 0);

    return nr;
}

static void add_cube(uint16_t id, uint16_t mask)
{
    struct smmu2_cube c = { .id = id & ~mask, .mask = mask };
    unsigned int at, some;

    for_each_smmu2_id ( at, some, &c )
        smmu2_set_put(set, at, true);
}

static void test_cover(void **state)
{
    unsigned int i, j, nr;

    memset(set, 0, sizeof(set));
    assert_int_equal(covered(0xffff, 1), 0);
    memset(set, 0xff, sizeof(set));
    assert_int_equal(covered(0xffff, 1), 1);
    assert_int_equal(covered(0x7fff, 9), 2);

    seed = 17;
    for ( i = 0; i < 3000; i++ )
    {
        uint16_t mask = test_random(&seed) & test_random(&seed);
        uint16_t id = test_random(&seed);

        memset(set, 0, sizeof(set));
        add_cube(id, mask);
        /* A single one comes out as it went in. */
        assert_int_equal(covered(0xffff, 1), 1);
        assert_int_equal(cubes[0].mask, mask);
        assert_int_equal(covered(0xffff & ~(mask & -mask), 9), mask ? 2 : 1);

        /* Some more, that overlap or not. */
        nr = 1 + test_random(&seed) % 6;
        for ( j = 0; j < nr; j++ )
            add_cube(test_random(&seed) & 0x3ff,
                     test_random(&seed) & test_random(&seed) & 0x18f);
        assert_true(covered(0xffff, ARRAY_SIZE(cubes)) > 0);
        assert_true(covered(test_random(&seed), ARRAY_SIZE(cubes)) > 0);
    }

    /* More than there is room for. */
    memset(set, 0x55, sizeof(set));
    assert_int_equal(covered(0xfffe, 1), 1);
    assert_int_equal(covered(0, 128), -ENOSPC);
}

/* ---- hardware, store by store ---- */

#define NR_SIDS 128

/* Where each stream's DMA may go: 0 is nowhere, which is always allowed. */
static uint64_t old_page[NR_SIDS], new_page[NR_SIDS];
static unsigned long nr_stores;

static void after_store(void *arg, unsigned int off)
{
    uint64_t maddr;
    uint32_t sid;

    nr_stores++;
    for ( sid = 0; sid < NR_SIDS; sid++ )
        if ( !smmuv2_model_peek(v2_model[0], sid, 0x5000, true, &maddr) &&
             maddr != old_page[sid] && maddr != new_page[sid] )
            fail_msg("store %lu, to %#x: stream %#x gets to %#lx", nr_stores,
                     off, sid, (unsigned long)maddr);
}

/* @dev's streams are to end in @page from now on; then they have to. */
static void expect_next(const struct iommu_dev *dev, uint64_t page)
{
    struct iommu_id_iter it;

    memcpy(old_page, new_page, sizeof(old_page));
    for_each_iommu_id ( it, &dev->ids )
        new_page[it.id] = page;
    smmuv2_model_on_write(v2_model[0], after_store, NULL);
}

static void expect_now(void)
{
    uint64_t maddr;
    uint32_t sid;

    smmuv2_model_on_write(v2_model[0], NULL, NULL);
    for ( sid = 0; sid < NR_SIDS; sid++ )
    {
        if ( v2_reach(sid, 0x5000, &maddr) )
            maddr = 0;
        if ( maddr != new_page[sid] )
            fail_msg("stream %#x: %#lx, not %#lx", sid, (unsigned long)maddr,
                     (unsigned long)new_page[sid]);
    }
}

static void begin(const struct smmuv2_model_cfg *cfg)
{
    memset(old_page, 0, sizeof(old_page));
    memset(new_page, 0, sizeof(new_page));
    v2_up(cfg, 1);
}

static struct iommu_dev *masked(uint32_t id, uint32_t mask)
{
    struct iommu_dev *dev = xzalloc(struct iommu_dev);

    assert_non_null(dev);
    dev->name = "/masked";
    dev->fw_unit = v2_desc(0).phandle;
    assert_int_equal(iommu_ids_add_masked(&dev->ids, id, mask), 0);
    dev->id = id;

    return dev;
}

static void attach(struct v2_world *w, struct s2_domain *s2, uint64_t page)
{
    expect_next(w->dev, page);
    assert_int_equal(together_move(w->dev, s2), 0);
    expect_now();
}

static void block(struct iommu_dev *dev)
{
    expect_next(dev, 0);
    together_move(dev, NULL);
    expect_now();
}

static void test_stores(void **state)
{
    unsigned int v;

    for ( v = 0; v < V2_NR_VARIANTS; v++ )
    {
        struct smmuv2_model_cfg cfg = v2_variant(v);
        struct iommu_dev *dev;
        struct v2_world a, b;

        begin(&cfg);
        dev = masked(0x14, 0x0a);
        assert_int_equal(v2_probe(dev), 0);
        a = v2_world(dev);
        b = v2_world(dev);
        nr_stores = 0;
        attach(&a, a.s2, a.page);
        attach(&a, b.s2, b.page);
        attach(&a, &v2_unit(0)->identity, 0x5000);
        attach(&a, a.s2, a.page);
        block(dev);
        assert_true(nr_stores > 20);
        v2_world_free(&a);
        v2_world_free(&b);
        v2_dev_del(dev);
        v2_down();
    }
}

/* ---- devices that share IDs ---- */

#define NR_DEVS 6

static struct {
    struct v2_world w;
    bool probed, attached;
} d[NR_DEVS];

/* The page that a stream is to end in: of one of its devices, if any is on. */
static void check_devs(void)
{
    unsigned int i, sid;

    for ( sid = 0; sid < NR_SIDS; sid++ )
    {
        bool want = false;
        uint64_t maddr;

        for ( i = 0; i < NR_DEVS; i++ )
            want |= d[i].attached && iommu_dev_has_id(d[i].w.dev, sid);
        if ( v2_reach(sid, 0x5000, &maddr) )
            maddr = 0;
        if ( maddr != (want ? d[0].w.page : 0) )
            fail_msg("stream %#x: %#lx", sid, (unsigned long)maddr);
    }
}

/* Devices of one group come, go, attach and leave, with IDs in common. */
static void test_shared(void **state)
{
    unsigned long round, rounds = test_rounds(400, 8000);
    unsigned int v, i;

    for ( v = 0; v < 3; v++ )
    {
        struct smmuv2_model_cfg cfg = v2_variant(v == 2 ? 3 : v);

        seed = 5 + v;
        begin(&cfg);
        d[0].w.dev = masked(0x20, 0x5);
        assert_int_equal(v2_probe(d[0].w.dev), 0);
        d[0].w = v2_world(d[0].w.dev);
        d[0].probed = true;

        for ( round = 0; round < rounds; round++ )
        {
            i = test_random(&seed) % NR_DEVS;
            if ( !d[i].probed )
            {
                /* All have one in common: they are one group. */
                d[i].w.dev = masked(0x20, test_random(&seed) & 0x1f);
                dev_id_series(d[i].w.dev, 0x30 + test_random(&seed) % 8,
                              1 + test_random(&seed) % 3, 2);
                assert_int_equal(v2_probe(d[i].w.dev), 0);
                d[i].probed = true;
            }
            else if ( !d[i].attached )
            {
                assert_int_equal(together_move(d[i].w.dev, d[0].w.s2),
                                 0);
                d[i].attached = true;
            }
            else
            {
                together_move(d[i].w.dev, NULL);
                d[i].attached = false;
            }
            check_devs();
            if ( i && d[i].probed && !d[i].attached &&
                 test_random(&seed) % 3 == 0 )
            {
                v2_dev_del(d[i].w.dev);
                d[i].probed = false;
                check_devs();
            }
        }

        for ( i = 0; i < NR_DEVS; i++ )
            if ( d[i].attached )
                together_move(d[i].w.dev, NULL);
        for ( i = 1; i < NR_DEVS; i++ )
            if ( d[i].probed )
                v2_dev_del(d[i].w.dev);
        v2_world_free(&d[0].w);
        v2_dev_del(d[0].w.dev);
        memset(d, 0, sizeof(d));
        v2_down();
    }
}

/* One comes while another that it shares IDs with is at work. */
static void test_part_at_work(void **state)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default;
    struct iommu_dev *late;
    struct v2_world w;

    cfg.nr_smrs = 6;
    begin(&cfg);
    w.dev = masked(0x20, 0x1f);
    assert_int_equal(v2_probe(w.dev), 0);
    w = v2_world(w.dev);
    attach(&w, w.s2, w.page);

    /* The entry is taken apart: old, or fault, at each store. */
    late = masked(0x25, 0);
    expect_next(late, w.page);
    assert_int_equal(v2_probe(late), 0);
    expect_now();
    v2_dev_del(late);

    /* That takes more than there are: it stays out, and nothing changes. */
    late = masked(0x2a, 0);
    host_log_clear();
    expect_next(late, w.page);
    assert_int_equal(v2_probe(late), -EINVAL);
    expect_now();
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_log("take more stream matching entries");
    iommu_dev_free(late);

    block(w.dev);
    v2_world_free(&w);
    v2_dev_del(w.dev);
    v2_down();
}

/* Entries run out at attach: -ENOSPC, one line, the old state. */
static void test_entries_run_out(void **state)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default;
    struct iommu_dev *dev[3];
    struct v2_world w;
    unsigned int i;

    cfg.nr_smrs = 2;
    begin(&cfg);
    for ( i = 0; i < 3; i++ )
    {
        dev[i] = masked(0x10 + i * 0x10, 0xf);
        assert_int_equal(v2_probe(dev[i]), 0);
    }
    w = v2_world(dev[0]);
    for ( i = 0; i < 2; i++ )
        assert_int_equal(together_move(dev[i], w.s2), 0);
    host_log_clear();
    assert_int_equal(together_move(dev[2], w.s2), -ENOSPC);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_log("needs 1 stream matching entries, and 0 of 2 are left");
    assert_true(v2_sees(&w, 0x1f) && v2_sees(&w, 0x20));
    assert_false(v2_sees(&w, 0x30));

    together_move(dev[0], NULL);
    assert_int_equal(together_move(dev[2], w.s2), 0);
    assert_true(v2_sees(&w, 0x30) && !v2_sees(&w, 0x1f));
    together_move(dev[1], NULL);
    together_move(dev[2], NULL);

    /* Those that can never have enough, and IDs that no unit has. */
    v2_world_free(&w);
    for ( i = 0; i < 3; i++ )
        v2_dev_del(dev[i]);
    dev[0] = masked(1, 0);
    dev_id(dev[0], 6);
    dev_id(dev[0], 0x18);
    assert_int_equal(v2_probe(dev[0]), -EINVAL);
    iommu_dev_free(dev[0]);
    dev[0] = masked(0x8000, 0);
    assert_int_equal(v2_probe(dev[0]), -EINVAL);
    assert_log("more than its 15 bits");
    iommu_dev_free(dev[0]);
    v2_down();
}

/* Every allocation of a probe that takes entries apart. */
static void test_no_memory(void **state)
{
    unsigned int n;
    int rc = -ENOMEM;

    for ( n = 1; rc; n++ )
    {
        struct iommu_dev *late;
        struct v2_world w;

        begin(&smmuv2_model_default);
        w.dev = masked(0x20, 0x1f);
        assert_int_equal(v2_probe(w.dev), 0);
        w = v2_world(w.dev);
        attach(&w, w.s2, w.page);
        late = masked(0x27, 0x40);
        host_fail_nth(n);
        rc = v2_probe(late);
        host_fail_nth(0);
        assert_true(!rc || rc == -ENOMEM);
        expect_now();
        if ( rc )
            iommu_dev_free(late);
        else
            v2_dev_del(late);
        block(w.dev);
        v2_world_free(&w);
        v2_dev_del(w.dev);
        v2_down();
    }
    assert_true(n > 5);
}

/* look(): what hardware does, also when somebody else has told it. */
static void expect_look(uint32_t sid, enum iommu_hw_state state, uint32_t last)
{
    struct iommu_hw_entry e;

    assert_int_equal(smmu2_unit_ops.look(v2_unit(0), sid, &e), 0);
    assert_int_equal(e.state, state);
    assert_int_equal(e.last, last);
}

static void test_look(void **state)
{
    struct iommu_hw_entry e;
    struct v2_world w;

    begin(&smmuv2_model_default);
    w.dev = masked(0x20, 0x1);
    assert_int_equal(v2_probe(w.dev), 0);
    w = v2_world(w.dev);
    expect_look(0, HW_BLOCKED, 0x7fff);
    assert_int_equal(smmu2_unit_ops.look(v2_unit(0), 0x8000, &e), -ENOENT);
    assert_int_equal(together_move(w.dev, w.s2), 0);
    expect_look(0, HW_BLOCKED, 0x1f);
    expect_look(0x21, HW_PAGING, 0x21);
    expect_look(0x22, HW_BLOCKED, 0x7fff);
    assert_int_equal(smmu2_unit_ops.look(v2_unit(0), 0x20, &e), 0);
    assert_int_equal(e.root, s2_table_root(w.table));
    assert_int_equal(e.tag, w.s2->tag->id);
    assert_int_equal(together_move(w.dev, &v2_unit(0)->identity), 0);
    expect_look(0x21, HW_IDENTITY, 0x21);

    /* Unmatched streams pass; one that matches twice; all pass. */
    smmuv2_model_write(v2_model[0], 0, 1u << 21, 4);
    expect_look(0x22, HW_IDENTITY, 0x7fff);
    smmuv2_model_write(v2_model[0], 0x804, 0x80000021, 4);
    expect_look(0x21, HW_BLOCKED, 0x21);
    smmuv2_model_write(v2_model[0], 0, 1, 4);
    expect_look(0x20, HW_IDENTITY, 0x7fff);
    smmuv2_model_forgive(v2_model[0]);
    together_move(w.dev, NULL);
    v2_world_free(&w);
    v2_dev_del(w.dev);
    smmuv2_model_forgive(v2_model[0]);
    v2_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cover), V2_TEST(test_stores),
        V2_TEST(test_shared), V2_TEST(test_part_at_work),
        V2_TEST(test_entries_run_out), V2_TEST(test_no_memory),
        V2_TEST(test_look),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
