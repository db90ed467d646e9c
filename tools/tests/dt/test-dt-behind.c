/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is behind which unit: units that are off or have no driver, devices with
 * many IDs, and nodes that come later.
 */
#include "dt-look.h"

/* What is switched off is not there, with all that is below it. */
static void test_disabled(void **state)
{
    dt_build(&tree);
    dt_string(&tree, DT_UART, "status", "disabled");
    dt_string(&tree, DT_PCI1, "status", "fail");
    dt_string(&tree, "/off", "status", "reserved");
    dt_set(&tree, "/off/smmu@0", "#iommu-cells", 7);
    read_good();

    assert_null(iommu_dt_find_master(&iommu_dt, DT_UART));
    assert_non_null(iommu_dt_find_master(&iommu_dt, DT_DISP));
    assert_true(dt_find_unit(&iommu_dt, DT_FUNC)->off);
    assert_true(dt_find_unit(&iommu_dt, "/off/smmu@0")->off);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 0);
    assert_int_equal(iommu_dt_unserved(&iommu_dt), 0);
}

static unsigned int lines(void)
{
    return host_log_lines(XENLOG_ERR) + host_log_lines(XENLOG_WARNING) +
           host_log_lines(XENLOG_INFO);
}

/* Behind an IOMMU that is off is behind none: said once, whoever asks. */
static void test_behind_disabled(void **state)
{
    static const char *const off[] = { DT_SMMU0, "/soc" };
    struct iommu_dev dev = {};
    uint32_t unit, id;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(off); i++ )
    {
        dt_build(&tree);
        dt_drop(&tree, DT_PCI0, "iommu-map");
        dt_set(&tree, DT_PCI0, "iommu-map", 0, 1, 0, 8, 0x10, 1, 0x10, 0x20,
               0x100, 1, 0x55, 0x10, 0x100, 2, 0, 0x200);
        dt_set(&tree, "/dma@1", "iommus", 1, 0x30, 2, 1);
        dt_set(&tree, "/dma@2", "iommus", 1, 0x31);
        /* A specifier is as long as the node says, though it is off. */
        dt_set(&tree, DT_SMMU0, "#iommu-cells", 3);
        dt_set(&tree, "/dma@1", "iommus", 1, 1, 1, 1, 2, 1);
        dt_set(&tree, DT_UART, "iommus", 1, 5, 6, 7);
        dt_string(&tree, off[i], "status", "disabled");
        read_good();
        if ( i )
        {
            /* All is off; two of the three are referred to from outside. */
            assert_int_equal(lines(), 2);
            assert_null(iommu_dt_find_master(&iommu_dt, "/dma@1"));
            continue;
        }

        assert_int_equal(lines(), 1);
        assert_log(DT_SMMU0 " is disabled: what is behind it is not translated");
        assert_null(iommu_dt_find_master(&iommu_dt, DT_UART));
        assert_null(iommu_dt_find_master(&iommu_dt, "/dma@2"));
        assert_int_equal(iommu_dt_map_rid(&iommu_dt, 0, 3, &unit, &id),
                         -ENODEV);
        assert_int_equal(iommu_dt_map_rid(&iommu_dt, 0, 0x105, &unit, &id), 0);
        assert_int_equal(resolve(&dev, 0, 1, 0x12, 0), -ENODEV);
        assert_true(dev.told);
        assert_int_equal(lines(), 1);
        /* In part behind one that is on: dom0's only. */
        renew(&dev, "/dma@1");
        assert_int_equal(iommu_dt_firmware.resolve(&dev), 0);
        assert_int_equal(dev.fw_unit, 2);
        assert_true(dev.partial);
        renew(&dev, DT_DISP);
        assert_int_equal(iommu_dt_firmware.resolve(&dev), 0);
        assert_false(dev.partial);
        iommu_dev_forget(&dev);
        iommu_dt_free(&iommu_dt);
        free(copy);
        copy = NULL;
        host_log_clear();
    }
}

