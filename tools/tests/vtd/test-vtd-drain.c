/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests whose translation was done before it was taken back: when whoever
 * takes it back is told that it is gone, their data has arrived.
 */
#include "vtd-fixture.h"

static struct iommu_dev *dev;
static struct s2_table *table, *other;
static struct s2_domain *s2, *s2_other;

static void up(bool qi)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int i;

    cfg.qi = qi;
    cfg.mamv = 9;
    if ( !qi )
        cfg.ir = cfg.eim = cfg.dt = false;
    vtd_machine_up(&cfg, 1);
    dev = dev_add(0, 3, 0);
    table = table_new(dev);
    other = table_new(dev);
    s2 = domain_new(dev, table);
    s2_other = domain_new(dev, other);
    for ( i = 1; i < 4; i++ )
        map_page(table, i);
    map_page(table, 0x4000);
    /* What is flushed from now on is what is taken back. */
    assert_int_equal(s2_table_flush(table), 0);
    assert_int_equal(attach(s2, dev), 0);
}

static void down(void)
{
    block(dev);
    domain_free_s2(s2);
    domain_free_s2(s2_other);
    dev_del(dev);
    table_free(table);
    table_free(other);
    vtd_machine_down();
}

static void begin(uint64_t dfn)
{
    assert_int_equal(vtd_model_begin(model[0], dev->id, dfn << PAGE_SHIFT,
                                     false), 0);
    assert_int_equal(vtd_model_begin(model[0], dev->id, dfn << PAGE_SHIFT,
                                     true), 0);
    assert_int_equal(vtd_model_under_way(model[0], false), 1);
    assert_int_equal(vtd_model_under_way(model[0], true), 1);
}

static void assert_arrived(void)
{
    assert_int_equal(vtd_model_under_way(model[0], false), 0);
    assert_int_equal(vtd_model_under_way(model[0], true), 0);
}

static void unmap(uint64_t dfn, unsigned long nr)
{
    unsigned int changed = 0;

    assert_int_equal(s2_table_unmap(table, dfn, nr, &changed), 0);
    assert_int_equal(s2_table_flush(table), 0);
}

static void sequence(bool qi)
{
    up(qi);
    begin(1);
    /* To wait for what was queued says nothing of it. */
    assert_int_equal(vtd_invalidate(unit_nr(0), NULL, 0), 0);
    assert_int_equal(vtd_model_under_way(model[0], false), 1);
    assert_int_equal(vtd_model_under_way(model[0], true), 1);

    /* By page, by domain, by moving it, by blocking it. */
    unmap(1, 1);
    assert_arrived();
    begin(2);
    unmap(0x3000, 0x2000);
    assert_arrived();
    begin(2);
    assert_int_equal(attach(s2_other, dev), 0);
    assert_arrived();
    assert_int_equal(attach(s2, dev), 0);
    begin(2);
    block(dev);
    assert_arrived();
    assert_int_equal(attach(s2, dev), 0);
    begin(2);
    assert_int_equal(vtd_invalidate_all(unit_nr(0)), 0);
    assert_arrived();
    down();
}

static void test_queue(void **state)
{
    sequence(true);
}

static void test_registers(void **state)
{
    sequence(false);
}

/* The unit is started anew, which drops what was to drain them. */
static void test_revived(void **state)
{
    up(true);
    begin(1);
    vtd_model_fail_nth(model[0], 1, VTD_MODEL_DROP);
    unmap(1, 1);
    assert_int_equal(unit_nr(0)->unit.nr_revived, 1);
    assert_arrived();
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue), cmocka_unit_test(test_registers),
        cmocka_unit_test(test_revived),
    };

    return cmocka_run_group_tests_name("vtd-drain", tests, NULL, NULL);
}
