/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/bitmap.h>
#include <xen/err.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#include <iommu-groups/attach.h>
#include <iommu-groups/regions.h>

#include "mock-driver.h"

struct mock_driver mock_a, mock_b;
struct mock_unit mock_a0, mock_b0, mock_a1;

static struct mock_driver *driver_of(const struct iommu_unit *unit)
{
    return container_of(unit->drv, struct mock_driver, drv);
}

static struct mock_unit *mock_of(const struct iommu_unit *unit)
{
    struct iommu_unit *u = (struct iommu_unit *)unit;

    return container_of(u, struct mock_unit, unit);
}

/* As the drivers take it. */
static unsigned long unit_lock(const struct iommu_unit *unit)
{
    unsigned long flags;

    spin_lock_irqsave((spinlock_t *)&unit->lock, flags);

    return flags;
}

static void unit_unlock(const struct iommu_unit *unit, unsigned long flags)
{
    spin_unlock_irqrestore((spinlock_t *)&unit->lock, flags);
}

/* Groups of one driver are worked on at the same time.  Not for benchmarks. */
#ifndef BUMP
#define BUMP(counter, by) __atomic_add_fetch(&(counter), by, __ATOMIC_RELAXED)
#define NOTE(what, val) __atomic_store_n(&(what), val, __ATOMIC_RELAXED)
#endif

/* Counts a call down to the one that is to fail. */
static bool fails(unsigned int *countdown)
{
    return *countdown && !--*countdown;
}

static const struct s2_domain **slot(struct mock_unit *m, uint32_t id,
                                     bool create)
{
    unsigned int i;

    for ( i = 0; i < m->nr_hw; i++ )
        if ( m->hw[i].id == id )
            return &m->hw[i].s2;
    if ( !create )
        return NULL;

    BUG_ON(m->nr_hw == MOCK_MAX_IDS);
    m->hw[m->nr_hw].id = id;
    m->hw[m->nr_hw].s2 = NULL;

    return &m->hw[m->nr_hw++].s2;
}

static uint32_t full_id(const struct iommu_dev *dev, uint32_t id)
{
    return (uint32_t)dev->sbdf.seg << 16 | (id & 0xffff);
}

const struct s2_domain *mock_reaches(const struct mock_unit *unit, uint32_t id)
{
    const struct s2_domain *s2 = NULL, **p;
    unsigned long flags;

    flags = unit_lock(&unit->unit);
    p = slot((struct mock_unit *)unit, id, false);
    if ( p )
        s2 = *p;
    unit_unlock(&unit->unit, flags);

    return s2;
}

const struct s2_domain *mock_dev_reaches(const struct iommu_dev *dev)
{
    return mock_reaches(mock_of(dev->unit), dev->sbdf.sbdf);
}

/* @all: those that another attached member has as well. */
static void set_hw(const struct iommu_dev *dev, const struct s2_domain *s2,
                   bool all)
{
    struct mock_unit *m = mock_of(dev->unit);
    struct iommu_id_run run;
    uint32_t id;
    unsigned long flags;

    flags = unit_lock(&m->unit);
    for_each_iommu_run ( run, dev, all )
        for ( id = run.first; id <= run.last; id++ )
            *slot(m, full_id(dev, id), true) = s2;
    m->unit.nr_commands++;
    unit_unlock(&m->unit, flags);
}

static int probe(struct mock_driver *drv, struct mock_unit *const *units,
                 unsigned int nr, struct iommu_dev *dev)
{
    unsigned int i;

    ASSERT(pcidevs_locked());

    for ( i = 0; i < nr; i++ )
        if ( dev->sbdf.seg == units[i]->seg &&
             dev->sbdf.bus >= units[i]->first_bus &&
             dev->sbdf.bus <= units[i]->last_bus )
            break;
    if ( i == nr )
        return -ENODEV;

    BUMP(drv->seen.probes, 1);
    if ( fails(&drv->faults.probe) )
        return -EINVAL;

    dev->unit = &units[i]->unit;
    dev->priv = xzalloc(int);
    if ( !dev->priv )
        return -ENOMEM;
    if ( (drv->faults.alias_bus && dev->sbdf.bus == drv->faults.alias_bus) ||
         (drv->faults.alias_dev && dev->sbdf.bdf == drv->faults.alias_dev) )
        return iommu_dev_add_ids(dev, drv->faults.alias_id,
                                 drv->faults.alias_id);

    return 0;
}

