/* SPDX-License-Identifier: GPL-2.0-only */
/* The IORT: what it says, tables that are cut, flipped or lying, and units. */
#include "smmu-fixture.h"

#include <iommu-groups/iort.h>

#include "iort-build.h"
#include "sweep.h"

static struct iommu_iort iort;
static struct { uint32_t its, smmu0, smmu1, old, root; } at;

/* One of everything: two SMMUv3, an older one, devices, reserved memory. */
static void good(struct iort_buf *t)
{
    iort_begin(t);
    at.its = iort_its(t);
    at.root = iort_root(t, 0);
    at.smmu0 = t->len + 4 * 20;
    iort_map(t, 0x000, 0xff, 0x10000, at.smmu0, 0);
    iort_map(t, 0x200, 0x0, 0x30, at.smmu0 + 68, 1);
    iort_map(t, 0x300, 0xfff, 0, at.its, 0);
    iort_map(t, 0x8000, 0xff, 0, at.smmu0 + 2 * 68, 0);
    iort_close(t);
    assert_int_equal(iort_smmu(t, 0x09050000, 1, 0), at.smmu0);
    at.smmu1 = iort_smmu(t, 0x09150000, 0, 2);
    at.old = iort_open(t, 3);
    iort_put(t, 0, 8);
    iort_close(t);
    iort_named(t, "\\_SB.NET0");
    iort_map(t, 0, 1, 0x77, at.smmu0, 0);
    iort_close(t);
    iort_rmr(t, 0x80000000, 0x3000);
    iort_map(t, 0, 0xf, 0x10008, at.smmu0, 0);
    iort_map(t, 0, 0, 0x30, at.smmu1, 1);
    iort_close(t);
}

static void test_good(void **state)
{
    struct iort_buf t;
    struct smmuv3_desc desc;
    uint32_t unit = 0, sid = 0;

    good(&t);
    assert_int_equal(iommu_iort_parse(t.b, t.len, &iort), 0);
    assert_int_equal(iort.nr_smmus, 2);
    assert_int_equal(iort.nr_maps, 3);
    assert_int_equal(iort.nr_named, 1);
    assert_int_equal(iort.nr_rmrs, 2);

    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x42, &unit, &sid), 0);
    assert_int_equal(unit, at.smmu0);
    assert_int_equal(sid, 0x10042);
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x200, &unit, &sid), 0);
    assert_int_equal(unit, at.smmu1);
    assert_int_equal(sid, 0x30);
    /* No mapping; past a single one; no SMMU; no driver; another segment. */
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x100, &unit, &sid), -ENODEV);
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x201, &unit, &sid), -ENODEV);
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x300, &unit, &sid), -ENODEV);
    assert_int_equal(iommu_iort_map_rid(&iort, 0, 0x8000, &unit, &sid),
                     -ENODEV);
    assert_int_equal(iommu_iort_map_rid(&iort, 1, 0x42, &unit, &sid), -ENODEV);

    desc = iommu_iort_desc(&iort.smmus[0]);
    assert_int_equal(desc.base, 0x09050000);
    assert_int_equal(desc.size, 0x20000);
    assert_true(desc.coherent);
    assert_int_equal(desc.irq_evtq, 74);
    assert_int_equal(desc.irq_priq, 75);
    assert_int_equal(desc.irq_gerror, 77);
    desc = iommu_iort_desc(&iort.smmus[1]);
    assert_false(desc.coherent);
    assert_true(desc.page0_only);
    assert_int_equal(desc.size, 0x10000);

    /* Whatever becomes of the table. */
    memset(t.b, 'x', sizeof(t.b));
    assert_string_equal(iort.named[0].name, "\\_SB.NET0");
    assert_int_equal(iort.named[0].sid, 0x77);
    assert_int_equal(iort.named[0].nr, 2);
    iommu_iort_free(&iort);
}

static int count_region(unsigned long first, unsigned long last, void *arg)
{
    assert_int_equal(first, 0x80000);
    assert_int_equal(last, 0x80002);
    ++*(unsigned int *)arg;

    return 0;
}

