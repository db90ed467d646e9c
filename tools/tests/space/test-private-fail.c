/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private tables when memory runs out at each step in turn, and while other
 * CPUs change the guest's p2m: nothing is lost, nothing is left behind.
 */
#include "private-test.h"
#include "sweep.h"

#include <pthread.h>

/* ---- each step failing in turn ---- */

static char world[SNAPSHOT_SIZE];

static void remember(void *arg)
{
    snapshot(world);
}

static int assign_single(void *arg)
{
    return assign(machine.guest, SINGLE);
}

static void check_assigned(void *arg, int rc, bool reached)
{
    if ( !rc )
    {
        assert_mirror(machine.guest, walked(SINGLE), true, 0, 0x800);
        return;
    }

    assert_true(rc == -ENOMEM || rc == -EIO);
    assert_unchanged(world);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
    assert_true(list_empty(&owner_of(machine.guest)->direct));
    assert_int_equal(machine.guest->host_crashes, 0);
}

static void give_back(void *arg)
{
    if ( dev_of(SINGLE)->pdev->domain == machine.guest )
        assert_int_equal(deassign(machine.guest, SINGLE), 0);
    if ( dev_of(SINGLE)->pdev->domain == dom_io )
        assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_int_equal(owner_of(machine.guest)->nr_privates, 0);
}

static void test_sweep(void **state)
{
    static const struct sweep sweep = {
        "assign with a region", remember, assign_single, check_assigned,
        give_back,
    };

    require(&mock_a, SINGLE, SINGLE);
    map(machine.guest, 0x1f0, 0x40001, 0x400);
    /* The hardware domain has had it without a region so far. */
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_int_equal(deassign(dom_io, SINGLE), 0);
    assert_true(sweep_allocations(&sweep, NULL) >= 8);
    assert_true(sweep_allocations_from(&sweep, NULL) >= 8);
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

/* The second member's region, into a table that is in use. */
static int assign_second(void *arg)
{
    return assign(machine.guest, F1);
}

static void check_second(void *arg, int rc, bool reached)
{
    assert_mirror(machine.guest, walked(F0), !rc, 0, 0x200);
    if ( !rc )
        return;

    assert_int_equal(rc, -ENOMEM);
    assert_unchanged(world);
    assert_int_equal(machine.guest->host_crashes, 0);
}

static void return_second(void *arg)
{
    if ( dev_of(F1)->pdev->domain == machine.guest )
        assert_int_equal(deassign(machine.guest, F1), 0);
}

static void test_sweep_live(void **state)
{
    static const struct sweep sweep = {
        .name = "another region", .setup = remember, .run = assign_second,
        .check = check_second, .teardown = return_second,
    };

    all_assignable();
    set_policy(F0, true);
    assert_int_equal(assign(machine.guest, F0), 0);
    require(&mock_a, F1, F1);
    assert_true(sweep_allocations(&sweep, NULL) >= 2);
    mock_require(&mock_a, 0, 0, SINGLE, SINGLE);
}

/*
 * A page of a superpage goes, and memory for splitting that lacks in one table:
 * the others lose it all the same, and the guest does not live on.
 */
static void test_unmap_of_one_table_fails(void **state)
{
    unsigned int nth, crashed = 0;

    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(dom_io, SINGLE), 0);
    assert_int_equal(assign(machine.guest, SINGLE), 0);

    for ( nth = 1; nth < 10; nth++ )
    {
        unsigned int ff = 0;
        bool reached;
        int rc;

        map(machine.guest, 0x400, 0x40000, 0x200);
        machine.guest->host_crashes = 0;
        host_fail_nth(nth);
        rc = iommu_unmap(machine.guest, _dfn(0x432), 1, 0, &ff);
        reached = host_fail_reached();
        host_fail_nth(0);

        if ( rc )
        {
            crashed++;
            assert_int_equal(rc, -ENOMEM);
            assert_int_equal(machine.guest->host_crashes, 1);
        }
        /* One table may keep it; not both, nor either without a word. */
        assert_true(frame(walked(SINGLE), 0x432) == NONE ||
                    frame(canonical(machine.guest), 0x432) == NONE);
        if ( nth == 1 )
        {
            assert_int_equal(frame(walked(SINGLE), 0x432), NONE);
            assert_int_equal(frame(canonical(machine.guest), 0x432), 0x40032);
        }
        unmap(machine.guest, 0x400, 0x200);
        if ( !reached )
            break;
    }

    assert_true(crashed >= 2);
    machine.guest->host_crashes = 0;
    mock_a.faults.region_last = 0;
}

