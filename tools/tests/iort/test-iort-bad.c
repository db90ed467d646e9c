/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables that are cut, flipped or lying: each wrong entry gets one line, and
 * costs what depends on it.
 */
#include "iort-test.h"

#include "dev-ids.h"

/* Parses a copy of the exact size, so that ASan sees one byte too far. */
static int parse(const uint8_t *b, size_t len)
{
    uint8_t *copy = malloc(len + !len);
    int rc;

    iommu_iort_free(&iort);
    memcpy(copy, b, len);
    host_log_clear();
    rc = iommu_iort_parse(copy, len, &iort);
    if ( rc )
    {
        assert_int_equal(rc, -EINVAL);
        assert_int_equal(host_log_lines(XENLOG_ERR), 1);
        assert_log("not used");
        assert_null(iort.smmus);
        assert_int_equal(iort.nr_smmus + iort.nr_maps + iort.nr_rmrs, 0);
    }
    free(copy);

    return rc;
}

static int map_rid(unsigned int seg, unsigned int rid)
{
    uint32_t unit, sid;

    return iommu_iort_map_rid(&iort, seg, rid, &unit, &sid);
}

/* Nodes that are there are used; what may be in the others is in doubt. */
static void test_cut(void **state)
{
    struct iort_buf t;
    uint32_t n;

    good(&t);
    for ( n = 0; n < t.len; n++ )
    {
        int rc = parse(t.b, n);

        assert_int_equal(rc, n < at.root ? -EINVAL : 0);
        assert_true(host_log_lines(XENLOG_ERR) >= 1);
        if ( rc )
            continue;
        assert_log("the rest of the table is not used");
        assert_true(iort.doubt);
        assert_int_equal(map_rid(3, 7), -EINVAL);
        assert_int_equal(map_rid(0, 0x42), n < at.smmu1 ? -EINVAL : 0);
    }
    assert_int_equal(parse(t.b, t.len), 0);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(map_rid(3, 7), -ENODEV);
    iommu_iort_free(&iort);
}

static void test_flipped(void **state)
{
    uint64_t seed = 42;
    struct iort_buf t;
    unsigned int i, j, said = 0;

    for ( i = 0; i < test_rounds(3000, 100000); i++ )
    {
        good(&t);
        for ( j = 0; j <= i % 3; j++ )
            t.b[36 + test_random(&seed) % (t.len - 36)] = test_random(&seed);
        parse(t.b, t.len);
        said += host_log_lines(XENLOG_ERR) > 0;
    }
    assert_in_range(said, i / 20, i - i / 20);
    iommu_iort_free(&iort);
}

/* What a lie takes away; the rest goes on. */
enum { LOW = 1, ONE = 2, OLD = 4, NET0 = 8, MEM = 16, OTHERS = 32 };

static unsigned int lost(void)
{
    struct iommu_dev dev = { .name = "\\_SB.NET0" };
    unsigned int what = 0, n = 0;
    struct iommu_iort saved = iommu_iort;

    what |= map_rid(0, 0x42) ? LOW : 0;
    what |= map_rid(0, 0x200) ? ONE : 0;
    what |= map_rid(0, 0x8000) ? OLD : 0;
    what |= map_rid(0, 0x7777) != -ENODEV ? OTHERS : 0;
    iommu_iort = iort;
    what |= iommu_iort_firmware.resolve(&dev) ? NET0 : 0;
    iommu_dev_forget(&dev);
    iommu_iort = saved;
    iommu_iort_regions(&iort, at.smmu0, 0x10008, 0x10008, count_region, &n);
    what |= n ? 0 : MEM;

    return what;
}

