/* SPDX-License-Identifier: GPL-2.0-only */
/* A picture as graphviz reads it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/pci_regs.h>

#include "check.h"
#include "libpci.h"
#include "picture.h"

#undef snprintf
#undef vsnprintf

/*
 * In a string of the dot language.  Names of domains and nodes may have any
 * bytes.
 */
static void quoted(FILE *out, const char *s)
{
    for ( ; *s; s++ )
    {
        if ( *s == '"' || *s == '\\' )
            fputc('\\', out);
        fputc(*s < ' ' || *s > '~' ? '?' : *s, out);
    }
}

static bool is_port(const struct pci_func *f)
{
    return f->express && (f->port == PCI_EXP_TYPE_ROOT_PORT ||
                          f->port == PCI_EXP_TYPE_DOWNSTREAM);
}

/* Is some member of a group there because of it? */
static bool to_blame(const struct picture *p, const struct pci_func *f)
{
    unsigned int i;

    for ( i = 0; i < p->nr_nodes; i++ )
        if ( p->nodes[i].to_blame == f )
            return true;

    return false;
}

static const char *colour(const struct pci_func *f)
{
    if ( f->silent )
        return PICTURE_OPEN;
    if ( is_port(f) )
        return f->holds && !f->open_at ? PICTURE_SAFE : PICTURE_OPEN;

    return pci_func_is_bridge(f) && f->open_at == f ? PICTURE_OPEN
                                                    : PICTURE_PLAIN;
}

/* All of it, for whoever points there. */
static void put_tooltip(FILE *out, const struct picture_node *n)
{
    if ( n->r )
    {
        const struct pci_func *f = &n->r->func;

        fprintf(out, "%s", func_kind(f));
        if ( is_port(f) )
            fprintf(out, f->holds ? ", isolates" : ", no effective ACS");
        if ( f->stated )
            fprintf(out, ", by its vendor's statement");
    }
    else
        quoted(out, n->name);
    if ( n->why )
    {
        fprintf(out, "\\n");
        quoted(out, n->why);
    }
    if ( n->owner )
    {
        fprintf(out, "\\nowner ");
        quoted(out, n->owner);
    }
    if ( n->regions )
        fprintf(out, "\\nfirmware has it reach frames %s", n->regions);
    if ( n->sharers )
        fprintf(out, "\\nwhich %s reach%s too", n->sharers,
                strchr(n->sharers, ',') ? "" : "es");
}

/* The first of them, and how many there are besides. */
static void put_regions(FILE *out, const char *regions)
{
    size_t len = strcspn(regions, ",");
    unsigned int more = 0;
    const char *at;

    for ( at = regions + len; *at; at++ )
        more += *at == ',';
    fprintf(out, "\\nreserved %.*s", (int)len, regions);
    if ( more )
        fprintf(out, " and %u more", more);
}

static void put_node(FILE *out, const struct picture *p,
                     const struct picture_node *n)
{
    const struct pci_func *f = n->r ? &n->r->func : NULL;
    const char *name = f && n->r->has_id
                       ? libpci_name(f->vendor, f->device, f->class) : "";

    fprintf(out, "    \"");
    quoted(out, n->name);
    fprintf(out, "\" [label=\"");
    quoted(out, n->name);
    if ( f )
    {
        fprintf(out, "\\n");
        if ( n->r->has_id )
            fprintf(out, "%04x:%04x\\n", f->vendor, f->device);
        quoted(out, *name ? name : func_kind(f));
    }
    if ( n->owner )
    {
        fprintf(out, "\\n");
        quoted(out, n->owner);
    }
    if ( n->regions )
        put_regions(out, n->regions);
    fprintf(out, "\", fillcolor=\"%s\"%s, tooltip=\"",
            f ? colour(f) : PICTURE_PLAIN,
            f && to_blame(p, f) ? ", color=" PICTURE_BLAME ", penwidth=2" : "");
    put_tooltip(out, n);
    fprintf(out, "\"];\n");
}

