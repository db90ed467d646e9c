/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux' groups, where the recording has them, beside Xen's. */
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "record.h"

bool linux_known(const struct machine *m)
{
    unsigned int i;

    for ( i = 0; i < m->nr; i++ )
        if ( m->sorted[i]->linux_group )
            return true;

    return false;
}

/*
 * Of @r's group, the nearest of which Linux' group is known: on the way to the
 * group's first, else the first at all.
 */
static const struct record *nearest(const struct machine *m,
                                    const struct record *r)
{
    const struct record *other = r->tie;
    unsigned int i;

    while ( other && !other->linux_group )
        other = other->tie;

    for ( i = 0; !other && m->sorted[i] != r; i++ )
        if ( m->sorted[i]->group == r->group && m->sorted[i]->linux_group )
            other = m->sorted[i];

    return other;
}

static bool tied_by_xen(const struct machine *m, const struct record *r,
                        struct difference *d)
{
    const struct record *other = r->linux_group ? nearest(m, r) : NULL;

    if ( !other || other->linux_group == r->linux_group )
        return false;

    *d = (struct difference){ .a = other, .b = r, .why = pci_why_text(r->why,
                                                           r->why_at),
                              .at = r->why_at };

    return true;
}

/* A control that Xen would switch on for the two to be apart. */
static const struct pci_func *switched_on(const struct pci_func *f)
{
    unsigned int depth = 0;

    for ( ; f && depth < PCI_FUNC_MAX_DEPTH; f = f->parent, depth++ )
        if ( ((const struct record *)f)->acs_was_off && f->holds )
            return f;

    return NULL;
}

/* One on the way up that keeps requests in check because its vendor says so. */
static const struct pci_func *stated(const struct pci_func *f)
{
    unsigned int depth = 0;

    for ( ; f && depth < PCI_FUNC_MAX_DEPTH; f = f->parent, depth++ )
        if ( f->stated )
            return f;

    return NULL;
}

static void tied_by_linux(const struct record *a, const struct record *b,
                          struct difference *d)
{
    *d = (struct difference){ .a = a, .b = b };

    if ( (d->at = switched_on(&a->func) ?: switched_on(&b->func)) )
        d->why = "Xen switches ACS on at";
    else if ( (d->at = stated(&a->func) ?: stated(&b->func)) )
        d->why = "a statement of its vendor isolates";
    else
        d->why = "nothing in the recording ties them: Linux found them before ACS was on, or goes by firmware";
}

/* The first of @r's Linux group before it that is in the same group of Xen's. */
static const struct record *first_of(const struct machine *m,
                                     const struct record *r, bool same_xen)
{
    unsigned int i;

    for ( i = 0; i < m->nr && m->sorted[i] != r; i++ )
        if ( m->sorted[i]->linux_group == r->linux_group &&
             (!same_xen || m->sorted[i]->group == r->group) )
            return m->sorted[i];

    return NULL;
}

void linux_differences(const struct machine *m,
                       void (*fn)(void *ctx, const struct difference *d),
                       void *ctx)
{
    unsigned int i;

    for ( i = 0; i < m->nr; i++ )
    {
        const struct record *r = m->sorted[i], *first;
        struct difference d;

        if ( tied_by_xen(m, r, &d) )
            fn(ctx, &d);

        /* Once for each group of Xen's that has a part of Linux' group. */
        first = r->linux_group ? first_of(m, r, false) : NULL;
        if ( first && first->group != r->group && !first_of(m, r, true) )
        {
            tied_by_linux(first, r, &d);
            fn(ctx, &d);
        }
    }
}
