/* SPDX-License-Identifier: GPL-2.0-only */
/* The message by which a unit tells of its faults: to whom it goes. */
#include "vtd-fixture.h"

#include <asm/apic.h>
#include <asm/msi.h>

static uint64_t got_addr;
static uint32_t got_data;
static unsigned int nr_got;

static void note(void *arg, uint64_t addr, uint32_t data)
{
    got_addr = addr;
    got_data = data;
    nr_got++;
}

/* One unit at work; @upper: what firmware left in the upper address. */
static void up(bool eim, bool x2apic, uint32_t upper)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.eim = eim;
    vtd_machine(&cfg, 1);
    vtd_model_write(model[0], VTD_FEUADDR, upper, 4);
    x2apic_enabled = x2apic;
    assert_int_equal(acpi_dmar_init(), 0);
    assert_int_equal(vtd_setup(), 0);
    vtd_enable_translation_all();
    vtd_model_on_event(model[0], note, NULL);
    nr_got = 0;
}

static void down(void)
{
    vtd_machine_down();
    x2apic_enabled = false;
}

/* §11.4.6, §11.4.7: [19:12] of the address and, as far as it is there, [63:40] */
static void sent(uint32_t dest, uint8_t vector)
{
    struct vtd_unit *u = unit_nr(0);
    struct iommu_dev *dev = dev_add(0, 3, 0);
    struct msi_msg msg;
    uint64_t ma;

    msi_compose_msg(vector, NULL, &msg);
    msg.address_lo |= MSI_ADDR_DEST_ID(dest);
    msg.address_hi = dest & 0xffffff00U;
    msg.dest32 = dest;
    u->msi.ops->program(&u->unit, &msg, vector);

    assert_int_not_equal(reach(dev, 0x5000, &ma), 0);
    assert_int_equal(nr_got, 1);
    assert_int_equal(got_addr, 0xfee00000 | (dest & 0xff) << 12 |
                               (uint64_t)(dest & 0xffffff00U) << 32);
    assert_int_equal(got_data & 0xff, vector);
    dev_del(dev);
}

static void test_destination(void **state)
{
    static const uint32_t dests[] = { 0, 1, 0x80, 0xff, 0x100, 0x12345678,
                                      0xfffffffe };
    unsigned int i, x2apic;

    for ( x2apic = 0; x2apic < 2; x2apic++ )
        for ( i = 0; i < ARRAY_SIZE(dests); i++ )
        {
            if ( !x2apic && dests[i] > 0xff )
                continue;
            up(true, x2apic, 0);
            sent(dests[i], i & 1 ? 0x5a : 0xfe);
            down();
        }
}

/* A message is a write: above 4 GiB it would be one to memory. */
static void test_left_behind(void **state)
{
    up(true, false, 0x100);
    sent(3, 0x51);
    down();
    up(true, true, 0x100);
    sent(3, 0x51);
    down();
    /* Where there is no such register, nothing is written. */
    up(false, false, 0);
    sent(3, 0x51);
    down();
}

static void test_mask(void **state)
{
    struct vtd_unit *u;
    struct iommu_dev *dev;
    uint64_t ma;

    up(true, false, 0);
    u = unit_nr(0);
    dev = dev_add(0, 3, 0);
    u->msi.ops->mask(&u->unit, true);
    assert_int_not_equal(reach(dev, 0x5000, &ma), 0);
    assert_int_equal(nr_got, 0);
    u->msi.ops->mask(&u->unit, false);
    assert_int_equal(nr_got, 1);
    dev_del(dev);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_destination),
        cmocka_unit_test(test_left_behind),
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
