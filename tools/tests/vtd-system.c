/* SPDX-License-Identifier: GPL-2.0-only */
#include "vtd-system.h"

#include <asm/msi.h>
#include <xen/irq.h>

#include "../../drivers/passthrough/vtd/intremap.h"
#include "../../drivers/passthrough/vtd/vtd.h"
#include "dmar-build.h"
#include "pci-build.h"


extern bool ats_enabled;

struct vtd_system vm;
vm_dmar_fn *vm_dmar;

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
    put32(cfg + 0x140, 0x0001000f);
}

static void plug(const struct fn *fn)
{
    pci_sbdf_t sbdf = sbdf_of(fn->name);
    struct pci_dev *pdev;
    uint8_t cfg[4096];
    int rc;

    build_cfg(fn, cfg);
    put16(cfg + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    if ( sbdf.sbdf == DEV_ATS.sbdf )
        add_ats(cfg);
    host_pci_add(sbdf, cfg, sizeof(cfg));
    pdev = host_pdev_add(sbdf);
    assert_non_null(pdev);
    pcidevs_lock();
    rc = iommu_groups_pci_add(pdev);
    pcidevs_unlock();
    /* A table of the test's own may leave it blocked. */
    assert_true(!rc || (vm_dmar && !pdev->iommu));
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

struct vtd_model *vm_model(pci_sbdf_t sbdf)
{
    return vm.model[vm_unit(sbdf)->base == VM_BASE1];
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

static void build_dmar(struct dmar_buf *d, unsigned int haw)
{
    dmar_begin(d, haw, 1);
    dmar_drhd(d, 0, VM_BASE1, 0, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_scope(d, 3, 2, 0, 0x1f, 7);
    dmar_close(d);
    dmar_flagged(d, 2, 0, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_end(d);
}

/* The unit's own message reaches its handler. */
static void event(void *arg, uint64_t addr, uint32_t data)
{
    vm.nr_events++;
    assert_int_equal(addr >> 20, 0xfee);
    assert_int_equal(host_vector_raise(data & 0xff), 0);
}

int vm_prepare_two(const struct vtd_model_cfg *unit0,
                   const struct vtd_model_cfg *unit1)
{
    static bool registered;
    unsigned int i;

    host_reset();
    /* Time-outs of seconds should not cost millions of rounds. */
    host_time_step(MICROSECS(200));
    memset(&vm, 0, sizeof(vm));
    dom_io->options = 0;
    iommu_hwdom_strict = true;
    iommu_enabled = true;
    iommu_qinval = true;
    iommu_snoop = true;
    iommu_superpages = true;
    ats_enabled = true;

    for ( i = 0; i < 2; i++ )
    {
        struct vtd_model_cfg own = i ? *unit1 : *unit0;

        own.base = i ? VM_BASE1 : VM_BASE0;
        vm.model[i] = vtd_model_create(&own);
        vtd_model_on_event(vm.model[i], event, NULL);
    }
    vm.haw = unit0->haw;

    if ( !registered )
        iommu_ir_driver_register(&vtd_ir_driver);
    registered = true;

    return 0;
}

int vm_prepare(const struct vtd_model_cfg *cfg)
{
    return vm_prepare_two(cfg, cfg);
}

/* What acpi_dmar_init() and arch_iommu_setup() do. */
int vm_bring_up(void)
{
    struct dmar_buf d;
    int rc;

    (vm_dmar ?: build_dmar)(&d, vm.haw);
    rc = vtd_dmar_parse(d.b, d.len, &vtd_dmar) ?: vtd_rmrr_init() ?:
         vtd_unit_map_all();

    rc = rc ?: vtd_setup();
    vm.boot_failed = rc;

    return rc;
}

int vm_try(const struct vtd_model_cfg *cfg)
{
    return vm_prepare(cfg) ?: vm_bring_up();
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
        plug(&functions[i]);

    vm.hwdom = domain_up(0);
    vm.guest = domain_up(1);
    vm.guest2 = domain_up(2);
    vtd_enable_translation_all();
    host_log_clear();
}

void vm_up(const struct vtd_model_cfg *cfg)
{
    vm_prepare(cfg);
    vm_continue();
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

/* What vtd_setup() made, which is never undone in Xen. */
static void driver_down(void)
{
    unsigned long flags;
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
    {
        if ( vm.boot_failed )
            break;
        vtd_fault_irq_free(u);
        if ( u->unit.ir )
        {
            vtd_ir_disable(u);
            vtd_ir_free(u);
        }
        spin_lock_irqsave(&u->unit.lock, flags);
        vtd_gcmd_clear(u, GCMD_TE);
        vtd_qi_disable(u);
        spin_unlock_irqrestore(&u->unit.lock, flags);
        vtd_qi_free(u);
        vtd_root_free(u);
        XFREE(u->dids);
    }

    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    vtd_unit_unmap_all();
    vtd_dmar_free(&vtd_dmar);
}

void vm_clean(void)
{
    unsigned int i;

    if ( !vm.model[0] )
        return;

    for ( i = 0; i < 2; i++ )
        vtd_model_revive(vm.model[i]);
    vm_settle();
    for ( i = ARRAY_SIZE(functions); i--; )
        vm_unplug(sbdf_of(functions[i].name));
    vm_domain_down(&vm.guest2);
    vm_domain_down(&vm.guest);
    vm_domain_down(&vm.hwdom);
    vm_settle();
    driver_down();
    for ( i = 0; i < 2; i++ )
        vtd_model_destroy(vm.model[i]);
    while ( vm.nr_pages )
        free_xenheap_page(vm.pages[--vm.nr_pages]);
    memset(&vm, 0, sizeof(vm));
    host_pci_ops_set(NULL);
}

void vm_down(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( vtd_model_violations(vm.model[i]) )
            fail_msg("model %u: %s", i, vtd_model_last_violation(vm.model[i]));

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
        return VTD_MODEL_UR;

    return vtd_model_translate(vm_model(sbdf), sbdf.bdf, addr, write, maddr);
}

unsigned int vm_dma(pci_sbdf_t sbdf, uint64_t addr, bool write)
{
    uint64_t maddr;

    return translate(sbdf, addr, write, &maddr);
}

uint64_t vm_dma_to(pci_sbdf_t sbdf, uint64_t addr)
{
    uint64_t maddr;

    return translate(sbdf, addr, false, &maddr) ? ~0ULL : maddr;
}

void vm_settle(void)
{
    while ( host_tasklets_run() )
        continue;
}
