/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Core and VT-d driver together on two modelled units: what devices reach
 * while groups are given away, mapped for, unmapped, suspended and lost.
 */

#include "vtd-system.h"

#include "models/vtd-regs.h"

static uint32_t gsts(unsigned int i)
{
    return vtd_model_read(vm.model[i], R_GSTS, 4);
}

static const pci_sbdf_t all_devs[] = {
    { .sbdf = 0x0010 }, { .sbdf = 0x0018 }, { .sbdf = 0x0019 },
    { .sbdf = 0x0028 }, { .sbdf = 0x0100 }, { .sbdf = 0x0500 },
    { .sbdf = 0x0508 }, { .sbdf = 0x00e0 }, { .sbdf = 0x00f0 },
};

static bool blocked(pci_sbdf_t sbdf)
{
    unsigned int reason = vm_dma(sbdf, 0x1000, false);

    return (reason == FAULT_ROOT || reason == FAULT_CONTEXT) &&
           vm_dma(sbdf, 0x1000, true) == reason;
}

static void assert_all_blocked(void)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(all_devs); i++ )
        assert_true(blocked(all_devs[i]));
}

static void test_bring_up(void **state)
{
    unsigned int i;

    assert_int_equal(vm_try(&vtd_model_default), 0);
    for ( i = 0; i < 2; i++ )
        assert_int_equal(gsts(i), G_SRTP | G_QIE);
    vm_clean();

    vm_up(&vtd_model_default);
    for ( i = 0; i < 2; i++ )
    {
        assert_int_equal(gsts(i), G_SRTP | G_QIE | G_TE);
        assert_int_equal(vtd_model_read(vm.model[i], R_FECTL, 4), 0);
    }
    assert_all_blocked();
    assert_string_equal(vm_unit(DEV_A)->drv->name, "vtd");
    assert_ptr_equal(vm_unit(DEV_ATS), vm_unit(DEV_B));
    assert_ptr_not_equal(vm_unit(DEV_A), vm_unit(DEV_B));
    vm_down();
}

/* What firmware left on: remapping of its own, its memory protected. */
static void test_left_on(void **state)
{
    static const struct { unsigned int off; uint32_t val; } writes[] = {
        { R_PLMBASE, 0 }, { R_PLMLIMIT, 0xffe00000 }, { R_PMEN, 0x80000000 },
        { R_GCMD, G_QIE }, { R_GCMD, G_QIE | G_SRTP },
        { R_IRTA, 0x2000 | 7 }, { R_GCMD, G_QIE | G_SIRTP },
        { R_GCMD, G_QIE | G_IRE }, { R_GCMD, G_QIE | G_IRE | G_TE },
    };
    uint64_t *root, *context;
    unsigned int i, n;

    assert_int_equal(vm_prepare(&vtd_model_default), 0);

    /* A device that passes, in tables that firmware forgot. */
    root = vm.pages[vm.nr_pages++] = alloc_xenheap_page();
    context = vm.pages[vm.nr_pages++] = alloc_xenheap_page();
    clear_page(root);
    clear_page(context);
    root[0] = virt_to_maddr(context) | 1;
    context[2 * DEV_A.devfn] = TT_PASS << 2 | 1;
    context[2 * DEV_A.devfn + 1] = 7 << 8 | 2;

    for ( n = 0; n < 2; n++ )
    {
        vtd_model_write(vm.model[n], R_RTADDR, virt_to_maddr(root), 8);
        for ( i = 0; i < ARRAY_SIZE(writes); i++ )
            vtd_model_write(vm.model[n], writes[i].off, writes[i].val, 4);
        /* And a fault that nobody looked at. */
        vtd_model_dma(vm.model[n], 0x99, 0x1000, 1, true, NULL);
        assert_int_equal(vtd_model_dma(vm.model[n], DEV_A.bdf, 1ULL << 32, 1,
                                       false, NULL), 0);
        vtd_model_forgive(vm.model[n]);
        assert_int_equal(gsts(n), G_TE | G_QIE | G_IRE | G_SRTP | G_SIRTP);
    }

    vm_continue();
    for ( n = 0; n < 2; n++ )
    {
        assert_int_equal(gsts(n) & ~(uint32_t)G_SIRTP, G_SRTP | G_QIE | G_TE);
        assert_int_equal(vtd_model_read(vm.model[n], R_PMEN, 4), 0);
        assert_int_equal(vtd_model_read(vm.model[n], R_FSTS, 4), 0);
    }
    assert_all_blocked();
    vm_down();
}

