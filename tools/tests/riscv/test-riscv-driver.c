/* SPDX-License-Identifier: GPL-2.0-only */
/* The RISC-V IOMMU driver on the model: bring-up, attach, flush, block. */
#include "riscv-fixture.h"

static void test_bring_up(void **state)
{
    unsigned int v;

    for ( v = 0; v < RV_NR_VARIANTS; v++ )
    {
        struct rvm_cfg cfg = rv_variant(v);
        struct iommu_dev *dev;
        uint64_t ma;

        rv_machine_up(&cfg, &cfg);
        assert_log("RISC-V IOMMU 1.0 at");
        assert_int_equal(host_log_lines(XENLOG_ERR), 0);

        dev = rv_dev_add(0, 3, 0);
        assert_ptr_equal(dev->unit, &rv_unit_nr(0)->unit);
        assert_int_equal(rv_reach(dev, 0x1000, &ma), CAUSE_NO_CONTEXT);
        rv_dev_del(dev);
        dev = rv_dev_add(0, 5, 0);
        assert_ptr_equal(dev->unit, &rv_unit_nr(1)->unit);
        assert_int_equal(rv_reach(dev, 0x1000, &ma), CAUSE_NO_CONTEXT);
        rv_dev_del(dev);
        rv_machine_down();
    }
}

/* What somebody else left on, and in the unit's caches, is gone. */
static void test_found_on(void **state)
{
    uint64_t *theirs = alloc_xenheap_page(), ma;
    struct riscv_iommu_desc desc;

    assert_non_null(theirs);
    clear_page(theirs);
    theirs[0x18 * 4] = 1;               /* valid, lets everything pass */
    rv_machine(&rvm_default, NULL);
    rvm_write(rvm[0], RV_DDTP, RV_PPN(virt_to_maddr(theirs)) | RVM_1LVL, 8);
    assert_int_equal(rvm_translate(rvm[0], 0x18, 0x1000, RVM_READ, &ma), 0);
    desc = rv_desc(0);
    assert_int_equal(riscv_iommu_add(&desc), 0);
    assert_int_equal(rvm_translate(rvm[0], 0x18, 0x1000, RVM_READ, &ma),
                     CAUSE_NO_CONTEXT);
    free_xenheap_page(theirs);
    rv_machine_down();
}

/* Which mode ddtp takes, and which IDs fit then. */
static void test_levels(void **state)
{
    static const struct {
        bool msi_flat;
        unsigned int levels;
        uint32_t last;
    } cases[] = {
        { false, 1, 0x7f }, { false, 2, 0xffff }, { false, 3, 0xffffff },
        { true, 1, 0x3f }, { true, 2, 0x7fff }, { true, 3, 0xffffff },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        struct rvm_cfg cfg = rvm_default;
        struct s2_domain *id;
        struct iommu_dev *dev;
        uint64_t ma;

        cfg.msi_flat = cases[i].msi_flat;
        cfg.levels = 1 << (RVM_1LVL + cases[i].levels - 1);
        rv_machine_up(&cfg, NULL);
        assert_int_equal(rv_unit_nr(0)->levels, cases[i].levels);
        assert_int_equal(rvm_read(rvm[0], RV_DDTP, 8) & 0xf,
                         cases[i].levels + 1);

        rv_did_offset = cases[i].last - 0x18;
        dev = rv_dev_add(0, 3, 0);
        id = rv_driver.dev->domain_alloc(dev, S2_IDENTITY, NULL);
        assert_int_equal(rv_attach_dev(id, dev), 0);
        assert_int_equal(rv_reach(dev, 0x1000, &ma), 0);
        assert_int_equal(ma, 0x1000);
        rv_block_dev(dev);
        assert_int_equal(rv_reach(dev, 0x1000, &ma), CAUSE_NO_CONTEXT);
        rv_dev_del(dev);

        rv_did_offset++;
        assert_null(rv_dev_try(0, 3, 0, -EINVAL));
        assert_log("does not fit its directory");
        rv_machine_down();
    }
}

