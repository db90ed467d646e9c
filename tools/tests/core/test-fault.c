/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that go on faulting, and units that stop answering: who is named,
 * what is taken away after how many faults, and how it is given back.
 */
#include "dev-ids.h"
#include "group-fixture.h"

#include <pthread.h>

#include <xen/iommu.h>
#include <xen/pci_regs.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/fault.h>
#include <iommu-groups/pci.h>

static void fault(uint32_t id)
{
    const struct iommu_fault f = { .id = id, .addr = 0x5000, .code = 6,
                                   .reason = "not mapped", .write = true };

    iommu_fault_report(&mock_a0.unit, &f);
}

static bool mastering(pci_sbdf_t sbdf)
{
    return pci_conf_read16(sbdf, PCI_COMMAND) & PCI_COMMAND_MASTER;
}

static void set_mastering(pci_sbdf_t sbdf)
{
    pci_conf_write16(sbdf, PCI_COMMAND, PCI_COMMAND_MASTER);
}

/* Faults until bus mastering goes; how many it took. */
static unsigned int until_stopped(pci_sbdf_t sbdf)
{
    unsigned int n = 0;

    set_mastering(sbdf);
    while ( mastering(sbdf) )
    {
        assert_true(++n < 1000);
        fault(sbdf.bdf);
    }

    return n;
}

/* Who it was then stays on record, whatever becomes of the device. */
static void test_record(void **state)
{
    struct iommu_fault_record r;
    struct iommu_fault f;
    uint64_t seq;

    assert_int_equal(give(SINGLE, machine.guest), 0);
    fault(SINGLE.bdf);
    assert_int_equal(iommu_fault_last(&mock_a0.unit, SINGLE.bdf, &f, &seq), 0);
    assert_int_equal(iommu_fault_next(seq, &r), 0);
    assert_true(r.known);
    assert_int_equal(r.unit, mock_a0.unit.id);
    assert_int_equal(r.group, group_of(SINGLE)->id);
    assert_int_equal(r.owner, dev_of(SINGLE)->pdev->domain->domain_id);
    assert_string_equal(r.dev, "0000:00:02.0");
    assert_int_equal(r.fault.addr, 0x5000);

    fault(0x3333);
    assert_int_equal(iommu_fault_next(seq + 1, &r), 0);
    assert_false(r.known);
    assert_int_equal(r.owner, DOMID_INVALID);
    assert_int_equal(r.fault.id, 0x3333);
}

static void test_stopped_and_cut_off(void **state)
{
    struct iommu_group *group = group_of(SINGLE);
    unsigned int i;

    assert_int_equal(give(SINGLE, machine.guest), 0);

    for ( i = 1; i <= IOMMU_FAULT_STOPS; i++ )
    {
        assert_false(group->broken);
        assert_int_equal(until_stopped(SINGLE), PT_FAULT_THRESHOLD);
        assert_int_equal(dev_of(SINGLE)->nr_stops, i);
        assert_log("0000:00:02.0 keeps faulting: its bus mastering is switched off");
    }

    assert_true(group->broken);
    assert_null(reaches(SINGLE));
    assert_log("is broken and blocked: a device keeps faulting");

    /* Nobody can be given it, until the administrator says that it is over. */
    assert_int_equal(give(SINGLE, dom_io), 0);
    assert_int_equal(give(SINGLE, machine.guest2), -EBADF);
    assert_int_equal(iommu_group_mend(group), 0);
    assert_int_equal(dev_of(SINGLE)->nr_stops, 0);
    assert_int_equal(give(SINGLE, machine.guest2), 0);
    assert_ptr_equal(reaches(SINGLE), machine.guest2);
    assert_int_equal(until_stopped(SINGLE), PT_FAULT_THRESHOLD);
    assert_false(group->broken);
}

/*
 * What the queue had when bus mastering went is no reason for more; a device
 * that goes on without it is cut off all the same.
 */
static void test_burst(void **state)
{
    struct iommu_group *group = group_of(SINGLE);
    unsigned int i, n;

    assert_int_equal(give(SINGLE, machine.guest), 0);
    set_mastering(SINGLE);
    for ( i = 1; i <= IOMMU_FAULT_STOPS; i++ )
    {
        assert_false(group->broken);
        /* The round of the stop, and the next. */
        for ( n = 0; n < 10 * PT_FAULT_THRESHOLD; n++ )
            fault(SINGLE.bdf);
        iommu_fault_round(&mock_a0.unit);
        for ( n = 0; n < 10 * PT_FAULT_THRESHOLD; n++ )
            fault(SINGLE.bdf);
        assert_int_equal(dev_of(SINGLE)->nr_stops, i);
        iommu_fault_round(&mock_a0.unit);
    }
    assert_true(group->broken);
    assert_int_equal(dev_of(SINGLE)->nr_faults,
                     IOMMU_FAULT_STOPS * 20 * PT_FAULT_THRESHOLD);
}

