/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/group.h>

#include "layer.h"
#include "predict.h"
#include "tool.h"

#define CLASS_HOST_BRIDGE 0x0600

/* The first whose table is there counts, as in arch/x86/setup.c. */
static const struct predict_kind *const kinds[] = {
    &predict_vtd, &predict_amd, &predict_iort, &predict_dt,
};

static enum punfit assume(struct prediction *p, struct pfunc *f)
{
    f->dev.unit = &p->units[0].unit;

    return FIT;
}

static int no_regions(const struct iommu_dev *dev, iommu_region_fn *fn,
                      void *arg)
{
    return 0;
}

static const struct predict_kind assumed_kind = {
    .name = "assumed",
    .probe = assume,
    .regions = no_regions,
};

struct punit *predict_unit(struct prediction *p, const char *name, paddr_t base,
                           bool used)
{
    struct punit *u;

    p->units = need(realloc(p->units, (p->nr_units + 1) * sizeof(*p->units)));
    u = &p->units[p->nr_units++];
    memset(u, 0, sizeof(*u));
    snprintf(u->unit.name, sizeof(u->unit.name), "%s", name);
    u->unit.base = base;
    u->used = used;

    return u;
}

static const struct predict_kind *find_kind(struct prediction *p,
                                            const struct tables *t)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(kinds); i++ )
    {
        const struct table *table = &t->table[kinds[i]->table];

        if ( !table->data )
            continue;
        p->table = table_names[kinds[i]->table];
        p->refused = !kinds[i]->read(p, table);
        if ( p->refused )
            return NULL;
        p->kind = kinds[i]->name;
        return kinds[i];
    }

    return NULL;
}

static void set_up(struct prediction *p, const struct machine *m)
{
    unsigned int i;

    p->nr = m->nr;
    p->funcs = need(calloc(p->nr, sizeof(*p->funcs)));
    for ( i = 0; i < p->nr; i++ )
    {
        struct pfunc *f = &p->funcs[i];
        const struct pci_func *func = &m->sorted[i]->func;
        struct pci_dev pdev = {
            .sbdf = func->sbdf,
            .info.is_virtfn = func->virtfn,
            .info.physfn.bus = func->pf_sbdf.bus,
            .info.physfn.devfn = func->pf_sbdf.devfn,
        };

        f->r = m->sorted[i];
        memcpy(&f->pdev, &pdev, sizeof(pdev));
        f->group = ~0u;
    }
}

static void fill_dev(struct pfunc *f)
{
    struct iommu_dev *dev = &f->dev;
    struct pci_func *func = &f->r->func;
    unsigned int i;

    dev->pdev = &f->pdev;
    dev->func = func;
    dev->sbdf = func->sbdf;
    dev->id = func->sbdf.bdf;
    print_sbdf(func->sbdf.sbdf, dev->sbdf_name);
    dev->name = dev->sbdf_name;
    dev->bridge = pci_func_is_bridge(func) || func->silent ||
                  func->class == CLASS_HOST_BRIDGE;
    for ( i = 0; i < func->nr_ids; i++ )
        iommu_dev_add_ids(dev, func->ids[i].first, func->ids[i].last);
}

/* As regions.c: IDs of a function may each name the same region. */
static int add_region(const struct iommu_region *region, void *arg)
{
    struct iommu_dev *dev = arg;
    unsigned int i;

    for ( i = 0; i < dev->nr_regions; i++ )
        if ( dev->regions[i].first == region->first &&
             dev->regions[i].last == region->last )
            return 0;

    dev->regions = need(realloc(dev->regions,
                                (dev->nr_regions + 1) * sizeof(*region)));
    dev->regions[dev->nr_regions++] = *region;

    return 0;
}

static void probe(struct prediction *p, const struct predict_kind *kind)
{
    unsigned int i;

    for ( i = 0; i < p->nr; i++ )
    {
        struct pfunc *f = &p->funcs[i];

        fill_dev(f);
        f->unfit = kind ? kind->probe(p, f) : FIT_NO_UNIT;
        if ( f->r->func.amd_iommu )
            f->unfit = FIT_IS_UNIT;
        if ( f->dev.unit )
            kind->regions(&f->dev, add_region, &f->dev);
    }
}

/* One of them is marked. */
static bool tied(const struct pfunc *a, const struct pfunc *b)
{
    return a->r->func.marked || iommu_dev_share_id(&a->dev, &b->dev);
}

