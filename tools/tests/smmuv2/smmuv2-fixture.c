/* SPDX-License-Identifier: GPL-2.0-only */
#include "smmuv2-fixture.h"

#include <xen/irq.h>

#include "smmuv2/smmuv2.h"
#include "dev-ids.h"
#include "smmuv2-shapes.h"

#define BASE(i)    (0x0a000000UL + (i) * 0x2000000UL)
#define PHANDLE(i) (0x9000 + (i))
#define MAX_PAGES  4096

struct smmuv2_model *v2_model[2];
struct domain *v2_guest;
unsigned int v2_irqs, v2_rig_first;
const struct smmuv2_model_cfg *v2_second;
bool v2_one_irq, v2_cavium;

static struct smmuv2_model_cfg cfgs[2];
static int irqs[2][1 + 128];        /* unit; global, and each bank's */
static int created[4];
static unsigned int nr_created;
static void *pages[MAX_PAGES];
static unsigned int nr_pages, nr_spoiled;

struct smmuv2_model_cfg v2_variant(unsigned int v)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default;

    cfg.coherent = !(v & 1);
    cfg.cttw = v % 5 ? cfg.coherent : !cfg.coherent;
    cfg.mmu500 = !(v & 2);
    cfg.page64k = v & 4;
    cfg.oas = v % 3 == 0 ? 5 : v % 3 == 1 ? 4 : 2;
    switch ( v % 8 )
    {
    case 1:                         /* SMMUv1 */
        cfg.version = 1;
        cfg.ias = cfg.oas = 2;
        cfg.s1 = cfg.nested = cfg.mmu500 = false;
        cfg.nr_banks = cfg.nr_s2_only = 8;
        cfg.nr_smrs = 32;
        break;
    case 2:                         /* streams by number */
        cfg.indexed = true;
        cfg.sid_bits = 7;
        break;
    case 3:                         /* IDs and VMIDs of 16 bits */
        cfg.exids = cfg.vmid16 = true;
        break;
    case 4:                         /* tables as ARMv7 has them */
        cfg.no_aarch64 = true;
        break;
    case 5:                         /* Armada */
        cfg.only32 = true;
        break;
    case 6:                         /* Calxeda */
        cfg.secure_alias = true;
        cfg.mmu500 = false;
        break;
    case 7:                         /* masks of 8 bits */
        cfg.smr_mask = 0xff;
        cfg.nr_s2_only = 16;
        break;
    }

    return cfg;
}

static bool interrupt(void *arg, unsigned int line)
{
    unsigned int unit = (unsigned long)arg;

    /* Nobody has asked for it yet, or the CPU takes none just now. */
    if ( !host_irq_desc(irqs[unit][line])->action || !local_irq_is_enabled() )
        return false;

    __atomic_fetch_add(&v2_irqs, 1, __ATOMIC_RELAXED);
    host_irq_raise(irqs[unit][line]);

    return true;
}

/* One wire for global faults and one for all banks, or one for everything. */
static void make_irqs(unsigned int nr_units)
{
    unsigned int i, line;

    nr_created = 0;
    for ( i = 0; i < nr_units; i++ )
        for ( line = 0; line < ARRAY_SIZE(irqs[i]); line++ )
        {
            if ( !line ? !i || !v2_one_irq : line == 1 && !v2_one_irq )
                created[nr_created++] = create_irq(NUMA_NO_NODE, false);
            irqs[i][line] = created[nr_created - 1];
        }
}

void v2_machine_in(const struct smmuv2_model_cfg *cfg, unsigned int nr_units)
{
    unsigned int i;

    v2_irqs = nr_spoiled = 0;
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    INIT_LIST_HEAD(&smmu2_units);

    for ( i = 0; i < nr_units; i++ )
    {
        cfgs[i] = i && v2_second ? *v2_second : *cfg;
        cfgs[i].base = BASE(i);
        /* Whose driver comes later must not hold the others' wire up. */
        cfgs[i].quiet = v2_one_irq;
        if ( i && cfgs[i].tlb_of )
            cfgs[i].tlb_of = v2_model[0];
        v2_model[i] = smmuv2_model_create(&cfgs[i]);
        smmuv2_model_on_irq(v2_model[i], interrupt, (void *)(unsigned long)i);
    }
    make_irqs(nr_units);
}

void v2_machine(const struct smmuv2_model_cfg *cfg, unsigned int nr_units)
{
    host_reset();
    /* Time-outs of a second should not cost millions of rounds. */
    host_time_step(MICROSECS(200));
    v2_machine_in(cfg, nr_units);

    v2_guest = host_domain_create(1, 0);
    assert_non_null(v2_guest);
}

