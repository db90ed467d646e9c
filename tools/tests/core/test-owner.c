/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership: docs/design.md, Ownership. What a group is attached to follows
 * from its members' owners; a refusal changes nothing; a failure is undone, or
 * the group is blocked.
 */
#include "group-fixture.h"
#include "sweep.h"

/* ---- the table of the design ---- */

static void test_guest_and_parked(void **state)
{
    assert_int_equal(give(F0, machine.guest), 0);
    assert_ptr_equal(reaches(F0), machine.guest);
    /* Told apart by the hardware: blocked on their own. */
    assert_null(reaches(F1));
    assert_null(reaches(F2));

    assert_int_equal(give(F1, machine.guest), 0);
    assert_ptr_equal(mock_dev_reaches(dev_of(F1)),
                     mock_dev_reaches(dev_of(F0)));

    assert_int_equal(give(F0, dom_io), 0);
    assert_null(reaches(F0));
    assert_ptr_equal(reaches(F1), machine.guest);
}

static void test_hwdom_and_parked(void **state)
{
    assert_int_equal(give(F0, machine.hwdom), 0);
    assert_ptr_equal(reaches(F0), machine.hwdom);
    assert_null(reaches(F1));
}

static void test_all_parked(void **state)
{
    assert_int_equal(give(F0, machine.guest), 0);
    assert_int_equal(give(F0, dom_io), 0);
    assert_null(group_of(F0)->s2);
    assert_int_equal(mock_a.seen.domains_now, 0);
    assert_int_equal(mock_tags(&mock_a), 0);
}

/* -EBUSY names the device, its owner, and what to do; nothing moves. */
static void refused(pci_sbdf_t sbdf, struct domain *d, int rc,
                    const char *text)
{
    char before[SNAPSHOT_SIZE];
    unsigned int commands = mock_a0.unit.nr_commands;
    int got;

    snapshot(before);
    host_log_clear();
    got = give(sbdf, d);
    if ( got != rc )
        fail_msg("%d instead of %d", got, rc);
    assert_log(text);
    assert_int_equal(host_log_lines(NULL), 1);
    assert_unchanged(before);
    assert_int_equal(mock_a0.unit.nr_commands, commands);
}

static void test_guest_and_hwdom(void **state)
{
    assert_int_equal(give(F1, machine.hwdom), 0);
    refused(F0, machine.guest, -EBUSY,
            "0000:00:01.0 cannot be given to d1: 0000:00:01.1 belongs to d0");
}

static void test_hwdom_and_guest(void **state)
{
    assert_int_equal(give(F1, machine.guest), 0);
    refused(F0, machine.hwdom, -EBUSY, "0000:00:01.1 belongs to d1");
}

static void test_two_guests(void **state)
{
    assert_int_equal(give(F2, machine.guest), 0);
    refused(F0, machine.guest2, -EBUSY,
            "0000:00:01.0 cannot be given to d2: 0000:00:01.2 belongs to d1; "
            "make it assignable or give it to d2 too");
}

static int claim(pci_sbdf_t sbdf, struct domain *d)
{
    struct iommu_group *group = group_of(sbdf);
    struct iommu_dev *dev = dev_of(sbdf);
    int rc;

    iommu_group_lock(group);
    rc = iommu_dev_claim(group, dev, d);
    iommu_group_unlock(group);

    return rc;
}

static void test_xen_device(void **state)
{
    assert_int_equal(claim(F1, dom_xen), 0);
    refused(F0, machine.guest, -EBUSY, "0000:00:01.1 belongs to d[XEN]");
    refused(F1, machine.guest, -EBUSY,
            "0000:00:01.1 is used by Xen and cannot be given to d1");
    /* The hardware domain may have its neighbours. */
    assert_int_equal(give(F0, machine.hwdom), 0);
}

/* Some of its DMA passes no unit: the hardware domain's, and nobody else's. */
static void test_partial(void **state)
{
    dev_of(F1)->partial = true;
    refused(F1, machine.guest, -EBUSY,
            "0000:00:01.1 is not translated in part and cannot be given to d1");
    assert_int_equal(give(F1, machine.hwdom), 0);
    dev_of(F1)->partial = false;
}

static void test_bridge(void **state)
{
    refused(BRIDGE, machine.guest, -EBUSY,
            "0000:00:1e.0 is a bridge and cannot be given to d1");
    /* It does not count as a member. */
    assert_int_equal(give(BRIDGE, machine.hwdom), 0);
    assert_int_equal(give(BEHIND0, machine.guest), 0);
    assert_ptr_equal(reaches(BEHIND0), machine.guest);
}

