/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries of iommu-map and regions that are wrong, beside others that are not. */
#include "dt-lie.h"

/* Entries for 0 to 0xf, which are good, and one that is not. */
static void test_map(void **state)
{
    static const struct {
        uint32_t cells[6];
        unsigned int nr;
        const char *why;
        uint32_t first, last;       /* what it costs; none: last is less */
    } bad[] = {
        { { 0 }, 1, "ends within an entry", 0x10, 0xffff },
        { { 0, 1, 0 }, 3, "ends within an entry", 0x10, 0xffff },
        { { 0x10, 1, 0x10, 8, 1 }, 5, "ends within an entry", 0x18, 0xffff },
        { { 0x20, 1, 0, 0x10000 }, 4, "do not fit", 0x20, 0xffff },
        { { 0x20, 1, 0, 0xffffffff }, 4, "do not fit", 0x20, 0xffff },
        { { 0x20, 1, 0xffffff00, 0x101 }, 4, "do not fit", 0x20, 0x120 },
        { { 0x10000, 1, 0, 1 }, 4, "do not fit", 1, 0 },
        { { 0xffffffff, 1, 0, 2 }, 4, "do not fit", 1, 0 },
        { { 0x20, 9, 0, 0x10 }, 4, "which no IOMMU has", 0x20, 0x2f },
        { { 0x20, 0, 0, 0x10 }, 4, "which no IOMMU has", 0x20, 0x2f },
        /* Two units, or two IDs of one, that are a requester ID's. */
        { { 8, 2, 8, 0x10 }, 4, "overlap", 8, 0xf },
        { { 0, 1, 1, 2 }, 4, "overlap", 0, 1 },
    };
    static fdt32_t many[4 * 1025];
    uint32_t cells[10] = { 0, 1, 0, 0x10 }, rid;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        dt_build(&tree);
        memcpy(cells + 4, bad[i].cells, sizeof(bad[i].cells));
        dt_set_cells(&tree, DT_PCI0, "iommu-map", cells, 4 + bad[i].nr);
        expect_line(DT_PCI0, bad[i].why);
        for ( rid = 0; rid < 0x10000; rid += rid < 0x200 ? 1 : 0x3d )
        {
            bool dead = rid >= bad[i].first && rid <= bad[i].last;
            int rc = map(0, rid);

            if ( dead != (rc == -EINVAL) || (rid < 0x10 && !dead && rc) )
                fail_msg("case %u: ID %#x: %d", i, rid, rc);
        }
        assert_int_equal(map(5, 0x11), 0);
    }

    /* The same twice, or in part, is said twice and no more. */
    dt_build(&tree);
    dt_set(&tree, DT_PCI0, "iommu-map", 0, 1, 0, 0x20, 0, 1, 0, 0x20,
           8, 1, 8, 0x40);
    reread();
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(map(0, 0x8), 0);
    assert_int_equal(map(0, 0x47), 0);
    assert_int_equal(map(0, 0x48), -ENODEV);

    LIE(dt_bytes(&tree, DT_PCI0, "iommu-map", "123456789012345678", 18),
        DT_PCI0, "no list", PCI0);
    LIE(dt_set(&tree, DT_PCI0, "iommu-map-mask", 0, 0xff), DT_PCI0,
        "iommu-map-mask is not one cell", PCI0);
    LIE(dt_bytes(&tree, DT_PCI0, "iommu-map-mask", "1", 1), DT_PCI0,
        "iommu-map-mask is not one cell", PCI0);
    /* Of two entries the one whose IDs are behind the mask. */
    LIE(dt_set(&tree, DT_PCI0, "iommu-map-mask", 0xff), DT_PCI0,
        "is not within iommu-map-mask", 0);

    for ( i = 0; i < 1025; i++ )
    {
        many[4 * i] = cpu_to_fdt32(i);
        many[4 * i + 1] = cpu_to_fdt32(1);
        many[4 * i + 3] = cpu_to_fdt32(1);
    }
    LIE(dt_bytes(&tree, DT_PCI0, "iommu-map", many, sizeof(many)), DT_PCI0,
        "no list of up to 1024", PCI0);
    dt_bytes(&tree, DT_PCI0, "iommu-map", many, sizeof(many) - 16);
    reread();
    assert_int_equal(map(0, 1023), 0);

    /* Nothing to say is no lie: but nothing is translated either. */
    dt_build(&tree);
    dt_drop(&tree, DT_PCI0, "iommu-map");
    reread();
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(map(0, 0), -ENODEV);
}

static unsigned int nr_regions(const char *path)
{
    const struct iommu_dt_master *m = iommu_dt_find_master(&iommu_dt, path);

    assert_non_null(m);
    assert_false(m->bad);

    return m->nr_regions;
}

