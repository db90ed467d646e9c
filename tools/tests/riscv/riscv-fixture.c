/* SPDX-License-Identifier: GPL-2.0-only */
#include "dev-ids.h"
#include "riscv-fixture.h"

#define MAX_PAGES 1024

struct rvm *rvm[2];
struct domain *rv_guest;
uint32_t rv_did_offset;
bool rv_wired;

static void *regs[2];
static void *pages[MAX_PAGES];
static unsigned int nr_pages;

static uint32_t unit_of_id(uint32_t id)
{
    if ( id >> 8 == 0xee )
        return 0;

    return RV_PHANDLE + (rvm[1] && id == 0x28);
}

/* One format each or all, levels, context sizes, how ddtp is found, busy. */
struct rvm_cfg rv_variant(unsigned int v)
{
    static const unsigned int levels[] = {
        1 << RVM_1LVL | 1 << RVM_2LVL | 1 << RVM_3LVL, 1 << RVM_2LVL,
        1 << RVM_1LVL,
    };
    static const unsigned int modes[] = { RVM_OFF, RVM_BARE, RVM_2LVL };
    struct rvm_cfg cfg = rvm_default;
    unsigned int f = v % 4;

    v /= 4;
    if ( f )
    {
        cfg.sv39x4 = f == 1;
        cfg.sv48x4 = f == 2;
        cfg.sv57x4 = f == 3;
    }
    cfg.levels = levels[v % 3];
    v /= 3;
    cfg.msi_flat = v % 2;
    v /= 2;
    cfg.reset_mode = modes[v % 3];
    cfg.busy = 3 * (v % 3);
    cfg.be = cfg.hpm = v == 2;
    cfg.gxl = cfg.ats = v == 1;
    cfg.igs = v;

    return cfg;
}

static void wire(void *arg, unsigned int nr)
{
    riscv_iommu_interrupt((unsigned long)arg);
}

static void model_up(unsigned int i, const struct rvm_cfg *cfg)
{
    struct rvm_cfg own = *cfg;

    own.base = i ? RV_BASE1 : RV_BASE0;
    rvm[i] = rvm_create(&own);
    rvm_on_wire(rvm[i], wire, (void *)(unsigned long)(RV_PHANDLE + i));
    regs[i] = ioremap(own.base, RV_REGS_SIZE);
    assert_non_null(regs[i]);
}

static struct iommu_unit_ops ops;

void rv_machine(const struct rvm_cfg *cfg0, const struct rvm_cfg *cfg1)
{
    host_reset();
    /* Time-outs of seconds should not cost millions of rounds. */
    host_time_step(MICROSECS(200));
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    INIT_LIST_HEAD(&rv_units);
    /* Its devices are in no group: to the core they are nobody's. */
    ops = rv_unit_ops;
    ops.silence = NULL;
    rv_driver.unit = &ops;

    model_up(0, cfg0);
    if ( cfg1 )
        model_up(1, cfg1);

    rv_guest = host_domain_create(1, 0);
    assert_non_null(rv_guest);
}

struct riscv_iommu_desc rv_desc(unsigned int unit)
{
    struct riscv_iommu_desc desc = {
        .base = unit ? RV_BASE1 : RV_BASE0,
        .size = RV_REGS_SIZE,
        .regs = regs[unit],
        .phandle = RV_PHANDLE + unit,
        .own_id = RISCV_IOMMU_NONE,
        .where = unit ? "/soc/iommu@3011000" : "/soc/iommu@3010000",
    };
    unsigned int i;

    for ( i = 0; i < RISCV_IOMMU_IRQS; i++ )
        desc.irq[i] = rv_wired ? 36 + i : RISCV_IOMMU_NONE;

    return desc;
}

void rv_machine_up(const struct rvm_cfg *cfg0, const struct rvm_cfg *cfg1)
{
    unsigned int i;

    rv_machine(cfg0, cfg1);
    for ( i = 0; i < 2 && rvm[i]; i++ )
    {
        struct riscv_iommu_desc desc = rv_desc(i);

        assert_int_equal(riscv_iommu_add(&desc), 0);
    }
}

void rv_units_down(void)
{
    struct rv_unit *u, *next;

    list_for_each_entry_safe ( u, next, &rv_units, list )
    {
        rv_set_mode(u, DDTP_OFF);
        rv_queues_off(u);
        rv_cmdq_free(u);
        rv_faultq_free(u);
        rv_ddt_free(u);
        iommu_unit_free_tags(&u->unit);
        list_del(&u->list);
        xfree(u);
    }
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    INIT_LIST_HEAD(&rv_units);
}