static int cf_check probe_a(struct iommu_dev *dev)
{
    static struct mock_unit *const units[] = { &mock_a0, &mock_a1 };

    return probe(&mock_a, units, ARRAY_SIZE(units), dev);
}

static int cf_check probe_b(struct iommu_dev *dev)
{
    static struct mock_unit *const units[] = { &mock_b0 };

    return probe(&mock_b, units, ARRAY_SIZE(units), dev);
}

static void cf_check release(struct iommu_dev *dev)
{
    ASSERT(pcidevs_locked());
    ASSERT(!dev->group);
    BUG_ON(!dev->priv);

    BUMP(driver_of(dev->unit)->seen.releases, 1);
    XFREE(dev->priv);
}

static int cf_check table_config(const struct iommu_dev *first,
                                 struct pt_config *cfg)
{
    const struct mock_driver *drv = driver_of(first->unit);

    iommu_group_assert_locked(first->group);
    ASSERT(first == iommu_group_first_dev(first->group));

    *cfg = (struct pt_config){
        .fmt = drv->fmt,
        .levels = drv->levels,
        .in_bits = 12 + 9 * drv->levels,
        .out_bits = 46,
        .leaf_orders = PT_LEAF_4K | PT_LEAF_2M,
        .coherent = true,
        .node = NUMA_NO_NODE,
    };
    if ( drv->fmt != &pt_vtd )
        cfg->in_bits += 2;

    return 0;
}

static struct s2_domain *cf_check domain_alloc(struct iommu_dev *first,
                                               enum s2_type type,
                                               struct s2_table *table)
{
    struct mock_driver *drv = driver_of(first->unit);
    struct s2_domain *s2;
    struct s2_tag *tag;

    iommu_group_assert_locked(first->group);
    ASSERT(first == iommu_group_first_dev(first->group));
    ASSERT((type == S2_PAGING) == !!table);

    BUMP(drv->seen.allocs, 1);
    NOTE(drv->seen.alloc_first, first);

    ASSERT(type != S2_BLOCKED);
    if ( type == S2_IDENTITY )
        return drv->no_identity ? ERR_PTR(-EOPNOTSUPP) : &first->unit->identity;
    if ( table->pt.cfg.fmt != drv->fmt || table->pt.cfg.levels != drv->levels )
        return ERR_PTR(-EXDEV);
    if ( fails(&drv->faults.alloc) )
        return ERR_PTR(-ENOMEM);
    if ( fails(&drv->faults.tag) )
        return ERR_PTR(-ENOSPC);

    s2 = xzalloc(struct s2_domain);
    if ( !s2 )
        return ERR_PTR(-ENOMEM);
    tag = s2_tag_get(table, first->unit);
    if ( IS_ERR(tag) )
    {
        xfree(s2);
        return ERR_PTR(PTR_ERR(tag));
    }

    s2->type = type;
    s2->unit = first->unit;
    s2->table = table;
    s2->tag = tag;
    BUMP(drv->seen.domains_now, 1);

    return s2;
}

static void cf_check domain_free(struct s2_domain *s2)
{
    struct mock_driver *drv = driver_of(s2->unit);
    struct mock_unit *m = mock_of(s2->unit);
    unsigned int i;
    unsigned long flags;

    BUG_ON(s2->type != S2_PAGING);

    flags = unit_lock(&m->unit);
    for ( i = 0; i < m->nr_hw; i++ )
        BUG_ON(m->hw[i].s2 == s2);
    unit_unlock(&m->unit, flags);

    s2_tag_put(s2->table, s2->tag);
    BUMP(drv->seen.frees, 1);
    BUMP(drv->seen.domains_now, -1);
    xfree(s2);
}

