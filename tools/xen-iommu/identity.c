/* SPDX-License-Identifier: GPL-2.0-only */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "source.h"
#include "tool.h"

struct identity {
    unsigned int vendor, device, subsystem;
    bool has_subsystem;
    const char *path;            /* NULL: anywhere */
};

static bool parse(const char *match, struct identity *id)
{
    int end = 0;

    memset(id, 0, sizeof(*id));
    if ( sscanf(match, "%4x:%4x%n", &id->vendor, &id->device, &end) != 2 ||
         !end )
        return false;
    match += end;
    if ( *match == ':' )
    {
        end = 0;
        if ( sscanf(match, ":%4x%n", &id->subsystem, &end) != 1 || !end )
            return false;
        id->has_subsystem = true;
        match += end;
    }
    if ( *match == '@' && match[1] )
    {
        id->path = match + 1;
        return true;
    }

    return !*match;
}

bool identity_valid(const char *match)
{
    struct identity id;

    if ( parse(match, &id) )
        return true;
    complain("--match takes VENDOR:DEVICE[:SUBSYSTEM][@PATH], not '%s'", match);

    return false;
}

/*
 * As lspci -PP prints it, without the segment: the function on the root bus in
 * full, below it device and function, all with a slash between.
 */
static void path_of(const char *sbdf, char *path, size_t size)
{
    char link[PATH_MAX], *real, *at, *save = NULL;
    size_t len = 0;

    *path = '\0';
    snprintf(link, sizeof(link), "%s/sys/bus/pci/devices/%s", source_root(),
             sbdf);
    real = realpath(link, NULL);
    for ( at = real ? strtok_r(real, "/", &save) : NULL; at;
          at = strtok_r(NULL, "/", &save) )
    {
        unsigned int seg, bus, dev, fn;

        if ( sscanf(at, "%x:%x:%x.%x", &seg, &bus, &dev, &fn) != 4 ||
             len >= size )
            continue;
        len += len ? snprintf(path + len, size - len, "/%02x.%x", dev, fn)
                   : snprintf(path, size, "%02x:%02x.%x", bus, dev, fn);
    }
    free(real);
}

/* @line: what the device at @sbdf is, as --match takes it. */
static bool fits(const struct identity *id, const char *sbdf, char *line,
                 size_t size)
{
    unsigned long vendor = 0, device = 0, subsystem = 0;
    char path[512];

    source_number(&vendor, "sys/bus/pci/devices/%s/vendor", sbdf);
    source_number(&device, "sys/bus/pci/devices/%s/device", sbdf);
    source_number(&subsystem, "sys/bus/pci/devices/%s/subsystem_device", sbdf);
    path_of(sbdf, path, sizeof(path));
    snprintf(line, size, "%04lx:%04lx:%04lx@%s", vendor, device, subsystem,
             path);

    return vendor == id->vendor && device == id->device &&
           (!id->has_subsystem || subsystem == id->subsystem) &&
           (!id->path || !strcmp(id->path, path));
}

/* Another device that could have been the one that was meant; "": none. */
static void find_other(const struct identity *id, const char *sbdf,
                       char other[SBDF_LEN])
{
    char **names = source_list("sys/bus/pci/devices"), **at, line[600];

    *other = '\0';
    for ( at = names; *at && !*other; at++ )
        if ( strcmp(*at, sbdf) && fits(id, *at, line, sizeof(line)) )
            snprintf(other, SBDF_LEN, "%s", *at);
    source_list_free(names);
}

bool identity_holds(const char *match, const char *sbdf)
{
    char line[600], other[SBDF_LEN];
    struct identity id;

    if ( !match )
        return true;
    if ( !parse(match, &id) )
        return false;

    if ( !fits(&id, sbdf, line, sizeof(line)) )
    {
        complain("%s is %s and not %s: the machine has renumbered its devices",
                 sbdf, line, match);
        return false;
    }

    find_other(&id, sbdf, other);
    if ( *other )
        complain("%s is not the only one, %s is another: %s says which",
                 match, other, line);

    return !*other;
}
