/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMMUv1 and v2 in device trees: stream IDs with masks, in the specifier or for
 * a whole unit, and units that list their masters themselves.
 */
#include <iommu-groups/group.h>

#include "dt-look.h"

static void smmu(const char *path, const char *compatible)
{
    dt_string(&tree, path, "compatible", compatible);
}

/* "20-21 30": @dev's IDs, in order. */
static void expect_ids(const struct iommu_dev *dev, const char *want)
{
    char text[512] = "", one[32];
    const struct iommu_id_range *r;

    for_each_iommu_id_range ( r, &dev->ids )
    {
        snprintf(one, sizeof(one), r->first == r->last ? "%s%x" : "%s%x-%x",
                 *text ? " " : "", r->first, r->last);
        strcat(text, one);
    }
    assert_string_equal(text, want);
}

static void expect_node(const char *path, uint32_t own, const char *want)
{
    struct iommu_dev dev = {};

    renew(&dev, path);
    assert_int_equal(iommu_dt_firmware.resolve(&dev), 0);
    assert_int_equal(dev.id, own);
    expect_ids(&dev, want);
    iommu_dev_forget(&dev);
}

/* Two nodes are told apart by what remains of their IDs. */
static bool share(const char *a, const char *b)
{
    struct iommu_dev one = {}, two = {};
    bool yes;

    renew(&one, a);
    renew(&two, b);
    assert_int_equal(iommu_dt_firmware.resolve(&one), 0);
    assert_int_equal(iommu_dt_firmware.resolve(&two), 0);
    yes = iommu_dev_share_id(&one, &two);
    iommu_dev_forget(&one);
    iommu_dev_forget(&two);

    return yes;
}

static void test_two_cells(void **state)
{
    struct iommu_dev dev = {};

    dt_build(&tree);
    smmu(DT_SMMU0, "arm,mmu-500");
    dt_set(&tree, DT_SMMU0, "#iommu-cells", 2);
    /* That is for specifiers of one cell. */
    dt_set(&tree, DT_SMMU0, "stream-match-mask", 0x6000);
    dt_set(&tree, DT_UART, "iommus", 1, 0x21, 0x3, 1, 0x40, 0x11);
    dt_set(&tree, "/soc/a@1", "iommus", 1, 0x23, 0);
    dt_set(&tree, "/soc/b@1", "iommus", 1, 0x24, 0);
    dt_set(&tree, "/soc/c@1", "iommus", 1, 0x7c51, 0x7c00);
    dt_set(&tree, DT_PCI0, "iommu-map", 0, 1, 0x100, 0x100);
    read_good();

    expect_node(DT_UART, 0x21, "20-23 40-41 50-51");
    assert_true(share(DT_UART, "/soc/a@1"));
    assert_false(share(DT_UART, "/soc/b@1"));
    assert_true(share(DT_UART, "/soc/c@1"));
    assert_false(share("/soc/a@1", "/soc/b@1"));
    expect_node("/soc/b@1", 0x24, "24");
    /* A bridge's map has one cell all the same. */
    assert_int_equal(resolve(&dev, 0, 1, 0x10, 0), 0);
    expect_ids(&dev, "110");
    renew(&dev, "");
}

static void test_match_mask(void **state)
{
    struct iommu_dev dev = {};
    unsigned int i;

    dt_build(&tree);
    smmu(DT_SMMU0, "arm,mmu-500");
    dt_set(&tree, DT_SMMU0, "stream-match-mask", 0x6000);
    dt_set(&tree, DT_PCI0, "iommu-map", 0, 1, 0x100, 0x100);
    read_good();
    expect_node(DT_UART, 0x20, "20-21 2020-2021 4020-4021 6020-6021");
    assert_int_equal(resolve(&dev, 0, 1, 0x10, 0), 0);
    assert_int_equal(dev.id, 0x110);
    expect_ids(&dev, "110 2110 4110 6110");
    renew(&dev, "");
    iommu_dt_free(&iommu_dt);
    free(copy);

    /* What is no mask. */
    for ( i = 0; i < 2; i++ )
    {
        dt_set(&tree, DT_SMMU0, "stream-match-mask", 0x10000);
        if ( i )
            dt_bytes(&tree, DT_SMMU0, "stream-match-mask", "ab", 3);
        host_log_clear();
        assert_int_equal(dt_read_exact(&iommu_dt, tree.b,
                                       fdt_totalsize(tree.b), &copy), 0);
        assert_log("no mask of 16 bits");
        assert_int_equal(resolve(&dev, 0, 1, 0x10, 0), -EINVAL);
        renew(&dev, "");
        if ( !i )
        {
            iommu_dt_free(&iommu_dt);
            free(copy);
        }
    }
}

static int count_busy(uint32_t first, uint32_t last, void *arg)
{
    *(unsigned int *)arg += last - first + 1;

    return 0;
}

/* All that firmware may have left at work, whatever the bits say. */
static void test_busy(void **state)
{
    unsigned int nr = 0;

    dt_build(&tree);
    smmu(DT_SMMU1, "arm,mmu-500");
    dt_set(&tree, DT_SMMU1, "stream-match-mask", 0x7c00);
    read_good();
    assert_int_equal(iommu_dt_firmware.busy_ids(2, count_busy, &nr), 0);
    assert_int_equal(nr, 32);
}