/* Each lie by itself, the words that it gets, and what it costs. */
static void test_lies(void **state)
{
    static const struct {
        int node;               /* offset in struct at, < 0: the table */
        uint32_t off, val, size;
        const char *why;
        unsigned int lost;
    } lies[] = {
        { 4, 1, 17, 2, "node too short for its type",
          LOW | ONE | OLD | NET0 | MEM | OTHERS },
        { 4, 8, 100, 4, "ID mappings outside of their node",
          LOW | ONE | OLD | OTHERS },
        { 4, 12, 4, 4, "ID mappings outside of their node",
          LOW | ONE | OLD | OTHERS },
        { 4, 28, 0x10000, 4, "segment of more than 16 bits",
          LOW | ONE | OLD | OTHERS },
        { 1, 16, 0, 4, "without a base address", LOW | NET0 },
        { 1, 16, 0x09150000, 4, "two SMMUs at one address",
          LOW | ONE | NET0 },
        { 4, 40 + 4, 0xffffffff, 4, "too many IDs", LOW | ONE | OLD | OTHERS },
        { 4, 40 + 4, 0x2ff, 4, "two mappings of one requester ID", ONE },
        { 4, 40 + 8, 0xffffff80, 4, "too many IDs", LOW },
        { 4, 40 + 12, 0x7fffffff, 4, "what is no node", LOW },
        { 4, 40 + 12, 52, 4, "what is no node", LOW },
        { 4, 40 + 12, 72, 4, "what is no SMMU", LOW },
        { 3, 16, 0, 4, "without a base address", OLD },
        { 3, 16, 0x0a000800, 4, "without a base address", OLD },
        { 3, 16, 0x09150000, 4, "two SMMUs at one address", ONE | OLD },
        { 3, 24, 0x800, 4, "of no known model or size", OLD },
        { 3, 28, 1, 4, "of no known model or size", OLD },
        { 3, 32, 6, 4, "of no known model or size", OLD },
        { 3, 40, 12, 4, "interrupts outside of their node", 0 },
        { 3, 40, 0xfffffff8, 4, "interrupts outside of their node", 0 },
        { 3, 44, 5, 4, "interrupts outside of their node", 0 },
        { 3, 44, 0x20000000, 4, "interrupts outside of their node", 0 },
        { 3, 48, 80, 4, "interrupts outside of their node", 0 },
    };
    const uint32_t *nodes = &at.its;
    struct iort_buf t;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(lies); i++ )
    {
        char place[64];
        uint32_t off;

        good(&t);
        memcpy(t.b + 10, "ACME\nXTABLE 01", 14);
        off = (lies[i].node < 0 ? 0 : nodes[lies[i].node]) + lies[i].off;
        iort_poke(&t, off, lies[i].val, lies[i].size);
        assert_int_equal(parse(t.b, t.len), 0);
        assert_log(lies[i].why);
        assert_log("IORT of \"ACME?X\" \"TABLE 01\": at 0x");
        /* A node of a wrong length makes nonsense of what follows. */
        if ( i )
            assert_int_equal(host_log_lines(XENLOG_ERR), 1);
        if ( lost() != lies[i].lost )
            fail_msg("%s: lost %#x instead of %#x", lies[i].why, lost(),
                     lies[i].lost);
        snprintf(place, sizeof(place), "at %#x", at.root + 40);
        if ( !strcmp(lies[i].why, "too many IDs") )
            assert_log(place);
    }

    /* More nodes than there are: those that are there. */
    good(&t);
    iort_poke(&t, 36, 1000, 4);
    assert_int_equal(parse(t.b, t.len), 0);
    assert_int_equal(lost(), OTHERS);
    assert_log("the rest of the table is not used");
    good(&t);
    iort_poke(&t, 40, 8, 4);
    assert_int_equal(parse(t.b, t.len), -EINVAL);
    /* Kinds that nobody asks are not looked into: what is in them is theirs. */
    good(&t);
    iort_poke(&t, at.its, 99, 1);
    iort_poke(&t, at.its + 8, 1000, 4);
    assert_int_equal(parse(t.b, t.len), 0);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_log("what is no SMMU");
    iommu_iort_free(&iort);
}

/* A node that is longer, or newer, than what is known here is as good. */
static void test_newer(void **state)
{
    struct iort_buf t;

    good(&t);
    t.b[at.smmu0 + 3] = 200;
    t.b[at.root + 3] = 200;
    iort_open(&t, 77);
    iort_put(&t, ~0ULL, 8);
    iort_close(&t);
    iort_open(&t, 5);
    iort_put(&t, 0x09060000, 8);
    iort_close(&t);
    assert_int_equal(parse(t.b, t.len), 0);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 0);
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(lost(), 0);
    iommu_iort_free(&iort);
}

