/* SPDX-License-Identifier: GPL-2.0-only */
#include "amd-fixture.h"

#include <asm/processor.h>
#include <iommu-groups/x86.h>

#include "dev-ids.h"
#include "ivrs-build.h"
#include "models/amd-regs.h"

#define MAX_PAGES 1024

struct amd_model *am_model[2];
struct domain *am_guest;
struct am_ivmd am_ivmd;
bool am_not_coherent;
static void *pages[MAX_PAGES];
static unsigned int nr_pages;
extern bool ats_enabled;

struct amd_model_cfg amd_variant(unsigned int v)
{
    struct amd_model_cfg cfg = amd_model_default;

    cfg.np_cache = v & 1;
    if ( v & 2 )
        cfg.efr &= ~(EFR_HATS(~0ULL) << 10);
    if ( v & 4 )
        cfg.efr &= ~(EFR_GA | EFR_XT);
    if ( v & 8 )
        cfg.efr &= ~(EFR_IA | EFR_PC);
    cfg.no_efr = v & 16;
    /* Without the register, device TLBs are all that there is. */
    cfg.iotlb = !(v & 16) || (v & 1);

    return cfg;
}

/*
 * A message of the unit reaches the CPU that it names, once that takes
 * interrupts: what is written to registers with a lock held may send one.
 */
static int pending = -1;

static void deliver(void)
{
    int vector = __atomic_exchange_n(&pending, -1, __ATOMIC_ACQ_REL);

    if ( vector >= 0 )
        assert_int_equal(host_vector_raise(vector), 0);
}

static void irq(void *arg, const struct amd_model_irq *irq)
{
    __atomic_store_n(&pending, irq->vector, __ATOMIC_RELEASE);
    if ( local_irq_is_enabled() )
        deliver();
}

static void unit(struct ivrs_buf *t, uint8_t kind, uint16_t bdf, uint64_t base,
                 uint64_t efr)
{
    size_t at = iv_unit(t, kind, 0, bdf, base, efr);

    if ( am_not_coherent )
        t->b[at + 1] &= ~0x20;
}

/* Firmware names each unit by two kinds of blocks. */
static void build_ivrs(struct ivrs_buf *t, const struct amd_model_cfg *cfg,
                       unsigned int nr_units)
{
    unsigned int kind;

    iv_begin(t, IV_INFO);
    for ( kind = 0x10; kind <= (cfg->no_efr ? 0x10 : 0x11); kind++ )
    {
        if ( nr_units == 2 )
        {
            unit(t, kind, AM_BDF1, AM_BASE1, cfg->efr);
            iv_dev4(t, 0x02, 0x0028, 0);
            iv_close(t);
        }
        unit(t, kind, AM_BDF0, AM_BASE0, cfg->efr);
        iv_range(t, 0x0008, 0xffff);
        iv_special(t, IV_IOAPIC, 1, 0x00a0, 0);
        iv_close(t);
    }
    if ( am_ivmd.size )
        iv_memory(t, 0x21, am_ivmd.flags, am_ivmd.dev << 3, 0, am_ivmd.base,
                  am_ivmd.size);
    iv_end(t);
}

void am_machine(const struct amd_model_cfg *cfg, unsigned int nr_units)
{
    static struct ivrs_buf t;
    unsigned int i;

    host_reset();
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    ats_enabled = true;
    iommu_superpages = iommu_snoop = iommu_qinval = true;
    iommu_dev_iotlb_timeout = 1000;

    build_ivrs(&t, cfg, nr_units);
    host_acpi_set(t.b);

    for ( i = 0; i < nr_units; i++ )
    {
        struct amd_model_cfg c = *cfg;

        c.base = i ? AM_BASE1 : AM_BASE0;
        c.bdf = i ? AM_BDF1 : AM_BDF0;
        am_model[i] = amd_model_create(&c);
        assert_non_null(am_model[i]);
        amd_model_on_irq(am_model[i], irq, NULL);
    }

    am_guest = host_domain_create(1, 0);
    assert_non_null(am_guest);
}

void am_machine_bring_up(void)
{
    if ( amd_x86.detect() || amd_x86.setup() )
        fail_msg("%s", host_log_text());
    amd_x86.translate();
    deliver();
}

void am_machine_up(const struct amd_model_cfg *cfg, unsigned int nr_units)
{
    am_machine(cfg, nr_units);
    am_machine_bring_up();
}

void am_machine_down(void)
{
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( am_model[i] && amd_model_violations(am_model[i]) )
            fail_msg("model %u: %s", i, amd_model_last_violation(am_model[i]));

    amd_tear_down_all();
    while ( nr_pages )
        free_xenheap_page(pages[--nr_pages]);
    host_domain_destroy(am_guest);
    INIT_LIST_HEAD(&iommu_units);

    for ( i = 0; i < 2; i++ )
        amd_model_destroy(am_model[i]);
    am_model[0] = am_model[1] = NULL;
    pending = -1;
    assert_int_equal(host_irqs_in_use(), 0);
    assert_int_equal(host_mmio_mapped(), 0);
    assert_int_equal(host_leak_report(5), 0);
}

struct iommu_unit *am_unit(unsigned int i)
{
    struct iommu_unit *u;

    for_each_iommu_unit ( u )
        if ( u->base == (i ? AM_BASE1 : AM_BASE0) )
            return u;

    return NULL;
}

