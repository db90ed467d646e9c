/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private tables: a group with reserved regions reaches them and what its guest
 * has mapped, no other group of the guest reaches them, and all tables follow
 * the p2m whatever happens meanwhile.
 */
#include "private-test.h"

static void test_region_is_private(void **state)
{
    require(&mock_a, SINGLE, SINGLE);
    map(machine.guest, 0, 0x5000, 0x70);
    map(machine.guest, 0x200, 0x8000, 0x400);   /* superpages as well */

    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SEG1), 0);

    assert_ptr_not_equal(walked(SINGLE), canonical(machine.guest));
    assert_ptr_equal(walked(SEG1), canonical(machine.guest));
    assert_mirror(machine.guest, walked(SINGLE), true, 0, 0x700);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);
    assert_int_equal(frame(walked(SEG1), FIRST), NONE);

    /* What changes later reaches both. */
    map(machine.guest, 0x70, 0x9000, 4);
    unmap(machine.guest, 0x210, 8);
    assert_mirror(machine.guest, walked(SINGLE), true, 0, 0x700);
    assert_int_equal(frame(walked(SINGLE), 0x71), 0x9001);
    assert_int_equal(frame(walked(SINGLE), 0x212), NONE);

    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
    assert_int_equal(frame(canonical(machine.guest), FIRST), NONE);
    assert_ptr_equal(walked(SEG1), canonical(machine.guest));
}

static unsigned int rights(pci_sbdf_t sbdf, uint64_t dfn)
{
    struct pt_leaf leaf;

    if ( s2_table_lookup(walked(sbdf), dfn, &leaf) )
        return 0;

    return leaf.prot & IOMMU_REGION_RW;
}

/* Firmware may want a device to do no more than read its region, or write it. */
static void test_rights(void **state)
{
    static const unsigned int prots[] = { PT_PROT_R, PT_PROT_W, 0 };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(prots); i++ )
    {
        mock_a.faults.region_prot = prots[i];
        require(&mock_a, SINGLE, SINGLE);
        assert_int_equal(assign(machine.guest, SINGLE), 0);
        assert_int_equal(rights(SINGLE, FIRST), prots[i] ?: IOMMU_REGION_RW);
        assert_int_equal(rights(SINGLE, LAST), prots[i] ?: IOMMU_REGION_RW);
        map(machine.guest, FIRST, 0x7000, 1);
        assert_int_equal(rights(SINGLE, FIRST), IOMMU_REGION_RW);
        unmap(machine.guest, FIRST, 1);
        assert_int_equal(rights(SINGLE, FIRST), prots[i] ?: IOMMU_REGION_RW);
        assert_int_equal(deassign(machine.guest, SINGLE), 0);
    }
}

/* No region, no second table. */
static void test_no_region(void **state)
{
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_ptr_equal(walked(SINGLE), canonical(machine.guest));
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
}

/* The hardware domain has what firmware wants in its own table. */
static void test_hwdom(void **state)
{
    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_ptr_equal(walked(SINGLE), canonical(machine.hwdom));
    assert_int_equal(owner_of(machine.hwdom)->nr_privates, 0);
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

/* The p2m has it one to one (HVM): still not for the other groups. */
static void test_hidden(void **state)
{
    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SEG1), 0);

    map(machine.guest, FIRST - 4, FIRST - 4, LAST - FIRST + 9);
    assert_int_equal(frame(walked(SEG1), FIRST - 1), FIRST - 1);
    assert_int_equal(frame(walked(SEG1), FIRST), NONE);
    assert_int_equal(frame(walked(SEG1), LAST), NONE);
    assert_int_equal(frame(walked(SEG1), LAST + 1), LAST + 1);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);
    assert_int_equal(frame(walked(SINGLE), LAST + 4), LAST + 4);

    unmap(machine.guest, FIRST - 4, LAST - FIRST + 9);
    assert_int_equal(frame(walked(SINGLE), FIRST - 1), NONE);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);
}

/* Relaxed: the guest's memory is there. It wins, as long as it is there. */
static void test_memory_wins(void **state)
{
    require(&mock_a, SINGLE, SINGLE);
    map(machine.guest, FIRST, 0x7000, 4);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(frame(walked(SINGLE), FIRST), 0x7000);
    assert_int_equal(frame(walked(SINGLE), FIRST + 4), FIRST + 4);

    unmap(machine.guest, FIRST, 2);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);
    assert_int_equal(frame(walked(SINGLE), FIRST + 2), 0x7002);
    map(machine.guest, FIRST, 0x7100, 1);
    assert_int_equal(frame(walked(SINGLE), FIRST), 0x7100);
    /* To itself: what was there before goes. */
    map(machine.guest, FIRST + 2, FIRST + 2, 1);
    assert_int_equal(frame(walked(SINGLE), FIRST + 2), FIRST + 2);
    assert_int_equal(frame(canonical(machine.guest), FIRST + 2), NONE);
}

