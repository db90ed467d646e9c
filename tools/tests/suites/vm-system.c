/* SPDX-License-Identifier: GPL-2.0-only */
#include "vm-system.h"

#include <asm/msi.h>
#include <xen/irq.h>

#include <iommu-groups/driver.h>

#include "pci-build.h"

extern bool ats_enabled;

struct vm_system vm;

static const struct fn functions[] = {
    { .name = "00:02.0", .kind = RCIEP },
    { .name = "00:03.0", .kind = RCIEP, .multi = true },
    { .name = "00:03.1", .kind = RCIEP, .multi = true },
    { .name = "00:1e.0", .kind = TOPCI, .sec = 5 },
    { .name = "05:00.0", .kind = CONV },
    { .name = "05:01.0", .kind = CONV },
    { .name = "00:05.0", .kind = RCIEP },
    { .name = "00:1c.0", .kind = RP, .sec = 1, GOOD },
    { .name = "01:00.0", .kind = EP },
};

/* PCIe 6.0, §10.5.1: ATS with a queue of 32. */
static void add_ats(uint8_t cfg[4096])
{
    put32(cfg + VM_ATS_POS, 0x0001000f);
}

/* Intel's vendor-specific capability of Thunderbolt ports, behind the others. */
static void add_thunderbolt(uint8_t cfg[4096])
{
    unsigned int pos = 0x100, next;

    while ( (next = cfg[pos + 2] >> 4 | cfg[pos + 3] << 4) != 0 )
        pos = next;
    if ( cfg[pos] || cfg[pos + 1] )
    {
        cfg[pos + 2] = (cfg[pos + 2] & 0xf) | (0xe00 & 0xf) << 4;
        cfg[pos + 3] = 0xe00 >> 4;
        pos = 0xe00;
    }
    put32(cfg + pos, 0x0001000b);
    put32(cfg + pos + 4, 0x00c01234);
}