static void test_attach(void **state)
{
    unsigned int v;

    for ( v = 0; v < RV_NR_VARIANTS; v++ )
    {
        struct rvm_cfg cfg = rv_variant(v);
        unsigned int changed = 0, alias = v % 12 < 4 ? 0x0500 : 0x38;
        struct s2_domain *sa, *sb, *id;
        struct s2_table *a, *b;
        struct iommu_dev *dev;
        uint64_t pa, pb, pc, ma;

        rv_machine_up(&cfg, NULL);
        dev = rv_dev_add(0, 3, alias);
        a = rv_table_new(dev);
        b = rv_table_new(dev);
        pa = rv_map_page(a, 5);
        pb = rv_map_page(b, 5);
        sa = rv_domain_new(dev, a);
        sb = rv_domain_new(dev, b);
        assert_int_equal(s2_table_flush(a), 0);

        assert_int_equal(rv_attach_dev(sa, dev), 0);
        assert_int_equal(rv_reach(dev, 0x5123, &ma), 0);
        assert_int_equal(ma, pa + 0x123);
        assert_int_equal(rv_reach_id(dev, 1, 0x5000, &ma), 0);
        assert_int_equal(ma, pa);

        /* What was not valid becomes valid, and the other way round. */
        assert_int_equal(rv_reach(dev, 0x6000, &ma), CAUSE_WRITE);
        pc = rv_map_page(a, 6);
        assert_int_equal(s2_table_flush(a), 0);
        assert_int_equal(rv_reach(dev, 0x6000, &ma), 0);
        assert_int_equal(ma, pc);
        assert_int_equal(s2_table_unmap(a, 6, 1, &changed), 0);
        /* Stale, until it is flushed. */
        assert_int_equal(rv_reach(dev, 0x6000, &ma), 0);
        assert_int_equal(s2_table_flush(a), 0);
        assert_int_equal(rv_reach(dev, 0x6000, &ma), CAUSE_WRITE);

        /* From one domain to another, nothing stale. */
        assert_int_equal(rv_attach_dev(sb, dev), 0);
        assert_int_equal(rv_reach(dev, 0x5000, &ma), 0);
        assert_int_equal(ma, pb);

        id = rv_driver.dev->domain_alloc(dev, S2_IDENTITY, NULL);
        assert_int_equal(rv_attach_dev(id, dev), 0);
        assert_int_equal(rv_reach(dev, pa, &ma), 0);
        assert_int_equal(ma, pa);
        assert_int_equal(rv_attach_dev(sa, dev), 0);
        assert_int_equal(rv_reach(dev, 0x5000, &ma), 0);
        assert_int_equal(ma, pa);

        rv_block_dev(dev);
        assert_int_equal(rv_reach(dev, 0x5000, &ma), CAUSE_NO_CONTEXT);
        assert_int_equal(rv_reach_id(dev, 1, 0x5000, &ma), CAUSE_NO_CONTEXT);

        rv_domain_del(sa);
        rv_domain_del(sb);
        rv_dev_del(dev);
        rv_table_free(a);
        rv_table_free(b);
        rv_machine_down();
    }
}

