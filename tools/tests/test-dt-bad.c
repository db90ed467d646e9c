/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device trees that are cut, flipped, or lying: each lie gets one line, and
 * what depends on it cannot be resolved, while the rest can.
 */
#include "dt-test.h"

static struct dt_tree tree;
static void *copy;

static int setup(void **state)
{
    host_reset();
    dt_build(&tree);

    return 0;
}

static int teardown(void **state)
{
    iommu_dt_free(&iommu_dt);
    free(copy);
    copy = NULL;

    return test_no_leak(state);
}

static void reread(void)
{
    iommu_dt_free(&iommu_dt);
    free(copy);
    host_log_clear();
    assert_int_equal(dt_read_exact(&iommu_dt, tree.b, fdt_totalsize(tree.b),
                                   &copy), 0);
}

/* One line, which names @path and has @why. */
static void expect_line(const char *path, const char *why)
{
    reread();
    if ( host_log_lines(XENLOG_ERR) != 1 )
        fail_msg("%u lines:\n%s", host_log_lines(XENLOG_ERR),
                 host_log_text());
    assert_log(path);
    assert_log(why);
}

static int map(unsigned int seg, unsigned int rid)
{
    uint32_t unit, id;

    return iommu_dt_map_rid(&iommu_dt, seg, rid, &unit, &id);
}

static bool master_bad(const char *path)
{
    const struct iommu_dt_master *m = iommu_dt_find_master(&iommu_dt, path);

    assert_non_null(m);

    return m->bad;
}

/* The three that stand for what must go on working. */
enum { UART = 1, PCI0 = 2, PCI1 = 4 };

static void expect_dead(unsigned int which)
{
    assert_int_equal(master_bad(DT_UART), !!(which & UART));
    assert_int_equal(map(0, 0x10), which & PCI0 ? -EINVAL : 0);
    assert_int_equal(map(5, 0x11), which & PCI1 ? -EINVAL : 0);
}

/* Each starts from the good tree again. */
#define LIE(change, path, why, which) do {      \
    dt_build(&tree);                            \
    change;                                     \
    expect_line(path, why);                     \
    expect_dead(which);                         \
} while ( 0 )

static void test_units(void **state)
{
    LIE(dt_set(&tree, "/other", "phandle", 1), DT_SMMU0,
        "its phandle 0x1 is another node's as well", UART | PCI0);
    /* Disabled or not. */
    LIE(dt_set(&tree, "/other", "linux,phandle", 3);
        dt_string(&tree, "/other", "status", "disabled"), DT_FUNC,
        "its phandle 0x3 is another node's as well", PCI1);
    LIE(dt_set(&tree, DT_SMMU0, "#iommu-cells", 2), DT_SMMU0,
        "#iommu-cells", UART | PCI0);
    LIE(dt_set(&tree, DT_SMMU0, "#iommu-cells", 1, 1), DT_SMMU0,
        "#iommu-cells", UART | PCI0);
    LIE(dt_bytes(&tree, DT_SMMU0, "#iommu-cells", "\0\0\1", 3), DT_SMMU0,
        "#iommu-cells", UART | PCI0);
    LIE(dt_set(&tree, DT_SMMU0, "interrupt-parent", 1), DT_SMMU0,
        "its interrupt-parent leads in a circle", UART | PCI0);
    LIE(dt_set(&tree, DT_SMMU0, "iommus", 2, 1), DT_SMMU0,
        "an IOMMU behind an IOMMU", UART | PCI0);
    LIE(dt_set(&tree, DT_PCI1, "iommu-map", 0, 3, 0, 0x10000), DT_FUNC,
        "an IOMMU behind an IOMMU, by", PCI1);
    LIE(dt_set(&tree, DT_FUNC, "reg", 0x1000), DT_FUNC,
        "its reg is no PCI function", PCI1);
    LIE(dt_set(&tree, DT_PCI1, "bus-range", 0, 1);
        dt_set(&tree, DT_FUNC, "reg", 0x21000, 0, 0, 0, 0), DT_FUNC,
        "its reg is no PCI function", PCI1);
}

