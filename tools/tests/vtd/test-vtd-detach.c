/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is left in a unit when one of several devices goes: the others' IDs and
 * translations, and nothing of its own.
 */
#include "vtd-fixture.h"

/* Has DMA with this ID, whoever sends it, a translation? */
static bool open_for(uint16_t id)
{
    uint64_t maddr;

    return !vtd_model_translate(model[0], id, 0x1000, true, &maddr);
}

/*
 * One domain, so its tag and what is cached under it live on.  Changing a
 * context entry takes its own invalidation and then the domain's.
 */
static void test_invalidations(void **state)
{
    unsigned int v;

    for ( v = 0; v < VTD_NR_VARIANTS; v++ )
    {
        struct vtd_model_cfg cfg = vtd_variant(v);
        unsigned long domain, context;
        struct iommu_dev *one, *two;
        struct s2_domain *s2;
        struct s2_table *t;
        uint64_t ma;

        vtd_machine_up(&cfg, 1);
        one = dev_add(0, 3, 0);
        two = dev_add(0, 4, 0);
        t = table_new(one);
        map_page(t, 1);
        s2 = domain_new(one, t);
        assert_int_equal(attach(s2, one), 0);
        assert_int_equal(attach(s2, two), 0);
        assert_int_equal(reach(one, 0x1000, &ma), 0);
        assert_int_equal(reach(two, 0x1000, &ma), 0);

        domain = vtd_model_count(model[0], VTD_COUNT_IOTLB_DOMAIN) +
                 vtd_model_count(model[0], VTD_COUNT_IOTLB_GLOBAL);
        context = vtd_model_count(model[0], VTD_COUNT_QI_CONTEXT) +
                  vtd_model_count(model[0], VTD_COUNT_REG_CONTEXT);
        block(one);
        assert_int_equal(vtd_model_count(model[0], VTD_COUNT_IOTLB_DOMAIN) +
                         vtd_model_count(model[0], VTD_COUNT_IOTLB_GLOBAL),
                         domain + 1);
        assert_int_equal(vtd_model_count(model[0], VTD_COUNT_QI_CONTEXT) +
                         vtd_model_count(model[0], VTD_COUNT_REG_CONTEXT),
                         context + 1);
        assert_int_not_equal(reach(one, 0x1000, &ma), 0);
        assert_int_equal(reach(two, 0x1000, &ma), 0);

        block(two);
        domain_free_s2(s2);
        dev_del(one);
        dev_del(two);
        table_free(t);
        vtd_machine_down();
    }
}

#define NR 3

/*
 * Three devices that share 0500, which is one's own ID and the others' alias,
 * go in each order: it stays until the last of them has gone, and their own IDs
 * go with them.
 */
static void test_shared(void **state)
{
    static const uint8_t orders[][NR] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
        { 2, 1, 0 },
    };
    unsigned int o, i, j;

    for ( o = 0; o < ARRAY_SIZE(orders); o++ )
    {
        struct iommu_dev *dev[NR];
        struct s2_domain *s2;
        struct s2_table *t;

        vtd_machine_up(&vtd_model_default, 1);
        dev[0] = dev_add(5, 0, 0);
        dev[1] = dev_add(5, 1, 0x0500);
        dev[2] = dev_add(5, 2, 0x0500);
        t = table_new(dev[0]);
        map_page(t, 1);
        s2 = domain_new(dev[0], t);

        /* Those that are there but not attached do not count. */
        assert_int_equal(attach(s2, dev[1]), 0);
        assert_true(open_for(0x0500));
        block(dev[1]);
        assert_false(open_for(0x0500));

        for ( i = 0; i < NR; i++ )
            assert_int_equal(attach(s2, dev[i]), 0);

        for ( i = 0; i < NR; i++ )
        {
            block(dev[orders[o][i]]);
            /* Twice is no harm. */
            block(dev[orders[o][i]]);
            assert_int_equal(open_for(0x0500), i < NR - 1);
            for ( j = 0; j < NR; j++ )
            {
                unsigned int id = dev[orders[o][j]]->id;

                if ( id != 0x0500 )
                    assert_int_equal(open_for(id), j > i);
            }
        }

        domain_free_s2(s2);
        for ( i = 0; i < NR; i++ )
            dev_del(dev[i]);
        table_free(t);
        vtd_machine_down();
    }
}

/* A range that begins and ends anywhere: the model refuses crooked commands. */
static void test_crooked_ranges(void **state)
{
    struct iommu_dev *dev;
    struct s2_domain *s2;
    struct s2_table *t;
    unsigned int first, nr, changed = 0;

    vtd_machine_up(&vtd_model_default, 1);
    dev = dev_add(1, 3, 0);
    t = table_new(dev);
    s2 = domain_new(dev, t);
    assert_int_equal(attach(s2, dev), 0);

    for ( first = 1; first < 9; first++ )
        for ( nr = 1; nr < 20; nr += 3 )
        {
            uint64_t ma;
            unsigned int i;

            assert_int_equal(s2_table_map(t, first, 0x100 + first, nr,
                                          PT_PROT_R | PT_PROT_W, &changed), 0);
            assert_int_equal(s2_table_flush(t), 0);
            for ( i = 0; i < nr; i++ )
                assert_int_equal(reach(dev, (first + i) << 12, &ma), 0);
            assert_int_equal(s2_table_unmap(t, first, nr, &changed), 0);
            assert_int_equal(s2_table_flush(t), 0);
            for ( i = 0; i < nr; i++ )
                assert_int_not_equal(reach(dev, (first + i) << 12, &ma), 0);
        }

    block(dev);
    domain_free_s2(s2);
    dev_del(dev);
    table_free(t);
    vtd_machine_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invalidations),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_crooked_ranges),
    };

    return cmocka_run_group_tests_name("vtd-detach", tests, NULL, NULL);
}