/* The ends of each format's width, against the model's walk. */
static void test_formats(void **state)
{
    static const struct {
        const struct pt_format *fmt;
        unsigned int bits, mode;
    } formats[] = {
        { &pt_sv39x4, 41, 8 }, { &pt_sv48x4, 50, 9 }, { &pt_sv57x4, 59, 10 },
    };
    unsigned int i, k;

    for ( i = 0; i < ARRAY_SIZE(formats); i++ )
    {
        uint64_t limit = 1ULL << (formats[i].bits - PAGE_SHIFT), ma;
        const uint64_t dfns[] = {
            0, 511, 512, limit / 4 - 1, limit / 4, limit / 2, limit - 1,
        };
        uint64_t page[ARRAY_SIZE(dfns)];
        unsigned int changed = 0;
        struct iommu_dev *dev;
        struct s2_domain *s2;
        struct s2_table *t;

        rv_machine(&rvm_default, NULL);
        rv_opt_format = formats[i].fmt;
        {
            struct riscv_iommu_desc desc = rv_desc(0);

            assert_int_equal(riscv_iommu_add(&desc), 0);
        }
        dev = rv_dev_add(0, 3, 0);
        t = rv_table_new(dev);
        assert_ptr_equal(t->pt.cfg.fmt, formats[i].fmt);
        assert_log(i == 0 ? "levels, Sv39x4, polled" :
                   i == 1 ? "levels, Sv48x4, polled" : "levels, Sv57x4, polled");
        for ( k = 0; k < ARRAY_SIZE(dfns); k++ )
            page[k] = rv_map_page(t, dfns[k]);
        /* Superpages of both sizes. */
        assert_int_equal(s2_table_map(t, 1UL << 20, 1UL << 19, 1UL << 18,
                                      PT_PROT_R, &changed), 0);
        assert_int_equal(s2_table_map(t, 3UL << 19, 1UL << 18, 1UL << 9,
                                      PT_PROT_R | PT_PROT_X, &changed), 0);

        s2 = rv_domain_new(dev, t);
        assert_int_equal(rv_attach_dev(s2, dev), 0);
        assert_int_equal(rv_iohgatp(s2) >> 60, formats[i].mode);
        for ( k = 0; k < ARRAY_SIZE(dfns); k++ )
        {
            assert_int_equal(rv_reach(dev, dfns[k] << PAGE_SHIFT | 8, &ma), 0);
            assert_int_equal(ma, page[k] | 8);
        }
        assert_int_equal(rv_reach(dev, limit << PAGE_SHIFT, &ma), CAUSE_WRITE);
        assert_int_equal(rvm_translate(rvm[0], 0x18, 0x100012345678, RVM_READ,
                                       &ma), CAUSE_READ);
        assert_int_equal(rvm_translate(rvm[0], 0x18, 0x112345678, RVM_READ,
                                       &ma), 0);
        assert_int_equal(ma, 0x92345678);
        assert_int_equal(rvm_translate(rvm[0], 0x18, 0x112345678, RVM_WRITE,
                                       &ma), CAUSE_WRITE);
        assert_int_equal(rvm_translate(rvm[0], 0x18, 0x180012345, RVM_EXEC,
                                       &ma), 0);
        assert_int_equal(ma, 0x40012345);

        rv_block_dev(dev);
        rv_domain_del(s2);
        rv_dev_del(dev);
        rv_table_free(t);
        rv_machine_down();
    }
}

/* Two functions that share an ID: blocking one leaves the other's alone. */
static void test_shared_alias(void **state)
{
    struct iommu_dev *one, *two;
    struct s2_domain *s2;
    struct s2_table *t;
    uint64_t ma;

    rv_machine_up(&rvm_default, NULL);
    one = rv_dev_add(5, 1, 0x0500);
    two = rv_dev_add(5, 2, 0x0500);
    t = rv_table_new(one);
    rv_map_page(t, 1);
    s2 = rv_domain_new(one, t);
    assert_int_equal(rv_attach_dev(s2, one), 0);
    assert_int_equal(rv_attach_dev(s2, two), 0);
    rv_block_dev(one);
    assert_int_equal(rv_reach(one, 0x1000, &ma), CAUSE_NO_CONTEXT);
    assert_int_equal(rv_reach(two, 0x1000, &ma), 0);
    assert_int_equal(rv_reach_id(two, 1, 0x1000, &ma), 0);
    rv_block_dev(two);
    assert_int_equal(rv_reach_id(two, 1, 0x1000, &ma), CAUSE_NO_CONTEXT);
    rv_domain_del(s2);
    rv_dev_del(one);
    rv_dev_del(two);
    rv_table_free(t);
    rv_machine_down();
}

/* What is no unit's, and the unit itself. */
static void test_probe(void **state)
{
    struct riscv_iommu_desc desc;
    struct iommu_dev *dev;

    rv_machine(&rvm_default, &rvm_default);
    desc = rv_desc(0);
    desc.own_id = PCI_SBDF(0, 0, 2, 0).sbdf;
    assert_int_equal(riscv_iommu_add(&desc), 0);

    assert_null(rv_dev_try(0, 2, 0, -ENODEV));
    assert_null(rv_dev_try(0xee, 2, 0, -ENODEV));
    /* Unit 1 is not there (yet). */
    assert_null(rv_dev_try(0, 5, 0, -ENODEV));
    desc = rv_desc(1);
    assert_int_equal(riscv_iommu_add(&desc), 0);
    dev = rv_dev_add(0, 5, 0);
    rv_dev_del(dev);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    rv_machine_down();
}

