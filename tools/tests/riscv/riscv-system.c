/* SPDX-License-Identifier: GPL-2.0-only */
#include "riscv-system.h"

#include <iommu-groups/firmware.h>

#include "pci-build.h"
#include "riscv-fixture.h"

#define BASE(unit)      (0x3010000UL + (unit) * 0x1000UL)
#define PHANDLE(unit)   (0x20 + (unit))

struct rvs rvs;

static const struct fn functions[] = {
    { .name = "80:02.0", .kind = RCIEP },
    { .name = "80:03.0", .kind = RCIEP, .multi = true },
    { .name = "80:03.1", .kind = RCIEP, .multi = true },
    { .name = "80:1e.0", .kind = TOPCI, .sec = 0x85 },
    { .name = "85:00.0", .kind = CONV },
    { .name = "85:01.0", .kind = CONV },
    { .name = "2:00:05.0", .kind = RCIEP },
    { .name = "00:02.0", .kind = RCIEP },
    { .name = "40:00.0", .kind = RCIEP },
};

static int cf_check map_rid(uint16_t seg, uint16_t rid, uint32_t *unit,
                            uint32_t *id)
{
    *unit = PHANDLE(1);
    *id = rid + 0x10000;

    return 0;
}

/* As a device tree would have it; the mocks know by themselves. */
static int cf_check resolve(struct iommu_dev *dev)
{
    if ( dev->sbdf.seg == 2 )
        return iommu_firmware_map(dev, map_rid);
    if ( dev->sbdf.bus >= 0x80 )
        dev->fw_unit = PHANDLE(0);

    return 0;
}

static const struct iommu_firmware firmware = {
    .name = "test",
    .resolve = resolve,
};

static struct pci_dev *pdev_of(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    pcidevs_unlock();

    return pdev;
}

struct iommu_dev *rvs_dev(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev = pdev_of(sbdf);

    assert_non_null(pdev);

    return pdev->iommu;
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
    assert_non_null(pdev->iommu);
}

static void unit_up(unsigned int i, const struct rvm_cfg *cfg)
{
    struct rvm_cfg own = *cfg;
    struct riscv_iommu_desc desc = {
        .base = BASE(i),
        .size = RV_REGS_SIZE,
        .phandle = PHANDLE(i),
        .own_id = RISCV_IOMMU_NONE,
        .where = "test",
    };
    unsigned int k;

    own.base = BASE(i);
    rvs.model[i] = rvm_create(&own);
    rvs.regs[i] = desc.regs = ioremap(BASE(i), RV_REGS_SIZE);
    assert_non_null(desc.regs);
    for ( k = 0; k < RISCV_IOMMU_IRQS; k++ )
        desc.irq[k] = RISCV_IOMMU_NONE;
    assert_int_equal(riscv_iommu_add(&desc), 0);
}

static struct domain *domain_up(domid_t id)
{
    struct domain *d = host_domain_create(id, XEN_DOMCTL_CDF_iommu);

    assert_non_null(d);
    if ( !id )
        host_hwdom_set(d);
    assert_int_equal(iommu_domain_init(d, 0), 0);

    return d;
}

void rvs_up(const struct rvm_cfg *cfg0, const struct rvm_cfg *cfg1)
{
    unsigned int i;

    host_reset();
    host_time_step(MICROSECS(200));
    memset(&rvs, 0, sizeof(rvs));
    dom_io->options = 0;
    iommu_hwdom_strict = true;
    iommu_enabled = true;
    iommu_firmware = &firmware;

    mock_setup();
    mock_forget();
    unit_up(0, cfg0);
    unit_up(1, cfg1);
    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
        plug(&functions[i]);

    rvs.hwdom = domain_up(0);
    rvs.guest = domain_up(1);
    rvs.guest2 = domain_up(2);
    host_log_clear();
}

void rvs_unplug(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev = pdev_of(sbdf);

    if ( !pdev )
        return;

    iommu_groups_pci_retire(sbdf);
    pcidevs_lock();
    iommu_groups_pci_remove(pdev);
    host_pdev_del(pdev);
    pcidevs_unlock();
    host_pci_remove(sbdf);
}

