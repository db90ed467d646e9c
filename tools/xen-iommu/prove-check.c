/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu prove: what hardware does against what ought to be. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prove.h"
#include "tool.h"

static struct ptable *table_of(const struct proof *p, uint64_t root)
{
    size_t i;

    for ( i = 0; i < p->nr_tables; i++ )
        if ( p->tables[i].root == root )
            return &p->tables[i];

    return NULL;
}

/* "0100,0200-02ff": the next range.  False: no more. */
static bool next_range(const char **ids, uint32_t *first, uint32_t *last)
{
    char *end;

    if ( !**ids )
        return false;

    *first = *last = strtoul(*ids, &end, 16);
    if ( *end == '-' )
        *last = strtoul(end + 1, &end, 16);
    *ids = *end == ',' ? end + 1 : "";

    return true;
}

static bool has_id(const struct xdev *d, uint32_t id)
{
    uint32_t first, last;
    const char *at = d->ids;

    while ( next_range(&at, &first, &last) )
        if ( id >= first && id <= last )
            return true;

    return false;
}

/* The first ID from @id on that a dev of the unit has; beyond @last: none. */
static uint64_t known_from(const struct proof *p, const struct punit *u,
                           uint64_t id, bool *covered, uint64_t last)
{
    uint64_t next = last + 1;
    unsigned int i, j;
    uint32_t a, b;

    *covered = false;
    for ( i = 0; i < p->state.nr_groups; i++ )
        for ( j = 0; j < p->state.groups[i].nr_devs; j++ )
        {
            const struct xdev *d = &p->state.groups[i].devs[j];
            const char *at = d->ids;

            if ( strcmp(d->unit, u->unit->name) )
                continue;
            while ( next_range(&at, &a, &b) )
                if ( a <= id && b >= id )
                {
                    *covered = true;
                    return (uint64_t)b + 1;
                }
                else if ( a > id && a < next )
                    next = a;
        }

    return next;
}

/* IDs that hardware lets through and no device of Xen's has. */
static void check_strangers(struct proof *p, const struct punit *u)
{
    size_t i;

    for ( i = 0; i < u->nr_entries; i++ )
    {
        const struct pentry *e = &u->entries[i];
        uint64_t id = e->first, next;
        bool covered;

        p->requesters += (uint64_t)e->last - e->first + 1;
        for ( ; id <= e->last; id = next )
        {
            next = known_from(p, u, id, &covered, e->last);
            if ( !covered )
                lines_add(&p->wrong,
                          "%s: IDs %"PRIx64" to %"PRIx64" are not blocked (%s), and no device has them",
                          u->unit->name, id, next - 1, e->state);
        }
    }
}

/* What the unit does with @id; *@last gets how far that goes.  NULL: blocked. */
static const struct pentry *entry_at(const struct punit *u, uint32_t id,
                                     uint32_t *last)
{
    size_t i;

    for ( i = 0; i < u->nr_entries; i++ )
    {
        const struct pentry *e = &u->entries[i];

        if ( id >= e->first && id <= e->last )
        {
            *last = e->last < *last ? e->last : *last;
            return e;
        }
        if ( e->first > id && e->first <= *last )
            *last = e->first - 1;
    }

    return NULL;
}

/* Does another member have @id, and is it attached? */
static bool shared_id(const struct xgroup *g, const struct xdev *d, uint32_t id)
{
    unsigned int i;

    for ( i = 0; i < g->nr_devs; i++ )
        if ( &g->devs[i] != d && strcmp(g->devs[i].domain, "blocked") &&
             has_id(&g->devs[i], id) )
            return true;

    return false;
}

static uint64_t group_root(const struct xgroup *g)
{
    const char *at = strstr(g->table, "root ");

    return at ? strtoull(at + 5, NULL, 16) : 0;
}

static void check_id(struct proof *p, const struct xgroup *g,
                     const struct xdev *d, uint32_t id,
                     const struct pentry *e)
{
    const char *is = e ? e->state : "blocked";
    struct ptable *t;
    char word[16];

    if ( strcmp(is, d->domain) )
    {
        if ( !strcmp(d->domain, "blocked") && shared_id(g, d, id) )
            return;
        lines_add(&p->wrong, "%s: ID %x is %s in %s, and ought to be %s",
                  d->name, id, is, d->unit, d->domain);
        return;
    }

    if ( !strcmp(is, "identity") && strcmp(d->owner, "d0") )
        lines_add(&p->wrong, "%s: identity, though it is not dom0's but %s's",
                  d->name, d->owner);
    if ( strcmp(is, "paging") )
        return;

    t = table_of(p, e->root);
    if ( !t )
        lines_add(&p->wrong,
                  "%s: ID %x leads to a table at %#"PRIx64", which is no domain's",
                  d->name, id, e->root);
    else if ( strcmp(domain_word(t->domain, word), g->owner) )
        lines_add(&p->wrong, "%s: ID %x leads to a table of %s, and is %s's",
                  d->name, id, word, g->owner);
    else if ( t->group >= 0 && t->group != (int)g->id )
        lines_add(&p->wrong, "%s: ID %x leads to the table of group %d, and is in group %u",
                  d->name, id, t->group, g->id);
    else if ( e->root != group_root(g) )
        lines_add(&p->wrong, "%s: ID %x leads to another table than its group's",
                  d->name, id);
    else
        t->used = true;
}

