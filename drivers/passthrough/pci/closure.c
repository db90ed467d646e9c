/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All groups at once.  pci_group_mark() compares each function of a group with
 * each of the machine; here only those are compared that can be inseparable at
 * all, and each pair by the same pci_inseparable(), so that what is left out
 * would be a group too small, never one too large.  What ties two functions:
 *
 *   - being on one bus, or one above the other
 *   - the requester IDs of the bridge that takes both their requests over, one
 *     of which is on its secondary bus
 *   - an alias that firmware gives, which can be anybody's
 *   - bridges that claim one bus, and functions whose bridge is not known
 *
 * fuzz-pci-groups and test-pci-closure hold the two against each other.
 */
#include <xen/lib.h>
#include <xen/pci.h>

#include <iommu-groups/pci-rules.h>

struct pci_func *pci_set_of(struct pci_func *f)
{
    while ( f->set != f )
    {
        /* Shorter for whoever comes next. */
        f->set = f->set->set;
        f = f->set;
    }

    return f;
}

static void tie(struct pci_func *a, struct pci_func *b)
{
    struct pci_func *set_a = pci_set_of(a), *set_b = pci_set_of(b);
    const struct pci_func *blame;

    if ( set_a == set_b || pci_inseparable(a, b, &blame) == PCI_APART )
        return;

    /* The larger one takes the smaller one in. */
    if ( set_a->set_size < set_b->set_size )
        SWAP(set_a, set_b);
    set_b->set = set_a;
    set_a->set_size += set_b->set_size;
}

struct pci_func *pci_set_first(struct pci_func *f)
{
    return pci_set_of(f)->set_last->next_in_set;
}

static bool same_bus(const struct pci_func *a, uint16_t seg, uint8_t bus)
{
    return a->sbdf.seg == seg && a->sbdf.bus == bus;
}

/* @f and what comes after it in order, as far as that is on its bus. */
static void tie_bus(struct list_head *funcs, struct pci_func *f)
{
    struct pci_func *other = f;

    list_for_each_entry_continue ( other, funcs, list )
    {
        if ( !same_bus(other, f->sbdf.seg, f->sbdf.bus) )
            break;
        tie(f, other);
    }
}

/* The first on its bus: those below one bridge have the same IDs from it. */
static void tie_secondary(struct list_head *funcs, struct pci_func *f,
                          const struct pci_func *top)
{
    struct pci_func *other;

    list_for_each_entry ( other, funcs, list )
        if ( same_bus(other, f->sbdf.seg, top->secondary) )
            tie(f, other);
}

static bool starts_bus(const struct list_head *funcs, const struct pci_func *f)
{
    return f->list.prev == funcs ||
           !same_bus(list_prev_entry(f, list), f->sbdf.seg, f->sbdf.bus);
}

static void tie_upwards(struct list_head *funcs, struct pci_func *f)
{
    struct pci_func *top = pci_func_top(f);

    if ( f->parent )
        tie(f, f->parent);
    if ( !top )
        return;

    tie(f, top);
    /* A virtual function's bridge may be another one than its neighbours'. */
    if ( f->virtfn || f->parent_given || starts_bus(funcs, f) )
        tie_secondary(funcs, f, top);
}

/* Few of each: every one with every other. */
static void tie_odd(struct list_head *funcs, struct pci_func *f,
                    struct pci_func **clashing, struct pci_func **unknown)
{
    struct pci_func *other;

    if ( f->has_alias )
        list_for_each_entry ( other, funcs, list )
            tie(f, other);

    /* Among others, all that claim a bus which is claimed by another one. */
    if ( f->hole )
    {
        for ( other = *clashing; other; other = other->next_marked )
            tie(f, other);
        f->next_marked = *clashing;
        *clashing = f;
    }

    if ( f->leads || (f->lost && !f->parent) )
    {
        if ( *unknown )
            tie(f, *unknown);
        *unknown = f;
    }
}

void pci_funcs_group(struct list_head *funcs)
{
    struct pci_func *f, *clashing = NULL, *unknown = NULL;
    unsigned int seg = ~0U;

    list_for_each_entry ( f, funcs, list )
    {
        f->set = f;
        f->set_last = NULL;
        f->set_size = 1;
    }

    list_for_each_entry ( f, funcs, list )
    {
        if ( f->sbdf.seg != seg )
            clashing = unknown = NULL;
        seg = f->sbdf.seg;

        tie_bus(funcs, f);
        tie_upwards(funcs, f);
        tie_odd(funcs, f, &clashing, &unknown);
    }

    /* Circles, in order. */
    list_for_each_entry ( f, funcs, list )
    {
        struct pci_func *set = pci_set_of(f), *last = set->set_last ?: f;

        f->next_in_set = last == f ? f : last->next_in_set;
        last->next_in_set = f;
        set->set_last = f;
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
