/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * States that meet: broken and changing hands, parted and plugged in, quarantined
 * on the scratch page and warned of, dying and being assigned to. Whatever
 * happens, each function's DMA reaches what its owner has, or nothing.
 */
#include "private-test.h"

#include <iommu-groups/fault.h>
#include <iommu-groups/pci.h>
#include <iommu-groups/policy.h>

static int cross_down(void **state)
{
    iommu_groups_warn = false;

    return machine_down(state);
}

static void break_group(pci_sbdf_t sbdf)
{
    struct iommu_group *group = group_of(sbdf);

    iommu_group_lock(group);
    iommu_group_break(group, "the test says so");
    iommu_group_unlock(group);
}

/* ---- broken × ownership ---- */

/* Whoever has it, and whoever is to have it: nothing is attached. */
static void test_broken_and_given(void **state)
{
    struct domain *const all[] = { machine.hwdom, machine.guest,
                                   machine.guest2, dom_io };
    unsigned int from, to;

    for ( from = 0; from < ARRAY_SIZE(all); from++ )
        for ( to = 0; to < ARRAY_SIZE(all); to++ )
        {
            int rc;

            assert_int_equal(give(SINGLE, dom_io), 0);
            assert_int_equal(give(SINGLE, all[from]), 0);
            break_group(SINGLE);
            assert_null(reaches(SINGLE));

            rc = give(SINGLE, all[to]);
            assert_int_equal(rc, all[to] == dom_io ? 0 : -EBADF);
            assert_null(reaches(SINGLE));
            assert_ptr_equal(dev_of(SINGLE)->owner, all[rc ? from : to]);
            iommu_group_settle(group_of(SINGLE));
            assert_null(reaches(SINGLE));
            assert_sound();

            assert_int_equal(iommu_group_mend(group_of(SINGLE)), 0);
            assert_sound();
        }
}

/* Devices that come to a broken group, and leave it. */
static void test_broken_and_plugged(void **state)
{
    all_assignable();
    assert_int_equal(assign(machine.guest, F0), 0);
    unplug(F2);
    break_group(F0);

    plug(F2);
    assert_ptr_equal(group_of(F2), group_of(F0));
    assert_int_equal(assign(machine.guest, F2), -EBADF);
    assert_int_equal(give(F2, machine.hwdom), -EBUSY);
    assert_null(reaches(F2));
    unplug(F0);
    assert_true(group_of(F2)->broken);
    assert_int_equal(give(F2, machine.hwdom), -EBADF);
    assert_sound();

    assert_int_equal(iommu_group_mend(group_of(F2)), 0);
    assert_int_equal(assign(machine.guest, F2), 0);
    plug(F0);
    assert_sound();
}

/* A table of the test's own is for no broken group, and no used one. */
static void test_broken_and_attached(void **state)
{
    struct s2_table *table = canonical(machine.guest);

    assert_int_equal(give(SINGLE, dom_io), 0);
    break_group(SINGLE);
    assert_int_equal(iommu_group_attach_table(group_of(SINGLE), table), -EBADF);
    assert_null(reaches(SINGLE));
}

/* ---- hidden × ownership ---- */

static void test_hidden(void **state)
{
    struct pci_dev *pdev;

    unplug(F2);
    /* As the console's: Xen's own when it is found, and shown later. */
    pdev = plug_as(F2, dom_xen, 0);
    assert_ptr_equal(dev_of(F2)->owner, dom_xen);
    assert_ptr_equal(dev_of(F2)->owner, dom_xen);
    pdev->domain = machine.hwdom;

    assert_int_equal(assign(dom_io, F0), 0);
    assert_int_equal(assign(dom_io, F1), 0);
    assert_int_equal(assign(machine.guest, F0), -EBUSY);
    assert_int_equal(give(F2, machine.guest), -EBUSY);
    assert_sound();
    pdev->domain = dom_io;
}

/* ---- parted × plugged in ---- */

