/* SPDX-License-Identifier: GPL-2.0-only */
#include "dev-ids.h"
#include "smmu-fixture.h"

#include <xen/irq.h>

#define BASE(i)    (0x09050000UL + (i) * 0x100000UL)
#define PHANDLE(i) (0x8000 + (i))
#define MSI_ADDR   0x08020040UL
#define MAX_PAGES  4096

struct smmu_model *sm_model[2];
struct domain *sm_guest;
unsigned int sm_irqs[2];
const struct smmu_model_cfg *sm_second;
static int irq_of[2][2];            /* unit, enum smmu_model_irq */
static void *pages[MAX_PAGES];
static unsigned int nr_pages;

struct smmu_model_cfg sm_variant(unsigned int v)
{
    struct smmu_model_cfg cfg = smmu_model_default;

    cfg.coherent = !(v & 1);
    cfg.two_level = !(v & 2);
    cfg.ril = !(v & 4);
    cfg.msi = !(v & 8);
    cfg.vmid16 = cfg.hyp = cfg.btm = cfg.ats = !(v & 16);
    cfg.bbml = v & 32 ? 2 : 0;
    cfg.oas = v % 3 == 0 ? 5 : v % 3 == 1 ? 4 : 2;
    if ( !cfg.two_level )
        cfg.sid_bits = 7;
    cfg.page0_only = v % 7 == 3;
    if ( v % 5 == 4 )
        cfg.cmdq_bits = 3;

    return cfg;
}

static void interrupt(void *arg, enum smmu_model_irq irq, uint64_t addr,
                      uint32_t data)
{
    unsigned int unit = (unsigned long)arg;

    __atomic_fetch_add(&sm_irqs[irq], 1, __ATOMIC_RELAXED);
    if ( addr )
    {
        assert_int_equal(addr, MSI_ADDR);
        assert_int_equal(data, irq_of[unit][irq]);
    }
    host_irq_raise(irq_of[unit][irq]);
}

static bool has_msi(unsigned int i)
{
    return smmu_model_read(sm_model[i], 0, 4) & (1u << 13);
}

static struct smmu_model_cfg cfgs[2];

void sm_machine(const struct smmu_model_cfg *cfg, unsigned int nr_units)
{
    unsigned int i, j;

    host_reset();
    /* Time-outs of a second should not cost millions of rounds. */
    host_time_step(MICROSECS(200));
    memset(sm_irqs, 0, sizeof(sm_irqs));
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    INIT_LIST_HEAD(&smmu_units);

    for ( i = 0; i < nr_units; i++ )
    {
        cfgs[i] = i && sm_second ? *sm_second : *cfg;
        cfgs[i].base = BASE(i);
        sm_model[i] = smmu_model_create(&cfgs[i]);
        smmu_model_on_irq(sm_model[i], interrupt, (void *)(unsigned long)i);
        for ( j = 0; j < 2; j++ )
            irq_of[i][j] = create_irq(NUMA_NO_NODE, false);
    }

    sm_guest = host_domain_create(1, 0);
    assert_non_null(sm_guest);
}

struct smmuv3_desc sm_desc(unsigned int i)
{
    struct smmuv3_desc desc = {
        .base = BASE(i),
        .size = cfgs[i].page0_only ? 0x10000 : 0x20000,
        .phandle = PHANDLE(i),
        .coherent = cfgs[i].coherent,
        .page0_only = cfgs[i].page0_only,
        .irq_evtq = irq_of[i][SMMU_IRQ_EVENTQ],
        .irq_gerror = irq_of[i][SMMU_IRQ_GERROR],
        .where = i ? "/smmu1" : "/smmu0",
    };

    if ( has_msi(i) )
    {
        desc.msi_evtq.addr = desc.msi_gerror.addr = MSI_ADDR;
        desc.msi_evtq.data = desc.irq_evtq;
        desc.msi_gerror.data = desc.irq_gerror;
    }

    return desc;
}

void sm_up(const struct smmu_model_cfg *cfg, unsigned int nr_units)
{
    unsigned int i;

    sm_machine(cfg, nr_units);
    for ( i = 0; i < nr_units; i++ )
    {
        struct smmuv3_desc desc = sm_desc(i);

        assert_int_equal(smmuv3_add(&desc), 0);
    }
    host_log_clear();
}