struct smmuv2_desc v2_desc(unsigned int i)
{
    const struct smmuv2_model_cfg *cfg = &cfgs[i];

    return (struct smmuv2_desc){
        .base = BASE(i),
        .size = smmuv2_model_size(cfg),
        .phandle = PHANDLE(i),
        .version = cfg->version,
        .quirks = (cfg->mmu500 ? SMMUV2_MMU500 : 0) |
                  (cfg->only32 ? SMMUV2_AP806 : 0) |
                  (v2_cavium ? SMMUV2_CAVIUM : 0) |
                  (cfg->qcom ? SMMUV2_QCOM : 0) |
                  (cfg->secure_alias ? SMMUV2_SECURE_ALIAS : 0),
        .coherent = cfg->coherent,
        .irqs = irqs[i],
        .nr_irqs = 1 + cfg->nr_banks,
        .nr_global = 1,
        .where = i ? "/smmu1" : "/smmu0",
    };
}

void v2_bring_up(unsigned int nr_units)
{
    unsigned int i;

    for ( i = 0; i < nr_units; i++ )
    {
        struct smmuv2_desc desc = v2_desc(i);

        assert_int_equal(smmuv2_add(&desc), 0);
    }
    host_log_clear();
}

void v2_up(const struct smmuv2_model_cfg *cfg, unsigned int nr_units)
{
    v2_machine(cfg, nr_units);
    v2_bring_up(nr_units);
}

void v2_forget(void)
{
    struct smmu2_unit *u, *tmp;

    list_for_each_entry_safe ( u, tmp, &smmu2_units, list )
    {
        list_del(&u->list);
        smmu2_unit_free(u);
    }
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
}

void v2_machine_off(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( v2_model[i] )
            smmuv2_model_on_irq(v2_model[i], NULL, NULL);
    v2_forget();
    while ( nr_pages )
        free_xenheap_page(pages[--nr_pages]);
    if ( v2_guest )
        host_domain_destroy(v2_guest);
    v2_guest = NULL;

    while ( nr_created )
        destroy_irq(created[--nr_created]);
    for ( i = 2; i--; )
    {
        smmuv2_model_destroy(v2_model[i]);
        v2_model[i] = NULL;
    }
}

void v2_down(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( v2_model[i] && smmuv2_model_violations(v2_model[i]) )
            fail_msg("model %u: %s", i,
                     smmuv2_model_last_violation(v2_model[i]));

    v2_machine_off();
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_leak_report(5), 0);
}

int v2_teardown(void **state)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( v2_model[i] )
            smmuv2_model_revive(v2_model[i]);
    v2_machine_off();
    v2_second = NULL;
    v2_one_irq = false;
    v2_rig_first = 0;
    iommu_firmware = NULL;

    return 0;
}

struct iommu_unit *v2_unit(unsigned int i)
{
    struct smmu2_unit *u;

    for_each_smmu2 ( u )
        if ( u->desc.base == BASE(i) )
            return &u->unit;

    fail_msg("unit %u is not there", i);

    return NULL;
}

struct iommu_dev *v2_dev_new(unsigned int unit, const char *name, uint32_t sid,
                             uint32_t alias)
{
    struct iommu_dev *dev = xzalloc(struct iommu_dev);

    assert_non_null(dev);
    dev->name = name;
    dev->fw_unit = PHANDLE(unit);
    dev_id(dev, sid);
    if ( alias )
        dev_id(dev, alias);

    return dev;
}

int v2_probe(struct iommu_dev *dev)
{
    int rc;

    pcidevs_lock();
    rc = smmu2_dev_ops.probe(dev);
    pcidevs_unlock();
    if ( !rc )
        together_add(dev);

    return rc;
}

struct iommu_dev *v2_dev(unsigned int unit, uint32_t sid, uint32_t alias)
{
    struct iommu_dev *dev = v2_dev_new(unit, "/device", sid, alias);

    assert_int_equal(v2_probe(dev), 0);
    assert_ptr_equal(dev->unit, v2_unit(unit));

    return dev;
}

void v2_dev_del(struct iommu_dev *dev)
{
    together_del(dev);
    pcidevs_lock();
    smmu2_dev_ops.release(dev);
    pcidevs_unlock();
    iommu_dev_free(dev);
}

struct s2_table *v2_table(struct iommu_dev *first)
{
    struct s2_table *table;
    struct pt_config cfg;

