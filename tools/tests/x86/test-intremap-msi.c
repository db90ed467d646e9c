/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSI, MSI-X and HPET messages as Xen's x86 code sets them up, and the sources
 * that units expect.
 */

#include "intremap-x86.h"
#include "pci-build.h"

#include <iommu-groups/driver.h>

static struct msi_msg message(uint8_t vector, uint32_t dest)
{
    return (struct msi_msg){
        .address_lo = MSI_ADDR_BASE_LO | MSI_ADDR_DEST_ID(dest),
        .data = MSI_DATA_LEVEL_ASSERT | vector,
        .dest32 = dest,
    };
}

static unsigned int send(struct vtd_model *m, uint16_t sid,
                         const struct msi_msg *msg, unsigned int sub,
                         struct vtd_model_irq *irq)
{
    static struct vtd_model_irq ignored;

    assert_int_equal(msg->address_hi, 0);

    return vtd_model_msi(m, sid, msg->address_lo, msg->data + sub,
                         irq ?: &ignored);
}

static void test_msi(void **state)
{
    unsigned int nr, eim;

    for ( nr = 1; nr <= 2; nr++ )
        for ( eim = 0; eim < 2; eim++ )
        {
            struct machine mc = standard(nr, eim);
            struct msi_desc desc[4] = {}, msix = { .remap_index = -1 };
            struct msi_msg msg[4], xmsg;
            struct vtd_model_irq irq;
            struct pci_dev *pdev;
            unsigned int i;
            uint32_t dest = eim ? 0x700 : 0x70;

            boot(&mc, true);
            pdev = host_pdev_add(PCI_SBDF(0, 0, 0x28));
            assert_int_equal(iommu_ir_setup(), 0);

            /* Multi-message MSI, four of them. */
            for ( i = 0; i < 4; i++ )
            {
                desc[i].msi_attrib.type = PCI_CAP_ID_MSI;
                desc[i].msi_attrib.entry_nr = i;
                desc[i].dev = pdev;
                desc[i].remap_index = -1;
            }
            desc[0].msi.nvec = 4;
            for ( i = 0; i < 4; i++ )
            {
                msg[i] = message(0x50 + i, dest + i);
                assert_int_equal(iommu_update_ire_from_msi(&desc[i], &msg[i]),
                                 0);
                /* write_msi_msg() relies on it. */
                assert_int_equal(msg[i].data & 3, i);
                assert_int_equal(msg[i].address_lo, msg[0].address_lo);
            }
            for ( i = 0; i < 4; i++ )
            {
                assert_int_equal(send(model[nr - 1], 0x28, &msg[0], i, &irq),
                                 0);
                assert_int_equal(irq.vector, 0x50 + i);
                assert_int_equal(irq.dest, dest + i);
            }
            assert_int_equal(send(model[nr - 1], 0x30, &msg[0], 0, NULL),
                             FAULT_SOURCE);

            /* MSI-X: an entry each. */
            msix.msi_attrib.type = PCI_CAP_ID_MSIX;
            msix.msi_attrib.entry_nr = 7;
            msix.dev = pdev;
            xmsg = message(0x66, dest);
            assert_int_equal(iommu_update_ire_from_msi(&msix, &xmsg), 0);
            assert_int_equal(xmsg.data, 0);
            assert_int_equal(send(model[nr - 1], 0x28, &xmsg, 0, &irq), 0);
            assert_int_equal(irq.vector, 0x66);

            /* Moved to another CPU: the device's message stays. */
            xmsg = message(0x67, dest + 9);
            msix.msg = xmsg;
            assert_int_equal(iommu_update_ire_from_msi(&msix, &xmsg), 0);
            assert_int_equal(send(model[nr - 1], 0x28, &xmsg, 0, &irq), 0);
            assert_int_equal(irq.vector, 0x67);
            assert_int_equal(irq.dest, dest + 9);

            /* Given up, as msi_free_irq() does: backwards. */
            for ( i = 4; i--; )
            {
                assert_int_equal(send(model[nr - 1], 0x28, &msg[0], i, NULL),
                                 0);
                assert_int_equal(iommu_update_ire_from_msi(&desc[i], NULL), 0);
            }
            for ( i = 0; i < 4; i++ )
                assert_int_equal(send(model[nr - 1], 0x28, &msg[0], i, NULL),
                                 FAULT_NOT_PRESENT);
            assert_int_equal(iommu_update_ire_from_msi(&desc[0], NULL), 0);
            assert_int_equal(iommu_update_ire_from_msi(&msix, NULL), 0);
            assert_int_equal(msix.remap_index, -1);

            if ( !eim )
            {
                xmsg = message(0x66, 0x100);
                assert_int_equal(iommu_update_ire_from_msi(&msix, &xmsg),
                                 -ERANGE);
                assert_int_equal(iommu_update_ire_from_msi(&msix, NULL), 0);
            }

            host_pdev_del(pdev);
            shut_down();
        }
}

