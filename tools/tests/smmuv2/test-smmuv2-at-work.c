/* SPDX-License-Identifier: GPL-2.0-only */
/* DMA that does not wait for the driver, and what units keep of its streams. */
#include "smmuv2-fixture.h"

static void knock(void *arg, unsigned int reg)
{
    uint64_t maddr;

    (void)v2_reach(0x14, 0x5000, &maddr);
}

static void expect_after(struct iommu_dev *dev, struct s2_domain *s2,
                         uint64_t page)
{
    uint64_t maddr;

    smmuv2_model_on_write(v2_model[0], knock, NULL);
    assert_int_equal(together_move(dev, s2), 0);
    smmuv2_model_on_write(v2_model[0], NULL, NULL);
    if ( v2_reach(0x14, 0x5000, &maddr) )
        maddr = 0;
    assert_int_equal(maddr, page);
}

/*
 * A stream goes on sending while its device is attached, moved and blocked, and
 * the unit keeps of it what it may: in the end it is as the last entry says.
 */
static void test_at_work(void **state)
{
    unsigned int v;

    for ( v = 0; v < V2_NR_VARIANTS; v++ )
    {
        struct smmuv2_model_cfg cfg = v2_variant(v);
        struct v2_world a, b;
        struct iommu_dev *dev;

        v2_up(&cfg, 1);
        dev = v2_dev(0, 0x14, 0);
        a = v2_world(dev);
        b = v2_world(dev);
        expect_after(dev, a.s2, a.page);
        expect_after(dev, b.s2, b.page);
        expect_after(dev, &v2_unit(0)->identity, 0x5000);
        expect_after(dev, a.s2, a.page);
        expect_after(dev, NULL, 0);
        expect_after(dev, b.s2, b.page);
        expect_after(dev, NULL, 0);
        v2_world_free(&a);
        v2_world_free(&b);
        v2_dev_del(dev);
        v2_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        V2_TEST(test_at_work),
    };

    return cmocka_run_group_tests_name("at work", tests, NULL, NULL);
}
