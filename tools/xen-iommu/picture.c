/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu groups as a picture: the tree from root bus to function, groups as
 * boxes around it.  Graphviz places it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xen/pci_regs.h>

#include "check.h"
#include "libpci.h"
#include "picture.h"

#undef snprintf
#undef vsnprintf

#define SAFE  "#cfe8cf"    /* keeps what is below it apart */
#define OPEN  "#f4c7c3"    /* does not */
#define PLAIN "#f4f4f4"

/* In a string of the dot language. */
static void quoted(FILE *out, const char *s)
{
    for ( ; *s; s++ )
    {
        if ( *s == '"' || *s == '\\' )
            fputc('\\', out);
        fputc(*s, out);
    }
}

static bool is_port(const struct pci_func *f)
{
    return f->express && (f->port == PCI_EXP_TYPE_ROOT_PORT ||
                          f->port == PCI_EXP_TYPE_DOWNSTREAM);
}

/* Is some member of the group there because of it? */
static bool to_blame(const struct machine *m, const struct pci_func *f)
{
    unsigned int i;

    for ( i = 0; i < m->nr; i++ )
        if ( m->sorted[i]->tie && m->sorted[i]->why_at == f )
            return true;

    return false;
}

static const char *colour(const struct pci_func *f)
{
    if ( f->silent )
        return OPEN;
    if ( is_port(f) )
        return f->holds && !f->open_at ? SAFE : OPEN;

    return pci_func_is_bridge(f) && f->open_at == f ? OPEN : PLAIN;
}

static void put_reason(FILE *out, const struct record *r)
{
    char buf[SBDF_LEN];

    fprintf(out, "%s", func_kind(&r->func));
    if ( is_port(&r->func) )
        fprintf(out, r->func.holds ? ", isolates" : ", no effective ACS");
    if ( r->func.stated )
        fprintf(out, ", by its vendor's statement");
    if ( !r->tie )
        return;
    fprintf(out, "\\nwith %s: ", print_sbdf(r->tie->func.sbdf.sbdf, buf));
    quoted(out, pci_why_text(r->why, r->why_at));
    if ( r->why_at )
        fprintf(out, " %s", print_sbdf(r->why_at->sbdf.sbdf, buf));
}

static void put_node(FILE *out, const struct machine *m, const struct record *r)
{
    char buf[SBDF_LEN];
    const char *name = r->has_id ? libpci_name(r->func.vendor, r->func.device,
                                               r->func.class) : "";

    fprintf(out, "    \"%s\" [label=\"%s\\n", print_sbdf(r->func.sbdf.sbdf, buf),
            buf);
    if ( r->has_id )
        fprintf(out, "%04x:%04x\\n", r->func.vendor, r->func.device);
    quoted(out, *name ? name : func_kind(&r->func));
    fprintf(out, "\", fillcolor=\"%s\"%s, tooltip=\"", colour(&r->func),
            to_blame(m, &r->func) ? ", color=red, penwidth=2" : "");
    put_reason(out, r);
    fprintf(out, "\"];\n");
}

static void put_group(FILE *out, const struct machine *m, unsigned int group)
{
    unsigned int i;

    fprintf(out, "  subgraph \"cluster_%u\" {\n    label=\"group %u\"; tooltip=\"group %u\";\n",
            group, group, group);
    for ( i = 0; i < m->nr; i++ )
        if ( m->sorted[i]->group == group )
            put_node(out, m, m->sorted[i]);
    fprintf(out, "  }\n");
}

static void put_edges(FILE *out, const struct machine *m)
{
    char a[SBDF_LEN], b[SBDF_LEN];
    unsigned int i;

    for ( i = 0; i < m->nr; i++ )
    {
        const struct pci_func *f = &m->sorted[i]->func, *above = f->parent;

        print_sbdf(f->sbdf.sbdf, b);
        if ( f->virtfn )
            print_sbdf(f->pf_sbdf.sbdf, a);
        else if ( above )
            print_sbdf(above->sbdf.sbdf, a);
        else
            snprintf(a, sizeof(a), "%04x:%02x", f->sbdf.seg, f->sbdf.bus);
        fprintf(out, "  \"%s\" -> \"%s\"%s;\n", a, b,
                f->virtfn ? " [style=dashed]" : "");
    }
}

static void put_dot(FILE *out, const struct machine *m, unsigned int nr)
{
    unsigned int i;

    fprintf(out, "digraph groups {\n"
            "  rankdir=LR; ranksep=0.6; fontname=\"sans-serif\"; style=rounded; color=\"#5070a0\";\n"
            "  node [shape=box, style=filled, fillcolor=\"" PLAIN "\", fontname=\"sans-serif\", fontsize=10];\n");
    for ( i = 0; i < nr; i++ )
        put_group(out, m, i);
    put_edges(out, m);
    fprintf(out, "}\n");
}

/* What graphviz makes of @dot, to be freed; NULL, after a complaint. */
static char *run_dot(FILE *dot)
{
    size_t len = 0, room = 1 << 16;
    char *svg = need(malloc(room + 1));
    int ends[2], status = -1;
    ssize_t n;
    pid_t pid;

    rewind(dot);
    if ( pipe(ends) )
        return free(svg), NULL;
    pid = fork();
    if ( !pid )
    {
        dup2(fileno(dot), STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        execlp("dot", "dot", "-Tsvg", (char *)NULL);
        complain("dot: %m: graphviz draws the picture, --dot does without");
        _exit(127);
    }
    close(ends[1]);
    while ( (n = read(ends[0], svg + len, room - len)) > 0 )
        if ( (len += n) == room )
            svg = need(realloc(svg, (room *= 2) + 1));
    close(ends[0]);
    svg[len] = '\0';

    if ( pid < 0 || waitpid(pid, &status, 0) != pid || status || !len )
        return free(svg), NULL;

    return svg;
}

/* One page that needs nothing else: search, and reasons where the mouse is. */
static void put_html(const char *svg)
{
    const char *at = strstr(svg, "<svg");

    printf("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>IOMMU groups</title>\n"
           "<style>body{font:14px sans-serif;margin:1em}svg{max-width:none}"
           ".dim{opacity:.15}#k span{padding:0 .5em;margin-right:1em;border:1px solid #999}</style></head>\n"
           "<body><h1>IOMMU groups</h1><p id=\"k\"><input id=\"q\" placeholder=\"address, ID or name\" size=\"30\"> "
           "<span style=\"background:" SAFE "\">port isolates</span>"
           "<span style=\"background:" OPEN "\">does not</span>"
           "<span style=\"border-color:red\">why a group is large</span>"
           "reasons: hover</p>\n%s\n"
           "<script>document.getElementById('q').addEventListener('input',function(){"
           "var w=this.value.toLowerCase();document.querySelectorAll('g.node').forEach(function(n){"
           "n.classList.toggle('dim',w!==''&&n.textContent.toLowerCase().indexOf(w)<0);});});</script>\n"
           "</body></html>\n", at ?: svg);
}

bool picture(const struct machine *m, unsigned int nr_groups,
             enum picture_as as)
{
    FILE *dot;
    char *svg;

    if ( as == PICTURE_DOT )
    {
        put_dot(stdout, m, nr_groups);
        return true;
    }

    dot = need(tmpfile());
    put_dot(dot, m, nr_groups);
    svg = run_dot(dot);
    fclose(dot);
    if ( !svg )
        return false;

    if ( as == PICTURE_HTML )
        put_html(svg);
    else
        printf("%s", svg);
    free(svg);

    return true;
}
