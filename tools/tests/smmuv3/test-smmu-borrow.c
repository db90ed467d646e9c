/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Borrowed tables: the CPU's stage 2 (here: an engine of the test's own) walked
 * by the SMMU, under a VMID of the unit's, and flushed by range when the CPU's
 * side says so; nothing of it is written or freed by the layer.
 */
#include "smmu-fixture.h"

#include <xen/iommu.h>

/* The CPU's table, as its owner keeps it. */
static struct pt cpu;
static struct pt_gather gather;
static struct s2_table *table;
static struct s2_domain *s2;
static struct iommu_dev *dev;
static struct domain *lender;

static void begin(const struct smmu_model_cfg *cfg, unsigned int in_bits)
{
    struct pt_config shape;
    struct s2_space *space;

    sm_up(cfg, 1);
    dev = sm_dev(0, 0x33, 0);
    assert_int_equal(smmu_driver.dev->table_config(dev, &shape), 0);
    assert_int_equal(iommu_units_in_bits(), shape.in_bits);
    shape.in_bits = in_bits;
    shape.levels = in_bits > 43 ? 4 : 3;
    assert_int_equal(pt_init(&cpu, &shape), 0);
    pt_gather_init(&gather);

    /* As s2_space_init() does, which needs a group to ask. */
    lender = host_domain_create(5, XEN_DOMCTL_CDF_iommu);
    host_borrow_set(0, shape.levels, in_bits);
    assert_true(arch_iommu_borrow(lender, &shape));
    table = s2_table_borrow(lender, &shape);
    assert_false(IS_ERR(table));

    space = xzalloc(struct s2_space);
    space->d = lender;
    INIT_LIST_HEAD(&space->tables);
    INIT_LIST_HEAD(&space->direct);
    list_add_tail(&table->link, &space->tables);
    dom_iommu(lender)->space = space;

    /* The root is asked for when it is needed, and not before. */
    host_borrow_set(pt_root(&cpu), shape.levels, in_bits);
    assert_int_equal(s2_table_root(table), pt_root(&cpu));
}

static void attach(void)
{
    s2 = sm_domain(dev, table);
    assert_int_equal(sm_attach(s2, dev), 0);
    assert_int_not_equal(s2->tag->id, 0);
}

static void end(void)
{
    struct s2_space *space = dom_iommu(lender)->space;

    sm_block(dev);
    if ( s2 )
        sm_domain_free(s2);
    s2 = NULL;
    dom_iommu(lender)->space = NULL;
    list_del(&table->link);
    sm_table_free(table);
    xfree(space);
    host_domain_destroy(lender);
    pt_gather_release(&gather);
    while ( pt_destroy(&cpu, ~0UL) == -ERESTART )
        continue;
    sm_dev_del(dev);
    sm_down();
}

static void cpu_map(uint64_t dfn, uint64_t mfn, unsigned long nr)
{
    assert_int_equal(pt_map(&cpu, dfn, mfn, nr, PT_PROT_R | PT_PROT_W,
                            &gather), 0);
}

static unsigned int go(uint64_t dfn, uint64_t *maddr)
{
    return sm_reach(dev, dfn << PAGE_SHIFT, true, maddr);
}

static void test_walk(void **state)
{
    static const unsigned int widths[] = { 36, 40, 43, 44, 48 };
    unsigned int v, i;

    for ( v = 0; v < SM_NR_VARIANTS; v += 7 )
        for ( i = 0; i < ARRAY_SIZE(widths); i++ )
        {
            struct smmu_model_cfg cfg = sm_variant(v);
            unsigned int changed = 0;
            uint64_t top, maddr = 0;
            struct pt_leaf leaf;

            cfg.oas = 5;
            begin(&cfg, widths[i]);
            top = (1ULL << (widths[i] - PAGE_SHIFT)) - 1;
            cpu_map(0x80, 0x111, 1);
            cpu_map(top, 0x222, 1);
            attach();
            assert_int_equal(go(0x80, &maddr), 0);
            assert_int_equal(maddr, 0x111000);
            assert_int_equal(go(top, &maddr), 0);
            assert_int_equal(maddr, 0x222000);
            assert_int_equal(go(0x81, &maddr), EV_TRANSLATION);

            /* Not ours to change. */
            assert_int_equal(s2_table_map(table, 0x81, 5, 1, PT_PROT_R,
                                          &changed), 0);
            assert_int_equal(s2_table_unmap(table, 0x80, 1, &changed), 0);
            assert_int_equal(changed, 0);
            assert_int_equal(go(0x81, &maddr), EV_TRANSLATION);
            assert_int_equal(go(0x80, &maddr), 0);
            assert_int_equal(s2_table_lookup(table, 0x80, &leaf), -ENOENT);
            end();
        }
}

