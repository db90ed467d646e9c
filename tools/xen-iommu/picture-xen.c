/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu list as a picture: this machine's tree, with the groups, owners and
 * reserved memory that Xen has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpci.h"
#include "live.h"
#include "picture.h"
#include "source.h"
#include "tool.h"
#include "xen.h"

static struct picture_node *find(struct picture *p, const char *name)
{
    unsigned int i;

    for ( i = 0; i < p->nr_nodes; i++ )
        if ( !strcmp(p->nodes[i].name, name) )
            return &p->nodes[i];

    return NULL;
}

/* "d5", with the name that a guest has. */
static char *owner_text(const struct xstate *s, const char *owner)
{
    unsigned int i, id;

    if ( sscanf(owner, "d%u", &id) == 1 )
        for ( i = 0; i < s->nr_domains; i++ )
            if ( s->domains[i].id == id && s->domains[i].name )
                return picture_text("%s (%s)", owner, s->domains[i].name);

    return need(strdup(owner));
}

static const char *fill(const char *owner)
{
    if ( !strcmp(owner, "quarantine") || !strcmp(owner, "none") )
        return PICTURE_IDLE;

    return *owner == 'd' && strcmp(owner, "d0") ? PICTURE_GUEST : NULL;
}

/* What Linux does not show is in its group all the same. */
static void add_device(struct picture *p, const struct xstate *s,
                       const struct xdev *dev, unsigned int group)
{
    struct picture_node *node = find(p, dev->name);

    if ( !node )
    {
        p->nodes = need(realloc(p->nodes, (p->nr_nodes + 1) * sizeof(*node)));
        node = &p->nodes[p->nr_nodes++];
        memset(node, 0, sizeof(*node));
        node->name = need(strdup(dev->name));
    }
    node->group = group;
    free(node->owner);
    node->owner = owner_text(s, dev->owner);
}

/* "A B: reason" or "A B: reason PORT". */
static void add_why(struct picture *p, const char *line)
{
    char a[256], b[256];
    const char *port = strrchr(line, ' '), *rest;
    struct picture_node *node;
    uint32_t sbdf;
    int at = 0;

    if ( sscanf(line, "%255s %255[^ ] %n", a, b, &at) != 2 || !at ||
         !(node = find(p, a)) )
        return;

    free(node->why);
    node->why = picture_text("with %s %s", b, line + at);
    if ( parse_sbdf(port + 1, &sbdf, &rest) && !*rest )
        node->to_blame = record_find(p->m, sbdf);
}

/* "A regions sharers". */
static void add_reserved(struct picture *p, const char *line)
{
    size_t len = strcspn(line, " ");
    char *name = need(strndup(line, len)), *regions = NULL, *sharers = NULL;
    struct picture_node *node = find(p, name);

    free(name);
    if ( !node || sscanf(line + len, " %ms %ms", &regions, &sharers) != 2 )
    {
        free(regions);
        return;
    }
    if ( !strcmp(sharers, "-") )
    {
        free(sharers);
        sharers = NULL;
    }
    free(node->regions);
    free(node->sharers);
    node->regions = regions;
    node->sharers = sharers;
}

static void each_line(struct picture *p, const char *text,
                      void (*fn)(struct picture *p, const char *line))
{
    char *line;

    for ( ; (line = whole_line(&text)) != NULL; free(line) )
        fn(p, line);
}

static void add_groups(struct picture *p, const struct xstate *s)
{
    unsigned int i, j;

    for ( i = 0; i < s->nr_groups; i++ )
    {
        const struct xgroup *g = &s->groups[i];

        p->groups[i].id = g->id;
        p->groups[i].owner = *g->owner ? owner_text(s, g->owner) : NULL;
        p->groups[i].state = *g->state ? need(strdup(g->state)) : NULL;
        p->groups[i].fill = fill(g->owner);
        for ( j = 0; j < g->nr_devs; j++ )
            add_device(p, s, &g->devs[j], i);
    }
    for ( i = 0; i < s->nr_groups; i++ )
    {
        each_line(p, s->groups[i].why, add_why);
        each_line(p, s->groups[i].reserved, add_reserved);
    }
}

/* ACS counts as it is: Xen has switched it on.  False, after a complaint. */
static bool read_tree(struct machine *m)
{
    unsigned int i;

    if ( !source_exists("sys/bus/pci/devices") )
        return record_index(m);
    if ( !live_read(m) )
        return false;
    if ( m->nr && (!record_read(m) || !record_link(m, false)) )
        return false;
    for ( i = 0; i < m->nr; i++ )
        m->sorted[i]->group = ~0u;

    return true;
}

int picture_xen(const struct xstate *s, enum picture_as as)
{
    struct machine m = { .funcs = LIST_HEAD_INIT(m.funcs) };
    struct picture p;
    int rc = EXIT_INPUT;

    if ( read_tree(&m) )
    {
        picture_machine(&p, &m, s->nr_groups);
        add_groups(&p, s);
        rc = picture_draw(&p, as) ? EXIT_OK : EXIT_FAILED;
        picture_free(&p);
    }
    record_free(&m);

    return rc;
}