static void test_attach(void **state)
{
    static const pci_sbdf_t devs[] = { { .sbdf = 0x0010 }, { .sbdf = 0x0028 } };
    uint8_t data[32] = "arrives at the guest's page";
    unsigned int i;
    void *page;

    vm_up(&vtd_model_default);
    page = vm_page(vm.guest, 0x1234);

    for ( i = 0; i < ARRAY_SIZE(devs); i++ )
    {
        struct vtd_model *m = vm_model(devs[i]);

        assert_int_equal(vm_give(devs[i], vm.guest), 0);
        assert_int_equal(vtd_model_dma(m, devs[i].bdf, 0x1234100, sizeof(data),
                                       true, data), 0);
        assert_memory_equal((uint8_t *)page + 0x100, data, sizeof(data));
        assert_int_equal(vm_dma(devs[i], 0x1235000, false), FAULT_READ);
        assert_int_equal(vm_dma(devs[i], 0x1235000, true), FAULT_WRITE);

        assert_int_equal(vm_give(devs[i], dom_io), 0);
        assert_int_equal(vm_dma(devs[i], 0x1234000, true), FAULT_CONTEXT);
        assert_int_equal(vm_give(devs[i], vm.guest2), 0);
        assert_int_equal(vm_dma(devs[i], 0x1234000, true), FAULT_WRITE);
        assert_int_equal(vm_give(devs[i], vm.guest), 0);
        assert_int_equal(vm_dma(devs[i], 0x1234000, true), 0);
        assert_int_equal(vm_give(devs[i], dom_io), 0);
        memset(page, 0, 4096);
    }

    assert_all_blocked();
    vm_down();
}

/* A group's members move together, with all IDs they may carry. */
static void test_group(void **state)
{
    vm_up(&vtd_model_default);
    vm_page(vm.guest, 0x10);

    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_MULTI0, 0x10000, true), 0);
    assert_true(blocked(DEV_MULTI1));
    assert_int_equal(vm_give(DEV_MULTI1, vm.guest2), -EBUSY);
    assert_int_equal(vm_give(DEV_MULTI1, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_MULTI1, 0x10000, true), 0);
    assert_int_equal(vm_give(DEV_MULTI0, dom_io), 0);
    assert_true(blocked(DEV_MULTI0));
    assert_int_equal(vm_dma(DEV_MULTI1, 0x10000, true), 0);
    assert_int_equal(vm_give(DEV_MULTI1, dom_io), 0);
    assert_all_blocked();

    /* Behind the bridge everybody's DMA carries the ID of 05:00.0. */
    assert_int_equal(vm_give(DEV_BEHIND1, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_BEHIND1, 0x10000, true), 0);
    assert_int_equal(vm_dma(DEV_BEHIND0, 0x10000, true), 0);
    assert_int_equal(vm_give(DEV_BEHIND0, vm.guest2), -EBUSY);
    assert_int_equal(vm_give(DEV_BEHIND0, vm.guest), 0);
    assert_int_equal(vm_give(DEV_BEHIND1, dom_io), 0);
    assert_int_equal(vm_dma(DEV_BEHIND0, 0x10000, true), 0);

    /* One of them is pulled out: the others' ID stays. */
    vm_unplug(DEV_BEHIND1);
    assert_int_equal(vm_dma(DEV_BEHIND0, 0x10000, true), 0);
    assert_int_equal(vm_give(DEV_BEHIND0, dom_io), 0);
    assert_true(blocked(DEV_BEHIND0));
    vm_down();
}

/* One table, one tag and one invalidation for all devices on a unit. */
static void test_flush_cost(void **state)
{
    unsigned long pages, waits;

    vm_up(&vtd_model_default);
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, false), 0);
    assert_int_equal(vm_dma(DEV_MULTI0, 0x10000, false), 0);

    pages = vtd_model_count(vm.model[0], VTD_COUNT_IOTLB_PAGE);
    waits = vtd_model_count(vm.model[0], VTD_COUNT_QI_WAIT);
    assert_int_equal(vm_unmap(vm.guest, 0x10, 1), 0);
    assert_int_equal(vtd_model_count(vm.model[0], VTD_COUNT_IOTLB_PAGE) - pages,
                     1);
    assert_int_equal(vtd_model_count(vm.model[0], VTD_COUNT_QI_WAIT) - waits, 1);
    assert_int_equal(vtd_model_count(vm.model[1], VTD_COUNT_IOTLB_PAGE), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, false), FAULT_READ);
    assert_int_equal(vm_dma(DEV_MULTI0, 0x10000, false), FAULT_READ);

    /* A new mapping needs no invalidation. */
    waits = vtd_model_count(vm.model[0], VTD_COUNT_QI_WAIT);
    vm_page(vm.guest, 0x11);
    assert_int_equal(vtd_model_count(vm.model[0], VTD_COUNT_QI_WAIT), waits);
    assert_int_equal(vm_dma(DEV_A, 0x11000, false), 0);
    vm_down();
}

