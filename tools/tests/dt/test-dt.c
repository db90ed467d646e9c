/* SPDX-License-Identifier: GPL-2.0-only */
/* Device trees that are right: recorded ones, and one with everything. */
#include <xen/bootfdt.h>

#include "dt-look.h"

static struct iommu_dt_unit *only_unit(void)
{
    struct iommu_dt_unit *u;

    assert_false(list_empty(&iommu_dt.units));
    u = list_first_entry(&iommu_dt.units, struct iommu_dt_unit, list);
    assert_ptr_equal(u->list.next, &iommu_dt.units);
    assert_false(u->bad);

    return u;
}

/* Every requester ID is itself at @phandle, but @hole (or 0x10000: none). */
static void expect_identity(uint32_t phandle, uint32_t hole)
{
    uint32_t rid, unit, id;

    for ( rid = 0; rid < 0x10000; rid++ )
    {
        int rc = iommu_dt_map_rid(&iommu_dt, 0, rid, &unit, &id);

        assert_int_equal(rc, rid == hole ? -ENODEV : 0);
        if ( rc )
            continue;
        assert_int_equal(unit, phandle);
        assert_int_equal(id, rid);
    }
}

static void test_arm64(void **state)
{
    unsigned int i;

    for ( i = 22; i < 30; i++ )
    {
        const struct iommu_dt_unit *u;
        char name[32];

        snprintf(name, sizeof(name), "arm64-%03u", i);
        dt_load(&tree, name);
        read_good();
        u = only_unit();
        assert_string_equal(u->path, "/smmuv3@9050000");
        assert_int_equal(u->base, 0x9050000);
        assert_int_equal(u->size, 0x20000);
        assert_true(iommu_dt_compatible(&iommu_dt, u->node, "arm,smmu-v3"));
        assert_false(iommu_dt_compatible(&iommu_dt, u->node, "riscv,iommu"));
        assert_true(iommu_dt_flag(&iommu_dt, u->node, "dma-coherent"));
        assert_false(iommu_dt_flag(&iommu_dt, u->node, "dma-coheren"));
        expect_identity(u->phandle, 0x10000);
        iommu_dt_free(&iommu_dt);
        free(copy);
        copy = NULL;
    }
}

static void test_riscv_platform(void **state)
{
    const struct iommu_dt_unit *u;

    dt_load(&tree, "riscv64-platform");
    read_good();
    u = only_unit();
    assert_string_equal(u->path, "/soc/iommu@3010000");
    assert_int_equal(u->base, 0x3010000);
    assert_int_equal(u->size, 0x1000);
    assert_null(u->bridge);
    /* An empty entry first, and one ID is left out. */
    expect_identity(u->phandle, 0xffff);
}

static void test_ecam(void **state)
{
    const struct iommu_dt_bridge *b;
    struct iommu_dt_ecam e;
    uint32_t val;

    dt_load(&tree, "riscv64-platform");
    read_good();
    b = list_first_entry(&iommu_dt.bridges, struct iommu_dt_bridge, list);
    assert_int_equal(iommu_dt_ecam(&iommu_dt, b, &e), 0);
    assert_int_equal(e.base, 0x30000000);
    assert_int_equal(e.size, 0x10000000);
    assert_int_equal(e.mem_base, 0x40000000);
    assert_int_equal(e.mem_size, 0x40000000);

    assert_int_equal(iommu_dt_number(&iommu_dt, "/cpus", "timebase-frequency",
                                     &val), 0);
    assert_int_equal(val, 10000000);
    assert_int_equal(iommu_dt_number(&iommu_dt, "/cpus", "other", &val),
                     -ENOENT);
    assert_int_equal(iommu_dt_number(&iommu_dt, "/none", "other", &val),
                     -ENOENT);
}

static void test_riscv_pci(void **state)
{
    const struct iommu_dt_unit *u;

    dt_load(&tree, "riscv64-pci");
    read_good();
    u = only_unit();
    assert_non_null(u->bridge);
    assert_string_equal(u->bridge->path, "/soc/pci@30000000");
    assert_int_equal(u->bdf, 0x10);
    assert_int_equal(u->size, 0);
    /* Its own ID is left out. */
    expect_identity(u->phandle, 0x10);
}