/* The number of IDs where the number less one belongs. */
static void test_off_by_one(void **state)
{
    uint32_t unit, sid, i, first;
    struct iort_buf t;

    for ( first = 0; first < 2; first++ )
    {
        iort_begin(&t);
        at.smmu0 = iort_smmu(&t, 0x09050000, 1, 0);
        at.smmu1 = iort_smmu(&t, 0x09150000, 1, 0);
        iort_root(&t, 0);
        /* In either order; the last has nobody behind it. */
        for ( i = 0; i < 4; i++ )
        {
            uint32_t n = first ? i : 3 - i;

            iort_map(&t, n * 0x100, 0x100, 0x8000 + n * 0x1000,
                     n & 1 ? at.smmu1 : at.smmu0, 0);
        }
        iort_close(&t);
        assert_int_equal(parse(t.b, t.len), 0);
        assert_int_equal(host_log_lines(XENLOG_ERR), 0);
        assert_int_equal(host_log_lines(XENLOG_WARNING), 1);
        assert_log("ID counts are one too large");
        for ( i = 0; i < 0x401; i++ )
        {
            uint32_t n = min(i >> 8, 3U);

            assert_int_equal(iommu_iort_map_rid(&iort, 0, i, &unit, &sid), 0);
            assert_int_equal(unit, n & 1 ? at.smmu1 : at.smmu0);
            assert_int_equal(sid, 0x8000 + n * 0x1000 + i - n * 0x100);
        }
    }

    /* One ID cannot be one too many: a contradiction. */
    iort_begin(&t);
    at.smmu0 = iort_smmu(&t, 0x09050000, 1, 0);
    iort_root(&t, 0);
    iort_map(&t, 0x10, 0, 0x10, at.smmu0, 0);
    iort_map(&t, 0x10, 0, 0x20, at.smmu0, 0);
    iort_map(&t, 0x11, 0, 0x21, at.smmu0, 0);
    /* The same twice is none. */
    iort_map(&t, 0x11, 0, 0x21, at.smmu0, 0);
    iort_map(&t, 0x12, 7, 0x22, at.smmu0, 0);
    iort_map(&t, 0x14, 7, 0x24, at.smmu0, 0);
    iort_close(&t);
    assert_int_equal(parse(t.b, t.len), 0);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_int_equal(map_rid(0, 0x10), -EINVAL);
    for ( i = 0x11; i <= 0x1b; i++ )
    {
        assert_int_equal(iommu_iort_map_rid(&iort, 0, i, &unit, &sid), 0);
        assert_int_equal(sid, 0x10 + i);
    }
    iommu_iort_free(&iort);
}

static int note_region(const struct iommu_region *region, void *arg)
{
    unsigned long *sum = arg;

    sum[0]++;
    sum[1] = region->first;
    sum[2] = region->last;

    return 0;
}

