/* SPDX-License-Identifier: GPL-2.0-only */
#include "dev-ids.h"
#include "vtd-fixture.h"

#include <asm/processor.h>

#define MAX_PAGES 1024

struct vtd_model *model[2];
struct domain *guest;
struct vtd_test_rmrr vtd_test_rmrr;
static void *pages[MAX_PAGES];
static unsigned int nr_pages;
extern bool ats_enabled;

struct vtd_model_cfg vtd_variant(unsigned int v)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = v & 1;
    cfg.coherent = !(v & 2);
    cfg.rwbf = v & 4;
    cfg.psi = !(v & 8);
    cfg.qi = !(v & 16);
    if ( !cfg.qi )
        cfg.ir = cfg.eim = cfg.dt = false;

    return cfg;
}

/* A message of the unit reaches the CPU that it names. */
static void event(void *arg, uint64_t addr, uint32_t data)
{
    assert_int_equal(addr >> 20, 0xfee);
    assert_int_equal(host_vector_raise(data), 0);
}

void vtd_machine(const struct vtd_model_cfg *cfg, unsigned int nr_units)
{
    static struct dmar_buf d;
    unsigned int i;

    host_reset();
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    ats_enabled = true;
    iommu_superpages = iommu_snoop = iommu_qinval = true;
    iommu_dev_iotlb_timeout = 1000;

    dmar_begin(&d, cfg->haw, 1);
    if ( nr_units == 2 )
    {
        dmar_drhd(&d, 0, BASE1, 0, 0);
        dmar_scope(&d, 1, 0, 0, 5, 0);
        dmar_close(&d);
    }
    dmar_drhd(&d, 0, BASE0, 1, 0);
    dmar_close(&d);
    if ( vtd_test_rmrr.limit )
    {
        dmar_open(&d, 1);
        put(&d, 0, 4);
        put(&d, vtd_test_rmrr.base, 8);
        put(&d, vtd_test_rmrr.limit, 8);
        dmar_scope(&d, 1, 0, 0, vtd_test_rmrr.dev, 0);
        dmar_close(&d);
    }
    dmar_open(&d, 2);                   /* ATSR, all ports */
    put(&d, 1, 1);
    put(&d, 0, 3);
    dmar_close(&d);
    dmar_end(&d);
    host_acpi_set(d.b);

    for ( i = 0; i < nr_units; i++ )
    {
        struct vtd_model_cfg c = *cfg;

        c.base = i ? BASE1 : BASE0;
        model[i] = vtd_model_create(&c);
        assert_non_null(model[i]);
        vtd_model_on_event(model[i], event, NULL);
    }

    guest = host_domain_create(1, 0);
    assert_non_null(guest);
}

void vtd_machine_up(const struct vtd_model_cfg *cfg, unsigned int nr_units)
{
    vtd_machine(cfg, nr_units);
    assert_int_equal(acpi_dmar_init(), 0);
    assert_int_equal(vtd_setup(), 0);
    vtd_enable_translation_all();
}

void vtd_machine_down(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( model[i] && vtd_model_violations(model[i]) )
            fail_msg("model %u: %s", i, vtd_model_last_violation(model[i]));

    vtd_tear_down_all();
    vtd_unit_unmap_all();
    vtd_dmar_free(&vtd_dmar);
    free_pages_mapped();
    host_domain_destroy(guest);
    INIT_LIST_HEAD(&iommu_units);

    for ( i = 0; i < 2; i++ )
        if ( model[i] )
            vtd_model_destroy(model[i]);
    model[0] = model[1] = NULL;
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(host_leak_report(5), 0);
}

struct vtd_unit *unit_nr(unsigned int i)
{
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
        if ( u->drhd->base == (i ? BASE1 : BASE0) )
            return u;

    return NULL;
}

/* @pf: device number of the physical function on bus 0; 0: it is none's. */
static struct iommu_dev *make(unsigned int bus, unsigned int dev,
                              unsigned int pf)
{
    pci_sbdf_t sbdf = PCI_SBDF(0, bus, dev, 0);
    struct iommu_dev *id = xzalloc(struct iommu_dev);
    static const uint8_t empty[64];
    uint8_t *cfg = host_pci_add(sbdf, empty, sizeof(empty));

    assert_non_null(id);
    cfg[0] = 0x86;
    cfg[1] = 0x80;
    if ( bus == 1 )
    {
        cfg[0x06] = 0x10;               /* capability list */
        cfg[0x34] = 0x40;
        cfg[0x40] = 0x10;               /* PCI Express, endpoint */
        cfg[0x42] = 0x02;
        cfg[0x100] = 0x0f;              /* ATS, queue depth 8 */
        cfg[0x102] = 0x01;
        cfg[0x104] = 0x08;
    }

    id->pdev = host_pdev_add(sbdf);
    assert_non_null(id->pdev);
    id->pdev->info.is_virtfn = pf;
    id->pdev->info.physfn.devfn = PCI_DEVFN(pf, 0);
    id->sbdf = sbdf;

    return id;
}

static struct iommu_dev *probed(struct iommu_dev *id)
{
    pcidevs_lock();
    assert_int_equal(vtd_driver.dev->probe(id), 0);
    pcidevs_unlock();
    together_add(id);

    return id;
}

struct iommu_dev *dev_add(unsigned int bus, unsigned int dev, unsigned int alias)
{
    struct iommu_dev *id = make(bus, dev, 0);

    dev_id(id, id->sbdf.bdf);
    if ( alias )
        dev_id(id, alias);

    return probed(id);
}