static void test_registers(void **state)
{
    static const struct {
        uint32_t base, size;
        const char *why;
    } bad[] = {
        { 0x1000, 0, "nowhere" },
        { 0x1000, 0xfff, "of no possible size" },
        { 0x1000, 0x8000000, "of no possible size" },
        { 0x1800, 0x2000, "of no possible size" },
        { 0xfffff000, 0x2000, "nowhere" },
        { 0x3ffff000, 0x2000, "nowhere" },
        { 0x40000000, 0x2000, "nowhere" },
        { 0xfffff000, 0xffffffff, "nowhere" },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        LIE(dt_set(&tree, DT_SMMU0, "reg", bad[i].base, bad[i].size),
            DT_SMMU0, bad[i].why, UART | PCI0);
        assert_int_equal(dt_find_unit(&iommu_dt, DT_SMMU0)->size, 0);
    }

    LIE(dt_drop(&tree, DT_SMMU0, "reg"), DT_SMMU0, "missing", UART | PCI0);
    LIE(dt_set(&tree, DT_SMMU0, "reg", 0x1000), DT_SMMU0, "nowhere",
        UART | PCI0);
    LIE(dt_bytes(&tree, DT_SMMU0, "reg", "1234567", 7), DT_SMMU0, "nowhere",
        UART | PCI0);

    /* Who owns what two claim is unknown; one of them is brought up. */
    LIE(dt_set(&tree, DT_SMMU1, "reg", 0x1000, 0x2000), DT_SMMU0,
        "its registers are those of " DT_SMMU1, UART | PCI0);
    assert_int_equal(dt_find_unit(&iommu_dt, DT_SMMU0)->size, 0);
    assert_int_equal(dt_find_unit(&iommu_dt, DT_SMMU1)->size, 0x2000);

    /* Where one begins within the other, neither is known to be where it says. */
    LIE(dt_set(&tree, DT_SMMU1, "reg", 0x2000, 0x2000), DT_SMMU0,
        "its registers are those of " DT_SMMU1, UART | PCI0);
    assert_int_equal(dt_find_unit(&iommu_dt, DT_SMMU0)->size, 0);
    assert_int_equal(dt_find_unit(&iommu_dt, DT_SMMU1)->size, 0);
}

/* The bus above the units moves them to where nothing is. */
static void test_ranges(void **state)
{
    static const uint32_t bad[][8] = {
        { 4, 0, 1, 0, 0 },                       /* empty window */
        { 4, 0, 1, 0, 0x2000 },                  /* too short */
        { 4, 0x8000, 1, 0, 0x4000 },             /* one of them only */
        { 4, 0, 0xffffffff, 0xfffff000, 0x40000000 },
        { 3, 0, 1, 0 },                          /* cut off */
        { 6, 0, 1, 0, 0x40000000, 1, 2 },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad); i++ )
    {
        dt_set_cells(&tree, "/soc", "ranges", bad[i] + 1, bad[i][0]);
        reread();
        assert_true(host_log_lines(XENLOG_ERR) >= 1);
        assert_log("registers are nowhere");
        assert_int_equal(dt_find_unit(&iommu_dt, DT_SMMU0)->size, 0);
        expect_dead(UART | PCI0);
    }

    /* Without ranges nothing below is reached; cells that cannot be. */
    dt_build(&tree);
    dt_drop(&tree, "/soc", "ranges");
    reread();
    expect_dead(UART | PCI0);
    dt_build(&tree);
    dt_set(&tree, "/soc", "#address-cells", 3);
    reread();
    expect_dead(UART | PCI0);
    dt_build(&tree);
    dt_set(&tree, "/soc", "#size-cells", 0xffffffff);
    reread();
    expect_dead(UART | PCI0);
}

static void test_iommus(void **state)
{
    LIE(dt_set(&tree, DT_UART, "iommus", 1), DT_UART, "cut off", UART);
    LIE(dt_set(&tree, DT_UART, "iommus", 1, 2, 1), DT_UART, "cut off", UART);
    LIE(dt_bytes(&tree, DT_UART, "iommus", "12345", 5), DT_UART,
        "no list of IOMMUs", UART);
    LIE(dt_bytes(&tree, DT_UART, "iommus", NULL, 0), DT_UART,
        "no list of IOMMUs", UART);
    LIE(dt_set(&tree, DT_UART, "iommus", 77, 2), DT_UART,
        "phandle 0x4d, which no IOMMU has", UART);
    LIE(dt_set(&tree, DT_UART, "iommus", 0, 2), DT_UART,
        "phandle 0, which no IOMMU has", UART);
    /* A node that is there but is no IOMMU. */
    LIE(dt_set(&tree, DT_UART, "iommus", 10, 2), DT_UART,
        "phandle 0xa, which no IOMMU has", UART);
    LIE(dt_set(&tree, DT_UART, "iommus", 1, 2, 2, 2), DT_UART,
        "behind two units", UART);
    /* Cut off behind one without a driver: whatever it is, it is not ours. */
    dt_build(&tree);
    dt_string(&tree, DT_SMMU1, "compatible", "arm,smmu-v2");
    dt_set(&tree, DT_UART, "iommus", 1, 2, 2);
    reread();
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_false(master_bad(DT_UART));
}

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

static void test_bridges(void **state)
{
    LIE(dt_set(&tree, DT_PCI0, "bus-range", 1, 0), DT_PCI0, "bus-range", PCI0);
    LIE(dt_set(&tree, DT_PCI0, "bus-range", 0, 0x100), DT_PCI0, "bus-range",
        PCI0);
    LIE(dt_set(&tree, DT_PCI0, "bus-range", 0), DT_PCI0, "bus-range", PCI0);
    LIE(dt_set(&tree, DT_PCI0, "linux,pci-domain", 0x10000), DT_PCI0,
        "linux,pci-domain", PCI0);

    /* Two for the same functions: neither is believed. */
    dt_build(&tree);
    dt_set(&tree, DT_PCI1, "linux,pci-domain", 0);
    dt_set(&tree, DT_PCI1, "bus-range", 0, 2);
    expect_line(DT_PCI0, "has buses of segment 0000 that " DT_PCI1 " has too");
    assert_int_equal(map(0, 0x10), -EINVAL);
    assert_int_equal(map(0, 0x310), -EINVAL);
}