void rv_machine_clean(void)
{
    unsigned int i;

    if ( !rvm[0] )
        return;

    for ( i = 0; i < 2; i++ )
        if ( rvm[i] )
            rvm_revive(rvm[i]);
    while ( host_tasklets_run() )
        continue;
    rv_units_down();
    while ( nr_pages )
        free_xenheap_page(pages[--nr_pages]);
    host_domain_destroy(rv_guest);
    for ( i = 0; i < 2; i++ )
    {
        iounmap(regs[i]);
        regs[i] = NULL;
        rvm_destroy(rvm[i]);
        rvm[i] = NULL;
    }
    rv_opt_format = NULL;
    rv_opt_levels = 0;
    rv_did_offset = 0;
    rv_wired = false;
}

void rv_machine_down(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( rvm[i] && rvm_violations(rvm[i]) )
            fail_msg("model %u: %s", i, rvm_last_violation(rvm[i]));

    rv_machine_clean();
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_leak_report(5), 0);
}

struct rv_unit *rv_unit_nr(unsigned int i)
{
    struct rv_unit *u;

    for_each_rv_unit ( u )
        if ( u->desc.phandle == RV_PHANDLE + i )
            return u;

    return NULL;
}

/* Not probed, and without IDs. */
static struct iommu_dev *make(unsigned int bus, unsigned int dev)
{
    pci_sbdf_t sbdf = PCI_SBDF(0, bus, dev, 0);
    struct iommu_dev *id = xzalloc(struct iommu_dev);
    static const uint8_t cfg[64] = { 0x34, 0x12, 0x01, 0x00 };

    assert_non_null(id);
    host_pci_add(sbdf, cfg, sizeof(cfg));
    id->pdev = host_pdev_add(sbdf);
    assert_non_null(id->pdev);
    id->sbdf = sbdf;
    snprintf(id->sbdf_name, sizeof(id->sbdf_name), "%pp", &sbdf);
    id->name = id->sbdf_name;
    /* What iommu_firmware makes of it. */
    id->fw_unit = unit_of_id(sbdf.bdf);

    return id;
}

static int probe(struct iommu_dev *id)
{
    int rc;

    pcidevs_lock();
    rc = rv_driver.dev->probe(id);
    pcidevs_unlock();
    if ( !rc )
        together_add(id);

    return rc;
}

struct iommu_dev *rv_dev_many(unsigned int bus, unsigned int dev,
                              unsigned int nr, unsigned int step)
{
    struct iommu_dev *id = make(bus, dev);

    dev_id_series(id, id->sbdf.bdf + rv_did_offset, nr, step);
    assert_int_equal(probe(id), 0);

    return id;
}

struct iommu_dev *rv_dev_try(unsigned int bus, unsigned int dev,
                             unsigned int alias, int expected)
{
    struct iommu_dev *id = make(bus, dev);
    pci_sbdf_t sbdf = id->sbdf;
    int rc;

    dev_id(id, sbdf.bdf + rv_did_offset);
    if ( alias )
        dev_id(id, alias + rv_did_offset);

    rc = probe(id);
    assert_int_equal(rc, expected);
    if ( !rc )
        return id;

    host_pdev_del(id->pdev);
    host_pci_remove(sbdf);
    iommu_dev_free(id);

    return NULL;
}

struct iommu_dev *rv_dev_add(unsigned int bus, unsigned int dev,
                             unsigned int alias)
{
    return rv_dev_try(bus, dev, alias, 0);
}

void rv_dev_del(struct iommu_dev *dev)
{
    pci_sbdf_t sbdf = dev->sbdf;

    together_del(dev);
    host_pdev_del(dev->pdev);
    host_pci_remove(sbdf);
    iommu_dev_free(dev);
}

struct s2_table *rv_table_new(struct iommu_dev *first)
{
    struct s2_table *table;
    struct pt_config cfg;

    assert_int_equal(rv_driver.dev->table_config(first, &cfg), 0);
    table = s2_table_create(rv_guest, &cfg);
    assert_false(IS_ERR(table));

    return table;
}

void rv_table_free(struct s2_table *table)
{
    /* A failed unit may walk it for ever; the model does not. */
    table->stuck = false;
    assert_int_equal(s2_table_clear(table, ~0UL), 0);
    s2_table_free(table);
}

struct s2_domain *rv_domain_new(struct iommu_dev *first, struct s2_table *table)
{
    struct s2_domain *s2 = rv_driver.dev->domain_alloc(first, S2_PAGING, table);

    assert_false(IS_ERR(s2));

    return s2;
}

uint64_t rv_map_page(struct s2_table *table, uint64_t dfn)
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

unsigned int rv_reach_id(struct iommu_dev *dev, unsigned int i, uint64_t addr,
                         uint64_t *maddr)
{
    struct rv_unit *u = to_rv_unit(dev->unit);

    return rvm_translate(rvm[u->desc.phandle - RV_PHANDLE],
                         dev_id_nr(dev, i), addr, RVM_WRITE, maddr);
}

unsigned int rv_reach(struct iommu_dev *dev, uint64_t addr, uint64_t *maddr)
{
    return rv_reach_id(dev, 0, addr, maddr);
}