static void test_faults(void **state)
{
    unsigned int i;

    vm_up(&vtd_model_default);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);

    assert_int_equal(vm_dma(DEV_A, 0x7654321000, true), FAULT_WRITE);
    assert_int_equal(vm.nr_events, 1);
    vm_settle();
    assert_log("DMA write of 0000:00:02.0");
    assert_log("d1) address 0x7654321000 refused: write without permission");
    assert_int_equal(vtd_model_read(vm.model[0], R_FSTS, 4), 0);

    host_log_clear();
    assert_int_equal(vm_dma(DEV_MULTI1, 0x5000, false), FAULT_CONTEXT);
    vm_settle();
    assert_log("DMA read of 0000:00:03.1");
    assert_log("address 0x5000 refused: no context entry");

    /* Nobody's ID, and more than the unit can record. */
    host_log_clear();
    vtd_model_dma(vm.model[0], 0x0888, 0x3000, 4, false, NULL);
    vtd_model_dma(vm.model[0], 0x0888, 0x4000, 4, false, NULL);
    vm_settle();
    assert_log("unknown device 0x888");
    assert_log("more faults than it can record");
    assert_int_equal(vtd_model_read(vm.model[0], R_FSTS, 4), 0);

    /* One that goes on loses bus mastering. */
    host_log_clear();
    pci_conf_write16(DEV_A, PCI_COMMAND, 6);
    for ( i = 0; i < 30; i++ )
    {
        vm_dma(DEV_A, 0x100000 + i * 0x1000, false);
        vm_settle();
    }
    assert_log("keeps faulting");
    assert_int_equal(pci_conf_read16(DEV_A, PCI_COMMAND), 2);
    vm_down();
}

static void test_suspend(void **state)
{
    unsigned int i;

    vm_up(&vtd_model_default);
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_give(DEV_B, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, false), 0);

    assert_int_equal(iommu_suspend(), 0);
    for ( i = 0; i < 2; i++ )
        vtd_model_reset(vm.model[i]);
    iommu_resume();
    for ( i = 0; i < 2; i++ )
    {
        assert_int_equal(gsts(i), G_SRTP | G_QIE | G_TE);
        assert_int_equal(vtd_model_read(vm.model[i], R_FECTL, 4), 0);
    }
    assert_int_equal(vm_dma(DEV_A, 0x10000, false), 0);
    assert_int_equal(vm_dma(DEV_B, 0x10000, false), 0);
    assert_true(blocked(DEV_MULTI0));
    vm_settle();
    assert_log("0000:00:03.0");

    /* The queue works on. */
    assert_int_equal(vm_unmap(vm.guest, 0x10, 1), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, false), FAULT_READ);
    assert_int_equal(vm_dma(DEV_B, 0x10000, false), FAULT_READ);
    vm_down();
}

static void test_crash(void **state)
{
    struct iommu_unit *unit;

    vm_up(&vtd_model_default);
    for_each_iommu_unit ( unit )
        unit->drv->unit->crash_shutdown(unit);
    assert_int_equal(gsts(0) & (G_TE | G_QIE | G_IRE), 0);
    assert_int_equal(gsts(1) & (G_TE | G_QIE | G_IRE), 0);
    vm_down();
}

static unsigned int ats_write(uint64_t addr)
{
    uint32_t val = 0x1234abcd;

    return vtd_model_ats_dma(vm_model(DEV_ATS), DEV_ATS.bdf, addr, 4, true,
                             &val);
}

static unsigned int ats_request(uint64_t addr, unsigned int *prot)
{
    return vtd_model_ats_request(vm_model(DEV_ATS), DEV_ATS.bdf, addr, prot);
}

static bool ats_enabled_in_device(void)
{
    return pci_conf_read16(DEV_ATS, 0x146) & 0x8000;
}