void vm_plug(const struct fn *fn)
{
    pci_sbdf_t sbdf = sbdf_of(fn->name);
    struct pci_dev *pdev;
    uint8_t cfg[4096];
    int rc;

    build_cfg(fn, cfg);
    put16(cfg + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    if ( sbdf.sbdf == DEV_ATS.sbdf )
        add_ats(cfg);
    if ( sbdf.sbdf == DEV_PORT.sbdf && vm.outward )
        add_thunderbolt(cfg);
    host_pci_add(sbdf, cfg, sizeof(cfg));
    pdev = host_pdev_add(sbdf);
    assert_non_null(pdev);
    pcidevs_lock();
    rc = iommu_groups_pci_add(pdev);
    pcidevs_unlock();
    /* Tables of the test's own may leave it blocked. */
    assert_true(!rc || (vm.own_tables && !pdev->iommu));
}

static struct pci_dev *pdev_of(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    pcidevs_unlock();

    return pdev;
}

struct iommu_dev *vm_dev(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev = pdev_of(sbdf);

    assert_non_null(pdev);

    return pdev->iommu;
}

struct iommu_unit *vm_unit(pci_sbdf_t sbdf)
{
    return vm_dev(sbdf)->unit;
}

unsigned int vm_index(pci_sbdf_t sbdf)
{
    return vm_unit(sbdf)->base == vm.ops->base1;
}

int vm_give(pci_sbdf_t sbdf, struct domain *d)
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

void vm_reset(const struct vm_ops *ops)
{
    host_reset();
    /* Time-outs of seconds should not cost millions of rounds. */
    host_time_step(MICROSECS(200));
    memset(&vm, 0, sizeof(vm));
    vm.ops = ops;
    dom_io->options = 0;
    iommu_hwdom_strict = true;
    iommu_enabled = true;
    iommu_qinval = true;
    iommu_snoop = true;
    iommu_superpages = true;
    ats_enabled = true;
}

int vm_bring_up(void)
{
    int rc = vm.ops->bring_up();

    vm.boot_failed = rc;

    return rc;
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

void vm_continue(void)
{
    unsigned int i;

    assert_int_equal(vm_bring_up(), 0);

    for ( i = 0; i < ARRAY_SIZE(functions); i++ )
        vm_plug(&functions[i]);

    vm.hwdom = domain_up(0);
    vm.guest = domain_up(1);
    vm.guest2 = domain_up(2);
    vm.ops->enable();
    host_log_clear();
}

void vm_unplug(pci_sbdf_t sbdf)
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

void vm_domain_down(struct domain **pd)
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

void vm_clean(void)
{
    unsigned int i;

    if ( !vm.ops )
        return;

    for ( i = 0; i < 2; i++ )
        vm.ops->revive(i);
    vm_settle();
    for ( i = ARRAY_SIZE(functions); i--; )
        vm_unplug(sbdf_of(functions[i].name));
    vm_domain_down(&vm.guest2);
    vm_domain_down(&vm.guest);
    vm_domain_down(&vm.hwdom);
    vm_settle();
    vm.ops->driver_down();
    for ( i = 0; i < 2; i++ )
        vm.ops->destroy(i);
    while ( vm.nr_pages )
        free_xenheap_page(vm.pages[--vm.nr_pages]);
    memset(&vm, 0, sizeof(vm));
    host_pci_ops_set(NULL);
}

void vm_down(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( vm.ops->violation(i) )
            fail_msg("model %u: %s", i, vm.ops->violation(i));

    vm_clean();
    assert_true(list_empty(&iommu_groups));
    assert_true(list_empty(&iommu_devs));
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_leak_report(10), 0);
}

int vm_map(struct domain *d, unsigned long dfn, unsigned long mfn,
           unsigned long nr, unsigned int flags)
{
    unsigned int flush = 0;
    long rc = iommu_map(d, _dfn(dfn), _mfn(mfn), nr, flags, &flush);

    return rc ?: iommu_iotlb_flush(d, _dfn(dfn), nr, flush);
}

int vm_unmap(struct domain *d, unsigned long dfn, unsigned long nr)
{
    unsigned int flush = 0;
    long rc = iommu_unmap(d, _dfn(dfn), nr, 0, &flush);

    return rc ?: iommu_iotlb_flush(d, _dfn(dfn), nr, flush);
}

void *vm_page(struct domain *d, unsigned long dfn)
{
    void *page = alloc_xenheap_page();

    assert_non_null(page);
    assert_true(vm.nr_pages < ARRAY_SIZE(vm.pages));
    vm.pages[vm.nr_pages++] = page;
    clear_page(page);
    assert_int_equal(vm_map(d, dfn, virt_to_mfn(page), 1,
                            IOMMUF_readable | IOMMUF_writable), 0);

    return page;
}

static unsigned int translate(pci_sbdf_t sbdf, uint64_t addr, bool write,
                              uint64_t *maddr)
{
    /* A function without bus mastering sends nothing. */
    if ( !(pci_conf_read16(sbdf, PCI_COMMAND) & PCI_COMMAND_MASTER) )
        return VM_UR;

    return vm.ops->translate(vm_index(sbdf), sbdf.bdf, addr, write, maddr);
}

unsigned int vm_dma(pci_sbdf_t sbdf, uint64_t addr, bool write)
{
    uint64_t maddr;

    return translate(sbdf, addr, write, &maddr);
}

enum vm_end vm_dma_end(pci_sbdf_t sbdf, uint64_t addr, bool write)
{
    return vm.ops->end(vm_dma(sbdf, addr, write));
}

uint64_t vm_dma_to(pci_sbdf_t sbdf, uint64_t addr)
{
    uint64_t maddr;

    return translate(sbdf, addr, false, &maddr) ? ~0ULL : maddr;
}

bool vm_blocked(pci_sbdf_t sbdf)
{
    return vm_dma_end(sbdf, 0x1000, false) == VM_BLOCKED &&
           vm_dma_end(sbdf, 0x1000, true) == VM_BLOCKED;
}

void vm_settle(void)
{
    while ( host_tasklets_run() )
        continue;
}