static void test_everything(void **state)
{
    const struct iommu_dt_master *m;
    struct iommu_dt_unit *u;
    uint32_t unit, id;

    dt_build(&tree);
    read_good();

    u = dt_find_unit(&iommu_dt, DT_SMMU0);
    assert_int_equal(u->base, 0x100001000);
    assert_int_equal(u->phandle, 1);
    u = dt_find_unit(&iommu_dt, DT_SMMU1);
    assert_int_equal(u->base, 0x100009000);
    assert_true(iommu_dt_flag(&iommu_dt, u->node, "dma-coherent"));
    u = dt_find_unit(&iommu_dt, DT_FUNC);
    assert_int_equal(u->bridge->seg, 5);

    assert_int_equal(iommu_dt_map_rid(&iommu_dt, 0, 0xff, &unit, &id), 0);
    assert_int_equal(unit, 1);
    assert_int_equal(id, 0x100ff);
    assert_int_equal(iommu_dt_map_rid(&iommu_dt, 0, 0x2ff, &unit, &id), 0);
    assert_int_equal(unit, 2);
    assert_int_equal(id, 0x1ff);
    assert_int_equal(iommu_dt_map_rid(&iommu_dt, 0, 0x300, &unit, &id),
                     -ENODEV);
    assert_int_equal(iommu_dt_map_rid(&iommu_dt, 1, 0, &unit, &id), -ENODEV);
    assert_int_equal(iommu_dt_map_rid(&iommu_dt, 5, 0x10, &unit, &id),
                     -ENODEV);
    assert_int_equal(iommu_dt_map_rid(&iommu_dt, 5, 0x11, &unit, &id), 0);

    m = iommu_dt_find_master(&iommu_dt, DT_UART);
    assert_int_equal(m->unit, 1);
    assert_int_equal(m->id, 0x20);
    assert_int_equal(m->ids.nr, 1);
    assert_int_equal(m->ids.range[0].first, 0x20);
    assert_int_equal(m->ids.range[0].last, 0x21);
    assert_int_equal(m->nr_regions, 0);

    m = iommu_dt_find_master(&iommu_dt, DT_DISP);
    assert_int_equal(m->unit, 2);
    assert_int_equal(m->nr_regions, 1);
    assert_int_equal(m->regions[0].first, 0x80000);
    assert_int_equal(m->regions[0].last, 0x807ff);

    assert_null(iommu_dt_find_master(&iommu_dt, DT_NIC));
    assert_null(iommu_dt_find_master(&iommu_dt, DT_SMMU0));
}

/* Regions, and lists with entries for devices on other kinds of buses. */
static void test_regions(void **state)
{
    const struct iommu_dt_master *m;

    dt_build(&tree);
    dt_set(&tree, DT_FB, "iommu-addresses", 13, 0, 0, 0x80000000, 0, 0x1800,
           11, 0x80000800, 0x800, 13, 0, 0, 0x80100000, 0, 0x1000,
           11, 0x80010000, 0x10000);
    dt_set(&tree, DT_NIC, "memory-region", 12, 10);
    read_good();
    m = iommu_dt_find_master(&iommu_dt, DT_DISP);
    assert_int_equal(m->nr_regions, 2);
    assert_int_equal(m->regions[0].first, 0x80000);
    assert_int_equal(m->regions[0].last, 0x80000);
    assert_int_equal(m->regions[1].first, 0x80010);
    assert_int_equal(m->regions[1].last, 0x8001f);
    list_for_each_entry ( m, &iommu_dt.masters, list )
        if ( m->bridge )
        {
            assert_int_equal(m->nr_regions, 3);
            assert_int_equal(m->regions[1].first, 0x80000);
            assert_int_equal(m->regions[1].last, 0x80001);
            assert_int_equal(m->regions[2].first, 0x80100);
        }
    assert_int_equal(host_log_lines(XENLOG_WARNING), 2);
    assert_log("no whole pages: they are made larger");
}

static void test_segments(void **state)
{
    const struct iommu_dt_bridge *b;
    unsigned int seg = 0;

    dt_build(&tree);
    dt_drop(&tree, DT_PCI0, "linux,pci-domain");
    dt_drop(&tree, DT_PCI1, "linux,pci-domain");
    read_good();

    list_for_each_entry ( b, &iommu_dt.bridges, list )
        assert_int_equal(b->seg, seg++);
    assert_int_equal(seg, 2);
}

static void test_mask(void **state)
{
    uint32_t unit, id, rid;

    dt_build(&tree);
    /* One ID for all functions of a device. */
    dt_set(&tree, DT_PCI0, "iommu-map-mask", 0xfff8);
    read_good();

    for ( rid = 0x18; rid < 0x20; rid++ )
    {
        assert_int_equal(iommu_dt_map_rid(&iommu_dt, 0, rid, &unit, &id), 0);
        assert_int_equal(id, 0x10018);
    }
}

static int count(const struct iommu_region *region, void *arg)
{
    unsigned long *sum = arg;

    *sum += region->first * 2 + region->last;

    return 0;
}

