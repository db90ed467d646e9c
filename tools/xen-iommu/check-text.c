/* SPDX-License-Identifier: GPL-2.0-only */
/* The report for people: from its JSON, so that both say the same. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

#undef snprintf
#undef vsnprintf

static const char *str(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key)) ?: "";
}

static bool yes(const json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

static size_t nr(const json_t *o, const char *key)
{
    return json_array_size(json_object_get(o, key));
}

static void print_checks(const json_t *report)
{
    const json_t *check;
    size_t i, j;

    json_array_foreach ( json_object_get(report, "checks"), i, check )
    {
        const char *result = str(check, "result");

        for ( j = 0; result[j]; j++ )
            putchar(toupper((unsigned char)result[j]));
        printf("  %s\n", str(check, "text"));
        if ( *str(check, "advice") )
            printf("      -> %s\n", str(check, "advice"));
    }
}

/* "128K", "16M". */
static void print_size(json_int_t size)
{
    static const char units[] = { 'K', 'M', 'G', 'T' };
    int i = -1;

    while ( i < 3 && size >= 1024 && !(size % 1024) )
    {
        size /= 1024;
        i++;
    }
    printf(" %lld", (long long)size);
    if ( i >= 0 )
        putchar(units[i]);
}

static void print_words(const char *before, const json_t *words,
                        const char *none)
{
    const json_t *word;
    size_t i;

    printf("%s", before);
    json_array_foreach ( words, i, word )
        printf(" %s", json_string_value(word));
    if ( !json_array_size(words) )
        printf(" %s", none);
}

static void print_facts(const json_t *d)
{
    const json_t *bars = json_object_get(d, "bars"), *bar;
    const json_t *resets = json_object_get(d, "resets");
    json_int_t msi = json_integer_value(json_object_get(d, "msi"));
    json_int_t msix = json_integer_value(json_object_get(d, "msix"));
    size_t i;

    printf("      driver %s", *str(d, "driver") ? str(d, "driver") : "-");
    if ( json_is_array(resets) )
        print_words("; reset:", resets, "none");
    if ( msix )
        printf("; MSI-X %lld", (long long)msix);
    else if ( msi )
        printf("; MSI %lld", (long long)msi);
    if ( json_array_size(bars) )
        printf("; BARs");
    json_array_foreach ( bars, i, bar )
    {
        print_size(json_integer_value(json_object_get(bar, "size")));
        if ( !strcmp(str(bar, "kind"), "io") )
            printf("(I/O)");
    }
    printf("\n");
}

static void print_device(const json_t *d)
{
    bool bridge = !strcmp(json_string_value(json_array_get(
                              json_object_get(d, "flags"), 0)) ?: "", "bridge");
    const json_t *at;
    size_t i;

    printf("  %s  [%s:%s] %s", str(d, "sbdf"),
           *str(d, "vendor") ? str(d, "vendor") : "????",
           *str(d, "device") ? str(d, "device") : "????",
           *str(d, "name") ? str(d, "name") : str(d, "kind"));
    printf("%s\n", bridge ? " (bridge)" : "");
    if ( bridge )
        return;

    print_facts(d);
    if ( nr(d, "sharers") )
    {
        print_words("      shares memory that firmware reserves with",
                    json_object_get(d, "sharers"), "");
        printf(": one guest has them all, or the others are in quarantine\n");
    }
    json_array_foreach ( json_object_get(d, "notes"), i, at )
        printf("      note: %s\n", json_string_value(at));
    json_array_foreach ( json_object_get(d, "obstacles"), i, at )
    {
        printf("      NO: %s\n", str(at, "text"));
        if ( *str(at, "advice") )
            printf("          -> %s\n", str(at, "advice"));
    }
}

static const json_t *find_device(const json_t *report, const char *sbdf)
{
    const json_t *d;
    size_t i;

    json_array_foreach ( json_object_get(report, "devices"), i, d )
        if ( !strcmp(str(d, "sbdf"), sbdf) )
            return d;

    return NULL;
}

