/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that hardware answers and does not carry out: through the registers
 * (VT-d rev 4.1, §11.4.7: CAIG and IAIG are 0), and in the queue. Whoever is
 * told that something is gone may rely on it.
 */
#include "vtd-fixture.h"

#include <xen/iommu.h>

/* Each command of a life in turn.  False: there are fewer. */
static bool life(const struct vtd_model_cfg *cfg, unsigned int nth)
{
    unsigned int changed = 0;
    struct iommu_dev *dev;
    struct s2_table *table;
    struct s2_domain *s2;
    struct vtd_unit *u;
    uint64_t ma, page;
    bool reached;
    int rc;

    vtd_machine_up(cfg, 1);
    u = unit_nr(0);
    dev = dev_add(0, 3, 0x0042);
    table = table_new(dev);
    page = map_page(table, 5);
    map_page(table, 6);
    s2 = domain_new(dev, table);

    vtd_model_fail_nth(model[0], nth, VTD_MODEL_REFUSE);
    rc = attach(s2, dev);
    if ( !rc )
    {
        rc = s2_table_flush(table);
        if ( !rc && !reach(dev, 0x5000, &ma) )
            assert_int_equal(ma, page);
        (void)reach(dev, 0x6000, &ma);
        assert_int_equal(s2_table_unmap(table, 5, 1, &changed), 0);
        rc = s2_table_flush(table);
        if ( !rc )
            assert_int_not_equal(reach(dev, 0x5000, &ma), 0);
    }
    block(dev);
    if ( !u->unit.failed )
        assert_int_not_equal(reach(dev, 0x6000, &ma), 0);
    domain_free_s2(s2);
    reached = vtd_model_failed(model[0]);

    /* Through the registers there is nobody to repeat it. */
    if ( reached && !cfg->qi )
        assert_true(u->unit.failed);
    if ( !reached )
        assert_false(u->unit.failed || rc);

    vtd_model_revive(model[0]);
    vtd_model_forgive(model[0]);
    dev_del(dev);
    table_free(table);
    free_pages_mapped();
    vtd_machine_down();

    return reached;
}

static void test_refused(void **state)
{
    unsigned int v, n, total = 0;

    /* Few with a queue: that it is told again, others test. */
    for ( v = 7; v < VTD_NR_VARIANTS; v += v < VTD_NR_VARIANTS / 2 ? 9 : 3 )
    {
        const struct vtd_model_cfg cfg = vtd_variant(v);

        for ( n = 1; life(&cfg, n); n++ )
            assert_true(n < 100);
        total += n - 1;
    }
    assert_true(total > VTD_NR_VARIANTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("vtd-refuse", tests, NULL, NULL);
}
