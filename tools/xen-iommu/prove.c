/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu prove: reads what hardware would do and holds it against who owns
 * what.  Domains come and go meanwhile, so that what looks wrong is looked at
 * once more, and counts if it is wrong again.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prove.h"
#include "tool.h"

#define LOOKS 3

/* Takes out of @p what @before had nothing of. */
static void keep_common(struct proof *p, const struct lines *before)
{
    size_t i, kept = 0;

    for ( i = 0; i < p->wrong.nr; i++ )
        if ( lines_have(before, p->wrong.line[i]) )
            p->wrong.line[kept++] = p->wrong.line[i];
        else
            free(p->wrong.line[i]);
    p->wrong.nr = kept;
}

static bool look(struct proof *p)
{
    struct lines before = {};
    unsigned int looks = 0;

    do {
        if ( looks )
        {
            before = p->wrong;
            memset(&p->wrong, 0, sizeof(p->wrong));
            proof_free(p);
        }
        if ( !proof_load(p) )
        {
            lines_free(&before);
            return false;
        }
        proof_check(p);
        if ( looks )
            keep_common(p, &before);
        lines_free(&before);
    } while ( p->wrong.nr && ++looks < LOOKS );

    return true;
}

static void print_groups(const struct proof *p, const struct ptable *t)
{
    unsigned int i;
    bool any = false;
    char root[24];

    snprintf(root, sizeof(root), "root %#"PRIx64" ", t->root);
    for ( i = 0; i < p->state.nr_groups; i++ )
        if ( strstr(p->state.groups[i].table, root) )
        {
            printf("%s %u", any ? "," : ", groups", p->state.groups[i].id);
            any = true;
        }
    printf("%s\n", any ? "" : ", no group");
}

static void print_text(const struct proof *p)
{
    char word[16];
    size_t i;

    for ( i = 0; i < p->nr_tables; i++ )
    {
        const struct ptable *t = &p->tables[i];

        if ( t->relaxed )
            printf("%s: all memory but Xen's", domain_word(t->domain, word));
        else
            printf("%s: %"PRIu64" frames in %zu runs",
                   domain_word(t->domain, word), t->frames, t->nr_runs);
        print_groups(p, t);
    }
    for ( i = 0; i < p->notes.nr; i++ )
        printf("NOTE  %s\n", p->notes.line[i]);
    for ( i = 0; i < p->wrong.nr; i++ )
        printf("WRONG %s\n", p->wrong.line[i]);
    printf("%s: %u units, %"PRIu64" IDs that are not blocked, %zu tables, %zu wrong\n",
           p->wrong.nr ? "NOT PROVED" : "PROVED", p->state.nr_units,
           p->requesters, p->nr_tables, p->wrong.nr);
}

static json_t *lines_json(const struct lines *l)
{
    json_t *a = need(json_array());
    size_t i;

    for ( i = 0; i < l->nr; i++ )
        json_array_append_new(a, json_string(l->line[i]));

    return a;
}

static json_t *table_json(const struct ptable *t)
{
    json_t *runs = need(json_array());
    char root[24];
    size_t i;

    for ( i = 0; i < t->nr_runs; i++ )
    {
        const struct prun *r = &t->runs[i];

        json_array_append_new(runs,
                              need(json_pack("{s:I, s:I, s:I, s:s, s:s, s:s?}",
                                             "dfn", (json_int_t)r->dfn,
                                             "frames", (json_int_t)r->nr,
                                             "mfn", (json_int_t)r->mfn,
                                             "access", r->prot,
                                             "owner", r->owner, "why",
                                             r->why[0] ? r->why : NULL)));
    }
    snprintf(root, sizeof(root), "%#"PRIx64, t->root);

    return need(json_pack("{s:i, s:s, s:s, s:b, s:b, s:I, s:o}",
                          "domain", t->domain, "root", root, "kind", t->kind,
                          "all_memory", t->relaxed, "used", t->used,
                          "frames", (json_int_t)t->frames, "runs", runs));
}

static void print_json(const struct proof *p)
{
    json_t *tables = need(json_array()), *root;
    size_t i;

    for ( i = 0; i < p->nr_tables; i++ )
        json_array_append_new(tables, table_json(&p->tables[i]));

    root = need(json_pack("{s:b, s:i, s:I, s:o, s:o, s:o}",
                          "proved", !p->wrong.nr, "units", p->state.nr_units,
                          "ids", (json_int_t)p->requesters,
                          "wrong", lines_json(&p->wrong),
                          "notes", lines_json(&p->notes), "tables", tables));
    json_dumpf(root, stdout, JSON_INDENT(1));
    printf("\n");
    json_decref(root);
}

int cmd_prove(const struct options *o)
{
    struct proof p = {};
    int rc = EXIT_FAILED;

    if ( o->nr_args )
        return EXIT_USAGE;
    if ( !xen_open() )
        return EXIT_NO_XEN;

    if ( look(&p) )
    {
        (o->json ? print_json : print_text)(&p);
        rc = p.wrong.nr ? EXIT_NO : EXIT_OK;
    }
    proof_free(&p);
    xen_close();

    return rc;
}