/* A function's requester IDs become stream IDs, and bring their regions. */
static void test_firmware(void **state)
{
    const struct iommu_firmware *fw = &iommu_iort_firmware;
    struct pci_dev pdev = {};
    struct iommu_dev dev = { .pdev = &pdev, .name = "0000:00:01.2",
                             .nr_ids = 2, .ids = { 0xa, 0xb } };
    struct iort_buf t;
    unsigned int n = 0;

    good(&t);
    assert_int_equal(iommu_iort_parse(t.b, t.len, &iommu_iort), 0);
    assert_int_equal(fw->resolve(&dev), 0);
    assert_int_equal(dev.fw_unit, at.smmu0);
    assert_int_equal(dev.ids[0], 0x1000a);
    assert_int_equal(dev.ids[1], 0x1000b);
    assert_int_equal(fw->direct_regions(&dev, count_region, &n), 0);
    assert_int_equal(n, 2);

    /* IDs on two units cannot move together. */
    dev.ids[0] = 0xa;
    dev.ids[1] = 0x200;
    assert_int_equal(fw->resolve(&dev), -EINVAL);
    assert_log("the IDs of 0000:00:01.2 are on two SMMUs");
    dev.ids[1] = 0x100;
    assert_int_equal(fw->resolve(&dev), -ENODEV);
    iommu_iort_free(&iommu_iort);
}

static int resolve_named(const struct iort_buf *t, struct iommu_dev *dev)
{
    int rc;

    host_log_clear();
    assert_int_equal(iommu_iort_parse(t->b, t->len, &iommu_iort), 0);
    rc = iommu_iort_firmware.resolve(dev);
    iommu_iort_free(&iommu_iort);

    return rc;
}

/* A device of the name space has the IDs of all nodes with its name. */
static void test_named(void **state)
{
    struct iommu_dev dev = { .name = "\\_SB.NET0" };
    struct iort_buf t, twice;

    good(&t);
    assert_int_equal(resolve_named(&t, &dev), 0);
    assert_int_equal(dev.fw_unit, at.smmu0);
    assert_int_equal(dev.nr_ids, 2);
    assert_int_equal(dev.ids[0], 0x77);
    assert_int_equal(dev.ids[1], 0x78);

    /* As many as a dev can have; one more. */
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, IOMMU_DEV_MAX_IDS - 3, 0x100, at.smmu0, 0);
    iort_close(&t);
    assert_int_equal(resolve_named(&t, &dev), 0);
    assert_int_equal(dev.nr_ids, IOMMU_DEV_MAX_IDS);
    assert_int_equal(dev.ids[IOMMU_DEV_MAX_IDS - 1],
                     0x100 + IOMMU_DEV_MAX_IDS - 3);
    twice = t;
    iort_named(&t, "\\_SB.NET0");
    iort_map(&t, 0, 0, 0x200, at.smmu0, 0);
    iort_close(&t);
    assert_int_equal(resolve_named(&t, &dev), -EINVAL);
    assert_log("has more than");

    /* IDs on two units cannot move together. */
    iort_named(&twice, "\\_SB.NET0");
    iort_map(&twice, 0, 0, 0x200, at.smmu1, 0);
    iort_close(&twice);
    assert_int_equal(resolve_named(&twice, &dev), -EINVAL);
    assert_log("are on two SMMUs");

    dev.name = "\\_SB.NET1";
    assert_int_equal(resolve_named(&t, &dev), -ENODEV);
}

/* Parses a copy of the exact size, so that ASan sees one byte too far. */
static int parse(const uint8_t *b, size_t len)
{
    uint8_t *copy = malloc(len + !len);
    int rc;

    memcpy(copy, b, len);
    host_log_clear();
    rc = iommu_iort_parse(copy, len, &iort);
    if ( rc )
    {
        assert_int_equal(rc, -EINVAL);
        assert_int_equal(host_log_lines(XENLOG_ERR), 1);
        assert_null(iort.smmus);
        assert_int_equal(iort.nr_smmus + iort.nr_maps + iort.nr_rmrs, 0);
    }
    iommu_iort_free(&iort);
    free(copy);

    return rc;
}