struct iommu_dev *dev_add_many(unsigned int bus, unsigned int dev,
                               unsigned int nr, unsigned int step)
{
    struct iommu_dev *id = make(bus, dev, 0);

    dev_id_series(id, id->sbdf.bdf, nr, step);

    return probed(id);
}

struct iommu_dev *vf_add(unsigned int bus, unsigned int dev, unsigned int pf)
{
    struct iommu_dev *id = make(bus, dev, pf);

    dev_id(id, id->sbdf.bdf);

    return probed(id);
}

void dev_del(struct iommu_dev *dev)
{
    pci_sbdf_t sbdf = dev->sbdf;

    together_del(dev);
    pcidevs_lock();
    vtd_driver.dev->release(dev);
    pcidevs_unlock();
    host_pdev_del(dev->pdev);
    host_pci_remove(sbdf);
    iommu_dev_free(dev);
}

struct s2_table *table_new(struct iommu_dev *first)
{
    struct s2_table *table;
    struct pt_config cfg;

    assert_int_equal(vtd_driver.dev->table_config(first, &cfg), 0);
    table = s2_table_create(guest, &cfg);
    assert_false(IS_ERR(table));

    return table;
}

void table_free(struct s2_table *table)
{
    /* A failed unit may walk it for ever; the model does not. */
    table->stuck = false;
    assert_int_equal(s2_table_clear(table, ~0UL), 0);
    s2_table_free(table);
}

struct s2_domain *domain_new(struct iommu_dev *first, struct s2_table *table)
{
    struct s2_domain *s2 = vtd_driver.dev->domain_alloc(first, S2_PAGING, table);

    assert_false(IS_ERR(s2));

    return s2;
}

int attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    return together_move(dev, s2);
}

void block(struct iommu_dev *dev)
{
    together_move(dev, NULL);
}

void domain_free_s2(struct s2_domain *s2)
{
    s2_domain_free(s2);
}

uint64_t map_page(struct s2_table *table, uint64_t dfn)
{
    unsigned int changed = 0;
    void *page = alloc_xenheap_page();

    assert_non_null(page);
    assert_true(nr_pages < MAX_PAGES);
    pages[nr_pages++] = page;
    assert_int_equal(s2_table_map(table, dfn, virt_to_maddr(page) >> PAGE_SHIFT,
                                  1, PT_PROT_R | PT_PROT_W, &changed), 0);

    return virt_to_maddr(page);
}

void free_pages_mapped(void)
{
    while ( nr_pages )
        free_xenheap_page(pages[--nr_pages]);
}

unsigned int reach(struct iommu_dev *dev, uint64_t addr, uint64_t *maddr)
{
    struct vtd_unit *u = to_vtd_unit(dev->unit);

    return vtd_model_translate(model[u == unit_nr(0) ? 0 : 1], dev->id,
                               addr, true, maddr);
}

/* rig.h */

static void rig_up(unsigned int variant)
{
    struct vtd_model_cfg cfg = vtd_variant(variant);

    vtd_machine_up(&cfg, 1);
}

static unsigned int rig_translate(uint16_t id, uint64_t addr, uint64_t *maddr)
{
    return vtd_model_translate(model[0], id, addr, true, maddr);
}

static unsigned int rig_ats_request(uint16_t id, uint64_t addr,
                                    unsigned int *prot)
{
    return vtd_model_ats_request(model[0], id, addr, prot);
}

static unsigned int rig_ats_dma(uint16_t id, uint64_t addr, void *byte,
                                bool write)
{
    return vtd_model_ats_dma(model[0], id, addr, 1, write, byte);
}

static void rig_ats_dead(uint16_t id, bool dead)
{
    vtd_model_ats_dead(model[0], id, dead);
}

static void rig_spoil_nth(unsigned int nth)
{
    vtd_model_fail_nth(model[0], nth, VTD_MODEL_ERROR);
}

static bool rig_failed(void)
{
    return vtd_model_failed(model[0]);
}

static void rig_hold(void)
{
    vtd_model_pause(model[0], 0);
}

static bool rig_held(void)
{
    return vtd_model_paused(model[0]);
}

static void rig_let_go(void)
{
    vtd_model_pause(model[0], MODEL_GOES_ON);
}

static void rig_reset(void)
{
    vtd_model_reset(model[0]);
}

static void rig_forgive(void)
{
    vtd_model_forgive(model[0]);
}

static bool rig_is_on(void)
{
    return vtd_readl(unit_nr(0), VTD_GSTS) & GCMD_TE;
}

static bool rig_is_off(void)
{
    return !(vtd_readl(unit_nr(0), VTD_GSTS) &
             (GCMD_TE | GCMD_QIE | GCMD_IRE));
}

const struct rig vtd_rig = {
    .dev = &vtd_dev_ops,
    .unit = &vtd_unit_ops,
    .identity = true,
    .nr_variants = VTD_NR_VARIANTS,
    .up = rig_up,
    .down = vtd_machine_down,
    .dev_add = dev_add,
    .dev_del = dev_del,
    .table_new = table_new,
    .table_free = table_free,
    .domain_new = domain_new,
    .map_page = map_page,
    .translate = rig_translate,
    .ats_request = rig_ats_request,
    .ats_dma = rig_ats_dma,
    .ats_dead = rig_ats_dead,
    .spoil_nth = rig_spoil_nth,
    .failed = rig_failed,
    .hold = rig_hold,
    .held = rig_held,
    .let_go = rig_let_go,
    .reset = rig_reset,
    .forgive = rig_forgive,
    .is_on = rig_is_on,
    .is_off = rig_is_off,
};
