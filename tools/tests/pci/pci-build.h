/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions written by hand: configuration spaces laid out from the PCI
 * and PCI Express specifications, and the partition that the rules make of
 * them.
 */
#ifndef TESTS_PCI_BUILD_H
#define TESTS_PCI_BUILD_H

#include <string.h>

#include "test.h"

#include <iommu-groups/pci-rules.h>

/* Conventional PCI; other kinds are PCI_EXP_TYPE_* + 1. */
#define CONV  0
#define EP    (PCI_EXP_TYPE_ENDPOINT + 1)
#define LEGEP (PCI_EXP_TYPE_LEG_END + 1)
#define RP    (PCI_EXP_TYPE_ROOT_PORT + 1)
#define UP    (PCI_EXP_TYPE_UPSTREAM + 1)
#define DOWN  (PCI_EXP_TYPE_DOWNSTREAM + 1)
#define TOPCI (PCI_EXP_TYPE_PCI_BRIDGE + 1)
#define TOPCIE (PCI_EXP_TYPE_PCIE_BRIDGE + 1)
#define RCIEP (PCI_EXP_TYPE_RC_END + 1)
#define RCEC  (PCI_EXP_TYPE_RC_EC + 1)

#define ACS_ALL 0x1d      /* SV, RR, CR, UF */
#define ACS_PORT 0x5f     /* what a port usually has */

struct fn {
    const char *name;     /* "00:1c.0", "1:00:1c.0" with a segment */
    unsigned int kind;
    uint32_t id;          /* device << 16 | vendor; 0: none in particular */
    uint32_t sub_id;
    uint16_t class;       /* base class << 8 | subclass */
    bool multi;
    uint8_t sec, sub;     /* bridges */
    bool acs;             /* has the capability */
    uint16_t acs_cap, acs_ctrl;
    unsigned int phantom; /* bits of the function number */
    uint16_t nr_vfs, vf_offset, vf_stride;
    const char *vf_of;    /* a virtual function, and of which */
    bool silent;          /* reads all ones */
    uint16_t alias;       /* firmware's; 0: none */
};

/* A root or downstream port with all controls on. */
#define GOOD .acs = true, .acs_cap = ACS_PORT, .acs_ctrl = ACS_ALL
/* An endpoint's: no SV and UF there. */
#define GOOD_EP .acs = true, .acs_cap = 0x0c, .acs_ctrl = 0x0c

#define MAX_FNS 48

struct space {
    struct pci_func func;     /* first */
    uint8_t cfg[4096];
    unsigned int sticky;      /* ACS control bits that do not take writes */
};

struct world {
    struct list_head funcs;
    struct space space[MAX_FNS];
    unsigned int nr;
};

static inline void put16(uint8_t *at, uint16_t val)
{
    memcpy(at, &val, 2);
}

static inline void put32(uint8_t *at, uint32_t val)
{
    memcpy(at, &val, 4);
}

static inline pci_sbdf_t sbdf_of(const char *name)
{
    unsigned int seg = 0, bus, dev, fn;

    if ( sscanf(name, "%x:%x:%x.%x", &seg, &bus, &dev, &fn) != 4 &&
         (seg = 0, sscanf(name, "%x:%x.%x", &bus, &dev, &fn) != 3) )
        fail_msg("bad name %s", name);

    return PCI_SBDF(seg, bus, dev, fn);
}

/* PCI 3.0 6.1; PCI-to-PCI bridge 1.2, 3.2; PCIe 6.0, 7.5.3, 7.7.12; SR-IOV. */
static inline void build_cfg(const struct fn *fn, uint8_t cfg[4096])
{
    bool bridge = fn->sec;
    unsigned int ext = 0x100;

    memset(cfg, fn->silent ? 0xff : 0, 4096);
    if ( fn->silent )
        return;
    put32(cfg + 0x00, fn->vf_of ? ~0u : fn->id ?: 0x00011d0f);
    put16(cfg + 0x06, 0x10);
    put16(cfg + 0x0a, fn->class);
    cfg[0x0e] = (bridge ? 1 : 0) | (fn->multi ? 0x80 : 0);
    if ( bridge )
    {
        cfg[0x18] = sbdf_of(fn->name).bus;
        cfg[0x19] = fn->sec;
        cfg[0x1a] = fn->sub ?: fn->sec;
    }
    else
        put32(cfg + 0x2c, fn->sub_id);
    cfg[0x34] = 0x40;
    cfg[0x40] = 0x01;                          /* power management */
    if ( fn->kind == CONV )
        return;

    cfg[0x41] = 0x50;
    cfg[0x50] = 0x10;
    put16(cfg + 0x52, 2 | (fn->kind - 1) << 4);
    put32(cfg + 0x54, fn->phantom << 3);

    if ( fn->acs )
    {
        put32(cfg + ext, 0x0001000d | 0x140u << 20);
        put16(cfg + ext + 4, fn->acs_cap);
        put16(cfg + ext + 6, fn->acs_ctrl);
    }
    else
        put32(cfg + ext, 0x00010003 | 0x140u << 20);   /* serial number */
    if ( fn->nr_vfs )
    {
        put32(cfg + 0x140, 0x00010010);
        put16(cfg + 0x148, 1);
        put16(cfg + 0x150, fn->nr_vfs);
        put16(cfg + 0x154, fn->vf_offset);
        put16(cfg + 0x156, fn->vf_stride);
    }
}

static inline uint32_t space_read(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                                  unsigned int bytes)
{
    struct space *s = ctx;
    uint32_t val = 0;

    assert_true(reg % bytes == 0 && reg + bytes <= sizeof(s->cfg));
    memcpy(&val, s->cfg + reg, bytes);

    return val;
}