static void test_no_table(void **state)
{
    refused(F0, machine.plain, -EXDEV, "0000:00:01.0 cannot be given to d3: "
            "it has no passthrough= or no table that mocka0 can walk");
}

/* A domain from before the other driver's first device: no fitting format. */
static void test_no_format(void **state)
{
    struct domain *d;

    unplug(OTHER);
    d = domain_up(7, XEN_DOMCTL_CDF_iommu);
    plug(OTHER);
    refused(OTHER, d, -EXDEV, "cannot be given to d7");
    domain_down(d);
}

static int lacks_formats(const struct iommu_dev *first, struct pt_config *cfg)
{
    return -EOPNOTSUPP;
}

/* A unit that walks no table at all has no place for guests' devices. */
static void test_no_format_at_all(void **state)
{
    const struct iommu_dev_ops *was = mock_a.drv.dev;
    struct iommu_dev_ops ops = *was;

    ops.table_config = lacks_formats;
    mock_a.drv.dev = &ops;
    refused(SINGLE, machine.guest, -EXDEV, "has no passthrough= or no table");
    mock_a.drv.dev = was;
    assert_int_equal(give(SINGLE, machine.guest), 0);
}

static void test_left(void **state)
{
    struct iommu_group *group;
    struct domain *owner;

    pcidevs_lock();
    group = iommu_group_get(dev_of(F0));
    pcidevs_unlock();

    assert_int_equal(iommu_dev_retire(group, dev_of(F0), &owner), 0);
    put_domain(owner);
    assert_int_equal(iommu_dev_retire(group, dev_of(F0), &owner), -ENODEV);
    assert_int_equal(iommu_group_set_owner(group, dev_of(F0), machine.guest),
                     -ENODEV);
    assert_int_equal(iommu_group_set_owner(group, dev_of(SINGLE),
                                           machine.guest), -ENODEV);
    iommu_group_put(group);
}

static void test_may_own(void **state)
{
    struct iommu_group *group = group_of(F0);
    struct iommu_dev *dev = dev_of(F0);
    struct domain *holder = NULL;
    pci_sbdf_t in_way = { .sbdf = 0 };

    iommu_group_lock(group);
    assert_int_equal(iommu_group_may_own(group, dev, machine.guest, &in_way,
                                         &holder), 0);
    iommu_group_unlock(group);
    assert_int_equal(give(F2, machine.guest), 0);
    host_log_clear();
    iommu_group_lock(group);
    assert_int_equal(iommu_group_may_own(group, dev, machine.guest2, &in_way,
                                         &holder), -EBUSY);
    iommu_group_unlock(group);
    assert_int_equal(in_way.sbdf, F2.sbdf);
    assert_ptr_equal(holder, machine.guest);
    assert_int_equal(host_log_lines(NULL), 0);
}

/* ---- shared requester IDs ---- */

static void test_shared_id_follows(void **state)
{
    assert_int_equal(give(BEHIND0, machine.guest), 0);
    /* The hardware cannot tell the parked one apart. */
    assert_ptr_equal(mock_reaches(&mock_a0, 0x0500), mock_dev_reaches(dev_of(BEHIND0)));
    assert_int_equal(give(BEHIND1, machine.hwdom), -EBUSY);
    assert_int_equal(give(BEHIND0, dom_io), 0);
    assert_null(mock_reaches(&mock_a0, 0x0500));
}

static void test_taint(void **state)
{
    assert_int_equal(give(BEHIND0, machine.guest), 0);
    assert_int_equal(give(BEHIND0, dom_io), 0);
    assert_true(dev_of(BEHIND0)->tainted);

    /* Its DMA would carry the ID of a device of the hardware domain. */
    host_log_clear();
    assert_int_equal(give(BEHIND1, machine.hwdom), 0);
    assert_null(mock_reaches(&mock_a0, 0x0500));
    assert_null(reaches(BEHIND1));
    assert_log("0000:05:00.0 shares its requester ID and was a guest's; "
               "return it to d0 as well");

    assert_int_equal(give(BEHIND0, machine.hwdom), 0);
    assert_false(dev_of(BEHIND0)->tainted);
    assert_ptr_equal(reaches(BEHIND1), machine.hwdom);
    assert_ptr_equal(reaches(BEHIND0), machine.hwdom);
}

