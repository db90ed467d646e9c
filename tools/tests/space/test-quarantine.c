/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "iommu=quarantine=scratch-page": parked devices read one page, wherever they
 * read, and nothing else; whatever they required of a guest is gone.
 */
#include "private-test.h"

#include <iommu-groups/policy.h>

static void assert_parked(pci_sbdf_t sbdf)
{
    static const uint64_t dfns[] = { 0, FIRST, LAST, 0x12345, 0x3ffff };
    struct pt_leaf leaf;
    unsigned int i;

    assert_ptr_equal(dev_of(sbdf)->pdev->domain, dom_io);
    assert_ptr_equal(reaches(sbdf), dom_io);
    for ( i = 0; i < ARRAY_SIZE(dfns); i++ )
    {
        assert_int_equal(s2_table_lookup(walked(sbdf), dfns[i], &leaf), 0);
        assert_int_equal(leaf.mfn, scratch);
        assert_false(leaf.prot & PT_PROT_W);
    }
}

static void test_parked(void **state)
{
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_parked(SINGLE);
    assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_ptr_equal(reaches(SINGLE), machine.hwdom);
}

/* A guest with such a device dies. */
static void test_region_released(void **state)
{
    struct domain *d = domain_up(7, XEN_DOMCTL_CDF_iommu);

    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_parked(SINGLE);

    map(d, 0x100, 0x100, 16);
    assert_int_equal(assign(d, SINGLE), 0);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);

    host_log_clear();
    d->is_dying = DOMDYING_dying;
    assert_int_equal(pci_release_devices(d), 0);
    assert_no_log("failed");
    assert_parked(SINGLE);
    assert_int_equal(owner_of(d)->nr_privates, 0);
    assert_true(list_empty(&owner_of(d)->direct));
    assert_true(list_empty(&owner_of(dom_io)->direct));
    domain_down(d);

    /* And the hardware domain has it again, with its region. */
    assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_ptr_equal(reaches(SINGLE), machine.hwdom);
    assert_false(list_empty(&owner_of(machine.hwdom)->direct));
}

/* Detached in a guest's life, and given to the next. */
static void test_region_moves_on(void **state)
{
    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_parked(SINGLE);
    assert_int_equal(assign(machine.guest2, SINGLE), 0);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);
    assert_int_equal(deassign(machine.guest2, SINGLE), 0);
    assert_parked(SINGLE);
}

/*
 * Policy "warn" takes a device out of a group that is parked because of what a
 * guest had: it reads the page until then, the others do again afterwards.
 */
static void test_parts(void **state)
{
    iommu_groups_warn = true;
    unplug(F1);
    mock_a.faults.alias_dev = F1.bdf;
    mock_a.faults.alias_id = F0.bdf;
    plug(F1);
    mock_a.faults.alias_dev = 0;
    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(assign(dom_io, F2), 0);
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_int_equal(deassign(machine.guest, F0), 0);
    assert_int_equal(deassign(dom_io, F1), 0);
    assert_ptr_equal(reaches(F2), dom_io);
    assert_int_equal(domctl(XEN_DOMCTL_test_assign_device, machine.guest, F2,
                            0), 0);
    assert_ptr_equal(reaches(F2), dom_io);

    assert_int_equal(assign(machine.guest, F2), 0);
    assert_true(group_of(F2)->parted);
    assert_ptr_equal(reaches(F2), machine.guest);
    assert_ptr_equal(reaches(F0), dom_io);
    assert_ptr_equal(reaches(F1), dom_io);
    assert_int_equal(deassign(machine.guest, F2), 0);
    assert_parked(F2);
    iommu_groups_warn = false;
}

/* Two groups that are parked are not in use: a newcomer makes them one. */
static void test_merges(void **state)
{
    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(assign(dom_io, F1), 0);
    assert_int_equal(assign(dom_io, SINGLE), 0);
    unplug(F2);
    assert_parked(F0);
    assert_parked(SINGLE);
    assert_ptr_not_equal(group_of(F0), group_of(SINGLE));

    mock_a.faults.alias_dev = F2.bdf;
    mock_a.faults.alias_id = SINGLE.bdf;
    host_log_clear();
    plug(F2);
    assert_int_equal(iommu_groups_pci_settle(F2), 0);
    mock_a.faults.alias_dev = 0;
    assert_no_log("in use");
    assert_ptr_equal(group_of(F0), group_of(F2));
    assert_ptr_equal(group_of(SINGLE), group_of(F2));
    assert_parked(F0);
    assert_parked(SINGLE);
}

/* What is read is zero, whatever the memory was before, by units of each kind. */
static void test_zeroes(void **state)
{
    const uint8_t *page = maddr_to_virt((paddr_t)scratch << PAGE_SHIFT);
    unsigned int i;

    for ( i = 0; i < PAGE_SIZE; i++ )
        assert_int_equal(page[i], 0);
    assert_int_equal(assign(dom_io, OTHER), 0);
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_ptr_not_equal(walked(OTHER), walked(SINGLE));
    assert_parked(OTHER);
    assert_parked(SINGLE);
    assert_int_equal(deassign(dom_io, OTHER), 0);
    assert_int_equal(deassign(dom_io, SINGLE), 0);
}

static bool ask(pci_sbdf_t sbdf)
{
    struct iommu_group *group = group_of(sbdf);
    bool asked;

    iommu_group_lock(group);
    asked = iommu_scratch_ask(group);
    iommu_group_unlock(group);

    return asked;
}

/* Who is asked leaves the page, once, and comes back; others stay there. */
static void test_leaves(void **state)
{
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_int_equal(assign(dom_io, OTHER), 0);
    assert_true(ask(SINGLE));
    assert_parked(SINGLE);
    iommu_scratch_leave();
    assert_null(reaches(SINGLE));
    assert_parked(OTHER);
    /* It is not there any more. */
    assert_false(ask(SINGLE));
    iommu_scratch_return();
    assert_parked(SINGLE);
    iommu_scratch_leave();
    assert_parked(SINGLE);
    assert_parked(OTHER);

    /* One that found an owner meanwhile is its owner's. */
    assert_true(ask(SINGLE));
    assert_int_equal(give(SINGLE, machine.guest), 0);
    iommu_scratch_leave();
    assert_ptr_equal(reaches(SINGLE), machine.guest);
    assert_false(ask(SINGLE));
    iommu_scratch_return();
    assert_ptr_equal(reaches(SINGLE), machine.guest);
    assert_int_equal(give(SINGLE, dom_io), 0);
    iommu_scratch_leave();
    assert_parked(SINGLE);
}

/* A group that is broken is blocked, and has nothing to leave. */
static void test_broken(void **state)
{
    struct iommu_group *group = group_of(SINGLE);

    assert_int_equal(assign(dom_io, SINGLE), 0);
    iommu_group_lock(group);
    iommu_group_break(group, "of a test");
    iommu_group_unlock(group);
    assert_false(ask(SINGLE));
    iommu_scratch_leave();
    iommu_scratch_return();
    assert_null(reaches(SINGLE));
    assert_int_equal(iommu_group_mend(group), 0);
    assert_parked(SINGLE);
}

#define S(name) cmocka_unit_test_setup_teardown(name, scratch_up, scratch_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        S(test_parked), S(test_region_released), S(test_region_moves_on),
        S(test_parts), S(test_merges), S(test_zeroes), S(test_leaves),
        S(test_broken),
    };

    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