/* A newcomer with the ID of what was taken apart belongs to it. */
static void test_parted_and_plugged(void **state)
{
    iommu_groups_warn = true;
    all_assignable();
    assert_int_equal(assign(machine.guest2, F1), 0);
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_true(group_of(F0)->parted);
    assert_sound();

    unplug(F2);
    assert_int_equal(deassign(machine.guest2, F1), 0);
    mock_a.faults.alias_dev = F2.bdf;
    mock_a.faults.alias_id = F0.bdf;
    plug(F2);
    assert_ptr_equal(group_of(F2), group_of(F0));
    assert_int_equal(give(F2, machine.guest2), -EBUSY);
    assert_sound();
    unplug(F2);
    mock_a.faults.alias_dev = 0;

    /* One without it joins the others. */
    plug(F2);
    assert_sound();
}

/* ---- scratch × warn ---- */

/* What is attached moves to no other group without being moved in hardware. */
static void test_scratch_and_warn(void **state)
{
    unsigned int i;
    const pci_sbdf_t f[] = { F0, F1, F2 };

    iommu_groups_warn = true;
    for ( i = 0; i < 3; i++ )
        assert_int_equal(assign(dom_io, f[i]), 0);
    assert_ptr_equal(reaches(F1), dom_io);
    assert_int_equal(assign(machine.guest2, F1), 0);
    assert_sound();

    (void)assign(machine.guest, F0);
    assert_sound();
    for ( i = 0; i < 3; i++ )
        if ( dev_of(f[i])->next_owner == dom_io )
            assert_true(!reaches(f[i]) || reaches(f[i]) == dom_io ||
                        iommu_dev_share_id(dev_of(f[i]), dev_of(F1)));
    iommu_groups_warn = false;
}

/* A group that is blocked because of a guest's former device is, too. */
static void test_scratch_and_tainted(void **state)
{
    unsigned int alloc;

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
    assert_log("shares its requester ID and was a guest's");
    assert_sound();
    assert_ptr_equal(reaches(F1), dom_io);

    for ( alloc = 1; alloc < 4; alloc++ )
    {
        mock_a.faults.alloc = alloc % 3;
        (void)assign(machine.guest, F2);
        mock_a.faults.alloc = 0;
        assert_sound();
        if ( dev_of(F2)->pdev->domain == machine.guest )
            assert_int_equal(deassign(machine.guest, F2), 0);
        assert_sound();
    }
    iommu_groups_warn = false;
}

/* ---- tainted × warn ---- */

/* Blocked, but not nobody's: it is not taken out of its group. */
static void test_tainted_and_warn(void **state)
{
    unplug(F1);
    mock_a.faults.alias_dev = F1.bdf;
    mock_a.faults.alias_id = F0.bdf;
    plug(F1);
    mock_a.faults.alias_dev = 0;
    all_assignable();
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_int_equal(deassign(machine.guest, F0), 0);
    assert_int_equal(give(F1, machine.hwdom), 0);
    assert_true(dev_of(F0)->tainted &&
                dev_of(F1)->attached->type == S2_BLOCKED);

    iommu_groups_warn = true;
    assert_int_equal(assign(machine.guest, F0), -EBUSY);
    assert_ptr_equal(group_of(F0), group_of(F2));
    assert_false(group_of(F0)->parted);
    assert_sound();
    iommu_groups_warn = false;
}

/* ---- broken × tied ---- */

/* What joins a broken group is broken, whichever of the two was there first. */
static void test_broken_and_tied(void **state)
{
    static const pci_sbdf_t broken[] = { F0, SINGLE };
    unsigned int i;

    all_assignable();
    assert_int_equal(give(SINGLE, dom_io), 0);
    unplug(F2);
    for ( i = 0; i < ARRAY_SIZE(broken); i++ )
    {
        struct iommu_group *group;

        if ( group_of(F0) == group_of(SINGLE) )
        {
            unplug(SINGLE);
            plug(SINGLE);
        }
        assert_ptr_not_equal(group_of(F0), group_of(SINGLE));
        group = group_of(broken[i]);
        iommu_group_lock(group);
        iommu_group_break(group, "a test says so");
        iommu_group_unlock(group);
        assert_false(group_of(broken[!i])->broken);

        mock_a.faults.alias_dev = F2.bdf;
        mock_a.faults.alias_id = SINGLE.bdf;
        plug(F2);
        mock_a.faults.alias_dev = 0;
        assert_true(group_of(F2) == group_of(F0) &&
                    group_of(F2) == group_of(SINGLE) && group_of(F2)->broken);
        assert_int_equal(give(broken[!i], machine.guest), -EBADF);
        assert_sound();
        assert_int_equal(iommu_group_mend(group_of(F2)), 0);
        unplug(F2);
    }
}