static inline void space_write(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                               unsigned int bytes, uint32_t val)
{
    struct space *s = ctx;
    uint16_t old;

    /* The ACS control register is the only one that may be written. */
    assert_true((bytes == 2 && reg == 0x106) || (bytes == 4 && reg == 0x108));
    memcpy(&old, s->cfg + reg, 2);
    put16(s->cfg + reg, (old & s->sticky) | (val & ~s->sticky));
}

#define CFG_OF(s) \
    ((struct pci_cfg){ .read = space_read, .write = space_write, .ctx = (s) })

static inline void world_add(struct world *w, const struct fn *fn)
{
    struct space *s = &w->space[w->nr++];
    struct pci_cfg cfg = CFG_OF(s);

    assert_true(w->nr <= MAX_FNS);
    memset(s, 0, sizeof(*s));
    build_cfg(fn, s->cfg);
    s->func.sbdf = sbdf_of(fn->name);
    s->func.virtfn = fn->vf_of;
    if ( fn->vf_of )
        s->func.pf_sbdf = sbdf_of(fn->vf_of);
    s->func.has_alias = fn->alias;
    s->func.alias = fn->alias;
    pci_func_read(&s->func, &cfg);
    list_add_tail(&s->func.list, &w->funcs);
}

static inline void world_build(struct world *w, const struct fn *fns,
                               unsigned int nr)
{
    unsigned int i;

    INIT_LIST_HEAD(&w->funcs);
    w->nr = 0;
    for ( i = 0; i < nr; i++ )
        world_add(w, &fns[i]);
    pci_funcs_link(&w->funcs);
}

static inline struct pci_func *world_func(struct world *w, const char *name)
{
    struct pci_func *f = pci_func_find(&w->funcs, sbdf_of(name));

    if ( !f )
        fail_msg("no %s", name);

    return f;
}

/* "00:1c.0 01:00.0 | 02:00.0": groups and members in the order of the table. */
static inline const char *partition(struct world *w, const struct fn *fns,
                                    unsigned int nr)
{
    static char text[1024];
    bool done[MAX_FNS] = {};
    unsigned int i, j;

    text[0] = '\0';
    for ( i = 0; i < nr; i++ )
    {
        if ( done[i] )
            continue;
        pci_group_mark(&w->funcs, world_func(w, fns[i].name));
        for ( j = i; j < nr; j++ )
        {
            if ( !world_func(w, fns[j].name)->marked )
                continue;
            assert_false(done[j]);
            done[j] = true;
            strcat(text, j == i ? i ? " | " : "" : " ");
            strcat(text, fns[j].name);
        }
    }

    return text;
}

/* A hole is what contradicts another bridge, or a function right below it. */
static inline bool is_hole(struct world *w, const struct pci_func *f)
{
    const struct pci_func *other;

    list_for_each_entry ( other, &w->funcs, list )
        if ( pci_func_clash(f, other) ||
             (other->parent == f && !other->silent && !other->virtfn &&
              !other->parent_given && other->sbdf.bus != f->secondary) )
            return true;

    return false;
}

/* All groups at once are those that pci_group_mark() makes, one at a time. */
static inline void check_closure(const struct fn *fns, unsigned int nr)
{
    static struct world w;
    struct fn sorted[MAX_FNS];
    struct pci_func *f, *other;
    unsigned int i, j;

    for ( i = 0; i < nr; i++ )
    {
        for ( j = i; j && sbdf_of(sorted[j - 1].name).sbdf >
                          sbdf_of(fns[i].name).sbdf; j-- )
            sorted[j] = sorted[j - 1];
        sorted[j] = fns[i];
    }
    world_build(&w, sorted, nr);
    pci_funcs_group(&w.funcs);

    list_for_each_entry ( f, &w.funcs, list )
    {
        unsigned int chained = 0, marked = 0;

        assert_int_equal(f->hole, is_hole(&w, f));
        pci_group_mark(&w.funcs, f);
        list_for_each_entry ( other, &w.funcs, list )
        {
            marked += other->marked;
            if ( other->marked != (pci_set_of(f) == pci_set_of(other)) )
                fail_msg("%s and %s: %s",
                         sorted[(struct space *)f - w.space].name,
                         sorted[(struct space *)other - w.space].name,
                         other->marked ? "apart at once" : "together at once");
        }
        other = pci_set_first(f);
        do {
            assert_true(other->marked);
            chained++;
            other = other->next_in_set;
        } while ( other != pci_set_first(f) );
        assert_int_equal(chained, marked);
    }
}

/* The functions in @fns must fall into the groups @want; any order does. */
#define CHECK_GROUPS(want, ...) do {                                    \
    const struct fn fns_[] = { __VA_ARGS__ };                           \
    check_groups(fns_, ARRAY_SIZE(fns_), want);                         \
} while ( 0 )

static inline void check_groups(const struct fn *fns, unsigned int nr,
                                const char *want)
{
    static struct world w;
    struct fn mixed[MAX_FNS];
    uint64_t seed = 0x123456789;
    unsigned int round, i;

    world_build(&w, fns, nr);
    assert_string_equal(partition(&w, fns, nr), want);

    check_closure(fns, nr);

    for ( round = 0; round < 5; round++ )
    {
        memcpy(mixed, fns, nr * sizeof(*fns));
        for ( i = nr - 1; i; i-- )
        {
            unsigned int j = test_random(&seed) % (i + 1);
            struct fn tmp = mixed[i];

            mixed[i] = mixed[j];
            mixed[j] = tmp;
        }
        world_build(&w, mixed, nr);
        assert_string_equal(partition(&w, fns, nr), want);
    }
}

#endif /* TESTS_PCI_BUILD_H */