/* A region that is wrong is left out; its device and other regions are not. */
static void test_regions(void **state)
{
    static const struct {
        uint32_t reg[4], addresses[6];
        const char *why;
    } bad[] = {
        { { 0, 0x80000000, 0, 0x1000 }, { 11, 0x90000000, 0x1000 },
          "is not where the memory is" },
        { { 0, 0x80000000, 0, 0x1000 }, { 11, 0x80000000, 0x2000 },
          "is not where the memory is" },
        { { 0, 0x80001000, 0, 0x1000 }, { 11, 0x80000000, 0x1000 },
          "is not where the memory is" },
        { { 0, 0x80000000, 0, 0 }, { 11, 0x80000000, 0 },
          "is not where the memory is" },
        { { 0, 0x80000000, 0, 0x1000 }, { 11, 0xfffff000, 0xffffffff },
          "is not where the memory is" },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        dt_set_cells(&tree, DT_FB, "reg", bad[i].reg, 4);
        dt_set_cells(&tree, DT_FB, "iommu-addresses", bad[i].addresses, 3);
        expect_line("fb@80000000", bad[i].why);
        assert_int_equal(nr_regions(DT_DISP), 0);
        /* And one of the same that is right. */
        dt_set(&tree, DT_FB, "reg", 0, 0x80000000, 0, 0x10000);
        dt_set(&tree, DT_FB, "iommu-addresses", bad[i].addresses[0],
               bad[i].addresses[1] + 0x10000000, bad[i].addresses[2],
               11, 0x80002000, 0x1000);
        expect_line("fb@80000000", bad[i].why);
        assert_int_equal(nr_regions(DT_DISP), 1);
    }

    dt_build(&tree);
    dt_set(&tree, DT_FB, "iommu-addresses", 11, 0x80000000, 0x1000, 11,
           0x80000000);
    expect_line("fb@80000000", "the rest of it is not used");
    assert_int_equal(nr_regions(DT_DISP), 1);
    dt_build(&tree);
    dt_set(&tree, DT_FB, "iommu-addresses", 99, 0x80000000, 0x1000);
    expect_line("fb@80000000", "the rest of it is not used");

    dt_build(&tree);
    dt_set(&tree, DT_DISP, "memory-region", 99, 10);
    expect_line(DT_DISP, "phandle 0x63, which no node has");
    assert_int_equal(nr_regions(DT_DISP), 1);

    dt_build(&tree);
    dt_set(&tree, "/other", "phandle", 10);
    expect_line(DT_DISP, "phandle 0xa, which two nodes have");

    dt_build(&tree);
    dt_bytes(&tree, DT_DISP, "memory-region", "123", 3);
    expect_line(DT_DISP, "memory-region cannot be read");

    /* As many as there are entries. */
    dt_build(&tree);
    dt_set(&tree, DT_DISP, "memory-region", 10, 10, 10, 10, 10, 10, 10, 10,
           10);
    reread();
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(nr_regions(DT_DISP), 9);

    /* For somebody else; addresses only, without memory. */
    dt_build(&tree);
    dt_set(&tree, DT_FB, "iommu-addresses", 2, 0x1000, 0x800000);
    reread();
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    dt_build(&tree);
    dt_drop(&tree, DT_FB, "reg");
    reread();
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_int_equal(nr_regions(DT_DISP), 0);
}

static void expect_good(void)
{
    reread();
    if ( host_log_lines(XENLOG_ERR) )
        fail_msg("%s", host_log_text());
}

/* What is just right, and the next that is not. */
static void test_edges(void **state)
{
    dt_set(&tree, DT_PCI0, "linux,pci-domain", 0xffff);
    expect_good();
    assert_int_equal(map(0xffff, 0x10), 0);

    /* Entries in whatever order. */
    dt_build(&tree);
    dt_set(&tree, DT_PCI0, "iommu-map", 0x100, 2, 0, 0x200,
           0, 1, 0x10000, 0x100);
    expect_good();
    assert_int_equal(map(0, 0x10), 0);
    assert_int_equal(map(0, 0x2ff), 0);
    assert_int_equal(map(0, 0x300), -ENODEV);

    /* A size that wraps ends before it begins. */
    dt_build(&tree);
    dt_set(&tree, "/reserved-memory/fw@90000000", "iommu-addresses",
           13, 0, 0, 0x90000000, 0xffffffff, 0xffffff00);
    expect_line("fw@90000000", "is not where the memory is");

    /* Addresses of more than 64 bits, and registers that are cut off. */
    dt_build(&tree);
    dt_set(&tree, "/wide", "#address-cells", 4);
    dt_set(&tree, "/wide", "#size-cells", 1);
    dt_set(&tree, "/wide/dev", "phandle", 60);
    dt_set(&tree, "/wide/dev", "iommus", 2, 0x44);
    dt_set(&tree, "/wide/dev", "memory-region", 10);
    dt_set(&tree, DT_FB, "iommu-addresses", 60, 0, 0, 0, 0x80000000, 0x1000);
    reread();
    assert_log("the rest of it is not used");
    assert_int_equal(nr_regions("/wide/dev"), 0);
    dt_build(&tree);
    dt_bytes(&tree, DT_FB, "reg", "12345", 5);
    expect_line("fb@80000000", "is not where the memory is");
    assert_int_equal(nr_regions(DT_DISP), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DT_TEST(test_map),
        DT_TEST(test_regions),
        DT_TEST(test_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