/* What pci.c does after the group has a new owner. */
static void publish(pci_sbdf_t sbdf)
{
    pcidevs_lock();
    assert_int_equal(iommu_pci_bus.publish(dev_of(sbdf)), 0);
    pcidevs_unlock();
}

/* A guest's driver does not start again what Xen has stopped; hwdom's may. */
static void test_who_may_start_again(void **state)
{
    struct pci_dev *pdev = dev_of(SINGLE)->pdev;

    assert_int_equal(give(SINGLE, machine.hwdom), 0);
    publish(SINGLE);
    until_stopped(SINGLE);
    assert_false(pdev->no_master);
    assert_int_equal(dev_of(SINGLE)->nr_stops, 1);

    assert_int_equal(give(SINGLE, dom_io), 0);
    publish(SINGLE);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    publish(SINGLE);
    assert_int_equal(dev_of(SINGLE)->nr_stops, 0);
    until_stopped(SINGLE);
    assert_true(pdev->no_master);

    /* Its next owner did nothing, */
    assert_int_equal(give(SINGLE, dom_io), 0);
    publish(SINGLE);
    assert_false(pdev->no_master);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    publish(SINGLE);
    while ( !group_of(SINGLE)->broken )
        until_stopped(SINGLE);
    assert_true(pdev->no_master);

    /* but where the group is broken it stays off until that is mended. */
    assert_int_equal(give(SINGLE, dom_io), 0);
    publish(SINGLE);
    assert_true(pdev->no_master);
    assert_int_equal(iommu_group_mend(group_of(SINGLE)), 0);
    assert_false(pdev->no_master);
}

/* Of a unit that failed, nobody gets a device to be a master again. */
static void test_failed_unit_stops_masters(void **state)
{
    struct pci_dev *pdev = dev_of(SINGLE)->pdev;

    /* Not attached: what a failed unit may still walk is never used again. */
    set_mastering(SINGLE);
    iommu_unit_fail(&mock_a0.unit, "of a test");
    host_tasklets_run();
    assert_false(mastering(SINGLE));
    assert_true(pdev->no_master);
    assert_int_equal(iommu_group_mend(group_of(SINGLE)), -EIO);
    assert_true(pdev->no_master);

    pcidevs_lock();
    iommu_fault_pardon(dev_of(SINGLE));
    pcidevs_unlock();
    assert_true(pdev->no_master);
    mock_a0.unit.failed = false;
    assert_int_equal(iommu_group_mend(group_of(SINGLE)), 0);
    assert_false(pdev->no_master);
}

/* One that has no bus mastering is cut off at once: there is nothing else. */
static void test_no_pci_function(void **state)
{
    static struct iommu_dev node;
    struct iommu_group *group;
    unsigned int i;

    memset(&node, 0, sizeof(node));
    atomic_set(&node.refs, 1);
    node.name = "/soc/dma@1000";
    node.sbdf.sbdf = 0x0800;
    dev_id(&node, 0x0800);
    node.published = machine.guest;
    pcidevs_lock();
    assert_int_equal(iommu_dev_add(&node), 0);
    group = node.group;
    pcidevs_unlock();

    for ( i = 1; i < PT_FAULT_THRESHOLD; i++ )
        fault(0x0800);
    assert_false(group->broken);
    fault(0x0800);
    assert_true(group->broken);
    assert_log("/soc/dma@1000 goes on faulting");

    {
        struct domain *owner;

        assert_int_equal(iommu_dev_retire(group, &node, &owner), 0);
        put_domain(owner);
    }
    pcidevs_lock();
    iommu_dev_remove(&node);
    pcidevs_unlock();
    iommu_dev_forget(&node);
}

