/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions that no firmware table has: what they must not touch, by a byte and
 * by a frame; how many there may be; and which device has which.
 */
#include "test.h"

#include <xen/iommu.h>
#include <xen/mm.h>

#include <iommu-groups/setup.h>
#include <iommu-groups/unity.h>

#define FORBIDDEN 0x10000000UL
#define RAM_FRAME 0xf0000UL
#define MAX_EXTRA 20

bool iommu_unity_region_ok(const char *prefix, mfn_t start, mfn_t end)
{
    return mfn_x(start) > RAM_FRAME || mfn_x(end) < RAM_FRAME;
}

struct call {
    unsigned long first, nr;
    uint32_t id;
};

struct calls {
    struct call call[64];
    unsigned int nr;
    int answer;
};

static int note(const struct iommu_region *r, void *arg)
{
    struct calls *c = arg;

    assert_true(c->nr < ARRAY_SIZE(c->call));
    c->call[c->nr++] = (struct call){ r->first, r->last - r->first + 1 };

    return c->answer;
}

static int report(xen_pfn_t start, xen_ulong_t nr, uint32_t id, void *arg)
{
    struct calls *c = arg;

    assert_true(c->nr < ARRAY_SIZE(c->call));
    c->call[c->nr++] = (struct call){ start, nr, id };

    return c->answer;
}

static struct calls of_dev(uint32_t id, int answer, int rc)
{
    struct calls c = { .answer = answer };

    assert_int_equal(iommu_unity_for_dev((pci_sbdf_t){ .sbdf = id }, note, &c),
                     rc);

    return c;
}

static struct calls reported(int answer, int rc)
{
    struct calls c = { .answer = answer };

    assert_int_equal(iommu_unity_report(report, &c), rc);

    return c;
}

static bool ok(paddr_t base, paddr_t limit)
{
    return iommu_unity_accept("test", base, limit);
}

/* One byte in common is enough; and regions of a table may meet. */
static void test_forbidden(void **state)
{
    host_reset();
    iommu_unity_forbid(FORBIDDEN, FORBIDDEN + 0xfff, "the registers");
    assert_false(ok(FORBIDDEN - 0x1000, FORBIDDEN));
    assert_log("left out: it has the registers in it");
    assert_false(ok(FORBIDDEN + 0xfff, FORBIDDEN + 0x1fff));
    assert_false(ok(FORBIDDEN, FORBIDDEN));
    assert_true(ok(FORBIDDEN - 0x1000, FORBIDDEN - 1));
    assert_true(ok(FORBIDDEN + 0x1000, FORBIDDEN + 0x1fff));

    assert_false(ok(0xfedff000, 0xfee00000));
    assert_false(ok(0xfeefffff, 0xfef00000));
    assert_true(ok(0xfedff000, 0xfedfffff));
    assert_true(ok(0xfef00000, 0xfef00fff));

    assert_true(ok(FORBIDDEN - 0x1000, FORBIDDEN - 1));
    assert_int_equal(iommu_unity_extras("nobody's"), 0);
    assert_int_equal(reported(0, 0).nr, 0);
}

static struct unity_extra extra(const char *prefix, unsigned long first,
                                unsigned long last, uint32_t id)
{
    return (struct unity_extra){
        .prefix = prefix, .reserved = true,
        .region = { first, last, IOMMU_REGION_RW },
        .nr_devs = 1, .dev = { { id, id } },
    };
}

