/* SPDX-License-Identifier: GPL-2.0-only */
/* See caps-machine.h. */
#include "caps-machine.h"

#include <xen/iommu.h>
#include <xen/sched.h>

#include "vtd/intremap.h"
#include "dmar-build.h"
#include "pci-build.h"

#define RW (IOMMUF_readable | IOMMUF_writable)

extern bool ats_enabled;

struct cm cm;

bool cm_usable(const struct vtd_model_cfg *cfg)
{
    return ~cfg->raw_cap && ~cfg->raw_ecap && cfg->ver >> 4 && cfg->sagaw &&
           cfg->mgaw >= 30 && (cfg->qi || cfg->ver >> 4 < 6);
}

/* The fewest levels that reach 48 bits, or as far as the unit does. */
unsigned int cm_width(const struct vtd_model_cfg *cfg)
{
    unsigned int bits = 0, levels;

    for ( levels = 3; levels <= 5; levels++ )
        if ( cfg->sagaw & (1U << (levels - 2)) )
        {
            bits = 12 + 9 * levels;
            if ( bits >= 48 || bits >= cfg->mgaw )
                break;
        }

    return bits < cfg->mgaw ? bits : cfg->mgaw;
}

/* Why the unit cannot be in the machine; NULL: it can. */
static const char *left_out(const struct caps_machine *m, unsigned int i)
{
    const struct caps_unit *u = &m->unit[i];
    unsigned int j;

    if ( !u->base )
        return "no base address";
    if ( !u->known || !(u->cap | u->ecap) )
        return "registers not known";
    if ( u->base & (PAGE_SIZE - 1) )
        return "base not on a page";
    for ( j = 0; j < m->nr; j++ )
        if ( j != i && m->unit[j].known && m->unit[j].base == u->base )
            return "base twice";

    return NULL;
}

/* The width that is not known is that of the widest unit. */
static unsigned int host_width(const struct caps_machine *m)
{
    unsigned int i, haw = 36;

    if ( m->haw >= 36 && m->haw <= 52 )
        return m->haw;

    for ( i = 0; i < m->nr; i++ )
        if ( m->unit[i].known )
            haw = max(haw, (unsigned int)(m->unit[i].cap >> 16 & 0x3f) + 1);

    return min(haw, 52U);
}

/* A message of the unit reaches the CPU that it names. */
static void event(void *arg, uint64_t addr, uint32_t data)
{
    assert_int_equal(addr >> 20, 0xfee);
    assert_int_equal(host_vector_raise(data & 0xff), 0);
}

bool cm_prepare(const struct caps_machine *orig)
{
    /* A test that fails leaves its own behind. */
    static struct caps_machine copy;
    const struct caps_machine *m = &copy;
    unsigned int i;

    copy = *orig;
    host_reset();
    host_time_step(MICROSECS(200));
    memset(&cm, 0, sizeof(cm));
    cm.m = m;
    cm.haw = host_width(m);
    dom_io->options = 0;
    iommu_hwdom_strict = true;
    iommu_hwdom_passthrough = false;
    iommu_enabled = true;
    iommu_qinval = iommu_snoop = iommu_superpages = true;
    ats_enabled = true;

    for ( i = 0; i < m->nr; i++ )
    {
        struct cm_unit *cu = &cm.unit[i];
        const char *why = left_out(m, i);

        if ( why )
        {
            print_message("%s: unit %u left out: %s\n", m->name, i, why);
            continue;
        }

        cu->cfg = vtd_model_cfg_of(m->unit[i].ver, m->unit[i].cap,
                                   m->unit[i].ecap, cm.haw);
        cu->cfg.base = m->unit[i].base;
        cu->sbdf = PCI_SBDF(0, 0, i + 2, 0);
        cu->model = vtd_model_create(&cu->cfg);
        vtd_model_on_event(cu->model, event, NULL);
        cm.nr_models++;
    }

    return cm.nr_models;
}

/* The one that has the rest comes last. */
static void build_dmar(struct dmar_buf *d)
{
    unsigned int i;
    int all = -1;

    dmar_begin(d, cm.haw, 1);
    for ( i = 0; i < cm.m->nr; i++ )
    {
        if ( !cm.unit[i].model )
            continue;
        if ( cm.m->unit[i].include_all && all < 0 )
        {
            all = i;
            continue;
        }
        dmar_drhd(d, 0, cm.m->unit[i].base, 0, 0);
        dmar_scope(d, 1, 0, 0, i + 2, 0);
        dmar_close(d);
    }
    if ( all >= 0 )
    {
        dmar_drhd(d, 0, cm.m->unit[all].base, 1, 0);
        dmar_close(d);
    }
    dmar_end(d);
}

int cm_bring_up(void)
{
    struct cm_unit *cu;
    struct vtd_unit *u;
    struct dmar_buf d;
    int rc;

    build_dmar(&d);
    rc = vtd_dmar_parse(d.b, d.len, &vtd_dmar) ?: vtd_rmrr_init() ?:
         vtd_unit_map_all();
    rc = rc ?: vtd_setup();
    if ( rc )
        return rc;

    for_each_vtd_unit ( u )
        for ( cu = cm.unit; cu < cm.unit + cm.m->nr; cu++ )
            if ( cu->model && cu->cfg.base == u->unit.base )
                cu->u = u;

    return 0;
}

