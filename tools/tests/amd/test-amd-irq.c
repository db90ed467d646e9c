/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The message by which a unit tells of its events: to whom it goes, in both
 * forms.
 */
#include "amd-fixture.h"

#include <xen/pci.h>

#include <asm/apic.h>
#include <asm/msi.h>

#include <amd/amd.h>

#define VECTOR 0x5a

static struct amd_model_irq got;
static unsigned int nr_got;

static void note(void *arg, const struct amd_model_irq *irq)
{
    got = *irq;
    nr_got++;
}

/* One unit at work, whose messages end up in @got. */
static void up(bool xt)
{
    struct amd_model_cfg cfg = amd_model_default;

    if ( !xt )
        cfg.efr &= ~(1ULL << 2);            /* XTSup */
    am_machine(&cfg, 1);
    x2apic_enabled = xt;
    am_machine_bring_up();
    assert_int_equal(to_amd_unit(am_unit(0))->ir.xt, xt);
    amd_model_on_irq(am_model[0], note, NULL);
    nr_got = 0;
}

static void down(void)
{
    am_machine_down();
    x2apic_enabled = false;
}

/* What is sent of a refused access when the unit was told @dest. */
static void sent(uint32_t dest, bool logical, uint8_t vector)
{
    struct amd_unit *u = to_amd_unit(am_unit(0));
    struct iommu_dev *dev = am_dev(0, 4, 0);
    struct msi_msg msg;
    uint64_t ma;

    msi_compose_msg(vector, NULL, &msg);
    msg.address_lo |= MSI_ADDR_DEST_ID(dest) |
                      (logical ? MSI_ADDR_DESTMODE_LOGIC : 0);
    msg.dest32 = dest;
    u->msi.ops->program(&u->unit, &msg, vector);

    memset(&got, 0xff, sizeof(got));
    assert_int_not_equal(am_reach(dev, 0x5000, &ma), 0);
    assert_int_equal(nr_got, 1);
    assert_false(got.remapped);
    assert_int_equal(got.vector, vector);
    assert_int_equal(got.delivery_mode, 0);
    assert_int_equal(got.dest, dest);
    assert_int_equal(got.logical, logical);
    am_dev_del(dev);
}

static void test_destination(void **state)
{
    static const uint32_t dests[] = { 0, 1, 0x80, 0xff, 0x100, 0x800000,
                                      0xffffff, 0x1000000, 0x12345678,
                                      0xfffffffe };
    unsigned int i, xt, logical;

    for ( xt = 0; xt < 2; xt++ )
        for ( i = 0; i < ARRAY_SIZE(dests); i++ )
            for ( logical = 0; logical < 2; logical++ )
            {
                if ( !xt && dests[i] > 0xff )
                    continue;
                up(xt);
                sent(dests[i], logical, i & 1 ? VECTOR : 0xfe);
                down();
            }
}

/* Masked, it says nothing, and it does when it is not any more. */
static void test_mask(void **state)
{
    struct amd_unit *u;
    struct iommu_dev *dev;
    unsigned int xt;
    uint64_t ma;

    for ( xt = 0; xt < 2; xt++ )
    {
        up(xt);
        u = to_amd_unit(am_unit(0));
        dev = am_dev(0, 4, 0);
        u->msi.ops->mask(&u->unit, true);
        assert_int_not_equal(am_reach(dev, 0x5000, &ma), 0);
        assert_int_equal(nr_got, 0);
        u->msi.ops->mask(&u->unit, false);
        assert_int_equal(nr_got, 1);
        am_dev_del(dev);
        down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_destination),
        cmocka_unit_test(test_mask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