static void try_ecam(int want, const char *why)
{
    const struct iommu_dt_bridge *b;
    struct iommu_dt_ecam e;

    reread();
    host_log_clear();
    list_for_each_entry ( b, &iommu_dt.bridges, list )
        if ( !strcmp(b->path, DT_PCI0) )
            assert_int_equal(iommu_dt_ecam(&iommu_dt, b, &e), want);
    assert_int_equal(host_log_lines(XENLOG_ERR), want ? 1 : 0);
    if ( want )
        assert_log(why);
}

static void test_ecam(void **state)
{
    dt_set(&tree, DT_PCI0, "bus-range", 0, 15);
    dt_set(&tree, DT_PCI0, "reg", 0x10000000, 0x1000000);
    try_ecam(0, NULL);
    dt_set(&tree, DT_PCI0, "ranges", 0x02000000, 0, 0x80000000, 0x80000000,
           0, 0x1000000);
    try_ecam(0, NULL);

    /* One that moves addresses, one of nothing, one that is too large. */
    dt_set(&tree, DT_PCI0, "ranges", 0x02000000, 0, 0x80000000, 0x70000000,
           0, 0x1000000);
    try_ecam(-EINVAL, "its ranges cannot be used");
    dt_set(&tree, DT_PCI0, "ranges", 0x02000000, 0, 0x80000000, 0x80000000,
           0, 0);
    try_ecam(-EINVAL, "its ranges cannot be used");
    dt_set(&tree, DT_PCI0, "ranges", 0x02000000, 0, 0x80000000, 0x80000000,
           0, 0x80000001);
    try_ecam(-EINVAL, "its ranges cannot be used");
    dt_set(&tree, DT_PCI0, "ranges", 0x02000000, 0, 0x80000000);
    try_ecam(-EINVAL, "its ranges cannot be used");
    dt_drop(&tree, DT_PCI0, "ranges");

    /* Less configuration space than buses; not where buses begin; none. */
    dt_set(&tree, DT_PCI0, "reg", 0x10000000, 0xf00000);
    try_ecam(-EINVAL, "no room for the configuration space of 16 buses");
    dt_set(&tree, DT_PCI0, "reg", 0x10010000, 0x1000000);
    try_ecam(-EINVAL, "no room");
    dt_drop(&tree, DT_PCI0, "reg");
    try_ecam(-EINVAL, "no room");

    dt_string(&tree, DT_PCI0, "compatible", "somebody,pcie");
    try_ecam(-EOPNOTSUPP, "without ECAM");
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

/* Nodes below each other without end: no recursion, and an end. */
static void test_deep(void **state)
{
    char path[DT_ROOM / 64] = "";

    while ( strlen(path) < 200 )
        strcat(path, "/a");
    dt_set(&tree, path, "x", 1);
    assert_int_equal(dt_read_exact(&iommu_dt, tree.b, fdt_totalsize(tree.b),
                                   &copy), -EINVAL);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_log("nodes deeper than 16");
    assert_true(list_empty(&iommu_dt.units));
}

static void try(const void *b, size_t len)
{
    void *c;
    int rc = dt_read_exact(&iommu_dt, b, len, &c);

    assert_true(rc == 0 || rc == -EINVAL);
    if ( rc )
        assert_true(list_empty(&iommu_dt.units));
    iommu_dt_free(&iommu_dt);
    free(c);
}

static void test_truncated(void **state)
{
    size_t n, len;

    assert_int_equal(fdt_pack(tree.b), 0);
    len = fdt_totalsize(tree.b);
    for ( n = 0; n < len; n++ )
    {
        host_log_clear();
        assert_int_equal(dt_read_exact(&iommu_dt, tree.b, n, &copy), -EINVAL);
        assert_int_equal(host_log_lines(XENLOG_ERR), 1);
        assert_log("no valid device tree");
        free(copy);
        copy = NULL;
    }
}

/* Each byte, also those that say where others are. */
static void test_flipped(void **state)
{
    static const uint8_t values[] = { 0x00, 0xff, 0x7f, 0x80, 0x01 };
    size_t i, v, len;

    assert_int_equal(fdt_pack(tree.b), 0);
    len = fdt_totalsize(tree.b);
    for ( i = 0; i < len; i++ )
    {
        char old = tree.b[i];

        for ( v = 0; v < ARRAY_SIZE(values); v++ )
        {
            tree.b[i] = values[v];
            try(tree.b, len);
        }
        tree.b[i] = old;
    }
}

#define DT_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DT_TEST(test_units),
        DT_TEST(test_registers),
        DT_TEST(test_ranges),
        DT_TEST(test_iommus),
        DT_TEST(test_map),
        DT_TEST(test_bridges),
        DT_TEST(test_ecam),
        DT_TEST(test_regions),
        DT_TEST(test_deep),
        DT_TEST(test_truncated),
        DT_TEST(test_flipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
