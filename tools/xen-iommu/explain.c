/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu explain: can a device be given to a guest, what stands in the way,
 * and why other devices have to do with it.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"
#include "xen.h"

/* What stands in the way: a word for programs, a sentence, commands. */
struct obstacle {
    const char *code;
    char device[256];     /* "": none in particular */
    char owner[16];
    char text[512];
    char command[128];    /* "": nothing helps */
    bool risk;            /* Xen's policy lets it pass: only a warning */
};

#define MAX_OBSTACLES 256

struct answer {
    const char *name;     /* SBDF or path */
    const char *domain;   /* NULL: any guest */
    struct xgroup *group;
    bool parts;           /* hardware can tell it from the group's others, */
    bool apart;           /* and Xen would take it out of its group */
    struct obstacle obstacles[MAX_OBSTACLES];
    unsigned int nr;
};

static struct obstacle *add(struct answer *a, const char *code,
                            const struct xdev *dev)
{
    struct obstacle *o = &a->obstacles[a->nr < MAX_OBSTACLES ? a->nr++
                                                            : a->nr - 1];

    memset(o, 0, sizeof(*o));
    o->code = code;
    if ( dev )
    {
        strcpy(o->device, dev->name);
        strcpy(o->owner, dev->owner);
    }

    return o;
}

static void __attribute__((format(printf, 2, 3)))
say(struct obstacle *o, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(o->text, sizeof(o->text), fmt, args);
    va_end(args);
}

static void append(struct obstacle *o, const char *text)
{
    size_t len = strlen(o->text);

    snprintf(o->text + len, sizeof(o->text) - len, "%s", text);
}

static unsigned int count(const struct answer *a, bool risk)
{
    unsigned int i, n = 0;

    for ( i = 0; i < a->nr; i++ )
        n += a->obstacles[i].risk == risk;

    return n;
}

/* The next of "0100,0200-02ff".  False: no more. */
static bool next_ids(const char **ids, unsigned long *first, unsigned long *last)
{
    char *end;

    if ( !**ids )
        return false;

    *first = *last = strtoul(*ids, &end, 16);
    if ( *end == '-' )
        *last = strtoul(end + 1, &end, 16);
    end += strcspn(end, ",");
    *ids = end + (*end == ',');

    return true;
}

static bool share_id(const struct xdev *a, const struct xdev *b)
{
    const char *mine = a->ids, *theirs;
    unsigned long first, last, other, other_last;

    while ( next_ids(&mine, &first, &last) )
        for ( theirs = b->ids; next_ids(&theirs, &other, &other_last); )
            if ( first <= other_last && other <= last )
                return true;

    return false;
}

/* Does the group's policy, or the machine's where it has none, take it apart? */
static bool warns(const struct xgroup *g)
{
    char *policy = xen_read("policy");
    bool warn = policy && !strcmp(policy, "warn");

    free(policy);

    return strcmp(g->policy, "strict") && (warn || !strcmp(g->policy, "warn"));
}

/*
 * Could the device be taken out of its group?  It must be quarantined, and so
 * must all that share a requester ID with it, near or far.
 */
static bool can_part(const struct xgroup *g, const struct xdev *self)
{
    bool parts = true, more = true;
    bool *with = need(calloc(g->nr_devs, sizeof(*with)));
    unsigned int i, j;

    with[self - g->devs] = true;
    while ( more )
    {
        more = false;
        for ( i = 0; i < g->nr_devs; i++ )
            for ( j = 0; j < g->nr_devs; j++ )
                if ( with[i] && !with[j] && share_id(&g->devs[i], &g->devs[j]) )
                    with[j] = more = true;
    }
    for ( i = 0; i < g->nr_devs; i++ )
        if ( with[i] && strcmp(g->devs[i].owner, "quarantine") )
            parts = false;
    free(with);

    return parts;
}

/* A node of the device tree, not a PCI function. */
static bool is_node(const char *name)
{
    return *name == '/';
}

