/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine of PCI functions behind two SMMUs that the IORT describes, with the
 * real core: groups, owners, guests' DMA, faults, a unit that dies.
 *
 *   SMMU 0, stream ID 0x4000 + requester ID:
 *     00:02.0          on its own
 *     00:03.0, .1      one device of two functions without ACS: one group
 *     00:1e.0          PCIe-to-PCI bridge to bus 05
 *       05:00.0, 05:01.0   behind it: all three share requester IDs
 *   SMMU 1, stream ID 0x30 + function:
 *     00:05.0          on its own, with reserved memory
 */
#include "smmu-fixture.h"

#include <xen/iommu.h>
#include <xen/irq.h>

#include <iommu-groups/fault.h>
#include <iommu-groups/iort.h>
#include <iommu-groups/private-table.h>

#include "iort-build.h"
#include "pci-build.h"

#define DEV_A       PCI_SBDF(0, 0, 2, 0)
#define DEV_MULTI0  PCI_SBDF(0, 0, 3, 0)
#define DEV_MULTI1  PCI_SBDF(0, 0, 3, 1)
#define DEV_BEHIND0 PCI_SBDF(0, 5, 0, 0)
#define DEV_BEHIND1 PCI_SBDF(0, 5, 1, 0)
#define DEV_B       PCI_SBDF(0, 0, 5, 0)

#define RW (IOMMUF_readable | IOMMUF_writable)

static const struct fn functions[] = {
    { .name = "00:02.0", .kind = RCIEP },
    { .name = "00:03.0", .kind = RCIEP, .multi = true },
    { .name = "00:03.1", .kind = RCIEP, .multi = true },
    { .name = "00:1e.0", .kind = TOPCI, .sec = 5 },
    { .name = "05:00.0", .kind = CONV },
    { .name = "05:01.0", .kind = CONV },
    { .name = "00:05.0", .kind = RCIEP },
};

static struct iort_buf table;
static struct domain *guests[2];
static void *pages[2];

static void read_iort(void)
{
    uint32_t s0, s1;

    iort_begin(&table);
    s0 = iort_smmu(&table, 0x09050000, 1, 0);
    s1 = iort_smmu(&table, 0x09150000, 1, 0);
    iort_root(&table, 0);
    iort_map(&table, 0, 0x27, 0x4000, s0, 0);
    iort_map(&table, 0x28, 7, 0x30, s1, 0);
    iort_map(&table, 0x30, 0xfff, 0x4030, s0, 0);
    iort_close(&table);
    iort_rmr(&table, 0x70000000, 0x2000);
    iort_map(&table, 0, 0, 0x30, s1, 1);
    iort_close(&table);
    assert_int_equal(iommu_iort_parse(table.b, table.len, &iommu_iort), 0);
    iommu_firmware = &iommu_iort_firmware;
}

