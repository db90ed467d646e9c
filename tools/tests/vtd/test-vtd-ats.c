/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device TLBs that do not answer, many of them at once; when flushes begin to
 * include one; and devices whose TLB is not used.
 */
#include <xen/pci_regs.h>

#include <iommu-groups/pci-rules.h>

#include "vtd-fixture.h"

#define MOST 29

extern bool ats_enabled;

static const char *deepest;

static void on_wait(void *arg)
{
    char here;

    if ( !deepest || &here < deepest )
        deepest = &here;
}

static struct s2_table *table;
static struct s2_domain *s2;
static struct iommu_dev *dev[MOST];

static void start(const struct vtd_model_cfg *cfg, unsigned int nr)
{
    unsigned int i;

    ats_enabled = true;
    vtd_machine_up(cfg, 1);
    host_time_step(MICROSECS(200));
    for ( i = 0; i < nr; i++ )
        dev[i] = dev_add(1, i, 0);
    table = table_new(dev[0]);
    s2 = domain_new(dev[0], table);
    map_page(table, 5);
    for ( i = 0; i < nr; i++ )
        assert_int_equal(attach(s2, dev[i]), 0);
}

static void stop(unsigned int nr)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        together_move(dev[i], NULL);
    s2_domain_free(s2);
    s2_table_clear(table, ~0UL);
    s2_table_free(table);
    for ( i = 0; i < nr; i++ )
        dev_del(dev[i]);
    ats_enabled = false;
    vtd_machine_down();
}

/* Stack in bytes that a flush takes while @nr devices of @all are silent. */
static long flush_with_silent(const struct vtd_model_cfg *cfg, unsigned int nr,
                              unsigned int all)
{
    unsigned int i, changed = 0;
    s_time_t begin;
    char here;
    long used;

    start(cfg, all);
    for ( i = 0; i < nr; i++ )
        vtd_model_ats_dead(model[0], dev[i]->id, true);

    assert_int_equal(s2_table_unmap(table, 5, 1, &changed), 0);
    deepest = NULL;
    host_on_wait(on_wait, NULL);
    begin = NOW();
    assert_int_equal(s2_table_flush(table), 0);
    /* However many: others wait for the table meanwhile. */
    assert_true(NOW() - begin < SECONDS(8));
    host_on_wait(NULL, NULL);
    used = &here - deepest;

    assert_false(unit_nr(0)->unit.failed);
    for ( i = 0; i < all; i++ )
    {
        /* One that answers stays; a silent one is cut off, in hardware too. */
        assert_int_equal(dev[i]->dev_tlb.on, i >= nr);
        assert_int_equal(vtd_context_get(unit_nr(0), dev[i]->id).lo & 1,
                         i >= nr);
        assert_int_equal(dev[i]->pdev->broken, i < nr);
    }
    stop(all);

    return used;
}

static void test_many_silent(void **state)
{
    static const unsigned int nrs[] = { 1, 2, 8, 15, 16, 17, MOST - 1, MOST };
    unsigned int sid, i;

    for ( sid = 0; sid < 3; sid++ )
    {
        struct vtd_model_cfg cfg = vtd_model_default;
        long one = 0;

        cfg.no_itesid = sid;
        cfg.ite_late = sid == 2;
        for ( i = 0; i < ARRAY_SIZE(nrs); i++ )
        {
            long used = flush_with_silent(&cfg, nrs[i], MOST);

            one = one ?: used;
            /* However many: nothing calls itself. */
            assert_true(used <= one + 64);
        }
    }
}

/* Where it is the unit that hangs, no device is blamed: it is started anew. */
static void test_unit_hangs(void **state)
{
    unsigned int nth, i;
    bool reached = true, revived = false;

    for ( nth = 1; reached; nth++ )
    {
        unsigned int changed = 0;

        start(&vtd_model_default, 8);
        assert_int_equal(s2_table_unmap(table, 5, 1, &changed), 0);
        vtd_model_fail_nth(model[0], nth, VTD_MODEL_DROP);
        assert_int_equal(s2_table_flush(table), 0);
        reached = vtd_model_failed(model[0]);
        vtd_model_fail_nth(model[0], 0, VTD_MODEL_DROP);
        assert_false(unit_nr(0)->unit.failed);
        revived |= unit_nr(0)->unit.nr_revived;
        for ( i = 0; i < 8; i++ )
        {
            assert_true(dev[i]->dev_tlb.on);
            assert_false(dev[i]->pdev->broken);
        }
        stop(8);
    }
    assert_true(nth > 8 && revived);
}