static void not_known(struct answer *a)
{
    char path[320];
    bool there;

    snprintf(path, sizeof(path), "/%s/%.256s",
             is_node(a->name) ? "proc/device-tree" : "sys/bus/pci/devices",
             a->name);
    there = !access(path, F_OK);
    say(add(a, there ? "no-iommu" : "no-device", NULL),
        there ? "%s is behind no IOMMU: its DMA is not translated, and it cannot be given to any guest"
              : "there is no device %s", a->name);
}

/*
 * Others require a region of the device as well: it goes to a guest that has
 * them all, but for those in quarantine, or if its policy is relaxed.
 */
static void judge_sharer(struct answer *a, const struct xdev *self,
                         const struct xdev *other, const char *target)
{
    bool dom0 = !strcmp(other->owner, "d0");
    struct obstacle *o;

    if ( xdev_has(other, "bridge") || !strcmp(other->owner, "quarantine") ||
         (*target && !strcmp(other->owner, target)) )
        return;

    o = add(a, "shared-region", other);
    say(o, "firmware wants %s to reach memory that %s of %s%s reaches too: one guest has both, or the other is in quarantine, or the guest's configuration has rdm=\"strategy=host,policy=relaxed\" (the device: rdm_policy=relaxed), which lets them reach each other there",
        self->name, other->name, dom0 ? "dom0" : "domain ",
        dom0 ? "" : other->owner + 1);
    if ( dom0 )
        snprintf(o->command, sizeof(o->command), "xl pci-assignable-add %.32s",
                 other->name);
    else
        snprintf(o->command, sizeof(o->command), "xl pci-detach %s %.32s",
                 other->owner + 1, other->name);
}

static void judge_regions(struct answer *a, const struct xstate *s,
                          const struct xdev *self, const char *target)
{
    const char *at = a->group->reserved;
    char *line, name[256], *other, *save;

    for ( ; (line = whole_line(&at)) != NULL; free(line) )
    {
        int end = 0;

        /* The regions may be many. */
        if ( sscanf(line, "%255s %*s %n", name, &end) != 1 || !line[end] ||
             strcmp(name, self->name) || !strcmp(line + end, "-") )
            continue;

        for ( other = strtok_r(line + end, ",", &save); other;
              other = strtok_r(NULL, ",", &save) )
        {
            struct xgroup *group;
            const struct xdev *dev = xen_find(s, other, &group);

            /* What left since the list was read is in nobody's way. */
            if ( dev )
                judge_sharer(a, self, dev, target);
        }
    }
}

/* @target: the domain's owner word ("d5"), or "" where none was named. */
static void judge_device(struct answer *a, const struct xdev *dev,
                         const char *target)
{
    bool self = !strcmp(dev->name, a->name);
    struct obstacle *o;

    if ( self && xdev_has(dev, "no-path") )
        say(add(a, "no-path", dev),
            "%s, or a bridge above it, does not answer or has bus numbers that contradict others': nobody knows what it can reach",
            dev->name);

    if ( xdev_has(dev, "doubt") && !xdev_has(dev, "bridge") )
        say(add(a, "doubt", dev),
            "firmware leaves in doubt which unit translates %s: it stays with dom0%s",
            dev->name, self ? "" : ", and is in the same group");

    /* Bridges go with nobody; they matter only if they are asked for. */
    if ( xdev_has(dev, "bridge") )
    {
        if ( self && !xdev_has(dev, "no-path") )
            say(add(a, "bridge", dev),
                "%s is a bridge: Xen gives bridges to no guest", dev->name);
        return;
    }

    if ( !strcmp(dev->owner, "quarantine") )
        return;
    if ( *target && !strcmp(dev->owner, target) )
    {
        if ( self )
            say(add(a, "has-it", dev), "the guest has %s already", dev->name);
        return;
    }

    if ( !strcmp(dev->owner, "xen") )
    {
        o = add(a, "xen-uses-it", dev);
        say(o, "Xen itself uses %s (the console, say)", dev->name);
        o->risk = a->apart;
        return;
    }

    if ( !strcmp(dev->owner, "d0") )
    {
        o = add(a, "dom0-owns", dev);
        o->risk = a->apart;
        say(o, "%s belongs to dom0 (driver %s)%s", dev->name,
            strcmp(dev->driver, "-") ? dev->driver : "none",
            self ? "" : " and is in the same group");
        if ( is_node(dev->name) )
            append(o, ": a node with xen,passthrough in the host's device tree does not");
        else
            snprintf(o->command, sizeof(o->command), "xl pci-assignable-add %.32s",
                     dev->name);
        return;
    }

    o = add(a, "guest-owns", dev);
    o->risk = a->apart;
    say(o, "%s belongs to domain %s%s", dev->name, dev->owner + 1,
        self ? "" : " and is in the same group");
    if ( is_node(dev->name) )
        append(o, ", which keeps it to its end");
    else
        snprintf(o->command, sizeof(o->command), "xl pci-detach %s %.32s",
                 dev->owner + 1, dev->name);
}