static void test_ats(void **state)
{
    unsigned int prot;
    uint32_t *page;

    vm_up(&vtd_model_default);
    page = vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_ATS, vm.guest), 0);
    assert_true(ats_enabled_in_device());
    assert_true(vm_dev(DEV_ATS)->ats);

    assert_int_equal(ats_request(0x10000, &prot), 0);
    assert_int_equal(prot, 3);
    assert_int_equal(ats_write(0x10004), 0);
    assert_int_equal(page[1], 0x1234abcd);

    /* Unmapped: the device's TLB knows it when the flush returns. */
    assert_int_equal(vm_unmap(vm.guest, 0x10, 1), 0);
    assert_int_equal(ats_write(0x10004), VTD_MODEL_UR);
    assert_int_equal(vm_map(vm.guest, 0x10, virt_to_mfn(page), 1,
                            IOMMUF_readable | IOMMUF_writable), 0);
    assert_int_equal(ats_request(0x10000, &prot), 0);
    assert_int_equal(ats_write(0x10004), 0);

    /* Given back: nothing of it is left, and the capability is off. */
    assert_int_equal(vm_give(DEV_ATS, dom_io), 0);
    assert_false(ats_enabled_in_device());
    assert_int_not_equal(ats_write(0x10004), 0);
    assert_int_not_equal(ats_request(0x10000, &prot), 0);
    assert_int_equal(prot, 0);
    /* What a device kept from one owner does not reach the next one's memory. */
    assert_int_equal(vm_give(DEV_ATS, vm.guest), 0);
    assert_int_equal(ats_request(0x10000, &prot), 0);
    assert_int_equal(prot, 3);
    assert_int_equal(vm_give(DEV_ATS, vm.guest2), 0);
    assert_int_equal(ats_write(0x10004), VTD_MODEL_UR);
    vm_down();
}

/* A device that does not answer is cut off; the rest of the unit lives. */
static void test_ats_dead(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int i;

    for ( i = 0; i < 4; i++ )
    {
        unsigned int prot;

        cfg.ite_keeps_head = i & 1;
        cfg.no_itesid = i & 2;
        vm_up(&cfg);
        vm_page(vm.guest, 0x10);
        assert_int_equal(vm_give(DEV_ATS, vm.guest), 0);
        assert_int_equal(vm_give(DEV_B, vm.guest), 0);
        assert_int_equal(ats_request(0x10000, &prot), 0);
        assert_int_equal(vm_dma(DEV_B, 0x10000, false), 0);

        vtd_model_ats_dead(vm_model(DEV_ATS), DEV_ATS.bdf, true);
        assert_int_equal(vm_unmap(vm.guest, 0x10, 1), 0);
        assert_log("did not confirm an invalidation");
        assert_int_not_equal(ats_write(0x10000), 0);
        assert_true(blocked(DEV_ATS));
        assert_false(ats_enabled_in_device());
        assert_int_equal(vm_dma(DEV_B, 0x10000, false), FAULT_READ);
        assert_false(vm_unit(DEV_B)->failed);
        vm_settle();
        assert_true(vm_dev(DEV_ATS)->group->broken);
        assert_int_equal(vm_give(DEV_ATS, vm.guest), -EBADF);
        vm_down();
    }
}

/* Client machines: four levels only, and fewer bits than three would have. */
static void test_narrow(void **state)
{
    static const struct { uint8_t sagaw, mgaw; } units[] = {
        { 4, 39 }, { 4, 42 }, { 4, 30 }, { 6, 39 }, { 12, 48 }, { 8, 39 },
        { 2, 36 },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(units); i++ )
    {
        struct vtd_model_cfg cfg = vtd_model_default;
        uint64_t top = (1ULL << units[i].mgaw) - PAGE_SIZE;

        cfg.sagaw = units[i].sagaw;
        cfg.mgaw = units[i].mgaw;
        vm_up(&cfg);
        assert_int_equal(vm_give(DEV_A, vm.guest), 0);
        assert_int_equal(vm_dma(DEV_A, top, true), FAULT_WRITE);
        vm_page(vm.guest, top >> PAGE_SHIFT);
        assert_int_equal(vm_dma(DEV_A, top, true), 0);
        assert_int_equal(vm_dma(DEV_A, top + PAGE_SIZE, true), FAULT_ADDRESS);
        vm_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_narrow),
        VM_TEST(test_bring_up),
        VM_TEST(test_left_on),
        VM_TEST(test_attach),
        VM_TEST(test_group),
        VM_TEST(test_flush_cost),
        VM_TEST(test_faults),
        VM_TEST(test_suspend),
        VM_TEST(test_crash),
        VM_TEST(test_ats),
        VM_TEST(test_ats_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
