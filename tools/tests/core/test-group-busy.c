/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pcidevs_lock never waits for hardware through a group's lock: here somebody
 * has the group for as long as hardware takes, and whatever is done under
 * pcidevs_lock ends all the same, and is done later where it could not be.
 */
#include "group-fixture.h"

#include <pthread.h>

#include <iommu-groups/pci.h>
#include <iommu-groups/policy.h>

/* Another CPU, which ends although the group stays locked. */
static long elsewhere(void *(*fn)(void *arg))
{
    pthread_t thread;
    void *rc;

    assert_int_equal(pthread_create(&thread, NULL, fn, NULL), 0);
    pthread_join(thread, &rc);

    return (long)rc;
}

/* Fails if pcidevs_lock does not come free now and then. */
static void meet_pcidevs(void)
{
    unsigned int i, n;

    for ( n = 0; n < 20; n++ )
    {
        for ( i = 0; !pcidevs_trylock(); i++ )
        {
            assert_true(i < 100000);
            cpu_relax();
        }
        pcidevs_unlock();
    }
}

static void *do_plug(void *arg)
{
    plug(F2);

    return NULL;
}

static void *is_there(void *arg)
{
    return dev_of(F2);
}

static void *do_settle(void *arg)
{
    return (void *)(long)iommu_groups_pci_settle(F2);
}

static void test_add(void **state)
{
    struct iommu_group *group = group_of(F0);
    pthread_t thread;
    void *rc;

    unplug(F2);
    iommu_group_lock(group);
    assert_int_equal(elsewhere(do_plug), 0);
    assert_int_equal(elsewhere(is_there), 0);

    /* The second half waits for the group, and nobody for the second half. */
    assert_int_equal(pthread_create(&thread, NULL, do_settle, NULL), 0);
    meet_pcidevs();
    iommu_group_unlock(group);
    pthread_join(thread, &rc);

    assert_null(rc);
    assert_ptr_equal(group_of(F2), group);
}

static void *do_remove(void *arg)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, F2);
    iommu_groups_pci_remove(pdev);
    host_pdev_del(pdev);
    pcidevs_unlock();

    return NULL;
}

static void test_remove(void **state)
{
    struct iommu_group *group = group_of(F0);

    iommu_groups_pci_retire(F2);
    iommu_group_lock(group);
    assert_int_equal(elsewhere(do_remove), 0);
    iommu_group_unlock(group);
    assert_null(dev_of(F2));
    host_pci_remove(F2);
    assert_int_equal(group->nr_devs, 2);
}

static void *do_policy(void *arg)
{
    long rc;

    pcidevs_lock();
    rc = iommu_policy_apply(pci_get_pdev(NULL, F0)->iommu, machine.guest,
                            false);
    pcidevs_unlock();

    return (void *)rc;
}

static void test_policy(void **state)
{
    struct iommu_group *group = group_of(F0);

    assert_int_equal(give(F1, machine.hwdom), 0);
    iommu_groups_warn = true;
    iommu_group_lock(group);
    assert_int_equal(elsewhere(do_policy), -ERESTART);
    iommu_group_unlock(group);
    assert_ptr_equal(group_of(F0), group);
    assert_int_equal(elsewhere(do_policy), 1);
    assert_ptr_not_equal(group_of(F0), group);
    iommu_groups_warn = false;
}

static void *do_look_again(void *arg)
{
    struct pci_dev *pdev;
    long rc;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, F0);
    pdev->iommu->regroup = true;
    rc = iommu_pci_look_again(pdev);
    pcidevs_unlock();

    return (void *)rc;
}

/* What was taken apart, and shall be one again. */
static void test_look_again(void **state)
{
    struct iommu_group *group = group_of(F0), *other;

    test_policy(state);
    host_log_clear();
    other = group_of(F0);
    other->parted = false;
    assert_int_equal(give(F1, dom_io), 0);

    iommu_group_lock(group);
    assert_int_equal(elsewhere(do_look_again), -ERESTART);
    iommu_group_unlock(group);
    iommu_group_lock(other);
    assert_int_equal(elsewhere(do_look_again), -ERESTART);
    iommu_group_unlock(other);
    assert_ptr_not_equal(group_of(F0), group_of(F1));

    /* It is not forgotten, though nothing has changed since. */
    pcidevs_lock();
    assert_int_equal(iommu_pci_look_again(pci_get_pdev(NULL, F0)), 0);
    pcidevs_unlock();
    assert_ptr_equal(group_of(F0), group_of(F1));
}

/* The rule itself: only trying is allowed. */
static void test_rule(void **state)
{
    struct iommu_group *group = group_of(F0);

    pcidevs_lock();
    assert_fatal("pcidevs_mine()", iommu_group_lock(group));
    assert_true(iommu_group_trylock(group));
    iommu_group_unlock(group);
    pcidevs_unlock();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_add), GROUP_TEST(test_remove),
        GROUP_TEST(test_policy), GROUP_TEST(test_look_again),
        GROUP_TEST(test_rule),
    };

    return cmocka_run_group_tests_name("group-busy", tests, NULL, NULL);
}