/* A guest's table has what firmware wants the device to reach before it comes. */
static void check_regions(const struct s2_domain *s2,
                          const struct iommu_dev *dev)
{
    struct pt_leaf leaf;
    unsigned int i;

    /* Or it goes back to the one that it had. */
    if ( s2->type != S2_PAGING || !iommu_is_guest(dev->next_owner) ||
         s2->table->d != dev->next_owner )
        return;

    for ( i = 0; i < dev->nr_regions; i++ )
        ASSERT(!s2_table_lookup(s2->table, dev->regions[i].first, &leaf) &&
               !s2_table_lookup(s2->table, dev->regions[i].last, &leaf));
}

static int cf_check attach(struct s2_domain *s2, struct iommu_dev *dev)
{
    struct mock_driver *drv = driver_of(dev->unit);

    iommu_group_assert_locked(dev->group);
    check_regions(s2, dev);
    ASSERT(s2->unit == dev->unit && s2->type != S2_BLOCKED);
    ASSERT(s2->type != S2_PAGING || s2->group == dev->group);
    /* Hardware waits. */
    cpu_relax();

    BUMP(drv->seen.attaches, 1);
    if ( fails(&drv->faults.attach) )
    {
        if ( drv->faults.attach_for_good )
            drv->faults.attach = 1;
        if ( drv->faults.attach_half )
            set_hw(dev, NULL, true);
        return -EIO;
    }
    set_hw(dev, s2, true);

    return 0;
}

static void cf_check block(struct iommu_dev *dev)
{
    iommu_group_assert_locked(dev->group);
    BUMP(driver_of(dev->unit)->seen.blocks, 1);
    cpu_relax();
    set_hw(dev, NULL, false);
}

static bool cf_check compatible(const struct s2_domain *s2,
                                const struct iommu_dev *dev)
{
    struct mock_driver *drv = driver_of(dev->unit);
    unsigned long flags;

    flags = unit_lock(dev->unit);
    if ( drv->seen.compatibles < MOCK_MAX_SEEN )
        drv->seen.asked[drv->seen.compatibles++] = dev;
    unit_unlock(dev->unit, flags);

    return s2->unit == dev->unit && dev != drv->faults.stranger &&
           (!drv->faults.by_sbdf ||
            dev->sbdf.sbdf != drv->faults.stranger_sbdf.sbdf);
}

static int cf_check direct_regions(const struct iommu_dev *dev,
                                   iommu_region_fn *fn, void *arg)
{
    const struct mock_faults *f = &driver_of(dev->unit)->faults;
    const struct iommu_region region = {
        f->region_first, f->region_last, f->region_prot ?: IOMMU_REGION_RW,
    };
    unsigned int i;

    for ( i = 0; f->region_last && i < ARRAY_SIZE(f->region_dev); i++ )
        if ( f->region_dev[i].sbdf == dev->sbdf.sbdf )
            return fn(&region, arg);

    return 0;
}

static int cf_check flush_tag(struct iommu_unit *unit, uint32_t tag)
{
    bool in_use;
    unsigned long flags;

    cpu_relax();
    flags = unit_lock(unit);
    in_use = test_bit(tag, unit->tags);
    unit_unlock(unit, flags);
    BUG_ON(!in_use);
    if ( !driver_of(unit)->faults.flush_tag )
        return 0;
    unit->failed = true;

    return -EIO;
}

static int cf_check flush(struct iommu_unit *unit, uint32_t tag,
                          const struct pt_gather *gather)
{
    struct mock_driver *drv = driver_of(unit);

    cpu_relax();
    BUMP(drv->seen.flushes, 1);

    return fails(&drv->faults.flush) ? -EIO : 0;
}

static int cf_check suspend(struct iommu_unit *unit)
{
    return 0;
}

static void cf_check nothing(struct iommu_unit *unit)
{
}

static const struct iommu_dev_ops dev_ops_a = {
    .probe = probe_a, .release = release, .table_config = table_config,
    .domain_alloc = domain_alloc, .domain_free = domain_free,
    .attach = attach, .block = block, .compatible = compatible,
    .direct_regions = direct_regions,
};

static const struct iommu_dev_ops dev_ops_b = {
    .probe = probe_b, .release = release, .table_config = table_config,
    .domain_alloc = domain_alloc, .domain_free = domain_free,
    .attach = attach, .block = block, .compatible = compatible,
    .direct_regions = direct_regions,
};