/* However often a device faults, and however slowly: so many lines. */
static void test_console_lines(void **state)
{
    static const s_time_t apart[] = { 0, MILLISECS(11), SECONDS(60) };
    unsigned int i, j;

    assert_int_equal(give(SINGLE, machine.guest), 0);
    publish(SINGLE);
    host_log_clear();
    for ( i = 0; i < ARRAY_SIZE(apart); i++ )
        for ( j = 0; j < 1000; j++ )
        {
            fault(SINGLE.bdf);
            fault(0x1234);
            iommu_fault_overflow(&mock_a0.unit);
            host_time_advance(apart[i]);
        }
    assert_in_range(host_log_lines(NULL), IOMMU_DEV_LINES,
                    3 * IOMMU_DEV_LINES + IOMMU_FAULT_STOPS + 2);
    assert_int_equal(dev_of(SINGLE)->nr_faults, 3000);
}

/* A device that left, or another one in its place, breaks no group. */
static void test_cut_off_after_it_left(void **state)
{
    struct iommu_group *group = group_of(F0);
    unsigned int i;

    for ( i = 0; i < IOMMU_FAULT_STOPS * PT_FAULT_THRESHOLD - 1; i++ )
    {
        set_mastering(F0);
        fault(F0.bdf);
    }
    assert_false(group->broken);
    iommu_groups_pci_retire(F0);
    /* Its ID leads to it until it is removed, and what it did goes on. */
    fault(F0.bdf);
    assert_int_equal(dev_of(F0)->nr_stops, IOMMU_FAULT_STOPS);
    assert_false(group->broken);
    unplug(F0);
}

/* Now and then one is no reason: the count halves. */
static void test_seldom(void **state)
{
    unsigned int i;

    set_mastering(SINGLE);
    for ( i = 0; i < 10 * PT_FAULT_THRESHOLD; i++ )
    {
        fault(SINGLE.bdf);
        host_time_advance(MILLISECS(11));
    }
    assert_true(mastering(SINGLE));
    assert_int_equal(dev_of(SINGLE)->nr_faults, 10 * PT_FAULT_THRESHOLD);
}

/* An ID that several carry: the one that somebody drives is named. */
static void test_shared_id(void **state)
{
    struct iommu_fault_record r;
    struct pci_dev *pdev = dev_of(BEHIND1)->pdev;

    assert_int_equal(give(BEHIND1, machine.guest), 0);
    pcidevs_lock();
    list_move_tail(&pdev->domain_list, &machine.guest->pdev_list);
    pdev->domain = machine.guest;
    pcidevs_unlock();

    fault(0x0500);
    assert_int_equal(iommu_fault_next(0, &r), 0);
    while ( !iommu_fault_next(r.seq + 1, &r) )
        /* the newest */;
    assert_string_equal(r.dev, "0000:05:01.0");
    assert_int_equal(r.owner, 1);

    pcidevs_lock();
    list_move_tail(&pdev->domain_list, &dom_io->pdev_list);
    pdev->domain = dom_io;
    pcidevs_unlock();
}

/* ---- a unit that two CPUs find dead ---- */

static pthread_barrier_t ready;

static void *declare_dead(void *arg)
{
    pthread_barrier_wait(&ready);
    iommu_unit_fail(&mock_a0.unit, "of a test");

    return NULL;
}

static void test_unit_fails_once(void **state)
{
    unsigned int i, j, nr = test_rounds(50, 2000);

    assert_int_equal(pthread_barrier_init(&ready, NULL, 2), 0);
    for ( i = 0; i < nr; i++ )
    {
        pthread_t threads[2];

        host_log_clear();
        for ( j = 0; j < 2; j++ )
            assert_int_equal(pthread_create(&threads[j], NULL, declare_dead,
                                            NULL), 0);
        for ( j = 0; j < 2; j++ )
            pthread_join(threads[j], NULL);
        assert_log("stopped answering");
        if ( host_log_lines(NULL) != 1 )
            fail_msg("round %u: %s", i, host_log_text());
        mock_a0.unit.failed = false;
    }
    pthread_barrier_destroy(&ready);
    host_tasklets_run();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_record), GROUP_TEST(test_stopped_and_cut_off),
        GROUP_TEST(test_seldom),
        GROUP_TEST(test_burst),
        GROUP_TEST(test_shared_id), GROUP_TEST(test_unit_fails_once),
        GROUP_TEST(test_who_may_start_again),
        GROUP_TEST(test_failed_unit_stops_masters),
        GROUP_TEST(test_no_pci_function), GROUP_TEST(test_console_lines),
        GROUP_TEST(test_cut_off_after_it_left),
    };

    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