static void test_reserved(void **state)
{
    static const struct {
        uint64_t base, len;
        bool used;
        unsigned long first, last;
    } mem[] = {
        { 0x80000000, 0x2000, true, 0x80000, 0x80001 },
        { 0x80000800, 0x2000, true, 0x80000, 0x80002 },
        { 0x80000000, 0x1, true, 0x80000, 0x80000 },
        { 0x80000fff, 0x2, true, 0x80000, 0x80001 },
        { 0x80000000, 0 },
        { ~0xfffULL, 0x2000 },
        { 1ULL << 60, 0x2000 },
        /* Memory ends at 52 bits. */
        { (1ULL << 52) - 0x1000, 0x1000, true, 0xffffffffff, 0xffffffffff },
        { (1ULL << 52) - 0x1000, 0x1001 },
        { 1ULL << 52, 0x1000 },
    };
    unsigned long sum[3];
    struct iort_buf t;
    unsigned int i, odd;

    for ( i = 0; i < ARRAY_SIZE(mem); i++ )
    {
        iort_begin(&t);
        at.smmu0 = iort_smmu(&t, 0x09050000, 1, 0);
        iort_rmr(&t, mem[i].base, mem[i].len);
        iort_map(&t, 0, 0, 5, at.smmu0, 0);
        iort_map(&t, 0, 0, 6, at.smmu0, 0);
        iort_close(&t);
        assert_int_equal(parse(t.b, t.len), 0);
        assert_int_equal(iort.nr_smmus, 1);
        memset(sum, 0, sizeof(sum));
        iommu_iort_regions(&iort, at.smmu0, 6, 6, note_region, sum);
        assert_int_equal(sum[0], mem[i].used);
        odd = (mem[i].base | mem[i].len) & 0xfff ? 1 : 0;
        assert_int_equal(host_log_lines(XENLOG_ERR), !mem[i].used);
        assert_int_equal(host_log_lines(XENLOG_WARNING),
                         mem[i].used ? odd : 0);
        if ( mem[i].used )
        {
            assert_int_equal(sum[1], mem[i].first);
            assert_int_equal(sum[2], mem[i].last);
        }
    }

    /* Ranges that are not in their node. */
    iort_poke(&t, t.node + 20, 1000, 4);
    assert_int_equal(parse(t.b, t.len), 0);
    assert_log("memory ranges outside of their node");
    assert_int_equal(iort.nr_smmus, 1);
    iommu_iort_free(&iort);
}

/* Names are copied: of 255 characters, and no more.  The other one is used. */
static void test_names(void **state)
{
    struct iommu_dev dev = { .name = "\\_SB.NET1" };
    char name[257] = {};
    struct iort_buf t;
    unsigned int i;

    for ( i = 255; i < 257; i++ )
    {
        memset(name, 'N', i);
        iort_begin(&t);
        at.smmu0 = iort_smmu(&t, 0x09050000, 1, 0);
        iort_named(&t, name);
        iort_map(&t, 0, 0, 1, at.smmu0, 0);
        iort_close(&t);
        iort_named(&t, "\\_SB.NET1");
        iort_map(&t, 0, 0, 2, at.smmu0, 0);
        iort_close(&t);
        assert_int_equal(parse(t.b, t.len), 0);
        assert_int_equal(iort.nr_named, i == 255 ? 2 : 1);
        assert_int_equal(host_log_lines(XENLOG_ERR), i == 255 ? 0 : 1);
    }
    assert_log("name without an end");

    /* One mapping that leads nowhere: the device, and no other. */
    iort_named(&t, "\\_SB.NET1");
    iort_map(&t, 0, 0, 3, 51, 0);
    iort_close(&t);
    assert_int_equal(resolve_named(&t, &dev), -EINVAL);

    /* One whose mappings are not in its node is no stranger to the IORT. */
    iort_named(&t, "\\_SB.NET2");
    iort_map(&t, 0, 0, 4, at.smmu0, 0);
    iort_close(&t);
    dev.name = "\\_SB.NET2";
    assert_int_equal(resolve_named(&t, &dev), 0);
    iort_poke(&t, t.node + 8, 1000, 4);
    assert_int_equal(resolve_named(&t, &dev), -EINVAL);
    iommu_dev_forget(&dev);
    iommu_iort_free(&iort);
}

/* More than a machine has: those that fit, the rest in doubt. */
static void test_limit(void **state)
{
    static struct iort_buf buf, *t = &buf;
    unsigned int i, n;

    iort_begin(t);
    at.smmu0 = iort_smmu(t, 0x09050000, 1, 0);
    for ( i = 0; i < 18; i++ )
    {
        iort_root(t, i);
        for ( n = 0; n < 240; n++ )
            iort_map(t, n, 0, i * 240 + n, at.smmu0, 0);
        iort_close(t);
    }
    assert_int_equal(parse(t->b, t->len), 0);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_log("more entries than a machine has");
    assert_int_equal(iort.nr_maps, 4096);
    assert_int_equal(map_rid(0, 0), 0);
    assert_int_equal(map_rid(17, 15), 0);
    assert_int_equal(map_rid(17, 16), -EINVAL);
    iommu_iort_free(&iort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_newer),
        cmocka_unit_test(test_off_by_one),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, test_reset, test_no_leak);
}
