/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every store to context entries, as hardware can see it (VT-d rev 4.1, §9.3):
 * while a function is attached, moved, silenced and blocked, no mixture of two
 * entries is present.
 */
#include "vtd-fixture.h"
#include "entry-stores.h"

/* The page of context entries of @bus, from the unit's own registers. */
static uint64_t *contexts(unsigned int bus)
{
    uint64_t *root = maddr_to_virt(vtd_model_read(model[0], 0x20, 8) &
                                   ~0xfffULL);

    assert_true(root[2 * bus] & 1);

    return maddr_to_virt(root[2 * bus] & ~0xfffULL);
}

static void move(struct s2_domain *s2, struct iommu_dev *dev)
{
    int rc = 0;

    entries_begin(contexts(dev->sbdf.bus));
    if ( s2 )
        rc = attach(s2, dev);
    else
        block(dev);
    assert_true(entries_end() >= 1);
    assert_int_equal(rc, 0);
}

static void one_machine(const struct vtd_model_cfg *cfg, unsigned int bus)
{
    struct iommu_dev *dev;
    struct s2_table *a, *b;
    struct s2_domain *s2a, *s2b, *s2c;
    uint64_t page, ma;

    vtd_machine_up(cfg, 1);
    dev = dev_add(bus, 3, bus ? 0 : 0x0042);
    a = table_new(dev);
    b = table_new(dev);
    s2a = domain_new(dev, a);
    s2b = domain_new(dev, b);
    page = map_page(a, 5);

    /* The first attach makes the page that is watched. */
    assert_int_equal(attach(s2a, dev), 0);
    move(NULL, dev);
    move(s2a, dev);
    assert_int_equal(reach(dev, 0x5000, &ma), 0);
    assert_int_equal(ma, page);
    move(s2b, dev);
    assert_int_not_equal(reach(dev, 0x5000, &ma), 0);
    if ( cfg->pt )
    {
        s2c = vtd_driver.dev->domain_alloc(dev, S2_IDENTITY, NULL);
        assert_false(IS_ERR(s2c));
        move(s2c, dev);
        move(s2a, dev);
        move(s2c, dev);
    }
    move(s2a, dev);
    move(NULL, dev);

    /* Silenced, and back. */
    entries_begin(contexts(bus));
    assert_int_equal(vtd_driver.unit->silence(dev->unit, dev->id), 0);
    assert_true(entries_end() >= 1);
    move(s2b, dev);
    assert_int_equal(vtd_driver.unit->silence(dev->unit, dev->id), -EBUSY);
    move(NULL, dev);

    domain_free_s2(s2a);
    domain_free_s2(s2b);
    dev_del(dev);
    table_free(a);
    table_free(b);
    vtd_machine_down();
}

static void test_contexts(void **state)
{
    unsigned int v;

    if ( !stores_possible() )
        skip();

    for ( v = 0; v < VTD_NR_VARIANTS; v++ )
    {
        struct vtd_model_cfg cfg = vtd_variant(v);

        one_machine(&cfg, 0);
        if ( cfg.qi )
            one_machine(&cfg, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contexts),
    };

    return cmocka_run_group_tests_name("vtd-stores", tests, NULL, NULL);
}