/* ---- scratch × failing ---- */

/* However giving up fails: what a guest had, nobody's device goes on using. */
static void give_up(unsigned int attach, bool for_good, bool half,
                    unsigned int alloc, unsigned int tag)
{
    int rc;

    assert_int_equal(give(SINGLE, machine.guest), 0);
    mock_a.faults.attach = attach;
    mock_a.faults.attach_for_good = for_good;
    mock_a.faults.attach_half = half;
    mock_a.faults.alloc = alloc;
    mock_a.faults.tag = tag;
    rc = give(SINGLE, dom_io);
    mock_a.faults.attach = mock_a.faults.alloc = mock_a.faults.tag = 0;
    mock_a.faults.attach_for_good = mock_a.faults.attach_half = false;

    assert_int_equal(rc, 0);
    assert_ptr_equal(dev_of(SINGLE)->owner, dom_io);
    assert_true(!reaches(SINGLE) || reaches(SINGLE) == dom_io);
    assert_sound();
    if ( group_of(SINGLE)->broken )
        assert_int_equal(iommu_group_mend(group_of(SINGLE)), 0);
}

static void test_scratch_fails(void **state)
{
    assert_int_equal(give(SINGLE, dom_io), 0);
    give_up(0, false, false, 0, 0);
    give_up(1, false, false, 0, 0);
    give_up(1, false, true, 0, 0);
    give_up(1, true, false, 0, 0);
    give_up(1, true, true, 0, 0);
    give_up(0, false, false, 1, 0);
    give_up(0, false, false, 0, 1);
}

/* ---- dying × assign ---- */

static struct domain *victim;
static unsigned long die_at, waits;

static void dies(void *arg)
{
    if ( ++waits == die_at )
        victim->is_dying = DOMDYING_dying;
}

