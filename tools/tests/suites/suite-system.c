/* SPDX-License-Identifier: GPL-2.0-only */
#include "suite-system.h"

#include <iommu-groups/driver.h>

static const pci_sbdf_t all_devs[] = {
    { .sbdf = 0x0010 }, { .sbdf = 0x0018 }, { .sbdf = 0x0019 },
    { .sbdf = 0x0028 }, { .sbdf = 0x0100 }, { .sbdf = 0x0500 },
    { .sbdf = 0x0508 }, { .sbdf = 0x00e0 }, { .sbdf = 0x00f0 },
};

void suite_system_blocked(void)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(all_devs); i++ )
        assert_true(vm_blocked(all_devs[i]));
}

void suite_system_attach(void)
{
    static const pci_sbdf_t devs[] = { { .sbdf = 0x0010 }, { .sbdf = 0x0028 } };
    uint8_t data[32] = "arrives at the guest's page";
    unsigned int i;
    void *page;

    vm_continue();
    page = vm_page(vm.guest, 0x1234);

    for ( i = 0; i < ARRAY_SIZE(devs); i++ )
    {
        assert_int_equal(vm_give(devs[i], vm.guest), 0);
        assert_int_equal(vm.ops->dma(vm_index(devs[i]), devs[i].bdf, 0x1234100,
                                     sizeof(data), true, data), 0);
        assert_memory_equal((uint8_t *)page + 0x100, data, sizeof(data));
        assert_int_equal(vm_dma_end(devs[i], 0x1235000, false), VM_ABSENT);
        assert_int_equal(vm_dma_end(devs[i], 0x1235000, true), VM_ABSENT);

        assert_int_equal(vm_give(devs[i], dom_io), 0);
        assert_int_equal(vm_dma_end(devs[i], 0x1234000, true), VM_BLOCKED);
        assert_int_equal(vm_give(devs[i], vm.guest2), 0);
        assert_int_equal(vm_dma_end(devs[i], 0x1234000, true), VM_ABSENT);
        assert_int_equal(vm_give(devs[i], vm.guest), 0);
        assert_int_equal(vm_dma(devs[i], 0x1234000, true), 0);
        assert_int_equal(vm_give(devs[i], dom_io), 0);
        memset(page, 0, 4096);
    }

    suite_system_blocked();
    vm_down();
}

/* A group's members move together, with all IDs they may carry. */
void suite_system_group(void)
{
    vm_continue();
    vm_page(vm.guest, 0x10);

    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_MULTI0, 0x10000, true), 0);
    assert_true(vm_blocked(DEV_MULTI1));
    assert_int_equal(vm_give(DEV_MULTI1, vm.guest2), -EBUSY);
    assert_int_equal(vm_give(DEV_MULTI1, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_MULTI1, 0x10000, true), 0);
    assert_int_equal(vm_give(DEV_MULTI0, dom_io), 0);
    assert_true(vm_blocked(DEV_MULTI0));
    assert_int_equal(vm_dma(DEV_MULTI1, 0x10000, true), 0);
    assert_int_equal(vm_give(DEV_MULTI1, dom_io), 0);
    suite_system_blocked();

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
    assert_true(vm_blocked(DEV_BEHIND0));
    vm_down();
}

/* One table, one tag and one invalidation for all devices on a unit. */
void suite_system_flush_cost(void)
{
    unsigned long pages, waits, others;

    vm_continue();
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, false), 0);
    assert_int_equal(vm_dma(DEV_MULTI0, 0x10000, false), 0);

    pages = vm.ops->count(0, VM_PAGES);
    others = vm.ops->count(1, VM_PAGES);
    waits = vm.ops->count(0, VM_WAITS);
    assert_int_equal(vm_unmap(vm.guest, 0x10, 1), 0);
    assert_int_equal(vm.ops->count(0, VM_PAGES) - pages,
                     1);
    assert_int_equal(vm.ops->count(0, VM_WAITS) - waits, 1);
    assert_int_equal(vm.ops->count(1, VM_PAGES), others);
    assert_int_equal(vm_dma_end(DEV_A, 0x10000, false), VM_ABSENT);
    assert_int_equal(vm_dma_end(DEV_MULTI0, 0x10000, false), VM_ABSENT);

    /* A new mapping needs no invalidation. */
    waits = vm.ops->count(0, VM_WAITS);
    vm_page(vm.guest, 0x11);
    assert_int_equal(vm.ops->count(0, VM_WAITS), waits);
    assert_int_equal(vm_dma(DEV_A, 0x11000, false), 0);
    vm_down();
}