/* Sources of PCI functions, from where they sit. */
static void test_pci_sources(void **state)
{
    static const uint8_t pcie_bridge[256] = {
        [PCI_HEADER_TYPE] = 1, [PCI_CLASS_DEVICE] = 4, [PCI_CLASS_DEVICE + 1] = 6,
        [PCI_STATUS] = PCI_STATUS_CAP_LIST, [PCI_CAPABILITY_LIST] = 0x40,
        [PCI_SECONDARY_BUS] = 4, [PCI_SUBORDINATE_BUS] = 5,
        [0x40] = PCI_CAP_ID_EXP, [0x42] = PCI_EXP_TYPE_PCI_BRIDGE << 4,
    }, legacy_bridge[256] = {
        [PCI_HEADER_TYPE] = 1, [PCI_CLASS_DEVICE] = 4, [PCI_CLASS_DEVICE + 1] = 6,
        [PCI_SECONDARY_BUS] = 8, [PCI_SUBORDINATE_BUS] = 8,
    }, endpoint[256] = { [PCI_CLASS_DEVICE + 1] = 2 };
    struct pci_dev *bridge, *legacy, *behind, *below, *alone, *vf;
    struct iommu_ir_source src;
    struct machine mc = standard(2, true);
    struct msi_desc desc = { .remap_index = -1 };
    struct msi_msg msg = message(0x61, 3);

    boot(&mc, true);
    host_pci_add(PCI_SBDF(0, 3, 0), pcie_bridge, 256);
    host_pci_add(PCI_SBDF(0, 0, 0xf0), legacy_bridge, 256);
    host_pci_add(PCI_SBDF(0, 5, 0x10), endpoint, 256);
    host_pci_add(PCI_SBDF(0, 8, 0x10), endpoint, 256);
    bridge = host_pdev_add(PCI_SBDF(0, 3, 0));
    legacy = host_pdev_add(PCI_SBDF(0, 0, 0xf0));
    behind = host_pdev_add(PCI_SBDF(0, 5, 0x10));
    below = host_pdev_add(PCI_SBDF(0, 8, 0x10));
    alone = host_pdev_add(PCI_SBDF(0, 0, 0x40));

    assert_int_equal(iommu_ir_pci_source(alone, &src), 0);
    assert_int_equal(src.sid, 0x40);
    assert_false(src.bus_range || src.ignore_fn);

    alone->phantom_stride = 2;
    assert_int_equal(iommu_ir_pci_source(alone, &src), 0);
    assert_int_equal(src.ignore_fn, 6);

    /* Two levels of conventional bus behind the bridge: 4 to 5. */
    assert_int_equal(iommu_ir_pci_source(behind, &src), 0);
    assert_true(src.bus_range);
    assert_int_equal(src.sid & 0xff, 5);

    assert_int_equal(iommu_ir_pci_source(below, &src), 0);
    assert_false(src.bus_range);
    assert_int_equal(src.sid, 0xf0);

    /* A virtual function is behind the unit of its physical one. */
    vf = host_pdev_add(PCI_SBDF(0, 9, 0x80));
    vf->info.is_virtfn = true;
    vf->info.physfn.devfn = 0x28;
    assert_int_equal(iommu_ir_setup(), 0);
    desc.msi_attrib.type = PCI_CAP_ID_MSIX;
    desc.dev = vf;
    assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), 0);
    assert_int_equal(send(model[1], 0x980, &msg, 0, NULL), 0);
    assert_int_equal(send(model[0], 0x980, &msg, 0, NULL), FAULT_NOT_PRESENT);
    assert_int_equal(iommu_update_ire_from_msi(&desc, NULL), 0);

    /* Its 00:05.0 is function 28 of a device with ARI, unit 0's. */
    vf->info.is_extfn = true;
    assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), 0);
    assert_int_equal(send(model[0], 0x980, &msg, 0, NULL), 0);
    assert_int_not_equal(send(model[1], 0x980, &msg, 0, NULL), 0);
    assert_int_equal(iommu_update_ire_from_msi(&desc, NULL), 0);
    vf->info.is_virtfn = false;
    assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), 0);
    assert_int_equal(send(model[0], 0x980, &msg, 0, NULL), 0);
    assert_int_equal(iommu_update_ire_from_msi(&desc, NULL), 0);

    host_pdev_del(vf);
    host_pdev_del(alone);
    host_pdev_del(below);
    host_pdev_del(behind);
    host_pdev_del(legacy);
    host_pdev_del(bridge);
    shut_down();
}

/*
 * Functions whose DMA carries another ID send their messages with it: exactly
 * those that the rules know of are let pass.
 */
