/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which PCI functions share a group.
 *
 * ACS is an egress control (PCIe 6.0, 6.12): it limits where a function's own
 * requests may go, not who may reach it.  Two functions are therefore apart
 * only if every port on their ways to the root sends peer-to-peer requests
 * upwards, and one port of a switch that does not spoils the others.
 */
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/pci-rules.h>

static bool is_port(const struct pci_func *f, unsigned int port)
{
    return f->express && f->port == port;
}

/* A port with a link below it, which leads to one device (PCIe 6.0, 1.3.3). */
static bool has_link(const struct pci_func *f)
{
    return is_port(f, PCI_EXP_TYPE_ROOT_PORT) ||
           is_port(f, PCI_EXP_TYPE_DOWNSTREAM);
}

/* With ARI the functions of that device fill all of its bus (6.13). */
static bool on_link(const struct pci_func *f)
{
    return f->parent && has_link(f->parent);
}

/*
 * Is there more than one function in the device?  A function other than 0 is
 * proof enough; virtual functions are as apart as their PF's driver wants
 * them, through the PF (SR-IOV 1.1, 2.1).
 */
static bool in_multifunction(const struct pci_func *f)
{
    if ( f->virtfn )
        return false;

    /*
     * What does not answer says nothing, unless it is the only way to others.
     */
    if ( f->silent )
        return f->leads;

    return f->multi || (on_link(f) ? f->sbdf.devfn : f->sbdf.fn);
}

static bool same_device(const struct pci_func *a, const struct pci_func *b)
{
    return a->sbdf.bus == b->sbdf.bus &&
           ((on_link(a) && on_link(b)) || a->sbdf.dev == b->sbdf.dev);
}

/* Controls that the capability lacks have nothing to control (6.12.1). */
static bool acs_on(const struct pci_func *f)
{
    return f->acs_pos && !(PCI_ACS_WANTED & f->acs_cap & ~f->acs_ctrl);
}

static bool has_amd_iommu(const struct list_head *funcs, uint16_t seg)
{
    const struct pci_func *f;

    list_for_each_entry ( f, funcs, list )
        if ( f->amd_iommu && f->sbdf.seg == seg )
            return true;

    return false;
}

/* Does a vendor's statement stand for ACS? */
static bool holds_as_stated(const struct list_head *funcs,
                            const struct pci_func *f, enum pci_stated kind)
{
    switch ( kind )
    {
    case PCI_STATED_FUNCTION:
    case PCI_STATED_PORT:
    case PCI_STATED_SWITCH_PORT:
        return true;

    case PCI_STATED_SOUTHBRIDGE:
        return !f->parent && has_amd_iommu(funcs, f->sbdf.seg);

    case PCI_STATED_PCH:
        return f->chipset_set;

    default:
        return false;
    }
}

/* Do the function's own requests, and those from below it, go upwards? */
static bool holds(const struct list_head *funcs, struct pci_func *f)
{
    enum pci_stated kind = f->statement;

    f->stated = false;

    /* It is not known what else is above, or below. */
    if ( f->silent || f->lost || f->hole )
        return false;

    f->stated = holds_as_stated(funcs, f, kind);
    if ( f->stated )
        return true;

    if ( kind == PCI_STATED_STORE_FORWARD && !f->chipset_set )
        return false;

    /* Conventional PCI has nothing like it. */
    if ( !f->express )
        return false;

    switch ( f->port )
    {
    case PCI_EXP_TYPE_ROOT_PORT:
    case PCI_EXP_TYPE_DOWNSTREAM:
        return acs_on(f);

    /* Alone in its device, it has no peer there to send to (6.12.1.2). */
    case PCI_EXP_TYPE_ENDPOINT:
    case PCI_EXP_TYPE_LEG_END:
    case PCI_EXP_TYPE_RC_END:
    case PCI_EXP_TYPE_UPSTREAM:
        return !in_multifunction(f) || acs_on(f);

    /* Bridges to and from PCI, event collectors: not defined (6.12.1.3). */
    default:
        return false;
    }
}

static void add_ids(struct pci_func *f, struct pci_id_range ids)
{
    unsigned int i;

    for ( i = 0; i < f->nr_ids; i++ )
        if ( f->ids[i].first <= ids.first && f->ids[i].last >= ids.last )
            return;

    /* PCI_FUNC_MAX_RANGES counts all that fill_ids() adds. */
    f->ids[f->nr_ids++] = ids;
}

static void add_id(struct pci_func *f, uint16_t bdf)
{
    add_ids(f, (struct pci_id_range){ bdf, bdf });
}

