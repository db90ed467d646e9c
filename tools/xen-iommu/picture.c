/* SPDX-License-Identifier: GPL-2.0-only */
/* What is drawn of a machine, before it is drawn. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "tool.h"

#undef snprintf
#undef vsnprintf

char *picture_text(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    if ( vasprintf(&text, fmt, args) < 0 )
        text = NULL;
    va_end(args);

    return need(text);
}

static char *why_of(const struct record *r)
{
    char with[SBDF_LEN], at[SBDF_LEN];

    if ( !r->tie )
        return NULL;

    return picture_text("with %s: %s%s%s",
                        print_sbdf(r->tie->func.sbdf.sbdf, with),
                        pci_why_text(r->why, r->why_at), r->why_at ? " " : "",
                        r->why_at ? print_sbdf(r->why_at->sbdf.sbdf, at) : "");
}

void picture_machine(struct picture *p, const struct machine *m,
                     unsigned int nr_groups)
{
    unsigned int i;

    memset(p, 0, sizeof(*p));
    p->m = m;
    p->nr_groups = nr_groups;
    p->groups = need(calloc(nr_groups + 1, sizeof(*p->groups)));
    for ( i = 0; i < nr_groups; i++ )
        p->groups[i].id = i;

    p->nr_nodes = m->nr;
    p->nodes = need(calloc(m->nr + 1, sizeof(*p->nodes)));
    for ( i = 0; i < m->nr; i++ )
    {
        const struct record *r = m->sorted[i];
        char name[SBDF_LEN];

        p->nodes[i].r = r;
        p->nodes[i].name = need(strdup(print_sbdf(r->func.sbdf.sbdf, name)));
        p->nodes[i].group = r->group;
        p->nodes[i].why = why_of(r);
        p->nodes[i].to_blame = r->tie ? r->why_at : NULL;
    }
}

static void append(char **list, char *text)
{
    char *all = *list ? picture_text("%s,%s", *list, text) : need(strdup(text));

    free(*list);
    free(text);
    *list = all;
}

void picture_regions(struct picture *p, const struct prediction *from)
{
    unsigned int i, j;

    for ( i = 0; i < from->nr; i++ )
    {
        const struct pfunc *f = &from->funcs[i], *other = NULL;
        struct picture_node *node = &p->nodes[i];

        for ( j = 0; j < f->dev.nr_regions; j++ )
            append(&node->regions,
                   picture_text("%#lx-%#lx", f->dev.regions[j].first,
                                f->dev.regions[j].last));
        while ( (other = predict_next_sharer(from, f, other)) != NULL )
            append(&node->sharers, need(strdup(other->dev.name)));
    }
}

void picture_free(struct picture *p)
{
    unsigned int i;

    for ( i = 0; i < p->nr_nodes; i++ )
    {
        free(p->nodes[i].name);
        free(p->nodes[i].why);
        free(p->nodes[i].owner);
        free(p->nodes[i].regions);
        free(p->nodes[i].sharers);
    }
    for ( i = 0; i < p->nr_groups; i++ )
    {
        free(p->groups[i].owner);
        free(p->groups[i].state);
    }
    free(p->nodes);
    free(p->groups);
}