static void judge_domain(struct answer *a, const struct xstate *s,
                         char target[16])
{
    const struct xdomain *d = xen_domain(s, a->domain);
    unsigned int id;

    if ( d )
        snprintf(target, 16, "d%u", d->id);
    else if ( xen_domain_id(a->domain, &id) )
        say(add(a, "no-passthrough", NULL),
            "domain %s was created without passthrough: put passthrough=\"enabled\" into its configuration and create it anew",
            a->domain);
    else
        say(add(a, "no-domain", NULL), "there is no domain %s", a->domain);
}

static void judge(struct answer *a, const struct xstate *s)
{
    char target[16] = "";
    const struct xdev *self;
    unsigned int i;

    if ( a->domain )
        judge_domain(a, s, target);

    self = xen_find(s, a->name, &a->group);
    if ( !self )
    {
        not_known(a);
        return;
    }
    a->parts = can_part(a->group, self);
    a->apart = a->parts && warns(a->group);

    if ( !strncmp(a->group->state, "broken", 6) )
    {
        struct obstacle *o = add(a, "broken", NULL);

        say(o, "group %u is blocked (%s)", a->group->id, a->group->state);
        snprintf(o->command, sizeof(o->command),
                 "xenhypfs write /iommu/groups/%u/state mend", a->group->id);
    }

    for ( i = 0; i < a->group->nr_devs; i++ )
        judge_device(a, &a->group->devs[i], target);
    /* A bridge is given to nobody, and whoever has it was given it already. */
    if ( !xdev_has(self, "bridge") && !is_node(self->name) &&
         (!*target || strcmp(self->owner, target)) )
        judge_regions(a, s, self, target);
}

static void print_list(const struct answer *a, bool risk)
{
    unsigned int i;

    for ( i = 0; i < a->nr; i++ )
    {
        const struct obstacle *o = &a->obstacles[i];

        if ( o->risk != risk )
            continue;
        printf("  - %s\n", o->text);
        if ( *o->command )
            printf("      %s\n", o->command);
    }
}

/*
 * Is nothing in the way but what other members of the group belong to, which a
 * policy can let pass?  Not where a guest cannot have devices at all.
 */
static bool only_neighbours(const struct answer *a)
{
    unsigned int i;

    for ( i = 0; i < a->nr; i++ )
    {
        const char *code = a->obstacles[i].code;

        if ( a->obstacles[i].risk || !strcmp(a->obstacles[i].device, a->name) ||
             (strcmp(code, "xen-uses-it") && strcmp(code, "dom0-owns") &&
              strcmp(code, "guest-owns")) )
            return false;
    }

    return a->nr && a->parts && !is_node(a->name);
}

