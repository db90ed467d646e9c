/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The look-up protocol under real threads: one attaches and detaches a
 * device by its name, as a domctl does, the other plugs and unplugs it, the
 * group's last device. ThreadSanitizer watches; what must hold in the end is
 * asserted here, what must hold in between by the mock driver and the core.
 */
#include "group-fixture.h"

#include <pthread.h>
#include <sched.h>

static unsigned long rounds;
static bool stop;
static unsigned long nr_given, nr_gone, nr_busy;

/* As hand_over() in pci.c: find, lock, check, work. */
static int give_if_there(pci_sbdf_t sbdf, struct domain *d)
{
    struct iommu_group *group = NULL;
    struct iommu_dev *dev = NULL;
    struct pci_dev *pdev;
    int rc;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    if ( pdev && pdev->iommu )
    {
        dev = pdev->iommu;
        group = iommu_group_get(dev);
    }
    pcidevs_unlock();

    if ( !group )
        return -ENODEV;

    /* A chance for the other one to slip in between the two locks. */
    sched_yield();
    rc = iommu_group_set_owner(group, dev, d);
    iommu_group_put(group);

    return rc;
}

static void count(int rc)
{
    if ( !rc )
        nr_given++;
    else if ( rc == -ENODEV )
        nr_gone++;
    else
    {
        assert_int_equal(rc, -EBUSY);
        nr_busy++;
    }
}

static void *attacher(void *arg)
{
    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        count(give_if_there(SINGLE, machine.guest));
        count(give_if_there(SINGLE, dom_io));
    }

    return NULL;
}

/* Goes over all groups, as s2_space_init() and the tools do. */
static void *walker(void *arg)
{
    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        struct iommu_group *group = NULL;

        while ( (group = iommu_group_next(group)) != NULL )
        {
            iommu_group_lock(group);
            iommu_group_first_dev(group);
            iommu_group_unlock(group);
        }

        group = iommu_unit_any_group_lock(&mock_a0.unit);
        if ( group )
        {
            iommu_group_unlock(group);
            iommu_group_put(group);
        }
    }

    return NULL;
}

static void plug_and_unplug(void)
{
    unsigned long i;

    for ( i = 0; i < rounds; i++ )
    {
        unplug(SINGLE);
        plug(SINGLE);
        if ( !(i & 15) )
            sched_yield();
    }
}

static void race(void *(*fn)(void *arg))
{
    pthread_t threads[2];
    unsigned int i;

    stop = false;
    nr_given = nr_gone = nr_busy = 0;
    assert_int_equal(pthread_create(&threads[0], NULL, attacher, NULL), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, fn, NULL), 0);
    plug_and_unplug();
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for ( i = 0; i < 2; i++ )
        pthread_join(threads[i], NULL);

    assert_int_equal(give(SINGLE, dom_io), 0);
    assert_null(reaches(SINGLE));
    assert_int_equal(mock_a.seen.domains_now, 0);
    assert_int_equal(mock_tags(&mock_a), 0);
}

static void test_attach_against_unplug(void **state)
{
    race(walker);
    print_message("%lu given, %lu gone, %lu busy\n", nr_given, nr_gone,
                  nr_busy);
    assert_true(nr_given && nr_gone);
}

/* Two guests and the unplugging at once. */
static void *rival(void *arg)
{
    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        int rc = give_if_there(SINGLE, machine.guest2);

        assert_true(!rc || rc == -ENODEV || rc == -EBUSY);
        rc = give_if_there(SINGLE, dom_io);
        assert_true(!rc || rc == -ENODEV);
    }

    return NULL;
}

static void test_two_guests_against_unplug(void **state)
{
    race(rival);
}

/* Members of one group come and go while it is attached as a whole. */
static void *group_attacher(void *arg)
{
    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        give_if_there(F0, machine.guest);
        give_if_there(F1, machine.guest);
        give_if_there(F0, dom_io);
        give_if_there(F1, dom_io);
    }

    return NULL;
}

static void test_members_come_and_go(void **state)
{
    pthread_t thread;
    unsigned long i;

    stop = false;
    assert_int_equal(pthread_create(&thread, NULL, group_attacher, NULL), 0);
    for ( i = 0; i < rounds; i++ )
    {
        static const uint8_t fn[] = { 1, 0, 2 };
        pci_sbdf_t sbdf = PCI_SBDF(0, 0, 1, fn[i % 3]);

        unplug(sbdf);
        plug(sbdf);
        /* As Xen does: the group may have been locked. */
        assert_int_equal(iommu_groups_pci_settle(sbdf), 0);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);

    assert_int_equal(group_of(F0)->nr_devs, 3);
    assert_int_equal(give(F0, dom_io), 0);
    assert_int_equal(give(F1, dom_io), 0);
    assert_int_equal(mock_a.seen.domains_now, 0);
    assert_int_equal(mock_tags(&mock_a), 0);
}

/* Mapping and flushing a table while groups come to it and leave it. */
static void *mapper(void *arg)
{
    struct s2_table *table = arg;
    uint64_t dfn = 0;

    while ( !__atomic_load_n(&stop, __ATOMIC_RELAXED) )
    {
        unsigned int changed = 0;

        assert_int_equal(s2_table_map(table, dfn, dfn + 1, 600, PT_PROT_R,
                                      &changed), 0);
        assert_int_equal(s2_table_flush(table), 0);
        assert_int_equal(s2_table_unmap(table, dfn, 600, &changed), 0);
        assert_int_equal(s2_table_flush(table), 0);
        dfn = (dfn + 0x1000) & 0xfffff;
    }

    return NULL;
}

static void test_flush_against_attach(void **state)
{
    struct s2_space *space = dom_iommu(machine.guest)->space;
    struct s2_table *table = list_first_entry(&space->tables, struct s2_table,
                                              link);
    pthread_t threads[2];
    unsigned long i;

    stop = false;
    for ( i = 0; i < 2; i++ )
        assert_int_equal(pthread_create(&threads[i], NULL,
                                        i ? mapper : attacher, table), 0);
    for ( i = 0; i < rounds; i++ )
    {
        assert_int_equal(give(SEG1, machine.guest), 0);
        assert_int_equal(give(SEG1, dom_io), 0);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for ( i = 0; i < 2; i++ )
        pthread_join(threads[i], NULL);

    assert_int_equal(give(SINGLE, dom_io), 0);
    assert_int_equal(mock_tags(&mock_a), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_attach_against_unplug),
        GROUP_TEST(test_two_guests_against_unplug),
        GROUP_TEST(test_members_come_and_go),
        GROUP_TEST(test_flush_against_attach),
    };

    rounds = test_rounds(2000, 100000);

    return cmocka_run_group_tests_name("group-race", tests, NULL, NULL);
}