static void machine_off(void)
{
    struct smmu_unit *u, *tmp;
    unsigned int i, j;

    list_for_each_entry_safe ( u, tmp, &smmu_units, list )
    {
        smmu_stop(u);
        list_del(&u->list);
        smmu_unit_free(u);
    }
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    while ( nr_pages )
        free_xenheap_page(pages[--nr_pages]);
    if ( sm_guest )
        host_domain_destroy(sm_guest);
    sm_guest = NULL;

    for ( i = 0; i < 2; i++ )
    {
        if ( sm_model[i] )
            for ( j = 0; j < 2; j++ )
                destroy_irq(irq_of[i][j]);
        smmu_model_destroy(sm_model[i]);
        sm_model[i] = NULL;
    }
}

void sm_down(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( sm_model[i] && smmu_model_violations(sm_model[i]) )
            fail_msg("model %u: %s", i, smmu_model_last_violation(sm_model[i]));

    machine_off();
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_leak_report(5), 0);
}

int sm_teardown(void **state)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( sm_model[i] )
            smmu_model_revive(sm_model[i]);
    machine_off();

    return 0;
}

struct smmu_unit *sm_unit(unsigned int i)
{
    struct smmu_unit *u;

    for_each_smmu ( u )
        if ( u->desc.base == BASE(i) )
            return u;

    fail_msg("unit %u is not there", i);

    return NULL;
}

static struct iommu_dev *probed(struct iommu_dev *dev, unsigned int unit)
{
    dev->name = "/device";
    dev->fw_unit = PHANDLE(unit);

    pcidevs_lock();
    assert_int_equal(smmu_driver.dev->probe(dev), 0);
    pcidevs_unlock();
    assert_ptr_equal(dev->unit, &sm_unit(unit)->unit);
    together_add(dev);

    return dev;
}

struct iommu_dev *sm_dev(unsigned int unit, uint32_t sid, uint32_t alias)
{
    struct iommu_dev *dev = xzalloc(struct iommu_dev);

    assert_non_null(dev);
    dev_id(dev, sid);
    if ( alias )
        dev_id(dev, alias);

    return probed(dev, unit);
}

struct iommu_dev *sm_dev_many(unsigned int unit, uint32_t first,
                              unsigned int nr, unsigned int step)
{
    struct iommu_dev *dev = xzalloc(struct iommu_dev);

    assert_non_null(dev);
    dev_id_series(dev, first, nr, step);

    return probed(dev, unit);
}

void sm_dev_del(struct iommu_dev *dev)
{
    together_del(dev);
    iommu_dev_free(dev);
}

struct s2_table *sm_table(void)
{
    /* All units of a test are alike. */
    struct iommu_dev any = {
        .unit = &list_first_entry(&smmu_units, struct smmu_unit, list)->unit,
    };
    struct s2_table *table;
    struct pt_config cfg;

    assert_int_equal(smmu_driver.dev->table_config(&any, &cfg), 0);
    table = s2_table_create(sm_guest, &cfg);
    assert_false(IS_ERR(table));

    return table;
}

void sm_table_free(struct s2_table *table)
{
    /* A failed unit may walk it for ever; the model does not. */
    table->stuck = false;
    assert_int_equal(s2_table_clear(table, ~0UL), 0);
    s2_table_free(table);
}

struct s2_domain *sm_domain(struct iommu_dev *first, struct s2_table *table)
{
    struct s2_domain *s2 = smmu_driver.dev->domain_alloc(first, S2_PAGING,
                                                         table);

    assert_false(IS_ERR(s2));

    return s2;
}

void sm_domain_free(struct s2_domain *s2)
{
    s2_domain_free(s2);
}

int sm_attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    return together_move(dev, s2);
}

void sm_block(struct iommu_dev *dev)
{
    together_move(dev, NULL);
}

uint64_t sm_map(struct s2_table *table, uint64_t dfn)
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

int sm_unmap(struct s2_table *table, uint64_t dfn, unsigned long nr)
{
    unsigned int changed = 0;

    assert_int_equal(s2_table_unmap(table, dfn, nr, &changed), 0);

    return s2_table_flush(table);
}

unsigned int sm_reach(struct iommu_dev *dev, uint64_t addr, bool write,
                      uint64_t *maddr)
{
    return smmu_model_dma(sm_model[dev->fw_unit - PHANDLE(0)], dev->id,
                          addr, write, maddr);
}

void sm_settle(void)
{
    while ( host_tasklets_run() )
        continue;
}