void rvs_domain_down(struct domain **pd)
{
    struct domain *d = *pd;

    if ( !d )
        return;

    *pd = NULL;
    assert_int_equal(pci_release_devices(d), 0);
    assert_int_equal(iommu_free_pgtables(d), 0);
    iommu_domain_destroy(d);
    host_domain_destroy(d);
}

void rvs_clean(void)
{
    unsigned int i;

    if ( !rvs.model[0] )
        return;

    for ( i = 0; i < 2; i++ )
        if ( rvs.model[i] )
            rvm_revive(rvs.model[i]);
    rvs_settle();
    for ( i = ARRAY_SIZE(functions); i--; )
        rvs_unplug(sbdf_of(functions[i].name));
    rvs_domain_down(&rvs.guest2);
    rvs_domain_down(&rvs.guest);
    rvs_domain_down(&rvs.hwdom);
    rvs_settle();
    rv_units_down();
    for ( i = 0; i < 2; i++ )
    {
        iounmap(rvs.regs[i]);
        rvm_destroy(rvs.model[i]);
    }
    while ( rvs.nr_pages )
        free_xenheap_page(rvs.pages[--rvs.nr_pages]);
    memset(&rvs, 0, sizeof(rvs));
    iommu_firmware = NULL;
}

void rvs_down(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( rvm_violations(rvs.model[i]) )
            fail_msg("model %u: %s", i, rvm_last_violation(rvs.model[i]));

    rvs_clean();
    assert_true(list_empty(&iommu_groups));
    assert_true(list_empty(&iommu_devs));
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_leak_report(10), 0);
}

int rvs_give(pci_sbdf_t sbdf, struct domain *d)
{
    struct iommu_group *group;
    struct pci_dev *pdev;
    int rc;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
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

int rvs_map(struct domain *d, unsigned long dfn, unsigned long mfn,
            unsigned long nr, unsigned int flags)
{
    unsigned int flush = 0;
    long rc = iommu_map(d, _dfn(dfn), _mfn(mfn), nr, flags, &flush);

    return rc ?: iommu_iotlb_flush(d, _dfn(dfn), nr, flush);
}

int rvs_unmap(struct domain *d, unsigned long dfn, unsigned long nr)
{
    unsigned int flush = 0;
    long rc = iommu_unmap(d, _dfn(dfn), nr, 0, &flush);

    return rc ?: iommu_iotlb_flush(d, _dfn(dfn), nr, flush);
}

void *rvs_page(struct domain *d, unsigned long dfn)
{
    void *page = alloc_xenheap_page();

    assert_non_null(page);
    assert_true(rvs.nr_pages < ARRAY_SIZE(rvs.pages));
    rvs.pages[rvs.nr_pages++] = page;
    clear_page(page);
    assert_int_equal(rvs_map(d, dfn, virt_to_mfn(page), 1,
                             IOMMUF_readable | IOMMUF_writable), 0);

    return page;
}

static unsigned int translate(pci_sbdf_t sbdf, uint64_t addr, bool write,
                              uint64_t *maddr)
{
    bool second = sbdf.seg == 2;

    if ( !(pci_conf_read16(sbdf, PCI_COMMAND) & PCI_COMMAND_MASTER) )
        return RVS_SILENT;

    return rvm_translate(rvs.model[second], sbdf.bdf + (second ? 0x10000 : 0),
                         addr, write ? RVM_WRITE : RVM_READ, maddr);
}

unsigned int rvs_dma(pci_sbdf_t sbdf, uint64_t addr, bool write)
{
    uint64_t maddr;

    return translate(sbdf, addr, write, &maddr);
}

uint64_t rvs_dma_to(pci_sbdf_t sbdf, uint64_t addr)
{
    uint64_t maddr;

    return translate(sbdf, addr, false, &maddr) ? ~0ULL : maddr;
}

void rvs_settle(void)
{
    while ( host_tasklets_run() )
        continue;
}