static void plug(pci_sbdf_t sbdf)
{
    char name[16];
    struct fn fn = { .name = name, .kind = RCIEP };
    struct pci_dev *pdev;
    uint8_t cfg[4096];

    snprintf(name, sizeof(name), "%02x:%02x.%u", sbdf.bus, sbdf.dev, sbdf.fn);
    build_cfg(&fn, cfg);
    put16(cfg + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    host_pci_add(sbdf, cfg, sizeof(cfg));
    pdev = host_pdev_add(sbdf);
    assert_non_null(pdev);
    pcidevs_lock();
    assert_int_equal(iommu_groups_pci_add(pdev), 0);
    pcidevs_unlock();
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

void cm_populate(void)
{
    struct cm_unit *cu;

    for_each_cm_unit ( cu )
        plug(cu->sbdf);

    cm.hwdom = domain_up(0);
    cm.guest = domain_up(1);
    vtd_enable_translation_all();
}

static void unplug(pci_sbdf_t sbdf)
{
    struct pci_dev *pdev;

    iommu_groups_pci_retire(sbdf);
    pcidevs_lock();
    pdev = pci_get_pdev(NULL, sbdf);
    if ( pdev )
    {
        iommu_groups_pci_remove(pdev);
        host_pdev_del(pdev);
    }
    pcidevs_unlock();
    host_pci_remove(sbdf);
}

static void domain_down(struct domain *d)
{
    if ( !d )
        return;
    assert_int_equal(iommu_free_pgtables(d), 0);
    iommu_domain_destroy(d);
    host_domain_destroy(d);
}

static void settle(void)
{
    while ( host_tasklets_run() )
        continue;
}

void cm_down(void)
{
    char said[200] = "";
    struct cm_unit *cu;

    if ( !cm.m )
        return;

    settle();
    for_each_cm_unit ( cu )
        if ( cm.guest )
        {
            /* A test that failed may have left it anywhere. */
            cm_give(cu, dom_io);
            unplug(cu->sbdf);
        }
    domain_down(cm.guest);
    domain_down(cm.hwdom);
    settle();

    for_each_cm_unit ( cu )
    {
        vtd_ir_disable(cu->u);
        vtd_ir_free(cu->u);
        cu->u->up = false;
    }
    if ( vtd_units && !list_empty(&iommu_units) )
        vtd_tear_down_all();
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    vtd_unit_unmap_all();
    vtd_dmar_free(&vtd_dmar);

    for ( cu = cm.unit; cu < cm.unit + cm.m->nr; cu++ )
    {
        if ( cu->model && vtd_model_violations(cu->model) )
            snprintf(said, sizeof(said), "unit %u: %s", (int)(cu - cm.unit),
                     vtd_model_last_violation(cu->model));
        vtd_model_destroy(cu->model);
    }
    while ( cm.nr_pages )
        free_xenheap_page(cm.page[--cm.nr_pages]);
    cm.m = NULL;

    if ( said[0] )
        fail_msg("%s", said);
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(host_leak_report(5), 0);
}

struct iommu_dev *cm_dev(const struct cm_unit *cu)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(NULL, cu->sbdf);
    pcidevs_unlock();
    assert_non_null(pdev);

    return pdev->iommu;
}

int cm_give(const struct cm_unit *cu, struct domain *d)
{
    struct iommu_dev *dev = cm_dev(cu);
    struct iommu_group *group;
    int rc;

    pcidevs_lock();
    group = iommu_group_get(dev);
    pcidevs_unlock();
    rc = iommu_group_set_owner(group, dev, d);
    iommu_group_put(group);

    return rc;
}

unsigned int cm_dma(const struct cm_unit *cu, uint64_t addr, uint64_t *maddr)
{
    return vtd_model_translate(cu->model, cu->sbdf.bdf, addr, true, maddr);
}

void cm_map(struct domain *d, uint64_t dfn, uint64_t mfn, unsigned long nr)
{
    unsigned int flush = 0;

    assert_int_equal(iommu_map(d, _dfn(dfn), _mfn(mfn), nr, RW, &flush), 0);
    assert_int_equal(iommu_iotlb_flush(d, _dfn(dfn), nr, flush), 0);
}

void cm_unmap(struct domain *d, uint64_t dfn, unsigned long nr)
{
    unsigned int flush = 0;

    assert_int_equal(iommu_unmap(d, _dfn(dfn), nr, 0, &flush), 0);
    assert_int_equal(iommu_iotlb_flush(d, _dfn(dfn), nr, flush), 0);
}

uint64_t cm_page(struct domain *d, uint64_t dfn)
{
    void *page = alloc_xenheap_page();

    assert_non_null(page);
    assert_true(cm.nr_pages < ARRAY_SIZE(cm.page));
    cm.page[cm.nr_pages++] = page;
    clear_page(page);
    cm_map(d, dfn, virt_to_maddr(page) >> PAGE_SHIFT, 1);

    return virt_to_maddr(page);
}