/*
 * As group.c: functions that a unit translates, tied by the rules or by an ID
 * that the unit sees of both.  The rules look at all functions, at those too
 * that are in no group.
 */
static void form_groups(struct prediction *p, struct machine *m)
{
    unsigned int i, j;

    p->groups = need(calloc(p->nr + 1, sizeof(*p->groups)));
    for ( i = 0; i < p->nr; i++ )
    {
        struct pfunc *first = &p->funcs[i], *f, **end = &first->next;

        if ( !first->dev.unit || first->group != ~0u )
            continue;

        p->groups[p->nr_groups] = first;
        first->group = p->nr_groups;
        for ( f = first; f; f = f->next )
        {
            pci_group_mark(&m->funcs, &f->r->func);
            for ( j = 0; j < p->nr; j++ )
            {
                struct pfunc *other = &p->funcs[j];

                if ( !other->dev.unit || other->group != ~0u ||
                     !tied(other, f) )
                    continue;
                other->group = p->nr_groups;
                *end = other;
                end = &other->next;
            }
        }
        p->nr_groups++;
    }
}

/* Where Xen's are not known: by Linux' numbers. */
static void take_linux_groups(struct prediction *p)
{
    unsigned int i, j;

    p->groups = need(calloc(p->nr + 1, sizeof(*p->groups)));
    for ( i = 0; i < p->nr; i++ )
    {
        struct pfunc *first = &p->funcs[i], **end = &first->next;

        fill_dev(first);
        if ( !first->r->linux_group || first->group != ~0u )
            continue;

        p->groups[p->nr_groups] = first;
        first->group = p->nr_groups++;
        for ( j = i + 1; j < p->nr; j++ )
            if ( p->funcs[j].r->linux_group == first->r->linux_group )
            {
                p->funcs[j].group = first->group;
                *end = &p->funcs[j];
                end = &p->funcs[j].next;
            }
    }
}

bool predict(struct prediction *p, struct machine *m, const struct tables *t,
             bool complete, bool assumed)
{
    const struct predict_kind *kind;
    unsigned int i;
    bool ok = true;

    memset(p, 0, sizeof(*p));
    layer_use(m);
    kind = assumed ? &assumed_kind : find_kind(p, t);
    if ( assumed )
        predict_unit(p, p->kind = "assumed", 0, true);

    /* What a function is comes first, then whose ID it uses, then the links. */
    if ( m->nr )
        ok = record_read(m);
    set_up(p, m);
    for ( i = 0; kind && kind->alias && i < p->nr; i++ )
        kind->alias(&p->funcs[i]);
    if ( !complete )
        take_linux_groups(p);
    else if ( m->nr && ok && (ok = record_link(m, true)) )
    {
        probe(p, kind);
        form_groups(p, m);
    }
    if ( kind && kind->free )
        kind->free();
    layer_use(NULL);

    return ok;
}

void predict_regions(struct prediction *p, struct machine *m,
                     const struct tables *t)
{
    const struct predict_kind *kind;
    unsigned int i;

    memset(p, 0, sizeof(*p));
    layer_use(m);
    kind = find_kind(p, t);
    set_up(p, m);
    probe(p, kind);
    for ( i = 0; i < p->nr; i++ )
        p->funcs[i].group = m->sorted[i]->group;
    if ( kind && kind->free )
        kind->free();
    layer_use(NULL);
}

void predict_free(struct prediction *p)
{
    unsigned int i;

    for ( i = 0; i < p->nr; i++ )
    {
        iommu_ids_free(&p->funcs[i].dev.ids);
        free(p->funcs[i].dev.regions);
    }
    free(p->funcs);
    free(p->groups);
    free(p->units);
}

static bool overlap(const struct iommu_dev *a, const struct iommu_dev *b)
{
    unsigned int i, j;

    for ( i = 0; i < a->nr_regions; i++ )
        for ( j = 0; j < b->nr_regions; j++ )
            if ( a->regions[i].first <= b->regions[j].last &&
                 b->regions[j].first <= a->regions[i].last )
                return true;

    return false;
}

const struct pfunc *predict_next_sharer(const struct prediction *p,
                                        const struct pfunc *f,
                                        const struct pfunc *prev)
{
    const struct pfunc *other = prev ? prev + 1 : p->funcs;

    for ( ; other < p->funcs + p->nr; other++ )
        if ( other->dev.unit && other->group != f->group &&
             overlap(&f->dev, &other->dev) )
            return other;

    return NULL;
}