/* One fence for what is flushed together; by page only while it pays. */
static void test_flush_counts(void **state)
{
    static const struct {
        unsigned long nr;
        unsigned int pages, tags;
    } cases[] = {
        { 1, 1, 0 }, { 32, 32, 0 }, { 33, 0, 1 }, { 0x8000, 0, 1 },
    };
    struct iommu_dev *dev;
    struct s2_domain *s2;
    struct s2_table *t;
    unsigned int i, changed = 0;

    rv_machine_up(&rvm_default, NULL);
    dev = rv_dev_add(0, 3, 0);
    t = rv_table_new(dev);
    s2 = rv_domain_new(dev, t);
    assert_int_equal(rv_attach_dev(s2, dev), 0);
    /* Keeps the tables. */
    rv_map_page(t, 0x100ff);
    rv_map_page(t, 0x1ffff);

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        unsigned long fences = rvm_count(rvm[0], RVM_COUNT_FENCE);
        unsigned long pages, tags;

        assert_int_equal(s2_table_map(t, 0x10000, 0x20000, cases[i].nr,
                                      PT_PROT_R, &changed), 0);
        assert_int_equal(s2_table_flush(t), 0);
        if ( cases[i].nr <= 33 )
            assert_int_equal(rvm_count(rvm[0], RVM_COUNT_FENCE), fences);

        fences = rvm_count(rvm[0], RVM_COUNT_FENCE);
        pages = rvm_count(rvm[0], RVM_COUNT_GVMA_PAGE);
        tags = rvm_count(rvm[0], RVM_COUNT_GVMA_TAG);
        assert_int_equal(s2_table_unmap(t, 0x10000, cases[i].nr, &changed), 0);
        assert_int_equal(s2_table_flush(t), 0);
        assert_int_equal(rvm_count(rvm[0], RVM_COUNT_FENCE), fences + 1);
        assert_int_equal(rvm_count(rvm[0], RVM_COUNT_GVMA_PAGE),
                         pages + cases[i].pages);
        assert_int_equal(rvm_count(rvm[0], RVM_COUNT_GVMA_TAG),
                         tags + cases[i].tags);
    }

    /* §6.3.1: a context that goes takes its tag along; one fence for all. */
    {
        static const enum rvm_count all[] = {
            RVM_COUNT_DDT, RVM_COUNT_VMA, RVM_COUNT_GVMA_TAG, RVM_COUNT_FENCE,
        };
        unsigned long before[ARRAY_SIZE(all)];

        for ( i = 0; i < ARRAY_SIZE(all); i++ )
            before[i] = rvm_count(rvm[0], all[i]);
        rv_block_dev(dev);
        for ( i = 0; i < ARRAY_SIZE(all); i++ )
            assert_int_equal(rvm_count(rvm[0], all[i]), before[i] + 1);
        /* Nothing is left to do. */
        rv_block_dev(dev);
        assert_int_equal(rvm_count(rvm[0], RVM_COUNT_FENCE), before[3] + 1);
    }

    /* Round the queue some times. */
    for ( i = 0; i < 500; i++ )
    {
        assert_int_equal(rv_attach_dev(s2, dev), 0);
        rv_block_dev(dev);
    }
    assert_false(dev->unit->failed);

    rv_domain_del(s2);
    rv_dev_del(dev);
    rv_table_free(t);
    rv_machine_down();
}