/* How many of a group's members are devices, and may be given away. */
static unsigned int count_devices(const json_t *report, const json_t *group,
                                  unsigned int *possible)
{
    const json_t *name;
    unsigned int devices = 0;
    size_t i;

    *possible = 0;
    json_array_foreach ( json_object_get(group, "devices"), i, name )
    {
        const json_t *d = find_device(report, json_string_value(name));

        devices += strcmp(json_string_value(json_array_get(
                              json_object_get(d, "flags"), 0)) ?: "",
                          "bridge") != 0;
        *possible += yes(d, "possible");
    }

    return devices;
}

static void print_group(const json_t *report, const json_t *group,
                        unsigned int devices, unsigned int possible)
{
    const json_t *name, *why;
    size_t i;

    printf("\nGroup %lld: ",
           (long long)json_integer_value(json_object_get(group, "id")));
    if ( !yes(report, "complete") )
        printf("as Linux has it\n");
    else if ( possible )
        printf("can be given to a guest%s\n", devices > 1 ? ", as a whole" : "");
    else
        printf("stays with dom0\n");

    json_array_foreach ( json_object_get(group, "devices"), i, name )
        print_device(find_device(report, json_string_value(name)));
    json_array_foreach ( json_object_get(group, "why"), i, why )
        printf("    %s is with %s: %s%s%s\n", str(why, "device"),
               str(why, "with"), str(why, "text"), *str(why, "at") ? " " : "",
               str(why, "at"));
}

static void print_groups(const json_t *report)
{
    unsigned int devices, possible, bridges = 0;
    const json_t *group, *name;
    size_t i;

    json_array_foreach ( json_object_get(report, "groups"), i, group )
    {
        devices = count_devices(report, group, &possible);
        if ( devices )
            print_group(report, group, devices, possible);
        else
            bridges++;
    }
    if ( !bridges )
        return;

    printf("\nGroups of bridges alone:");
    json_array_foreach ( json_object_get(report, "groups"), i, group )
    {
        size_t j;

        if ( count_devices(report, group, &possible) )
            continue;
        json_array_foreach ( json_object_get(group, "devices"), j, name )
            printf("%s%s", j ? "+" : " ", json_string_value(name));
    }
    printf("\n");
}

static void print_rest(const json_t *report)
{
    const json_t *d;
    bool any = false;
    size_t i;

    json_array_foreach ( json_object_get(report, "devices"), i, d )
    {
        if ( !json_is_null(json_object_get(d, "group")) )
            continue;
        if ( !any )
            printf("\n%s", "In no group:\n");
        any = true;
        print_device(d);
    }
}

static void print_differences(const json_t *report)
{
    const json_t *list = json_object_get(report, "differences"), *d;
    size_t i;

    if ( !json_is_array(list) )
        return;
    printf("\n%s\n", json_array_size(list) ? "Differences from Linux' groups:"
                                           : "Linux' groups are the same.");
    json_array_foreach ( list, i, d )
    {
        const json_t *who = json_object_get(d, "devices");
        const json_t *xen = json_object_get(d, "xen");
        bool together = json_equal(json_array_get(xen, 0),
                                   json_array_get(xen, 1));

        printf("  %s and %s: %s keeps them apart: %s%s%s\n",
               json_string_value(json_array_get(who, 0)),
               json_string_value(json_array_get(who, 1)),
               together ? "only Linux" : "only Xen", str(d, "why"),
               *str(d, "at") ? " " : "", str(d, "at"));
    }
}

void check_print(const json_t *report)
{
    const json_t *list = json_object_get(report, "messages"), *line;
    size_t i;

    print_checks(report);
    print_groups(report);
    print_rest(report);
    print_differences(report);
    if ( json_array_size(list) )
        printf("\nMessages:\n");
    json_array_foreach ( list, i, line )
        printf("  %s\n", json_string_value(line));
}