/* IDs of its own: the tainted one is blocked and hurts nobody. */
static void test_taint_own_id(void **state)
{
    assert_int_equal(give(F0, machine.guest), 0);
    assert_int_equal(give(F0, dom_io), 0);
    assert_int_equal(give(F1, machine.hwdom), 0);
    assert_ptr_equal(reaches(F1), machine.hwdom);
    assert_null(reaches(F0));
}

/* Unplugging one of two that share an ID leaves the other one working. */
static void test_shared_id_unplug(void **state)
{
    assert_int_equal(give(BEHIND0, machine.guest), 0);
    assert_int_equal(give(BEHIND1, machine.guest), 0);
    unplug(BEHIND0);
    assert_non_null(mock_reaches(&mock_a0, 0x0500));
    assert_ptr_equal(reaches(BEHIND1), machine.guest);
    unplug(BEHIND1);
    assert_null(mock_reaches(&mock_a0, 0x0500));
}

static void test_unplug_assigned(void **state)
{
    assert_int_equal(give(SINGLE, machine.guest), 0);
    unplug(SINGLE);
    assert_int_equal(mock_a.seen.domains_now, 0);
    assert_int_equal(mock_tags(&mock_a), 0);
    assert_null(mock_reaches(&mock_a0, SINGLE.sbdf));
}

/* ---- failures on the way ---- */

/* All three are hwdom's; they go to dom_io and the third one's attach fails. */
static void three_for(struct domain *d)
{
    assert_int_equal(give(F0, d), 0);
    assert_int_equal(give(F1, d), 0);
    assert_int_equal(give(F2, d), 0);
}

/* A group that is to be re-attached as a whole: bridges follow hwdom. */
static void test_rollback(void **state)
{
    unsigned int half;

    for ( half = 0; half < 2; half++ )
    {
        char before[SNAPSHOT_SIZE];

        assert_int_equal(give(F0, machine.hwdom), 0);
        snapshot(before);
        mock_a.faults.attach = 1;
        mock_a.faults.attach_half = half;
        assert_int_equal(give(F1, machine.hwdom), -EIO);
        assert_unchanged(before);
        assert_log("attaching 0000:00:01.1 failed");
        mock_a.faults.attach = 0;
        assert_int_equal(give(F0, dom_io), 0);
    }
}

/*
 * Owners change while devices are parked, so a whole group moves when it is
 * settled: claim all three for the guest, then attach them at once.
 */
static void claim_all(struct domain *d)
{
    assert_int_equal(claim(F0, d), 0);
    assert_int_equal(claim(F1, d), 0);
    assert_int_equal(claim(F2, d), 0);
}

static void test_settle(void **state)
{
    claim_all(machine.hwdom);
    assert_null(reaches(F0));
    assert_int_equal(iommu_group_settle(group_of(F0)), 0);
    assert_ptr_equal(reaches(F0), machine.hwdom);
    assert_ptr_equal(reaches(F2), machine.hwdom);
    assert_int_equal(mock_a.seen.allocs, 1);

    assert_int_equal(claim(F0, machine.guest), -EBUSY);
}

static void test_rollback_whole_group(void **state)
{
    unsigned int nth, half;

    for ( half = 0; half < 2; half++ )
        for ( nth = 1; nth <= 3; nth++ )
        {
            char before[SNAPSHOT_SIZE];

            claim_all(machine.guest);
            snapshot(before);
            mock_a.faults.attach = nth;
            mock_a.faults.attach_half = half;
            assert_int_equal(iommu_group_settle(group_of(F0)), -EIO);
            assert_unchanged(before);
            assert_int_equal(mock_a.seen.domains_now, 0);
        }

    mock_a.faults.attach = 0;
    assert_int_equal(iommu_group_settle(group_of(F0)), 0);
    assert_ptr_equal(reaches(F2), machine.guest);
}

/* From one live domain to another, as in passthrough mode: identity and back. */
static void test_rollback_to_live_domain(void **state)
{
    unsigned int nth;

    three_for(machine.hwdom);

    for ( nth = 1; nth <= 3; nth++ )
    {
        char before[SNAPSHOT_SIZE];

        snapshot(before);
        /* The first two members move, or one, or none. */
        claim_all(machine.hwdom);
        mock_a.faults.attach = nth;
        group_of(F0)->owner = machine.guest;    /* forces a new domain */
        assert_int_equal(iommu_group_settle(group_of(F0)), -EIO);
        group_of(F0)->owner = machine.hwdom;
        assert_unchanged(before);
    }
    mock_a.faults.attach = 0;
}