#define LEGACY "/soc/smmu@b000"

static void legacy(void)
{
    dt_build(&tree);
    smmu(LEGACY, "arm,mmu-401");
    dt_set(&tree, LEGACY, "reg", 0xb000, 0x1000);
    dt_set(&tree, "/soc/eth@1", "phandle", 50);
    dt_set(&tree, "/soc/eth@1", "#stream-id-cells", 2);
    dt_set(&tree, "/soc/usb@2", "phandle", 51);
    dt_set(&tree, "/soc/usb@2", "#stream-id-cells", 1);
    dt_string(&tree, "/soc/pci@3", "device_type", "pci");
    dt_set(&tree, "/soc/pci@3", "linux,pci-domain", 7);
    dt_set(&tree, "/soc/pci@3", "phandle", 52);
    dt_set(&tree, "/soc/pci@3", "#stream-id-cells", 1);
    dt_set(&tree, LEGACY, "mmu-masters", 50, 7, 9, 52, 0, 51, 9);
}

/* A master that is not there has no IDs, and its unit's others have theirs. */
static void test_legacy_off(void **state)
{
    legacy();
    dt_string(&tree, "/soc/usb@2", "status", "disabled");
    read_good();
    assert_true(dt_find_unit(&iommu_dt, LEGACY)->served);
    assert_null(iommu_dt_find_master(&iommu_dt, "/soc/usb@2"));
    expect_node("/soc/eth@1", 7, "7 9");
}

static void test_legacy(void **state)
{
    const struct iommu_dt_unit *u;
    struct iommu_dev dev = {};

    legacy();
    read_good();
    u = dt_find_unit(&iommu_dt, LEGACY);
    assert_non_null(u);
    assert_true(u->served && u->legacy && !u->bad);
    assert_true(u->phandle && u->phandle != ~0u);
    assert_int_equal(u->base, 0x10000b000);
    assert_int_equal(iommu_dt_unserved(&iommu_dt), 0);

    expect_node("/soc/eth@1", 7, "7 9");
    expect_node("/soc/usb@2", 9, "9");
    assert_true(share("/soc/eth@1", "/soc/usb@2"));
    assert_int_equal(resolve(&dev, 7, 1, 0x120, 0), 0);
    assert_int_equal(dev.fw_unit, u->phandle);
    expect_ids(&dev, "120");
    renew(&dev, "");
}

/* What the list says that cannot be costs the rest of it, or the device. */
static void test_legacy_lies(void **state)
{
    struct iommu_dev dev = { .name = "/soc/usb@2" };
    unsigned int i;

    for ( i = 0; i < 5; i++ )
    {
        static const char *const lines[] = {
            "phandle 0x63, which is no node's",
            "#stream-id-cells is not so many", "#stream-id-cells is not so many",
            "is no list", "behind two units",
        };

        legacy();
        if ( i == 0 )
            dt_set(&tree, LEGACY, "mmu-masters", 50, 7, 9, 99, 1, 51, 9);
        if ( i == 1 )
            dt_set(&tree, LEGACY, "mmu-masters", 50, 7, 9, 51);
        if ( i == 2 )
            dt_drop(&tree, "/soc/usb@2", "#stream-id-cells");
        if ( i == 3 )
            dt_bytes(&tree, LEGACY, "mmu-masters", "abc", 3);
        if ( i == 4 )
            dt_set(&tree, "/soc/usb@2", "iommus", 1, 4);

        host_log_clear();
        assert_int_equal(dt_read_exact(&iommu_dt, tree.b,
                                       fdt_totalsize(tree.b), &copy), 0);
        assert_log(lines[i]);
        assert_int_equal(host_log_lines(XENLOG_ERR), 1);
        assert_int_equal(iommu_dt_firmware.resolve(&dev),
                         i == 4 ? -EINVAL : -ENODEV);
        if ( i < 3 )
            expect_node("/soc/eth@1", 7, "7 9");
        renew(&dev, "/soc/usb@2");
        iommu_dt_free(&iommu_dt);
        free(copy);
        copy = NULL;
    }
    iommu_dt_free(&iommu_dt);
}

static void test_no_memory(void **state)
{
    unsigned int n;
    int rc = -ENOMEM;

    for ( n = 1; rc; n++ )
    {
        legacy();
        host_fail_nth(n);
        rc = dt_read_exact(&iommu_dt, tree.b, fdt_totalsize(tree.b), &copy);
        host_fail_nth(0);
        assert_true(!rc || rc == -ENOMEM);
        iommu_dt_free(&iommu_dt);
        free(copy);
        copy = NULL;
        assert_int_equal(host_leak_report(5), 0);
    }
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DT_TEST(test_two_cells), DT_TEST(test_match_mask), DT_TEST(test_busy),
        DT_TEST(test_legacy_off), DT_TEST(test_legacy),
        DT_TEST(test_legacy_lies),
        DT_TEST(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