static void test_cut(void **state)
{
    struct iort_buf t;
    uint32_t n;

    good(&t);
    for ( n = 0; n < t.len; n++ )
        assert_int_equal(parse(t.b, n), -EINVAL);
    assert_int_equal(parse(t.b, t.len), 0);
}

static void test_flipped(void **state)
{
    uint64_t seed = 42;
    struct iort_buf t;
    unsigned int i, j, refused = 0;

    for ( i = 0; i < test_rounds(3000, 100000); i++ )
    {
        good(&t);
        for ( j = 0; j <= i % 3; j++ )
            t.b[36 + test_random(&seed) % (t.len - 36)] = test_random(&seed);
        refused += !!parse(t.b, t.len);
    }
    assert_in_range(refused, i / 20, i - i / 20);
}

/* Each lie by itself, and the words that it gets. */
static void test_lies(void **state)
{
    static const struct {
        int node;               /* offset in struct at, < 0: the table */
        uint32_t off, val, size;
        const char *why;
    } lies[] = {
        { -1, 36, 1000, 4, "nodes outside of the table" },
        { -1, 40, 8, 4, "nodes outside of the table" },
        { 4, 1, 17, 2, "node of a wrong length" },
        { 4, 8, 100, 4, "ID mappings outside of their node" },
        { 4, 12, 4, 4, "ID mappings outside of their node" },
        { 4, 28, 0x10000, 4, "segment of more than 16 bits" },
        { 1, 16, 0, 4, "without a base address" },
        { 1, 16, 0x09150000, 4, "two SMMUv3 at one address" },
        { 4, 40 + 4, 0x300, 4, "two mappings of one requester ID" },
        { 4, 40 + 4, 0x200, 4, "two mappings of one requester ID" },
        { 4, 40 + 4, 0xffffffff, 4, "too many IDs" },
        { 4, 40 + 8, 0xffffff80, 4, "too many IDs" },
        { 4, 40 + 12, 0x7fffffff, 4, "what is no node" },
        { 4, 40 + 12, 52, 4, "what is no node" },
        { 4, 40 + 12, 72, 4, "what is no SMMU" },
    };
    const uint32_t *nodes = &at.its;
    struct iort_buf t;
    char name[257] = {};
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(lies); i++ )
    {
        good(&t);
        iort_poke(&t, (lies[i].node < 0 ? 0 : nodes[lies[i].node]) +
                      lies[i].off, lies[i].val, lies[i].size);
        assert_int_equal(parse(t.b, t.len), -EINVAL);
        assert_log(lies[i].why);
    }

    /* Reserved memory that is not in pages, or that wraps. */
    for ( i = 0; i < 3; i++ )
    {
        iort_begin(&t);
        at.smmu0 = iort_smmu(&t, 0x09050000, 1, 0);
        iort_rmr(&t, i == 0 ? 0x80000800 : i == 1 ? 0x80000000 : ~0xfffULL,
                 i == 1 ? 0 : 0x2000);
        iort_map(&t, 0, 0, 0, at.smmu0, 0);
        iort_close(&t);
        assert_int_equal(parse(t.b, t.len), -EINVAL);
        assert_log("not in pages");
    }

    /* Names are copied: of 255 characters, and no more. */
    for ( i = 255; i < 257; i++ )
    {
        memset(name, 'N', i);
        iort_begin(&t);
        iort_named(&t, name);
        iort_close(&t);
        assert_int_equal(parse(t.b, t.len), i == 255 ? 0 : -EINVAL);
    }
    assert_log("name without an end");
}

static int parse_good(void *arg)
{
    int rc;
    struct iort_buf t;

    good(&t);
    rc = iommu_iort_parse(t.b, t.len, &iort);
    assert_true(!rc || rc == -ENOMEM);

    return rc;
}

static void free_iort(void *arg, int rc, bool reached)
{
    iommu_iort_free(&iort);
}

static void test_memory(void **state)
{
    static const struct sweep sweep = {
        .name = "IORT", .run = parse_good, .check = free_iort,
    };

    assert_true(sweep_allocations(&sweep, NULL) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_firmware),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, test_reset, test_no_leak);
}
