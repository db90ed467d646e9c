/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which bridge leads to a function, by bus numbers, and where that cannot be
 * known: a bridge that does not answer, or numbers that contradict each other.
 */
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/pci-rules.h>

struct pci_func *pci_func_find(const struct list_head *funcs, pci_sbdf_t sbdf)
{
    struct pci_func *f;

    list_for_each_entry ( f, funcs, list )
        if ( f->sbdf.sbdf == sbdf.sbdf )
            return f;

    return NULL;
}

/* PCI-to-PCI bridge 1.2, 3.2.5.3: numbers grow on the way down. */
static bool numbered(const struct pci_func *bridge)
{
    return pci_func_is_bridge(bridge) &&
           bridge->secondary > bridge->sbdf.bus &&
           bridge->subordinate >= bridge->secondary;
}

static bool has_bus(const struct pci_func *bridge, const struct pci_func *f)
{
    return numbered(bridge) && bridge->sbdf.seg == f->sbdf.seg &&
           bridge->secondary <= f->sbdf.bus &&
           bridge->subordinate >= f->sbdf.bus;
}

/* The innermost bridge that leads to the function's bus; of two, the first. */
static struct pci_func *find_parent(const struct list_head *funcs,
                                    const struct pci_func *f)
{
    struct pci_func *bridge, *best = NULL;

    list_for_each_entry ( bridge, funcs, list )
        if ( bridge != f && has_bus(bridge, f) &&
             (!best || bridge->secondary > best->secondary ||
              (bridge->secondary == best->secondary &&
               bridge->sbdf.sbdf < best->sbdf.sbdf)) )
            best = bridge;

    return best;
}

/* A virtual function can have a bus number that no bridge knows. */
static const struct pci_func *find_pf(const struct list_head *funcs,
                                      const struct pci_func *f)
{
    return (f->virtfn ? pci_func_find(funcs, f->pf_sbdf) : NULL) ?: f;
}

static void link_parent(const struct list_head *funcs, struct pci_func *f)
{
    if ( !f->parent_given )
        f->parent = find_parent(funcs, find_pf(funcs, f));
}

/* What find_parent() says of each bus of a segment; under who links. */
static struct pci_func *leads_to[256];

static void find_bridges(const struct list_head *funcs, uint16_t seg)
{
    struct pci_func *bridge;
    unsigned int bus;

    memset(leads_to, 0, sizeof(leads_to));
    list_for_each_entry ( bridge, funcs, list )
    {
        if ( bridge->sbdf.seg != seg || !numbered(bridge) )
            continue;
        for ( bus = bridge->secondary; bus <= bridge->subordinate; bus++ )
        {
            const struct pci_func *best = leads_to[bus];

            if ( !best || bridge->secondary > best->secondary ||
                 (bridge->secondary == best->secondary &&
                  bridge->sbdf.sbdf < best->sbdf.sbdf) )
                leads_to[bus] = bridge;
        }
    }
}

/* As link_parent(), of all. */
static void link_parents(struct list_head *funcs)
{
    const struct pci_func *pf = NULL;
    unsigned int seg = ~0U;
    struct pci_func *f;

    list_for_each_entry ( f, funcs, list )
    {
        if ( f->parent_given )
            continue;
        /* Neighbours have the same one. */
        if ( !pf || !f->virtfn || pf->sbdf.sbdf != f->pf_sbdf.sbdf )
            pf = find_pf(funcs, f);
        if ( pf->sbdf.seg != seg )
            find_bridges(funcs, pf->sbdf.seg);
        seg = pf->sbdf.seg;
        f->parent = leads_to[pf->sbdf.bus];
    }
}

bool pci_func_clash(const struct pci_func *a, const struct pci_func *b)
{
    return a != b && numbered(a) && numbered(b) &&
           a->sbdf.seg == b->sbdf.seg &&
           a->secondary <= b->subordinate && b->secondary <= a->subordinate &&
           !has_bus(a, b) && !has_bus(b, a);
}

/*
 * Bridges of a segment that claim one bus without being nested.  Each is held
 * against those whose buses begin among its own: few, on a machine in order.
 */