/* Is it one whose primary side does not carry the IDs from below? */
static bool takes_over(const struct pci_func *bridge)
{
    return !bridge->express || bridge->port == PCI_EXP_TYPE_PCI_BRIDGE ||
           bridge->port == PCI_EXP_TYPE_PCIE_BRIDGE;
}

/* The one that the root sees, or NULL. */
struct pci_func *pci_func_top(const struct pci_func *f)
{
    struct pci_func *bridge, *top = NULL;
    unsigned int depth = 0;

    for ( bridge = f->parent; bridge && depth < PCI_FUNC_MAX_DEPTH;
          bridge = bridge->parent, depth++ )
        if ( takes_over(bridge) )
            top = bridge;

    return top;
}

static bool sends_as_secondary(const struct pci_func *bridge)
{
    return is_port(bridge, PCI_EXP_TYPE_PCI_BRIDGE) ||
           pci_quirk_is_express_bridge(bridge);
}

/*
 * Interrupt messages are requests.  A PCIe-to-PCI bridge sends them as its
 * secondary bus, function 0; a PCI-X one may leave the device's own ID in
 * place.
 */
static uint32_t msi_behind(const struct pci_func *f, const struct pci_func *top)
{
    if ( !sends_as_secondary(top) )
        return top->sbdf.bdf;

    return PCI_MSI_BUSES | (min(top->secondary, f->sbdf.bus) << 8) |
           f->sbdf.bus;
}

/* All of ids[] so far are on the function's own bus. */
static uint32_t msi_own(const struct pci_func *f)
{
    unsigned int i, differ = 0, any = 0;

    for ( i = 0; i < f->nr_ids; i++ )
        differ |= (f->ids[i].first ^ f->sbdf.bdf) |
                  (f->ids[i].last ^ f->sbdf.bdf) |
                  (f->ids[i].first != f->ids[i].last);

    if ( differ > 7 )
        return PCI_MSI_BUSES | (f->sbdf.bus << 8) | f->sbdf.bus;

    /* Hardware can leave out bit 2, bits 2 and 1, or all three. */
    if ( differ )
        any = differ & 1 ? 7 : differ & 2 ? 6 : 4;

    return MASK_INSR(any, PCI_MSI_ANY_FN) | f->sbdf.bdf;
}

/*
 * The IDs that the function's requests can carry at the root: its own, its
 * phantom functions', those that it is known to use, and those of the topmost
 * bridge that takes its requests over.  A PCIe-to-PCI bridge uses its
 * secondary bus with device and function 0 (PCI Express to PCI/PCI-X Bridge
 * 1.0, 2.3), and its own ID for what it sends itself; others their own.  An
 * alias of firmware's does not take the place of these: it may be wrong.
 */
static void fill_ids(struct pci_func *f)
{
    struct pci_id_range aliases[PCI_QUIRK_MAX_ALIASES];
    const struct pci_func *top;
    unsigned int i, fn, nr;

    f->nr_ids = 0;
    add_id(f, f->sbdf.bdf);

    if ( f->phantom_stride )
        for ( fn = f->sbdf.fn + f->phantom_stride; fn < 8;
              fn += f->phantom_stride )
            add_id(f, PCI_BDF(f->sbdf.bus, f->sbdf.dev, fn));

    nr = pci_quirk_aliases(f, aliases);
    for ( i = 0; i < nr; i++ )
        add_ids(f, aliases[i]);

    top = pci_func_top(f);
    f->msi = PCI_MSI_KNOWN | (top ? msi_behind(f, top) : msi_own(f));
    if ( top && sends_as_secondary(top) )
        add_id(f, top->secondary << 8);
    if ( top )
        add_id(f, top->sbdf.bdf);
    if ( f->has_alias )
        add_id(f, f->alias);
}

/*
 * The port of the switch that routes between its ports, where @f is one of
 * them (6.12: redirection is each port's own).
 */
static struct pci_func *open_port(struct pci_func *ports, struct pci_func *f)
{
    struct pci_func *port;

    if ( !f->holds )
        return f;

    if ( is_port(f, PCI_EXP_TYPE_DOWNSTREAM) )
        for ( port = ports; port; port = port->next_marked )
            if ( port->sbdf.seg == f->sbdf.seg &&
                 port->sbdf.bus == f->sbdf.bus && !port->holds )
                return port;

    return NULL;
}

/* Those ports, in order. */
static struct pci_func *chain_ports(const struct list_head *funcs)
{
    struct pci_func *f, *first = NULL, **end = &first;

    list_for_each_entry ( f, funcs, list )
        if ( is_port(f, PCI_EXP_TYPE_DOWNSTREAM) )
        {
            *end = f;
            end = &f->next_marked;
        }
    *end = NULL;

