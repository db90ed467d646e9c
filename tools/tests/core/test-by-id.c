/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may share an ID with a dev: core/by-id.c must name all that do, whatever
 * comes and goes, and not many more.
 */
#include "test.h"

#include <xen/pci.h>
#include <xen/xmalloc.h>

#include <iommu-groups/by-id.h>
#include <iommu-groups/group.h>

#define DEVS 40

static uint64_t seed = 0x42424242;
static struct iommu_dev devs[DEVS];
static bool filed[DEVS];

static unsigned int pick(unsigned int nr)
{
    return test_random(&seed) % nr;
}

/* One ID, an alias far away, a block and its neighbour, or a whole bus. */
static void give_ids(struct iommu_dev *dev)
{
    uint32_t id = pick(300), last = id;

    if ( !pick(20) )
        id = last = ~0U - pick(10);
    else if ( !pick(6) )
        last += pick(12);
    else if ( !pick(8) )
        last += 0xff;
    assert_int_equal(iommu_dev_add_ids(dev, id, last), 0);
    if ( !pick(3) )
    {
        id = pick(2) ? pick(300) : 0x2000 + pick(300);
        assert_int_equal(iommu_dev_add_ids(dev, id, id), 0);
    }
    if ( !pick(5) )
    {
        id = pick(300);
        assert_int_equal(iommu_dev_add_ids(dev, id, id), 0);
    }
}

static void come(unsigned int i)
{
    give_ids(&devs[i]);
    list_add_tail(&devs[i].all, &iommu_devs);
    iommu_by_id_add(&devs[i]);
    filed[i] = true;
}

static void leave(unsigned int i)
{
    list_del_init(&devs[i].all);
    iommu_by_id_remove(&devs[i]);
    iommu_ids_free(&devs[i].ids);
    filed[i] = false;
}

static void check(const struct iommu_dev *dev)
{
    bool named[DEVS] = {};
    struct iommu_by_id_iter it = {};
    struct iommu_dev *other;
    unsigned int i;

    while ( (other = iommu_by_id_next(dev, &it)) != NULL )
    {
        assert_true(filed[other - devs]);
        named[other - devs] = true;
    }
    for ( i = 0; i < DEVS; i++ )
        if ( filed[i] && iommu_ids_overlap(&dev->ids, &devs[i].ids) )
            assert_true(named[i]);
}

static void test_random_devs(void **state)
{
    unsigned long rounds = test_rounds(3000, 100000);
    unsigned int i;

    pcidevs_lock();
    while ( rounds-- )
    {
        struct iommu_dev stranger = {};

        i = pick(DEVS);
        if ( filed[i] )
            leave(i);
        else
            come(i);

        give_ids(&stranger);
        check(&stranger);
        iommu_ids_free(&stranger.ids);
        for ( i = 0; i < DEVS; i++ )
            if ( filed[i] )
                check(&devs[i]);
    }
    for ( i = 0; i < DEVS; i++ )
        if ( filed[i] )
            leave(i);
    pcidevs_unlock();
}

/* As many as a segment has: who has one ID is compared with few. */
static void test_few(void **state)
{
    static struct iommu_dev many[4096];
    unsigned int i, most = 0;

    pcidevs_lock();
    for ( i = 0; i < ARRAY_SIZE(many); i++ )
    {
        assert_int_equal(iommu_dev_add_ids(&many[i], i * 16, i * 16), 0);
        list_add_tail(&many[i].all, &iommu_devs);
        iommu_by_id_add(&many[i]);
    }
    for ( i = 0; i < ARRAY_SIZE(many); i++ )
    {
        struct iommu_by_id_iter it = {};
        unsigned int nr = 0;

        while ( iommu_by_id_next(&many[i], &it) )
            nr++;
        most = max(most, nr);
    }
    assert_in_range(most, 1, 16);
    for ( i = 0; i < ARRAY_SIZE(many); i++ )
    {
        iommu_by_id_remove(&many[i]);
        list_del_init(&many[i].all);
        iommu_ids_free(&many[i].ids);
    }
    pcidevs_unlock();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_random_devs, test_no_leak),
        cmocka_unit_test(test_few),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