static void test_resolve(void **state)
{
    struct iommu_dev dev = {};
    unsigned long sum = 0;

    dt_build(&tree);
    dt_set(&tree, DT_PCI0, "iommu-map-mask", 0xfffe);
    read_good();

    assert_int_equal(resolve(&dev, 0, 1, 0x12, 0), 0);
    assert_int_equal(dev.fw_unit, 1);
    assert_int_equal(dev.id, 0x10012);
    assert_int_equal(dev.ids.nr_ids, 1);

    /* Two requester IDs: at one ID, at two, at two units, one nowhere. */
    assert_int_equal(resolve(&dev, 0, 2, 0x12, 0x13), 0);
    assert_int_equal(dev.ids.nr_ids, 1);
    assert_int_equal(resolve(&dev, 0, 2, 0x14, 0x12), 0);
    assert_int_equal(dev.id, 0x10014);
    assert_int_equal(dev.ids.nr_ids, 2);
    assert_true(iommu_dev_has_id(&dev, 0x10012));
    assert_int_equal(resolve(&dev, 0, 2, 0x12, 0x114), -EINVAL);
    assert_log("not all of its requester IDs are behind one unit");
    assert_int_equal(resolve(&dev, 0, 2, 0x12, 0x314), -EINVAL);
    assert_int_equal(resolve(&dev, 0, 2, 0x314, 0x12), -EINVAL);
    assert_int_equal(host_log_lines(XENLOG_ERR), 3);
    assert_int_equal(resolve(&dev, 0, 2, 0x314, 0x318), -ENODEV);
    assert_int_equal(resolve(&dev, 9, 1, 0, 0), -ENODEV);

    assert_int_equal(resolve(&dev, 5, 1, 0x18, 0), 0);
    assert_int_equal(dev.fw_unit, 3);
    assert_int_equal(iommu_dt_firmware.direct_regions(&dev, count, &sum), 0);
    assert_int_equal(sum, 0x90000 * 3);

    renew(&dev, DT_UART);
    assert_int_equal(iommu_dt_firmware.resolve(&dev), 0);
    assert_int_equal(dev.fw_unit, 1);
    assert_int_equal(dev.ids.nr_ids, 2);
    renew(&dev, "/soc/other");
    assert_int_equal(iommu_dt_firmware.resolve(&dev), -ENODEV);
    renew(&dev, DT_NIC);
    assert_int_equal(iommu_dt_firmware.resolve(&dev), -ENODEV);
    iommu_dev_forget(&dev);
}

/* Every allocation fails once: nothing is left, and nothing leaks. */
/* One line for each IOMMU that has no driver, by whatever binding. */
static void test_unserved(void **state)
{
    dt_build(&tree);
    dt_string(&tree, DT_SMMU0, "compatible", "arm,smmu-v3");
    dt_string(&tree, DT_SMMU1, "compatible", "renesas,ipmmu-r8a7795");
    dt_string(&tree, DT_FUNC, "compatible", "arm,smmu-v3");
    dt_string(&tree, "/smmu@5", "compatible", "arm,mmu-500");
    dt_string(&tree, "/smmu@6", "compatible", "arm,mmu-401");
    dt_string(&tree, "/smmu@6", "status", "disabled");
    read_good();
    assert_int_equal(host_log_lines(XENLOG_WARNING), 0);

    assert_int_equal(iommu_dt_unserved(&iommu_dt), 2);
    assert_int_equal(host_log_lines(XENLOG_WARNING), 2);
    assert_log("no driver for " DT_SMMU1 ":");
    assert_log("no driver for /smmu@5:");
}

/* Registers that are memory, in part or as a whole. */
static void test_ram(void **state)
{
    host_ram = (struct membanks){
        .nr_banks = 2,
        .bank = { { 0x40000000, 0x1000 }, { 0x80000000, 0x10000 } },
    };

    assert_true(iommu_dt_is_ram(0x40000000, 0x1000));
    assert_true(iommu_dt_is_ram(0x8000f000, 0x20000));
    assert_true(iommu_dt_is_ram(0x7fff0000, 0x10001));
    assert_true(iommu_dt_is_ram(0x30000000, 0x60000000));
    assert_false(iommu_dt_is_ram(0x7fff0000, 0x10000));
    assert_false(iommu_dt_is_ram(0x80010000, 0x10000));
    assert_false(iommu_dt_is_ram(0x40001000, 0x1000));
}

static void test_no_memory(void **state)
{
    unsigned long n;
    int rc = -ENOMEM;

    dt_build(&tree);
    for ( n = 1; rc; n++ )
    {
        free(copy);
        host_fail_nth(n);
        rc = dt_read_exact(&iommu_dt, tree.b, fdt_totalsize(tree.b), &copy);
        host_fail_nth(0);
        if ( !rc )
            break;
        assert_int_equal(rc, -ENOMEM);
        assert_true(list_empty(&iommu_dt.units));
        assert_true(list_empty(&iommu_dt.bridges));
        assert_true(list_empty(&iommu_dt.masters));
        assert_int_equal(test_no_leak(state), 0);
    }
    /* 3 units, 2 bridges with their maps, 3 masters, with their paths. */
    assert_int_equal(n, 19 + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DT_TEST(test_arm64),
        DT_TEST(test_riscv_platform),
        DT_TEST(test_riscv_pci),
        DT_TEST(test_ecam),
        DT_TEST(test_everything),
        DT_TEST(test_regions),
        DT_TEST(test_segments),
        DT_TEST(test_mask),
        DT_TEST(test_resolve),
        DT_TEST(test_ram), DT_TEST(test_unserved),
        DT_TEST(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