static void test_rollback_fails(void **state)
{
    three_for(machine.hwdom);
    group_of(F0)->owner = machine.guest;
    mock_a.faults.attach = 2;
    mock_a.faults.attach_for_good = true;
    assert_int_equal(iommu_group_settle(group_of(F0)), -EIO);

    assert_true(group_of(F0)->broken);
    assert_null(reaches(F0));
    assert_null(reaches(F1));
    assert_null(reaches(F2));
    assert_log("is broken and blocked: its old domain could not be restored");
    assert_int_equal(mock_a.seen.domains_now, 0);

    mock_a.faults.attach = 0;
    assert_int_equal(give(F0, dom_io), 0);
    assert_int_equal(give(F1, dom_io), 0);
    assert_int_equal(give(F2, dom_io), 0);
    host_log_clear();
    refused(F0, machine.guest, -EBADF, "the group is broken");
}

/* ---- sweeps ---- */

static char world[SNAPSHOT_SIZE];

static void sweep_setup(void *arg)
{
    mock_a.faults.attach = 0;
    snapshot(world);
}

static int sweep_give(void *arg)
{
    return give(F1, machine.guest);
}

static int sweep_settle(void *arg)
{
    int rc;

    claim_all(machine.guest);
    rc = iommu_group_settle(group_of(F0));
    if ( rc )
        claim_all(dom_io);

    return rc;
}

static void sweep_check(void *arg, int rc, bool reached)
{
    if ( rc )
    {
        assert_true(rc == -ENOMEM || rc == -EIO);
        assert_unchanged(world);
    }
    else
        assert_ptr_equal(reaches(F1), machine.guest);
}

static void sweep_teardown(void *arg)
{
    assert_int_equal(give(F0, dom_io), 0);
    assert_int_equal(give(F1, dom_io), 0);
    assert_int_equal(give(F2, dom_io), 0);
    assert_null(reaches(F1));
    dev_of(F0)->tainted = dev_of(F1)->tainted = dev_of(F2)->tainted = false;
}

static void arm_command(void *arg, unsigned long nth)
{
    mock_a.faults.attach = nth;
}

static bool command_reached(void *arg)
{
    return !mock_a.faults.attach;
}

static void test_sweep(void **state)
{
    static const struct sweep one = {
        "give one", sweep_setup, sweep_give, sweep_check, sweep_teardown,
    };
    static const struct sweep all = {
        "settle all", sweep_setup, sweep_settle, sweep_check, sweep_teardown,
    };
    static const struct sweep_kind commands = {
        "attach", arm_command, command_reached, NULL,
    };

    assert_true(sweep_allocations(&one, NULL) >= 2);
    assert_true(sweep_allocations_from(&one, NULL) >= 2);
    assert_int_equal(sweep_run(&one, &commands, NULL), 1);
    assert_true(sweep_allocations(&all, NULL) >= 2);
    assert_int_equal(sweep_run(&all, &commands, NULL), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_guest_and_parked), GROUP_TEST(test_hwdom_and_parked),
        GROUP_TEST(test_all_parked), GROUP_TEST(test_guest_and_hwdom),
        GROUP_TEST(test_hwdom_and_guest), GROUP_TEST(test_two_guests),
        GROUP_TEST(test_xen_device), GROUP_TEST(test_bridge),
        GROUP_TEST(test_partial),
        GROUP_TEST(test_no_table), GROUP_TEST(test_no_format),
        GROUP_TEST(test_no_format_at_all),
        GROUP_TEST(test_left), GROUP_TEST(test_may_own),
        GROUP_TEST(test_shared_id_follows), GROUP_TEST(test_taint),
        GROUP_TEST(test_taint_own_id), GROUP_TEST(test_shared_id_unplug),
        GROUP_TEST(test_unplug_assigned), GROUP_TEST(test_rollback),
        GROUP_TEST(test_settle), GROUP_TEST(test_rollback_whole_group),
        GROUP_TEST(test_rollback_to_live_domain),
        GROUP_TEST(test_rollback_fails), GROUP_TEST(test_sweep),
    };

    return cmocka_run_group_tests_name("owner", tests, NULL, NULL);
}
