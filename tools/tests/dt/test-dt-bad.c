/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device trees that are cut, flipped, or lying: each lie gets one line, and
 * what depends on it cannot be resolved, while the rest can.
 */
#include "dt-lie.h"

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
    dt_string(&tree, DT_SMMU1, "compatible", "nvidia,smmu-500");
    dt_set(&tree, DT_UART, "iommus", 1, 2, 2);
    reread();
    assert_int_equal(host_log_lines(XENLOG_ERR), 0);
    assert_false(master_bad(DT_UART));
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

/* Of one bus, at either end, and none: in both orders. */
static void test_bridges_meet(void **state)
{
    static const struct {
        uint32_t a[2], b[2];
        bool overlap;
    } ranges[] = {
        { { 0, 2 }, { 2, 4 }, true }, { { 2, 4 }, { 0, 2 }, true },
        { { 0, 2 }, { 3, 4 }, false }, { { 3, 4 }, { 0, 2 }, false },
        { { 3, 3 }, { 3, 3 }, true }, { { 0, 0xff }, { 0xff, 0xff }, true },
        { { 0, 0xfe }, { 0xff, 0xff }, false }, { { 0, 9 }, { 4, 4 }, true },
        { { 4, 4 }, { 0, 9 }, true },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(ranges); i++ )
    {
        dt_build(&tree);
        dt_set(&tree, DT_PCI1, "linux,pci-domain", 0);
        dt_set(&tree, DT_PCI0, "bus-range", ranges[i].a[0], ranges[i].a[1]);
        dt_set(&tree, DT_PCI1, "bus-range", ranges[i].b[0], ranges[i].b[1]);
        reread();
        if ( host_log_contains("has buses of segment") != ranges[i].overlap )
            fail_msg("[%x-%x] and [%x-%x]", ranges[i].a[0], ranges[i].a[1],
                     ranges[i].b[0], ranges[i].b[1]);
    }
}

/* Registers that end where others begin. */
static void test_registers_meet(void **state)
{
    static const uint32_t next[][2] = { { 0x3000, 0x2000 }, { 0x8000, 0x1000 } };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(next); i++ )
    {
        dt_build(&tree);
        dt_set(&tree, DT_SMMU0, "reg", 0x1000, 0x2000);
        dt_set(&tree, DT_SMMU1, "reg", next[i][0], next[i][1]);
        reread();
        assert_no_log("its registers are those of");
    }

    LIE(dt_set(&tree, DT_SMMU0, "reg", 0x1000, 0x3000);
        dt_set(&tree, DT_SMMU1, "reg", 0x3000, 0x2000), DT_SMMU0,
        "its registers are those of " DT_SMMU1, UART | PCI0);
    LIE(dt_set(&tree, DT_SMMU0, "reg", 0x3000, 0x2000);
        dt_set(&tree, DT_SMMU1, "reg", 0x1000, 0x3000), DT_SMMU0,
        "its registers are those of " DT_SMMU1, UART | PCI0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        DT_TEST(test_units),
        DT_TEST(test_registers),
        DT_TEST(test_ranges),
        DT_TEST(test_iommus),
        DT_TEST(test_bridges),
        DT_TEST(test_bridges_meet),
        DT_TEST(test_registers_meet),
        DT_TEST(test_ecam),
        DT_TEST(test_deep),
        DT_TEST(test_truncated),
        DT_TEST(test_flipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
