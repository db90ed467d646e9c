/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu prove: reads /iommu/proof of hypfs (docs/hypfs.md). */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prove.h"
#include "tool.h"

void lines_add(struct lines *l, const char *fmt, ...)
{
    va_list args;
    int len;

    l->line = need(realloc(l->line, (l->nr + 1) * sizeof(*l->line)));
    va_start(args, fmt);
    len = vasprintf(&l->line[l->nr], fmt, args);
    va_end(args);
    if ( len < 0 )
        need(NULL);
    l->nr++;
}

void lines_free(struct lines *l)
{
    size_t i;

    for ( i = 0; i < l->nr; i++ )
        free(l->line[i]);
    free(l->line);
    memset(l, 0, sizeof(*l));
}

bool lines_have(const struct lines *l, const char *line)
{
    size_t i;

    for ( i = 0; i < l->nr; i++ )
        if ( !strcmp(l->line[i], line) )
            return true;

    return false;
}

const char *domain_word(unsigned int domain, char buf[16])
{
    if ( domain == QUARANTINE )
        strcpy(buf, "quarantine");
    else
        snprintf(buf, 16, "d%u", domain);

    return buf;
}

/*
 * Calls @take for each line of answers @name@<position>, from position 0 on
 * until one says "end".  False, with a complaint unless errno is ENOENT: what
 * the question was about does not exist any more.
 */
static bool ask(const char *name, bool (*take)(const char *line, void *arg),
                void *arg)
{
    uint64_t at = 0, next;
    bool more = true, ok = true;

    while ( more && ok )
    {
        char *text = xen_read("proof/%s%"PRIx64, name, at), *line;
        const char *pos = text;

        if ( !text )
        {
            if ( errno != ENOENT && errno != ESRCH )
                complain("/iommu/proof/%s%"PRIx64": %m", name, at);
            return false;
        }

        next = at;
        for ( more = false, ok = false; (line = whole_line(&pos)); free(line) )
        {
            if ( sscanf(line, "next %"SCNx64, &next) == 1 )
                more = ok = true;
            else if ( !strcmp(line, "end") )
                ok = true;
            else if ( !take(line, arg) )
            {
                complain("/iommu/proof/%s: Xen says what this program does not understand: %s",
                         name, line);
                free(line);
                free(text);
                errno = EINVAL;
                return false;
            }
        }
        free(text);
        if ( !ok || (more && next <= at) )
        {
            complain("/iommu/proof/%s: an answer has no end", name);
            errno = EINVAL;
            return false;
        }
        at = next;
    }

    return true;
}

static bool take_run(const char *line, void *arg)
{
    struct ptable *t = arg;
    struct prun r = {};
    struct prun *last = t->nr_runs ? &t->runs[t->nr_runs - 1] : NULL;

    if ( sscanf(line, "%"SCNx64" %"SCNx64" %"SCNx64" %3s %15s %15s", &r.dfn,
                &r.nr, &r.mfn, r.prot, r.owner, r.why) < 5 )
        return false;

    t->frames += r.nr;
    if ( last && last->dfn + last->nr == r.dfn &&
         last->mfn + last->nr == r.mfn && !strcmp(last->prot, r.prot) &&
         !strcmp(last->owner, r.owner) && !strcmp(last->why, r.why) )
    {
        last->nr += r.nr;
        return true;
    }

    t->runs = need(realloc(t->runs, (t->nr_runs + 1) * sizeof(r)));
    t->runs[t->nr_runs++] = r;

    return true;
}

/* One that is gone meanwhile has no runs, and nothing leads to it. */
static bool load_runs(struct ptable *t)
{
    char name[48];

    snprintf(name, sizeof(name), "table/%u@%"PRIx64"@", t->domain, t->root);
    if ( ask(name, take_run, t) )
        return true;
    if ( errno != ENOENT && errno != ESRCH )
        return false;
    free(t->runs);
    t->runs = NULL;
    t->nr_runs = 0;
    t->frames = 0;

    return true;
}

static bool load_tables(struct proof *p)
{
    char *text = xen_read("proof/tables/all"), *line;
    const char *at = text;
    bool ok = text != NULL;

    if ( !text )
        complain("this Xen cannot say what hardware does: it is older than this program (%m)");

    for ( ; ok && (line = whole_line(&at)); free(line) )
    {
        struct ptable t = { .group = -1 };
        char more[2][16] = {};

        if ( !strcmp(line, "end") )
            continue;
        if ( sscanf(line, "%u %"SCNx64" %7s %15s %15s", &t.domain, &t.root,
                    t.kind, more[0], more[1]) < 3 )
        {
            complain("Xen says of a table what this program does not understand: %s",
                     line);
            ok = false;
            continue;
        }
        if ( !t.root )
            continue;
        t.relaxed = !strcmp(more[0], "relaxed");
        if ( !strcmp(t.kind, "group") )
            t.group = strtol(more[0], NULL, 10);

        p->tables = need(realloc(p->tables, (p->nr_tables + 1) * sizeof(t)));
        p->tables[p->nr_tables++] = t;
        ok = t.relaxed || load_runs(&p->tables[p->nr_tables - 1]);
    }
    free(text);

    return ok;
}

static bool take_entry(const char *line, void *arg)
{
    struct punit *u = arg;
    struct pentry *last = u->nr_entries ? &u->entries[u->nr_entries - 1] : NULL;
    struct pentry e = {};

    if ( sscanf(line, "%"SCNx32" %"SCNx32" %11s %"SCNx64, &e.first, &e.last,
                e.state, &e.root) < 3 || e.last < e.first )
        return false;

    if ( last && last->last + 1 == e.first && last->root == e.root &&
         !strcmp(last->state, e.state) )
    {
        last->last = e.last;
        return true;
    }

    u->entries = need(realloc(u->entries, (u->nr_entries + 1) * sizeof(e)));
    u->entries[u->nr_entries++] = e;

    return true;
}

static bool load_units(struct proof *p)
{
    unsigned int i;
    char name[32];

    p->units = need(calloc(p->state.nr_units + 1, sizeof(*p->units)));
    for ( i = 0; i < p->state.nr_units; i++ )
    {
        struct punit *u = &p->units[i];

        u->unit = &p->state.units[i];
        snprintf(name, sizeof(name), "unit/%u@", u->unit->id);
        if ( ask(name, take_entry, u) )
            continue;
        if ( errno != EOPNOTSUPP )
            return false;
        u->mute = true;
    }

    return true;
}

static bool take_port(const char *line, void *arg)
{
    lines_add(arg, "%s", line);

    return true;
}

bool proof_load(struct proof *p)
{
    memset(p, 0, sizeof(*p));

    /*
     * Tables first: what an entry leads to was there before.  A domain that
     * comes meanwhile is seen by the second look, which every complaint gets.
     */
    return load_tables(p) && xen_load(&p->state) && load_units(p) &&
           ask("ports/", take_port, &p->ports);
}

void proof_free(struct proof *p)
{
    size_t i;

    for ( i = 0; i < p->nr_tables; i++ )
        free(p->tables[i].runs);
    free(p->tables);
    for ( i = 0; p->units && i < p->state.nr_units; i++ )
        free(p->units[i].entries);
    free(p->units);
    lines_free(&p->ports);
    lines_free(&p->wrong);
    lines_free(&p->notes);
    xen_free(&p->state);
    memset(p, 0, sizeof(*p));
}
