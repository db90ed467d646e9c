/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu list: units, groups, devices. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "source.h"
#include "tool.h"
#include "xen.h"

/* A policy of its own is an exception that somebody made. */
static const char *policy_note(const struct xgroup *g)
{
    return !strcmp(g->policy, "warn")
           ? ", policy warn: parts of it may reach each other's memory"
           : !strcmp(g->policy, "strict") ? ", policy strict" : "";
}

static void print_table(const struct xstate *s)
{
    unsigned int i, j;

    for ( i = 0; i < s->nr_units; i++ )
    {
        const struct xunit *u = &s->units[i];

        printf("Unit %u: %s (%s) at %s, %s, %s faults\n", u->id, u->name,
               u->driver, u->base, u->state, u->faults);
    }

    for ( i = 0; i < s->nr_groups; i++ )
    {
        const struct xgroup *g = &s->groups[i];

        printf("\nGroup %u: %s, %s, owner %s, %s faults%s\n", g->id, g->state,
               g->domain, g->owner, g->faults, policy_note(g));
        for ( j = 0; j < g->nr_devs; j++ )
        {
            const struct xdev *d = &g->devs[j];

            printf("  %-14s %-8s owner %-10s %-8s driver %-14s %s%s%s\n",
                   d->name, d->unit, d->owner, d->domain, d->driver, d->flags,
                   *d->title ? "  " : "", d->title);
        }
    }

    printf("\nDomains that can have devices:");
    for ( i = 0; i < s->nr_domains; i++ )
        printf(" %u%s%s%s", s->domains[i].id, s->domains[i].name ? " (" : "",
               s->domains[i].name ?: "", s->domains[i].name ? ")" : "");
    printf("\n");
}

static json_t *flags_json(const char *flags)
{
    json_t *a = need(json_array());
    char copy[sizeof(((struct xdev *)0)->flags)], *at, *save = NULL;

    strcpy(copy, flags);
    for ( at = strtok_r(copy, ",", &save); at; at = strtok_r(NULL, ",", &save) )
        json_array_append_new(a, json_string(at));

    return a;
}

static json_t *device_json(const struct xdev *d)
{
    return need(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:I, s:o, s:s}",
                          "sbdf", d->name, "name", d->title, "unit", d->unit, "owner", d->owner,
                          "domain", d->domain, "driver",
                          strcmp(d->driver, "-") ? d->driver : NULL,
                          "faults", (json_int_t)d->faults,
                          "flags", flags_json(d->flags), "ids", d->ids));
}

static json_t *group_json(const struct xgroup *g)
{
    json_t *devs = need(json_array()), *why = need(json_array());
    const char *at = g->why;
    char line[768];
    unsigned int i;

    for ( i = 0; i < g->nr_devs; i++ )
        json_array_append_new(devs, device_json(&g->devs[i]));
    while ( next_line(&at, line, sizeof(line)) )
        json_array_append_new(why, json_string(line));

    return need(json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o}",
                          "id", g->id, "owner", g->owner, "state", g->state,
                          "policy", g->policy,
                          "domain", g->domain, "table", g->table, "faults",
                          (json_int_t)strtoull(g->faults, NULL, 10),
                          "devices", devs, "why", why));
}

static json_t *unit_json(const struct xunit *u)
{
    return need(json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}",
                          "id", u->id, "name", u->name, "driver", u->driver,
                          "base", u->base, "state", u->state,
                          "commands", (json_int_t)strtoull(u->commands, NULL, 10),
                          "waits", (json_int_t)strtoull(u->waits, NULL, 10),
                          "faults", (json_int_t)strtoull(u->faults, NULL, 10),
                          "restarts",
                          (json_int_t)strtoull(u->restarts, NULL, 10)));
}

static void print_json(const struct xstate *s)
{
    json_t *units = need(json_array()), *groups = need(json_array());
    json_t *domains = need(json_array()), *root;
    unsigned int i;

    for ( i = 0; i < s->nr_units; i++ )
        json_array_append_new(units, unit_json(&s->units[i]));
    for ( i = 0; i < s->nr_groups; i++ )
        json_array_append_new(groups, group_json(&s->groups[i]));
    for ( i = 0; i < s->nr_domains; i++ )
        json_array_append_new(domains,
                              json_pack("{s:i, s:s?, s:s}",
                                        "id", s->domains[i].id,
                                        "name", s->domains[i].name,
                                        "tables", s->domains[i].tables));

    root = need(json_pack("{s:o, s:o, s:o}", "units", units, "groups", groups,
                          "domains", domains));
    json_dumpf(root, stdout, JSON_INDENT(1));
    printf("\n");
    json_decref(root);
}

int cmd_list(const struct options *o)
{
    struct xstate s;
    int rc = EXIT_OK;

    if ( o->nr_args )
        return EXIT_USAGE;
    if ( o->json && o->picture )
    {
        complain("either --json or a picture");
        return EXIT_USAGE;
    }
    source_set_root(o->root ?: "");
    if ( !xen_open() )
        return EXIT_NO_XEN;
    if ( !xen_load(&s) )
        return EXIT_FAILED;

    if ( o->picture )
        rc = picture_xen(&s, o->picture);
    else
        (o->json ? print_json : print_table)(&s);
    xen_free(&s);
    xen_close();

    return rc;
}
