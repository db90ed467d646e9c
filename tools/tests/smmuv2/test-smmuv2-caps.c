/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMMUv1 and v2 as kernels on real machines print them: data/smmuv2/caps.tsv,
 * or the file named by $SMMUV2_CAPS.  Each comes up on the model with these
 * stages, entries, banks and address sizes: DMA at the top of the width arrives
 * and beyond it does not, as many domains as it has banks are apart, the next
 * one is refused, nothing is stale; one without a second stage is said to be of
 * no use and is left as it was.
 */
#include "smmuv2-fixture.h"

#include "smmuv2-shapes.h"

/* At the top of the width, and beyond; before and after. */
static void try_width(const struct smmuv2_model_cfg *cfg, unsigned int bits)
{
    struct iommu_dev *dev = v2_dev(0, 3, 0);
    uint64_t top = (1ULL << (bits - 12)) - 1, ma;
    struct v2_world w = v2_world(dev);
    unsigned int changed = 0;
    uint64_t page;

    assert_int_equal(w.table->pt.cfg.in_bits, bits);
    assert_int_equal(w.table->pt.cfg.coherent, cfg->coherent);
    page = v2_map(w.table, top);
    assert_int_equal(together_move(dev, w.s2), 0);
    assert_int_equal(v2_reach(3, (top << 12) + 8, &ma), 0);
    assert_int_equal(ma, page + 8);
    assert_int_not_equal(v2_reach(3, (top + 1) << 12, &ma), 0);
    assert_int_not_equal(v2_reach(3, (top - 1) << 12, &ma), 0);
    /* A whole GiB by one entry, and none of it afterwards. */
    assert_int_equal(s2_table_map(w.table, 0x40000, 0x80000, 0x40000,
                                  PT_PROT_R | PT_PROT_W, &changed), 0);
    assert_int_equal(v2_reach(3, 0x7ffff000, &ma), 0);
    assert_int_equal(ma, 0xbffff000);
    assert_int_equal(v2_unmap(w.table, 0x40000, 0x40000), 0);
    assert_int_not_equal(v2_reach(3, 0x7ffff000, &ma), 0);
    assert_int_equal(v2_unmap(w.table, top, 1), 0);
    assert_int_not_equal(v2_reach(3, top << 12, &ma), 0);
    together_move(dev, NULL);
    assert_int_not_equal(v2_reach(3, 0x5000, &ma), 0);
    v2_world_free(&w);
    v2_dev_del(dev);
}

/* A domain for each bank, with a device each, as long as there are entries. */
static void try_all_banks(const struct smmuv2_model_cfg *cfg)
{
    unsigned int nr_slots = cfg->indexed ? 1u << cfg->sid_bits : cfg->nr_smrs;
    unsigned int nr = min(cfg->nr_banks, nr_slots), i, j;
    struct iommu_dev *dev[129];
    struct v2_world w[129];
    uint64_t ma;

    for ( i = 0; i < nr; i++ )
    {
        dev[i] = v2_dev(0, i, 0);
        w[i] = v2_world(dev[i]);
        assert_int_equal(together_move(dev[i], w[i].s2), 0);
    }
    for ( i = 0; i < nr; i++ )
    {
        assert_int_equal(v2_reach(i, 0x5000, &ma), 0);
        assert_int_equal(ma, w[i].page);
    }

    /* One more: too few banks, or entries; the others do not notice. */
    if ( nr == cfg->nr_banks )
    {
        struct s2_table *t = v2_table(dev[0]);

        assert_int_equal(PTR_ERR(smmu2_dev_ops.domain_alloc(dev[0], S2_PAGING,
                                                            t)), -ENOSPC);
        v2_table_free(t);
    }
    if ( nr == nr_slots && !cfg->indexed )
    {
        dev[nr] = v2_dev(0, nr, 0);
        assert_int_equal(together_move(dev[nr], w[0].s2), -ENOSPC);
        v2_dev_del(dev[nr]);
    }

    /* Gone in some other order, and nobody has another's. */
    for ( i = 0; i < nr; i++ )
    {
        j = (i * 7 + 3) % nr;
        if ( nr % 7 == 0 )
            j = i;
        assert_int_equal(v2_reach(j, 0x5000, &ma), 0);
        assert_int_equal(ma, w[j].page);
        together_move(dev[j], NULL);
        assert_int_not_equal(v2_reach(j, 0x5000, &ma), 0);
        v2_world_free(&w[j]);
        v2_dev_del(dev[j]);
    }
}

static void test_units(void **state)
{
    unsigned int i, more, used = 0;

    for ( i = 0; i < v2_nr_shapes(true); i++ )
        for ( more = 0; more < V2_NR_MORE; more++ )
        {
            const struct v2_shape *shape = v2_shape(i, true);
            struct smmuv2_model_cfg cfg = v2_shape_cfg(shape, more);
            struct smmuv2_desc desc;
            unsigned int bits;
            uint64_t ma;
            int rc;

            print_message("%s", more ? "" : shape->line);
            v2_machine(&cfg, 1);
            desc = v2_desc(0);
            rc = smmuv2_add(&desc);
            assert_int_equal(rc, cfg.s2 ? 0 : -EOPNOTSUPP);
            if ( rc )
            {
                assert_log("it has no stage 2");
                assert_int_equal(host_log_lines(XENLOG_ERR), 1);
                assert_int_equal(v2_reach(3, 0x5000, &ma), 0);
                assert_int_equal(ma, 0x5000);
                v2_down();
                continue;
            }

            used++;
            bits = iommu_units_in_bits();
            assert_int_equal(bits, cfg.version == 1 ? 40 : cfg.ias == 2 ||
                                   cfg.oas == 2 ? 40 : 48);
            try_width(&cfg, bits);
            try_all_banks(&cfg);
            v2_down();
        }
    assert_true(used);
}

int main(void)
{
    const struct CMUnitTest tests[] = { V2_TEST(test_units) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