/* Tags are used again, but not before their translations are gone. */
static void test_tags(void **state)
{
    struct rv_unit *u;
    uint32_t tag, i;

    rv_machine_up(&rvm_default, NULL);
    u = rv_unit_nr(0);
    for ( i = 1; i < 100; i++ )
    {
        assert_int_equal(iommu_tag_alloc(&u->unit, &tag), 0);
        assert_int_equal(tag, i);
    }
    /* As if all but the last were in use. */
    for ( i = 100; i < 0xffff; i++ )
        __set_bit(i, u->unit.tags);
    assert_int_equal(iommu_tag_alloc(&u->unit, &tag), 0);
    assert_int_equal(tag, 0xffff);
    assert_int_equal(iommu_tag_alloc(&u->unit, &tag), -ENOSPC);
    i = rvm_count(rvm[0], RVM_COUNT_GVMA_TAG);
    iommu_tag_free(&u->unit, 77);
    assert_int_equal(rvm_count(rvm[0], RVM_COUNT_GVMA_TAG), i + 1);
    assert_int_equal(iommu_tag_alloc(&u->unit, &tag), 0);
    assert_int_equal(tag, 77);
    rv_machine_down();
}

/* §5.3, PAS: what a unit cannot address is not in its tables, or there is none. */
static void test_width(void **state)
{
    static const unsigned int pas[] = { 34, 35, 41, 55, 56 };
    unsigned long memory = max_page;
    unsigned int i, full;

    for ( i = 0; i < ARRAY_SIZE(pas); i++ )
        for ( full = 0; full < 2; full++ )
        {
            struct rvm_cfg cfg = rvm_default;
            struct riscv_iommu_desc desc;
            struct pt_config table;
            struct iommu_dev *dev;

            cfg.pas = pas[i];
            rv_machine(&cfg, NULL);
            desc = rv_desc(0);
            /* As much memory as it reaches, and a page more. */
            max_page = (1UL << (pas[i] - PAGE_SHIFT)) + full;
            assert_int_equal(riscv_iommu_add(&desc), full ? -EOPNOTSUPP : 0);
            max_page = memory;
            if ( full )
                assert_log("there is memory beyond its address width");
            else
            {
                dev = rv_dev_add(0, 3, 0);
                assert_int_equal(rv_driver.dev->table_config(dev, &table), 0);
                assert_int_equal(table.out_bits, pas[i]);
                rv_dev_del(dev);
            }
            rv_machine_down();
        }
}

/* A table that the unit cannot walk is none for its devices. */
static void test_other_tables(void **state)
{
    struct rvm_cfg cfg = rvm_default;
    struct iommu_dev *dev;
    struct s2_table *t;
    struct pt_config was;
    uint64_t cap;

    cfg.pas = 44;
    rv_machine_up(&cfg, NULL);
    dev = rv_dev_add(0, 3, 0);
    t = rv_table_new(dev);
    rv_domain_del(rv_domain_new(dev, t));
    was = t->pt.cfg;
    cap = rv_unit_nr(0)->cap;

#define WRONG(change) do {                                              \
        struct s2_domain *s2;                                           \
                                                                        \
        change;                                                         \
        s2 = rv_driver.dev->domain_alloc(dev, S2_PAGING, t);            \
        assert_true(IS_ERR(s2) && PTR_ERR(s2) == -EXDEV);               \
        t->pt.cfg = was;                                                \
        rv_unit_nr(0)->cap = cap;                                       \
    } while ( 0 )

    WRONG(t->pt.cfg.out_bits++);
    WRONG(t->pt.cfg.levels++);
    WRONG(t->pt.cfg.levels--);
    WRONG(t->pt.cfg.fmt = &pt_vtd);
    WRONG(rv_unit_nr(0)->cap &= ~CAP_SV48X4);
    t->pt.cfg.out_bits--;
    rv_domain_del(rv_domain_new(dev, t));
    t->pt.cfg = was;

    rv_dev_del(dev);
    rv_table_free(t);
    rv_machine_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RV_TEST(test_bring_up),
        RV_TEST(test_found_on),
        RV_TEST(test_levels),
        RV_TEST(test_attach),
        RV_TEST(test_formats),
        RV_TEST(test_shared_alias),
        RV_TEST(test_probe),
        RV_TEST(test_flush_counts),
        RV_TEST(test_tags),
        RV_TEST(test_width),
        RV_TEST(test_other_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