/* What the CPU took away is gone once the flush has returned. */
static void test_flush(void **state)
{
    unsigned int v;

    for ( v = 0; v < SM_NR_VARIANTS; v++ )
    {
        struct smmu_model_cfg cfg = sm_variant(v);
        unsigned long vmalls;
        uint64_t maddr;

        cfg.oas = 5;
        begin(&cfg, 40);
        cpu_map(0x1000, 0x5000, 0x400);
        cpu_map(0x9000, 0x7000, 1);
        attach();
        assert_int_equal(go(0x1001, &maddr), 0);
        assert_int_equal(go(0x13ff, &maddr), 0);
        assert_int_equal(go(0x9000, &maddr), 0);

        assert_int_equal(pt_unmap(&cpu, 0x1000, 0x400, &gather), 0);
        /* Before it the model goes on with what it has. */
        assert_int_equal(go(0x1001, &maddr), 0);
        assert_int_equal(iommu_iotlb_flush(lender, _dfn(0x1000), 0x400,
                                           IOMMU_FLUSHF_modified), 0);
        pt_gather_release(&gather);
        assert_int_equal(go(0x1001, &maddr), EV_TRANSLATION);
        assert_int_equal(go(0x13ff, &maddr), EV_TRANSLATION);
        assert_int_equal(go(0x9000, &maddr), 0);

        /* A short range, to its last page. */
        cpu_map(0xa000, 0x8000, 3);
        assert_int_equal(go(0xa002, &maddr), 0);
        assert_int_equal(pt_unmap(&cpu, 0xa000, 3, &gather), 0);
        assert_int_equal(iommu_iotlb_flush(lender, _dfn(0xa000), 3,
                                           IOMMU_FLUSHF_modified), 0);
        assert_int_equal(go(0xa002, &maddr), EV_TRANSLATION);

        /* Nothing is cached that was not there. */
        cpu_map(0x1000, 0x6000, 1);
        assert_int_equal(iommu_iotlb_flush(lender, _dfn(0x1000), 1,
                                           IOMMU_FLUSHF_added), 0);
        assert_int_equal(go(0x1000, &maddr), 0);
        assert_int_equal(maddr, 0x6000000);

        vmalls = smmu_model_count(sm_model[0], 0x28);
        assert_int_equal(pt_unmap(&cpu, 0x1000, 1, &gather), 0);
        assert_int_equal(pt_unmap(&cpu, 0x9000, 1, &gather), 0);
        assert_int_equal(iommu_iotlb_flush_all(lender, IOMMU_FLUSHF_modified),
                         0);
        if ( !cfg.ril )
            assert_int_equal(smmu_model_count(sm_model[0], 0x28), vmalls + 1);
        pt_gather_release(&gather);
        assert_int_equal(go(0x1000, &maddr), EV_TRANSLATION);
        assert_int_equal(go(0x9000, &maddr), EV_TRANSLATION);

        /* Beyond the width there is nothing to flush, and no harm. */
        assert_int_equal(iommu_iotlb_flush(lender, _dfn(1ULL << 40), 1,
                                           IOMMU_FLUSHF_modified), 0);
        end();
    }
}

/* A unit that cannot walk it refuses. */
static void test_too_wide(void **state)
{
    struct smmu_model_cfg cfg = smmu_model_default;

    cfg.oas = 2;
    begin(&cfg, 44);
    assert_int_equal(PTR_ERR(smmu_driver.dev->domain_alloc(dev, S2_PAGING,
                                                           table)), -EXDEV);
    end();
}

/* The architecture ties the first level to the width: STE.S2SL0, S2T0SZ. */
static void test_wrong_level(void **state)
{
    begin(&smmu_model_default, 39);
    table->pt.cfg.levels = 4;
    assert_int_equal(PTR_ERR(smmu_driver.dev->domain_alloc(dev, S2_PAGING,
                                                           table)), -EXDEV);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_walk),
        SM_TEST(test_flush),
        SM_TEST(test_too_wide),
        SM_TEST(test_wrong_level),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