static void check_dev(struct proof *p, const struct xgroup *g,
                      const struct xdev *d, const struct punit *u)
{
    const char *at = d->ids;
    uint32_t first, last, end;
    const struct pentry *e;
    uint64_t id;

    while ( next_range(&at, &first, &last) )
        for ( id = first; id <= last; id = (uint64_t)end + 1 )
        {
            end = last;
            e = entry_at(u, id, &end);
            check_id(p, g, d, id, e);
        }

    if ( !strcmp(d->domain, "identity") )
        lines_add(&p->notes, "%s: identity, it reaches all memory (%s)",
                  d->name, d->owner);
}

static void check_units(struct proof *p)
{
    unsigned int i, j, k;

    for ( k = 0; k < p->state.nr_units; k++ )
    {
        const struct punit *u = &p->units[k];

        if ( strcmp(u->unit->state, "ok") )
            lines_add(&p->notes, "%s: %s", u->unit->name, u->unit->state);
        if ( u->mute )
        {
            lines_add(&p->wrong, "%s: its driver cannot say what it does",
                      u->unit->name);
            continue;
        }
        check_strangers(p, u);
        for ( i = 0; i < p->state.nr_groups; i++ )
            for ( j = 0; j < p->state.groups[i].nr_devs; j++ )
                if ( !strcmp(p->state.groups[i].devs[j].unit, u->unit->name) )
                    check_dev(p, &p->state.groups[i],
                              &p->state.groups[i].devs[j], u);
    }
}

/* Is the run within a region that a device of the domain requires? */
static bool is_reserved(const struct proof *p, const struct ptable *t,
                        const struct prun *r)
{
    unsigned int i;
    char word[16];

    domain_word(t->domain, word);
    for ( i = 0; r->dfn == r->mfn && i < p->state.nr_groups; i++ )
    {
        const struct xgroup *g = &p->state.groups[i];
        const char *at = g->reserved;
        uint64_t first, last;

        if ( strcmp(g->owner, word) )
            continue;
        for ( ; (at = strstr(at, "0x")) != NULL; at++ )
            if ( sscanf(at, "%"SCNx64"-%"SCNx64, &first, &last) == 2 &&
                 r->mfn >= first && r->mfn + r->nr - 1 <= last )
                return true;
    }

    return false;
}

static bool may_reach(const struct proof *p, const struct ptable *t,
                      const struct prun *r)
{
    char word[16];

    if ( !strcmp(r->owner, domain_word(t->domain, word)) || r->why[0] )
        return true;

    /* quarantine=scratch-page: one page of zeroes. */
    if ( t->domain == QUARANTINE && !strcmp(r->owner, "none") && r->nr == 1 &&
         !strcmp(r->prot, "r--") )
        return true;

    return is_reserved(p, t, r);
}

static void check_tables(struct proof *p)
{
    char word[16];
    size_t i, j;

    for ( i = 0; i < p->nr_tables; i++ )
    {
        const struct ptable *t = &p->tables[i];

        domain_word(t->domain, word);
        if ( t->relaxed && t->used )
            lines_add(&p->notes,
                      "%s: its devices reach all memory but Xen's, guests' too: dom0-iommu=strict would stop that",
                      word);
        for ( j = 0; j < t->nr_runs; j++ )
        {
            const struct prun *r = &t->runs[j];

            if ( !may_reach(p, t, r) )
                lines_add(&p->wrong,
                          "%s: frames %"PRIx64" to %"PRIx64" (%s) can be reached at %"PRIx64" and are %s%s",
                          word, r->mfn, r->mfn + r->nr - 1, r->prot, r->dfn,
                          !strcmp(r->owner, "none") ? "nobody's" : r->owner,
                          !strcmp(r->owner, "mmio")
                          ? ", which the domain may not use" : "");
        }
    }
}

/* Frames of no domain that two guests reach. */
struct shared {
    uint64_t first, last;
    const struct ptable *t;
};

static int by_frame(const void *a, const void *b)
{
    const struct shared *x = a, *y = b;

    return x->first < y->first ? -1 : x->first > y->first;
}

static void check_two(struct proof *p)
{
    struct shared *all = NULL, *far = NULL;
    char a[16], b[16];
    size_t i, j, nr = 0;

    for ( i = 0; i < p->nr_tables; i++ )
        for ( j = 0; p->tables[i].domain && j < p->tables[i].nr_runs; j++ )
        {
            const struct prun *r = &p->tables[i].runs[j];

            if ( r->owner[0] == 'd' || is_reserved(p, &p->tables[i], r) )
                continue;
            all = need(realloc(all, (nr + 1) * sizeof(*all)));
            all[nr++] = (struct shared){ r->mfn, r->mfn + r->nr - 1,
                                         &p->tables[i] };
        }
    if ( nr )
        qsort(all, nr, sizeof(*all), by_frame);

    /* @far: the one before that reaches furthest. */
    for ( i = 0; i < nr; i++ )
    {
        if ( far && far->last >= all[i].first &&
             far->t->domain != all[i].t->domain )
            lines_add(&p->wrong, "frame %"PRIx64" can be reached by %s and %s",
                      all[i].first, domain_word(far->t->domain, a),
                      domain_word(all[i].t->domain, b));
        if ( !far || all[i].last > far->last )
            far = &all[i];
    }
    free(all);
}

void proof_check(struct proof *p)
{
    size_t i;

    check_units(p);
    check_tables(p);
    check_two(p);
    for ( i = 0; i < p->ports.nr; i++ )
        lines_add(&p->wrong, "%s: not as it was when groups were formed",
                  p->ports.line[i]);
}
