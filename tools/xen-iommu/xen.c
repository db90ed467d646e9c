/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenhypfs.h>
#include <xenstore.h>

#include "libpci.h"
#include "source.h"
#include "tool.h"
#include "xen.h"

static xenhypfs_handle *hypfs;
static struct xs_handle *store;

bool xen_open(void)
{
    char *state;

    hypfs = xenhypfs_open(NULL, 0);
    if ( !hypfs )
    {
        complain("this is not a domain that may ask Xen (%m): `xen-iommu groups' works without");
        return false;
    }

    state = xen_read("state");
    if ( !state )
    {
        if ( errno == EACCES || errno == EPERM )
            complain("Xen does not answer this user: run it as root in dom0");
        else
            complain("this Xen has no IOMMU groups: it is stock Xen, or was built without CONFIG_IOMMU_GROUPS or CONFIG_HYPFS");
    }
    else if ( strcmp(state, "on") )
    {
        complain("Xen has no IOMMU here: none was found, or it was switched off; no device can be given to a guest safely");
        free(state);
        state = NULL;
    }

    if ( !state )
    {
        xen_close();
        return false;
    }
    free(state);

    store = xs_open(XS_OPEN_READONLY);

    return true;
}

void xen_close(void)
{
    if ( hypfs )
        xenhypfs_close(hypfs);
    if ( store )
        xs_close(store);
    hypfs = NULL;
    store = NULL;
    libpci_done();
}

char *xen_read(const char *fmt, ...)
{
    char path[128] = "/iommu/";
    va_list args;

    va_start(args, fmt);
    vsnprintf(path + 7, sizeof(path) - 7, fmt, args);
    va_end(args);

    return xenhypfs_read(hypfs, path);
}

/* Numbers of the directories in /iommu/@dir, in ascending order. */
static int by_number(const void *a, const void *b)
{
    unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

    return x < y ? -1 : x > y;
}

static unsigned int *list(const char *dir, unsigned int *nr)
{
    struct xenhypfs_dirent *entries;
    unsigned int *ids, i;
    char path[32];

    *nr = 0;
    snprintf(path, sizeof(path), "/iommu/%s", dir);
    entries = xenhypfs_readdir(hypfs, path, nr);
    if ( !entries )
        *nr = 0;

    ids = need(calloc(*nr + 1, sizeof(*ids)));
    for ( i = 0; i < *nr; i++ )
        ids[i] = strtoul(entries[i].name, NULL, 10);
    free(entries);
    qsort(ids, *nr, sizeof(*ids), by_number);

    return ids;
}

bool next_line(const char **text, char *line, unsigned int size)
{
    size_t len = strcspn(*text, "\n");

    if ( !**text )
        return false;

    snprintf(line, size, "%.*s", (int)len, *text);
    *text += len + ((*text)[len] == '\n');

    return true;
}

char *whole_line(const char **text)
{
    size_t len = strcspn(*text, "\n");
    char *line = **text ? need(strndup(*text, len)) : NULL;

    *text += len + ((*text)[len] == '\n');

    return line;
}

static void find_driver(struct xdev *dev)
{
    char *name = source_link("sys/bus/pci/devices/%.32s/driver", dev->name);

    snprintf(dev->driver, sizeof(dev->driver), "%s", name ?: "-");
    free(name);
}

static void free_devices(struct xgroup *g)
{
    unsigned int i;

    for ( i = 0; i < g->nr_devs; i++ )
    {
        free(g->devs[i].ids);
        free(g->devs[i].title);
    }
    free(g->devs);
}

static bool load_devices(struct xgroup *g)
{
    char *text = xen_read("groups/%u/devices", g->id), *line;
    const char *at = text;

    if ( !text )
        return false;

    for ( ; (line = whole_line(&at)) != NULL; free(line) )
    {
        struct xdev *dev;
        int ids = 0;

        g->devs = need(realloc(g->devs, (g->nr_devs + 1) * sizeof(*g->devs)));
        dev = &g->devs[g->nr_devs++];
        memset(dev, 0, sizeof(*dev));
        if ( sscanf(line, "%255s %23s %15s %15s %llu %63s %n", dev->name,
                    dev->unit, dev->owner, dev->domain, &dev->faults,
                    dev->flags, &ids) < 6 )
        {
            complain("group %u: Xen says of a device what this program does not understand: %s",
                     g->id, line);
            free(line);
            free(text);
            return false;
        }
        /* Fields that a later Xen adds come last. */
        dev->ids = need(strndup(line + ids, strcspn(line + ids, " ")));
        find_driver(dev);
        dev->title = need(strdup(libpci_name_of(dev->name)));
    }
    free(text);

    return true;
}

static char *group_file(unsigned int id, const char *file)
{
    return xen_read("groups/%u/%s", id, file) ?: need(strdup(""));
}

static void free_group(struct xgroup *g)
{
    free(g->owner);
    free(g->state);
    free(g->domain);
    free(g->table);
    free(g->why);
    free(g->policy);
    free(g->faults);
    free(g->reserved);
    free_devices(g);
}

