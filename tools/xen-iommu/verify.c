/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu check --verify: what a report foresaw against what Xen did.  What
 * came, went or changed its number since is no error of the report's.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "source.h"
#include "xen.h"

#undef snprintf
#undef vsnprintf

struct verify {
    const json_t *report;
    struct xstate s;
    unsigned int nr_wrong, nr_devices;
};

static const char *str(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key)) ?: "";
}

static void wrong(struct verify *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void wrong(struct verify *v, const char *fmt, ...)
{
    va_list args;

    if ( !v->nr_wrong++ )
        printf("Xen did other than the report says:\n\n");
    printf("* ");
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n");
}

static json_t *load(const char *file)
{
    json_error_t err;
    size_t len;
    char *text = source_read_file(file, &len);
    json_t *root;

    if ( !text )
    {
        complain("%s: %s", file, strerror(errno));
        return NULL;
    }
    root = json_loadb(text, len, 0, &err);
    free(text);
    if ( !root )
        complain("%s: line %d: %s", file, err.line, err.text);
    else if ( strcmp(str(root, "report"), REPORT_VERSION) ||
              !json_is_array(json_object_get(root, "devices")) ||
              !json_is_array(json_object_get(root, "units")) )
        complain("%s: not a report of `xen-iommu check --json' that this version knows",
                 file);
    else if ( !json_is_true(json_object_get(root, "complete")) )
        complain("%s: the report was not made by root: it foresees nothing",
                 file);
    else
        return root;

    json_decref(root);

    return NULL;
}

/* ---- units ---- */

static const struct xunit *find_unit(const struct verify *v, const char *name)
{
    unsigned int i;

    for ( i = 0; i < v->s.nr_units; i++ )
        if ( !strcmp(v->s.units[i].name, name) )
            return &v->s.units[i];

    return NULL;
}

static const json_t *foreseen_unit(const struct verify *v, const char *key,
                                   const char *value)
{
    const json_t *unit;
    size_t i;

    json_array_foreach ( json_object_get(v->report, "units"), i, unit )
        if ( !strcmp(str(unit, key), value) )
            return unit;

    return NULL;
}

static void compare_units(struct verify *v)
{
    const json_t *unit;
    unsigned int i;
    size_t j;

    for ( i = 0; i < v->s.nr_units; i++ )
    {
        unit = foreseen_unit(v, "base", v->s.units[i].base);
        if ( !unit || !json_is_true(json_object_get(unit, "used")) )
            wrong(v, "Xen uses the IOMMU at %s, which the report does not",
                  v->s.units[i].base);
    }

    json_array_foreach ( json_object_get(v->report, "units"), j, unit )
    {
        bool found = false;

        for ( i = 0; i < v->s.nr_units; i++ )
            found |= !strcmp(v->s.units[i].base, str(unit, "base"));
        if ( !found && json_is_true(json_object_get(unit, "used")) )
            wrong(v, "Xen does not use the IOMMU at %s, which the report does",
                  str(unit, "base"));
    }
}

/* ---- devices ---- */

static bool same_number(const json_t *d, const char *file, const char *key)
{
    unsigned long val;

    return !source_number(&val, "sys/bus/pci/devices/%s/%s", str(d, "sbdf"),
                          file) ||
           !*str(d, key) || val == strtoul(str(d, key), NULL, 16);
}

/* Is it there, and what it was? */
static bool still_there(const json_t *d)
{
    const char *name = str(d, "sbdf");

    if ( !source_exists("sys/bus/pci/devices/%s", name) )
        printf("note: %s is not there any more\n", name);
    else if ( !same_number(d, "vendor", "vendor") ||
              !same_number(d, "device", "device") )
        printf("note: %s is another device now\n", name);
    else
        return true;

    return false;
}

static bool foreseen_flag(const json_t *d, const char *flag)
{
    const json_t *word;
    size_t i;

    json_array_foreach ( json_object_get(d, "flags"), i, word )
        if ( !strcmp(json_string_value(word) ?: "", flag) )
            return true;

    return false;
}

static void compare_flags(struct verify *v, const json_t *d,
                          const struct xdev *dev)
{
    static const char *const flags[] = { "bridge", "stated", "no-path",
                                         "doubt" };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(flags); i++ )
        if ( foreseen_flag(d, flags[i]) != xdev_has(dev, flags[i]) )
            wrong(v, "%s is %s\"%s\" to Xen", dev->name,
                  xdev_has(dev, flags[i]) ? "" : "not ", flags[i]);
}

/* "NAME REGIONS SHARERS" of @name, the rest of that line; "": none. */
static char *reserved_of(const struct xgroup *g, const char *name)
{
    const char *at = g->reserved;
    size_t len = strlen(name);
    char *line;

    for ( ; (line = whole_line(&at)) != NULL; free(line) )
        if ( !strncmp(line, name, len) && line[len] == ' ' )
        {
            memmove(line, line + len + 1, strlen(line + len + 1) + 1);
            return line;
        }

    return need(strdup(""));
}

static void join(const json_t *list, char *to, size_t size)
{
    const json_t *word;
    size_t i, len = 0;

    *to = '\0';
    json_array_foreach ( list, i, word )
        if ( len < size )
            len += snprintf(to + len, size - len, "%s%s", i ? "," : "",
                            json_string_value(word) ?: "");
}