/* iommu_map() with a private table that cannot follow: none of them does. */
static int map_both(void *arg)
{
    unsigned int ff = 0;

    return iommu_map(machine.guest, _dfn(0x3f0), _mfn(0x40001), 0x420, RW, &ff);
}

static void check_map(void *arg, int rc, bool reached)
{
    assert_mirror(machine.guest, walked(SINGLE), true, 0, 0x900);
    assert_int_equal(frame(walked(SINGLE), 0x500), rc ? NONE : 0x40111);
}

static void unmap_both(void *arg)
{
    unsigned int ff = 0;

    assert_int_equal(iommu_unmap(machine.guest, _dfn(0x3f0), 0x420, 0, &ff), 0);
    assert_int_equal(iommu_iotlb_flush_all(machine.guest, ff), 0);
}

static void test_sweep_map(void **state)
{
    static const struct sweep sweep = {
        .name = "iommu_map", .run = map_both, .check = check_map,
        .teardown = unmap_both, .keeps_memory = true,
    };

    require(&mock_a, SINGLE, SINGLE);
    assert_int_equal(assign(machine.guest, SINGLE), 0);
    assert_true(sweep_allocations(&sweep, NULL) >= 6);
}

/* A device that comes late, and the region that it requires of dom0. */
static void come_late(void *arg)
{
    struct pci_dev *pdev;

    unplug(SINGLE);
    pdev = plug(SINGLE);
    pcidevs_lock();
    list_del(&pdev->domain_list);
    pdev->domain = machine.hwdom;
    list_add(&pdev->domain_list, &machine.hwdom->pdev_list);
    pcidevs_unlock();
    snapshot(world);
}

static int settle(void *arg)
{
    return iommu_groups_pci_settle(SINGLE);
}

static void check_settled(void *arg, int rc, bool reached)
{
    assert_int_equal(list_empty(&owner_of(machine.hwdom)->direct), !!rc);
    if ( !rc )
    {
        assert_ptr_equal(reaches(SINGLE), machine.hwdom);
        return;
    }

    assert_true(rc == -ENOMEM || rc == -EIO);
    assert_unchanged(world);
}

static void come_again(void *arg)
{
    unplug(SINGLE);
    assert_true(list_empty(&owner_of(machine.hwdom)->direct));
    plug(SINGLE);
}

static void arm_attach(void *arg, unsigned long nth)
{
    mock_a.faults.attach = nth;
}

static bool attach_reached(void *arg)
{
    return !mock_a.faults.attach;
}

static void test_sweep_settle(void **state)
{
    static const struct sweep sweep = {
        .name = "settle", .setup = come_late, .run = settle,
        .check = check_settled, .teardown = come_again,
    };
    static const struct sweep_kind attach = {
        "attach", arm_attach, attach_reached, NULL,
    };

    unplug(SINGLE);
    require(&mock_a, SINGLE, SINGLE);
    plug(SINGLE);
    assert_true(sweep_allocations(&sweep, NULL) >= 2);
    assert_int_equal(sweep_run(&sweep, &attach, NULL), 1);
}

/* ---- threads ---- */

static bool stop;

/* Each has dfns of its own: changes of one frame are ordered by their caller. */
static void *mapper(void *arg)
{
    uint64_t seed = 1 + (unsigned long)arg;

    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        uint64_t dfn = (test_random(&seed) & 0x1ff) * 8 + (unsigned long)arg * 4;

        if ( test_random(&seed) & 1 )
            map(machine.guest, dfn, 0x10000 + (seed & 0xfff), 4);
        else
            unmap(machine.guest, dfn, 4);
    }

    return NULL;
}

/* The copy is made while the p2m changes: compared when both have ended. */
static void test_race(void **state)
{
    unsigned long i, round, rounds = test_rounds(200, 10000);
    pthread_t threads[2];

    require(&mock_a, SINGLE, SINGLE);

    for ( round = 0; round < rounds; round++ )
    {
        __atomic_store_n(&stop, false, __ATOMIC_RELAXED);
        for ( i = 0; i < 2; i++ )
            assert_int_equal(pthread_create(&threads[i], NULL, mapper,
                                            (void *)i), 0);

        assert_int_equal(assign(machine.guest, SINGLE), 0);

        __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
        for ( i = 0; i < 2; i++ )
            pthread_join(threads[i], NULL);

        assert_mirror(machine.guest, walked(SINGLE), true, 0, 0x1400);
        assert_int_equal(deassign(machine.guest, SINGLE), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_sweep), T(test_sweep_live), T(test_sweep_map),
        T(test_sweep_settle), T(test_unmap_of_one_table_fails), T(test_race),
    };

    return cmocka_run_group_tests_name("private-fail", tests, NULL, NULL);
}