static void find_clashes(struct list_head *funcs, uint16_t seg)
{
    static struct pci_func *begins_at[256];
    unsigned int first, bus;
    struct pci_func *f, *other;

    memset(begins_at, 0, sizeof(begins_at));
    list_for_each_entry ( f, funcs, list )
        if ( f->sbdf.seg == seg && numbered(f) )
        {
            f->next_marked = begins_at[f->secondary];
            begins_at[f->secondary] = f;
        }

    for ( first = 0; first < ARRAY_SIZE(begins_at); first++ )
        for ( f = begins_at[first]; f; f = f->next_marked )
            for ( bus = first; bus <= f->subordinate; bus++ )
                for ( other = begins_at[bus]; other;
                      other = other->next_marked )
                    if ( pci_func_clash(f, other) )
                        f->hole = other->hole = true;
}

/* May it lead to a bus that no other bridge has? */
static bool astray(const struct pci_func *f)
{
    return f->silent ||
           (pci_func_is_bridge(f) && f->secondary && !numbered(f));
}

/* Ports and what is integrated are on root buses (PCIe 6.0, 1.3.2). */
static bool on_root_bus(const struct list_head *funcs,
                        const struct pci_func *f)
{
    const struct pci_func *other;

    if ( !f->sbdf.bus )
        return true;

    list_for_each_entry ( other, funcs, list )
        if ( other->sbdf.seg == f->sbdf.seg &&
             other->sbdf.bus == f->sbdf.bus && other->express &&
             (other->port == PCI_EXP_TYPE_ROOT_PORT ||
              other->port == PCI_EXP_TYPE_RC_END ||
              other->port == PCI_EXP_TYPE_RC_EC) )
            return true;

    return false;
}

/* These have a link or an internal bus above them (PCIe 6.0, 7.5.3.2). */
static bool needs_bridge(const struct pci_func *f)
{
    return f->express && (f->port == PCI_EXP_TYPE_ENDPOINT ||
                          f->port == PCI_EXP_TYPE_LEG_END ||
                          f->port == PCI_EXP_TYPE_UPSTREAM ||
                          f->port == PCI_EXP_TYPE_DOWNSTREAM ||
                          f->port == PCI_EXP_TYPE_PCI_BRIDGE);
}

/*
 * No bridge leads to @f, nor is it on a root bus: is there reason to think that
 * one should?
 */
static void find_lost(const struct list_head *funcs, struct pci_func *f)
{
    struct pci_func *other;

    if ( f->silent || f->virtfn || f->parent_given )
        return;

    f->lost = f->scanned && needs_bridge(f);
    list_for_each_entry ( other, funcs, list )
        if ( astray(other) && !other->parent && other != f &&
             other->sbdf.seg == f->sbdf.seg && other->sbdf.bus < f->sbdf.bus )
            f->lost = other->leads = true;
}

/*
 * Do all bridges above it answer, and make sense?  If not, it is not known
 * which IDs its DMA carries, or what it reaches.
 */
static bool is_unsure(const struct pci_func *f)
{
    unsigned int depth;

    for ( depth = 0; f && depth < PCI_FUNC_MAX_DEPTH; f = f->parent, depth++ )
        if ( f->silent || f->lost || f->hole )
            return true;

    return f;
}

void pci_funcs_find_paths(struct list_head *funcs)
{
    const struct pci_func *prev = NULL;
    bool root = false;
    struct pci_func *f;

    link_parents(funcs);
    list_for_each_entry ( f, funcs, list )
        f->lost = f->leads = f->hole = false;

    list_for_each_entry ( f, funcs, list )
    {
        if ( !prev || prev->sbdf.seg != f->sbdf.seg )
            find_clashes(funcs, f->sbdf.seg);

        if ( !f->parent )
        {
            /* Neighbours are on the same bus. */
            if ( !prev || prev->parent || prev->sbdf.seg != f->sbdf.seg ||
                 prev->sbdf.bus != f->sbdf.bus )
                root = on_root_bus(funcs, f);
            if ( !root )
                find_lost(funcs, f);
        }
        else if ( !f->silent && !f->virtfn && !f->parent_given &&
                  f->sbdf.bus != f->parent->secondary )
            f->lost = f->parent->hole = true;

        prev = f;
    }

    list_for_each_entry ( f, funcs, list )
        f->unsure = is_unsure(f);
}

bool pci_func_find_path(struct list_head *funcs, struct pci_func *f)
{
    f->lost = f->leads = f->hole = false;
    link_parent(funcs, f);
    f->unsure = is_unsure(f);

    return !f->silent && (f->virtfn || f->parent_given ||
                          (f->parent ? f->sbdf.bus == f->parent->secondary
                                     : on_root_bus(funcs, f)));
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