    assert_int_equal(smmu2_dev_ops.table_config(first, &cfg), 0);
    table = s2_table_create(v2_guest, &cfg);
    assert_false(IS_ERR(table));

    return table;
}

void v2_table_free(struct s2_table *table)
{
    /* A failed unit may walk it for ever; the model does not. */
    table->stuck = false;
    assert_int_equal(s2_table_clear(table, ~0UL), 0);
    s2_table_free(table);
}

struct s2_domain *v2_domain(struct iommu_dev *first, struct s2_table *table)
{
    struct s2_domain *s2 = smmu2_dev_ops.domain_alloc(first, S2_PAGING, table);

    assert_false(IS_ERR(s2));

    return s2;
}

uint64_t v2_map(struct s2_table *table, uint64_t dfn)
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

int v2_unmap(struct s2_table *table, uint64_t dfn, unsigned long nr)
{
    unsigned int changed = 0;

    assert_int_equal(s2_table_unmap(table, dfn, nr, &changed), 0);

    return s2_table_flush(table);
}

unsigned int v2_reach(uint32_t sid, uint64_t addr, uint64_t *maddr)
{
    return smmuv2_model_dma(v2_model[0], sid, addr, true, maddr);
}

struct v2_world v2_world(struct iommu_dev *dev)
{
    struct v2_world w = { .dev = dev, .table = v2_table(dev) };

    w.page = v2_map(w.table, 5);
    w.s2 = v2_domain(dev, w.table);

    return w;
}

void v2_world_free(struct v2_world *w)
{
    s2_domain_free(w->s2);
    v2_table_free(w->table);
}

bool v2_sees(const struct v2_world *w, uint32_t sid)
{
    uint64_t maddr;

    return !smmuv2_model_peek(v2_model[0], sid, 0x5000, true, &maddr) &&
           maddr == w->page;
}

void v2_settle(void)
{
    while ( host_tasklets_run() )
        continue;
}

/* ---- rig.h ---- */

/* Suites' IDs are PCI's; streams that are numbered end at 127. */
static uint32_t sid_of(uint32_t id)
{
    return cfgs[0].indexed && id > 127 ? 1 + id % 120 : id;
}

/* Suites have up to four domains, and a few devices. */
static void rig_up(unsigned int v)
{
    struct smmuv2_model_cfg cfg;

    v += v2_rig_first;
    cfg = v < V2_NR_VARIANTS ? v2_variant(v)
                             : v2_shape_for(v - V2_NR_VARIANTS, 4, 8);
    v2_up(&cfg, 1);
}

static struct iommu_dev *rig_dev(unsigned int bus, unsigned int dev,
                                 unsigned int alias)
{
    return v2_dev(0, sid_of(bus << 8 | dev << 3), sid_of(alias));
}

static unsigned int rig_translate(uint16_t id, uint64_t addr, uint64_t *maddr)
{
    return v2_reach(sid_of(id), addr, maddr);
}

/* The unit is started anew each time, and given up if that is too often. */
static void spoil_nth(unsigned int nth)
{
    if ( nth && nr_spoiled++ >= IOMMU_REVIVES - 1 )
        return;

    smmuv2_model_fail_nth(v2_model[0], nth, SMMUV2_MODEL_HANG);
}

static bool failed(void)
{
    return smmuv2_model_failed(v2_model[0]);
}

static void rig_reset(void)
{
    smmuv2_model_reset(v2_model[0]);
}

static void rig_forgive(void)
{
    smmuv2_model_forgive(v2_model[0]);
}

static uint32_t cr0(void)
{
    return smmuv2_model_read(v2_model[0], cfgs[0].secure_alias ? 0x400 : 0, 4);
}

/* Unmatched streams fault, and that interrupts. */
static bool is_on(void)
{
    return (cr0() & 0x405) == 0x404;
}

static bool is_off(void)
{
    return cr0() & 1;
}

const struct rig v2_rig = {
    .dev = &smmu2_dev_ops,
    .unit = &smmu2_unit_ops,
    .identity = true,
    .no_ats = true,
    .nr_variants = V2_NR_VARIANTS,
    .up = rig_up,
    .down = v2_down,
    .dev_add = rig_dev,
    .dev_del = v2_dev_del,
    .table_new = v2_table,
    .table_free = v2_table_free,
    .domain_new = v2_domain,
    .map_page = v2_map,
    .translate = rig_translate,
    .spoil_nth = spoil_nth,
    .failed = failed,
    .reset = rig_reset,
    .forgive = rig_forgive,
    .is_on = is_on,
    .is_off = is_off,
};