static void plug(const struct fn *fn)
{
    pci_sbdf_t sbdf = sbdf_of(fn->name);
    struct pci_dev *pdev;
    uint8_t cfg[4096];

    build_cfg(fn, cfg);
    put16(cfg + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    host_pci_add(sbdf, cfg, sizeof(cfg));
    pdev = host_pdev_add(sbdf);
    assert_non_null(pdev);
    pcidevs_lock();
    assert_int_equal(iommu_groups_pci_add(pdev), 0);
    pcidevs_unlock();
}

static struct pci_dev *pdev_of(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    pcidevs_unlock();

    return pdev;
}

static struct iommu_dev *dev_of(pci_sbdf_t sbdf)
{
    return pdev_of(sbdf)->iommu;
}

static int give(pci_sbdf_t sbdf, struct domain *d)
{
    struct pci_dev *pdev = pdev_of(sbdf);
    struct iommu_group *group;
    int rc;

    pcidevs_lock();
    group = iommu_group_get(pdev->iommu);
    pcidevs_unlock();
    rc = iommu_group_set_owner(group, pdev->iommu, d);
    iommu_group_put(group);
    if ( rc )
        return rc;

    /* As the core does for Xen's lists. */
    pcidevs_lock();
    list_del(&pdev->domain_list);
    pdev->domain = d;
    list_add(&pdev->domain_list, &d->pdev_list);
    pcidevs_unlock();

    return 0;
}

static void up(void)
{
    unsigned int i;

    sm_machine(&smmu_model_default, 2);
    iommu_hwdom_strict = iommu_enabled = true;
    read_iort();
    for ( i = 0; i < 2; i++ )
    {
        struct smmuv3_desc desc = iommu_iort_desc(&iommu_iort.smmus[i]);
        struct smmuv3_desc wired = sm_desc(i);

        desc.irq_evtq = wired.irq_evtq;
        desc.irq_gerror = wired.irq_gerror;
        assert_int_equal(smmuv3_add(&desc), 0);
    }
    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
        plug(&functions[i]);

    for ( i = 0; i < 2; i++ )
    {
        unsigned int flags = 0;

        guests[i] = host_domain_create(2 + i, XEN_DOMCTL_CDF_iommu);
        assert_int_equal(iommu_domain_init(guests[i], 0), 0);
        pages[i] = alloc_xenheap_page();
        assert_int_equal(iommu_map(guests[i], _dfn(0x100),
                                   _mfn(virt_to_mfn(pages[i])), 1, RW, &flags),
                         0);
        /* Keeps the tables: those that a failed flush covers are lost. */
        assert_int_equal(iommu_map(guests[i], _dfn(0x180), _mfn(0x5000), 1, RW,
                                   &flags), 0);
    }
    host_log_clear();
}

static void unplug(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev = pdev_of(sbdf);

    iommu_groups_pci_retire(sbdf);
    pcidevs_lock();
    iommu_groups_pci_remove(pdev);
    host_pdev_del(pdev);
    pcidevs_unlock();
    host_pci_remove(sbdf);
}

static void down(void)
{
    unsigned int i;

    sm_settle();
    for ( i = ARRAY_SIZE(functions); i--; )
        unplug(sbdf_of(functions[i].name));
    for ( i = 0; i < 2; i++ )
    {
        assert_int_equal(iommu_free_pgtables(guests[i]), 0);
        iommu_domain_destroy(guests[i]);
        host_domain_destroy(guests[i]);
        free_xenheap_page(pages[i]);
    }
    assert_true(list_empty(&iommu_groups) && list_empty(&iommu_devs));
    iommu_firmware = NULL;
    iommu_iort_free(&iommu_iort);
    sm_down();
}

/* Whose page a write to the guests' frame ends in: 0, 1; -1: nobody's. */
static int ends_in(pci_sbdf_t sbdf)
{
    const struct iommu_dev *dev = dev_of(sbdf);
    uint64_t maddr;

    if ( smmu_model_dma(sm_model[dev->unit == &sm_unit(1)->unit], dev->id,
                        0x100000, true, &maddr) )
        return -1;
    if ( maddr == virt_to_maddr(pages[0]) )
        return 0;
    assert_int_equal(maddr, virt_to_maddr(pages[1]));

    return 1;
}

static void test_guests(void **state)
{
    struct iommu_fault f;
    uint64_t seq, maddr;

    up();
    assert_int_equal(dev_of(DEV_A)->id, 0x4010);
    assert_int_equal(dev_of(DEV_B)->id, 0x30);
    assert_ptr_equal(dev_of(DEV_MULTI0)->group, dev_of(DEV_MULTI1)->group);
    assert_ptr_equal(dev_of(DEV_BEHIND0)->group, dev_of(DEV_BEHIND1)->group);
    assert_ptr_not_equal(dev_of(DEV_A)->group, dev_of(DEV_B)->group);

    assert_int_equal(ends_in(DEV_A), -1);
    assert_int_equal(give(DEV_A, guests[0]), 0);
    assert_int_equal(give(DEV_MULTI0, guests[1]), 0);
    assert_int_equal(give(DEV_BEHIND0, guests[1]), 0);
    assert_int_equal(ends_in(DEV_A), 0);
    assert_int_equal(ends_in(DEV_MULTI0), 1);
    assert_int_equal(ends_in(DEV_BEHIND0), 1);
    /* A group is not split. */
    assert_int_equal(give(DEV_MULTI1, guests[0]), -EBUSY);
    assert_int_equal(give(DEV_BEHIND1, guests[0]), -EBUSY);
    assert_int_equal(ends_in(DEV_MULTI1), -1);

    /* Outside of its guest: stopped, and said whose it was. */
    host_log_clear();
    assert_int_equal(smmu_model_dma(sm_model[0], 0x4010, 0xabc000, true,
                                    &maddr), EV_TRANSLATION);
    sm_settle();
    assert_int_equal(iommu_fault_last(dev_of(DEV_A)->unit, 0x4010, &f, &seq),
                     0);
    assert_int_equal(f.addr, 0xabc000);
    assert_log("DMA write of 0000:00:02.0");
    assert_log("d2) address 0xabc000 refused: no translation");

    /* What is unmapped is gone for it, and for it alone. */
    assert_int_equal(iommu_legacy_unmap(guests[0], _dfn(0x100), 1), 0);
    assert_int_equal(ends_in(DEV_A), -1);
    assert_int_equal(ends_in(DEV_MULTI0), 1);

    assert_int_equal(give(DEV_A, dom_io), 0);
    assert_int_equal(give(DEV_A, guests[1]), 0);
    assert_int_equal(ends_in(DEV_A), 1);
    assert_int_equal(give(DEV_MULTI0, dom_io), 0);
    assert_int_equal(ends_in(DEV_MULTI0), -1);
    assert_int_equal(give(DEV_A, dom_io), 0);
    assert_int_equal(give(DEV_BEHIND0, dom_io), 0);
    down();
}

/* Gives with a private table, which the group needs or is to have. */
static void give_private(pci_sbdf_t sbdf, struct domain *d,
                         const struct iommu_region *regions, unsigned int nr)
{
    struct iommu_dev *dev = dev_of(sbdf);
    int rc;

    do {
        rc = iommu_private_get(d, dev->group, dev, regions, nr);
    } while ( rc == -ERESTART );
    assert_int_equal(rc, 0);
    assert_int_equal(give(sbdf, d), 0);
    assert_ptr_not_equal(dev->attached->table,
                         list_first_entry(&dom_iommu(d)->space->tables,
                                          struct s2_table, link));
}

static void take_private(pci_sbdf_t sbdf, struct domain *d)
{
    struct iommu_dev *dev = dev_of(sbdf);

    assert_int_equal(give(sbdf, dom_io), 0);
    iommu_private_put(d, dev->group, dev);
}

/* A write to the reserved memory: does it end there? */
static bool reaches_reserved(pci_sbdf_t sbdf)
{
    const struct iommu_dev *dev = dev_of(sbdf);
    uint64_t maddr;

    return !smmu_model_dma(sm_model[dev->unit == &sm_unit(1)->unit],
                           dev->id, 0x70001000, true, &maddr) &&
           maddr == 0x70001000;
}

/* Tables of their own follow the guest's memory; regions are in one only. */
static void test_private(void **state)
{
    const struct iommu_region region = { 0x70000, 0x70001, IOMMU_REGION_RW };

    up();
    dev_of(DEV_A)->group->private = true;
    give_private(DEV_A, guests[0], NULL, 0);
    give_private(DEV_B, guests[0], &region, 1);
    assert_int_equal(give(DEV_MULTI0, guests[0]), 0);
    assert_int_equal(ends_in(DEV_A), 0);
    assert_int_equal(ends_in(DEV_B), 0);
    assert_true(reaches_reserved(DEV_B));
    assert_false(reaches_reserved(DEV_A));
    assert_false(reaches_reserved(DEV_MULTI0));

    assert_int_equal(iommu_legacy_unmap(guests[0], _dfn(0x100), 1), 0);
    assert_int_equal(ends_in(DEV_A), -1);
    assert_int_equal(ends_in(DEV_B), -1);
    assert_int_equal(ends_in(DEV_MULTI0), -1);
    assert_int_equal(iommu_legacy_map(guests[0], _dfn(0x100),
                                      _mfn(virt_to_mfn(pages[0])), 1, RW), 0);
    assert_int_equal(ends_in(DEV_A), 0);
    assert_int_equal(ends_in(DEV_B), 0);

    take_private(DEV_A, guests[0]);
    take_private(DEV_B, guests[0]);
    assert_false(reaches_reserved(DEV_B));
    assert_int_equal(ends_in(DEV_A), -1);
    assert_int_equal(ends_in(DEV_MULTI0), 0);
    assert_int_equal(give(DEV_MULTI0, dom_io), 0);
    down();
}

static int see(const struct iommu_region *region, void *arg)
{
    assert_int_equal(region->first, 0x70000);
    assert_int_equal(region->last, 0x70001);
    assert_int_equal(region->prot, IOMMU_REGION_RW);

    return 1;
}

/* One unit stops answering: its groups are blocked, the other goes on. */
static void test_unit_fails(void **state)
{
    up();
    assert_int_equal(give(DEV_A, guests[0]), 0);
    assert_int_equal(give(DEV_B, guests[1]), 0);
    assert_int_equal(ends_in(DEV_B), 1);
    assert_int_equal(iommu_firmware->direct_regions(dev_of(DEV_B), see, NULL),
                     1);
    assert_int_equal(iommu_firmware->direct_regions(dev_of(DEV_A), see, NULL),
                     0);

    smmu_model_fail_nth(sm_model[0], 1, SMMU_MODEL_STUCK);
    assert_int_equal(iommu_legacy_unmap(guests[0], _dfn(0x100), 1), -EIO);
    sm_settle();
    assert_log("aborts all DMA from now on");
    assert_true(dev_of(DEV_A)->group->broken);
    assert_int_equal(dev_of(DEV_A)->attached->type, S2_BLOCKED);
    assert_false(dev_of(DEV_B)->group->broken);
    assert_int_equal(ends_in(DEV_A), -1);
    assert_int_equal(ends_in(DEV_B), 1);
    assert_true(give(DEV_MULTI0, guests[0]) < 0);
    assert_int_equal(give(DEV_B, dom_io), 0);
    assert_int_equal(give(DEV_A, dom_io), 0);
    smmu_model_revive(sm_model[0]);
    /* A failed unit may walk it for ever; the model does not. */
    list_first_entry(&dom_iommu(guests[0])->space->tables, struct s2_table,
                     link)->stuck = false;
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_guests),
        SM_TEST(test_private),
        SM_TEST(test_unit_fails),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