static void put_group(FILE *out, const struct picture *p, unsigned int group)
{
    const struct picture_group *g = &p->groups[group];
    unsigned int i;

    fprintf(out, "  subgraph \"cluster_%u\" {\n    label=\"group %u", g->id, g->id);
    if ( g->owner )
    {
        fprintf(out, ": ");
        quoted(out, g->owner);
    }
    if ( g->state && strcmp(g->state, "attached") )
    {
        fprintf(out, "\\n");
        quoted(out, g->state);
    }
    fprintf(out, "\"; tooltip=\"group %u", g->id);
    if ( g->owner )
    {
        fprintf(out, "\\nowner ");
        quoted(out, g->owner);
    }
    if ( g->state )
    {
        fprintf(out, "\\n");
        quoted(out, g->state);
    }
    for ( i = 0; i < p->nr_nodes; i++ )
        if ( p->nodes[i].group == group && p->nodes[i].why )
        {
            fprintf(out, "\\n");
            quoted(out, p->nodes[i].name);
            fputc(' ', out);
            quoted(out, p->nodes[i].why);
        }
    fprintf(out, "\";\n");
    if ( g->fill )
        fprintf(out, "    style=\"rounded,filled\"; fillcolor=\"%s\";\n", g->fill);
    for ( i = 0; i < p->nr_nodes; i++ )
        if ( p->nodes[i].group == group )
            put_node(out, p, &p->nodes[i]);
    fprintf(out, "  }\n");
}

/* From the bridge above it, the physical function, or the root bus. */
static void put_edge(FILE *out, const struct pci_func *f)
{
    char a[SBDF_LEN], b[SBDF_LEN];

    print_sbdf(f->sbdf.sbdf, b);
    if ( f->virtfn )
        print_sbdf(f->pf_sbdf.sbdf, a);
    else if ( f->parent )
        print_sbdf(f->parent->sbdf.sbdf, a);
    else
        snprintf(a, sizeof(a), "%04x:%02x", f->sbdf.seg, f->sbdf.bus);
    fprintf(out, "  \"%s\" -> \"%s\"%s;\n", a, b,
            f->virtfn ? " [style=dashed]" : "");
}

/* To the sharers behind it in the order of names: each pair once. */
static void put_shares(FILE *out, const struct picture_node *n)
{
    const char *at = n->sharers ?: "";
    char other[256];
    int len;

    for ( ; sscanf(at, "%255[^,]%n", other, &len) == 1; at += at[len] ? len + 1 : len )
    {
        if ( strcmp(n->name, other) >= 0 )
            continue;
        fprintf(out, "  \"");
        quoted(out, n->name);
        fprintf(out, "\" -> \"");
        quoted(out, other);
        fprintf(out, "\" [dir=none, constraint=false, style=dotted, penwidth=2, color=\""
                PICTURE_SHARE "\", tooltip=\"share reserved memory\"];\n");
    }
}

void picture_dot(FILE *out, const struct picture *p)
{
    unsigned int i;

    fprintf(out, "digraph groups {\n"
            "  rankdir=LR; ranksep=0.6; fontname=\"sans-serif\"; style=rounded; color=\"#5070a0\";\n"
            "  node [shape=box, style=filled, fillcolor=\"" PICTURE_PLAIN "\", fontname=\"sans-serif\", fontsize=10];\n");
    for ( i = 0; i < p->nr_groups; i++ )
        put_group(out, p, i);
    for ( i = 0; i < p->nr_nodes; i++ )
        if ( p->nodes[i].group == ~0u )
            put_node(out, p, &p->nodes[i]);
    for ( i = 0; i < p->nr_nodes; i++ )
    {
        if ( p->nodes[i].r )
            put_edge(out, &p->nodes[i].r->func);
        put_shares(out, &p->nodes[i]);
    }
    fprintf(out, "}\n");
}
