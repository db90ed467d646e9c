/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of IDs, against a map of bits. */
#include "test.h"

#include <host.h>
#include <xen/errno.h>
#include <xen/kernel.h>
#include <xen/string.h>

#include <iommu-groups/ids.h>

#define SPACE 512

static struct iommu_ids ids;

static void add(uint32_t first, uint32_t last)
{
    assert_int_equal(iommu_ids_add(&ids, first, last), 0);
}

/* "1-3 5": what is in the set, in order. */
static void expect(const char *want)
{
    char text[256] = "", one[32];
    const struct iommu_id_range *r;

    for_each_iommu_id_range ( r, &ids )
    {
        snprintf(one, sizeof(one), r->first == r->last ? "%s%x" : "%s%x-%x",
                 *text ? " " : "", r->first, r->last);
        strcat(text, one);
    }
    assert_string_equal(text, want);
}

static int done(void **state)
{
    iommu_ids_free(&ids);

    return test_no_leak(state);
}

static void test_merge(void **state)
{
    expect("");
    assert_false(iommu_ids_has(&ids, 0));

    add(0x10, 0x1f);
    add(0x10, 0x1f);
    add(0x14, 0x16);
    expect("10-1f");
    assert_int_equal(ids.nr_ids, 0x10);

    /* Beside, in front, behind, over an end, over both. */
    add(0x20, 0x20);
    add(0xf, 0xf);
    expect("f-20");
    add(0x22, 0x22);
    add(0xd, 0xd);
    expect("d f-20 22");
    add(0x1e, 0x21);
    expect("d f-22");
    add(0, 0x40);
    expect("0-40");
    assert_int_equal(ids.nr_ids, 0x41);

    add(0x50, 0x50);
    add(0x60, 0x60);
    add(0x70, 0x70);
    add(0x48, 0x68);
    expect("0-40 48-68 70");
    add(0x41, 0x6f);
    expect("0-70");
}

static void test_ends(void **state)
{
    struct iommu_id_iter it;
    uint32_t last = ~0u;
    unsigned int n = 0;

    add(~0u, ~0u);
    add(0, 0);
    add(~0u - 2, ~0u - 2);
    expect("0 fffffffd ffffffff");
    add(~0u - 1, ~0u - 1);
    add(1, 1);
    expect("0-1 fffffffd-ffffffff");
    assert_int_equal(ids.nr_ids, 5);

    for_each_iommu_id ( it, &ids )
        assert_int_equal(it.id, n++ < 2 ? n - 1 : ~0u - 5 + n);
    assert_int_equal(n, 5);

    assert_true(iommu_ids_run(&ids, ~0u - 1, &last));
    assert_int_equal(last, ~0u);
    assert_false(iommu_ids_run(&ids, 2, &last));
    assert_int_equal(last, ~0u - 3);
    last = 2;
    assert_false(iommu_ids_run(&ids, 2, &last));
    assert_int_equal(last, 2);
}

/* What is refused leaves the set alone. */
static void test_limits(void **state)
{
    unsigned int i;

    assert_int_equal(iommu_ids_add(&ids, 2, 1), -EINVAL);
    assert_int_equal(iommu_ids_add(&ids, 0, ~0u), -EINVAL);
    assert_int_equal(iommu_ids_add(&ids, 0, IOMMU_IDS_MAX), -EINVAL);
    expect("");

    add(0x1000, 0x1000 + IOMMU_IDS_MAX - 1);
    assert_int_equal(iommu_ids_add(&ids, 0xfff, 0xfff), -EINVAL);
    assert_int_equal(iommu_ids_add(&ids, 0, 0), -EINVAL);
    expect("1000-10fff");
    add(0x1000, 0x10fff);
    iommu_ids_free(&ids);

    /* As many ranges as there are IDs, and one that makes them one. */
    for ( i = 0; i < IOMMU_IDS_MAX / 2; i++ )
        add(2 * i, 2 * i);
    assert_int_equal(ids.nr, IOMMU_IDS_MAX / 2);
    add(0, IOMMU_IDS_MAX - 1);
    expect("0-ffff");
}

static void test_no_memory(void **state)
{
    add(1, 1);
    host_fail_nth(1);
    assert_int_equal(iommu_ids_add(&ids, 3, 3), -ENOMEM);
    host_fail_nth(0);
    expect("1");
    /* Nothing is needed for what joins a range. */
    host_fail_nth(1);
    add(2, 2);
    host_fail_nth(0);
    expect("1-2");
}