/* One group, one table: members come to it and leave it. */
static void test_members(void **state)
{
    all_assignable();
    require(&mock_a, F1, F1);

    assert_int_equal(assign(machine.guest, F0), 0);
    assert_ptr_equal(walked(F0), canonical(machine.guest));

    /* The one with the region moves the whole group. */
    assert_int_equal(assign(machine.guest, F1), 0);
    assert_ptr_not_equal(walked(F0), canonical(machine.guest));
    assert_ptr_equal(walked(F0), walked(F1));
    assert_int_equal(frame(walked(F0), FIRST), FIRST);

    /* It leaves, and its region with it. */
    assert_int_equal(deassign(machine.guest, F1), 0);
    assert_int_equal(frame(walked(F0), FIRST), NONE);
    assert_mirror(machine.guest, walked(F0), false, 0, 0x200);

    assert_int_equal(deassign(machine.guest, F0), 0);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
    assert_int_equal(mock_tags(&mock_a), 2);  /* hwdom's, on two units */
}

/* Two members require the same region: it goes with the last of them. */
static void test_common_region(void **state)
{
    all_assignable();
    require(&mock_a, F0, F1);
    assert_int_equal(assign(machine.guest, F0), 0);
    assert_int_equal(assign(machine.guest, F1), 0);
    assert_int_equal(assign(machine.guest, F2), 0);

    assert_int_equal(deassign(machine.guest, F0), 0);
    assert_int_equal(frame(walked(F2), FIRST), FIRST);
    assert_int_equal(deassign(machine.guest, F1), 0);
    assert_int_equal(frame(walked(F2), FIRST), NONE);
}

/* Outside of the group: strict says no and names all of them. */
static void test_shared(void **state)
{
    unsigned int i;

    require(&mock_a, SINGLE, F0);
    /* The question comes without a policy, and more than once. */
    assert_int_equal(domctl(XEN_DOMCTL_test_assign_device, machine.guest,
                            SINGLE, 0), 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 0);
    assert_int_equal(assign(machine.guest, SINGLE), -EPERM);
    assert_log("0000:00:02.0 requires a reserved region that 0000:00:01.0 (d0) "
               "requires too: not assigned (rdm policy strict)");
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
    /* However many calls it takes, this is said once it is so. */
    host_log_clear();
    for ( i = 0; i < 1000; i++ )
        map(machine.guest, 0x4000 + 2 * i, 0x4000 + 2 * i, 1);
    host_preempt_every(1);
    assert_int_equal(domctl(XEN_DOMCTL_assign_device, machine.guest, SINGLE,
                            XEN_DOMCTL_DEV_RDM_RELAXED), 0);
    host_preempt_every(0);
    assert_true(continued);
    assert_int_equal(frame(walked(SINGLE), FIRST), FIRST);
    assert_log("requires too: they can use it for reaching each other");
    assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

/* Policy: a table of its own without any region. */
static void test_policy(void **state)
{
    set_policy(SINGLE, true);
    map(machine.guest, 0x100, 0x100, 16);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SEG1), 0);
    assert_ptr_not_equal(walked(SINGLE), walked(SEG1));
    assert_mirror(machine.guest, walked(SINGLE), false, 0, 0x200);

    /* Changed while it is attached: from the next time on. */
    set_policy(SINGLE, false);
    assert_ptr_not_equal(walked(SINGLE), walked(SEG1));
    assert_int_equal(deassign(machine.guest, SINGLE), 0);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_ptr_equal(walked(SINGLE), walked(SEG1));
}

/* Its flush goes to the private table's tag as well. */
static void test_flush(void **state)
{
    unsigned int flushes;

    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    map(machine.guest, 0x100, 0x100, 2);
    flushes = mock_a.seen.flushes;
    unmap(machine.guest, 0x100, 1);
    assert_int_equal(mock_a.seen.flushes, flushes + 1);
}

/* Pulled out while a guest has it: nothing of it is left there. */
static void test_unplug(void **state)
{
    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    host_log_clear();
    unplug(SINGLE);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
    assert_true(list_empty(&owner_of(machine.guest)->direct));
    assert_log("direct unmap d1 80-8f");
    plug(SINGLE);
}