static void test_aliases(void **state)
{
    static const struct fn fns[] = {
        { "05:00.0", EP },
        { "06:00.0", EP, .id = 0x92301b4b },
        { "07:0e.0", EP, .id = 0x02859005, .sub_id = 0x02bb9005 },
        { "08:00.1", EP, .phantom = 2 },
        { "00:1e.0", CONV, .sec = 9 }, { "09:01.0", CONV },
        { "00:1c.0", RP, .sec = 10, .sub = 11, GOOD },
        { "0a:00.0", CONV, .id = 0x10801b21, .sec = 11 },
        { "0b:02.0", CONV },
    };
    static const struct {
        const char *name;
        uint16_t passes[6], refused[6];
    } cases[] = {
        { "05:00.0", { 0x500 }, { 0x501, 0x504, 0x600, 0x508, 0x400 } },
        { "06:00.0", { 0x600, 0x601 }, { 0x608, 0x500, 0x700, 0x609 } },
        { "07:0e.0", { 0x770, 0x708 }, { 0x670, 0x800, 0x608 } },
        { "08:00.1", { 0x801, 0x803, 0x805, 0x807 },
          { 0x800, 0x802, 0x809, 0x701 } },
        { "09:01.0", { 0x0f0 }, { 0x908, 0x900, 0x0f1 } },
        { "0b:02.0", { 0xb00, 0xb10 }, { 0xa00, 0x0e0, 0xc00 } },
    };
    static struct world w;
    struct machine mc = standard(1, true);
    unsigned int i, j;

    boot(&mc, true);
    assert_int_equal(iommu_ir_setup(), 0);
    world_build(&w, fns, ARRAY_SIZE(fns));

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        struct msi_desc desc = { .remap_index = -1 };
        struct msi_msg msg = message(0x61, 3);
        struct iommu_dev dev = { .func = world_func(&w, cases[i].name) };
        struct pci_dev *pdev = host_pdev_add(sbdf_of(cases[i].name));

        pdev->iommu = &dev;
        desc.msi_attrib.type = PCI_CAP_ID_MSIX;
        desc.dev = pdev;
        assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), 0);
        for ( j = 0; cases[i].passes[j]; j++ )
            assert_int_equal(send(model[0], cases[i].passes[j], &msg, 0, NULL),
                             0);
        for ( j = 0; cases[i].refused[j]; j++ )
            assert_int_equal(send(model[0], cases[i].refused[j], &msg, 0, NULL),
                             FAULT_SOURCE);
        assert_int_equal(iommu_update_ire_from_msi(&desc, NULL), 0);
        pdev->iommu = NULL;
        host_pdev_del(pdev);
    }

    shut_down();
}

static void test_no_unit(void **state)
{
    struct machine mc = standard(1, true);
    struct msi_desc desc = { .remap_index = -1 };
    struct msi_msg msg = message(0x61, 3), wide = message(0x61, 300);
    struct pci_dev *pdev;

    boot(&mc, true);
    assert_int_equal(iommu_ir_setup(), 0);
    pdev = host_pdev_add(PCI_SBDF(1, 0, 0x40));
    desc.msi_attrib.type = PCI_CAP_ID_MSIX;
    desc.dev = pdev;
    assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), 0);
    assert_int_equal(msg.address_lo, message(0x61, 3).address_lo);
    assert_int_equal(msg.data, message(0x61, 3).data);
    assert_int_equal(iommu_update_ire_from_msi(&desc, &wide), -ERANGE);
    assert_int_equal(iommu_update_ire_from_msi(&desc, NULL), 0);
    host_pdev_del(pdev);
    shut_down();
}

static void test_hpet(void **state)
{
    struct machine mc = standard(2, true);
    struct msi_desc desc = {}, other = { .hpet_id = 3 };
    struct msi_msg msg = message(0x29, 3);
    struct vtd_model_irq irq;

    boot(&mc, true);
    assert_int_equal(iommu_setup_hpet_msi(&desc), 0);
    assert_int_equal(desc.remap_index, -1);

    assert_int_equal(iommu_ir_setup(), 0);
    assert_int_equal(iommu_setup_hpet_msi(&other), -ENODEV);
    assert_int_equal(iommu_setup_hpet_msi(&desc), 0);
    assert_int_equal(iommu_update_ire_from_msi(&desc, &msg), 0);
    assert_int_equal(send(model[0], SID_HPET, &msg, 0, &irq), 0);
    assert_int_equal(irq.vector, 0x29);
    assert_int_equal(send(model[0], SID_HPET + 7, &msg, 0, &irq), 0);
    assert_int_equal(send(model[0], SID_HPET + 8, &msg, 0, &irq), FAULT_SOURCE);
    assert_int_equal(iommu_update_ire_from_msi(&desc, NULL), 0);
    assert_int_equal(send(model[0], SID_HPET, &msg, 0, &irq),
                     FAULT_NOT_PRESENT);
    shut_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_msi),
        cmocka_unit_test(test_pci_sources),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_no_unit),
        cmocka_unit_test(test_hpet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
