/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pcidevs_lock is never held while a table is walked or hardware is waited for.
 *
 * assert_may_wait() guards everything that does either, in this program and in
 * every other.  Here each of these is called under the lock, and must refuse;
 * then a machine goes through the life of its devices and guests.
 */
#include "vtd-system.h"

#include "vtd/vtd.h"

#define RW (IOMMUF_readable | IOMMUF_writable)

#define assert_refused(stmt) do {                                       \
    pcidevs_lock();                                                     \
    if ( !HOST_CATCH(if ( stmt ) {}) )                                  \
        fail_msg("may be done under pcidevs_lock: %s", #stmt);          \
    if ( !strstr(host_fatal_text(), "pcidevs_mine()") )               \
        fail_msg("%s: %s", #stmt, host_fatal_text());                   \
    pcidevs_unlock();                                                   \
} while ( 0 )

static struct s2_table *table_of(struct domain *d)
{
    return list_first_entry(&s2_space_of(d)->tables, struct s2_table, link);
}

static void test_tables(void **state)
{
    unsigned int flags = 0, changed = 0;
    struct s2_table *table;
    struct pt_leaf leaf;
    mfn_t mfn;

    vm_up(&vtd_model_default);
    table = table_of(vm.guest);
    assert_refused(iommu_map(vm.guest, _dfn(1), _mfn(1), 1, RW, &flags));
    assert_refused(iommu_unmap(vm.guest, _dfn(1), 1, 0, &flags));
    assert_refused(iommu_legacy_map(vm.guest, _dfn(1), _mfn(1), 1, RW));
    assert_refused(iommu_legacy_unmap(vm.guest, _dfn(1), 1));
    assert_refused(iommu_lookup_page(vm.guest, _dfn(1), &mfn, &flags));
    assert_refused(iommu_iotlb_flush_all(vm.guest, IOMMU_FLUSHF_modified));
    assert_refused(iommu_free_pgtables(vm.guest));
    assert_refused(s2_table_map(table, 1, 1, 1, PT_PROT_R, &changed));
    assert_refused(s2_table_unmap(table, 1, 1, &changed));
    assert_refused(s2_table_lookup(table, 1, &leaf));
    assert_refused(s2_table_flush(table));
    assert_refused(s2_table_clear(table, 1));
    vm_down();
}

static void test_devices(void **state)
{
    struct iommu_group *group;
    struct iommu_dev *dev;

    vm_up(&vtd_model_default);
    dev = vm_dev(DEV_A);
    pcidevs_lock();
    group = iommu_group_get(dev);
    pcidevs_unlock();

    /* Attach and block are asserted in one place; this way nothing leaks. */
    assert_int_equal(iommu_group_set_owner(group, dev, vm.guest), 0);
    assert_refused(iommu_group_set_owner(group, dev, dom_io));
    assert_int_equal(iommu_group_set_owner(group, dev, dom_io), 0);
    iommu_group_put(group);

    assert_refused(vtd_invalidate_all(to_vtd_unit(dev->unit)));
    vm_down();
}

/* Xen's vPCI, before there is anybody to hold up. */
static void test_boot_is_exempt(void **state)
{
    unsigned int flags;
    mfn_t mfn;

    vm_up(&vtd_model_default);
    system_state = SYS_STATE_boot;
    pcidevs_lock();
    assert_int_equal(iommu_lookup_page(vm.guest, _dfn(1), &mfn, &flags),
                     -ENOENT);
    pcidevs_unlock();
    system_state = SYS_STATE_active;
    vm_down();
}

static uint64_t nr_waits(void)
{
    const struct iommu_unit *unit;
    uint64_t nr = 0;

    for_each_iommu_unit ( unit )
        nr += unit->nr_waits;

    return nr;
}

static void one_life(const struct vtd_model_cfg *cfg)
{
    uint64_t waits;

    vm_up(cfg);
    waits = nr_waits();
    vm_page(vm.guest, 0x10);
    assert_int_equal(vm_map(vm.guest, 0x200, 0x200, 0x400, RW), 0);
    assert_int_equal(vm_give(DEV_A, vm.guest), 0);
    assert_int_equal(vm_give(DEV_MULTI0, vm.guest), 0);
    assert_int_equal(vm_give(DEV_ATS, vm.guest2), 0);
    assert_int_equal(vm_give(DEV_BEHIND0, vm.guest2), 0);
    assert_int_equal(vm_dma(DEV_A, 0x10000, true), 0);
    assert_int_equal(vm_unmap(vm.guest, 0x3ff, 1), 0);
    assert_int_not_equal(vm_dma(DEV_A, 0x3ff000, true), 0);
    vm_settle();
    vm_unplug(DEV_MULTI0);
    vm_unplug(DEV_ATS);
    assert_int_equal(vm_give(DEV_A, dom_io), 0);
    assert_int_equal(vm_give(DEV_A, vm.guest2), 0);
    vm_domain_down(&vm.guest2);
    vm_domain_down(&vm.guest);
    assert_true(nr_waits() >= waits + 10);
    vm_down();
}

static void test_life(void **state)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    one_life(&cfg);
    cfg.caching_mode = true;
    one_life(&cfg);
    cfg.qi = false;
    cfg.ir = cfg.eim = cfg.dt = false;
    one_life(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VM_TEST(test_tables),
        VM_TEST(test_devices),
        VM_TEST(test_boot_is_exempt),
        VM_TEST(test_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