/* The guest dies with a device, or in the middle of being given one. */
static void test_destroy(void **state)
{
    struct domain *d = domain_up(7, XEN_DOMCTL_CDF_iommu);

    require(&mock_a, SINGLE, SINGLE);
    map(d, 0x100, 0x100, 600);
    assert_int_equal(assign(d, SINGLE), 0);
    d->is_dying = DOMDYING_dying;
    domain_down(d);
    assert_null(reaches(SINGLE));

    d = domain_up(8, XEN_DOMCTL_CDF_iommu);
    map(d, 0x100, 0x100, 600);
    pcidevs_lock();
    assert_non_null(dev_of(SINGLE));
    pcidevs_unlock();
    {
        const struct iommu_region r = { FIRST, LAST, IOMMU_REGION_RW };
        uint64_t i;

        for ( i = 0; i < 4000; i++ )
            map(d, 0x10000 + 2 * i, 0x10000, 1);
        host_preempt_every(1);
        assert_int_equal(iommu_private_get(d, group_of(SINGLE),
                                           dev_of(SINGLE), &r, 1), -ERESTART);
        host_preempt_every(0);
    }
    d->is_dying = DOMDYING_dying;
    domain_down(d);
}

/* A long copy is done in parts. */
static void test_preempted(void **state)
{
    unsigned long i;

    require(&mock_a, SINGLE, SINGLE);
    for ( i = 0; i < 20000; i++ )
        map(machine.guest, 0x10000 + 2 * i, 0x10000 + i % 7, 1);
    host_preempt_every(1);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    host_preempt_every(0);
    assert_true(continued > 10);
    assert_mirror(machine.guest, walked(SINGLE), true, 0, 0x1b000);
}

/* The first part of assigning SINGLE to the guest, and no more. */
static void assign_in_part(void)
{
    struct xen_domctl op = {
        .cmd = XEN_DOMCTL_assign_device,
        .u.assign_device = { .dev = XEN_DOMCTL_DEV_PCI,
                             .u.pci.machine_sbdf = SINGLE.sbdf },
    };
    XEN_GUEST_HANDLE_PARAM(xen_domctl_t) handle = { &op };
    unsigned long i;

    require(&mock_a, SINGLE, SINGLE);
    for ( i = 0; i < 4000; i++ )
        map(machine.guest, 0x10000 + 2 * i, 0x10000, 1);
    host_preempt_every(1);
    assert_int_equal(iommu_do_domctl(&op, machine.guest, handle), -ERESTART);
    host_preempt_every(0);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 1);
}

/* What was made ready for a device goes with it, not with the guest. */
static void test_unplug_in_part(void **state)
{
    assign_in_part();
    unplug(SINGLE);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
    assert_int_equal(assign(machine.guest, SINGLE), -ENODEV);
    plug(SINGLE);
}

static void test_taken_in_part(void **state)
{
    assign_in_part();
    assert_int_equal(assign(machine.guest2, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SINGLE), -EBUSY);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);

    /* A refusal for whoever has it takes nothing away. */
    assert_int_equal(assign(machine.guest2, SINGLE), -EBUSY);
    assert_int_equal(owner_of(machine.guest2)->nr_privates, 1);
    assert_mirror(machine.guest2, walked(SINGLE), true, 0, 0x200);
}

/* Between its parts the guest goes on: before and behind where the copy is. */
static void test_changes_while_copying(void **state)
{
    const struct iommu_region r = { FIRST, LAST, IOMMU_REGION_RW };
    uint64_t seed = 5;
    unsigned long i;
    int rc;

    require(&mock_a, SINGLE, SINGLE);
    for ( i = 0; i < 20000; i++ )
        map(machine.guest, 0x10000 + 2 * i, 0x10000 + i % 7, 1);

    host_preempt_every(1);
    while ( (rc = iommu_private_get(machine.guest, group_of(SINGLE),
                                    dev_of(SINGLE), &r, 1)) == -ERESTART )
        for ( i = 0; i < 50; i++ )
        {
            uint64_t dfn = test_random(&seed) % 0x1b000;

            if ( i & 1 )
                unmap(machine.guest, dfn, 1 + i / 8);
            else
                map(machine.guest, dfn, 0x40000 + i, 1 + i / 8);
        }
    host_preempt_every(0);
    assert_int_equal(rc, 0);

    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_mirror(machine.guest, walked(SINGLE), true, 0, 0x1b400);
}

/* A region beyond what the table can express. */
static void test_width(void **state)
{
    mock_require(&mock_a, 1UL << 30, 1UL << 30, SINGLE, SINGLE);
    assert_int_equal(assign(machine.guest, SINGLE), -ERANGE);
    assert_ptr_equal(reaches(SINGLE), machine.hwdom);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_region_is_private), T(test_rights), T(test_no_region),
        T(test_hwdom),
        T(test_hidden), T(test_memory_wins), T(test_members),
        T(test_common_region), T(test_shared), T(test_policy), T(test_flush),
        T(test_unplug), T(test_destroy), T(test_preempted),
        T(test_unplug_in_part), T(test_taken_in_part),
        T(test_changes_while_copying), T(test_width),
    };

    return cmocka_run_group_tests_name("private", tests, NULL, NULL);
}