static const struct iommu_tlb_ops tlb_ops = {
    .flush_tag = flush_tag, .flush = flush,
};
    unsigned long flags;

/* Without the segment, as the drivers' own tables are indexed. */
static int cf_check look(struct iommu_unit *unit, uint32_t id,
                         struct iommu_hw_entry *e)
{
    struct mock_unit *m = mock_of(unit);
    const struct s2_domain **p;

    if ( id > 0xffff )
        return -ENOENT;

    flags = unit_lock(unit);
    p = slot(m, (uint32_t)m->seg << 16 | id, false);
    *e = (struct iommu_hw_entry){ .last = id };
    if ( p && *p && (*p)->type == S2_IDENTITY )
        e->state = HW_IDENTITY;
    else if ( p && *p && (*p)->type == S2_PAGING )
    {
        e->state = HW_PAGING;
        e->root = s2_table_root((*p)->table);
        e->tag = (*p)->tag->id;
    }
    unit_unlock(unit, flags);

    return 0;
}

static const struct iommu_unit_ops unit_ops = {
    .suspend = suspend, .resume = nothing, .crash_shutdown = nothing,
    .quiesce = nothing, .look = look,
};

struct mock_driver mock_a = {
    .drv = { .name = "mocka", .dev = &dev_ops_a, .tlb = &tlb_ops,
             .unit = &unit_ops },
    .fmt = &pt_vtd, .levels = 3,
};

struct mock_driver mock_b = {
    .drv = { .name = "mockb", .dev = &dev_ops_b, .tlb = &tlb_ops,
             .unit = &unit_ops },
    .fmt = &pt_sv39x4, .levels = 3,
};

struct mock_unit mock_a0 = { .first_bus = 0x00, .last_bus = 0x3f };
struct mock_unit mock_b0 = { .first_bus = 0x40, .last_bus = 0x7f };
struct mock_unit mock_a1 = { .seg = 1, .last_bus = 0xff };

static void unit_up(struct mock_unit *m, struct mock_driver *drv)
{
    iommu_unit_init(&m->unit, &drv->drv, 0);
    m->unit.tags = m->tags;
    m->unit.nr_tags = MOCK_NR_TAGS;
    iommu_unit_register(&m->unit, &drv->drv);
}

void mock_setup(void)
{
    if ( !list_empty(&iommu_drivers) )
        return;

    iommu_driver_register(&mock_a.drv);
    iommu_driver_register(&mock_b.drv);
    unit_up(&mock_a0, &mock_a);
    unit_up(&mock_b0, &mock_b);
    unit_up(&mock_a1, &mock_a);
}

static unsigned int tags_of(const struct mock_unit *m)
{
    return bitmap_weight(m->tags, MOCK_NR_TAGS);
}

unsigned int mock_tags(const struct mock_driver *drv)
{
    return drv == &mock_b ? tags_of(&mock_b0)
                          : tags_of(&mock_a0) + tags_of(&mock_a1);
}

static void forget(struct mock_driver *drv)
{
    memset(&drv->faults, 0, sizeof(drv->faults));
    memset(&drv->seen, 0, sizeof(drv->seen));
    drv->no_identity = false;
}

void mock_require(struct mock_driver *drv, unsigned long first,
                  unsigned long last, pci_sbdf_t a, pci_sbdf_t b)
{
    struct iommu_dev *dev;

    drv->faults.region_first = first;
    drv->faults.region_last = last;
    drv->faults.region_dev[0] = a;
    drv->faults.region_dev[1] = b;

    pcidevs_lock();
    list_for_each_entry ( dev, &iommu_devs, all )
    {
        if ( driver_of(dev->unit) != drv )
            continue;
        XFREE(dev->regions);
        dev->nr_regions = 0;
        BUG_ON(iommu_regions_read(dev));
    }
    pcidevs_unlock();
}

void mock_forget(void)
{
    forget(&mock_a);
    forget(&mock_b);
    mock_a0.nr_hw = mock_b0.nr_hw = mock_a1.nr_hw = 0;
    memset(mock_a0.tags, 0, sizeof(mock_a0.tags));
    memset(mock_b0.tags, 0, sizeof(mock_b0.tags));
    memset(mock_a1.tags, 0, sizeof(mock_a1.tags));
}