    return first;
}

static struct pci_func *find_open(struct pci_func *f)
{
    unsigned int depth = 0;

    for ( ; f; f = f->parent )
    {
        struct pci_func *open = f->open_here;

        /* A recording that goes in circles has no root to be safe at. */
        if ( open || ++depth > PCI_FUNC_MAX_DEPTH )
            return open ?: f;
    }

    return NULL;
}

void pci_func_link(struct list_head *funcs, struct pci_func *f)
{
    /* What does not answer, or is below such, may concern any other. */
    if ( !pci_func_find_path(funcs, f) )
    {
        pci_funcs_link(funcs);
        return;
    }

    fill_ids(f);
    f->holds = holds(funcs, f);
    f->open_here = open_port(NULL, f);
    f->open_at = find_open(f);
}

void pci_funcs_link(struct list_head *funcs)
{
    struct pci_func *f, *ports;

    pci_funcs_find_paths(funcs);

    list_for_each_entry ( f, funcs, list )
    {
        fill_ids(f);
        f->holds = holds(funcs, f);
    }

    ports = chain_ports(funcs);
    list_for_each_entry ( f, funcs, list )
        f->open_here = open_port(ports, f);
    list_for_each_entry ( f, funcs, list )
        f->open_at = find_open(f);
}

static bool share_id(const struct pci_func *a, const struct pci_func *b)
{
    unsigned int i, j;

    for ( i = 0; i < a->nr_ids; i++ )
        for ( j = 0; j < b->nr_ids; j++ )
            if ( a->ids[i].first <= b->ids[j].last &&
                 b->ids[j].first <= a->ids[i].last )
                return true;

    return false;
}

/* Any of these may be below any other, or below the same one as it. */
static bool unknown_path(const struct pci_func *f)
{
    return f->leads || (f->lost && !f->parent);
}

enum pci_why pci_inseparable(const struct pci_func *a,
                             const struct pci_func *b,
                             const struct pci_func **at)
{
    *at = NULL;

    if ( a == b || a->sbdf.seg != b->sbdf.seg )
        return PCI_APART;

    if ( share_id(a, b) )
        return PCI_SAME_ID;

    if ( unknown_path(a) && unknown_path(b) )
    {
        *at = a->leads ? a : b->leads ? b : NULL;
        return PCI_UNKNOWN_PATH;
    }

    if ( pci_func_clash(a, b) )
        return PCI_SAME_BUSES;

    /* What is below an open path is one with the bridge above it. */
    if ( a->parent == b || b->parent == a )
    {
        const struct pci_func *above = a->parent == b ? b : a;

        *at = above->open_at;
        if ( *at )
            return PCI_OPEN_PATH;
    }

    if ( is_port(a, PCI_EXP_TYPE_DOWNSTREAM) &&
         is_port(b, PCI_EXP_TYPE_DOWNSTREAM) &&
         a->sbdf.bus == b->sbdf.bus && !(a->holds && b->holds) )
    {
        *at = a->holds ? b : a;
        return PCI_OPEN_SWITCH;
    }

    if ( same_device(a, b) && in_multifunction(a) && in_multifunction(b) &&
         !a->holds && !b->holds )
        return PCI_MULTIFUNCTION;

    return PCI_APART;
}

const char *pci_why_text(enum pci_why why, const struct pci_func *at)
{
    switch ( why )
    {
    case PCI_SAME_ID:
        return "their DMA carries the same requester ID";
    case PCI_OPEN_PATH:
        return "no effective ACS on the way to the root, at";
    case PCI_OPEN_SWITCH:
        return "ports of one switch, and no effective ACS at port";
    case PCI_MULTIFUNCTION:
        return "functions of one device without ACS between them";
    case PCI_UNKNOWN_PATH:
        return at ? "what leads to them does not answer, at"
                  : "what leads to them does not answer";
    case PCI_SAME_BUSES:
        return "bridges that claim the same bus numbers";
    default:
        return "not inseparable";
    }
}

struct pci_func *pci_group_mark(struct list_head *funcs, struct pci_func *func)
{
    struct pci_func *f, *at, *last = func;
    const struct pci_func *blame;

    list_for_each_entry ( f, funcs, list )
        f->marked = false;

    func->marked = true;
    func->next_marked = NULL;

    for ( at = func; at; at = at->next_marked )
        list_for_each_entry ( f, funcs, list )
            if ( !f->marked && pci_inseparable(at, f, &blame) != PCI_APART )
            {
                f->marked = true;
                f->next_marked = NULL;
                last->next_marked = f;
                last = f;
            }

    return func;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