/* It begins to die at any moment that hardware is waited for. */
static void test_dying_and_assigned(void **state)
{
    unsigned int n;
    int rc;

    require(&mock_a, SINGLE, SINGLE);
    for ( n = 1; n < 100; n++ )
    {
        struct pci_dev *pdev = dev_of(SINGLE)->pdev;

        assert_int_equal(assign(dom_io, SINGLE), 0);
        victim = domain_up(7, XEN_DOMCTL_CDF_iommu);
        die_at = n;
        waits = 0;
        host_on_wait(dies, NULL);
        rc = assign(victim, SINGLE);
        host_on_wait(NULL, NULL);

        if ( victim->is_dying )
        {
            assert_int_equal(rc, -EINVAL);
            assert_ptr_equal(pdev->domain, dom_io);
            assert_ptr_equal(dev_of(SINGLE)->owner, dom_io);
            assert_null(reaches(SINGLE));
            assert_true(list_empty(&owner_of(victim)->direct));
            assert_int_equal(owner_of(victim)->nr_privates, 0);
        }
        else
            assert_int_equal(rc, 0);
        assert_sound();

        rc = victim->is_dying;
        victim->is_dying = DOMDYING_dying;
        domain_down(victim);
        if ( !rc )
            break;
        assert_int_equal(deassign(dom_io, SINGLE), 0);
    }
    assert_true(n > 1 && n < 100);
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

/* ---- a device that faulted and has left ---- */

static void test_left_and_cut_off(void **state)
{
    const struct iommu_fault f = { .id = F0.bdf, .addr = 0x5000, .code = 6,
                                   .reason = "not mapped", .write = true };
    unsigned int i;

    all_assignable();
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_int_equal(assign(machine.guest, F1), 0);
    iommu_groups_pci_retire(F0);
    /* None of them is left from before a stop: a round of draining each. */
    for ( i = 0; i < 1000; i++ )
    {
        mock_a0.unit.fault_round += 2;
        iommu_fault_report(&mock_a0.unit, &f);
    }
    assert_false(group_of(F1)->broken);
    assert_ptr_equal(reaches(F1), machine.guest);
    assert_null(reaches(F0));
    unplug(F0);
}

/* ---- anything, in any order ---- */

static const pci_sbdf_t everybody[] = {
    F0, F1, F2, SINGLE, BEHIND0, BEHIND1, OTHER, SEG1,
};

static void any_fault(uint64_t *seed)
{
    struct mock_driver *drv = test_random(seed) % 4 ? &mock_a : &mock_b;
    uint64_t r = test_random(seed);

    drv->faults.attach = r % 5 ? 0 : 1 + r / 5 % 3;
    drv->faults.attach_half = r & 0x100;
    drv->faults.attach_for_good = !(r & 0xe00);
    r = test_random(seed);
    drv->faults.alloc = r % 7 ? 0 : 1 + r / 7 % 2;
    drv->faults.tag = r % 11 ? 0 : 1;
    if ( !(test_random(seed) % 5) )
        host_fail_nth(1 + test_random(seed) % 6);
}

static void no_fault(void)
{
    memset(&mock_a.faults, 0, sizeof(mock_a.faults));
    memset(&mock_b.faults, 0, sizeof(mock_b.faults));
    host_fail_nth(0);
}

static void any_step(uint64_t *seed)
{
    struct domain *const all[] = { machine.hwdom, machine.guest,
                                   machine.guest2, dom_io };
    pci_sbdf_t sbdf = everybody[test_random(seed) % ARRAY_SIZE(everybody)];
    struct domain *d = all[test_random(seed) % ARRAY_SIZE(all)];
    struct iommu_dev *dev = dev_of(sbdf);

    if ( !dev || !dev->group )
    {
        host_fail_nth(0);
        plug_any(sbdf);
        return;
    }

    switch ( test_random(seed) % 16 )
    {
    case 0:
        break_group(sbdf);
        break;
    case 1:
        (void)iommu_group_mend(group_of(sbdf));
        break;
    case 2:
        iommu_groups_warn = test_random(seed) & 1;
        break;
    case 3:
        no_fault();
        unplug(sbdf);
        break;
    case 4:
        (void)iommu_groups_pci_settle(sbdf);
        break;
    case 5 ... 10:
        if ( d != machine.hwdom )
            (void)assign(d, sbdf);
        break;
    default:
        if ( dev->pdev->domain != machine.hwdom )
            (void)deassign(dev->pdev->domain, sbdf);
        break;
    }
}

static void walk(uint64_t seed)
{
    unsigned long i, steps = test_rounds(3000, 60000);

    for ( i = 0; i < steps; i++ )
    {
        any_fault(&seed);
        any_step(&seed);
        no_fault();
        assert_sound();
    }

    for ( i = 0; i < ARRAY_SIZE(everybody); i++ )
        if ( !dev_of(everybody[i]) )
            plug_any(everybody[i]);
    iommu_groups_warn = false;
    host_log_clear();
}

static void test_anything(void **state)
{
    walk(0x9e3779b97f4a7c15);
}

static void test_anything_scratch(void **state)
{
    walk(0xd1b54a32d192ed03);
}

#define X(name) cmocka_unit_test_setup_teardown(name, booted, cross_down)
#define S(name) cmocka_unit_test_setup_teardown(name, scratch_up, scratch_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        X(test_broken_and_given), X(test_broken_and_plugged),
        X(test_broken_and_attached), X(test_hidden),
        X(test_parted_and_plugged), X(test_tainted_and_warn),
        X(test_broken_and_tied), S(test_scratch_and_warn),
        S(test_scratch_and_tainted), S(test_scratch_fails),
        X(test_dying_and_assigned),
        X(test_left_and_cut_off), X(test_anything), S(test_anything_scratch),
    };

    return cmocka_run_group_tests_name("state-cross", tests, NULL, NULL);
}