static void compare_reserved(struct verify *v, const json_t *d,
                             const struct xgroup *g)
{
    static char regions[4096], sharers[16384], want[32768];
    char *got = reserved_of(g, str(d, "sbdf"));

    join(json_object_get(d, "regions"), regions, sizeof(regions));
    join(json_object_get(d, "sharers"), sharers, sizeof(sharers));
    snprintf(want, sizeof(want), "%s%s%s", regions, *regions ? " " : "",
             !*regions ? "" : *sharers ? sharers : "-");
    if ( strcmp(got, want) )
        wrong(v, "%s: reserved memory \"%s\", in the report \"%s\"",
              str(d, "sbdf"), got, want);
    free(got);
}

static void compare_device(struct verify *v, const json_t *d)
{
    const json_t *unit = foreseen_unit(v, "name", str(d, "unit"));
    const char *name = str(d, "sbdf");
    const struct xunit *u;
    struct xgroup *group;
    const struct xdev *dev = xen_find(&v->s, name, &group);
    bool foreseen = !json_is_null(json_object_get(d, "group"));

    v->nr_devices++;
    if ( !dev != !foreseen )
        wrong(v, dev ? "%s is in a group, and in the report it is in none"
                     : "%s is in no group, and in the report it is in one",
              name);
    if ( !dev || !foreseen )
        return;

    u = find_unit(v, dev->unit);
    if ( u && strcmp(u->base, str(unit, "base")) )
        wrong(v, "%s is behind the IOMMU at %s, in the report that at %s",
              name, u->base, str(unit, "base"));
    if ( strcmp(dev->ids, str(d, "ids")) )
        wrong(v, "%s uses the IDs %s, in the report %s", name, dev->ids,
              str(d, "ids"));
    compare_flags(v, d, dev);
    compare_reserved(v, d, group);
}

/* ---- groups ---- */

/* Each device's group with both, against that of the first that it is with. */
static void compare_pair(struct verify *v, const json_t *a, const json_t *b)
{
    struct xgroup *ga, *gb;
    bool together = json_equal(json_object_get(a, "group"),
                               json_object_get(b, "group"));

    if ( json_is_null(json_object_get(a, "group")) ||
         json_is_null(json_object_get(b, "group")) ||
         !xen_find(&v->s, str(a, "sbdf"), &ga) ||
         !xen_find(&v->s, str(b, "sbdf"), &gb) || (ga == gb) == together )
        return;

    wrong(v, together ? "%s and %s are in one group in the report, and not in Xen"
                      : "%s and %s are in one group in Xen, and not in the report",
          str(a, "sbdf"), str(b, "sbdf"));
}

static void compare_all(struct verify *v)
{
    const json_t *devices = json_object_get(v->report, "devices"), *d;
    const json_t **there = need(calloc(json_array_size(devices) + 1,
                                       sizeof(*there)));
    unsigned int nr = 0, j;
    size_t i;

    compare_units(v);
    json_array_foreach ( devices, i, d )
        if ( still_there(d) )
            there[nr++] = d;
    for ( i = 0; i < nr; i++ )
    {
        compare_device(v, there[i]);
        for ( j = 0; j < i; j++ )
            compare_pair(v, there[j], there[i]);
    }
    free(there);
}

static void note_new(const struct verify *v)
{
    unsigned int i, j;

    for ( i = 0; i < v->s.nr_groups; i++ )
        for ( j = 0; j < v->s.groups[i].nr_devs; j++ )
        {
            const char *name = v->s.groups[i].devs[j].name;
            const json_t *d;
            bool found = false;
            size_t k;

            json_array_foreach ( json_object_get(v->report, "devices"), k, d )
                found |= !strcmp(str(d, "sbdf"), name);
            if ( !found )
                printf("note: %s is not in the report\n", name);
        }
}

/* What helps to find the error: both sides. */
static void print_report(const struct verify *v)
{
    unsigned int i, j;

    printf("\nThat is an error of this program's or of Xen's: please report it with all of this text.\n\n```\nxen-iommu %s, report by %s\n",
           tool_version(), str(v->report, "version"));
    for ( i = 0; i < v->s.nr_groups; i++ )
        for ( j = 0; j < v->s.groups[i].nr_devs; j++ )
        {
            const struct xdev *dev = &v->s.groups[i].devs[j];

            printf("group %u: %s %s %s %s\n", v->s.groups[i].id, dev->name,
                   dev->unit, dev->flags, dev->ids);
        }
    json_dumpf(v->report, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    printf("\n```\n");
}

int check_verify(const char *file)
{
    struct verify v = { .report = load(file) };
    int rc = EXIT_INPUT;

    if ( !v.report )
        return rc;

    rc = EXIT_NO_XEN;
    if ( xen_open() )
    {
        rc = EXIT_FAILED;
        if ( xen_load(&v.s) )
        {
            compare_all(&v);
            note_new(&v);
            if ( v.nr_wrong )
                print_report(&v);
            else
                printf("VERIFIED: %u devices, %u groups, %u IOMMUs are as the report says\n",
                       v.nr_devices, v.s.nr_groups, v.s.nr_units);
            rc = v.nr_wrong ? EXIT_NO : EXIT_OK;
        }
        xen_free(&v.s);
        xen_close();
    }
    json_decref((json_t *)v.report);

    return rc;
}