static void load_group(struct xstate *s, unsigned int id)
{
    struct xgroup g = { .id = id };

    /* It can be gone by now. */
    if ( !load_devices(&g) )
    {
        free_devices(&g);
        return;
    }

    g.owner = group_file(id, "owner");
    g.state = group_file(id, "state");
    g.domain = group_file(id, "domain");
    g.table = group_file(id, "table");
    g.why = group_file(id, "why");
    g.faults = group_file(id, "faults");
    g.reserved = group_file(id, "reserved");
    g.policy = group_file(id, "policy");

    s->groups = need(realloc(s->groups, (s->nr_groups + 1) * sizeof(g)));
    s->groups[s->nr_groups++] = g;
}

static char *unit_file(unsigned int id, const char *file)
{
    return xen_read("units/%u/%s", id, file) ?: need(strdup("?"));
}

static void load_unit(struct xstate *s, unsigned int id)
{
    struct xunit *u;

    s->units = need(realloc(s->units, (s->nr_units + 1) * sizeof(*u)));
    u = &s->units[s->nr_units++];
    u->id = id;
    u->name = unit_file(id, "name");
    u->driver = unit_file(id, "driver");
    u->base = unit_file(id, "base");
    u->state = unit_file(id, "state");
    u->commands = unit_file(id, "commands");
    u->waits = unit_file(id, "waits");
    u->faults = unit_file(id, "faults");
    u->restarts = unit_file(id, "restarts");
}

static char *domain_name(unsigned int id)
{
    char path[48];

    if ( !store )
        return NULL;
    snprintf(path, sizeof(path), "/local/domain/%u/name", id);

    return xs_read(store, XBT_NULL, path, NULL);
}

static void load_domain(struct xstate *s, unsigned int id)
{
    struct xdomain d = { .id = id };

    d.tables = xen_read("domains/%u/tables", id);
    d.groups = xen_read("domains/%u/groups", id);
    if ( !d.tables || !d.groups )
    {
        free(d.tables);
        free(d.groups);
        return;
    }
    d.name = domain_name(id);

    s->domains = need(realloc(s->domains, (s->nr_domains + 1) * sizeof(d)));
    s->domains[s->nr_domains++] = d;
}

static void load_all(struct xstate *s, const char *dir,
                     void (*load)(struct xstate *s, unsigned int id))
{
    unsigned int nr, i, *ids = list(dir, &nr);

    for ( i = 0; i < nr; i++ )
        load(s, ids[i]);
    free(ids);
}

bool xen_load(struct xstate *s)
{
    memset(s, 0, sizeof(*s));
    load_all(s, "units", load_unit);
    load_all(s, "groups", load_group);
    load_all(s, "domains", load_domain);

    if ( s->nr_units )
        return true;

    complain("Xen lists no IOMMU: %m");

    return false;
}

void xen_free(struct xstate *s)
{
    unsigned int i;

    for ( i = 0; i < s->nr_units; i++ )
    {
        struct xunit *u = &s->units[i];

        free(u->name);
        free(u->driver);
        free(u->base);
        free(u->state);
        free(u->commands);
        free(u->waits);
        free(u->faults);
        free(u->restarts);
    }
    for ( i = 0; i < s->nr_groups; i++ )
        free_group(&s->groups[i]);
    for ( i = 0; i < s->nr_domains; i++ )
    {
        free(s->domains[i].name);
        free(s->domains[i].tables);
        free(s->domains[i].groups);
    }
    free(s->units);
    free(s->groups);
    free(s->domains);
}

struct xdev *xen_find(const struct xstate *s, const char *sbdf,
                      struct xgroup **group)
{
    unsigned int i, j;

    for ( i = 0; i < s->nr_groups; i++ )
        for ( j = 0; j < s->groups[i].nr_devs; j++ )
            if ( !strcmp(s->groups[i].devs[j].name, sbdf) )
            {
                *group = &s->groups[i];
                return &s->groups[i].devs[j];
            }

    return NULL;
}

bool xen_domain_id(const char *which, unsigned int *id)
{
    char *end, *name, **ids;
    unsigned int nr = 0, i;
    bool found = false;

    *id = strtoul(which, &end, 10);
    if ( *which && !*end )
    {
        name = domain_name(*id);
        free(name);
        return name || !store;
    }

    ids = store ? xs_directory(store, XBT_NULL, "/local/domain", &nr) : NULL;
    for ( i = 0; ids && i < nr && !found; i++ )
    {
        name = domain_name(strtoul(ids[i], NULL, 10));
        found = name && !strcmp(name, which);
        if ( found )
            *id = strtoul(ids[i], NULL, 10);
        free(name);
    }
    free(ids);

    return found;
}

struct xdomain *xen_domain(const struct xstate *s, const char *which)
{
    unsigned int id, i;

    if ( xen_domain_id(which, &id) )
        for ( i = 0; i < s->nr_domains; i++ )
            if ( s->domains[i].id == id )
                return &s->domains[i];

    return NULL;
}

bool in_list(const char *list, const char *word)
{
    size_t len = strlen(word);
    const char *at;

    for ( at = list; (at = strstr(at, word)); at++ )
        if ( (at == list || at[-1] == ',') && (at[len] == ',' || !at[len]) )
            return true;

    return false;
}

bool xdev_has(const struct xdev *dev, const char *flag)
{
    return in_list(dev->flags, flag);
}