/* What has no driver may be as it likes. */
static void test_not_judged(void **state)
{
    static const struct {
        const char *compatible;
        uint32_t cells[3];
        unsigned int nr_cells;
    } odd[] = {
        { "rockchip,iommu", { 0 }, 1 },
        { "mediatek,mt8173-m4u", { 1 }, 1 },
        { "nvidia,smmu-500", { 2 }, 1 },
        { "samsung,exynos-sysmmu", { 7 }, 1 },
        { "vendor,odd", { 1, 2 }, 2 },
        { "vendor,odd", { ~0u }, 1 },
    };
    struct iommu_dev dev = {};
    uint32_t unit, id;
    unsigned int i, n;

    for ( i = 0; i < ARRAY_SIZE(odd); i++ )
        for ( n = 0; n < 3; n++ )
        {
            dt_build(&tree);
            dt_string(&tree, DT_SMMU0, "compatible", odd[i].compatible);
            dt_set_cells(&tree, DT_SMMU0, "#iommu-cells", odd[i].cells,
                         odd[i].nr_cells);
            if ( n == 0 )
                dt_drop(&tree, DT_SMMU0, "reg");
            else if ( n == 1 )
                dt_set(&tree, DT_SMMU0, "reg", 0x1000, 0, 0x9000, 0x2000, 5);
            else
                dt_set(&tree, DT_SMMU0, "iommus", 1, 5);
            dt_set(&tree, DT_UART, "iommus", 1, 1, 1, 1, 1, 1, 1, 1);
            dt_set(&tree, DT_PCI0, "iommu-map", 0, 1, 0x10000, 0x10000,
                   0, 1, 5, ~0u);
            read_good();
            assert_int_equal(lines(), 0);
            assert_int_equal(iommu_dt_unserved(&iommu_dt), 1);
            assert_int_equal(lines(), 1);
            assert_null(iommu_dt_find_master(&iommu_dt, DT_UART));
            assert_non_null(iommu_dt_find_master(&iommu_dt, DT_DISP));
            assert_true(iommu_dt_map_rid(&iommu_dt, 0, 3, &unit, &id) < 0);
            assert_int_equal(resolve(&dev, 5, 1, 0x18, 0), 0);
            iommu_dev_forget(&dev);
            iommu_dt_free(&iommu_dt);
            free(copy);
            copy = NULL;
            host_log_clear();
        }
}

/* A device with an interface at one of another kind is dom0's only. */
static void test_partial(void **state)
{
    struct iommu_dev dev = { .name = DT_UART };

    dt_build(&tree);
    dt_string(&tree, DT_SMMU1, "compatible", "rockchip,iommu");
    dt_set(&tree, DT_SMMU1, "#iommu-cells", 0);
    dt_set(&tree, DT_UART, "iommus", 2, 1, 0x20, 2, 1, 0x21);
    read_good();
    assert_int_equal(iommu_dt_firmware.resolve(&dev), 0);
    assert_int_equal(dev.fw_unit, 1);
    assert_int_equal(dev.ids.nr_ids, 2);
    assert_true(dev.partial);
    iommu_dev_forget(&dev);
}

/* As many IDs as a DMA controller has channels, in a row or not, some twice. */
static void test_many_ids(void **state)
{
    struct iommu_dev row = { .name = "/dma@1" }, one = { .name = "/dma@2" };
    struct iommu_dev wide = { .name = "/dma@3" };
    uint32_t cells[64], i;

    dt_build(&tree);
    for ( i = 0; i < 32; i++ )
        cells[2 * i] = 1;
    for ( i = 0; i < 16; i++ )
        cells[2 * i + 1] = (i * 7) % 16;
    dt_set_cells(&tree, "/dma@1", "iommus", cells, 32);
    dt_set(&tree, "/dma@2", "iommus", 1, 16);
    for ( i = 0; i < 32; i++ )
        cells[2 * i + 1] = 0x100 + i % 20 * 3;
    dt_set_cells(&tree, "/dma@3", "iommus", cells, 64);
    read_good();

    assert_int_equal(iommu_dt_firmware.resolve(&row), 0);
    assert_int_equal(row.ids.nr_ids, 16);
    assert_int_equal(row.ids.nr, 1);
    assert_int_equal(iommu_dt_firmware.resolve(&one), 0);
    assert_int_equal(iommu_dt_firmware.resolve(&wide), 0);
    assert_int_equal(wide.ids.nr_ids, 20);
    for ( i = 0; i < 60; i++ )
        assert_int_equal(iommu_dev_has_id(&wide, 0x100 + i), i % 3 == 0);
    /* A group of its own. */
    assert_false(iommu_ids_overlap(&row.ids, &one.ids));
    iommu_dev_forget(&row);
    iommu_dev_forget(&one);
    iommu_dev_forget(&wide);
}

/* The one node that @overlay puts under /soc, as it is in the whole tree. */
static const void *overlaid(const char *path, int *len)
{
    const void *p;

    p = fdt_getprop(tree.b, fdt_path_offset(tree.b, path), "iommus", len);
    assert_non_null(p);

    return p;
}

