/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that go on faulting, and units that stop answering: who is named,
 * what is taken away after how many faults, and how it is given back.
 */
#include "group-fixture.h"

#include <pthread.h>

#include <xen/iommu.h>
#include <xen/pci_regs.h>

#include <iommu-groups/fault.h>

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
        GROUP_TEST(test_stopped_and_cut_off), GROUP_TEST(test_seldom),
        GROUP_TEST(test_shared_id), GROUP_TEST(test_unit_fails_once),
    };

    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