/* Which are left out, and why. */
static void test_options(void **state)
{
    struct unity_extra e[UNITY_MAX_USER] = {
        extra("opt", 0x100, 0x101, 0x10), extra("opt", 0x101, 0x102, 0x77),
        extra("opt", 0x102, 0x102, 0x12), extra("opt", 5, 4, 0x77),
        extra("opt", 0x300, 0x301, 0x77), extra("opt", RAM_FRAME, RAM_FRAME, 0x77),
        extra("opt", 0x400, 0x400, 0x20), extra("other", 0x500, 0x500, 0x77),
        extra("opt", 0x600, 0x602, 0x77), extra("opt", 0x700, 0x700, 0x77),
    };
    struct calls c;
    unsigned int i;

    host_reset();
    e[0].dev[0].last = 0x12;
    e[0].dev[1].first = e[0].dev[1].last = 0x11;
    e[0].nr_devs = 2;
    e[6].dev[1].first = 0x21;
    e[6].dev[1].last = 0x10021;
    e[6].nr_devs = 2;
    e[9].reserved = false;              /* and no memory is there */
    for ( i = 0; i < UNITY_MAX_USER; i++ )
        assert_int_equal(iommu_unity_option(&e[i]), 0);
    assert_int_equal(iommu_unity_option(&e[0]), -E2BIG);

    /* A table's, which ends in the first frame of one of them. */
    assert_true(ok(0x2ff000, 0x300000));
    assert_true(ok(0x603000, 0x603fff));
    assert_int_equal(iommu_unity_extras("opt"), 0);
    assert_log("opt [101-102] overlaps [100-101]: it is left out");
    assert_log("opt [5-4] is empty: it is left out");
    assert_log("opt [300-301] overlaps [2ff-300]: it is left out");
    assert_log("opt [400-400] names more than one segment: it is left out");
    assert_log("opt [700-700] is not all memory: it is left out");

    c = reported(0, 0);
    assert_int_equal(c.nr, 6);
    for ( i = 0; i < 4; i++ )
        assert_true(c.call[i].first == 0x100 && c.call[i].nr == 2 &&
                    c.call[i].id == (i < 3 ? 0x10 + i : 0x11));
    assert_true(c.call[4].first == 0x102 && c.call[4].nr == 1);
    assert_true(c.call[5].first == 0x600 && c.call[5].nr == 3);
}

/* A device has its regions, each once, whatever range names it. */
static void test_devices(void **state)
{
    struct calls c;

    assert_int_equal(of_dev(0xf, 0, 0).nr, 0);
    assert_int_equal(of_dev(0x10, 0, 0).nr, 1);
    assert_int_equal(of_dev(0x11, 0, 0).nr, 1);
    c = of_dev(0x12, 0, 0);
    assert_int_equal(c.nr, 2);
    assert_true(c.call[0].first == 0x100 && c.call[1].first == 0x102);
    assert_int_equal(of_dev(0x13, 0, 0).nr, 0);
    assert_int_equal(of_dev(0x10012, 0, 0).nr, 0);
    /* An error ends it. */
    assert_int_equal(of_dev(0x12, -EIO, -EIO).nr, 1);

    /* So it does a report; another answer goes on with the next region. */
    assert_int_equal(reported(-EIO, -EIO).nr, 1);
    assert_int_equal(reported(1, 0).nr, 3);
}

/* Xen's own: all of it memory, and as many as there is room for. */
static void test_full(void **state)
{
    unsigned int before = reported(1, 0).nr, i, n;
    void *page = alloc_xenheap_pages(2, 0);
    unsigned long mfn = virt_to_maddr(page) >> PAGE_SHIFT;
    struct calls c;

    assert_int_equal(iommu_add_extra_reserved_device_memory(mfn, 3,
                         (pci_sbdf_t){ .sbdf = 0x40 }, "test"), 0);
    for ( n = before + 1; n <= MAX_EXTRA; n++ )
    {
        host_log_clear();
        assert_int_equal(iommu_unity_extras("nobody's"), 0);
        assert_no_log("one too many");
        assert_int_equal(reported(1, 0).nr, n);
    }
    for ( i = 0; i < 2; i++ )
    {
        host_log_clear();
        assert_int_equal(iommu_unity_extras("nobody's"), 0);
        assert_log("is one too many: it is left out");
        c = reported(1, 0);
        assert_int_equal(c.nr, MAX_EXTRA);
    }
    assert_true(c.call[MAX_EXTRA - 1].first == mfn &&
                c.call[MAX_EXTRA - 1].nr == 3 &&
                c.call[MAX_EXTRA - 1].id == 0x40);
    free_xenheap_pages(page, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forbidden), cmocka_unit_test(test_options),
        cmocka_unit_test(test_devices), cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests_name("unity", tests, NULL, NULL);
}
