/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Core and VT-d driver together on two modelled units: what devices reach
 * while groups are given away, mapped for, unmapped, suspended and lost.
 */

#include "suite-system.h"
#include "vtd-system.h"

#include "models/vtd-regs.h"

static uint32_t gsts(unsigned int i)
{
    return vtd_model_read(vm.model[i], R_GSTS, 4);
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
    suite_system_blocked();
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
    suite_system_blocked();
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

/* A device TLB that is dead, as each unit tells of it. */
static void test_ats_dead(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;
    unsigned int i;

    for ( i = 0; i < 4; i++ )
    {
        cfg.ite_keeps_head = i & 1;
        cfg.no_itesid = i & 2;
        vm_prepare(&cfg);
        suite_system_ats_dead();
    }
}

#define SUITE(name)                                                     \
    static void test_##name(void **state)                               \
    {                                                                   \
        vm_prepare(&vtd_model_default);                                 \
        suite_system_##name();                                          \
    }

SUITE(attach)
SUITE(group)
SUITE(flush_cost)
SUITE(suspend)
SUITE(crash)
SUITE(ats)

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
