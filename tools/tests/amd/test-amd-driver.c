/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi driver on the model: bring-up, attach, flush, block, faults. */
#include "amd-fixture.h"

#include <iommu-groups/fault.h>

#include "models/amd-regs.h"

static void test_bring_up(void **state)
{
    unsigned int v;

    for ( v = 0; v < AMD_NR_VARIANTS; v++ )
    {
        struct amd_model_cfg cfg = amd_variant(v);
        struct iommu_dev *dev;
        uint64_t ma;

        am_machine_up(&cfg, 2);
        dev = am_dev(0, 3, 0);
        assert_ptr_equal(dev->unit, am_unit(0));
        assert_int_not_equal(am_reach(dev, 0x1000, &ma), 0);
        am_dev_del(dev);
        dev = am_dev(0, 5, 0);
        assert_ptr_equal(dev->unit, am_unit(1));
        assert_int_not_equal(am_reach(dev, 0x1000, &ma), 0);
        am_dev_del(dev);
        am_machine_down();
    }
}

/* One command and one wait for what was unmapped at once. */
static void test_flush_counts(void **state)
{
    struct iommu_dev *dev;
    struct s2_table *t;
    struct s2_domain *s2;
    unsigned long waits, pages;
    unsigned int changed = 0;

    am_machine_up(&amd_model_default, 1);
    dev = am_dev(0, 3, 0);
    t = am_table(dev);
    s2 = am_domain(dev, t);
    assert_int_equal(together_move(dev, s2), 0);
    assert_int_equal(s2_table_map(t, 0x10000, 0x20000, 0x8000,
                                  PT_PROT_R | PT_PROT_W, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    waits = amd_model_count(am_model[0], AMD_COUNT_WAIT);
    pages = amd_model_count(am_model[0], AMD_COUNT_PAGES);
    assert_int_equal(s2_table_unmap(t, 0x10000, 0x8000, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_WAIT), waits + 1);
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_PAGES), pages + 1);
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_WHOLE), 0);

    /* 2.4.2: an entry that loses its domain takes the domain's pages along. */
    together_move(dev, NULL);
    assert_int_equal(amd_model_count(am_model[0], AMD_COUNT_WHOLE), 1);
    s2_domain_free(s2);
    am_dev_del(dev);
    am_table_free(t);
    am_machine_down();
}

/* Firmware says that walks do not snoop: what they see was written back. */
static void test_not_coherent(void **state)
{
    struct iommu_dev *dev;
    struct s2_table *t;
    struct s2_domain *s2;
    unsigned int changed = 0;
    uint64_t page, ma;

    am_not_coherent = true;
    am_machine_up(&amd_model_default, 1);
    am_not_coherent = false;
    dev = am_dev(0, 3, 0);
    t = am_table(dev);
    s2 = am_domain(dev, t);
    assert_int_not_equal(am_reach(dev, 0x5000, &ma), 0);
    assert_int_equal(together_move(dev, s2), 0);
    page = am_map_page(t, 5);
    assert_int_equal(s2_table_flush(t), 0);
    assert_int_equal(am_reach(dev, 0x5000, &ma), 0);
    assert_int_equal(ma, page);
    assert_int_equal(s2_table_unmap(t, 5, 1, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    assert_int_not_equal(am_reach(dev, 0x5000, &ma), 0);
    am_map_page(t, 5);
    assert_int_equal(s2_table_flush(t), 0);
    together_move(dev, NULL);
    assert_int_not_equal(am_reach(dev, 0x5000, &ma), 0);
    s2_domain_free(s2);
    am_dev_del(dev);
    am_table_free(t);
    am_machine_down();
}

#define SUITE(name)                                                     \
    static void test_##name(void **state)                               \
    {                                                                   \
        suite_driver_##name(&amd_rig);                                  \
    }

SUITE(attach)
SUITE(shared_alias)
SUITE(ats)
SUITE(ats_move)
SUITE(dies_meanwhile)
SUITE(power)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bring_up),
        cmocka_unit_test(test_attach),
        cmocka_unit_test(test_shared_alias),
        cmocka_unit_test(test_flush_counts),
        cmocka_unit_test(test_not_coherent),
        cmocka_unit_test(test_ats),
        cmocka_unit_test(test_ats_move),
        cmocka_unit_test(test_dies_meanwhile),
        cmocka_unit_test(test_power),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