static bool overlap_bits(const bool *a, const bool *b)
{
    unsigned int i;

    for ( i = 0; i < SPACE; i++ )
        if ( a[i] && b[i] )
            return true;

    return false;
}

static void check(const struct iommu_ids *set, const bool *bits)
{
    unsigned int i, n = 0, ranges = 0;

    for ( i = 0; i < SPACE; i++ )
    {
        uint32_t last = SPACE - 1, want;

        n += bits[i];
        ranges += bits[i] && (!i || !bits[i - 1]);
        for ( want = i; want < last && bits[want + 1] == bits[i]; want++ )
            continue;
        assert_int_equal(iommu_ids_run(set, i, &last), bits[i]);
        assert_int_equal(last, want);
    }
    assert_int_equal(set->nr_ids, n);
    assert_int_equal(set->nr, ranges);
}

static void test_against_bits(void **state)
{
    struct iommu_ids set[2] = {};
    static bool bits[2][SPACE];
    unsigned int round, i;

    srand(1);
    for ( round = 0; round < 3000; round++ )
    {
        unsigned int which = rand() & 1, first = rand() % SPACE;
        unsigned int last = first + rand() % (1 << rand() % 7);

        last = min(last, SPACE - 1U);
        assert_int_equal(iommu_ids_add(&set[which], first, last), 0);
        for ( i = first; i <= last; i++ )
            bits[which][i] = true;

        check(&set[which], bits[which]);
        assert_int_equal(iommu_ids_overlap(&set[0], &set[1]),
                         overlap_bits(bits[0], bits[1]));
        assert_int_equal(iommu_ids_overlap(&set[1], &set[0]),
                         overlap_bits(bits[0], bits[1]));
        if ( !(rand() % 12) )
        {
            iommu_ids_free(&set[which]);
            memset(bits[which], 0, sizeof(bits[which]));
        }
    }
    iommu_ids_free(&set[0]);
    iommu_ids_free(&set[1]);
}

static void test_masked(void **state)
{
    static const uint32_t masks[] = { 0, 1, 2, 3, 0x10, 0x13, 0x124, 0x1ff };
    unsigned int i, id, n;

    for ( i = 0; i < ARRAY_SIZE(masks); i++ )
        for ( id = 0; id < SPACE; id += 37 )
        {
            struct iommu_ids set = {};
            bool bits[SPACE];

            for ( n = 0; n < SPACE; n++ )
                bits[n] = !((n ^ id) & ~masks[i]);
            assert_int_equal(iommu_ids_add_masked(&set, id, masks[i]), 0);
            check(&set, bits);

            /* A range, and then each of it with the mask. */
            iommu_ids_free(&set);
            assert_int_equal(iommu_ids_add(&set, id, min(id + 5, SPACE - 1U)),
                             0);
            for ( n = 0; n < SPACE; n++ )
            {
                unsigned int j;

                bits[n] = false;
                for ( j = id; j < SPACE && j <= id + 5; j++ )
                    bits[n] |= !((n ^ j) & ~masks[i]);
            }
            assert_int_equal(iommu_ids_widen(&set, masks[i]), 0);
            check(&set, bits);
            iommu_ids_free(&set);
        }

    /* All of a segment's, and one more; what was there stays. */
    assert_int_equal(iommu_ids_add_masked(&ids, 5, 0x1ffff), -EINVAL);
    assert_int_equal(iommu_ids_add_masked(&ids, 5, 0xffff), 0);
    expect("0-ffff");
    assert_int_equal(iommu_ids_widen(&ids, 0x10000), -EINVAL);
    expect("0-ffff");
    iommu_ids_free(&ids);
    add(0x1, 0x1);
    host_fail_nth(2);
    assert_int_equal(iommu_ids_widen(&ids, 0x6), -ENOMEM);
    host_fail_nth(0);
    expect("1");
    assert_int_equal(iommu_ids_add_masked(&ids, ~0U, 1), 0);
    expect("1 fffffffe-ffffffff");
}

#define IDS_TEST(fn) cmocka_unit_test_setup_teardown(fn, NULL, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IDS_TEST(test_merge), IDS_TEST(test_ends), IDS_TEST(test_limits),
        IDS_TEST(test_no_memory), IDS_TEST(test_against_bits),
        IDS_TEST(test_masked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