static struct iommu_dev *make(unsigned int bus, unsigned int dev)
{
    pci_sbdf_t sbdf = PCI_SBDF(0, bus, dev, 0);
    struct iommu_dev *id = xzalloc(struct iommu_dev);
    static const uint8_t empty[64];
    uint8_t *cfg = host_pci_add(sbdf, empty, sizeof(empty));

    assert_non_null(id);
    cfg[0] = 0x22;
    cfg[1] = 0x10;
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
    id->sbdf = sbdf;

    return id;
}

static struct iommu_dev *probed(struct iommu_dev *id)
{
    pcidevs_lock();
    assert_int_equal(amd_dev_ops.probe(id), 0);
    pcidevs_unlock();
    together_add(id);

    return id;
}

struct iommu_dev *am_dev(unsigned int bus, unsigned int dev, unsigned int alias)
{
    struct iommu_dev *id = make(bus, dev);

    dev_id(id, id->sbdf.bdf);
    if ( alias )
        dev_id(id, alias);

    return probed(id);
}

struct iommu_dev *am_dev_many(unsigned int bus, unsigned int dev,
                              unsigned int nr, unsigned int step)
{
    struct iommu_dev *id = make(bus, dev);

    dev_id_series(id, id->sbdf.bdf, nr, step);

    return probed(id);
}

void am_dev_del(struct iommu_dev *dev)
{
    pci_sbdf_t sbdf = dev->sbdf;

    together_del(dev);
    pcidevs_lock();
    amd_dev_ops.release(dev);
    pcidevs_unlock();
    host_pdev_del(dev->pdev);
    host_pci_remove(sbdf);
    iommu_dev_free(dev);
}

struct s2_table *am_table(struct iommu_dev *first)
{
    struct s2_table *table;
    struct pt_config cfg;

    assert_int_equal(amd_dev_ops.table_config(first, &cfg), 0);
    table = s2_table_create(am_guest, &cfg);
    assert_false(IS_ERR(table));

    return table;
}

void am_table_free(struct s2_table *table)
{
    /* A failed unit may walk it for ever; the model does not. */
    table->stuck = false;
    assert_int_equal(s2_table_clear(table, ~0UL), 0);
    s2_table_free(table);
}

struct s2_domain *am_domain(struct iommu_dev *first, struct s2_table *table)
{
    struct s2_domain *s2 = amd_dev_ops.domain_alloc(first, S2_PAGING, table);

    assert_false(IS_ERR(s2));

    return s2;
}

uint64_t am_map_page(struct s2_table *table, uint64_t dfn)
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

static unsigned int translate(unsigned int unit, uint16_t id, uint64_t addr,
                              uint64_t *maddr)
{
    struct amd_model_page page = { .maddr = ~0ULL };
    unsigned int rc = amd_model_translate(am_model[unit], id, addr, true,
                                          &page);

    deliver();
    *maddr = page.maddr;

    return rc;
}

unsigned int am_reach(struct iommu_dev *dev, uint64_t addr, uint64_t *maddr)
{
    return translate(dev->unit != am_unit(0), dev->id, addr, maddr);
}

/* rig.h */

static void rig_up(unsigned int variant)
{
    struct amd_model_cfg cfg = amd_variant(variant);

    am_machine_up(&cfg, 1);
}

static unsigned int rig_translate(uint16_t id, uint64_t addr, uint64_t *maddr)
{
    return translate(0, id, addr, maddr);
}

static unsigned int rig_ats_request(uint16_t id, uint64_t addr,
                                    unsigned int *prot)
{
    return amd_model_ats_request(am_model[0], id, addr, prot);
}

static unsigned int rig_ats_dma(uint16_t id, uint64_t addr, void *byte,
                                bool write)
{
    return amd_model_ats_dma(am_model[0], id, addr, 1, write, byte);
}

static void rig_ats_dead(uint16_t id, bool dead)
{
    amd_model_ats_dead(am_model[0], id, dead);
}

static void rig_spoil_nth(unsigned int nth)
{
    amd_model_fail_nth(am_model[0], nth, AMD_MODEL_ILLEGAL);
}

static bool rig_failed(void)
{
    return amd_model_failed(am_model[0]);
}

static void rig_hold(void)
{
    amd_model_hold_command(am_model[0], 1);
}

static bool rig_held(void)
{
    return amd_model_held(am_model[0]);
}

static void rig_let_go(void)
{
    amd_model_release(am_model[0]);
}

static void rig_reset(void)
{
    amd_model_reset(am_model[0]);
}

static void rig_forgive(void)
{
    amd_model_forgive(am_model[0]);
}

static bool rig_is_on(void)
{
    return amd_model_read(am_model[0], R_CONTROL, 8) & C_IOMMU_EN;
}

static bool rig_is_off(void)
{
    return !(amd_model_read(am_model[0], R_CONTROL, 8) &
             (C_IOMMU_EN | C_CMD_EN | C_EVT_LOG_EN));
}

const struct rig amd_rig = {
    .dev = &amd_dev_ops,
    .unit = &amd_unit_ops,
    .identity = true,
    .nr_variants = AMD_NR_VARIANTS,
    .up = rig_up,
    .down = am_machine_down,
    .dev_add = am_dev,
    .dev_del = am_dev_del,
    .table_new = am_table,
    .table_free = am_table_free,
    .domain_new = am_domain,
    .map_page = am_map_page,
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