/* @iommus of the new /soc/late@7000, which refers to its units by label. */
static void overlay(const char *label, const char *iommus_of,
                    const uint32_t *iommus, int nr)
{
    static struct dt_tree o;
    char where[64];

    dt_build(&tree);
    dt_set(&tree, DT_UART, "phandle", 0x20);
    dt_string(&tree, "/__symbols__", label, iommus_of);
    dt_empty(&o);
    dt_string(&o, "/fragment@0", "target-path", "/soc");
    dt_set(&o, "/fragment@0/__overlay__/late@7000", "reg", 0x7000, 0x1000);
    dt_set_cells(&o, "/fragment@0/__overlay__/late@7000", "iommus", iommus, nr);
    snprintf(where, sizeof(where),
             "/fragment@0/__overlay__/late@7000:iommus:0");
    dt_bytes(&o, "/__fixups__", label, where, strlen(where) + 1);

    read_good();
    assert_int_equal(fdt_overlay_apply(tree.b, o.b), 0);
}

/* Nodes that an overlay brings, and takes away again. */
static void test_overlay(void **state)
{
    static const char path[] = "/soc/late@7000";
    static const struct {
        const char *unit;
        uint32_t cells[4];
        int nr, rc;
        bool bad;
    } cases[] = {
        { DT_SMMU0, { 0xffffffff, 0x77, 1, 0x78 }, 4, 0 },
        { DT_SMMU1, { 0xffffffff, 0x77 }, 2, 0 },
        { DT_SMMU1, { 0xffffffff }, 1, 0, true },
        { DT_SMMU1, { 0xffffffff, 0x77, 1, 0x78 }, 4, 0, true },
        { DT_UART, { 0xffffffff, 0x77 }, 2, 0, true },
    };
    struct iommu_dev dev = { .name = path };
    const void *iommus;
    unsigned int i;
    int len;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        overlay("smmu", cases[i].unit, cases[i].cells, cases[i].nr);
        iommus = overlaid(path, &len);
        assert_null(iommu_dt_find_master(&iommu_dt, path));
        pcidevs_lock();
        assert_int_equal(iommu_dt_add_master(&iommu_dt, path, iommus, len),
                         cases[i].rc);
        assert_int_equal(iommu_dt_add_master(&iommu_dt, path, iommus, len),
                         -EEXIST);
        assert_int_equal(host_log_lines(XENLOG_ERR), cases[i].bad);
        assert_int_equal(iommu_dt_firmware.resolve(&dev),
                         cases[i].bad ? -EINVAL : 0);
        if ( !cases[i].bad )
        {
            assert_int_equal(dev.fw_unit, i + 1);
            assert_int_equal(dev.ids.nr_ids, cases[i].nr / 2);
        }
        renew(&dev, path);

        /* It goes; what was there from the beginning does not. */
        iommu_dt_del_master(&iommu_dt, path);
        iommu_dt_del_master(&iommu_dt, DT_DISP);
        pcidevs_unlock();
        assert_null(iommu_dt_find_master(&iommu_dt, path));
        assert_non_null(iommu_dt_find_master(&iommu_dt, DT_DISP));
        iommu_dt_free(&iommu_dt);
        free(copy);
        copy = NULL;
        host_log_clear();
    }

    /* Behind one that is off, or of another kind; no memory. */
    dt_build(&tree);
    dt_string(&tree, DT_SMMU0, "status", "disabled");
    dt_string(&tree, DT_SMMU1, "compatible", "nvidia,smmu-500");
    read_good();
    host_log_clear();
    pcidevs_lock();
    assert_int_equal(iommu_dt_add_master(&iommu_dt, path, "\0\0\0\1\0\0\0\5", 8),
                     -ENODEV);
    assert_int_equal(iommu_dt_add_master(&iommu_dt, path, "\0\0\0\2\0\0\0\5", 8),
                     -ENODEV);
    assert_int_equal(lines(), 0);
    pcidevs_unlock();
    iommu_dt_free(&iommu_dt);
    free(copy);
    copy = NULL;

    dt_build(&tree);
    read_good();
    pcidevs_lock();
    for ( i = 1; i < 4; i++ )
    {
        host_fail_nth(i);
        assert_int_equal(iommu_dt_add_master(&iommu_dt, path,
                                             "\0\0\0\2\0\0\0\5", 8),
                         -ENOMEM);
    }
    host_fail_nth(0);
    pcidevs_unlock();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DT_TEST(test_disabled),
        DT_TEST(test_behind_disabled),
        DT_TEST(test_not_judged),
        DT_TEST(test_partial),
        DT_TEST(test_many_ids),
        DT_TEST(test_overlay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