void suite_system_suspend(void)
{
    unsigned int i;

    vm_continue();
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_give(DEV_B, vm.guest), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, false), 0);

    assert_int_equal(iommu_suspend(), 0);
    for ( i = 0; i < 2; i++ )
        vm.ops->reset(i);
    iommu_resume();
    for ( i = 0; i < 2; i++ )
        assert_true(vm.ops->is_on(i));
    assert_int_equal(vm_dma(DEV_A, 0x10000, false), 0);
    assert_int_equal(vm_dma(DEV_B, 0x10000, false), 0);
    assert_true(vm_blocked(DEV_MULTI0));
    vm_settle();
    assert_log("0000:00:03.0");

    /* The queue works on. */
    assert_int_equal(vm_unmap(vm.guest, 0x10, 1), 0);
    assert_int_equal(vm_dma_end(DEV_A, 0x10000, false), VM_ABSENT);
    assert_int_equal(vm_dma_end(DEV_B, 0x10000, false), VM_ABSENT);
    vm_down();
}

void suite_system_crash(void)
{
    struct iommu_unit *unit;

    vm_continue();
    for_each_iommu_unit ( unit )
        unit->drv->unit->crash_shutdown(unit);
    assert_true(vm.ops->is_off(0));
    assert_true(vm.ops->is_off(1));
    vm_down();
}

static unsigned int ats_write(uint64_t addr)
{
    uint32_t val = 0x1234abcd;

    return vm.ops->ats_dma(vm_index(DEV_ATS), DEV_ATS.bdf, addr, 4, true, &val);
}

static unsigned int ats_request(uint64_t addr, unsigned int *prot)
{
    return vm.ops->ats_request(vm_index(DEV_ATS), DEV_ATS.bdf, addr, prot);
}

static bool ats_enabled_in_device(void)
{
    return pci_conf_read16(DEV_ATS, VM_ATS_POS + 6) & 0x8000;
}

void suite_system_ats(void)
{
    unsigned int prot;
    uint32_t *page;

    vm_continue();
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
    assert_int_equal(ats_write(0x10004), VM_UR);
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
    assert_int_equal(ats_write(0x10004), VM_UR);
    vm_down();
}

/* A device that does not answer is cut off; the rest of the unit lives. */
void suite_system_ats_dead(void)
{
    unsigned int prot;

    vm_continue();
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_give(DEV_ATS, vm.guest), 0);
    assert_int_equal(vm_give(DEV_B, vm.guest), 0);
    assert_int_equal(ats_request(0x10000, &prot), 0);
    assert_int_equal(vm_dma(DEV_B, 0x10000, false), 0);

    vm.ops->ats_dead(vm_index(DEV_ATS), DEV_ATS.bdf, true);
    assert_int_equal(vm_unmap(vm.guest, 0x10, 1), 0);
    assert_log("did not confirm an invalidation");
    assert_int_not_equal(ats_write(0x10000), 0);
    assert_true(vm_blocked(DEV_ATS));
    assert_false(ats_enabled_in_device());
    assert_int_equal(vm_dma_end(DEV_B, 0x10000, false), VM_ABSENT);
    assert_false(vm_unit(DEV_B)->failed);
    vm_settle();
    assert_true(vm_dev(DEV_ATS)->group->broken);
    assert_int_equal(vm_give(DEV_ATS, vm.guest), -EBADF);
    vm_down();
}