/* ---- when a flush includes the device, the device can answer ---- */

static struct iommu_dev *watched;
static bool was_on;

static void on_write(void *arg)
{
    if ( !watched->dev_tlb.on )
        return;
    was_on = true;
    assert_true(pci_conf_read16(watched->sbdf, watched->dev_tlb.pos + 6) &
                0x8000);
}

static void test_order(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    start(&cfg, 1);
    together_move(dev[0], NULL);
    watched = dev[0];
    assert_true(watched->dev_tlb.pos);
    was_on = false;
    host_on_mmio_write(on_write, NULL);
    assert_int_equal(attach(s2, dev[0]), 0);
    assert_true(was_on);
    together_move(dev[0], NULL);
    host_on_mmio_write(NULL, NULL);
    assert_false(watched->dev_tlb.on);
    stop(1);
}

/* ---- devices whose TLB is not used ---- */

static bool forbidden(uint16_t vendor, uint16_t device, uint8_t revision)
{
    pci_conf_write16(dev[0]->sbdf, PCI_VENDOR_ID, vendor);
    pci_conf_write16(dev[0]->sbdf, PCI_DEVICE_ID, device);
    pci_conf_write8(dev[0]->sbdf, PCI_REVISION_ID, revision);

    return iommu_ats_forbidden(dev[0]);
}

static void test_forbidden(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    static struct pci_func port, func;
    static uint8_t space[4096];

    start(&cfg, 1);
    assert_false(forbidden(0x1234, 0x7310, 0));
    assert_true(forbidden(0x1002, 0x7310, 0));
    assert_true(forbidden(0x1002, 0x734f, 0xff));
    assert_true(forbidden(0x1002, 0x98e4, 1));
    assert_false(forbidden(0x1002, 0x98e5, 1));
    assert_true(forbidden(0x8086, 0x1452, 0x1f));
    assert_false(forbidden(0x8086, 0x1452, 0x20));
    assert_false(forbidden(0x8086, 0x4940, 0));
    assert_true(iommu_ats_twice(dev[0]->pdev));
    assert_false(forbidden(0x8086, 0x4944, 0));
    assert_false(iommu_ats_twice(dev[0]->pdev));

    /* A virtual function is what its physical one is. */
    host_pci_add(PCI_SBDF(0, 9, 1, 3), space, sizeof(space));
    dev[0]->pdev->info.is_virtfn = true;
    dev[0]->pdev->info.physfn.bus = 9;
    dev[0]->pdev->info.physfn.devfn = PCI_DEVFN(1, 3);
    pci_conf_write32(PCI_SBDF(0, 9, 1, 3), 0, 0x73101002);
    assert_true(forbidden(0x1234, 0x1234, 0));
    pci_conf_write32(PCI_SBDF(0, 9, 1, 3), 0, 0x12341234);
    assert_false(forbidden(0x1002, 0x7310, 0));
    dev[0]->pdev->info.is_virtfn = false;
    host_pci_remove(PCI_SBDF(0, 9, 1, 3));

    /* Below a port of a Thunderbolt controller. */
    func = (struct pci_func){ .sbdf = dev[0]->sbdf, .parent = &port };
    port.sbdf = PCI_SBDF(0, 0, 0x1c, 0);
    space[0x34] = 0x40;
    space[0x06] = PCI_STATUS_CAP_LIST;
    space[0x40] = PCI_CAP_ID_EXP;
    space[0x100] = 0x0b;
    space[0x102] = 0x01;
    space[0x104] = 0x34;
    space[0x105] = 0x11;
    host_pci_add(port.sbdf, space, sizeof(space));
    dev[0]->func = &func;
    assert_false(forbidden(0x1234, 0x1234, 0));
    pci_conf_write32(port.sbdf, 0x104, 0x00011234);
    assert_true(forbidden(0x1234, 0x1234, 0));
    assert_log("faces outwards");
    dev[0]->func = NULL;
    host_pci_remove(port.sbdf);
    stop(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_silent),
        cmocka_unit_test(test_unit_hangs), cmocka_unit_test(test_order),
        cmocka_unit_test(test_forbidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