static void print_answer(const struct answer *a)
{
    const char *at = a->group ? a->group->why : "";
    bool no = count(a, false);
    char line[768];
    unsigned int i;

    printf("%s %s be given to %s%s%s\n", a->name, no ? "cannot" : "can",
           a->domain ? "domain " : "a guest", a->domain ?: "",
           no ? ":" : ".");
    print_list(a, false);
    if ( count(a, true) )
        printf("The group's policy is warn: Xen lets this pass, but the devices may reach each other's memory:\n");
    print_list(a, true);

    if ( !a->group )
        return;

    if ( only_neighbours(a) )
        printf("The narrowest exception, for this group alone: then the devices may reach each other's memory past the IOMMU\n"
               "      xenhypfs write /iommu/groups/%u/policy warn    (at boot: iommu=warn:%s)\n",
               a->group->id, a->name);

    printf("Group %u:", a->group->id);
    for ( i = 0; i < a->group->nr_devs; i++ )
        printf(" %s", a->group->devs[i].name);
    printf("\n");
    for ( i = 0; i < a->group->nr_devs; i++ )
        if ( *a->group->devs[i].title )
            printf("  %s  %s\n", a->group->devs[i].name,
                   a->group->devs[i].title);
    if ( *at )
        printf("Why they are one group:\n");
    while ( next_line(&at, line, sizeof(line)) )
        printf("  %s\n", line);
    for ( i = 0; i < a->group->nr_devs; i++ )
        if ( xdev_has(&a->group->devs[i], "stated") )
            printf("%s: isolated by its vendor's statement, not by ACS\n",
                   a->group->devs[i].name);
}

static void print_json(const struct answer *a)
{
    json_t *obstacles = need(json_array()), *risks = need(json_array());
    json_t *members = need(json_array()), *why = need(json_array()), *root;
    const char *at = a->group ? a->group->why : "", *title = "";
    char line[768];
    unsigned int i;

    for ( i = 0; i < a->nr; i++ )
    {
        const struct obstacle *o = &a->obstacles[i];

        json_array_append_new(o->risk ? risks : obstacles, need(json_pack(
            "{s:s, s:s, s:s?, s:s?, s:s?}", "code", o->code, "text", o->text,
            "device", *o->device ? o->device : NULL,
            "owner", *o->owner ? o->owner : NULL,
            "command", *o->command ? o->command : NULL)));
    }
    for ( i = 0; a->group && i < a->group->nr_devs; i++ )
    {
        json_array_append_new(members, json_string(a->group->devs[i].name));
        if ( !strcmp(a->group->devs[i].name, a->name) )
            title = a->group->devs[i].title;
    }
    while ( next_line(&at, line, sizeof(line)) )
        json_array_append_new(why, json_string(line));

    root = need(json_pack("{s:s, s:s, s:s?, s:b, s:o, s:o, s:o, s:o, s:o}",
                          "device", a->name, "name", title, "domain", a->domain,
                          "possible", !count(a, false),
                          "obstacles", obstacles, "risks", risks,
                          "group", a->group ? json_integer(a->group->id)
                                            : json_null(),
                          "members", members, "why", why));
    json_dumpf(root, stdout, JSON_INDENT(1));
    printf("\n");
    json_decref(root);
}

int cmd_explain(const struct options *o)
{
    static struct answer a;
    struct xstate s;
    const char *rest = "";
    char buf[SBDF_LEN];
    uint32_t sbdf = 0;
    bool node = o->nr_args && is_node(o->args[0]);

    if ( o->nr_args < 1 || o->nr_args > 2 ||
         (!node && !parse_sbdf(o->args[0], &sbdf, &rest)) || *rest )
    {
        complain("explain needs a device (dddd:bb:dd.f, or a path in the device tree) and takes a domain");
        return EXIT_USAGE;
    }

    if ( !xen_open() )
        return EXIT_NO_XEN;
    if ( !xen_load(&s) )
        return EXIT_FAILED;

    a.name = node ? o->args[0] : print_sbdf(sbdf, buf);
    a.domain = o->nr_args > 1 ? o->args[1] : NULL;
    judge(&a, &s);
    (o->json ? print_json : print_answer)(&a);
    xen_free(&s);
    xen_close();

    return count(&a, false) ? EXIT_NO : EXIT_OK;
}
